/* Queries run and shown. Rows are gathered into pieces, so that a long answer is under way while
 * the rest of it is being found. */
#include "cli/cyphershow.h"

#include "cli/jsoncell.h"
#include "cli/pager.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Texts ----------------------------------------------------------------------------------- */

static kg_str skip_blanks(kg_str text) {
    while (text.len && isspace((unsigned char)text.data[0]))
        text = (kg_str){text.data + 1, text.len - 1};
    return text;
}

/* The letters that text begins with, in capitals; empty where they are only part of a word. */
static kg_str first_word(char word[12], kg_str text) {
    size_t n = 0;
    while (n < text.len && n < 11 && isalpha((unsigned char)text.data[n])) {
        word[n] = (char)toupper((unsigned char)text.data[n]);
        n++;
    }
    bool whole = n == text.len || isspace((unsigned char)text.data[n]) || text.data[n] == '(' ||
                 text.data[n] == '{' || text.data[n] == '[';
    word[whole ? n : 0] = '\0';
    return (kg_str){text.data + n, text.len - n};
}

/* A parenthesis, or a variable and an equals sign. */
static bool pattern_begins(kg_str text) {
    size_t n = 0;
    text = skip_blanks(text);
    while (n < text.len && (isalnum((unsigned char)text.data[n]) || text.data[n] == '_'))
        n++;
    text = skip_blanks((kg_str){text.data + n, text.len - n});
    return text.len && text.data[0] == (n ? '=' : '(');
}

bool kg_cypher_begins(kg_str text) {
    static const char *const CLAUSES[] = {"MATCH",  "OPTIONAL", "UNWIND", "WITH",   "RETURN",
                                          "CREATE", "CALL",     "LOAD",   "FOREACH"};
    char word[12];
    kg_str rest = first_word(word, skip_blanks(text));
    if (strcmp(word, "EXPLAIN") == 0 || strcmp(word, "PROFILE") == 0)
        rest = first_word(word, skip_blanks(rest));
    if (strcmp(word, "MERGE") == 0)
        return pattern_begins(rest);
    for (size_t i = 0; i < sizeof CLAUSES / sizeof *CLAUSES; i++)
        if (strcmp(word, CLAUSES[i]) == 0)
            return true;
    return false;
}

/* Behind the string, name or comment that begins at `at`; at itself where none does. */
static size_t skip_quoted(kg_str text, size_t at) {
    char c = text.data[at];
    bool line = c == '/' && at + 1 < text.len && text.data[at + 1] == '/';
    bool block = c == '/' && at + 1 < text.len && text.data[at + 1] == '*';
    if (line) {
        while (at < text.len && text.data[at] != '\n')
            at++;
        return at;
    }
    if (block) {
        const char *end = memmem(text.data + at + 2, text.len - at - 2, "*/", 2);
        return end ? (size_t)(end + 2 - text.data) : text.len;
    }
    if (c != '\'' && c != '"' && c != '`')
        return at;
    for (at++; at < text.len && text.data[at] != c; at++)
        at += text.data[at] == '\\' && c != '`';
    return at < text.len ? at + 1 : text.len;
}

size_t kg_cypher_length(kg_str text, size_t *from) {
    for (size_t at = *from; at < text.len;) {
        size_t behind = skip_quoted(text, at);
        *from = at; /* of what may not have ended */
        if (behind == at && text.data[at] == ';')
            return at + 1;
        at = behind == at ? at + 1 : behind;
    }
    return 0;
}

