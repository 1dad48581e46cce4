#include "random_step.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define PUSH(field, value) assert_int_equal(kg_array_push(&b->field, (value)), KG_OK)

static void add_neighbors(kg_token_batch *b, kg_rng *rng, uint32_t n, kg_role role) {
    PUSH(neighbor_counts, n);
    for (uint32_t k = 0; k < n; k++) {
        PUSH(neighbor_entities, (uint32_t)kg_rng_below(rng, ENTITIES));
        PUSH(neighbor_relations, (uint32_t)kg_rng_below(rng, RELATIONS));
        PUSH(neighbor_directions, kg_rng_below(rng, 2) ? 1 : -1);
        PUSH(neighbor_types, (uint32_t)kg_rng_below(rng, TYPES));
        if (role != KG_ROLE_PREDICT)
            continue;
        PUSH(pair_log_q, -(float)kg_rng_uniform(rng) * 3);
        for (int j = 0; j < NEGATIVES; j++) {
            PUSH(negatives, (uint32_t)kg_rng_below(rng, ENTITIES));
            PUSH(negative_log_q, -(float)kg_rng_uniform(rng) * 3);
        }
    }
}

static void add_sequence(kg_token_batch *b, kg_rng *rng, const shape *s) {
    uint32_t first = kg_token_batch_tokens(b), length = 12 + (uint32_t)kg_rng_below(rng, 20);
    PUSH(documents, b->lengths.len);
    PUSH(epochs, 0);
    PUSH(sop_labels, (uint8_t)kg_rng_below(rng, 2));
    PUSH(lengths, length);
    for (uint32_t i = 0; i < length; i++) {
        PUSH(input_ids, (uint32_t)kg_rng_below(rng, VOCABULARY));
        PUSH(original_ids, (uint32_t)kg_rng_below(rng, VOCABULARY));
        PUSH(segments, i > length / 2);
        if (i % 5 == 1) {
            PUSH(mlm_positions, first + i);
            PUSH(mlm_labels, (uint32_t)kg_rng_below(rng, VOCABULARY));
        }
    }
    for (uint32_t m = 0; m < s->mentions && (m + 1) * (s->span + 1) < length; m++) {
        kg_role role = s->all_masked ? KG_ROLE_INFUSE : (kg_role)kg_rng_below(rng, 3);
        PUSH(mention_starts, first + m * (s->span + 1) + 1);
        PUSH(mention_ends, first + (m + 1) * (s->span + 1));
        PUSH(mention_roles, (uint8_t)role);
        PUSH(mention_entities, 0);
        add_neighbors(b, rng, s->neighbors ? (uint32_t)kg_rng_below(rng, s->neighbors + 1) : 0,
                      role);
    }
    b->negatives_per_pair = NEGATIVES;
}

static kg_rows random_table(float **block, kg_rng *rng, size_t rows, size_t columns) {
    *block = malloc(rows * columns * sizeof **block);
    assert_non_null(*block);
    for (size_t i = 0; i < rows * columns; i++)
        (*block)[i] = (float)kg_rng_normal(rng) * 0.5f;
    return kg_rows_of((const float *const *)block, rows, columns, NULL);
}

void step_begin(step *st, const shape *s, uint64_t seed) {
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    kg_error err = KG_ERROR_INIT;
    kg_model_config c;
    assert_int_equal(kg_model_config_named(&c, "tiny"), KG_OK);
    c.vocab_size = VOCABULARY;
    c.num_hidden_layers = s->layers;
    c.hidden_size = s->hidden;
    c.num_attention_heads = s->heads;
    c.intermediate_size = s->ff;
    c.kg_entities = ENTITIES;
    c.kg_relations = RELATIONS;
    c.kg_types = TYPES;
    c.kg_entity_dim = s->d2;
    c.kg_relation_dim = s->dr;
    c.infusion_after_layer = s->after;
    c.type_attention = s->type_attention;
    c.type_mean = s->type_mean;
    c.lambda_mnem = s->mnem;
    c.lambda_mmem = s->mmem;
    c.trainable_tables = s->trainable_tables;
    c.hidden_act = s->activation;
    c.embedding_size = s->width;
    *st = (step){.model = NULL};
    assert_int_equal(kg_model_new(&st->model, &c, KG_MODEL_HEADS, &err), KG_OK);
    assert_int_equal(kg_model_allocate(st->model, true, seed, &err), KG_OK);
    kg_params *params = kg_model_params(st->model);
    for (size_t i = 0; i < params->total; i++)
        params->values[i] += 0.15f * (float)kg_rng_normal(&rng);
    st->tables.entities = random_table(&st->blocks[0], &rng, ENTITIES, s->d2);
    st->tables.relations = random_table(&st->blocks[1], &rng, RELATIONS, s->dr);
    st->tables.projections = random_table(&st->blocks[2], &rng, RELATIONS, (size_t)s->d2 * s->dr);
    assert_int_equal(kg_model_take_tables(&st->tables, st->model, &err), KG_OK);
    for (int i = 0; i < SEQUENCES; i++)
        add_sequence(&st->batch, &rng, s);
    st->trainer =
        (kg_pretrainer){.encoder = kg_model_encoder(st->model), .heads = kg_model_heads(st->model)};
}

