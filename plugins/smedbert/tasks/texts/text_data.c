/* Building a data set of texts, and reading its lines of columns. */
#include "plugins/smedbert/tasks/texts/text_data.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 1 << 24, MOST_LABELS = 4096, MOST_COLUMNS = 7 };

/* ---- Building -------------------------------------------------------------------------------- */

static kg_status no_memory(const kg_texts_reader *r) {
    return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s", r->path);
}

kg_status kg_texts_add(uint32_t *number, kg_texts_reader *r, kg_str text) {
    kg_texts *t = r->to;
    if (t->bytes.len + text.len > UINT32_MAX)
        return kg_error_at(r->err, KG_ERR_LIMIT, r->path, r->line,
                           "there are more than 4 GiB of text; split the file");
    *number = (uint32_t)t->ends.len;
    if (kg_array_reserve(&t->bytes, text.len + 1) != KG_OK || /* a place, where all are empty */
        kg_array_append(&t->bytes, text.data, text.len) != KG_OK ||
        kg_array_push(&t->ends, (uint32_t)t->bytes.len) != KG_OK)
        return no_memory(r);
    return KG_OK;
}

static kg_status push_item(kg_texts_reader *r, const kg_text_item *item, uint16_t gold) {
    kg_text_item one = *item;
    one.line = r->line;
    if (kg_array_push(&r->to->items, one) != KG_OK || kg_array_push(&r->to->gold, gold) != KG_OK)
        return no_memory(r);
    return KG_OK;
}

/* The number of a class; those behind a new one move up. */
static kg_status number_label(uint16_t *number, kg_texts_reader *r, kg_str label) {
    kg_texts *t = r->to;
    bool added;
    if (label.len == 0)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->line,
                           "the class is empty; every line has one");
    if (kg_labels_add(&t->labels, label, &added) != KG_OK)
        return no_memory(r);
    if (t->labels.types.len > MOST_LABELS)
        return kg_error_at(r->err, KG_ERR_LIMIT, r->path, r->line,
                           "there are more than %d classes; the first column is the class",
                           MOST_LABELS);
    *number = (uint16_t)kg_labels_find(&t->labels, label);
    for (size_t i = 0; added && i < t->gold.len; i++)
        t->gold.data[i] = (uint16_t)(t->gold.data[i] + (t->gold.data[i] >= *number));
    return KG_OK;
}

kg_status kg_texts_add_item(kg_texts_reader *r, const kg_text_item *item, kg_str label) {
    kg_status st;
    uint16_t number = 0;
    if (label.data)
        KG_TRY(st, number_label(&number, r, label));
    return push_item(r, item, number);
}

kg_status kg_texts_add_candidate(kg_texts_reader *r, const kg_text_item *item, bool right) {
    return push_item(r, item, right);
}

kg_status kg_texts_end_example(kg_texts_reader *r) {
    uint32_t end = (uint32_t)r->to->items.len;
    return kg_array_push(&r->to->example_ends, end) == KG_OK ? KG_OK : no_memory(r);
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* What the columns are, for messages; with a class first where it has one. */
static const char *columns_of(const kg_texts_options *o) {
    static const char *const labeled[] = {
        "class, text", "class, text, text",
        "class, start and end of the head, start and end of the tail, text",
        "query, right candidate, wrong candidate"};
    static const char *const unlabeled[] = {
        "text", "text, text", "start and end of the head, start and end of the tail, text",
        "query, candidate"};
    return o->unlabeled ? unlabeled[o->kind] : labeled[o->kind];
}

static kg_str trim(kg_str s) {
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = (kg_str){s.data + 1, s.len - 1};
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Offsets count from where a text begins: then nothing is trimmed. */
static size_t split(kg_str *columns, kg_str line, bool trims) {
    size_t n = 0;
    for (size_t from = 0; n < MOST_COLUMNS; n++) {
        const char *tab = memchr(line.data + from, '\t', line.len - from);
        size_t end = tab ? (size_t)(tab - line.data) : line.len;
        columns[n] = (kg_str){line.data + from, end - from};
        if (trims)
            columns[n] = trim(columns[n]);
        from = end + 1;
        if (!tab)
            return n + 1;
    }
    return n + 1;
}

static kg_status check_columns(const kg_texts_reader *r, const kg_str *columns, size_t n) {
    static const size_t wanted[] = {2, 3, 6, 3};
    size_t most = wanted[r->options.kind] - r->options.unlabeled;
    if (n != most)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->line,
                           "found %zu column%s; expected %zu: %s, separated by tabs", n,
                           n == 1 ? "" : "s", most, columns_of(&r->options));
    for (size_t i = 0; i < n; i++)
        if (columns[i].len == 0)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->line,
                               "column %zu is empty; expected %s, separated by tabs", i + 1,
                               columns_of(&r->options));
    return KG_OK;
}

