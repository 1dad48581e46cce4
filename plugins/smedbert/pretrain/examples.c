/* Documents go round a ring of slots: a worker takes the next free slot, reads the next document
 * into it (one worker at a time, so that slots are in the order of the corpus), and builds its
 * example beside the others; the caller takes the slots in order. What is in a slot depends on its
 * document alone, never on who built it. */
#include "plugins/smedbert/pretrain/examples.h"

#include "kgstore/base/clock.h"
#include "plugins/smedbert/pretrain/dealer.h"
#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/pretrain/mention_counts.h"
#include "plugins/common/abi_status.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_A_WORKER = 64, MAX_THREADS = 256, LARGEST_KEPT = 1 << 20 };

typedef struct slot {
    bool built;
    kg_status status; /* not KG_OK: the stream ends here, with error */
    kg_error error;
    kg_examples_place place;
    kg_bytes text;
    KG_ARRAY(kgp_mention) mentions; /* that the document came with */
    uint64_t number;
    kg_example_note note;
    kg_token_batch example; /* empty: the document gave none */
} slot;

typedef struct worker {
    kg_examples *examples;
    pthread_t thread;
    bool started;
    kg_reading reading;
    kg_example_builder *builder;
} worker;

struct kg_examples {
    const kgp_host *host;
    const kg_tokenizer *tokenizer;
    kg_examples_options options;
    char **paths;
    const kg_graph_view *view;
    kg_negatives *negatives;
    worker *workers;

    pthread_mutex_t lock; /* guards all below, the slots between their states, and the corpus */
    pthread_cond_t freed, built;
    bool stop, ended; /* ended: no slot will be filled any more */
    slot *slots;
    size_t n_slots;
    uint64_t next_fill, next_take; /* counts of slots; the slot is the count modulo n_slots */
    const kgp_corpus_reader *text;
    kgp_corpus *corpus; /* of place.epoch; NULL: to be opened */
    kg_examples_place place;
    kg_examples_report report;

    /* The caller's thread alone. */
    kg_dealer dealer;
    kg_examples_place counted; /* an epoch, and the examples it has given */
    kg_examples_place after;   /* what is taken ends here */
};

/* ---- Reading the corpus ---------------------------------------------------------------------- */

static kg_status open_corpus(kgp_corpus **out, const kgp_host *host, const kgp_corpus_reader *text,
                             const kg_examples_options *options, kg_examples_place place,
                             kg_error *err) {
    kgp_error detail = {""};
    kgp_corpus_options corpus = {
        .size = sizeof corpus,
        .paths = options->paths,
        .n_paths = options->n_paths,
        .seed = options->seed,
        .epoch = place.epoch,
        .window = options->window,
        .position = place.position,
        .linked = options->linked,
    };
    kgp_status st = text->open(out, host, &corpus, &detail);
    return kg_abi_take(err, st, &detail);
}

/* The next document of the stream into a slot; *end after the last. */
static kg_status read_document(slot *s, bool *end, kg_examples *x, kg_error *err) {
    kg_status st;
    *end = false;
    for (;;) {
        if (x->options.epochs > 0 && x->place.epoch >= x->options.epochs) {
            *end = true;
            return KG_OK;
        }
        if (!x->corpus)
            KG_TRY(st, open_corpus(&x->corpus, x->host, x->text, &x->options, x->place, err));
        kgp_document document;
        kgp_error detail = {""};
        int32_t over;
        kgp_status got = x->text->next(&document, &over, x->corpus, &detail);
        if (got != KGP_OK)
            return kg_abi_take(err, got, &detail);
        if (!over) {
            kg_linked_text text =
                kg_linked_document(&document, x->text, x->corpus, x->options.linked);
            s->text.len = s->mentions.len = 0;
            if (kg_array_append(&s->text, text.text.data, text.text.len) != KG_OK ||
                kg_array_append(&s->mentions, text.mentions, text.n_mentions) != KG_OK)
                return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
            s->number = document.number;
            s->place = (kg_examples_place){x->place.epoch, document.position};
            x->place.position = document.position + 1;
            return KG_OK;
        }
        if (x->place.position == 0)
            return kg_error_set(err, KG_ERR_FORMAT, "the corpus has no document");
        x->text->close(x->corpus);
        x->corpus = NULL;
        x->place = (kg_examples_place){x->place.epoch + 1, 0};
    }
}

/* ---- Workers --------------------------------------------------------------------------------- */

/* Wait for a free slot and read into it; NULL where there is nothing more to do. Who waits lets go
 * of the graph. */
