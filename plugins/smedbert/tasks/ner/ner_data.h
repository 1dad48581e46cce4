/* Data sets of named-entity recognition: sequences of tokens with their tags.
 *
 * Read from lines of tagged tokens (ner_columns.h says which columns; an empty line ends a
 * sequence; lines "# ..." and "-DOCSTART- ..." are passed over) in any scheme of tag_scheme.h, or
 * from texts with the spans of their entities, which ner_documents.h cuts into tokens:
 *
 *     JSON, an object each, one in a line or a list of them:
 *     {"text", "entities": [{"start", "end", "type"}]}    kg's own; "label" for "type" and "spans"
 *                                                         for "entities" likewise (Prodigy)
 *     {"text", "label": [[start, end, type]]}             doccano; "labels" and spaCy's "entities"
 *     {"text", "entities": [{"start_idx", "end_idx", "type", "entity"}]}     CMeEE
 *     {"text", "mention_data": [{"mention", "offset", "type"}]}   SMedBERT's released data
 *     {"data": {"text"}, "annotations": [{"result": [...]}]}      Label Studio
 *     {"tokens": [...], "ner_tags": ["O", "B-x", ...]}    Hugging Face; "tags" likewise
 *
 *     PubTator: id|t|title, id|a|abstract, and lines of id, start, end, mention, type
 *     BRAT: x.ann beside x.txt, or a folder of such pairs
 *
 * Offsets count characters, UTF-16 units or bytes: the one by which the texts of the entities,
 * where the file has them, stand where it says. What the file holds is told from its first line. */
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
    char told[480];                   /* how the file was read, where that is not plain; or "" */
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

/* Which of nested or overlapping entities is kept, since a token has one tag. */
typedef enum kg_ner_nesting {
    KG_NER_NESTING_ERROR,
    KG_NER_OUTERMOST, /* the longer one */
    KG_NER_INNERMOST, /* the shorter one */
} kg_ner_nesting;

typedef enum kg_ner_offsets {
    KG_NER_ANY_OFFSETS, /* what the texts of the entities agree with; characters without such */
    KG_NER_CHARACTERS,
    KG_NER_UTF16,
    KG_NER_BYTES,
} kg_ner_offsets;

/* What a file does not say itself; zeroed: as plain as can be. */
typedef struct kg_ner_format {
    bool characters; /* texts are cut into characters, as what a model was trained on */
    uint32_t token_column, tag_column; /* of lines, from 1; 0: as ner_columns.h tells them */
    kg_ner_nesting nested;
    kg_ner_offsets offsets;
    bool predictions; /* a line has two tags, gold and predicted, as conlleval's input */
} kg_ner_format;

/* Read a file, maybe compressed, or a folder of BRAT's; format NULL: zeroed. KG_ERR_FORMAT with
 * file, line and remedy for tags of no scheme, a line without a tag, entities that do not fit their
 * text, bad UTF-8, or a file without a token; KG_ERR_LIMIT for more than 4096 types.
 * kg_ner_data_free in any case. */
kg_status kg_ner_data_read(kg_ner_data *out, const char *path, const kg_ner_format *format,
                           kg_error *err);

/* The same from lines already open, which stay the caller's. */
kg_status kg_ner_data_read_lines(kg_ner_data *out, kg_lines *lines, const kg_ner_format *format,
                                 kg_error *err);
void kg_ner_data_free(kg_ner_data *data);

/* Put the sequences of another data set behind those of this one; both by the same set of types.
 * KG_ERR_MEMORY. */
kg_status kg_ner_data_append(kg_ner_data *to, const kg_ner_data *from);

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