void step_end(step *st) {
    for (int i = 0; i < 3; i++)
        free(st->blocks[i]);
    kg_pretrainer_free(&st->trainer);
    kg_token_batch_free(&st->batch);
    kg_model_free(st->model);
}

kg_status step_losses(kg_losses *losses, step *st, const kg_token_batch *batch,
                      const kg_token_batch *whole, bool backward, kg_error *err) {
    kg_loss_counts counts = kg_token_batch_counts(whole);
    const kg_encoder_input input = {.batch = batch,
                                    .tables = &st->tables,
                                    .seed = 5,
                                    .dropout = st->dropout,
                                    .backward = backward};
    return kg_pretrain_run(losses, &st->trainer, &input, &counts, err);
}

double loss_of(step *st, bool backward) {
    kg_losses losses;
    kg_error err = KG_ERROR_INIT;
    kg_loss_counts counts = kg_token_batch_counts(&st->batch);
    if (step_losses(&losses, st, &st->batch, &st->batch, backward, &err) != KG_OK)
        fail_msg("%s", err.text);
    return kg_losses_mean(&losses, &counts, kg_model_configuration(st->model)).total;
}

#define COPY(field, first, n)                                                                      \
    assert_int_equal(kg_array_append(&to->field, from->field.data + (first), (n)), KG_OK)

/* Neighbors from `first` on of one mention, and its pairs from `pair` on where it has any. */
static void copy_neighbors(kg_token_batch *to, const kg_token_batch *from, size_t mention,
                           size_t first, size_t pair) {
    size_t n = from->neighbor_counts.data[mention], j = from->negatives_per_pair;
    COPY(neighbor_counts, mention, 1);
    COPY(neighbor_entities, first, n);
    COPY(neighbor_relations, first, n);
    COPY(neighbor_directions, first, n);
    COPY(neighbor_types, first, n);
    if (from->mention_roles.data[mention] != KG_ROLE_PREDICT)
        return;
    COPY(pair_log_q, pair, n);
    COPY(negatives, pair * j, n * j);
    COPY(negative_log_q, pair * j, n * j);
}

void copy_sequence(kg_token_batch *to, const kg_token_batch *from, uint32_t sequence) {
    kg_token_batch *b = to;
    uint32_t first = 0, at = kg_token_batch_tokens(to), length = from->lengths.data[sequence];
    for (uint32_t s = 0; s < sequence; s++)
        first += from->lengths.data[s];
    to->negatives_per_pair = from->negatives_per_pair;
    COPY(documents, sequence, 1);
    COPY(epochs, sequence, 1);
    COPY(sop_labels, sequence, 1);
    COPY(lengths, sequence, 1);
    COPY(input_ids, first, length);
    COPY(original_ids, first, length);
    COPY(segments, first, length);
    for (size_t i = 0; i < from->mlm_positions.len; i++)
        if (from->mlm_positions.data[i] - first < length) {
            PUSH(mlm_positions, from->mlm_positions.data[i] - first + at);
            COPY(mlm_labels, i, 1);
        }
    size_t neighbor = 0, pair = 0;
    for (size_t m = 0; m < from->mention_starts.len; m++) {
        if (from->mention_starts.data[m] - first < length) {
            PUSH(mention_starts, from->mention_starts.data[m] - first + at);
            PUSH(mention_ends, from->mention_ends.data[m] - first + at);
            COPY(mention_roles, m, 1);
            COPY(mention_entities, m, 1);
            copy_neighbors(to, from, m, neighbor, pair);
        }
        neighbor += from->neighbor_counts.data[m];
        pair += from->mention_roles.data[m] == KG_ROLE_PREDICT ? from->neighbor_counts.data[m] : 0;
    }
}
