#include "plugins/host/corpus.h"

#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"
#include "plugins/host/linked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WINDOW_BYTES = 64 << 20, PURPOSE_FIRST = 0x636F7201, PURPOSE_WINDOW = 0x636F7202 };

/* What was wrong with a file's lines. */
typedef struct faults {
    uint64_t invalid, first_invalid, too_long, first_too_long;
} faults;

/* Where a document of linked text stands. */
typedef struct line_place {
    const char *path;
    uint64_t line;
} line_place;

struct kg_corpus {
    kg_corpus_options options;
    char **paths;
    size_t n_paths, next_path;
    kg_lines *lines; /* of paths[next_path - 1]; NULL: at its end */
    faults faults;
    uint64_t number; /* of the next line */

    /* The window: texts end to end, in file order. */
    kg_bytes text;
    KG_ARRAY(size_t) ends;
    KG_ARRAY(uint32_t) order;
    uint64_t first_number; /* of its first document, in file order and position alike */
    uint64_t windows;      /* read so far, this one included */
    size_t given;          /* of its documents */

    /* Of text already linked. */
    KG_ARRAY(line_place) places; /* of the window's documents */
    kg_linked linked;
};

/* After the first epoch the files are read again, which a pipe cannot be. */
static kg_status check_files(const kg_corpus *c, kg_error *err) {
    struct stat info;
    for (size_t i = 0; c->options.epoch > 0 && i < c->n_paths; i++)
        if (strcmp(c->paths[i], "-") == 0 ||
            (stat(c->paths[i], &info) == 0 && !S_ISREG(info.st_mode)))
            return kg_error_at(err, KG_ERR_ARGUMENT, c->paths[i], 0,
                               "is no file, and a corpus is read again in each epoch; save what "
                               "comes through the pipe to a file");
    return KG_OK;
}

kg_status kg_corpus_open(kg_corpus **out, const kg_corpus_options *options, kg_error *err) {
    *out = NULL;
    kg_corpus *c = calloc(1, sizeof *c);
    if (!c)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the corpus");
    c->options = *options;
    c->options.paths = NULL;
    kg_status st = kg_corpus_expand(&c->paths, &c->n_paths, options->paths, options->n_paths, err);
    if (st == KG_OK)
        st = check_files(c, err);
    if (st == KG_OK && kg_array_reserve(&c->text, 1) != KG_OK) /* empty documents point at it */
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the corpus");
    if (st == KG_OK && options->linked && options->store)
        st = kg_snapshot_begin(&c->linked.snapshot, options->store, err);
    if (st != KG_OK) {
        kg_corpus_close(c);
        return st;
    }
    *out = c;
    return KG_OK;
}

