/* Triples, and the queries that they answer.
 *
 * A query is (anchor, relation, side): side 0 is (head, relation, ?) and asks for tails, side 1 is
 * (?, relation, tail) and asks for heads. Each triple answers one query of each side. Triples that
 * share a query share its whole computation, so training and evaluation go by queries.
 * Letters: E entities, R relations. */
#ifndef KG_TRANSR_QUERIES_H
#define KG_TRANSR_QUERIES_H

#include "kgstore/base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct transr_triple {
    uint32_t head, relation, tail;
} transr_triple;

typedef struct transr_query {
    uint32_t anchor, relation, side;
} transr_query;

/* Queries in ascending order of (relation, side, anchor) with their answers, which are sorted and
 * without repetition: those of query i are answers[first[i]] .. answers[first[i + 1] - 1]. */
typedef struct transr_queries {
    transr_query *list;
    size_t *first; /* count + 1 */
    uint32_t *answers;
    size_t count;
    size_t n_answers;
} transr_queries;

/* Index n triples; triples may be NULL when n is 0. *out is freed by transr_queries_free, also
 * after a failure. KG_ERR_MEMORY. */
kg_status transr_queries_build(transr_queries *out, const transr_triple *triples, size_t n);
void transr_queries_free(transr_queries *queries);

/* Position of a query, or count where there is none. */
size_t transr_queries_find(const transr_queries *queries, transr_query query);

/* Whether `answer` is among the answers of query i. */
int transr_queries_has(const transr_queries *queries, size_t i, uint32_t answer);

#endif
