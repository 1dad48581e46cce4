/* What the readers of NER's data sets share: tokens come with the letter of their tag and the
 * number of its type; the scheme is told, and types get their place in order, at the file's end. */
#ifndef KG_SMEDBERT_NER_DATA_IMPL_H
#define KG_SMEDBERT_NER_DATA_IMPL_H

#include "plugins/smedbert/tasks/ner/ner_data.h"
#include "plugins/smedbert/tasks/ner/tag_scheme.h"

typedef struct kg_ner_reader {
    kg_ner_data *data;
    kg_bytes letters;         /* of each token's tag */
    KG_ARRAY(uint16_t) types; /* of each token's tag, by found; 0 for O */
    kg_scheme_letters met;
    KG_ARRAY(kg_str) found; /* types in order of appearance; owned by data->set */
    const char *path;
    kg_error *err;
} kg_ner_reader;

kg_status kg_ner_no_memory(kg_ner_reader *r);

/* Add a token with its tag, the type "" for O. KG_ERR_LIMIT, KG_ERR_MEMORY. */
kg_status kg_ner_add_token(kg_ner_reader *r, uint64_t line, kg_str token, char letter, kg_str type);

/* End the sequence, where it has a token. */
kg_status kg_ner_end_sequence(kg_ner_reader *r);

/* ---- plugins/smedbert/tasks/ner/ner_json.c
 * --------------------------------------------------------
 */

/* Does a file that begins with this line hold JSON? */
bool kg_ner_is_json(kg_str line);

/* Read a line of JSON as a sequence; an empty one is passed over. */
kg_status kg_ner_read_json(kg_ner_reader *r, uint64_t number, kg_str line);

/* Bytes of the token at text, of which n are there, and its characters; 0 at white space. */
size_t kg_ner_token_length(size_t *characters, const char *text, size_t n);

#endif
