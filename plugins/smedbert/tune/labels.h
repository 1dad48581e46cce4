/* A sorted set of names: the types of entities, or the classes of a task. */
#ifndef KG_SMEDBERT_LABELS_H
#define KG_SMEDBERT_LABELS_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>

typedef struct kg_labels {
    KG_ARRAY(char *) types; /* owned, terminated, sorted by bytes */
} kg_labels;

/* Add a name, in which there is no NUL; *added (may be NULL) tells whether it was new. Those behind
 * it move up: call it before anything is numbered. KG_ERR_MEMORY. */
kg_status kg_labels_add(kg_labels *labels, kg_str name, bool *added);

/* The index of a name, or -1. */
int kg_labels_find(const kg_labels *labels, kg_str name);
void kg_labels_free(kg_labels *labels);

#endif
