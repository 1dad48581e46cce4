#include "model/encoder.h"

#include "kgstore/base/rng.h"

static const kg_backend *backend_of(const kg_encoder_pass *pass) {
    return pass->encoder.params->backend;
}

/* The three projections as one matrix: declared adjacent, so one product serves them. */
static kg_linear fused_qkv(const kg_params *params, const kg_layer_ids *ids) {
    kg_linear qkv = kg_linear_of(params, ids->query_weight, ids->query_bias);
    qkv.out *= 3;
    return qkv;
}

static kg_norm_site branch_site(const kg_encoder_pass *pass, const kg_layer_pass *l,
                                kg_param_id gain, kg_param_id bias, const kg_linear *branch,
                                uint64_t site) {
    const kg_model_config *c = pass->encoder.config;
    return (kg_norm_site){
        .norm = kg_norm_of(pass->encoder.params, gain, bias, (float)c->layer_norm_eps),
        .rows = l->n,
        .branch_bias = branch->bias,
        .dbranch_bias = branch->dbias,
        .dropout = kg_dropout_of(l->rows ? pass->kept_keys : pass->keys, site,
                                 pass->input.dropout ? c->hidden_dropout_prob : 0),
    };
}

/* Behind the last layer's attention no token reads another, so those that nobody reads may stop
 * there; not where mentions are infused into its output. */
static void choose_rows(kg_layer_pass *l, const kg_encoder_pass *pass, uint32_t i) {
    const kg_model_config *c = pass->encoder.config;
    bool infused = kg_model_config_infuses(c) && c->infusion_after_layer == i + 1;
    l->rows = i + 1 == c->num_hidden_layers && !infused ? pass->input.rows : NULL;
    l->n = l->rows ? pass->input.n_rows : pass->tokens;
}

static void layer_bind(kg_layer_pass *l, const kg_encoder_pass *pass, uint32_t i) {
    const kg_model_config *c = pass->encoder.config;
    const kg_params *params = pass->encoder.params;
    const kg_layer_ids *ids = &pass->encoder.ids->layers[i];
    uint64_t site = 1 + (uint64_t)i * (c->num_attention_heads + 2);
    l->qkv = fused_qkv(params, ids);
    l->attention_out = kg_linear_of(params, ids->attention_weight, ids->attention_bias);
    l->in = kg_linear_of(params, ids->in_weight, ids->in_bias);
    l->out = kg_linear_of(params, ids->out_weight, ids->out_bias);
    l->activation = c->hidden_act;
    choose_rows(l, pass, i);
    l->attention_norm = branch_site(pass, l, ids->attention_gain, ids->attention_norm_bias,
                                    &l->attention_out, site);
    l->out_norm = branch_site(pass, l, ids->out_gain, ids->out_norm_bias, &l->out, site + 1);
    double p = pass->input.dropout ? c->attention_probs_dropout_prob : 0;
    l->attention = (kg_attention){
        .sequences = pass->sequences,
        .tokens = pass->tokens,
        .heads = c->num_attention_heads,
        .d = pass->d1,
        .offsets = pass->offsets,
        .longest = pass->longest,
        .bias = l->qkv.bias,
        .dropout = kg_dropout_of(pass->keys, site + 2, p),
    };
}

static void layer_carve(kg_layer_pass *l, kg_carver *carver, size_t tokens, size_t d, size_t ff) {
    l->attention.qkv = kg_carve_floats(carver, tokens * 3 * d);
    l->attention.log_sums = kg_carve_floats(carver, tokens * l->attention.heads);
    l->context = kg_carve_floats(carver, tokens * d);
    l->attention_norm.z = kg_carve_floats(carver, tokens * d);
    l->attention_norm.stats = kg_carve_floats(carver, tokens * 2);
    l->middle = kg_carve_floats(carver, tokens * d);
    l->u = kg_carve_floats(carver, tokens * ff);
    l->out_norm.z = kg_carve_floats(carver, tokens * d);
    l->out_norm.stats = kg_carve_floats(carver, tokens * 2);
    l->output = kg_carve_floats(carver, tokens * d);
}

/* The arrays of another layer, where nothing need be kept: only its parameters differ. */
static void layer_share(kg_layer_pass *l, const kg_layer_pass *from) {
    l->attention.qkv = from->attention.qkv;
    l->attention.log_sums = from->attention.log_sums;
    l->context = from->context;
    l->attention_norm.z = from->attention_norm.z;
    l->attention_norm.stats = from->attention_norm.stats;
    l->middle = from->middle;
    l->u = from->u;
    l->out_norm.z = from->out_norm.z;
    l->out_norm.stats = from->out_norm.stats;
    l->output = from->output;
}

