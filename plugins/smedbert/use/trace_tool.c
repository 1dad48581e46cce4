#include "plugins/smedbert/use/use_tools.h"

#include "plugins/smedbert/use/golden.h"
#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/reading/text_reader.h"
#include "plugins/common/json_output.h"

#include <math.h>
#include <string.h>

extern const char smedbert_trace_schema[];        /* schemas/smedbert.trace.schema.json */
extern const char smedbert_trace_golden_schema[]; /* schemas/smedbert.trace-golden.schema.json */

static kg_status trace_golden(const kgp_host *host, const json_t *request, const kgp_output *output,
                              kg_error *err) {
    kg_golden golden = KG_GOLDEN_INIT;
    const char *folder = json_string_value(json_object_get(request, "golden"));
    const char *out = json_string_value(json_object_get(request, "out"));
    bool gradients = json_is_true(json_object_get(request, "grad"));
    uint32_t steps = (uint32_t)json_integer_value(json_object_get(request, "adamw"));
    (void)host;
    kg_status st = kg_golden_read(&golden, folder, err);
    if (st == KG_OK)
        st = kg_golden_trace(&golden, out, gradients, steps, err);
    if (st == KG_OK)
        st = kg_output_json(output,
                            json_pack("{s:s, s:i, s:i}", "out", out, "sequences",
                                      (int)kg_token_batch_sequences(&golden.batch), "tokens",
                                      (int)kg_token_batch_tokens(&golden.batch)),
                            9, "\n");
    kg_golden_free(&golden);
    return st;
}

typedef struct tracing {
    const kgp_output *output;
    kg_linked_text text;
    const kgp_corpus_reader *reading; /* of text already linked */
    kgp_corpus *corpus;
    kg_session session;
    kg_text_reader reader;
    kg_token_batch batch;
} tracing;

/* Where neighbor k of mention m of the pass stands in the batch's arrays. */
static uint32_t batch_neighbor(const tracing *t, uint32_t mention, uint32_t k) {
    for (uint32_t i = 0; i < mention; i++)
        k += t->batch.neighbor_counts.data[i];
    return k;
}

/* One number of the pass; NaN when out of memory. */
static double look(const tracing *t, float *at) {
    const kg_backend *be = t->session.pass.encoder.params->backend;
    float *view = be->map(at, sizeof *view);
    double value = view ? (double)*view : (double)NAN;
    be->unmap(at, view, sizeof *view, false);
    return value;
}

static kg_status write_neighbor(const tracing *t, size_t m, uint32_t k) {
    const kg_infusion_pass *p = &t->session.pass.infusion;
    const kg_infusion_index *x = &p->index;
    const kg_token_batch *b = &t->batch;
    const kg_reading *r = &t->session.reading;
    uint32_t mention = x->spans.mentions[m], row = x->neighbor_offsets[m] + k;
    uint32_t n = batch_neighbor(t, mention, k), group = x->group_of[row];
    const kg_span *spans = t->reader.tokens.spans.data;
    uint32_t start = spans[b->mention_starts.data[mention] - 1].start;
    uint32_t end = spans[b->mention_ends.data[mention] - 2].end;
    kg_str entity = kg_reading_name(r, KGP_ENTITY, b->neighbor_entities.data[n], false);
    kg_str relation = kg_reading_name(r, KGP_RELATION, b->neighbor_relations.data[n], false);
    kg_str type = kg_reading_name(r, KGP_TYPE, b->neighbor_types.data[n], false);
    return kg_output_json(t->output,
                          json_pack("{s:s%, s:I, s:I, s:s%, s:i, s:s%, s:s%, s:f, s:f}", "mention",
                                    t->text.text.data + start, (size_t)(end - start), "byte_start",
                                    (json_int_t)start, "byte_end", (json_int_t)end, "relation",
                                    relation.data, relation.len, "direction",
                                    b->neighbor_directions.data[n], "neighbor", entity.data,
                                    entity.len, "type", type.data, type.len, "type_weight",
                                    p->type_attention ? look(t, p->type_weight + group) : 1.0,
                                    "weight", look(t, p->node_weight + row)),
                          9, "\n");
}

/* The first line of a file of text already linked. */
static kg_status read_linked(tracing *t, const kgp_host *host, const char *path, kg_error *err) {
    kgp_error detail = {""};
    kgp_document document;
    int32_t end = 0;
    kgp_corpus_options options = {
        .size = sizeof options, .paths = &path, .n_paths = 1, .linked = true};
    t->reading = host->get_extension(host, KGP_EXT_TEXT);
    kgp_status st = t->reading->open(&t->corpus, host, &options, &detail);
    if (st == KGP_OK)
        st = t->reading->next(&document, &end, t->corpus, &detail);
    if (st != KGP_OK)
        return kg_error_set(err, (kg_status)st, "%s", detail.text);
    if (end)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "found no line in %s; expected a line of linked text", path);
    t->text = kg_linked_document(&document, t->reading, t->corpus, true);
    return KG_OK;
}

static kg_status take_text(tracing *t, const kgp_host *host, const json_t *request, kg_error *err) {
    const char *text = json_string_value(json_object_get(request, "text"));
    const char *linked = json_string_value(json_object_get(request, "linked"));
    if ((text != NULL) == (linked != NULL))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s; expected a text, or a file of text already linked",
                            text ? "both" : "neither");
    if (linked)
        return read_linked(t, host, linked, err);
    t->text = (kg_linked_text){.text = kg_str_from(text)};
    return KG_OK;
}

static kg_status trace(tracing *t, const kgp_host *host, const json_t *request, kg_error *err) {
    kg_status st;
    const char *model = json_string_value(json_object_get(request, "model"));
    KG_TRY(st, take_text(t, host, request, err));
    KG_TRY(st, kg_session_open(&t->session, host, model, false, err));
    const kg_model_config *c = kg_model_configuration(t->session.model);
    if (!t->session.reads_tables)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found nothing to trace in %s: the model has no hybrid attention, or there is "
            "no store; name a model pretrained on a graph, and --store",
            model);
    KG_TRY(st,
           kg_text_reader_init(&t->reader, &t->session.reading, c->max_position_embeddings, err));
    KG_TRY(st, kg_text_reader_add(&t->batch, &t->reader, &t->text, err));
    KG_TRY(st, kg_session_run(&t->session, &t->batch, err));
    const kg_infusion_index *x = &t->session.pass.infusion.index;
    for (size_t m = 0; m < x->spans.count; m++)
        for (uint32_t k = 0; k < x->neighbor_offsets[m + 1] - x->neighbor_offsets[m]; k++)
            KG_TRY(st, write_neighbor(t, m, k));
    return KG_OK;
}

static kg_status trace_sentence(const kgp_host *host, const json_t *request,
                                const kgp_output *output, kg_error *err) {
    tracing t = {.output = output};
    kg_status st = trace(&t, host, request, err);
    if (t.corpus)
        t.reading->close(t.corpus);
    kg_text_reader_free(&t.reader);
    kg_session_close(&t.session);
    kg_token_batch_free(&t.batch);
    return st;
}

const kg_tool kg_trace_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.trace",
            .description = "Shows which neighbors the mentions of a sentence attended to",
            .schema = smedbert_trace_schema,
            .output = "jsonl",
        },
    .run = trace_sentence,
};

const kg_tool kg_trace_golden_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.trace-golden",
            .description = "Runs a golden batch and writes losses, states, attention and gradients",
            .schema = smedbert_trace_golden_schema,
            .output = "json",
        },
    .run = trace_golden,
};
