/* Documents go round a ring of slots: a worker takes the next free slot, reads the next document
 * into it (one worker at a time, so that slots are in the order of the corpus), and builds its
 * examples beside the others; the caller takes the slots in order, a group at a time. What is in a
 * slot depends on its document alone, never on who built it. */
#include "plugins/smedbert/pretrain/examples_impl.h"

enum {
    GROUP_BYTES = 512 << 10,      /* a group that has so much text is closed */
    MOST_BYTES = 3 * GROUP_BYTES, /* of text in slots, beyond which none is filled */
};

/* ---- Reading the corpus ---------------------------------------------------------------------- */

/* Count a document into its group; the last of an epoch does not know that it closes one. */
static void count_into_group(kg_example_slot *s, kg_examples *x) {
    if (s->place.epoch != x->group_epoch)
        x->group = x->group_text = 0;
    x->group_epoch = s->place.epoch;
    x->group_text += s->text.len;
    s->closes = ++x->group == KG_EXAMPLE_GROUP || x->group_text >= GROUP_BYTES;
    if (s->closes)
        x->group = x->group_text = 0;
}

/* The next document of the stream into a kg_example_slot; *end after the last. */
static kg_status read_document(kg_example_slot *s, bool *end, kg_examples *x, kg_error *err) {
    kg_status st;
    kg_streamed document;
    s->text.len = s->mentions.len = 0;
    KG_TRY(st, kg_document_stream_next(&document, end, &x->stream, err));
    if (*end)
        return KG_OK;
    const kg_linked_text *text = &document.text.text;
    if (kg_array_append(&s->text, text->text.data, text->text.len) != KG_OK ||
        kg_array_append(&s->mentions, text->mentions, text->n_mentions) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
    s->part = document.text.part;
    s->number = document.number;
    s->place = document.place;
    count_into_group(s, x);
    return KG_OK;
}

/* ---- Workers --------------------------------------------------------------------------------- */

/* Wait for a free slot and read into it; NULL where there is nothing more to do. Who waits lets go
 * of the graph. */
static kg_example_slot *fill_slot(kg_example_worker *w) {
    kg_examples *x = w->examples;
    kg_example_slot *s = NULL;
    pthread_mutex_lock(&x->lock);
    while (!x->stop && !x->ended &&
           (x->next_fill - x->next_take >= x->n_slots || x->bytes >= MOST_BYTES)) {
        if (!w->reading.resting)
            kg_reading_rest(&w->reading);
        pthread_cond_wait(&x->freed, &x->lock);
    }
    if (!x->stop && !x->ended) {
        bool end;
        s = &x->slots[x->next_fill % x->n_slots];
        s->error = (kg_error)KG_ERROR_INIT;
        s->status = read_document(s, &end, x, &s->error);
        x->bytes += s->text.len;
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

/* An example's memory, of one that was given where there is such. */
static kg_status take_spare(kg_example_slot *s, kg_examples *x) {
    kg_token_batch batch = KG_TOKEN_BATCH_INIT;
    if (kg_array_reserve(&s->examples, 1) != KG_OK)
        return kg_error_set(&s->error, KG_ERR_MEMORY, "out of memory building examples");
    pthread_mutex_lock(&x->lock);
    if (x->spare.len > 0)
        batch = x->spare.data[--x->spare.len];
    pthread_mutex_unlock(&x->lock);
    s->examples.data[s->examples.len++] = batch;
    return KG_OK;
}

static kg_status build(kg_example_slot *s, kg_example_worker *w) {
    kg_examples *x = w->examples;
    kg_status st;
    const kg_example_key key = {x->options.seed, s->place.epoch, s->number};
    const kg_example_text document = {
        {{s->text.data, s->text.len}, x->options.linked, s->mentions.data, s->mentions.len},
        s->part};
    KG_TRY(st, kg_reading_renew(&w->reading, &s->error));
    KG_TRY(st, kg_example_read(&s->note, w->builder, &key, &document, &s->error));
    for (uint32_t i = 0; i < s->note.chunks; i++) {
        KG_TRY(st, take_spare(s, x));
        KG_TRY(st,
               kg_example_build(&s->examples.data[i], &s->note, w->builder, &key, i, &s->error));
    }
    return KG_OK;
}

static void *work(void *context) {
    kg_example_worker *w = context;
    kg_examples *x = w->examples;
    kg_example_slot *s;
    while ((s = fill_slot(w)) != NULL) {
        if (s->status == KG_OK)
            s->status = build(s, w);
        pthread_mutex_lock(&x->lock);
        s->built = true;
        pthread_cond_signal(&x->built);
        pthread_mutex_unlock(&x->lock);
    }
    return NULL;
}

/* ---- Starting and stopping ------------------------------------------------------------------- */

kg_status kg_example_worker_start(kg_example_worker *worker, kg_examples *examples, kg_error *err) {
    kg_example_worker *w = worker;
    kg_examples *x = examples;
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

void kg_example_workers_stop(kg_examples *examples) {
    kg_examples *x = examples;
    pthread_mutex_lock(&x->lock);
    x->stop = true;
    pthread_cond_broadcast(&x->freed);
    pthread_mutex_unlock(&x->lock);
    for (uint32_t i = 0; x->workers && i < x->options.threads; i++) {
        kg_example_worker *w = &x->workers[i];
        if (w->started)
            pthread_join(w->thread, NULL);
        kg_example_builder_free(w->builder);
        kg_reading_close(&w->reading);
    }
    free(x->workers);
}