/* A count of characters, as the byte of the text where that character begins. */
static bool read_offset(uint32_t *byte, kg_str column, kg_str text) {
    size_t characters = 0, at = 0;
    for (size_t i = 0; i < column.len; i++) {
        if (column.data[i] < '0' || column.data[i] > '9' || characters > UINT32_MAX)
            return false;
        characters = characters * 10 + (size_t)(column.data[i] - '0');
    }
    for (; characters > 0 && at < text.len; characters--) {
        uint32_t c;
        at += kg_utf8_next(&c, text.data + at, text.len - at);
    }
    *byte = (uint32_t)at;
    return characters == 0;
}

static kg_status take_relation(kg_texts_reader *r, const kg_str *columns, kg_str label) {
    kg_status st;
    kg_text_item item = {0};
    kg_str text = columns[4];
    for (int i = 0; i < 2; i++) {
        kg_text_span *span = &item.spans[i];
        if (!read_offset(&span->start, columns[2 * i], text) ||
            !read_offset(&span->end, columns[2 * i + 1], text) || span->start >= span->end)
            return kg_error_at(
                r->err, KG_ERR_FORMAT, r->path, r->line,
                "the %s spans %.*s to %.*s; expected characters of the text, from 0, "
                "start before end",
                i == 0 ? "head" : "tail", KG_STR_ARG(columns[2 * i]),
                KG_STR_ARG(columns[2 * i + 1]));
    }
    KG_TRY(st, kg_texts_add(&item.a, r, text));
    item.b = item.a;
    return kg_texts_add_item(r, &item, label);
}

/* A query with a right and a wrong candidate; or with one that is neither. */
static kg_status take_candidates(kg_texts_reader *r, const kg_str *columns) {
    kg_status st;
    kg_text_item item = {0};
    KG_TRY(st, kg_texts_add(&item.a, r, columns[0]));
    for (int i = 1; i < (r->options.unlabeled ? 2 : 3); i++) {
        KG_TRY(st, kg_texts_add(&item.b, r, columns[i]));
        item.id = item.b;
        KG_TRY(st, kg_texts_add_candidate(r, &item, i == 1 && !r->options.unlabeled));
    }
    return KG_OK;
}

static kg_status take_columns(kg_texts_reader *r, kg_str line) {
    kg_status st;
    kg_str columns[MOST_COLUMNS + 1], label = {NULL, 0};
    const kg_str *texts = columns;
    kg_text_item item = {0};
    size_t n = split(columns, line, r->options.kind != KG_TEXT_RELATION);
    KG_TRY(st, check_columns(r, columns, n));
    if (!r->options.unlabeled && r->options.kind != KG_TEXT_RANK)
        label = *texts++;
    if (r->options.kind == KG_TEXT_RANK) {
        KG_TRY(st, take_candidates(r, texts));
    } else if (r->options.kind == KG_TEXT_RELATION) {
        KG_TRY(st, take_relation(r, texts, label));
    } else {
        KG_TRY(st, kg_texts_add(&item.a, r, texts[0]));
        item.b = item.a;
        if (r->options.kind == KG_TEXT_PAIR)
            KG_TRY(st, kg_texts_add(&item.b, r, texts[1]));
        KG_TRY(st, kg_texts_add_item(r, &item, label));
    }
    return kg_texts_end_example(r);
}

