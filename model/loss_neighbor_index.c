#include "model/loss_neighbor.h"

#include <stdlib.h>
#include <string.h>

void kg_neighbor_bind(kg_neighbor_pass *pass, const kg_params *params, const kg_heads_ids *heads,
                      const kg_model_config *config) {
    float epsilon = (float)config->layer_norm_eps;
    pass->backend = params->backend;
    pass->config = config;
    pass->d1 = config->hidden_size;
    pass->d2 = config->kg_entity_dim;
    pass->dr = config->kg_relation_dim;
    kg_mention_bind(&pass->mention, params, &heads->context, epsilon);
    kg_mention_bind(&pass->target, params, &heads->context, epsilon);
}

static bool predicts(const kg_neighbor_pass *pass, size_t mention) {
    return pass->config->lambda_mnem > 0 &&
           pass->batch->mention_roles.data[mention] == KG_ROLE_PREDICT &&
           pass->batch->neighbor_counts.data[mention] > 0;
}

static bool is_target(const kg_neighbor_pass *pass, size_t mention) {
    return pass->config->lambda_mmem > 0 &&
           pass->batch->mention_roles.data[mention] == KG_ROLE_INFUSE;
}

static void count(kg_neighbor_pass *pass) {
    const kg_token_batch *b = pass->batch;
    pass->spans = pass->targets = (kg_spans){.count = 0};
    pass->pairs = 0;
    for (size_t i = 0; i < b->mention_starts.len; i++) {
        size_t n = b->mention_ends.data[i] - b->mention_starts.data[i];
        if (predicts(pass, i) || is_target(pass, i)) {
            pass->spans.count++;
            pass->spans.tokens += n;
        }
        if (is_target(pass, i)) {
            pass->targets.count++;
            pass->targets.tokens += n;
        }
        if (predicts(pass, i))
            pass->pairs += b->neighbor_counts.data[i];
    }
}

static void carve_spans(kg_spans *spans, kg_carver *carver) {
    spans->offsets = kg_carve_u32(carver, spans->count + 1);
    spans->rows = kg_carve_u32(carver, spans->tokens);
    spans->mentions = kg_carve_u32(carver, spans->count);
}

/* One more mention of n tokens; returns where its rows go. */
static uint32_t *next_span(kg_spans *spans, size_t mention, size_t n) {
    uint32_t *rows = spans->rows + spans->tokens;
    spans->mentions[spans->count] = (uint32_t)mention;
    spans->offsets[spans->count++] = (uint32_t)spans->tokens;
    spans->tokens += n;
    spans->offsets[spans->count] = (uint32_t)spans->tokens;
    return rows;
}

static void fill_spans(kg_neighbor_pass *pass) {
    const kg_token_batch *b = pass->batch;
    pass->spans.count = pass->spans.tokens = pass->targets.count = pass->targets.tokens = 0;
    pass->spans.offsets[0] = pass->targets.offsets[0] = 0;
    for (size_t i = 0; i < b->mention_starts.len; i++) {
        uint32_t start = b->mention_starts.data[i], n = b->mention_ends.data[i] - start;
        if (is_target(pass, i)) {
            pass->infused[pass->targets.count] = (uint32_t)pass->spans.count;
            uint32_t *rows = next_span(&pass->targets, i, n);
            for (uint32_t t = 0; t < n; t++)
                rows[t] = b->original_ids.data[start + t];
        }
        if (predicts(pass, i) || is_target(pass, i)) {
            uint32_t *rows = next_span(&pass->spans, i, n);
            for (uint32_t t = 0; t < n; t++)
                rows[t] = start + t;
        }
    }
}

