/* Linking as the specification says it, slowly and on other data structures: names in a hash set of
 * code point strings, every length tried from the longest at every position. For tests. */
#ifndef KG_TESTS_NAIVE_LINKER_H
#define KG_TESTS_NAIVE_LINKER_H

#include "kgstore/kgstore.h"

typedef struct naive_linker naive_linker;

naive_linker *naive_new(void);
void naive_free(naive_linker *naive);

/* As kg_automaton_add. */
void naive_add(naive_linker *naive, kg_str text, bool is_alias, double weight, kg_id entity);

/* As kg_linker_find. */
void naive_find(kg_mentions *to, const naive_linker *naive, kg_str text, bool all);

#endif