static slot *fill_slot(worker *w) {
    kg_examples *x = w->examples;
    slot *s = NULL;
    pthread_mutex_lock(&x->lock);
    while (!x->stop && !x->ended && x->next_fill - x->next_take >= x->n_slots) {
        if (!w->reading.resting)
            kg_reading_rest(&w->reading);
        pthread_cond_wait(&x->freed, &x->lock);
    }
    if (!x->stop && !x->ended) {
        bool end;
        s = &x->slots[x->next_fill % x->n_slots];
        s->error = (kg_error)KG_ERROR_INIT;
        s->status = read_document(s, &end, x, &s->error);
        if (end || s->status != KG_OK) {
            x->ended = true;
            pthread_cond_broadcast(&x->freed);
        }
        if (end) {
            s = NULL;
            pthread_cond_signal(&x->built);
        } else {
            x->next_fill++;
        }
    }
    pthread_mutex_unlock(&x->lock);
    return s;
}

static void *work(void *context) {
    worker *w = context;
    kg_examples *x = w->examples;
    slot *s;
    while ((s = fill_slot(w)) != NULL) {
        kg_example_key key = {x->options.seed, s->place.epoch, s->number};
        kg_linked_text document = {
            {s->text.data, s->text.len}, x->options.linked, s->mentions.data, s->mentions.len};
        if (s->status == KG_OK)
            s->status = kg_reading_renew(&w->reading, &s->error);
        if (s->status == KG_OK)
            s->status =
                kg_example_build(&s->example, &s->note, w->builder, &key, &document, &s->error);
        pthread_mutex_lock(&x->lock);
        s->built = true;
        pthread_cond_signal(&x->built);
        pthread_mutex_unlock(&x->lock);
    }
    return NULL;
}

/* ---- Taking ---------------------------------------------------------------------------------- */

/* The next slot in order once it is built; NULL at the end of the stream. */
static slot *await_slot(kg_examples *x) {
    pthread_mutex_lock(&x->lock);
    slot *s = &x->slots[x->next_take % x->n_slots];
    while (!(x->next_take < x->next_fill && s->built) &&
           !(x->ended && x->next_take == x->next_fill)) {
        double began = kg_clock();
        pthread_cond_wait(&x->built, &x->lock);
        x->report.waited += kg_clock() - began;
    }
    if (x->next_take == x->next_fill)
        s = NULL;
    pthread_mutex_unlock(&x->lock);
    return s;
}

static void note_document(kg_examples_report *report, const slot *s) {
    report->documents++;
    report->too_short += s->note.too_short;
    report->empty += s->note.empty;
    if (s->note.too_short || s->note.empty)
        return;
    report->cut += s->note.cut;
    report->unsplit += s->note.unsplit;
    report->without_mentions += s->example.mention_starts.len == 0;
    report->mentions += s->note.mentions;
    report->off_edge += s->note.off_edge;
}

static void free_slot(kg_examples *x, slot *s) {
    x->after = (kg_examples_place){s->place.epoch, s->place.position + 1};
    pthread_mutex_lock(&x->lock);
    note_document(&x->report, s);
    if (s->text.cap > LARGEST_KEPT)
        kg_array_free(&s->text);
    s->built = false;
    x->next_take++;
    pthread_cond_signal(&x->freed);
    pthread_mutex_unlock(&x->lock);
}

/* An epoch that has ended, and was read from its beginning, must have given something. */
static kg_status check_epoch(const kg_examples *x, kg_error *err) {
    bool whole = x->counted.epoch > x->options.start.epoch || x->options.start.position == 0;
    if (!whole || x->counted.position > 0 || x->after.position == 0)
        return KG_OK;
    return kg_error_set(err, KG_ERR_FORMAT,
                        "no document of the corpus gives an example: all have fewer than %u "
                        "characters, URLs not counted; lower min_chars",
                        x->options.example.min_chars);
}

kg_status kg_examples_next(kg_examples_batch *batch, bool *end, kg_examples *x, kg_error *err) {
    kg_status st;
    slot *s;
    kg_dealer_clear(&x->dealer);
    while ((s = await_slot(x)) != NULL) {
        if (s->status != KG_OK) {
            if (err)
                *err = s->error;
            return s->status;
        }
        if (s->place.epoch != x->counted.epoch) {
            KG_TRY(st, check_epoch(x, err));
            x->counted = (kg_examples_place){s->place.epoch, 0};
        }
        if (s->example.lengths.len > 0) {
            if (!kg_dealer_fits(&x->dealer, &s->example))
                break;
            if (kg_dealer_deal(&x->dealer, &s->example) != KG_OK)
                return kg_error_set(err, KG_ERR_MEMORY, "out of memory packing a batch");
            x->counted.position++;
        }
        free_slot(x, s);
    }
    *end = x->dealer.counts.sequences == 0;
    if (*end)
        KG_TRY(st, check_epoch(x, err));
    *batch = (kg_examples_batch){x->dealer.micro.data, (uint32_t)x->dealer.used, x->dealer.counts,
                                 x->after};
    return KG_OK;
}