void kg_corpus_close(kg_corpus *corpus) {
    if (!corpus)
        return;
    kg_lines_close(corpus->lines);
    kg_corpus_paths_free(corpus->paths);
    kg_array_free(&corpus->text);
    kg_array_free(&corpus->ends);
    kg_array_free(&corpus->order);
    kg_array_free(&corpus->places);
    if (corpus->linked.snapshot)
        kg_snapshot_end(corpus->linked.snapshot);
    kg_linked_free(&corpus->linked);
    free(corpus);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void warn(const kg_corpus *c, const char *what, uint64_t count, uint64_t first) {
    char text[512];
    if (count == 0 || !c->options.warn)
        return;
    snprintf(text, sizeof text, "%s: %llu line%s %s, first in line %llu", kg_lines_name(c->lines),
             (unsigned long long)count, count == 1 ? "" : "s", what, (unsigned long long)first);
    c->options.warn(c->options.context, text);
}

static void close_file(kg_corpus *c) {
    warn(c, "not valid UTF-8, whose bytes were replaced", c->faults.invalid,
         c->faults.first_invalid);
    warn(c, "longer than 64 MiB, taken as empty", c->faults.too_long, c->faults.first_too_long);
    kg_lines_close(c->lines);
    c->lines = NULL;
    c->faults = (faults){0};
}

/* The next line of all files; *end after the last. */
static kg_status next_line(kg_str *line, bool *end, kg_corpus *c, kg_error *err) {
    kg_status st;
    for (;;) {
        if (!c->lines) {
            *end = c->next_path == c->n_paths;
            if (*end)
                return KG_OK;
            KG_TRY(st, kg_lines_open(&c->lines, c->paths[c->next_path++], 0, err));
        }
        st = kg_lines_next(line, end, c->lines, err);
        if (st == KG_ERR_LIMIT) {
            if (c->faults.too_long++ == 0)
                c->faults.first_too_long = kg_lines_number(c->lines);
            *line = (kg_str){"", 0};
            *end = false;
            st = KG_OK;
        }
        if (st != KG_OK || !*end)
            return st;
        close_file(c);
    }
}

/* Append a line to the window, each invalid byte as U+FFFD. */
static kg_status take_line(kg_corpus *c, kg_str line) {
    kg_status st;
    size_t valid = kg_utf8_valid_prefix(line.data, line.len);
    if (valid < line.len && c->faults.invalid++ == 0)
        c->faults.first_invalid = kg_lines_number(c->lines);
    while (valid < line.len) {
        KG_TRY(st, kg_array_append(&c->text, line.data, valid));
        KG_TRY(st, kg_array_append(&c->text, "\xEF\xBF\xBD", 3));
        line = (kg_str){line.data + valid + 1, line.len - valid - 1};
        valid = kg_utf8_valid_prefix(line.data, line.len);
    }
    KG_TRY(st, kg_array_append(&c->text, line.data, line.len));
    line_place place = {c->paths[c->next_path - 1], kg_lines_number(c->lines)};
    if (c->options.linked)
        KG_TRY(st, kg_array_push(&c->places, place));
    return kg_array_push(&c->ends, c->text.len);
}

/* ---- Windows --------------------------------------------------------------------------------- */

/* Documents that the window about to be read may hold. */
static size_t room(const kg_corpus *c) {
    if (c->options.window < 2)
        return 1;
    if (c->windows > 0)
        return c->options.window;
    kg_rng rng = kg_rng_stream(c->options.seed, c->options.epoch, 0, PURPOSE_FIRST);
    return 1 + kg_rng_below(&rng, c->options.window);
}

static kg_status shuffle(kg_corpus *c) {
    kg_status st;
    kg_rng rng = kg_rng_stream(c->options.seed, c->options.epoch, c->windows, PURPOSE_WINDOW);
    c->order.len = 0;
    for (size_t i = 0; i < c->ends.len; i++) {
        size_t k = kg_rng_below(&rng, i + 1);
        KG_TRY(st, kg_array_push(&c->order, (uint32_t)i));
        c->order.data[i] = c->order.data[k];
        c->order.data[k] = (uint32_t)i;
    }
    return KG_OK;
}

/* Read the next window; it is empty after the last document. */
static kg_status next_window(kg_corpus *c, kg_error *err) {
    kg_status st;
    size_t most = room(c);
    c->first_number = c->number;
    c->text.len = c->ends.len = c->places.len = 0;
    c->given = 0;
    c->windows++;
    while (c->ends.len < most && c->text.len < WINDOW_BYTES) {
        kg_str line;
        bool end;
        KG_TRY(st, next_line(&line, &end, c, err));
        if (end)
            break;
        if (take_line(c, line) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
        c->number++;
    }
    if (shuffle(c) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
    return KG_OK;
}

/* Make a document of a line of linked text. */
static kg_status read_linked(kg_document *document, kg_corpus *c, const line_place *place,
                             kg_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_status st;
    /* No state of the store is kept from one document to the next. */
    if (c->linked.snapshot)
        KG_TRY(st, kg_snapshot_renew(NULL, c->linked.snapshot, err));
    st = kg_linked_read(&c->linked, document->text, &why);
    if (c->linked.snapshot)
        kg_snapshot_rest(c->linked.snapshot);
    if (st != KG_OK)
        return kg_error_at(err, st, strcmp(place->path, "-") == 0 ? "standard input" : place->path,
                           place->line, "%s", why.text);
    document->text = c->linked.text;
    document->mentions = c->linked.mentions.data;
    document->n_mentions = c->linked.mentions.len;
    return KG_OK;
}

kg_status kg_corpus_next(kg_document *document, bool *end, kg_corpus *corpus, kg_error *err) {
    kg_status st;
    kg_corpus *c = corpus;
    *end = false;
    for (;;) {
        uint64_t behind = c->first_number + c->ends.len;
        if (behind <= c->options.position)
            c->given = c->ends.len;
        else if (c->first_number + c->given < c->options.position)
            c->given = c->options.position - c->first_number;
        if (c->given < c->ends.len)
            break;
        KG_TRY(st, next_window(c, err));
        if (c->ends.len == 0) {
            *end = true;
            return KG_OK;
        }
    }
    uint32_t i = c->order.data[c->given];
    size_t start = i ? c->ends.data[i - 1] : 0;
    document->text = (kg_str){c->text.data + start, c->ends.data[i] - start};
    document->number = c->first_number + i;
    document->position = c->first_number + c->given++;
    document->mentions = NULL;
    document->n_mentions = 0;
    return c->options.linked ? read_linked(document, c, &c->places.data[i], err) : KG_OK;
}
