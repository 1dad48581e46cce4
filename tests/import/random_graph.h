/* Small graphs of hostile names, labels, languages, types and values. */
#ifndef KG_TESTS_RANDOM_GRAPH_H
#define KG_TESTS_RANDOM_GRAPH_H

#include <stdint.h>

/* Make a store of the graph of that number, the same on every machine; without any of the
 * characters `avoid` in names. Fails the cmocka test where it cannot. */
void random_graph_make(const char *path, uint64_t number, const char *avoid);

/* Delete some of its entities, with their edges. */
void random_graph_prune(const char *path, uint64_t number);

#endif