kg_examples_report kg_examples_told(kg_examples *examples) {
    pthread_mutex_lock(&examples->lock);
    kg_examples_report report = examples->report;
    pthread_mutex_unlock(&examples->lock);
    return report;
}

void kg_examples_tell(char *text, size_t size, const kg_examples_report *r) {
    snprintf(text, size,
             "%llu documents read: %llu too short, %llu without a token, %llu cut, %llu with no "
             "place to split, %llu without a mention; of %llu mentions %llu dropped, whose edges "
             "are no token edges",
             (unsigned long long)r->documents, (unsigned long long)r->too_short,
             (unsigned long long)r->empty, (unsigned long long)r->cut,
             (unsigned long long)r->unsplit, (unsigned long long)r->without_mentions,
             (unsigned long long)r->mentions, (unsigned long long)r->off_edge);
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static kg_status check_options(const kg_examples_options *o, const kg_tokenizer *tokenizer,
                               kg_error *err) {
    const kg_example_options *e = &o->example;
    kg_special_tokens special = kg_tokenizer_special(tokenizer);
    if (e->max_len < 8 || o->tokens_per_batch < e->max_len ||
        (o->tokens_per_micro > 0 && o->tokens_per_micro < e->max_len))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "max_len is %u; at least 8 was expected, and tokens_per_batch (%u) and "
                            "tokens_per_micro (%u) no smaller",
                            e->max_len, o->tokens_per_batch, o->tokens_per_micro);
    if (e->negatives > 65536)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "%u negatives were asked for; at most 65536 can be had", e->negatives);
    if (o->ranks > 0 && o->rank >= o->ranks)
        return kg_error_set(err, KG_ERR_ARGUMENT, "rank %u of %u", o->rank, o->ranks);
    if (special.cls == KG_NO_TOKEN || special.sep == KG_NO_TOKEN || special.mask == KG_NO_TOKEN)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the vocabulary lacks [CLS], [SEP] or [MASK], which examples need");
    return KG_OK;
}

static kg_status copy_paths(kg_examples *x, const kg_examples_options *options) {
    x->paths = calloc(options->n_paths + 1, sizeof *x->paths);
    if (!x->paths)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < options->n_paths; i++) {
        x->paths[i] = strdup(options->paths[i]);
        if (!x->paths[i])
            return KG_ERR_MEMORY;
    }
    x->options.paths = (const char *const *)x->paths;
    return KG_OK;
}

static kg_status start_worker(worker *w, kg_examples *x, kg_error *err) {
    kg_status st;
    w->examples = x;
    KG_TRY(st, kg_reading_open(&w->reading, x->tokenizer, x->view, err));
    if (kg_example_builder_new(&w->builder, &w->reading, x->negatives, &x->options.example) !=
            KG_OK ||
        pthread_create(&w->thread, NULL, work, w) != 0)
        return kg_error_set(err, KG_ERR_MEMORY, "cannot start a thread that builds examples");
    w->started = true;
    return KG_OK;
}

/* The distributions of the negatives, where there are neighbors. */
static kg_status open_negatives(kg_examples *x, kg_error *err) {
    const kg_graph_view *view = x->view;
    uint32_t *counts;
    kg_status st;
    if (view == NULL || view->read == NULL || view->options.neighbors == 0)
        return KG_OK;
    if (view->entities < 2)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the store has %llu entities with vectors; at least 2 are needed to "
                            "draw negatives",
                            (unsigned long long)view->entities);
    KG_TRY(st, kg_mention_counts_read(&counts, view, err));
    st = kg_negatives_new(&x->negatives, view->primary_types, counts, view->entities);
    free(counts);
    return st == KG_OK ? st : kg_error_set(err, st, "cannot set up the drawing of negatives");
}

static kg_status start(kg_examples *x, kg_error *err) {
    kg_status st;
    uint32_t threads = x->options.threads;
    KG_TRY(st, open_negatives(x, err));
    x->n_slots = (size_t)threads * SLOTS_A_WORKER;
    x->slots = calloc(x->n_slots, sizeof *x->slots);
    x->workers = calloc(threads, sizeof *x->workers);
    if (!x->slots || !x->workers)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting to read the corpus");
    kg_dealer_init(&x->dealer, x->options.tokens_per_batch, x->options.tokens_per_micro,
                   x->options.rank, x->options.ranks);
    for (uint32_t i = 0; i < threads; i++)
        KG_TRY(st, start_worker(&x->workers[i], x, err));
    return KG_OK;
}

