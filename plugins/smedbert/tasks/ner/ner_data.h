/* Data sets of named-entity recognition: sequences of tokens with their tags.
 *
 * Read from lines of tagged tokens (plugins/smedbert/tasks/ner/ner_columns.h says which columns; an
 * empty line ends a sequence; lines "# ..." and "-DOCSTART- ..." are passed over) in any scheme of
 * plugins/smedbert/tasks/ner/tag_scheme.h, or from JSON lines, an object each:
 *
 *     {"text", "entities": [{"start", "end", "type"}]}    kg's own; "label" for "type" and "spans"
 * for "entities" likewise (Prodigy)
 *     {"text", "label": [[start, end, type]]}             doccano; "labels" and spaCy's "entities"
 * too
 *     {"tokens": [...], "ner_tags": ["O", "B-x", ...]}    Hugging Face; "tags" likewise
 *
 * Offsets count characters, end exclusive. Text is cut into tokens at white space: each CJK
 * ideograph, each run of other letters and digits and each other character is one, and it is cut
 * further where an entity begins or ends. Lines or JSON is told from the first line. */
#ifndef KG_SMEDBERT_NER_DATA_H
#define KG_SMEDBERT_NER_DATA_H

#include "kgstore/base/lines.h"
#include "plugins/smedbert/tasks/ner/tags.h"

/* Tokens [first, end) of a sequence. */
typedef struct kg_ner_mention {
    uint32_t first, end, entity;
} kg_ner_mention;

typedef struct kg_ner_data {
    kg_tagset set;                    /* the types that occur */
    bool characters;                  /* every token is one character */
    char told[160];                   /* how the file was read, where that is not plain; or "" */
    kg_bytes text;                    /* the tokens' bytes, back to back */
    KG_ARRAY(uint32_t) token_ends;    /* of each token, in text */
    KG_ARRAY(uint16_t) tags;          /* of each token, by set */
    KG_ARRAY(uint16_t) predicted;     /* likewise, or empty: the second tag of prediction files */
    KG_ARRAY(uint64_t) lines;         /* of each token, in the file */
    KG_ARRAY(uint32_t) sequence_ends; /* of each sequence, in tokens */

    /* Text already linked: its mentions are those given. */
    bool linked;
    KG_ARRAY(kg_ner_mention) given; /* in order, not overlapping */
    KG_ARRAY(uint32_t) given_ends;  /* of each sequence, in given */
} kg_ner_data;

#define KG_NER_DATA_INIT                                                                           \
    { .set = KG_TAGSET_INIT }

/* Read a file, maybe gzipped. With `predictions` a line has two tags, gold and predicted, as
 * conlleval's input. KG_ERR_FORMAT with file, line and remedy for tags of no scheme, a line
 * without a tag, bad UTF-8, or a file without a token; KG_ERR_LIMIT for more than 4096 types.
 * kg_ner_data_free in any case. */
kg_status kg_ner_data_read(kg_ner_data *out, const char *path, bool predictions, kg_error *err);

/* The same from lines already open, which stay the caller's. */
kg_status kg_ner_data_read_lines(kg_ner_data *out, kg_lines *lines, bool predictions,
                                 kg_error *err);
void kg_ner_data_free(kg_ner_data *data);

/* Encode the tags by another set, such as training's. KG_ERR_FORMAT, naming the first line at
 * fault, where it lacks a type that occurs; `path` is for that message. */
kg_status kg_ner_data_align(kg_ner_data *data, const kg_tagset *set, const char *path,
                            kg_error *err);

/* Add a line of text as a sequence of tokens that are all O: of single characters (white space left
 * out), or as for JSON lines. starts receives the byte of the line where each token begins,
 * replacing its content. Nothing is added where the line holds no token. KG_ERR_MEMORY. */
typedef KG_ARRAY(uint32_t) kg_ner_starts;
kg_status kg_ner_data_add_text(kg_ner_data *data, kg_ner_starts *starts, kg_str line,
                               bool characters);

static inline kg_str kg_ner_token(const kg_ner_data *data, size_t i) {
    uint32_t start = i > 0 ? data->token_ends.data[i - 1] : 0;
    return (kg_str){data->text.data + start, data->token_ends.data[i] - start};
}

static inline size_t kg_ner_sequence_start(const kg_ner_data *data, size_t sequence) {
    return sequence > 0 ? data->sequence_ends.data[sequence - 1] : 0;
}

/* The running text of a sequence: tokens joined by a space unless both neighbors are CJK, or the
 * data set holds characters (then "C", "T" were "CT"). Replaces text's content; starts receives the
 * byte where each token starts (room for all of them). KG_ERR_MEMORY. */
kg_status kg_ner_sequence_text(kg_bytes *text, uint32_t *starts, const kg_ner_data *data,
                               size_t sequence);

#endif