/* ---- Files ----------------------------------------------------------------------------------- */

kg_status kg_texts_take(kg_texts_reader *r, kg_str line) {
    kg_status st;
    kg_error detail = KG_ERROR_INIT;
    if (trim(line).len == 0)
        return KG_OK;
    st = kg_text_check(line, NULL, &detail);
    if (st != KG_OK)
        return kg_error_at(r->err, st, r->path, r->line, "%s", detail.text);
    return trim(line).data[0] == '{' ? kg_texts_take_json(r, trim(line)) : take_columns(r, line);
}

kg_status kg_texts_read_lines(kg_texts *out, kg_lines *lines, const kg_texts_options *options,
                              kg_error *err) {
    kg_texts_reader r = {out, *options, kg_lines_name(lines), 0, err};
    kg_status st = KG_OK;
    kg_str line;
    bool end = false;
    *out = (kg_texts){.kind = options->kind};
    while (st == KG_OK) {
        st = kg_lines_next(&line, &end, lines, err);
        if (st != KG_OK || end)
            break;
        r.line = kg_lines_number(lines);
        st = kg_texts_take(&r, line);
    }
    if (st == KG_OK && out->items.len == 0)
        st = kg_error_at(err, KG_ERR_FORMAT, r.path, 0, "holds nothing; expected lines of %s",
                         columns_of(options));
    if (st == KG_OK && (st = kg_texts_gather(out)) != KG_OK)
        st = no_memory(&r);
    return st;
}

kg_status kg_texts_read(kg_texts *out, const char *path, const kg_texts_options *options,
                        kg_error *err) {
    kg_lines *lines;
    kg_status st;
    *out = (kg_texts){.kind = options->kind};
    KG_TRY(st, kg_lines_open(&lines, path, MAX_LINE, err));
    st = kg_texts_read_lines(out, lines, options, err);
    kg_lines_close(lines);
    return st;
}

kg_status kg_texts_append(kg_texts *to, const kg_texts *from) {
    kg_status st;
    uint32_t bytes = (uint32_t)to->bytes.len, texts = (uint32_t)to->ends.len;
    uint32_t items = (uint32_t)to->items.len;
    KG_TRY(st, kg_array_append(&to->bytes, from->bytes.data, from->bytes.len));
    KG_TRY(st, kg_array_append(&to->gold, from->gold.data, from->gold.len));
    for (size_t i = 0; i < from->ends.len; i++)
        KG_TRY(st, kg_array_push(&to->ends, from->ends.data[i] + bytes));
    for (size_t i = 0; i < from->items.len; i++) {
        kg_text_item item = from->items.data[i];
        item.a += texts;
        item.b += texts;
        item.id += texts;
        KG_TRY(st, kg_array_push(&to->items, item));
    }
    for (size_t i = 0; i < from->example_ends.len; i++)
        KG_TRY(st, kg_array_push(&to->example_ends, from->example_ends.data[i] + items));
    return KG_OK;
}

void kg_texts_clear(kg_texts *t) {
    t->bytes.len = t->ends.len = t->items.len = t->gold.len = t->example_ends.len = 0;
}

void kg_texts_free(kg_texts *t) {
    kg_labels_free(&t->labels);
    kg_array_free(&t->bytes);
    kg_array_free(&t->ends);
    kg_array_free(&t->items);
    kg_array_free(&t->gold);
    kg_array_free(&t->example_ends);
}

/* ---- After the last line --------------------------------------------------------------------- */

