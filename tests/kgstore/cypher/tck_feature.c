/* Gherkin, a line at a time. A scenario is kept as it stands until the next begins; an outline is
 * then written out, once for each row of its examples. */
#include "tck_feature.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Memory ---------------------------------------------------------------------------------- */

void *tck_new(kg_arena *arena, size_t size) {
    void *memory = kg_arena_alloc(arena, size ? size : 1);
    if (!memory)
        abort();
    return memset(memory, 0, size);
}

void tck_grow(kg_arena *arena, void *data, size_t len, size_t *cap, size_t size) {
    void *old, *grown;
    if (len < *cap)
        return;
    *cap = *cap ? *cap * 2 : 4;
    grown = tck_new(arena, *cap * size);
    memcpy(&old, data, sizeof old);
    if (len)
        memcpy(grown, old, len * size);
    memcpy(data, &grown, sizeof grown);
}

kg_str tck_copy(kg_arena *arena, kg_str text) {
    char *copy = kg_arena_copy(arena, text);
    if (!copy)
        abort();
    return (kg_str){copy, text.len};
}

kg_str tck_format(kg_arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = tck_new(arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return (kg_str){text, (size_t)n};
}

/* ---- Lines ----------------------------------------------------------------------------------- */

typedef struct reader {
    kg_arena *arena;
    kg_str rest; /* lines not read yet */
    unsigned line;
    kg_error *err;
    tck_scenarios *out;
    tck_steps background;
    tck_steps *steps;               /* that a step goes to; NULL: none can stand here */
    tck_table *table;               /* that a row goes to; NULL: none can stand here */
    tck_scenario scenario;          /* being read */
    TCK_LIST(tck_table *) examples; /* of it */
    bool open;                      /* is one being read? */
    kg_str tags;                    /* for the next */
} reader;

static kg_str trim(kg_str s) {
    while (s.len && (*s.data == ' ' || *s.data == '\t'))
        s.data++, s.len--;
    while (s.len && strchr(" \t\r", s.data[s.len - 1]))
        s.len--;
    return s;
}

static bool next_line(kg_str *line, reader *r) {
    if (!r->rest.len)
        return false;
    const char *end = memchr(r->rest.data, '\n', r->rest.len);
    size_t n = end ? (size_t)(end - r->rest.data) : r->rest.len;
    *line = (kg_str){r->rest.data, n};
    n += end != NULL;
    r->rest = (kg_str){r->rest.data + n, r->rest.len - n};
    r->line++;
    return true;
}

/* Take a word off the front. */
static bool begins(kg_str *rest, kg_str line, const char *word) {
    size_t n = strlen(word);
    if (line.len < n || memcmp(line.data, word, n) != 0)
        return false;
    *rest = trim((kg_str){line.data + n, line.len - n});
    return true;
}

/* ---- Tables and texts ------------------------------------------------------------------------ */

/* "| a | b \| c |": cells between bars; \| is a bar, \\ a backslash, \n a newline. */
static kg_status read_row(tck_row *row, reader *r, kg_str line) {
    char *cell = tck_new(r->arena, line.len + 1);
    size_t n = 0;
    *row = (tck_row){0};
    for (size_t i = 1; i < line.len; i++) {
        char c = line.data[i], next = i + 1 < line.len ? line.data[i + 1] : 0;
        if (c == '\\' && (next == '|' || next == '\\' || next == 'n')) {
            cell[n++] = next == 'n' ? '\n' : next;
            i++;
        } else if (c == '|') {
            TCK_PUSH(r->arena, row, tck_copy(r->arena, trim((kg_str){cell, n})));
            n = 0;
        } else {
            cell[n++] = c;
        }
    }
    return n ? kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->line, "a row does not end with |")
             : KG_OK;
}