static void carve_layers(kg_encoder_pass *pass, kg_carver *carver) {
    const kg_backend *be = backend_of(pass);
    const kg_model_config *c = pass->encoder.config;
    float *scratch = kg_carve_floats(
        carver, be->attention_scratch(pass->longest, pass->d1 / c->num_attention_heads));
    pass->layers = kg_carve_shared(carver, c->num_hidden_layers * sizeof *pass->layers);
    for (uint32_t i = 0; i < c->num_hidden_layers; i++) {
        kg_layer_pass counted, *l = carver->counting ? &counted : &pass->layers[i];
        layer_bind(l, pass, i);
        if (pass->input.backward || i < 2)
            layer_carve(l, carver, pass->tokens, pass->d1, c->intermediate_size);
        else if (!carver->counting)
            layer_share(l, &pass->layers[i % 2]);
        if (carver->counting)
            continue;
        l->attention.scratch = scratch;
        l->input = i ? pass->layers[i - 1].output : pass->embedded;
        l->attention_norm.residual = l->rows ? pass->kept : l->input;
        l->out_norm.residual = l->middle;
        pass->hidden = l->output;
    }
}

static void carve_backward(kg_encoder_pass *pass, kg_carver *carver) {
    size_t n = pass->tokens, d = pass->d1, ff = pass->encoder.config->intermediate_size;
    pass->dbranch = kg_carve_floats(carver, n * d);
    pass->dcontext = kg_carve_floats(carver, n * d);
    pass->dqkv = kg_carve_floats(carver, n * 3 * d);
    size_t widest = pass->embedding.d > d ? 3 * pass->embedding.d : 3 * d;
    pass->partials = kg_carve_floats(carver, kg_partial_size(n, widest > ff ? widest : ff));
}

static void carve_embedding(kg_encoder_pass *pass, kg_carver *carver) {
    const kg_encoder *e = &pass->encoder;
    size_t n = pass->tokens, d = kg_model_config_width(e->config);
    bool projects = kg_model_config_projects(e->config);
    double p = pass->input.dropout ? e->config->hidden_dropout_prob : 0;
    pass->embedding = (kg_embedding){
        .word = kg_param_values(e->params, e->ids->word),
        .position = kg_param_values(e->params, e->ids->position),
        .segment = kg_param_values(e->params, e->ids->segment),
        .dword = kg_param_gradients(e->params, e->ids->word),
        .dposition = kg_param_gradients(e->params, e->ids->position),
        .dsegment = kg_param_gradients(e->params, e->ids->segment),
        .d = d,
        .tokens = n,
        .ids = pass->ids,
        .positions = pass->positions,
        .segments = pass->segments,
        .extra = projects ? NULL : pass->input.extra,
    };
    pass->embedding_norm =
        (kg_norm_site){.norm = kg_norm_of(e->params, e->ids->gain, e->ids->norm_bias,
                                          (float)e->config->layer_norm_eps),
                       .rows = n,
                       .z = kg_carve_floats(carver, n * d),
                       .stats = kg_carve_floats(carver, n * 2)};
    pass->embedding_dropout = kg_dropout_of(pass->keys, 0, p);
    pass->embedded = kg_carve_floats(carver, n * pass->d1);
    pass->narrow = pass->dnarrow = NULL;
    if (!projects)
        return;
    pass->projection = kg_linear_of(e->params, e->ids->projection_weight, e->ids->projection_bias);
    pass->narrow = kg_carve_floats(carver, n * d);
    pass->dnarrow = kg_carve_floats(carver, n * d);
    pass->all = kg_carve_u32(carver, n);
    for (uint32_t i = 0; i < n && !carver->counting; i++)
        pass->all[i] = i;
}

static void fill_places(kg_encoder_pass *pass) {
    const kg_token_batch *b = pass->input.batch;
    uint32_t types = pass->encoder.config->type_vocab_size;
    uint32_t at = 0;
    for (size_t s = 0; s < pass->sequences; s++) {
        pass->offsets[s] = at;
        for (uint32_t i = 0; i < b->lengths.data[s]; i++) {
            pass->positions[at + i] = i;
            pass->ids[at + i] = b->input_ids.data[at + i];
            pass->segments[at + i] =
                b->segments.data[at + i] < types ? b->segments.data[at + i] : 0;
            if (pass->input.dropout)
                pass->keys[at + i] =
                    kg_rng_stream(pass->input.seed, b->epochs.data[s], b->documents.data[s], i).key;
        }
        at += b->lengths.data[s];
    }
    pass->offsets[pass->sequences] = at;
    for (size_t i = 0; pass->input.dropout && pass->input.rows && i < pass->input.n_rows; i++)
        pass->kept_keys[i] = pass->keys[pass->input.rows[i]];
}

