/* Random models and batches of any shape, and the pretraining step over them. */
#ifndef KG_TESTS_RANDOM_STEP_H
#define KG_TESTS_RANDOM_STEP_H

#include "model/model.h"

enum { SEQUENCES = 3, ENTITIES = 30, RELATIONS = 5, TYPES = 4, VOCABULARY = 60, NEGATIVES = 4 };

typedef struct shape {
    const char *name;
    uint32_t layers, hidden, heads, ff, d2, dr, after;
    uint32_t mentions, neighbors, span; /* a sequence; a mention at most; tokens of a mention */
    bool all_masked, type_attention, type_mean;
    double mnem, mmem;
    bool trainable_tables;
    kg_activation activation;
    uint32_t width; /* of the embeddings; 0: as hidden */
} shape;

typedef struct step {
    kg_model *model;
    kg_pretrainer trainer;
    kg_token_batch batch; /* SEQUENCES of them */
    kg_graph_tables tables;
    float *blocks[3];
    bool dropout; /* as the model's configuration has it; false at first */
} step;

/* The same seed gives the same step. Fails the cmocka test where memory ends. */
void step_begin(step *st, const shape *s, uint64_t seed);
void step_end(step *st);

/* The losses of a batch, with the counts of `whole`; gradients are added where `backward`. */
kg_status step_losses(kg_losses *losses, step *st, const kg_token_batch *batch,
                      const kg_token_batch *whole, bool backward, kg_error *err);

/* The total loss of the step's batch; fails the test where it is not finite. */
double loss_of(step *st, bool backward);

/* Append to `to` one sequence of `from`, with its mentions and neighbors. */
void copy_sequence(kg_token_batch *to, const kg_token_batch *from, uint32_t sequence);

#endif