/* The lines of a text in triple quotes, less the blanks that its opening quotes stand after. */
static kg_status read_doc(kg_str *out, reader *r, size_t indent) {
    kg_str line;
    TCK_LIST(char) text = {0};
    unsigned first = r->line;
    while (next_line(&line, r)) {
        size_t blanks = 0;
        if (kg_str_equal(trim(line), KG_STR("\"\"\""))) {
            *out = (kg_str){text.data, text.len ? text.len - 1 : 0};
            return KG_OK;
        }
        while (blanks < indent && blanks < line.len && strchr(" \t", line.data[blanks]))
            blanks++;
        for (size_t i = blanks; i < line.len; i++)
            if (line.data[i] != '\r' || i + 1 < line.len)
                TCK_PUSH(r->arena, &text, line.data[i]);
        TCK_PUSH(r->arena, &text, '\n');
    }
    return kg_error_at(r->err, KG_ERR_FORMAT, NULL, first, "a text in triple quotes has no end");
}

/* ---- Scenarios ------------------------------------------------------------------------------- */

/* text with each <name> of the header replaced by the cell of the row. */
static kg_str fill(kg_arena *arena, kg_str text, const tck_row *header, const tck_row *row) {
    TCK_LIST(char) out = {0};
    for (size_t i = 0; i < text.len;) {
        size_t k;
        kg_str rest = {text.data + i + 1, text.len - i - 1};
        for (k = 0; text.data[i] == '<' && k < header->len; k++) {
            kg_str name = header->data[k];
            if (rest.len > name.len && memcmp(rest.data, name.data, name.len) == 0 &&
                rest.data[name.len] == '>')
                break;
        }
        if (text.data[i] != '<' || k == header->len) {
            TCK_PUSH(arena, &out, text.data[i]);
            i++;
            continue;
        }
        for (size_t c = 0; c < row->data[k].len; c++)
            TCK_PUSH(arena, &out, row->data[k].data[c]);
        i += header->data[k].len + 2;
    }
    return tck_copy(arena, (kg_str){out.data, out.len});
}

static tck_step fill_step(kg_arena *arena, const tck_step *step, const tck_row *header,
                          const tck_row *row) {
    tck_step out = *step;
    out.text = fill(arena, step->text, header, row);
    out.doc = fill(arena, step->doc, header, row);
    out.table = (tck_table){0};
    for (size_t i = 0; i < step->table.len; i++) {
        tck_row cells = {0};
        for (size_t k = 0; k < step->table.data[i].len; k++)
            TCK_PUSH(arena, &cells, fill(arena, step->table.data[i].data[k], header, row));
        TCK_PUSH(arena, &out.table, cells);
    }
    return out;
}

static void add_scenario(reader *r, unsigned example, const tck_row *header, const tck_row *row) {
    tck_scenario out = r->scenario;
    out.example = example;
    out.steps = (tck_steps){0};
    for (size_t i = 0; i < r->background.len; i++)
        TCK_PUSH(r->arena, &out.steps, r->background.data[i]);
    for (size_t i = 0; i < r->scenario.steps.len; i++) {
        const tck_step *step = &r->scenario.steps.data[i];
        tck_step filled = row ? fill_step(r->arena, step, header, row) : *step;
        TCK_PUSH(r->arena, &out.steps, filled);
    }
    if (row)
        out.name = fill(r->arena, out.name, header, row);
    TCK_PUSH(r->arena, r->out, out);
}

/* Hand over the scenario that was being read. */
static kg_status finish(reader *r) {
    unsigned example = 0;
    if (!r->open)
        return KG_OK;
    r->open = false;
    if (r->scenario.outline != (r->examples.len > 0))
        return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->scenario.line,
                           r->scenario.outline ? "an outline has no examples"
                                               : "a scenario that is no outline has examples");
    if (!r->scenario.outline)
        add_scenario(r, 0, NULL, NULL);
    for (size_t i = 0; i < r->examples.len; i++) {
        const tck_table *table = r->examples.data[i];
        for (size_t k = 1; k < table->len; k++) {
            if (table->data[k].len != table->data[0].len)
                return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->scenario.line,
                                   "a row of the examples has %zu cells, its header %zu",
                                   table->data[k].len, table->data[0].len);
            add_scenario(r, ++example, &table->data[0], &table->data[k]);
        }
    }
    return KG_OK;
}

