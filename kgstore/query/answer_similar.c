/* similar: cosine over the table ent_emb, every row compared. */
#include "kgstore/query/query.h"

#include <math.h>
#include <stdlib.h>

enum { SIMILAR_USUAL = 10, LANES = 16 };

typedef struct candidate {
    kg_id entity;
    double cosine;
} candidate;

/* The best so far, sorted; room for k. */
typedef struct ranking {
    candidate *best;
    size_t n, k;
} ranking;

static void consider(ranking *r, candidate c) {
    size_t i = r->n;
    if (r->n == r->k && c.cosine <= r->best[r->n - 1].cosine)
        return;
    if (r->n == r->k)
        --i;
    else
        ++r->n;
    for (; i > 0 && r->best[i - 1].cosine < c.cosine; --i)
        r->best[i] = r->best[i - 1];
    r->best[i] = c;
}

/* Several sums side by side, so that the compiler may keep them in a vector register. */
static double dot(const float *a, const float *b, size_t n) {
    float lanes[LANES] = {0};
    double sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; ++l)
            lanes[l] += a[i + l] * b[i + l];
    for (; i < n; ++i)
        sum += (double)a[i] * b[i];
    for (size_t l = 0; l < LANES; ++l)
        sum += lanes[l];
    return sum;
}

/* Whether the row of an entity counts: it is another, and there. */
static bool is_candidate(const kg_inquiry *q, kg_id entity, kg_id self) {
    kg_str name;
    return entity != self && kg_name_get(&name, q->snapshot, KG_ENTITY, entity) == KG_OK;
}

static kg_status compare_rows(ranking *r, const kg_inquiry *q, const kg_table *table, kg_id self,
                              const float *vector, bool deleted) {
    size_t columns = (size_t)table->columns;
    double own = sqrt(dot(vector, vector, columns));
    kg_status st;
    for (uint64_t row = 0; row < table->rows;) {
        const void *data;
        uint64_t first, n;
        KG_TRY(st, kg_table_block(&data, &first, &n, q->snapshot, "ent_emb", row));
        const float *rows = data;
        for (uint64_t i = 0; i < n; ++i, rows += columns) {
            kg_id entity = (kg_id)(first + i);
            double norm = own * sqrt(dot(rows, rows, columns));
            if (norm > 0 && (deleted ? is_candidate(q, entity, self) : entity != self))
                consider(r, (candidate){entity, dot(rows, vector, columns) / norm});
        }
        row = first + n;
    }
    return KG_OK;
}

static kg_status similar_rows(const kg_inquiry *q, const ranking *r) {
    kg_status st;
    for (size_t i = 0; i < r->n; ++i) {
        KG_TRY(st, kg_cell_name(q, KG_ENTITY, r->best[i].entity));
        kg_result_real(q->result, r->best[i].cosine);
        KG_TRY(st, kg_cell_types(q, r->best[i].entity));
        KG_TRY(st, kg_cell_label(q, r->best[i].entity));
    }
    return KG_OK;
}

/* The row of one entity, borrowed. */
static kg_status vector_of(const float **vector, const kg_inquiry *q, const kg_table *table,
                           kg_id entity) {
    const void *data;
    uint64_t first, n;
    kg_status st;
    if (entity >= table->rows)
        return kg_error_set(q->err, KG_ERR_NOT_FOUND,
                            "the entity is newer than the table ent_emb; train it again");
    KG_TRY(st, kg_table_block(&data, &first, &n, q->snapshot, "ent_emb", entity));
    *vector = (const float *)data + (entity - first) * table->columns;
    return KG_OK;
}

kg_status kg_answer_similar(const kg_inquiry *q) {
    static const char *const columns[] = {"entity", "similarity", "types", "label"};
    static const unsigned char shown[] = {0, 3, 1, 2}, unlabelled[] = {0, 1, 2};
    kg_table table;
    kg_stats stats;
    kg_id entity;
    const float *vector = NULL;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 4);
    if (kg_inquiry_has_labels(q))
        kg_result_show(q->result, shown, 4);
    else
        kg_result_show(q->result, unlabelled, 3);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    st = kg_table_find(&table, q->snapshot, "ent_emb", q->err);
    if (st == KG_ERR_NOT_FOUND || (st == KG_OK && table.dtype != KG_F32))
        return kg_error_set(q->err, KG_ERR_NOT_FOUND,
                            "the store has no vectors (table ent_emb of floats); run kg embed");
    if (st != KG_OK)
        return st;
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    if (table.rows > stats.entities)
        return kg_error_set(q->err, KG_ERR_CORRUPT,
                            "the table ent_emb has %llu rows for %llu entities; train it again",
                            (unsigned long long)table.rows, (unsigned long long)stats.entities);
    KG_TRY(st, vector_of(&vector, q, &table, entity));
    size_t k = q->question->k ? q->question->k : SIMILAR_USUAL;
    k = k < table.rows ? k : (size_t)table.rows;
    ranking r = {malloc(k * sizeof *r.best), 0, k};
    if (!r.best)
        return KG_ERR_MEMORY;
    st = compare_rows(&r, q, &table, entity, vector, stats.deleted > 0);
    if (st == KG_OK)
        st = similar_rows(q, &r);
    free(r.best);
    return st;
}