void kg_encoder_carve(kg_encoder_pass *pass, kg_carver *carver, const kg_encoder *encoder,
                      const kg_encoder_input *input) {
    const kg_model_config *c = encoder->config;
    const kg_token_batch *b = input->batch;
    pass->encoder = *encoder;
    pass->input = *input;
    pass->sequences = kg_token_batch_sequences(b);
    pass->tokens = kg_token_batch_tokens(b);
    pass->d1 = c->hidden_size;
    pass->longest = 0;
    for (size_t s = 0; s < pass->sequences; s++)
        pass->longest = b->lengths.data[s] > pass->longest ? b->lengths.data[s] : pass->longest;
    pass->offsets = kg_carve_u32(carver, pass->sequences + 1);
    pass->positions = kg_carve_u32(carver, pass->tokens);
    pass->ids = kg_carve_u32(carver, pass->tokens);
    pass->segments = kg_carve_shared(carver, pass->tokens);
    pass->keys = kg_carve_shared(carver, pass->tokens * sizeof *pass->keys);
    pass->kept = kg_carve_floats(carver, pass->tokens * pass->d1);
    pass->kept_keys = kg_carve_shared(carver, pass->tokens * sizeof *pass->kept_keys);
    carve_embedding(pass, carver);
    carve_layers(pass, carver);
    pass->wide = kg_carve_floats(carver, pass->tokens * c->intermediate_size);
    if (input->backward)
        carve_backward(pass, carver);
    pass->infuses = kg_model_config_infuses(c) && input->tables != NULL;
    if (pass->infuses) {
        kg_infusion_bind(&pass->infusion, encoder->params, &encoder->ids->infusion, c);
        kg_infusion_carve(&pass->infusion, carver, b);
    }
    if (carver->counting)
        return;
    fill_places(pass);
    if (pass->infuses)
        kg_infusion_index_fill(&pass->infusion, b);
}

/* rows (n, d1), packed, become those of `to` (N, d1), whose others are 0. */
static void unpack(float *to, const float *rows, const kg_layer_pass *l,
                   const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    be->clear(to, pass->tokens * pass->d1 * sizeof *to);
    be->scatter(to, rows, l->rows, l->n, pass->d1);
}

/* The rows that go on, packed; l->output is free until the end. */
static void attend(kg_layer_pass *l, const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    be->attention_forward(l->rows ? l->output : l->context, &l->attention);
    if (l->rows == NULL)
        return;
    be->gather(l->context, l->output, l->rows, l->n, pass->d1);
    be->gather(pass->kept, l->input, l->rows, l->n, pass->d1);
}

static void layer_forward(kg_layer_pass *l, const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    size_t n = l->n;
    be->linear_forward(l->attention.qkv, l->input, pass->tokens, &l->qkv);
    attend(l, pass);
    be->linear_forward(l->attention_norm.z, l->context, n, &l->attention_out);
    be->norm_forward(l->middle, &l->attention_norm);
    be->linear_forward(l->u, l->middle, n, &l->in);
    be->activation_forward(pass->wide, l->u, n, &l->in, l->activation);
    be->linear_forward(l->out_norm.z, pass->wide, n, &l->out);
    be->norm_forward(l->rows ? pass->kept : l->output, &l->out_norm);
    if (l->rows != NULL)
        unpack(l->output, pass->kept, l, pass);
}

static void project_forward(kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    size_t n = pass->tokens, d = pass->d1;
    be->linear_forward(pass->embedded, pass->narrow, n, &pass->projection);
    be->add_bias(pass->embedded, pass->projection.bias, n, d);
    if (pass->input.extra != NULL)
        be->add_rows(pass->embedded, pass->input.extra, pass->all, pass->all, n, d);
}

