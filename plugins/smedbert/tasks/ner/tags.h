/* Tags of named-entity recognition in IOB2, and the entities that a sequence of tags means.
 *
 * Tag 0 is O; type t has B-t at 1 + 2t and I-t at 2 + 2t. Types are sorted by name (bytes). */
#ifndef KG_SMEDBERT_TAGS_H
#define KG_SMEDBERT_TAGS_H

#include "plugins/smedbert/tune/labels.h"

#include <stdbool.h>
#include <stdint.h>

typedef kg_labels kg_tagset;

#define KG_TAGSET_INIT                                                                             \
    { KG_ARRAY_INIT }

static inline size_t kg_tagset_tags(const kg_tagset *set) {
    return 1 + 2 * set->types.len;
}

/* Whether it is I-x. */
static inline bool kg_tag_is_inside(uint16_t tag) {
    return tag > 0 && tag % 2 == 0;
}

static inline kg_status kg_tagset_add(kg_tagset *set, kg_str type, bool *added) {
    return kg_labels_add(set, type, added);
}

static inline int kg_tagset_find(const kg_tagset *set, kg_str type) {
    return kg_labels_find(set, type);
}

static inline void kg_tagset_free(kg_tagset *set) {
    kg_labels_free(set);
}

/* Split "B-type", "I_type" or "O" into its letter and its type ("" for O, never a NUL in it).
 * False: another form. */
bool kg_tag_parse(char *letter, kg_str *type, kg_str text);

/* "B-type" into buffer, always terminated; returns buffer. */
const char *kg_tag_format(char *buffer, size_t size, const kg_tagset *set, uint16_t tag);

/* Fill allowed (L + 2, L; as kg_crf_decode takes it): I-x only after B-x or I-x. */
void kg_tags_allowed(uint8_t *allowed, size_t n_types);

/* How a sequence of tags is read as entities. They differ on tags that no IOB2 writer would make:
 *
 *     tags          strict    conlleval     upstream
 *     O I-A I-A     none      A(1,2)        none
 *     B-A I-B I-A   A(0,0)    A0, B1, A2    A(0,2)
 *     B-A I-B       A(0,0)    A0, B1        A(0,0)
 */
typedef enum kg_convention { KG_STRICT, KG_CONLLEVAL, KG_UPSTREAM } kg_convention;
enum { KG_CONVENTIONS = 3 };

/* "strict", "conlleval", "upstream". */
const char *kg_convention_name(kg_convention convention);

typedef struct kg_ner_span {
    uint32_t start, end; /* tokens; end exclusive */
    uint32_t type;
} kg_ner_span;

typedef KG_ARRAY(kg_ner_span) kg_ner_spans;

/* Append the entities of n tags, in order. */
kg_status kg_tags_spans(kg_ner_spans *out, const uint16_t *tags, size_t n,
                        kg_convention convention);

#endif
