/* What is taken of the slots that workers fill (example_workers.c): groups of them, whose examples
 * are put in order, packed and dealt. */
#include "plugins/smedbert/pretrain/examples_impl.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"
#include "plugins/smedbert/pretrain/mention_counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_A_WORKER = 64,
    MAX_THREADS = 256,
    LARGEST_KEPT = 64 << 10,
    PURPOSE_GROUP = 0x67727001
};

/* ---- Taking ---------------------------------------------------------------------------------- */

/* Under the lock: how many slots, from the next on, the next group has; false: it is not all there
 * yet. A slot that failed ends it, and is one by itself. */
static bool find_group(size_t *n, const kg_examples *x) {
    const kg_example_slot *first = &x->slots[x->next_take % x->n_slots];
    *n = 0;
    for (uint64_t i = x->next_take; i < x->next_fill; i++) {
        const kg_example_slot *s = &x->slots[i % x->n_slots];
        if (!s->built)
            return false;
        bool failed = s->status != KG_OK;
        if (*n > 0 && (failed || s->place.epoch != first->place.epoch))
            return true;
        ++*n;
        if (s->closes || failed)
            return true;
    }
    return x->ended;
}

/* Wait for the next group; it has no slot at the end of the stream. */
static void await_group(kg_examples *x) {
    pthread_mutex_lock(&x->lock);
    while (!find_group(&x->slots_of_group, x)) {
        double began = kg_clock();
        pthread_cond_wait(&x->built, &x->lock);
        x->report.waited += kg_clock() - began;
    }
    pthread_mutex_unlock(&x->lock);
}

static void note_document(kg_examples_report *report, const kg_example_slot *s) {
    report->documents++;
    report->parts += s->part > 0;
    report->chunks += s->note.chunks;
    report->too_short += s->note.too_short;
    report->empty += s->note.empty;
    report->cut += s->note.cut;
    report->unsplit += s->note.unsplit;
    for (size_t i = 0; i < s->examples.len; i++)
        report->without_mentions += s->examples.data[i].mention_starts.len == 0;
    report->mentions += s->note.mentions;
    report->off_edge += s->note.off_edge;
}

static kg_example_slot *slot_of_group(const kg_examples *x, size_t i) {
    return &x->slots[(x->next_take + i) % x->n_slots];
}

/* The order of the group's examples: that of the documents; where one of them gives several, any.
 */
static kg_status order_group(kg_examples *x) {
    kg_status st;
    const kg_example_slot *first = slot_of_group(x, 0);
    x->order.len = x->given = 0;
    bool mixed = false;
    for (size_t i = 0; i < x->slots_of_group; i++) {
        kg_example_slot *s = slot_of_group(x, i);
        mixed |= s->examples.len > 1;
        for (uint32_t k = 0; k < s->examples.len; k++) {
            kg_group_example example = {s, k};
            KG_TRY(st, kg_array_push(&x->order, example));
        }
    }
    kg_rng rng =
        kg_rng_stream(x->options.seed, first->place.epoch, first->place.position, PURPOSE_GROUP);
    for (size_t i = x->order.len; mixed && x->options.window > 1 && i > 1; i--) {
        size_t k = kg_rng_below(&rng, i);
        kg_group_example last = x->order.data[i - 1];
        x->order.data[i - 1] = x->order.data[k];
        x->order.data[k] = last;
    }
    return KG_OK;
}

/* An epoch that has ended, and was read from its beginning, must have given something. */
static kg_status check_epoch(const kg_examples *x, kg_error *err) {
    bool whole = x->counted.epoch > x->options.start.epoch ||
                 (x->options.start.position == 0 && x->options.start.chunk == 0);
    if (!whole || x->counted.position > 0 || x->after.position == 0)
        return KG_OK;
    return kg_error_set(err, KG_ERR_FORMAT,
                        "no document of the corpus gives an example: all have fewer than %u "
                        "characters, URLs not counted; lower min_chars",
                        x->options.example.min_chars);
}

/* Take the next group, where there is one. */
static kg_status begin_group(kg_examples *x, kg_error *err) {
    kg_status st;
    await_group(x);
    if (x->slots_of_group == 0)
        return KG_OK;
    const kg_example_slot *s = slot_of_group(x, 0);
    if (s->status != KG_OK) {
        if (err)
            *err = s->error;
        x->slots_of_group = 0;
        return s->status;
    }
    if (s->place.epoch != x->counted.epoch) {
        KG_TRY(st, check_epoch(x, err));
        x->counted = (kg_examples_place){s->place.epoch, 0, 0};
    }
    if (order_group(x) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory packing a batch");
    /* Those of the first group that were given before the stream was taken up. */
    x->given = x->after.chunk < x->order.len ? x->after.chunk : x->order.len;
    x->after = (kg_examples_place){s->place.epoch, s->place.position, x->given};
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < x->slots_of_group; i++)
        note_document(&x->report, slot_of_group(x, i));
    pthread_mutex_unlock(&x->lock);
    return KG_OK;
}

