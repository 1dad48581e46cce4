#include "plugins/smedbert/use/use_tools.h"

#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/reading/text_reader.h"

#include "kgstore/base/npy.h"
#include "model/blas.h"
#include "plugins/common/json_output.h"

#include <string.h>

extern const char smedbert_encode_schema[]; /* schemas/smedbert.encode.schema.json */

enum { TOKENS_PER_BATCH = 8192 };

/* A text waits in the batch until enough tokens are there. */
typedef struct encoding {
    const kgp_output *output;
    bool npy, mentions;
    kg_session session;
    kg_text_reader reader;
    const kgp_corpus_reader *text;
    kgp_corpus *corpus;
    bool linked;
    kg_token_batch batch;
    uint64_t line;           /* of the batch's first sequence, from 1 */
    KG_ARRAY(float) vectors; /* of one batch, or all of them for a matrix */
    uint64_t rows;
} encoding;

/* The mean of n token vectors, as one more row. */
static kg_status add_mean(encoding *e, size_t first, size_t n) {
    const kg_backend *be = kg_model_params(e->session.model)->backend;
    size_t d = e->session.pass.d1;
    float *tokens = e->session.pass.hidden + first * d;
    kg_status st;
    KG_TRY(st, kg_array_reserve(&e->vectors, d));
    float *row = e->vectors.data + e->vectors.len, *view = be->map(tokens, n * d * sizeof *view);
    if (view == NULL)
        return KG_ERR_MEMORY;
    memset(row, 0, d * sizeof *row);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            row[j] += view[i * d + j] / (float)n;
    be->unmap(tokens, view, n * d * sizeof *view, false);
    e->vectors.len += d;
    e->rows++;
    return KG_OK;
}

/* Write one row as an object: the fixed keys of `object`, then its vector. */
static kg_status write_row(encoding *e, json_t *object, size_t row) {
    size_t d = e->session.pass.d1;
    json_t *vector = json_array();
    for (size_t j = 0; j < d; j++)
        json_array_append_new(vector, json_real((double)e->vectors.data[row * d + j]));
    json_object_set_new(object, "vector", vector);
    return kg_output_json(e->output, object, 9, "\n");
}

/* Of whole texts: the mean over all tokens, the special ones included. */
static kg_status finish_texts(encoding *e, kg_error *err) {
    (void)err;
    kg_status st;
    for (size_t s = 0; s < e->session.pass.sequences; s++) {
        const uint32_t *offsets = e->session.pass.offsets;
        KG_TRY(st, add_mean(e, offsets[s], offsets[s + 1] - offsets[s]));
        if (!e->npy)
            KG_TRY(st, write_row(e, json_pack("{s:I}", "line", (json_int_t)(e->line + s)),
                                 e->vectors.len / e->session.pass.d1 - 1));
    }
    return KG_OK;
}

static kg_status finish_mentions(encoding *e, kg_error *err) {
    const kg_token_batch *b = &e->batch;
    const uint32_t *offsets = e->session.pass.offsets;
    size_t s = 0;
    kg_status st;
    for (size_t m = 0; m < b->mention_starts.len; m++) {
        uint32_t start = b->mention_starts.data[m], end = b->mention_ends.data[m];
        while (offsets[s + 1] <= start)
            s++;
        KG_TRY(st, add_mean(e, start, end - start));
        if (e->npy)
            continue;
        kg_str name =
            kg_reading_name(&e->session.reading, KGP_ENTITY, b->mention_entities.data[m], false);
        if (name.len == 0)
            return kg_error_set(err, KG_ERR_NOT_FOUND, "an entity that was linked has no name");
        json_t *object = json_pack("{s:I, s:i, s:i, s:s%}", "line", (json_int_t)(e->line + s),
                                   "first_token", (int)(start - offsets[s]), "end_token",
                                   (int)(end - offsets[s]), "entity", name.data, name.len);
        KG_TRY(st, write_row(e, object, e->vectors.len / e->session.pass.d1 - 1));
    }
    return KG_OK;
}

static kg_status flush(encoding *e, kg_error *err) {
    kg_status st;
    if (kg_token_batch_tokens(&e->batch) == 0)
        return KG_OK;
    KG_TRY(st, kg_session_run(&e->session, &e->batch, err));
    if (!e->npy)
        e->vectors.len = 0;
    KG_TRY(st, e->mentions ? finish_mentions(e, err) : finish_texts(e, err));
    e->line += kg_token_batch_sequences(&e->batch);
    kg_token_batch_clear(&e->batch);
    return KG_OK;
}

