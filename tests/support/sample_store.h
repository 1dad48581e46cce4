/* Stores for tests, made without the bulk loader. */
#ifndef KG_TESTS_SAMPLE_STORE_H
#define KG_TESTS_SAMPLE_STORE_H

#include "kgstore/base/array.h"
#include "kgstore/store/layout.h"

/* Make path a store without a single name. Fails the cmocka test where it cannot. */
void make_empty_store(const char *path);

/* Make path a store with something of everything: names of all lengths, labels, aliases, types,
 * triples, weights, personalised edges, a table. The triples are newer than the ranks. The same
 * seed gives the same store. */
void make_sample_store(const char *path, unsigned entities, unsigned triples, unsigned seed);

/* Add n random triples to a store, some with new names, in one transaction. */
void grow_sample_store(const char *path, unsigned triples, unsigned seed);

/* Change the first record of a database, behind the checksums' back: `change` gets its value, and
 * one that it leaves empty takes the record away. False: there is no record. */
bool change_first_record(const char *path, kg_db db, void (*change)(kg_bytes *value));

/* Make a new folder under /tmp; path has at least 32 bytes. */
void make_test_folder(char *path);

/* Remove a file or folder with all that is in it. */
void remove_tree(const char *path);

#endif