/* Keep the memory of a slot's examples for those to come. */
static void free_slot(kg_examples *x, kg_example_slot *s) {
    for (size_t i = 0; i < s->examples.len; i++)
        if (kg_array_push(&x->spare, s->examples.data[i]) != KG_OK)
            kg_token_batch_free(&s->examples.data[i]);
    s->examples.len = 0;
    x->bytes -= s->text.len;
    if (s->text.cap > LARGEST_KEPT)
        kg_array_free(&s->text);
    s->built = s->closes = false;
}

static void end_group(kg_examples *x) {
    const kg_example_slot *last = slot_of_group(x, x->slots_of_group - 1);
    x->after = (kg_examples_place){last->place.epoch, last->place.position + 1, 0};
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < x->slots_of_group; i++)
        free_slot(x, slot_of_group(x, i));
    x->next_take += x->slots_of_group;
    x->slots_of_group = 0;
    pthread_cond_broadcast(&x->freed);
    pthread_mutex_unlock(&x->lock);
}

kg_status kg_examples_next(kg_examples_batch *batch, bool *end, kg_examples *x, kg_error *err) {
    kg_status st;
    bool full = false;
    kg_dealer_clear(&x->dealer);
    while (!full) {
        if (x->slots_of_group == 0)
            KG_TRY(st, begin_group(x, err));
        if (x->slots_of_group == 0)
            break;
        for (; x->given < x->order.len; x->after.chunk = ++x->given) {
            const kg_group_example *next = &x->order.data[x->given];
            const kg_token_batch *example = &next->slot->examples.data[next->chunk];
            full = !kg_dealer_fits(&x->dealer, example);
            if (full)
                break;
            if (kg_dealer_deal(&x->dealer, example) != KG_OK)
                return kg_error_set(err, KG_ERR_MEMORY, "out of memory packing a batch");
            x->counted.position++;
        }
        if (!full)
            end_group(x);
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
    snprintf(
        text, size,
        "%llu documents%s read: %llu too short, %llu without a token, %llu cut; %llu examples: "
        "%llu with no place to split, %llu without a mention; of %llu mentions %llu dropped, "
        "whose edges are no token edges",
        (unsigned long long)r->documents, r->parts ? " and parts of long ones" : "",
        (unsigned long long)r->too_short, (unsigned long long)r->empty, (unsigned long long)r->cut,
        (unsigned long long)r->chunks, (unsigned long long)r->unsplit,
        (unsigned long long)r->without_mentions, (unsigned long long)r->mentions,
        (unsigned long long)r->off_edge);
}

/* ---- Opening and closing --------------------------------------------------------------------- */

kg_status kg_examples_check(const kg_examples_options *options, const kg_tokenizer *tokenizer,
                            kg_error *err) {
    const kg_examples_options *o = options;
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
                            "the vocabulary lacks [CLS], [SEP] or [MASK] (<s>, </s> or <mask> of "
                            "RoBERTa), which examples need");
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
    KG_TRY(st, kg_document_stream_begin(&x->stream, x->host, &x->options, err));
    x->group_epoch = x->options.start.epoch;
    x->n_slots = (size_t)threads * SLOTS_A_WORKER + KG_EXAMPLE_GROUP;
    x->slots = calloc(x->n_slots, sizeof *x->slots);
    x->workers = calloc(threads, sizeof *x->workers);
    if (!x->slots || !x->workers)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting to read the corpus");
    kg_dealer_init(&x->dealer, x->options.tokens_per_batch, x->options.tokens_per_micro,
                   x->options.rank, x->options.ranks);
    for (uint32_t i = 0; i < threads; i++)
        KG_TRY(st, kg_example_worker_start(&x->workers[i], x, err));
    return KG_OK;
}

kg_status kg_examples_open(kg_examples **out, const kgp_host *host, const kg_graph_view *view,
                           const kg_tokenizer *tokenizer, const kg_examples_options *options,
                           kg_error *err) {
    kg_status st;
    *out = NULL;
    KG_TRY(st, kg_examples_check(options, tokenizer, err));
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
    x->after = options->start;
    x->counted.epoch = options->start.epoch;
    if (x->options.threads == 0)
        x->options.threads = 1;
    if (x->options.threads > MAX_THREADS)
        x->options.threads = MAX_THREADS;
    if (copy_paths(x, options) != KG_OK)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory starting to read the corpus");
    else
        st = start(x, err);
    if (st != KG_OK) {
        kg_examples_close(x);
        return st;
    }
    *out = x;
    return KG_OK;
}

void kg_examples_close(kg_examples *examples) {
    kg_examples *x = examples;
    if (!x)
        return;
    kg_example_workers_stop(x);
    for (size_t i = 0; x->slots && i < x->n_slots; i++) {
        kg_array_free(&x->slots[i].text);
        kg_array_free(&x->slots[i].mentions);
        for (size_t k = 0; k < x->slots[i].examples.len; k++)
            kg_token_batch_free(&x->slots[i].examples.data[k]);
        kg_array_free(&x->slots[i].examples);
    }
    free(x->slots);
    for (size_t i = 0; i < x->spare.len; i++)
        kg_token_batch_free(&x->spare.data[i]);
    kg_array_free(&x->spare);
    kg_array_free(&x->order);
    kg_document_stream_close(&x->stream);
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
