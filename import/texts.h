/* What an entity is called, for tables: its label and its aliases in columns as anyone reads them,
 * and where those do not say it all (several labels, languages, a text that no cell can hold) all
 * of them as terms in columns of our own, "label^^" and "aliases^^". */
#ifndef KG_IMPORT_TEXTS_H
#define KG_IMPORT_TEXTS_H

#include "import/export.h"

/* Index 0: labels; 1: aliases. All zero bytes at first but for what it is made for. */
typedef struct kg_texts {
    const char *never; /* characters that no cell can hold */
    char separator;    /* of the aliases in one cell */
    kg_bytes plain[2]; /* the label; the aliases, separated */
    kg_bytes whole[2]; /* all as a list of terms */
    size_t n[2];
    bool needed[2]; /* what is plain does not say it all */
} kg_texts;

/* Take those of an entity. KG_ERR_MEMORY, KG_ERR_CORRUPT. */
kg_status kg_texts_take(kg_texts *texts, kg_export_job *job, kg_id id);

/* Does any entity need more than what is plain? */
kg_status kg_texts_needed(bool *needed, kg_texts *texts, kg_export_job *job);

void kg_texts_free(kg_texts *texts);

/* Append a name; where it holds one of the characters, or would be read as a form of another name,
 * as urn:kg:NAME (import/iri.h). KG_ERR_MEMORY. */
kg_status kg_texts_append_name(kg_bytes *to, kg_str name, const char *characters);

#endif
