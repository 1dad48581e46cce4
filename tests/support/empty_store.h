/* Stores for tests, made without the bulk loader. */
#ifndef KG_TESTS_EMPTY_STORE_H
#define KG_TESTS_EMPTY_STORE_H

/* Make path a store without a single name. Fails the cmocka test where it cannot. */
void make_empty_store(const char *path);

/* Make a new folder under /tmp; path has at least 32 bytes. */
void make_test_folder(char *path);

/* Remove a file or folder with all that is in it. */
void remove_tree(const char *path);

#endif
