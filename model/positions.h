/* How positions begin: sinusoids in the position embeddings, and heads that attend to a near
 * position from the first step on.
 *
 * A masked word is read from its neighbors, and a BERT begun at random first spends thousands of
 * steps on finding out which tokens those are. Structure put into the initial values saves them
 * (Trockman and Kolter 2023, "Mimetic Initialization of Self-Attention Layers"); training is free
 * to leave it. */
#ifndef KG_MODEL_POSITIONS_H
#define KG_MODEL_POSITIONS_H

#include "model/model_config.h"
#include "model/params.h"

/* values (rows, columns): row p holds sin(w_i p), cos(w_i p) for the frequencies
 *     w_i = pi (i + 1/2) / (columns / 2)
 * so that rows nearer than `columns` to one another are orthogonal, and a turn of every pair by
 * w_i o takes row p to row p + o. The elements' deviation is `deviation`. */
void kg_positions_begin(float *values, size_t rows, size_t columns, double deviation);

/* The weights of a layer's attention that the start reads; (d1, d1) each. */
typedef struct kg_local_attention {
    float *query, *key;
    uint32_t layer; /* from 0; chooses the heads' offsets together with their numbers */
} kg_local_attention;

/* Let head h of a layer attend to the position at a small offset o from each token's own:
 *     key_h = W,  query_h = W R(o),  W (64, d1) normal
 * where R(o) turns every pair of sinusoids by its frequency times o, so that query_h x_p and key_h
 * x_j agree at j = p + o alone, whatever the words. Offsets are -1, 1, -2, 2, ... by head. */
void kg_local_attention_begin(const kg_local_attention *attention, const kg_model_config *config,
                              uint64_t seed);

#endif
