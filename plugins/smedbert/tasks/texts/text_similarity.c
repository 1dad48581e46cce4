/* The tool tune.similarity: which of its candidates an entity is like, without training: by the
 * cosine of the means of the encoder's last layer over the names, neighbors infused. */
#include "plugins/smedbert/tasks/texts/text_tools.h"

#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/reading/text_reader.h"
#include "plugins/smedbert/tasks/texts/outcomes.h"

#include "model/ops.h"
#include "plugins/common/json_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char tune_similarity_schema[]; /* schemas/tune.similarity.schema.json */

enum { NAMES_AT_ONCE = 128 };

typedef struct similarity {
    kg_session session;
    kg_text_reader reader;
    kg_texts texts;
    kg_token_batch batch;
    float *vectors; /* (texts, d): of length 1 */
    size_t d;
} similarity;

/* The mean of a sequence's tokens but [CLS] and [SEP], as a vector of length 1. */
static void take_mean(float *to, const float *rows, size_t n, size_t d) {
    double squares = 0;
    memset(to, 0, d * sizeof *to);
    for (size_t i = 1; i + 1 < n; i++)
        for (size_t k = 0; k < d; k++)
            to[k] += rows[i * d + k];
    for (size_t k = 0; k < d; k++)
        squares += (double)to[k] * (double)to[k];
    for (size_t k = 0; squares > 0 && k < d; k++)
        to[k] /= (float)sqrt(squares);
}

/* Encode the names of the batch, which are texts from `first` on. */
static kg_status encode_batch(similarity *s, size_t first, kg_error *err) {
    kg_status st;
    size_t at = 0, n = s->batch.lengths.len;
    if (n == 0)
        return KG_OK;
    KG_TRY(st, kg_session_run(&s->session, &s->batch, err));
    const kg_backend *be = kg_model_params(s->session.model)->backend;
    size_t size = s->session.pass.tokens * s->d * sizeof(float);
    float *view = be->map(s->session.pass.hidden, size);
    if (!view)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading vectors");
    for (size_t i = 0; i < n; at += s->batch.lengths.data[i++])
        take_mean(s->vectors + (first + i) * s->d, view + at * s->d, s->batch.lengths.data[i],
                  s->d);
    be->unmap(s->session.pass.hidden, view, size, false);
    kg_token_batch_clear(&s->batch);
    return KG_OK;
}

static kg_status encode(similarity *s, kg_error *err) {
    kg_status st;
    size_t n = s->texts.ends.len, first = 0;
    s->d = kg_model_configuration(s->session.model)->hidden_size;
    s->vectors = calloc(n * s->d + 1, sizeof *s->vectors);
    if (!s->vectors)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory for the vectors");
    for (size_t i = 0; i < n; i++) {
        const kg_linked_text text = {.text = kg_texts_text(&s->texts, (uint32_t)i)};
        KG_TRY(st, kg_text_reader_add(&s->batch, &s->reader, &text, err));
        if (s->batch.lengths.len < NAMES_AT_ONCE && i + 1 < n)
            continue;
        KG_TRY(st, encode_batch(s, first, err));
        first = i + 1;
    }
    return KG_OK;
}

static double cosine(const similarity *s, const kg_text_item *item) {
    double sum = 0;
    for (size_t k = 0; k < s->d; k++)
        sum += (double)s->vectors[item->a * s->d + k] * (double)s->vectors[item->b * s->d + k];
    return sum;
}

static kg_status judge(double *values, const similarity *s) {
    kg_outcomes o;
    const kg_texts *t = &s->texts;
    kg_candidate *c = malloc((t->items.len + 1) * sizeof *c);
    kg_status st = kg_outcomes_make(&o, KG_TEXT_RANK, t->example_ends.len);
    if (!c)
        st = KG_ERR_MEMORY;
    for (size_t e = 0; st == KG_OK && e < o.examples; e++) {
        size_t first = kg_texts_first(t, e), n = t->example_ends.data[e] - first;
        for (size_t i = 0; i < n; i++)
            c[i] = (kg_candidate){cosine(s, &t->items.data[first + i]),
                                  kg_texts_text(t, t->items.data[first + i].id),
                                  t->gold.data[first + i] != 0};
        o.queries[e] = kg_rank_candidates(c, n, KG_TEXTS_CUT);
    }
    if (st == KG_OK)
        st = kg_outcomes_judge(values, &o, NULL, 0);
    kg_outcomes_free(&o);
    free(c);
    return st;
}

static kg_status open_all(similarity *s, const kgp_host *host, const json_t *request,
                          kg_error *err) {
    kg_status st;
    const char *model = json_string_value(json_object_get(request, "model"));
    const char *data = json_string_value(json_object_get(request, "data"));
    const kg_texts_options options = {.kind = KG_TEXT_RANK};
    KG_TRY(st, kg_texts_read(&s->texts, data, &options, err));
    KG_TRY(st, kg_session_open(&s->session, host, model, false, err));
    uint32_t most = kg_model_configuration(s->session.model)->max_position_embeddings;
    return kg_text_reader_init(&s->reader, &s->session.reading, most, err);
}

static kg_status run(const kgp_host *host, const json_t *request, const kgp_output *output,
                     kg_error *err) {
    similarity s = {.d = 0};
    double values[KG_OUTCOME_FIGURES];
    kg_status st = open_all(&s, host, request, err);
    if (st == KG_OK)
        st = encode(&s, err);
    if (st == KG_OK)
        st = judge(values, &s);
    if (st == KG_OK) {
        json_t *result = json_pack(
            "{s:I, s:I, s:f, s:f}", "entities", (json_int_t)s.texts.example_ends.len, "candidates",
            (json_int_t)s.texts.items.len, "accuracy_at_1", values[1], "mrr", values[0]);
        st = kg_output_json(output, result, 12, "");
    }
    free(s.vectors);
    kg_token_batch_free(&s.batch);
    kg_text_reader_free(&s.reader);
    kg_texts_free(&s.texts);
    kg_session_close(&s.session);
    return st;
}

const kg_tool kg_tune_similarity_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "tune.similarity",
            .description = "Finds what entities are like, by the encoder's vectors alone",
            .schema = tune_similarity_schema,
            .output = "json",
        },
    .run = run,
};
