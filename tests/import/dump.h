/* All that a snapshot says, as sorted lines of names: for comparing stores. */
#ifndef KG_TESTS_DUMP_H
#define KG_TESTS_DUMP_H

#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

enum {
    DUMP_LABELS = 1,
    DUMP_ALIASES = 2,
    DUMP_TYPES = 4,
    DUMP_IDS = 8, /* each name with its id */
    DUMP_WEIGHTS = 16,
    DUMP_LANGUAGES = 32,  /* all labels, then all aliases, each with its language */
    DUMP_PROPERTIES = 64, /* as terms, by key */
    DUMP_RELATION_LABELS = 128,
    DUMP_RELATION_LANGUAGES = 256
};

/* Fails the cmocka test where anything goes wrong. *text is terminated; the caller frees it. */
void dump_store(kg_bytes *text, const char *path, unsigned what);

#endif
