#include "plugins/host/corpus.h"

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "plugins/host/corpus_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WINDOW_BYTES = 64 << 20, PURPOSE_FIRST = 0x636F7201, PURPOSE_WINDOW = 0x636F7202 };

/* Where a document of the window stands. */
typedef struct item_place {
    const char *path;
    uint64_t line;
    uint32_t part;
} item_place;

struct kg_corpus {
    kg_corpus_options options;
    char **paths;
    kg_corpus_source source;
    uint64_t number; /* of the next document */

    /* The window: texts end to end, in file order. */
    kg_bytes text;
    KG_ARRAY(size_t) ends;
    KG_ARRAY(item_place) places;
    KG_ARRAY(uint32_t) order;
    uint64_t first_number; /* of its first document, in file order and position alike */
    uint64_t windows;      /* read so far, this one included */
    size_t given;          /* of its documents */

    kg_linked linked; /* of text already linked */
};

/* After the first epoch the files are read again, which a pipe cannot be. */
static kg_status check_files(const kg_corpus *c, kg_error *err) {
    struct stat info;
    if (c->options.part_bytes > 0 && c->options.part_bytes < KG_SHORTEST_PART)
        return kg_error_set(err, KG_ERR_ARGUMENT, "parts of %u bytes; at least %d are needed",
                            c->options.part_bytes, KG_SHORTEST_PART);
    for (size_t i = 0; c->options.epoch > 0 && i < c->source.n_paths; i++)
        if (strcmp(c->paths[i], "-") == 0 ||
            (stat(c->paths[i], &info) == 0 && !S_ISREG(info.st_mode)))
            return kg_error_at(err, KG_ERR_ARGUMENT, c->paths[i], 0,
                               "is not a file, and each epoch reads the corpus again; save what "
                               "the pipe gives to a file first");
    return KG_OK;
}

kg_status kg_corpus_open(kg_corpus **out, const kg_corpus_options *options, kg_error *err) {
    *out = NULL;
    kg_corpus *c = calloc(1, sizeof *c);
    if (!c)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the corpus");
    c->options = *options;
    c->options.paths = NULL;
    c->source = (kg_corpus_source){.format = options->format,
                                   .part = options->part_bytes,
                                   .beginnings = options->beginnings,
                                   .warn = options->warn,
                                   .context = options->context};
    kg_status st =
        kg_corpus_expand(&c->paths, &c->source.n_paths, options->paths, options->n_paths, err);
    c->source.paths = c->paths;
    if (st == KG_OK)
        st = check_files(c, err);
    if (st == KG_OK && kg_array_reserve(&c->text, 1) != KG_OK) /* empty documents point at it */
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the corpus");
    if (st == KG_OK && options->format == KG_CORPUS_LINKED && options->store)
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
    kg_corpus_source_free(&corpus->source);
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

/* ---- Windows --------------------------------------------------------------------------------- */

static kg_status take_item(kg_corpus *c, const kg_corpus_item *item) {
    kg_status st;
    item_place place = {item->path, item->line, item->part};
    KG_TRY(st, kg_array_append(&c->text, item->text.data, item->text.len));
    KG_TRY(st, kg_array_push(&c->places, place));
    return kg_array_push(&c->ends, c->text.len);
}

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
        kg_corpus_item item;
        bool end;
        KG_TRY(st, kg_corpus_source_next(&item, &end, &c->source, err));
        if (end)
            break;
        if (take_item(c, &item) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
        c->number++;
    }
    if (shuffle(c) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
    return KG_OK;
}

/* Make a document of a line of linked text. */
static kg_status read_linked(kg_document *document, kg_corpus *c, const item_place *place,
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
    document->part = c->places.data[i].part;
    document->mentions = NULL;
    document->n_mentions = 0;
    return c->options.format == KG_CORPUS_LINKED ? read_linked(document, c, &c->places.data[i], err)
                                                 : KG_OK;
}
