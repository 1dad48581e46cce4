/* What the columns of a table of edges are for. */
#ifndef KG_IMPORT_COLUMNS_H
#define KG_IMPORT_COLUMNS_H

#include "import/csv.h"

typedef enum kg_role {
    KG_HEAD,
    KG_HEAD_TYPE,
    KG_HEAD_NAME,
    KG_HEAD_SOURCE, /* what the head's identifier is numbered in: "SOURCE:HEAD" names it */
    KG_EDGE,
    KG_EDGE_NAME,
    KG_TAIL,
    KG_TAIL_TYPE,
    KG_TAIL_NAME,
    KG_TAIL_SOURCE,
    KG_ROLES
} kg_role;

enum { KG_COLUMN_IGNORED = -1, KG_COLUMN_DROPPED = -2 };

typedef struct kg_columns {
    size_t needed;         /* a record must have so many fields */
    int of[KG_ROLES];      /* the column of a role; KG_COLUMN_IGNORED: there is none */
    KG_ARRAY(int) role_of; /* of each column: a role, KG_COLUMN_IGNORED or KG_COLUMN_DROPPED */
    bool drops;            /* there is a KG_COLUMN_DROPPED one */
    bool names;            /* there is one of a name or a source */
} kg_columns;

/* What a first record says of the columns. */
typedef enum kg_header_kind {
    KG_HEADER_NONE,    /* it is none that is known */
    KG_HEADER_NO_EDGE, /* it names head and tail alone */
    KG_HEADER_WHOLE
} kg_header_kind;

/* "head" and so on, as --columns has it. */
const char *kg_role_name(kg_role role);

/* Columns by the option's list. An edge's column may be missing where `edge` is false. *columns:
 * kg_columns_free in any case. KG_ERR_ARGUMENT says what is wrong with the list. */
kg_status kg_columns_from_option(kg_columns *columns, const char *list, bool edge, kg_error *err);

/* Columns by the names in a header: for each role the column with the best known of its names. */
kg_status kg_columns_from_header(kg_header_kind *kind, kg_columns *columns, const kg_csv *csv,
                                 kg_error *err);

void kg_columns_free(kg_columns *columns);

#endif
