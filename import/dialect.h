/* How a table is written: what separates its fields and how they are quoted. */
#ifndef KG_IMPORT_DIALECT_H
#define KG_IMPORT_DIALECT_H

#include "import/import.h"

/* Separators that do not stand for themselves. */
enum { KG_SEPARATOR_UNKNOWN = 0, KG_SEPARATOR_BLANKS = ' ' };

typedef enum kg_quoting {
    KG_QUOTING_NONE, /* a quote is a character like any other */
    KG_QUOTING_LINE, /* fields are quoted in those lines alone that make no sense else */
    KG_QUOTING_FILE  /* a field that begins with a quote is quoted (RFC 4180) */
} kg_quoting;

typedef struct kg_dialect {
    char separator; /* KG_SEPARATOR_BLANKS: runs of blanks and tabs, without quotes */
    char other;     /* a second separator that fits as well; KG_SEPARATOR_UNKNOWN: there is none */
    bool few;       /* it makes two fields, which alone are no triple */
    char quote;
    bool backslash; /* inside quotes a backslash escapes a quote and itself */
    kg_quoting quoting;
} kg_dialect;

/* The dialect of a table that begins with `text`. What the options do not say is told from it: the
 * separator, unless the caller knows it (else KG_SEPARATOR_UNKNOWN), is the one that cuts its lines
 * into equally many fields, a tab before all. separator is KG_SEPARATOR_UNKNOWN where none does.
 * KG_ERR_ARGUMENT for options that make no sense. */
kg_status kg_dialect_of(kg_dialect *out, const kg_import_options *options, char separator,
                        kg_str text, kg_error *err);

/* "a comma": for messages. */
const char *kg_separator_name(char separator);

#endif
