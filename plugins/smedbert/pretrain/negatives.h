/* Negatives of masked neighbor modeling (METHOD 2): entities of the positive's primary type,
 * drawn with replacement by how often text mentions them,
 *
 *     Q(e) = (t_e + 1) / sum of (t + 1) over the entities of e's type,
 *
 * the positive itself rejected. A type of fewer than two entities, and entities without a type,
 * draw from all entities with Q over all. Immutable once made: threads may share it. */
#ifndef KG_SMEDBERT_NEGATIVES_H
#define KG_SMEDBERT_NEGATIVES_H

#include "kgstore/base/rng.h"
#include "kgstore/base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct kg_negatives kg_negatives;

/* For `count` entities (at least 2). types: the primary type of each, UINT32_MAX for none;
 * mentions: t of each, or NULL for none counted. Both are only read here. KG_ERR_ARGUMENT,
 * KG_ERR_MEMORY. */
kg_status kg_negatives_new(kg_negatives **out, const uint32_t *types, const uint32_t *mentions,
                           size_t count);
void kg_negatives_free(kg_negatives *negatives);

/* log Q of an entity as a positive: over its type, or over all. */
float kg_negatives_log_q(const kg_negatives *negatives, uint32_t positive);

/* n negatives of a positive, with the log Q of each. */
void kg_negatives_draw(uint32_t *entities, float *log_q, size_t n, const kg_negatives *negatives,
                       uint32_t positive, kg_rng *rng);

#endif
