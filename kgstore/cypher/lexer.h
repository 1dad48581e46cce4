/* The words of a query. Keywords are names here: which are meant as such is the parser's to tell,
 * since Cypher reserves hardly any. */
#ifndef KG_CYPHER_LEXER_H
#define KG_CYPHER_LEXER_H

#include "kgstore/base/arena.h"
#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdint.h>

typedef enum cy_token_kind {
    CY_T_END,
    CY_T_NAME,   /* a letter, then letters, digits and _ */
    CY_T_QUOTED, /* a name in backticks */
    CY_T_INTEGER,
    CY_T_FLOAT,
    CY_T_STRING,
    CY_T_PARAMETER, /* $name */
    CY_T_SYMBOL     /* one to three characters */
} cy_token_kind;

typedef struct cy_token {
    cy_token_kind kind;
    kg_str text;      /* as it stands in the query */
    kg_str content;   /* of a name, string or parameter: without quotes, escapes resolved */
    uint64_t integer; /* up to 2^63, whose negative is an integer still */
    double real;
    bool bad; /* begins like a number and is none: a fault where it is read as one */
} cy_token;

/* What is wrong with a query, in openCypher's words: a kind and a detail. */
typedef struct cy_fault {
    const char *kind;   /* "SyntaxError"; static */
    const char *detail; /* "UndefinedVariable"; static */
} cy_fault;

typedef struct cy_lexer {
    kg_str text;
    size_t at;
    kg_arena *arena; /* for content with escapes */
    cy_fault *fault;
    kg_error *err;
} cy_lexer;

/* The next token. KG_ERR_FORMAT: none, and the error tells where. */
kg_status cy_lexer_next(cy_token *out, cy_lexer *lexer);

/* Set the error of a fault at a place of the text: line and column, what was found and expected. */
__attribute__((format(printf, 7, 8))) kg_status cy_fail_at(kg_error *err, cy_fault *fault,
                                                           kg_str text, size_t at, const char *kind,
                                                           const char *detail, const char *format,
                                                           ...);

/* Equal but for the case of ASCII letters; word is upper-case. */
bool cy_is_word(const cy_token *token, const char *word);

static inline bool cy_is_symbol(const cy_token *token, const char *symbol) {
    return token->kind == CY_T_SYMBOL && kg_str_equal(token->text, kg_str_from(symbol));
}

#endif
