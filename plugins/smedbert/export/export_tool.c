/* The tool smedbert.export: a checkpoint as a folder for transformers, and what is lost on the way,
 * measured by our own code on both. */
#include "plugins/smedbert/export/export_tool.h"

#include "plugins/smedbert/export/portable.h"

#include "plugins/common/json_output.h"

#include "kgstore/base/folder.h"

extern const char smedbert_export_schema[]; /* schemas/smedbert.export.schema.json */

static kg_status measure_loaded(double *value, kg_tune_session *session, const char *data,
                                kg_error *err) {
    const kg_tune_task *task = session->setup.task;
    kg_tune_part part = {.task = task, .there = true};
    kg_tune_figures figures;
    kg_status st = task->read(&part, &session->setup, data, false, err);
    if (st == KG_OK)
        st = task->pack(&part, session, NULL, err);
    if (st == KG_OK)
        st = kg_tune_measure(&figures, session, &part, err);
    if (st == KG_OK)
        *value = figures.values[0];
    kg_tune_part_free(&part);
    return st;
}

static kg_status measure(double *value, const kg_tune_task *const *tasks, const kgp_host *host,
                         const char *folder, const char *data, kg_error *err) {
    kg_tune_session session;
    kg_status st = kg_tune_session_load(&session, tasks, host, folder, err);
    if (st == KG_OK)
        st = measure_loaded(value, &session, data, err);
    kg_tune_session_free(&session);
    return st;
}

typedef struct request {
    const char *checkpoint, *out, *dev;
    bool onnx;
} request;

typedef struct figures {
    double whole, exported;
} figures;

/* Write the folder and measure what is in it: it takes its name only when both are done. */
static kg_status write_folder(figures *f, kg_portable *p, const kgp_host *host, const request *r,
                              kg_error *err) {
    char *fresh;
    kg_status st;
    KG_TRY(st, kg_outfolder_begin(&fresh, r->out, err));
    st = kg_portable_write(p, fresh, r->onnx, err);
    if (st == KG_OK && r->dev)
        st = measure(&f->exported, p->tasks, host, fresh, r->dev, err);
    return kg_outfolder_end(fresh, r->out, st, err);
}

static kg_status export_model(json_t **result, kg_portable *p, const kgp_host *host,
                              const request *r, kg_error *err) {
    figures f = {0};
    kg_status st;
    KG_TRY(st, kg_portable_open(p, host, r->checkpoint, err));
    if (r->dev && !p->tasks)
        return kg_error_at(err, KG_ERR_ARGUMENT, r->checkpoint, 0,
                           "is of no task, so nothing can be measured; leave out --dev");
    if (r->dev)
        KG_TRY(st, measure(&f.whole, p->tasks, host, r->checkpoint, r->dev, err));
    KG_TRY(st, write_folder(&f, p, host, r, err));
    *result = json_pack("{s:s, s:s, s:O}", "folder", r->out, "architecture", p->architecture,
                        "left_out", p->left_out);
    if (*result && r->dev &&
        json_object_update_new(*result, json_pack("{s:s, s:f, s:f}", "figure",
                                                  p->session.setup.task->figures[0], "whole",
                                                  f.whole, "exported", f.exported)) != 0) {
        json_decref(*result);
        *result = NULL;
    }
    return *result ? KG_OK : KG_ERR_MEMORY;
}

static kg_status run(const kgp_host *host, const json_t *object, const kgp_output *output,
                     kg_error *err) {
    const request r = {.checkpoint = json_string_value(json_object_get(object, "checkpoint")),
                       .out = json_string_value(json_object_get(object, "out")),
                       .dev = json_string_value(json_object_get(object, "dev")),
                       .onnx = json_is_true(json_object_get(object, "onnx"))};
    kg_portable portable;
    json_t *result = NULL;
    kg_status st = export_model(&result, &portable, host, &r, err);
    kg_portable_free(&portable);
    return st == KG_OK ? kg_output_json(output, result, 12, "") : st;
}

const kg_tool kg_export_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.export",
            .description = "Writes a checkpoint as others read it: transformers, ONNX",
            .schema = smedbert_export_schema,
            .output = "json",
        },
    .run = run,
};