/* The line of a fault, and a mark below its place. */
static void show_place(FILE *to, kg_str text, const kg_cypher_fault *fault) {
    size_t at = 0;
    for (size_t line = 1; line < fault->line && at < text.len; at++)
        line += text.data[at] == '\n';
    size_t n = 0;
    while (at + n < text.len && text.data[at + n] != '\n')
        n++;
    fprintf(to, "%.*s\n", (int)n, text.data + at);
    for (size_t i = 1, offset = 0; i < fault->column && offset < n; i++) {
        uint32_t c;
        size_t length = kg_utf8_next(&c, text.data + at + offset, n - offset);
        putc(c == '\t' ? '\t' : ' ', to);
        if (length == 3) /* wide, as nearly all that take three bytes are */
            putc(' ', to);
        offset += length;
    }
    fputs("^\n", to);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* NAME=JSON; a value that is no JSON is itself, as a text. */
static kg_status bind_one(kg_cypher_query *query, const char *param, kg_error *err) {
    kg_result keep = KG_RESULT_INIT;
    kg_cell cell;
    const char *equals = strchr(param, '=');
    if (!equals || equals == param)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --param %s; expected NAME=VALUE, as in --param name='\"Ann\"'",
                            param);
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
    if (value)
        kg_json_cell(&cell, &keep, value);
    else
        cell = (kg_cell){KG_CELL_TEXT, {.text = kg_str_from(equals + 1)}};
    json_decref(value);
    kg_str name = {param, (size_t)(equals - param)};
    kg_status st = keep.status == KG_OK
                       ? kg_cypher_bind(query, name, &cell, err)
                       : kg_error_set(err, keep.status, "out of memory reading --param");
    kg_result_free(&keep);
    return st;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct pieces {
    kg_result result;
    const char **names;
    size_t n;
    kg_output_mode mode;
    bool begun;
    bool at_once; /* the first row need not wait for others */
    double since; /* when the first row of this piece came */
} pieces;

static void begin_piece(pieces *p) {
    kg_result_columns(&p->result, KG_SHAPE_ROWS, p->names, p->n);
}

static kg_status show_piece(pieces *p, bool last) {
    if (!p->begun) /* there may be much more */
        kg_pager_begin(last ? kg_result_rows(&p->result) + 1 : SIZE_MAX);
    kg_status st =
        kg_output_pieces(stdout, &p->result, p->mode, (kg_output_piece){!p->begun, last});
    p->begun = true;
    begin_piece(p);
    return st;
}

/* A cell that outlives the row. */
static kg_cell keep_cell(kg_result *to, const kg_cell *cell);

static const kg_cell *keep_cells(kg_result *to, const kg_cell *items, size_t n) {
    kg_cell *kept = kg_arena_alloc(&to->arena, (n + 1) * sizeof *kept);
    if (!kept)
        to->status = KG_ERR_MEMORY;
    for (size_t i = 0; kept && i < n; i++)
        kept[i] = keep_cell(to, &items[i]);
    return kept;
}

static const kg_str *keep_texts(kg_result *to, const kg_str *texts, size_t n) {
    kg_str *kept = kg_arena_alloc(&to->arena, (n + 1) * sizeof *kept);
    if (!kept)
        to->status = KG_ERR_MEMORY;
    for (size_t i = 0; kept && i < n; i++)
        kept[i] = kg_result_copy(to, texts[i]);
    return kept;
}

static kg_cell keep_cell(kg_result *to, const kg_cell *cell) {
    kg_cell kept = *cell;
    switch (cell->kind) {
    case KG_CELL_TEXT:
        kept.as.text = kg_result_copy(to, cell->as.text);
        break;
    case KG_CELL_TEXTS:
        kept.as.texts.items = keep_texts(to, cell->as.texts.items, cell->as.texts.count);
        break;
    case KG_CELL_LIST:
        kept.as.list.items = keep_cells(to, cell->as.list.items, cell->as.list.count);
        break;
    case KG_CELL_MAP:
        kept.as.map.keys = keep_texts(to, cell->as.map.keys, cell->as.map.count);
        kept.as.map.items = keep_cells(to, cell->as.map.items, cell->as.map.count);
        break;
    case KG_CELL_ITEM:
        kept.as.item.shown = kg_result_copy(to, cell->as.item.shown);
        kept.as.item.whole = keep_cells(to, cell->as.item.whole, 1);
        break;
    case KG_CELL_NONE:
    case KG_CELL_INTEGER:
    case KG_CELL_ARROW:
    case KG_CELL_REAL:
    case KG_CELL_BOOL:
        break;
    }
    return kept;
}

static kg_status take_row(pieces *p, kg_cypher_query *query) {
    kg_status st;
    for (size_t i = 0; i < p->n; i++) {
        kg_cell cell;
        KG_TRY(st, kg_cypher_column(&cell, query, i));
        kg_result_push(&p->result, keep_cell(&p->result, &cell));
    }
    return p->result.status;
}

/* A piece is shown when it is full, or has kept someone waiting: to a program the first at once;
 * to a person it holds some rows, since the columns of a table are as wide as they need, and what
 * is long goes through a pager. */
static bool is_due(const pieces *p) {
    enum { FIRST = 100, MOST = 1000 };
    const double FIRST_WAIT = 0.1, WAIT = 0.2;
    size_t rows = kg_result_rows(&p->result);
    if (!p->begun && (p->at_once || rows >= FIRST))
        return true;
    return rows >= MOST || kg_clock() - p->since > (p->begun ? WAIT : FIRST_WAIT);
}

static kg_status show_rows(kg_cypher_query *query, kg_output_mode mode, kg_error *err) {
    pieces p = {.result = KG_RESULT_INIT, .n = kg_cypher_columns(query), .mode = mode};
    kg_status st = KG_OK;
    bool row = true;
    p.at_once = mode != KG_MODE_TABLE && !isatty(STDOUT_FILENO);
    p.names = calloc(p.n + 1, sizeof *p.names);
    if (!p.names)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory showing the answer");
    for (size_t i = 0; i < p.n; i++)
        p.names[i] = kg_cypher_name(query, i);
    begin_piece(&p);
    while (st == KG_OK) {
        st = kg_cypher_step(&row, query, err);
        if (st != KG_OK || !row)
            break;
        if (kg_result_rows(&p.result) == 0)
            p.since = kg_clock();
        st = take_row(&p, query);
        if (st == KG_OK && p.n && is_due(&p)) {
            st = show_piece(&p, false);
            fflush(stdout);
        }
        if (kg_pager_is_left())
            break;
    }
    if (st == KG_OK && p.n)
        st = show_piece(&p, true);
    kg_pager_end();
    kg_result_free(&p.result);
    free(p.names);
    return st;
}

static kg_status show_plan(kg_cypher_query *query, bool run, kg_error *err) {
    kg_status st = KG_OK;
    bool row = run;
    while (st == KG_OK && row)
        st = kg_cypher_step(&row, query, err);
    if (st != KG_OK)
        return st;
    char *plan = kg_cypher_plan(query, run);
    if (!plan)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory showing the plan");
    fputs(plan, stdout);
    free(plan);
    return KG_OK;
}

/* To a person: a name that is not there gives an empty answer, not an error. */
static void show_note(const kg_cypher_query *query) {
    char text[400];
    if (!isatty(STDERR_FILENO))
        return;
    kg_cypher_note(text, sizeof text, query);
    if (*text)
        fprintf(stderr, "note: %s\n", text);
}

kg_status kg_cypher_show_query(bool *ran, kg_cypher *cypher, kg_str text, const kg_texts *params,
                               kg_output_mode mode, kg_error *err) {
    kg_cypher_query *query;
    kg_cypher_fault fault;
    kg_status st = kg_cypher_prepare(&query, cypher, text, &fault, err);
    if (ran)
        *ran = st == KG_OK;
    if (st != KG_OK) {
        if (fault.line && isatty(STDERR_FILENO)) {
            fflush(stdout);
            show_place(stderr, text, &fault);
        }
        return st;
    }
    for (size_t i = 0; st == KG_OK && params && i < params->len; i++)
        st = bind_one(query, params->data[i], err);
    if (st == KG_OK) {
        kg_cypher_show show = kg_cypher_wants(query);
        st = show == KG_CYPHER_ROWS ? show_rows(query, mode, err)
                                    : show_plan(query, show == KG_CYPHER_PROFILE, err);
        fflush(stdout);
        show_note(query);
    }
    kg_cypher_free(query);
    return st;
}
