/* From files into a store: a reader's statements go to a bulk load or, for a small addition, into
 * one durable transaction. */
#ifndef KG_IMPORT_LOAD_H
#define KG_IMPORT_LOAD_H

#include "import/import.h"

typedef struct kg_load_options {
    kg_import_options import;
    kg_bulk_options bulk; /* append, replace, memory, threads, cancelled, progress */
    bool dry_run;         /* read all, write nothing */
    /* The read begins anew (an addition turned out too large for one transaction): forget the
     * problems told so far. May be NULL; context is import's. */
    void (*again)(void *context);
} kg_load_options;

typedef struct kg_load_report {
    kg_import_counts read;
    kg_bulk_report store; /* zeros after a dry run */
    bool in_one_transaction;
} kg_load_report;

/* Load the graph in paths into the store at `store`. On failure the store is as it was.
 * KG_ERR_EXISTS where a store is there and neither append nor replace is asked for;
 * KG_ERR_NOT_FOUND to append where there is none; else as kg_import_read, kg_bulk_begin and
 * kg_bulk_finish. */
kg_status kg_load(kg_load_report *report, const char *store, const char *const *paths,
                  size_t n_paths, const kg_load_options *options, kg_error *err);

#endif
