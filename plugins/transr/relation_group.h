/* Forward and backward of the groups of a batch: from tables to gradients, without the update. */
#ifndef KG_TRANSR_RELATION_GROUP_H
#define KG_TRANSR_RELATION_GROUP_H

#include "plugins/transr/candidates.h"
#include "plugins/transr/kge_tables.h"

/* A run of queries of one relation, and where its gradients are added up. */
typedef struct transr_group {
    uint32_t relation;
    size_t first, count; /* places in the epoch's order */
    float *d_relation;   /* (dr) */
    float *d_head_proj;  /* (d, dr); NULL without projections */
    float *d_tail_proj;  /* d_head_proj unless separate */
} transr_group;

/* A batch to be computed. Borrowed. */
typedef struct transr_work {
    const transr_queries *queries;
    const uint32_t *order;
    const transr_candidates *candidates;
    const float *rows; /* (C, d) the candidates' vectors */
    float *d_rows;     /* (C, d) added to */
    transr_group *groups;
    size_t n_groups;
    uint32_t rank, ranks; /* this rank takes its share of the groups or queries */
    uint64_t batch;       /* number in the epoch, and the epoch: dropout depends on them */
    uint64_t epoch;
    bool project; /* false: projections are left out, d = dr */
} transr_work;

typedef struct transr_workspace transr_workspace;

/* Room for batches of at most most_candidates and most_answers; *out is the caller's.
 * KG_ERR_MEMORY. */
kg_status transr_workspace_new(transr_workspace **out, const transr_parameters *parameters,
                               const transr_recipe *recipe, size_t most_candidates,
                               size_t most_answers);
void transr_workspace_free(transr_workspace *workspace);

/* The loss summed over this rank's share; gradients are added to d_rows and to the groups'.
 * *products: floating-point operations spent in matrix products. */
double transr_groups_run(uint64_t *products, transr_workspace *workspace, const transr_work *work);

#endif
