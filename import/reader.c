#include "import/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES_BETWEEN_TICKS = 8192, PEEKED = 64 * 1024 };

static const size_t MAX_LINE = (size_t)64 << 20;
static const size_t MAX_CONTENT = (size_t)16 << 30;

kg_status kg_reader_open(kg_lines **out, kg_reader *r, const char *path, kg_error *err) {
    *out = NULL;
    if (r->opened && path == r->opened_path) {
        *out = r->opened;
        r->opened = NULL;
        return KG_OK;
    }
    if (r->options->open)
        return r->options->open(r->options->context, out, path, MAX_LINE, err);
    return kg_lines_open(out, path, MAX_LINE, err);
}

kg_status kg_reader_peek(kg_str *text, kg_lines *lines, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_lines_peek(text, lines, PEEKED, err));
    if (text->len > PEEKED)
        text->len = PEEKED;
    return KG_OK;
}

kg_str kg_first_line(kg_str text) {
    while (text.len > 0 && (*text.data == '\n' || *text.data == '\r'))
        text = (kg_str){text.data + 1, text.len - 1};
    const char *newline = text.len ? memchr(text.data, '\n', text.len) : NULL;
    kg_str line = {text.data, newline ? (size_t)(newline - text.data) : text.len};
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static char *path_in(const char *folder, const char *name, const char *ending) {
    char *path;
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return asprintf(&path, "%.*s/%s%s", (int)n, folder, name, ending) < 0 ? NULL : path;
}

char *kg_folder_path(const char *folder, const char *name) {
    return path_in(folder, name, "");
}

/* What a name may end with beyond what it is asked for by: compressed files keep their name so. */
static const char *const endings[] = {"", ".gz", ".bz2", ".xz", ".zst"};
enum { ENDINGS = sizeof endings / sizeof *endings };

kg_status kg_reader_open_in(kg_lines **out, kg_reader *r, const char *folder, const char *name,
                            kg_error *err) {
    kg_status st = KG_ERR_NOT_FOUND;
    kg_error first = KG_ERROR_INIT;
    *out = NULL;
    for (size_t i = 0; i < ENDINGS && st == KG_ERR_NOT_FOUND; i++) {
        char *path = path_in(folder, name, endings[i]);
        if (!path)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", name);
        st = kg_reader_open(out, r, path, err);
        free(path);
        if (i == 0)
            first = *err;
    }
    if (st == KG_ERR_NOT_FOUND)
        *err = first;
    return st;
}

char *kg_folder_find(const char *folder, const char *name) {
    for (size_t i = 0; i < ENDINGS; i++) {
        char *path = path_in(folder, name, endings[i]);
        if (path && access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

bool kg_folder_holds(const char *folder, const char *name) {
    char *path = kg_folder_find(folder, name);
    free(path);
    return path != NULL;
}

size_t kg_length_unpacked(const char *path) {
    size_t n = strlen(path);
    for (size_t i = 1; i < ENDINGS; i++) {
        size_t m = strlen(endings[i]);
        if (n > m && strcmp(path + n - m, endings[i]) == 0)
            return n - m;
    }
    return n;
}

/* Count a fault and decide whether the read may go on; *detail tells it. */
static kg_status fault(kg_reader *r, kg_error *err, const kg_error *detail) {
    r->counts->bad++;
    if (r->options->problem)
        r->options->problem(r->options->context, detail);
    if (r->counts->bad <= r->options->bad_tolerance)
        return KG_OK;
    *err = *detail;
    size_t used = strlen(err->text);
    if (r->options->bad_tolerance > 0)
        snprintf(err->text + used, sizeof err->text - used,
                 "; this is one bad line more than --bad-tolerance %llu allows",
                 (unsigned long long)r->options->bad_tolerance);
    return detail->status;
}

kg_status kg_reader_bad(kg_reader *r, const char *file, uint64_t line, kg_error *err,
                        const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    kg_error detail = KG_ERROR_INIT;
    kg_error_at(&detail, KG_ERR_FORMAT, file, line, "%s", text);
    return fault(r, err, &detail);
}

static kg_status bad_text(kg_reader *r, kg_str line, const kg_lines *lines, kg_error *err) {
    kg_error detail = KG_ERROR_INIT;
    kg_text_check(line, NULL, &detail);
    return kg_reader_bad(r, kg_lines_name(lines), kg_lines_number(lines), err, "%s", detail.text);
}

static kg_status tick(kg_reader *r, const kg_lines *lines) {
    if (r->counts->lines++ % LINES_BETWEEN_TICKS != 0 || !r->options->tick)
        return KG_OK;
    kg_import_tick now = {kg_lines_name(lines), 0, 0, r->counts->lines};
    kg_lines_progress(&now.done, &now.total, lines);
    return r->options->tick(r->options->context, &now);
}

kg_status kg_reader_any_line(kg_str *line, bool *valid, bool *end, kg_reader *r, kg_lines *lines,
                             kg_error *err) {
    kg_status st = kg_lines_next(line, end, lines, err);
    *valid = st == KG_OK;
    if (st == KG_ERR_LIMIT) {
        kg_error detail = *err;
        return fault(r, err, &detail);
    }
    if (st != KG_OK || *end)
        return st;
    KG_TRY(st, tick(r, lines));
    *valid = kg_text_is_valid(*line);
    return *valid ? KG_OK : bad_text(r, *line, lines, err);
}

kg_status kg_reader_line(kg_str *line, bool *end, kg_reader *r, kg_lines *lines, kg_error *err) {
    kg_status st;
    bool valid;
    do
        KG_TRY(st, kg_reader_any_line(line, &valid, end, r, lines, err));
    while (!valid);
    return KG_OK;
}

kg_status kg_reader_all(kg_str *content, kg_reader *r, kg_lines *lines, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_lines_rest(content, lines, MAX_CONTENT, err));
    return tick(r, lines);
}

/* Count the properties of a statement as dropped. */
static kg_status drop_properties(kg_reader *r, kg_statement *s, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < s->n_properties; i++)
        KG_TRY(st, kg_reader_drop(r, s->properties[i].key, 1, err));
    s->n_properties = 0;
    return KG_OK;
}

kg_status kg_reader_emit(kg_reader *r, const kg_statement *statement, kg_error *err) {
    kg_status st;
    kg_statement bare = *statement;
    const kg_statement *s = statement;
    if (r->options->no_properties && s->n_properties > 0) {
        KG_TRY(st, drop_properties(r, &bare, err));
        s = &bare;
    }
    st = r->sink(r->sink_context, s, err);
    if (st == KG_OK) {
        r->counts->triples += s->kind == KG_STATEMENT_TRIPLE;
        return KG_OK;
    }
    if (st != KG_ERR_FORMAT)
        return st;
    kg_error detail = KG_ERROR_INIT;
    kg_error_at(&detail, KG_ERR_FORMAT, s->file, s->line, "%s",
                err->text[0] ? err->text : "the store cannot take this statement");
    return fault(r, err, &detail);
}

kg_status kg_reader_offer(bool *taken, kg_reader *r, const kg_statement *s, kg_error *err) {
    kg_error refusal = KG_ERROR_INIT;
    kg_status st = r->sink(r->sink_context, s, &refusal);
    *taken = st == KG_OK;
    if (st == KG_OK || st == KG_ERR_FORMAT)
        return KG_OK;
    *err = refusal;
    return st;
}

kg_status kg_reader_emit_types(kg_reader *r, kg_statement *s, const kg_str *types, size_t n,
                               kg_error *err) {
    enum { RANKED = 64 };
    kg_status st;
    if (n == 0)
        return kg_reader_emit(r, s, err);
    size_t most = n < RANKED ? n : RANKED;
    for (size_t i = 0; i < n; i++) {
        s->head_type = types[i];
        for (size_t times = i < most ? most - i : 1; times > 0; times--) {
            KG_TRY(st, kg_reader_emit(r, s, err));
            s->n_properties = 0; /* they are given once */
        }
    }
    return KG_OK;
}

kg_status kg_reader_drop(kg_reader *r, kg_str name, uint64_t n, kg_error *err) {
    kg_drops *d = r->drops;
    uint32_t number;
    if (n == 0)
        return KG_OK;
    kg_status st = kg_nameset_add(&number, &d->names, name);
    if (st == KG_OK && number == d->counts.len)
        st = kg_array_push(&d->counts, (uint64_t)0);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory counting what is dropped");
    d->counts.data[number] += n;
    r->counts->dropped += n;
    return KG_OK;
}

kg_status kg_reader_drop_place(kg_reader *r, size_t place, kg_error *err) {
    char name[40];
    int n = snprintf(name, sizeof name, "column %zu", place + 1);
    return kg_reader_drop(r, (kg_str){name, (size_t)n}, 1, err);
}

bool kg_parse_id(uint64_t *value, kg_str text, uint64_t max) {
    uint64_t n = 0;
    if (text.len == 0 || text.len > 19)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    *value = n;
    return n <= max;
}