static int compare_order(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* What the scoring of one pair reads, in the pair's place by relation. */
static void fill_row(kg_neighbor_pass *pass, size_t row) {
    const kg_token_batch *b = pass->batch;
    size_t pair = pass->order[row] & UINT32_MAX, j = b->negatives_per_pair;
    uint32_t neighbor = pass->pair_places[pair], *to = pass->candidates + row * (1 + j);
    float *log_q = pass->log_q + row * (1 + j);
    pass->mention_of[row] = pass->pair_mentions[pair];
    pass->directions[row] = (float)b->neighbor_directions.data[neighbor];
    to[0] = b->neighbor_entities.data[neighbor];
    log_q[0] = b->pair_log_q.data[pair];
    if (j == 0)
        return;
    memcpy(to + 1, b->negatives.data + pair * j, j * sizeof *to);
    memcpy(log_q + 1, b->negative_log_q.data + pair * j, j * sizeof *log_q);
}

static void fill_pairs(kg_neighbor_pass *pass) {
    const kg_token_batch *b = pass->batch;
    uint32_t neighbor = 0, row = 0;
    size_t q = 0;
    for (size_t i = 0; i < b->mention_starts.len; neighbor += b->neighbor_counts.data[i++]) {
        if (predicts(pass, i))
            for (uint32_t k = 0; k < b->neighbor_counts.data[i]; k++, q++) {
                pass->pair_mentions[q] = row;
                pass->pair_places[q] = neighbor + k;
                pass->order[q] =
                    (uint64_t)b->neighbor_relations.data[neighbor + k] << 32 | (uint64_t)q;
            }
        row += predicts(pass, i) || is_target(pass, i);
    }
    if (q > 0)
        qsort(pass->order, q, sizeof *pass->order, compare_order);
    pass->groups = 0;
    for (size_t i = 0; i < q; i++) {
        fill_row(pass, i);
        if (i > 0 && pass->order[i] >> 32 == pass->order[i - 1] >> 32)
            continue;
        pass->group_relations[pass->groups] = (uint32_t)(pass->order[i] >> 32);
        pass->group_offsets[pass->groups++] = (uint32_t)i;
    }
    pass->group_offsets[pass->groups] = (uint32_t)q;
}

void kg_neighbor_carve(kg_neighbor_pass *pass, kg_carver *carver, const kg_token_batch *batch) {
    pass->batch = batch;
    count(pass);
    size_t d1 = pass->d1, d2 = pass->d2, q = pass->pairs;
    pass->candidates_per_pair = 1 + (size_t)batch->negatives_per_pair;
    size_t scores = q * pass->candidates_per_pair;
    carve_spans(&pass->spans, carver);
    carve_spans(&pass->targets, carver);
    pass->infused = kg_carve_u32(carver, pass->targets.count);
    kg_mention_carve(&pass->mention, carver, &pass->spans);
    kg_mention_carve(&pass->target, carver, &pass->targets);
    pass->dout = kg_carve_floats(carver, pass->spans.count * d2);
    pass->dtokens = kg_carve_floats(carver, pass->spans.tokens * d1);
    pass->order = kg_carve_shared(carver, q * sizeof *pass->order);
    pass->pair_mentions = kg_carve_u32(carver, q);
    pass->pair_places = kg_carve_u32(carver, q);
    pass->mention_of = kg_carve_u32(carver, q);
    pass->candidates = kg_carve_u32(carver, scores);
    pass->log_q = kg_carve_shared(carver, scores * sizeof *pass->log_q);
    pass->directions = kg_carve_shared(carver, q * sizeof *pass->directions);
    pass->group_offsets = kg_carve_u32(carver, q + 1);
    pass->group_relations = kg_carve_u32(carver, q);
    pass->h = kg_carve_floats(carver, q * d2);
    pass->v = kg_carve_floats(carver, q * pass->dr);
    pass->u = kg_carve_floats(carver, q * (d2 + 1));
    pass->logits = kg_carve_floats(carver, scores);
    pass->cosines = kg_carve_floats(carver, scores);
    pass->losses = kg_carve_floats(carver, q);
    pass->correct = kg_carve(carver, q);
    if (carver->counting)
        return;
    fill_spans(pass);
    fill_pairs(pass);
}