kg_status kg_texts_align(kg_texts *t, const kg_labels *labels, const char *path, kg_error *err) {
    for (size_t i = 0; t->kind != KG_TEXT_RANK && i < t->gold.len; i++) {
        const char *name = t->labels.types.data[t->gold.data[i]];
        int number = kg_labels_find(labels, kg_str_from(name));
        if (number < 0)
            return kg_error_at(err, KG_ERR_FORMAT, path, t->items.data[i].line,
                               "has the class \"%s\", which the training data lack; leave such "
                               "lines out, or train with them",
                               name);
        t->gold.data[i] = (uint16_t)number;
    }
    return KG_OK;
}

/* Items in order of their queries' first lines. */
typedef struct ordered {
    uint32_t query, item;
} ordered;

static int compare_ordered(const void *x, const void *y) {
    const ordered *a = x, *b = y;
    if (a->query != b->query)
        return a->query < b->query ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* The first item with the same query as item i, by an open table of the items seen. */
static uint32_t find_query(uint32_t *table, size_t size, const kg_texts *t, uint32_t i) {
    kg_str query = kg_texts_text(t, t->items.data[i].a);
    size_t at = kg_hash_bytes(query.data, query.len, 0) & (size - 1);
    for (; table[at] != UINT32_MAX; at = (at + 1) & (size - 1))
        if (kg_str_equal(kg_texts_text(t, t->items.data[table[at]].a), query))
            return table[at];
    return table[at] = i;
}

/* Whether a candidate of the same query says the same; right or wrong, the first counts. */
static bool is_there(const kg_texts *t, const ordered *order, size_t first, size_t i) {
    const kg_text_item *item = &t->items.data[order[i].item];
    for (size_t k = first; k < i; k++) {
        const kg_text_item *other = &t->items.data[order[k].item];
        if (kg_str_equal(kg_texts_text(t, other->b), kg_texts_text(t, item->b)) &&
            kg_str_equal(kg_texts_text(t, other->id), kg_texts_text(t, item->id)))
            return true;
    }
    return false;
}

static kg_status gather_queries(kg_texts *t, ordered *order, size_t n) {
    kg_texts gathered = {.kind = t->kind};
    kg_status st = KG_OK;
    size_t first = 0;
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        if (order[i].query != order[first].query)
            first = i;
        if (!is_there(t, order, first, i)) {
            st = kg_array_push(&gathered.items, t->items.data[order[i].item]);
            if (st == KG_OK)
                st = kg_array_push(&gathered.gold, t->gold.data[order[i].item]);
        }
        if (st == KG_OK && (i + 1 == n || order[i + 1].query != order[i].query))
            st = kg_array_push(&gathered.example_ends, (uint32_t)gathered.items.len);
    }
    kg_array_free(&t->items);
    kg_array_free(&t->gold);
    kg_array_free(&t->example_ends);
    memcpy(&t->items, &gathered.items, sizeof t->items);
    memcpy(&t->gold, &gathered.gold, sizeof t->gold);
    memcpy(&t->example_ends, &gathered.example_ends, sizeof t->example_ends);
    return st;
}

kg_status kg_texts_gather(kg_texts *t) {
    size_t n = t->items.len, size = 16;
    if (t->kind != KG_TEXT_RANK || n == 0)
        return KG_OK;
    while (size < 2 * n)
        size *= 2;
    ordered *order = malloc(n * sizeof *order);
    uint32_t *table = malloc(size * sizeof *table);
    kg_status st = order && table ? KG_OK : KG_ERR_MEMORY;
    for (size_t i = 0; table && i < size; i++)
        table[i] = UINT32_MAX;
    for (uint32_t i = 0; st == KG_OK && i < n; i++)
        order[i] = (ordered){find_query(table, size, t, i), i};
    if (st == KG_OK) {
        qsort(order, n, sizeof *order, compare_ordered);
        st = gather_queries(t, order, n);
    }
    free(order);
    free(table);
    return st;
}
