/* Outcomes read back from the file that an evaluation wrote. */
#include "plugins/smedbert/tasks/texts/outcomes.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 1 << 24, MOST_LABELS = 4096 };

/* A line as it was read. */
typedef struct row {
    uint32_t gold, predicted; /* texts; of rank gold is 0 or 1 */
    double score;
    uint64_t query, item; /* hashes */
    uint32_t id;
} row;

typedef struct reader {
    kg_outcomes *out;
    kg_lines *lines;
    kg_error *err;
    KG_ARRAY(row) rows;
    kg_bytes bytes;
    KG_ARRAY(uint32_t) ends;
} reader;

static kg_status fault(const reader *r, const char *expected) {
    return kg_error_at(r->err, KG_ERR_FORMAT, kg_lines_name(r->lines), kg_lines_number(r->lines),
                       "expected %s, as kg tune TASK eval --write writes it", expected);
}

static kg_status add_text(uint32_t *number, reader *r, kg_str text) {
    *number = (uint32_t)r->ends.len;
    if (kg_array_append(&r->bytes, text.data, text.len) != KG_OK ||
        kg_array_push(&r->ends, (uint32_t)r->bytes.len) != KG_OK)
        return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(r->lines));
    return KG_OK;
}

static kg_str text_at(const reader *r, uint32_t i) {
    uint32_t from = i > 0 ? r->ends.data[i - 1] : 0;
    return (kg_str){r->bytes.data + from, r->ends.data[i] - from};
}

/* "# kg tune pair 1": the task, and the class that counts. */
static kg_status read_header(reader *r, kg_str line, kg_str *class) {
    static const char begin[] = "# kg tune ";
    kg_str rest = {line.data + sizeof begin - 1, line.len - (sizeof begin - 1)};
    if (!kg_str_begins(line, kg_str_from(begin)))
        return fault(r, "a first line \"# kg tune TASK\"");
    for (int k = KG_TEXT; k <= KG_TEXT_RANK; k++) {
        kg_str name = kg_str_from(kg_text_kind_name((kg_text_kind)k));
        if (!kg_str_begins(rest, name) || (rest.len > name.len && rest.data[name.len] != ' '))
            continue;
        r->out->kind = (kg_text_kind)k;
        *class = rest.len > name.len ? (kg_str){rest.data + name.len + 1, rest.len - name.len - 1}
                                     : (kg_str){NULL, 0};
        return KG_OK;
    }
    return fault(r, "a task: text, pair, relation or rank");
}

/* The next column; the rest of the line moves on behind it. */
static bool next_column(kg_str *column, kg_str *rest) {
    const char *tab = memchr(rest->data, '\t', rest->len);
    if (!tab)
        return false;
    *column = (kg_str){rest->data, (size_t)(tab - rest->data)};
    *rest = (kg_str){tab + 1, rest->len - column->len - 1};
    return column->len > 0;
}

static bool read_score(double *score, kg_str text) {
    char copy[64], *end;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *score = strtod(copy, &end);
    return *end == '\0' && isfinite(*score);
}

static kg_status read_row(reader *r, kg_str line) {
    kg_status st;
    row one = {0};
    kg_str gold, predicted, query = {NULL, 0}, id = {NULL, 0}, rest = line;
    bool ranks = r->out->kind == KG_TEXT_RANK;
    if (!next_column(&gold, &rest) || !next_column(&predicted, &rest) ||
        (ranks && (!next_column(&id, &rest) || !next_column(&query, &rest))))
        return fault(r, ranks ? "columns right, score, id, query, candidate"
                              : "columns gold, predicted, and what it is of");
    one.item = kg_hash_bytes(rest.data, rest.len, ranks ? 1 + gold.len + (uint64_t)*gold.data : 0);
    if (ranks) {
        one.query = kg_hash_bytes(query.data, query.len, 0);
        one.gold = *gold.data == '1';
        if (gold.len != 1 || (*gold.data != '0' && *gold.data != '1') ||
            !read_score(&one.score, predicted))
            return fault(r, "1 or 0, then a score");
        KG_TRY(st, add_text(&one.id, r, id));
    } else {
        KG_TRY(st, add_text(&one.gold, r, gold));
        KG_TRY(st, add_text(&one.predicted, r, predicted));
    }
    if (kg_array_push(&r->rows, one) != KG_OK)
        return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(r->lines));
    return KG_OK;
}

