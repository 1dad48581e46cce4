#include "plugins/smedbert/tune/labels.h"

#include <stdlib.h>
#include <string.h>

int kg_labels_find(const kg_labels *labels, kg_str name) {
    for (size_t i = 0; i < labels->types.len; i++)
        if (kg_str_equal(kg_str_from(labels->types.data[i]), name))
            return (int)i;
    return -1;
}

kg_status kg_labels_add(kg_labels *labels, kg_str name, bool *added) {
    bool is_new = kg_labels_find(labels, name) < 0;
    if (added)
        *added = is_new;
    if (!is_new)
        return KG_OK;
    char *copy = strndup(name.data, name.len);
    if (!copy || kg_array_push(&labels->types, copy) != KG_OK) {
        free(copy);
        return KG_ERR_MEMORY;
    }
    size_t at = labels->types.len - 1;
    while (at > 0 && strcmp(labels->types.data[at - 1], copy) > 0) {
        labels->types.data[at] = labels->types.data[at - 1];
        at--;
    }
    labels->types.data[at] = copy;
    return KG_OK;
}

void kg_labels_free(kg_labels *labels) {
    for (size_t i = 0; i < labels->types.len; i++)
        free(labels->types.data[i]);
    kg_array_free(&labels->types);
}
