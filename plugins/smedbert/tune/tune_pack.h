/* Examples as the model reads them: a pack is some of them, back to back, with what is scored of
 * each. What that is, is the task's: the tokens of a sequence, a text, a pair of texts, a pair of
 * mentions, the candidates of a query. All are items here.
 *
 * Letters: N pieces of the batch, T items, R rows that an item is scored from, S groups of items
 * (sequences, or the candidates of queries), L outputs. */
#ifndef KG_SMEDBERT_TUNE_PACK_H
#define KG_SMEDBERT_TUNE_PACK_H

#include "model/batch.h"

/* A feature of a piece: its row of the batch, and the row of the feature table that is added. */
typedef struct kg_tune_feature {
    uint32_t row, feature;
} kg_tune_feature;

typedef struct kg_tune_pack {
    kg_token_batch batch;
    KG_ARRAY(uint32_t) rows;            /* (T, R), of the batch */
    KG_ARRAY(uint32_t) items;           /* T: index of the item in its data set */
    KG_ARRAY(uint16_t) gold;            /* T: its tag or class; of candidates 1 where it is right */
    KG_ARRAY(uint32_t) ends;            /* S: of each group, in items */
    KG_ARRAY(kg_tune_feature) features; /* by row, ascending */
    KG_ARRAY(float) sparse;             /* (T, L): another model's scores; or empty */
} kg_tune_pack;

#define KG_TUNE_PACK_INIT                                                                          \
    { .batch = KG_TOKEN_BATCH_INIT }

void kg_tune_pack_clear(kg_tune_pack *pack);
void kg_tune_pack_free(kg_tune_pack *pack);

/* Put all of `from` behind what is in `to`. On KG_ERR_MEMORY `to` must be cleared. */
kg_status kg_tune_pack_append(kg_tune_pack *to, const kg_tune_pack *from);

/* Begin a sequence of a pack, in which nothing is masked; tokens follow, then its end. `number`
 * names its dropout stream. */
kg_status kg_tune_pack_begin(kg_tune_pack *pack, uint64_t number);
kg_status kg_tune_pack_token(kg_tune_pack *pack, uint32_t id, uint8_t segment);
kg_status kg_tune_pack_end(kg_tune_pack *pack, uint32_t first_token);

/* Sort the features by row. */
void kg_tune_pack_sort(kg_tune_pack *pack);

/* A data set as packs: one for each example, or for each window of it where it is too long. */
typedef struct kg_tune_packs {
    KG_ARRAY(kg_tune_pack) packs; /* in order of the data */
    KG_ARRAY(uint32_t) examples;  /* of the data, that each is cut from */
    uint64_t pieces;              /* of all of them, [CLS] and [SEP] included */
    uint64_t mentions;            /* linked */
    uint64_t off_edge;            /* dropped, since they begin or end inside a token */
} kg_tune_packs;

#define KG_TUNE_PACKS_INIT                                                                         \
    { .packs = KG_ARRAY_INIT }

/* One more pack, empty, for this example; borrowed until the next. NULL: out of memory. */
kg_tune_pack *kg_tune_packs_add(kg_tune_packs *packs, uint32_t example);
void kg_tune_packs_free(kg_tune_packs *packs);

#endif
