/* A new generation made from the one in force: edges in the order of new weights. */
#ifndef KG_STORE_REWRITE_H
#define KG_STORE_REWRITE_H

#include "kgstore/kgstore.h"

typedef struct kg_rewrite_options {
    uint64_t triples_version; /* of the triples that the weights were computed from */
    unsigned threads;         /* 0: as many as there are processors */
    uint64_t commit_bytes;    /* commit beyond this many; 0: 64 MiB */
    /* Fills the weights given to kg_rewrite, on the caller's thread while another copies what no
     * weight touches; NULL: they are there. */
    kg_status (*weigh)(void *weigh_context, kg_error *err);
    void *weigh_context;
    bool (*cancelled)(void *context); /* called on the caller's thread; may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
} kg_rewrite_options;

/* Write and put in force a generation whose blocks and aliases are ordered by weights (count of
 * them; entities beyond weigh 0), and which holds them as weight:pagerank. Everything else is
 * carried over. Waits for the writer's turn before anything is weighed, and keeps it. What weigh
 * returns, KG_ERR_CANCELLED, KG_ERR_NUMERIC (a weight is not finite), KG_ERR_MEMORY, KG_ERR_FULL,
 * KG_ERR_IO, KG_ERR_CORRUPT: the store is as it was. */
kg_status kg_rewrite(kg_store *store, const double *weights, uint64_t count,
                     const kg_rewrite_options *options, kg_error *err);

/* ---- Leaving out what is damaged ------------------------------------------------------------ */

/* Write and put in force a generation without the records of `left_out` (bits 1 << kg_db, of
 * KG_DB_BLOB, KG_DB_PEPR and KG_DB_TABLE alone), which can be made again from the rest. Without
 * blobs, and so without weights, edges and aliases are ordered by id. As kg_rewrite. */
kg_status kg_rewrite_without(kg_store *store, unsigned left_out, const kg_rewrite_options *options,
                             kg_error *err);

/* ---- The personalised weight set ------------------------------------------------------------- */

/* Give entity's edges, best first: 16 bytes each as kg_pepr_get has them, at most KG_PEPR_MAX, into
 * `to`; *count how many. Called for each entity in ascending order, from one thread. */
typedef kg_status (*kg_pepr_fill_fn)(void *context, unsigned char *to, uint32_t *count,
                                     kg_id entity);

/* Write and put in force a generation with this personalised weight set for every entity, the rest
 * carried over. */
kg_status kg_pepr_write(kg_store *store, kg_pepr_fill_fn fill, void *fill_context,
                        const kg_rewrite_options *options, kg_error *err);

#endif
