/* Feature files of the openCypher TCK: the part of Gherkin that they use.
 *
 * Everything read lives in the caller's arena. Functions of this runner abort when out of memory.
 */
#ifndef KG_TESTS_TCK_FEATURE_H
#define KG_TESTS_TCK_FEATURE_H

#include "kgstore/base/arena.h"
#include "kgstore/base/error.h"

/* A list that grows in an arena: {data, len, cap}. */
#define TCK_LIST(type)                                                                             \
    struct {                                                                                       \
        type *data;                                                                                \
        size_t len, cap;                                                                           \
    }

/* Append an item. */
#define TCK_PUSH(arena, list, item)                                                                \
    (tck_grow((arena), &(list)->data, (list)->len, &(list)->cap, sizeof *(list)->data),            \
     (void)((list)->data[(list)->len++] = (item)))

/* Make room for one item more. data is the address of the list's pointer. */
void tck_grow(kg_arena *arena, void *data, size_t len, size_t *cap, size_t size);

/* size bytes, cleared. */
void *tck_new(kg_arena *arena, size_t size);

/* A copy in the arena, terminated. */
kg_str tck_copy(kg_arena *arena, kg_str text);

/* Formatted, in the arena, terminated. */
__attribute__((format(printf, 2, 3))) kg_str tck_format(kg_arena *arena, const char *format, ...);

/* A row of a table: cells without blanks around them, their escapes resolved. */
typedef TCK_LIST(kg_str) tck_row;
typedef TCK_LIST(tck_row) tck_table;

typedef struct tck_step {
    unsigned line;
    kg_str text; /* without its keyword */
    bool has_doc;
    kg_str doc; /* dedented; no newline at its end */
    tck_table table;
} tck_step;

typedef TCK_LIST(tck_step) tck_steps;

/* A scenario with the steps of the background before its own. Of an outline each example is one. */
typedef struct tck_scenario {
    kg_str name;
    unsigned line;
    unsigned example; /* from 1; 0: no outline */
    bool outline;     /* as it is read: examples may follow */
    kg_str tags;      /* "@skipGrammarCheck @ignore" */
    tck_steps steps;
} tck_scenario;

typedef TCK_LIST(tck_scenario) tck_scenarios;

/* KG_ERR_FORMAT: err has the line. */
kg_status tck_feature_parse(tck_scenarios *out, kg_arena *arena, kg_str text, kg_error *err);

#endif