static kg_status read_rows(reader *r, kg_bytes *class) {
    kg_status st;
    kg_str line, named = {NULL, 0};
    bool end;
    for (uint64_t i = 0;; i++) {
        KG_TRY(st, kg_lines_next(&line, &end, r->lines, r->err));
        if (end)
            return i > 1 ? KG_OK : fault(r, "a line for each item");
        if (kg_text_check(line, NULL, NULL) != KG_OK)
            return fault(r, "text in UTF-8 without NUL");
        if (i > 0) {
            KG_TRY(st, read_row(r, line));
            continue;
        }
        KG_TRY(st, read_header(r, line, &named));
        if (kg_array_append(class, named.data, named.len) != KG_OK)
            return KG_ERR_MEMORY;
    }
}

/* ---- What the rows come to ------------------------------------------------------------------- */

static kg_status take_classes(reader *r, kg_str class) {
    kg_status st;
    kg_outcomes *o = r->out;
    size_t n = r->rows.len;
    for (size_t i = 0; i < n; i++) {
        KG_TRY(st, kg_labels_add(&o->labels, text_at(r, r->rows.data[i].gold), NULL));
        KG_TRY(st, kg_labels_add(&o->labels, text_at(r, r->rows.data[i].predicted), NULL));
        if (o->labels.types.len > MOST_LABELS)
            return kg_error_at(r->err, KG_ERR_LIMIT, kg_lines_name(r->lines), i + 2,
                               "there are more than %d classes", MOST_LABELS);
    }
    for (size_t i = 0; i < n; i++) {
        const row *one = &r->rows.data[i];
        o->gold[i] = (uint16_t)kg_labels_find(&o->labels, text_at(r, one->gold));
        o->predicted[i] = (uint16_t)kg_labels_find(&o->labels, text_at(r, one->predicted));
        o->hashes[i] = one->item;
    }
    o->class = class.len > 0 ? kg_labels_find(&o->labels, class) : -1;
    return KG_OK;
}

/* Rows of one query stand together. */
static kg_status take_queries(reader *r) {
    kg_outcomes *o = r->out;
    size_t n = r->rows.len, queries = 0;
    kg_candidate *c = malloc((n + 1) * sizeof *c);
    if (!c)
        return KG_ERR_MEMORY;
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t hash = r->rows.data[i].query;
        for (end = i; end < n && r->rows.data[end].query == r->rows.data[i].query; end++) {
            const row *one = &r->rows.data[end];
            c[end - i] = (kg_candidate){one->score, text_at(r, one->id), one->gold};
            hash = kg_hash_u64(hash ^ one->item);
        }
        o->queries[queries] = kg_rank_candidates(c, end - i, KG_TEXTS_CUT);
        o->hashes[queries++] = hash;
    }
    o->examples = queries;
    free(c);
    return KG_OK;
}

kg_status kg_outcomes_read_lines(kg_outcomes *out, kg_lines *lines, kg_error *err) {
    reader r = {.out = out, .lines = lines, .err = err};
    kg_bytes class = KG_ARRAY_INIT;
    *out = (kg_outcomes){.kind = KG_TEXT};
    kg_status st = read_rows(&r, &class);
    if (st == KG_OK)
        st = kg_outcomes_make(out, out->kind, r.rows.len);
    if (st == KG_OK)
        st = (out->hashes = calloc(r.rows.len, sizeof *out->hashes)) ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = out->kind == KG_TEXT_RANK ? take_queries(&r)
                                       : take_classes(&r, (kg_str){class.data, class.len});
    if (st == KG_ERR_MEMORY)
        kg_error_set(err, st, "out of memory reading %s", kg_lines_name(lines));
    kg_array_free(&r.rows);
    kg_array_free(&r.bytes);
    kg_array_free(&r.ends);
    kg_array_free(&class);
    return st;
}

kg_status kg_outcomes_read(kg_outcomes *out, const char *path, kg_error *err) {
    kg_lines *lines;
    kg_status st;
    *out = (kg_outcomes){.kind = KG_TEXT};
    KG_TRY(st, kg_lines_open(&lines, path, MAX_LINE, err));
    st = kg_outcomes_read_lines(out, lines, err);
    kg_lines_close(lines);
    return st;
}
