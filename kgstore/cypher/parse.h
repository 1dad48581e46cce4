/* The parser: recursive descent over openCypher 9, with EXISTS {}, COUNT {}, COLLECT {}, label
 * expressions and quantified relationships of GQL. */
#ifndef KG_CYPHER_PARSE_H
#define KG_CYPHER_PARSE_H

#include "kgstore/cypher/ast.h"
#include "kgstore/cypher/lexer.h"

typedef enum cy_explain { CY_RUN, CY_EXPLAIN, CY_PROFILE } cy_explain;

/* Parse one query, with or without a semicolon behind it. *out lives in the arena; text outlives
 * it. KG_ERR_FORMAT: line, column, what was found and what was expected. */
kg_status cy_parse(cy_query **out, cy_explain *explain, kg_arena *arena, kg_str text,
                   cy_fault *fault, kg_error *err);

/* ---- Between the parser's files -------------------------------------------------------------- */

typedef struct cy_parser {
    kg_arena *arena;
    kg_str text;
    cy_token *tokens; /* the last is CY_T_END */
    size_t n_tokens, at;
    unsigned depth;
    cy_fault *fault;
    kg_error *err;
} cy_parser;

static inline const cy_token *cy_peek(const cy_parser *p, size_t ahead) {
    size_t i = p->at + ahead;
    return &p->tokens[i < p->n_tokens ? i : p->n_tokens - 1];
}

static inline uint32_t cy_at(const cy_parser *p) {
    return (uint32_t)(cy_peek(p, 0)->text.data - p->text.data);
}

/* Where the token before ended. */
uint32_t cy_end_before(const cy_parser *p);

static inline bool cy_sees_word(const cy_parser *p, const char *word) {
    return cy_is_word(cy_peek(p, 0), word);
}

static inline bool cy_sees(const cy_parser *p, const char *symbol) {
    return cy_is_symbol(cy_peek(p, 0), symbol);
}

/* Step over the word or symbol where it is next. */
bool cy_accept_word(cy_parser *p, const char *word);
bool cy_accept(cy_parser *p, const char *symbol);

/* The same where it must be. */
kg_status cy_expect_word(cy_parser *p, const char *word);
kg_status cy_expect(cy_parser *p, const char *symbol);

/* A fault at the token that is next: "found X; expected Y". */
kg_status cy_unexpected(cy_parser *p, const char *expected);
kg_status cy_no_memory(cy_parser *p);

/* A name: of a variable, label, type, key or function, also one that is a keyword. */
kg_status cy_take_name(kg_str *name, cy_parser *p, const char *what);

/* size bytes of zeros; NULL when out of memory. */
void *cy_new(cy_parser *p, size_t size);

/* Append to an array in the arena whose length is *n: it is copied when *n is a power of two. */
kg_status cy_grow(cy_parser *p, void *array, size_t n, size_t size);

kg_status cy_new_expr(cy_expr **out, cy_parser *p, cy_expr_kind kind, uint32_t at, size_t items);

kg_status cy_parse_expr(cy_expr **out, cy_parser *p);
kg_status cy_parse_atom(cy_expr **out, cy_parser *p);       /* parse_atom.c */
kg_status cy_parse_map(cy_expr **out, cy_parser *p);        /* a literal in braces */
kg_status cy_parse_labels(cy_expr **out, cy_parser *p);     /* behind the colon */
kg_status cy_parse_pattern(cy_pattern **out, cy_parser *p); /* parse_pattern.c */
kg_status cy_parse_path(cy_path_pattern *out, cy_parser *p);
kg_status cy_parse_braced_query(cy_query **out, cy_parser *p); /* { query }, or { pattern } */
kg_status cy_parse_projection(cy_projection **out, cy_parser *p, bool is_with);

/* Does a relationship begin here: -- -[ <-- <-[ ? */
bool cy_sees_edge(const cy_parser *p, size_t ahead);

#endif