static kg_status open_input(encoding *e, const kgp_host *host, const char *input, kg_error *err) {
    kgp_error detail = {""};
    kgp_corpus_options options = {
        .size = sizeof options, .paths = &input, .n_paths = 1, .linked = e->linked};
    e->text = host->get_extension(host, KGP_EXT_TEXT);
    kgp_status st = e->text->open(&e->corpus, host, &options, &detail);
    return st == KGP_OK ? KG_OK : kg_error_set(err, (kg_status)st, "%s", detail.text);
}

static kg_status encode_lines(encoding *e, kg_error *err) {
    kg_status st;
    for (;;) {
        kgp_document document;
        kgp_error detail = {""};
        int32_t end;
        kgp_status got = e->text->next(&document, &end, e->corpus, &detail);
        if (got != KGP_OK)
            return kg_error_set(err, (kg_status)got, "%s", detail.text);
        if (end)
            return flush(e, err);
        kg_linked_text text = kg_linked_document(&document, e->text, e->corpus, e->linked);
        KG_TRY(st, kg_text_reader_add(&e->batch, &e->reader, &text, err));
        if (kg_token_batch_tokens(&e->batch) >= TOKENS_PER_BATCH)
            KG_TRY(st, flush(e, err));
    }
}

static kg_status write_npy(encoding *e) {
    char header[KG_NPY_HEADER];
    kg_npy_header(header, e->rows, kg_model_configuration(e->session.model)->hidden_size);
    kgp_status st = e->output->write(e->output, header, sizeof header);
    if (st == KGP_OK && e->vectors.len > 0)
        st = e->output->write(e->output, e->vectors.data, e->vectors.len * sizeof(float));
    return (kg_status)st;
}

static kg_status encode(encoding *e, const kgp_host *host, const json_t *request, kg_error *err) {
    kg_status st;
    const char *model = json_string_value(json_object_get(request, "model"));
    const char *input = json_string_value(json_object_get(request, "input"));
    int threads = (int)json_integer_value(json_object_get(request, "threads"));
    if (threads > 0)
        kg_blas_set_threads(threads);
    e->mentions = json_is_true(json_object_get(request, "mentions"));
    e->linked = json_is_true(json_object_get(request, "linked"));
    e->line = 1;
    KG_TRY(st, kg_session_open(&e->session, host, model, e->mentions, err));
    const kg_model_config *c = kg_model_configuration(e->session.model);
    KG_TRY(st,
           kg_text_reader_init(&e->reader, &e->session.reading, c->max_position_embeddings, err));
    KG_TRY(st, open_input(e, host, input, err));
    KG_TRY(st, encode_lines(e, err));
    return e->npy ? write_npy(e) : KG_OK;
}

static kg_status run_encoding(const kgp_host *host, bool npy, const json_t *request,
                              const kgp_output *output, kg_error *err) {
    encoding e = {.output = output, .npy = npy};
    kg_status st = encode(&e, host, request, err);
    if (e.corpus)
        e.text->close(e.corpus);
    kg_text_reader_free(&e.reader);
    kg_session_close(&e.session);
    kg_token_batch_free(&e.batch);
    kg_array_free(&e.vectors);
    return st;
}

static kg_status encode_lines_to_json(const kgp_host *host, const json_t *request,
                                      const kgp_output *output, kg_error *err) {
    return run_encoding(host, false, request, output, err);
}

static kg_status encode_lines_to_npy(const kgp_host *host, const json_t *request,
                                     const kgp_output *output, kg_error *err) {
    return run_encoding(host, true, request, output, err);
}

const kg_tool kg_encode_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.encode",
            .description = "Turns lines of text, or their mentions, into vectors",
            .schema = smedbert_encode_schema,
            .output = "jsonl",
        },
    .run = encode_lines_to_json,
};

const kg_tool kg_encode_npy_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.encode-npy",
            .description = "Turns lines of text, or their mentions, into one matrix of vectors",
            .schema = smedbert_encode_schema,
            .output = "bytes",
        },
    .run = encode_lines_to_npy,
};
