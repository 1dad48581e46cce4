/* What the readers of NER's data sets share: tokens come with the letter of their tag and the
 * number of its type; the scheme is told, and types get their place in order, at the file's end. */
#ifndef KG_SMEDBERT_NER_DATA_IMPL_H
#define KG_SMEDBERT_NER_DATA_IMPL_H

#include "kgstore/base/arena.h"
#include "plugins/smedbert/tasks/ner/ner_data.h"
#include "plugins/smedbert/tasks/ner/tag_scheme.h"

/* A text whose entities were read, as plugins/smedbert/tasks/ner/ner_documents.h has it. */
typedef struct kg_ner_document {
    uint64_t line;
    const char *path;
    kg_str text;
    size_t entities_end; /* of its entities, in those of all documents */
} kg_ner_document;

typedef struct kg_ner_documents {
    kg_arena arena;
    KG_ARRAY(struct kg_ner_entity) entities;
    KG_ARRAY(kg_ner_document) list;
    bool last;       /* some ends may be the last character */
    bool joined;     /* some types had blanks */
    size_t left_out; /* nested or overlapping entities */
} kg_ner_documents;

/* JSON objects that may span lines. */
typedef struct kg_ner_objects {
    kg_bytes text;  /* of the object at hand */
    uint64_t line;  /* where it begins */
    uint64_t depth; /* braces open */
    bool string, escaped;
    bool by_line;             /* the first one ended in its line: all do */
    bool begun;               /* a line that is not empty was read */
    bool any;                 /* an object was read */
    size_t further, left_out; /* annotations, and results, that were passed over */
} kg_ner_objects;

/* Texts and annotations that stand apart. */
typedef struct kg_ner_standoff {
    kg_bytes text, id; /* of PubTator's document at hand */
    uint64_t line;     /* of its title */
    size_t left_out;   /* annotations of other things than entities */
    size_t pieces;     /* entities of several pieces */
} kg_ner_standoff;

typedef struct kg_ner_reader {
    kg_ner_data *data;
    kg_ner_format format;
    kg_ner_documents documents;
    kg_ner_objects objects;
    kg_ner_standoff standoff;
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

/* Add to what is told of how the file was read. */
__attribute__((format(printf, 2, 3))) void kg_ner_tell(kg_ner_reader *r, const char *format, ...);

/* ---- ner_json.c ------------------------------------------------------------------------------ */

/* Does a file that begins with this line hold JSON? */
bool kg_ner_is_json(kg_str line);

/* Read a line of objects, each a sequence, one in a line or a list of them over any lines. */
kg_status kg_ner_read_json(kg_ner_reader *r, uint64_t number, kg_str line);

/* Behind the last line. */
kg_status kg_ner_end_json(kg_ner_reader *r);

/* ---- ner_standoff.c -------------------------------------------------------------------------- */

/* Does a file that begins with this line hold PubTator's "id|t|title"? */
bool kg_ner_is_pubtator(kg_str line);
kg_status kg_ner_read_pubtator(kg_ner_reader *r, uint64_t number, kg_str line);
kg_status kg_ner_end_pubtator(kg_ner_reader *r);

/* A folder, or a file of BRAT's annotations? */
bool kg_ner_is_brat(const char *path);

/* Read x.ann beside x.txt, or all such pairs of a folder. */
kg_status kg_ner_read_brat(kg_ner_reader *r, const char *path);

/* ---- ner_documents.c ------------------------------------------------------------------------- */

/* Bytes of the token at text, of which n are there, and its characters; 0 at white space. */
size_t kg_ner_token_length(size_t *characters, const char *text, size_t n);

#endif
