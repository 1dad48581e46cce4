#include "plugins/smedbert/use/golden.h"

#include "kgstore/base/arena.h"
#include "model/safetensors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The tensors to write, with copies of their names and data. */
typedef struct outputs {
    const kg_backend *backend; /* whose memory holds what is copied */
    KG_ARRAY(kg_tensor_out) tensors;
    kg_arena arena;
    kg_status status; /* of the first failure */
} outputs;

/* Add a copy of a (rows, columns) tensor of the host; columns 0: a vector. */
static void add_copy(outputs *out, const char *name, const float *data, size_t rows,
                     size_t columns) {
    size_t count = columns ? rows * columns : rows;
    kg_tensor_out t = {.name = kg_arena_copy(&out->arena, kg_str_from(name)),
                       .dimensions = columns ? 2 : 1,
                       .shape = {rows, columns}};
    float *copy = kg_arena_alloc(&out->arena, (count + 1) * sizeof *copy);
    if (t.name == NULL || copy == NULL) {
        out->status = KG_ERR_MEMORY;
        return;
    }
    memcpy(copy, data, count * sizeof *copy);
    t.data = copy;
    if (kg_array_push(&out->tensors, t) != KG_OK)
        out->status = KG_ERR_MEMORY;
}

/* The same of the backend's memory, by a name as printf makes it. */
__attribute__((format(printf, 5, 6))) static void
add_tensor(outputs *out, float *data, size_t rows, size_t columns, const char *format, ...) {
    char name[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    size_t size = (columns ? rows * columns : rows) * sizeof *data;
    float *view = out->backend->map(data, size);
    if (view == NULL)
        out->status = KG_ERR_MEMORY;
    else
        add_copy(out, name, view, rows, columns);
    out->backend->unmap(data, view, size, false);
}

static void add_losses(outputs *out, const kg_loss_means *means) {
    const float values[] = {(float)means->mlm, (float)means->sop, (float)means->mnem,
                            (float)means->mmem, (float)means->total};
    static const char *const names[] = {"loss.mlm", "loss.sop", "loss.mnem", "loss.mmem",
                                        "loss.total"};
    for (int i = 0; i < 5; i++)
        add_copy(out, names[i], &values[i], 1, 0);
}

static void add_hidden(outputs *out, const kg_encoder_pass *pass) {
    for (size_t s = 0; s < pass->sequences; s++)
        add_tensor(out, pass->hidden + pass->offsets[s] * pass->d1,
                   pass->offsets[s + 1] - pass->offsets[s], pass->d1, "hidden.%zu", s);
}

/* attention.SEQUENCE.MENTION: mentions are counted within their sequence. */
static void add_attention(outputs *out, const kg_encoder_pass *pass) {
    const kg_infusion_pass *p = &pass->infusion;
    const kg_infusion_index *x = &p->index;
    const kg_token_batch *b = pass->input.batch;
    for (size_t m = 0; m < x->spans.count; m++) {
        uint32_t mention = x->spans.mentions[m], sequence = 0, before = 0;
        while (pass->offsets[sequence + 1] <= b->mention_starts.data[mention])
            sequence++;
        while (before < mention && b->mention_starts.data[before] < pass->offsets[sequence])
            before++;
        uint32_t k = x->neighbor_offsets[m], g = x->group_offsets[m];
        if (p->type_attention)
            add_tensor(out, p->type_weight + g, x->group_offsets[m + 1] - g, 0,
                       "attention.%u.%u.type", sequence, mention - before);
        add_tensor(out, p->node_weight + k, x->neighbor_offsets[m + 1] - k, 0,
                   "attention.%u.%u.node", sequence, mention - before);
    }
}

static void add_gradients(outputs *out, const kg_params *params) {
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        add_tensor(out, params->gradients + p->offset, p->rows, p->columns, "grad.%s", p->name);
    }
}

static kg_status run_adamw(outputs *out, kg_golden *g, kg_pretrainer *trainer,
                           const kg_encoder_input *input, uint32_t steps, kg_error *err) {
    const kg_adamw options = KG_ADAMW_INIT;
    kg_params *params = kg_model_params(g->model);
    kg_loss_counts counts = kg_token_batch_counts(&g->batch);
    float totals[256], norms[256];
    if (steps > 256)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %u steps; expected 256 at most", steps);
    for (uint32_t i = 0; i < steps; i++) {
        kg_losses losses;
        kg_status st;
        params->backend->clear(params->gradients, params->total * sizeof(float));
        KG_TRY(st, kg_pretrain_run(&losses, trainer, input, &counts, err));
        totals[i] = (float)kg_losses_mean(&losses, &counts, kg_model_configuration(g->model)).total;
        double norm = kg_gradient_norm(params);
        norms[i] = (float)norm;
        kg_adamw_step(params, &options, i + 1, norm);
    }
    add_copy(out, "adamw.total_loss", totals, steps, 0);
    add_copy(out, "adamw.grad_norm", norms, steps, 0);
    return KG_OK;
}

kg_status kg_golden_trace(kg_golden *g, const char *path, bool gradients, uint32_t adamw_steps,
                          kg_error *err) {
    kg_params *params = kg_model_params(g->model);
    outputs out = {.backend = params->backend, .arena = KG_ARENA_INIT};
    kg_pretrainer trainer = {
        .encoder = kg_model_encoder(g->model), .all_rows = true, .heads = kg_model_heads(g->model)};
    kg_encoder_input input = {.batch = &g->batch, .tables = &g->tables, .backward = true};
    kg_loss_counts counts = kg_token_batch_counts(&g->batch);
    kg_losses losses;
    if (g->tables.entities.rows == 0)
        input.tables = NULL;
    params->backend->clear(params->gradients, params->total * sizeof(float));
    kg_status st = kg_pretrain_run(&losses, &trainer, &input, &counts, err);
    if (st == KG_OK) {
        kg_loss_means means = kg_losses_mean(&losses, &counts, kg_model_configuration(g->model));
        add_losses(&out, &means);
        add_hidden(&out, &trainer.pass);
        if (trainer.pass.infuses)
            add_attention(&out, &trainer.pass);
        if (gradients)
            add_gradients(&out, params);
        if (adamw_steps > 0)
            st = run_adamw(&out, g, &trainer, &input, adamw_steps, err);
    }
    if (st == KG_OK)
        st = out.status;
    if (st == KG_OK)
        st = kg_safetensors_write(path, out.tensors.data, out.tensors.len, err);
    kg_array_free(&out.tensors);
    kg_arena_free(&out.arena);
    kg_pretrainer_free(&trainer);
    return st;
}
