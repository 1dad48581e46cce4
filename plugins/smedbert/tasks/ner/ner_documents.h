/* Texts with the spans of their entities, as annotation tools write them, made into tagged tokens.
 *
 * A reader gives each entity and then the text that it is of; kg_ner_documents_tag finds out what
 * the offsets of the file count, settles which of overlapping entities are kept, and cuts the texts
 * into tokens: at white space, each CJK ideograph, each run of other letters and digits and each
 * other character by itself, and further where an entity begins or ends. */
#ifndef KG_SMEDBERT_NER_DOCUMENTS_H
#define KG_SMEDBERT_NER_DOCUMENTS_H

#include "plugins/smedbert/tasks/ner/ner_data_impl.h"

/* An entity as the file has it. */
typedef struct kg_ner_entity {
    uint64_t start, end; /* in what the file counts; after tagging in characters, end exclusive */
    kg_str type;
    kg_str text; /* what the file says stands there; data NULL: it does not say */
} kg_ner_entity;

/* Add an entity to the document that the next kg_ner_documents_end closes; strings are copied.
 * `last`: the end may be the last character instead of the one behind it, as in CMeEE; the file's
 * own texts decide. Blanks in a type become "_", which is told. KG_ERR_FORMAT for an empty type or
 * span, with `line` and what `name` calls the entity. */
kg_status kg_ner_documents_add(kg_ner_reader *r, uint64_t line, const char *name,
                               const kg_ner_entity *entity, bool last);

/* Close the document of the entities added since the last one: its text, copied, and its line. */
kg_status kg_ner_documents_end(kg_ner_reader *r, uint64_t line, kg_str text);

/* Tag the documents and forget them. KG_ERR_FORMAT for an entity whose text stands elsewhere,
 * whatever its offsets count, that ends behind the text, or that overlaps another and
 * r->format.nested is KG_NER_NESTING_ERROR. */
kg_status kg_ner_documents_tag(kg_ner_reader *r);

void kg_ner_documents_free(kg_ner_documents *documents);

#endif
