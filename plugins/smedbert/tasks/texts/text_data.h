/* Data sets of the tasks over texts: `text` (classes of texts), `pair` (classes of two texts),
 * `relation` (classes of two spans of a text) and `rank` (which candidates answer a query).
 *
 * Read from lines of columns separated by tabs,
 *
 *     text      class, text
 *     pair      class, text, text
 *     relation  class, start and end of the head, start and end of the tail, text
 *     rank      query, right candidate, wrong candidate
 *
 * or from JSON lines, an object each:
 *
 *     text      {"text", "label"}
 *     pair      {"text_a", "text_b", "label"}; "sentence1" and "sentence2" likewise
 *     relation  {"text", "head": {"start", "end"}, "tail": {"start", "end"}, "label"}
 *               {"text", "spo_list": [{"subject", "predicate", "object"}]} of CHIP's CMeIE
 *     rank      {"query", "positive": [texts], "negative": [texts]}
 *               {"query", "candidates": [{"text", "label": 0 or 1, "id"}]}
 *
 * Offsets count characters, end exclusive. A label may be a number. Which of the two it is, is told
 * from the first line. Text to predict for lacks the class; to be ranked it is query, candidate. */
#ifndef KG_SMEDBERT_TEXT_DATA_H
#define KG_SMEDBERT_TEXT_DATA_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/lines.h"
#include "plugins/smedbert/tune/labels.h"

typedef enum kg_text_kind { KG_TEXT, KG_TEXT_PAIR, KG_TEXT_RELATION, KG_TEXT_RANK } kg_text_kind;

typedef struct kg_text_span {
    uint32_t start, end; /* bytes */
} kg_text_span;

/* What is scored. */
typedef struct kg_text_item {
    uint32_t a, b;         /* texts; b is a where there is one alone; of rank query and candidate */
    kg_text_span spans[2]; /* of a: head and tail of a relation */
    uint32_t id;           /* a text: what names a candidate, for ties */
    uint64_t line;
} kg_text_item;

typedef struct kg_texts {
    kg_text_kind kind;
    kg_labels labels;        /* the classes that occur, sorted; of rank none */
    kg_bytes bytes;          /* of all texts, back to back */
    KG_ARRAY(uint32_t) ends; /* of each text, in bytes */
    KG_ARRAY(kg_text_item) items;
    KG_ARRAY(uint16_t) gold;         /* of each item: its class, or 1 where a candidate is right */
    KG_ARRAY(uint32_t) example_ends; /* of each example, in items: a line's, or a query's */
} kg_texts;

static inline kg_str kg_texts_text(const kg_texts *texts, uint32_t i) {
    uint32_t start = i > 0 ? texts->ends.data[i - 1] : 0;
    return (kg_str){texts->bytes.data + start, texts->ends.data[i] - start};
}

static inline size_t kg_texts_first(const kg_texts *texts, size_t example) {
    return example > 0 ? texts->example_ends.data[example - 1] : 0;
}

/* How a file is read. */
typedef struct kg_texts_options {
    kg_text_kind kind;
    bool unlabeled;   /* there are no classes; candidates are not told right from wrong */
    double negatives; /* of a spo_list: so many other pairs of entities, of the class "none", for
                         each pair that is there; below 0: all of them */
} kg_texts_options;

/* Read a file, maybe compressed. KG_ERR_FORMAT with file, line, what was found and what to do;
 * KG_ERR_LIMIT for more than 4096 classes. kg_texts_free in any case. */
kg_status kg_texts_read(kg_texts *out, const char *path, const kg_texts_options *options,
                        kg_error *err);

/* The same from lines already open, which stay the caller's. */
kg_status kg_texts_read_lines(kg_texts *out, kg_lines *lines, const kg_texts_options *options,
                              kg_error *err);

/* Put the examples of another data set behind those of this one; both of the same kind and classes.
 * KG_ERR_MEMORY. */
kg_status kg_texts_append(kg_texts *to, const kg_texts *from);

/* Forget all but the classes and the memory. */
void kg_texts_clear(kg_texts *texts);
void kg_texts_free(kg_texts *texts);

/* Take one line, told from its first character. */
typedef struct kg_texts_reader {
    kg_texts *to;
    kg_texts_options options;
    const char *path;
    uint64_t line;
    kg_error *err;
} kg_texts_reader;

kg_status kg_texts_take(kg_texts_reader *reader, kg_str line);
kg_status kg_texts_take_json(kg_texts_reader *reader, kg_str line); /* text_json.c */

/* Put rank's queries that stand in several lines together; after the last line. KG_ERR_MEMORY. */
kg_status kg_texts_gather(kg_texts *texts);

/* Number the classes by another set, such as training's. KG_ERR_FORMAT, naming the first line at
 * fault, where it lacks one that occurs; `path` is for that message. */
kg_status kg_texts_align(kg_texts *texts, const kg_labels *labels, const char *path, kg_error *err);

/* What readers build with: a text more; an item more, of a class (NULL: none); the end of an
 * example. KG_ERR_MEMORY, KG_ERR_LIMIT (with err). */
kg_status kg_texts_add(uint32_t *number, kg_texts_reader *reader, kg_str text);
kg_status kg_texts_add_item(kg_texts_reader *reader, const kg_text_item *item, kg_str label);
kg_status kg_texts_add_candidate(kg_texts_reader *reader, const kg_text_item *item, bool right);
kg_status kg_texts_end_example(kg_texts_reader *reader);

/* The class of what is no relation. */
#define KG_NO_RELATION "none"

#endif