static kg_status begin_scenario(reader *r, kg_str name, bool outline) {
    kg_status st;
    KG_TRY(st, finish(r));
    r->scenario = (tck_scenario){
        .name = tck_copy(r->arena, name), .line = r->line, .outline = outline, .tags = r->tags};
    r->examples.data = NULL;
    r->examples.len = r->examples.cap = 0;
    r->tags = (kg_str){NULL, 0};
    r->open = true;
    r->steps = &r->scenario.steps;
    r->table = NULL;
    return KG_OK;
}

static kg_status begin_examples(reader *r) {
    if (!r->open)
        return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->line, "examples of no scenario");
    r->table = tck_new(r->arena, sizeof *r->table);
    TCK_PUSH(r->arena, &r->examples, r->table);
    r->steps = NULL;
    return KG_OK;
}

static void add_step(reader *r, kg_str text) {
    const tck_step step = {.line = r->line, .text = tck_copy(r->arena, text)};
    TCK_PUSH(r->arena, r->steps, step);
    r->table = &r->steps->data[r->steps->len - 1].table;
}

static bool step_of(kg_str *text, kg_str line) {
    static const char *const words[] = {"Given ", "When ", "Then ", "And ", "But ", "* "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins(text, line, words[i]))
            return true;
    return false;
}

/* A row, or a text of the step before. */
static kg_status take_argument(reader *r, kg_str raw, kg_str line) {
    kg_status st;
    tck_row row;
    if (*line.data == '|') {
        if (!r->table)
            return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->line, "a row of no table");
        KG_TRY(st, read_row(&row, r, line));
        TCK_PUSH(r->arena, r->table, row);
        return KG_OK;
    }
    tck_step *step = r->steps && r->steps->len ? &r->steps->data[r->steps->len - 1] : NULL;
    if (!step || step->has_doc)
        return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->line, "a text of no step");
    step->has_doc = true;
    return read_doc(&step->doc, r, (size_t)(line.data - raw.data));
}

static kg_status take_line(reader *r, kg_str raw) {
    kg_str line = trim(raw), rest;
    if (!line.len || *line.data == '#')
        return KG_OK;
    if (*line.data == '@') {
        r->tags = tck_format(r->arena, "%.*s%s%.*s", KG_STR_ARG(r->tags), r->tags.len ? " " : "",
                             KG_STR_ARG(line));
        return KG_OK;
    }
    if (*line.data == '|' || begins(&rest, line, "\"\"\""))
        return take_argument(r, raw, line);
    if (begins(&rest, line, "Scenario Outline:") || begins(&rest, line, "Scenario Template:"))
        return begin_scenario(r, rest, true);
    if (begins(&rest, line, "Scenario:") || begins(&rest, line, "Example:"))
        return begin_scenario(r, rest, false);
    if (begins(&rest, line, "Examples:") || begins(&rest, line, "Scenarios:"))
        return begin_examples(r);
    if (begins(&rest, line, "Background:")) {
        r->steps = &r->background;
        return finish(r);
    }
    if (r->steps && step_of(&rest, line)) {
        add_step(r, rest);
        return KG_OK;
    }
    /* A description may stand before the first step; the name of the feature is one here. */
    if ((!r->steps && !r->open) || (r->steps && !r->steps->len))
        return KG_OK;
    return kg_error_at(r->err, KG_ERR_FORMAT, NULL, r->line, "\"%.*s\" is no step and no section",
                       (int)(line.len < 200 ? line.len : 200), line.data);
}

kg_status tck_feature_parse(tck_scenarios *out, kg_arena *arena, kg_str text, kg_error *err) {
    kg_status st;
    kg_str line;
    reader r = {.arena = arena, .rest = text, .err = err, .out = out};
    *out = (tck_scenarios){0};
    while (next_line(&line, &r))
        KG_TRY(st, take_line(&r, line));
    return finish(&r);
}