void kg_encoder_forward(kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    const kg_model_config *c = pass->encoder.config;
    float *normed = pass->narrow ? pass->narrow : pass->embedded;
    be->embedding_forward(pass->embedding_norm.z, &pass->embedding);
    be->norm_forward(normed, &pass->embedding_norm);
    be->dropout_rows(normed, pass->tokens, pass->embedding.d, &pass->embedding_dropout);
    if (pass->narrow != NULL)
        project_forward(pass);
    for (uint32_t i = 0; i < c->num_hidden_layers; i++) {
        layer_forward(&pass->layers[i], pass);
        if (pass->infuses && i + 1 == c->infusion_after_layer)
            kg_infusion_forward(pass->layers[i].output, &pass->infusion,
                                &pass->input.tables->entities);
    }
}

/* The gradient of a branch: its own array where dropout stands, else that of the sum. */
static float *norm_site_backward(float *dz, const kg_norm_site *site, const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    float *dbranch = site->dropout.threshold ? pass->dbranch : NULL;
    be->norm_backward(dz, dbranch, dz, site, pass->partials);
    return dbranch ? dbranch : dz;
}

/* What stands behind the attention: dz, the gradient of the layer's output, becomes that of its
 * input by the residual, and dcontext that of the attention's output. */
static void feed_backward(float *dz, float *dcontext, kg_layer_pass *l,
                          const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    size_t n = l->n;
    float *branch = norm_site_backward(dz, &l->out_norm, pass);
    be->linear_backward(pass->wide, 0, branch, NULL, n, &l->out);
    be->activation_backward(pass->wide, l->u, n, &l->in, l->activation, pass->partials);
    be->linear_backward(NULL, 0, branch, l->u, n, &l->out);
    be->linear_backward(dz, 1, pass->wide, l->middle, n, &l->in);
    branch = norm_site_backward(dz, &l->attention_norm, pass);
    be->linear_backward(dcontext, 0, branch, l->context, n, &l->attention_out);
}

/* dz, the gradient of the layer's output, becomes that of its input. */
static void layer_backward(float *dz, kg_layer_pass *l, const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    if (l->rows == NULL) {
        feed_backward(dz, pass->dcontext, l, pass);
    } else {
        float *packed = pass->dqkv; /* free until the attention's backward */
        be->gather(packed, dz, l->rows, l->n, pass->d1);
        feed_backward(packed, pass->kept, l, pass);
        unpack(dz, packed, l, pass);
        unpack(pass->dcontext, pass->kept, l, pass);
    }
    be->attention_backward(pass->dqkv, pass->dcontext, &l->attention);
    be->column_sum(l->qkv.dbias, pass->dqkv, pass->tokens, l->qkv.out, l->qkv.out);
    be->linear_backward(dz, 1, pass->dqkv, l->input, pass->tokens, &l->qkv);
}

static float *project_backward(const float *dembedded, const kg_encoder_pass *pass) {
    const kg_backend *be = backend_of(pass);
    size_t n = pass->tokens, d = pass->d1;
    be->linear_backward(pass->dnarrow, 0, dembedded, pass->narrow, n, &pass->projection);
    be->column_sum(pass->projection.dbias, dembedded, n, d, d);
    return pass->dnarrow;
}

void kg_encoder_backward(kg_encoder_pass *pass, float *dhidden) {
    const kg_backend *be = backend_of(pass);
    const kg_model_config *c = pass->encoder.config;
    for (uint32_t i = c->num_hidden_layers; i-- > 0;) {
        if (pass->infuses && i + 1 == c->infusion_after_layer)
            kg_infusion_backward(dhidden, &pass->infusion, &pass->input.tables->entities);
        layer_backward(dhidden, &pass->layers[i], pass);
    }
    float *dsum = dhidden;
    if (pass->narrow != NULL)
        dsum = project_backward(dhidden, pass);
    be->dropout_rows(dsum, pass->tokens, pass->embedding.d, &pass->embedding_dropout);
    be->norm_backward(dsum, NULL, dsum, &pass->embedding_norm, pass->partials);
    be->embedding_backward(dsum, &pass->embedding);
}

bool kg_encoder_find_bad(uint32_t *sequence, uint32_t *layer, const kg_encoder_pass *pass) {
    for (uint32_t i = 0; i <= pass->encoder.config->num_hidden_layers; i++) {
        const float *rows = i ? pass->layers[i - 1].output : pass->embedded;
        size_t row = backend_of(pass)->first_bad(rows, pass->tokens * pass->d1) / pass->d1;
        if (row == pass->tokens)
            continue;
        *layer = i;
        *sequence = 0;
        while (pass->offsets[*sequence + 1] <= row)
            ++*sequence;
        return true;
    }
    return false;
}
