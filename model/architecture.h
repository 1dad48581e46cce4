/* Encoders that compute as BERT does, under other names: which tensors and which keys of
 * config.json are ours, as rows of a table. What is read so is saved as a BERT. */
#ifndef KG_MODEL_ARCHITECTURE_H
#define KG_MODEL_ARCHITECTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ended by {NULL, NULL}. */
typedef struct kg_rename {
    const char *ours, *theirs;
} kg_rename;

typedef struct kg_architecture {
    const char *model_type;  /* of config.json */
    const char *prefix;      /* stands for "bert." */
    const kg_rename *names;  /* parts of a tensor's name; the first that fits a place is replaced */
    const kg_rename *keys;   /* of config.json */
    uint32_t first_position; /* row of the position embeddings that the first token has */
    bool without_segments;   /* has no embeddings of segments: they are 0 */
} kg_architecture;

/* Borrowed for ever; NULL where there is none of that model_type. */
const kg_architecture *kg_architecture_find(const char *model_type);

/* What the authors' SMedBERT calls the tensors of our hybrid attention: its two_hop_mixer. It is
 * alike but for four heads, biases and the mention, into which it mixes a linked entity. */
extern const kg_architecture kg_smedbert_names;

/* "bert, roberta, ..." */
const char *kg_architecture_names(void);

/* Their name for our tensor, with or without the prefix, into out (size bytes); false where it is
 * too long. */
bool kg_architecture_name(char *out, size_t size, const kg_architecture *architecture,
                          const char *ours, bool with_prefix);

#endif