kg_status kg_examples_open(kg_examples **out, const kgp_host *host, const kg_graph_view *view,
                           const kg_tokenizer *tokenizer, const kg_examples_options *options,
                           kg_error *err) {
    kg_status st;
    *out = NULL;
    KG_TRY(st, check_options(options, tokenizer, err));
    kg_examples *x = calloc(1, sizeof *x);
    if (!x)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting to read the corpus");
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->freed, NULL);
    pthread_cond_init(&x->built, NULL);
    x->host = host;
    x->view = view;
    x->tokenizer = tokenizer;
    x->options = *options;
    x->place = x->after = options->start;
    x->counted.epoch = options->start.epoch;
    if (x->options.threads == 0)
        x->options.threads = 1;
    if (x->options.threads > MAX_THREADS)
        x->options.threads = MAX_THREADS;
    x->text = host->get_extension(host, KGP_EXT_TEXT);
    if (copy_paths(x, options) != KG_OK)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory starting to read the corpus");
    else if (!x->text)
        st = kg_error_set(err, KG_ERR_UNSUPPORTED, "the host has no %s", KGP_EXT_TEXT);
    else
        st = start(x, err);
    if (st != KG_OK) {
        kg_examples_close(x);
        return st;
    }
    *out = x;
    return KG_OK;
}

static void stop_workers(kg_examples *x) {
    pthread_mutex_lock(&x->lock);
    x->stop = true;
    pthread_cond_broadcast(&x->freed);
    pthread_mutex_unlock(&x->lock);
    for (uint32_t i = 0; x->workers && i < x->options.threads; i++) {
        worker *w = &x->workers[i];
        if (w->started)
            pthread_join(w->thread, NULL);
        kg_example_builder_free(w->builder);
        kg_reading_close(&w->reading);
    }
    free(x->workers);
}

void kg_examples_close(kg_examples *examples) {
    kg_examples *x = examples;
    if (!x)
        return;
    stop_workers(x);
    for (size_t i = 0; x->slots && i < x->n_slots; i++) {
        kg_array_free(&x->slots[i].text);
        kg_array_free(&x->slots[i].mentions);
        kg_token_batch_free(&x->slots[i].example);
    }
    free(x->slots);
    if (x->corpus)
        x->text->close(x->corpus);
    for (char **path = x->paths; path && *path; path++)
        free(*path);
    free(x->paths);
    kg_negatives_free(x->negatives);
    kg_dealer_free(&x->dealer);
    pthread_cond_destroy(&x->freed);
    pthread_cond_destroy(&x->built);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

/* ---- Counting -------------------------------------------------------------------------------- */

static kg_status count_documents(uint64_t *batches, uint64_t *documents, kgp_corpus *corpus,
                                 const kgp_corpus_reader *text, kg_example_builder *builder,
                                 const kg_examples_options *options, kg_error *err) {
    kg_status st;
    uint64_t tokens = 0;
    *batches = *documents = 0;
    for (;;) {
        kgp_document document;
        kgp_error detail = {""};
        int32_t over;
        uint32_t length;
        kgp_status got = text->next(&document, &over, corpus, &detail);
        if (got != KGP_OK)
            return kg_abi_take(err, got, &detail);
        if (over)
            break;
        ++*documents;
        kg_example_key key = {options->seed, options->start.epoch, document.number};
        KG_TRY(st, kg_example_length(&length, builder, &key,
                                     (kg_str){document.text.data, document.text.len}, err));
        if (tokens + length > options->tokens_per_batch) {
            ++*batches;
            tokens = 0;
        }
        tokens += length;
    }
    *batches += tokens > 0;
    return KG_OK;
}

kg_status kg_examples_count(uint64_t *batches, uint64_t *documents, const kgp_host *host,
                            const kg_tokenizer *tokenizer, const kg_examples_options *options,
                            kg_error *err) {
    kg_status st;
    kgp_corpus *corpus;
    kg_example_builder *builder;
    kg_reading text_alone = {.tokenizer = tokenizer};
    kg_examples_options in_order = *options;
    const kgp_corpus_reader *text = host->get_extension(host, KGP_EXT_TEXT);
    if (!text)
        return kg_error_set(err, KG_ERR_UNSUPPORTED, "the host has no %s", KGP_EXT_TEXT);
    KG_TRY(st, check_options(options, tokenizer, err));
    in_order.window = 0;
    KG_TRY(st, open_corpus(&corpus, host, text, &in_order, (kg_examples_place){0, 0}, err));
    st = kg_example_builder_new(&builder, &text_alone, NULL, &options->example);
    if (st == KG_OK)
        st = count_documents(batches, documents, corpus, text, builder, options, err);
    kg_example_builder_free(builder);
    text->close(corpus);
    return st;
}
