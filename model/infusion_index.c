#include "model/infusion.h"

static bool takes_part(const kg_token_batch *b, size_t mention) {
    return b->mention_roles.data[mention] != KG_ROLE_PREDICT &&
           b->neighbor_counts.data[mention] > 0;
}

static void carve_index(kg_infusion_index *x, kg_carver *carver, const kg_token_batch *b) {
    kg_spans *s = &x->spans;
    s->count = s->tokens = x->neighbors = 0;
    for (size_t m = 0; m < b->mention_starts.len; m++) {
        if (!takes_part(b, m))
            continue;
        s->count++;
        s->tokens += b->mention_ends.data[m] - b->mention_starts.data[m];
        x->neighbors += b->neighbor_counts.data[m];
    }
    s->offsets = kg_carve_u32(carver, s->count + 1);
    s->rows = kg_carve_u32(carver, s->tokens);
    s->mentions = kg_carve_u32(carver, s->count);
    x->neighbor_offsets = kg_carve_u32(carver, s->count + 1);
    x->entities = kg_carve_u32(carver, x->neighbors);
    x->group_of = kg_carve_u32(carver, x->neighbors);
    x->group_offsets = kg_carve_u32(carver, s->count + 1);
    x->group_types = kg_carve_u32(carver, x->neighbors);
    x->group_sizes = kg_carve_shared(carver, x->neighbors * sizeof *x->group_sizes);
}

/* The distinct types of neighbors first..first+n-1, ascending, behind the groups there are. */
static void fill_groups(kg_infusion_index *x, const uint32_t *types, size_t first, size_t n) {
    size_t begin = x->groups;
    for (size_t k = 0; k < n; k++) {
        size_t at = begin;
        while (at < x->groups && x->group_types[at] < types[k])
            at++;
        if (at < x->groups && x->group_types[at] == types[k])
            continue;
        for (size_t i = x->groups; i > at; i--)
            x->group_types[i] = x->group_types[i - 1];
        x->group_types[at] = types[k];
        x->groups++;
    }
    for (size_t g = begin; g < x->groups; g++)
        x->group_sizes[g] = 0;
    for (size_t k = 0; k < n; k++) {
        size_t g = begin;
        while (x->group_types[g] != types[k])
            g++;
        x->group_of[first + k] = (uint32_t)g;
        x->group_sizes[g] += 1;
    }
}

void kg_infusion_index_fill(kg_infusion_pass *pass, const kg_token_batch *b) {
    kg_infusion_index *x = &pass->index;
    kg_spans *s = &x->spans;
    size_t m = 0, row = 0, neighbor = 0, from = 0;
    x->groups = 0;
    for (size_t i = 0; i < b->mention_starts.len; from += b->neighbor_counts.data[i++]) {
        if (!takes_part(b, i))
            continue;
        uint32_t n = b->neighbor_counts.data[i];
        s->offsets[m] = (uint32_t)row;
        s->mentions[m] = (uint32_t)i;
        x->neighbor_offsets[m] = (uint32_t)neighbor;
        x->group_offsets[m] = (uint32_t)x->groups;
        for (uint32_t t = b->mention_starts.data[i]; t < b->mention_ends.data[i]; t++)
            s->rows[row++] = t;
        for (uint32_t k = 0; k < n; k++)
            x->entities[neighbor + k] = b->neighbor_entities.data[from + k];
        fill_groups(x, b->neighbor_types.data + from, neighbor, n);
        neighbor += n;
        m++;
    }
    s->offsets[m] = (uint32_t)row;
    x->neighbor_offsets[m] = (uint32_t)neighbor;
    x->group_offsets[m] = (uint32_t)x->groups;
}

void kg_infusion_bind(kg_infusion_pass *p, const kg_params *params, const kg_infusion_ids *ids,
                      const kg_model_config *config) {
    float epsilon = (float)config->layer_norm_eps;
    p->backend = params->backend;
    p->type_attention = config->type_attention;
    p->type_mean = config->type_mean;
    p->trains_rows = kg_model_config_has_tables(config);
    p->d1 = config->hidden_size;
    p->d2 = config->kg_entity_dim;
    kg_mention_bind(&p->mention, params, &ids->mention, epsilon);
    p->type_query = kg_linear_of(params, ids->type_query, KG_NO_PARAM);
    p->type_key = kg_linear_of(params, ids->type_key, KG_NO_PARAM);
    p->type_score = kg_linear_of(params, ids->type_score, KG_NO_PARAM);
    p->node_query = kg_linear_of(params, ids->node_query, KG_NO_PARAM);
    p->node_key = kg_linear_of(params, ids->node_key, KG_NO_PARAM);
    p->node_value = kg_linear_of(params, ids->node_value, ids->node_value_bias);
    p->ffn_in = kg_linear_of(params, ids->ffn_in, ids->ffn_in_bias);
    p->ffn_out = kg_linear_of(params, ids->ffn_out, KG_NO_PARAM);
    p->mix = kg_linear_of(params, ids->mix, ids->mix_bias);
    p->expand = kg_linear_of(params, ids->expand, ids->expand_bias);
    p->gate = kg_linear_of(params, ids->gate, ids->gate_bias);
    p->output = kg_linear_of(params, ids->output, ids->output_bias);
    p->neighbor_norm = (kg_norm_site){
        .norm = kg_norm_of(params, ids->neighbor_gain, ids->neighbor_norm_bias, epsilon)};
    p->expand_norm =
        (kg_norm_site){.norm = kg_norm_of(params, ids->expand_gain, ids->expand_norm_bias, epsilon),
                       .branch_bias = p->expand.bias,
                       .dbranch_bias = p->expand.dbias};
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static void carve_backward(kg_infusion_pass *p, kg_carver *carver) {
    size_t d1 = p->d1, d2 = p->d2, m = p->index.spans.count, n = p->index.spans.tokens;
    size_t x = p->index.neighbors;
    p->dtokens = kg_carve_floats(carver, n * d1);
    p->dwide = kg_carve_floats(carver, n * 2 * d1);
    p->dgate = kg_carve_floats(carver, n * d1);
    p->dexpanded = kg_carve_floats(carver, m * d1);
    p->dpair = kg_carve_floats(carver, m * 2 * d2);
    p->dffn = kg_carve_floats(carver, m * 4 * d2);
    p->dattended = kg_carve_floats(carver, m * d2);
    p->dmention = kg_carve_floats(carver, m * d2);
    p->dquery = kg_carve_floats(carver, m * d2);
    p->dvalue = kg_carve_floats(carver, x * d2);
    p->dkey = kg_carve_floats(carver, x * d2);
    p->dtype = kg_carve_floats(carver, x * d2);
    p->drows = p->trains_rows ? kg_carve_floats(carver, x * d2) : NULL;
    p->dsums = p->trains_rows ? kg_carve_floats(carver, x * d2) : NULL;
    p->dweight = kg_carve_floats(carver, x);
    p->dscore = kg_carve_floats(carver, x);
    p->partials = kg_carve_floats(
        carver, larger(kg_partial_size(m, larger(3 * d1, 4 * d2)), kg_partial_size(n, d1)));
}

void kg_infusion_carve(kg_infusion_pass *p, kg_carver *carver, const kg_token_batch *batch) {
    carve_index(&p->index, carver, batch);
    kg_mention_carve(&p->mention, carver, &p->index.spans);
    size_t d1 = p->d1, d2 = p->d2, m = p->index.spans.count, n = p->index.spans.tokens;
    size_t x = p->index.neighbors;
    p->rows = kg_carve_floats(carver, x * d2);
    p->type_sums = kg_carve_floats(carver, x * d2);
    p->type_q = kg_carve_floats(carver, m * d2);
    p->type_hidden = kg_carve_floats(carver, x * d2);
    p->type_weight = kg_carve_floats(carver, x);
    p->node_q = kg_carve_floats(carver, m * d2);
    p->node_k = kg_carve_floats(carver, x * d2);
    p->node_v = kg_carve_floats(carver, x * d2);
    p->dot = kg_carve_floats(carver, x);
    p->node_weight = kg_carve_floats(carver, x);
    p->attended = kg_carve_floats(carver, m * d2);
    p->ffn_u = kg_carve_floats(carver, m * 4 * d2);
    p->ffn_h = kg_carve_floats(carver, m * 4 * d2);
    p->neighbor = kg_carve_floats(carver, m * d2);
    p->neighbor_norm.z = kg_carve_floats(carver, m * d2);
    p->neighbor_norm.stats = kg_carve_floats(carver, m * 2);
    p->neighbor_norm.rows = m;
    p->pair = kg_carve_floats(carver, m * 2 * d2);
    p->mix_u = kg_carve_floats(carver, m * 2 * d2);
    p->mix_h = kg_carve_floats(carver, m * 2 * d2);
    p->expanded = kg_carve_floats(carver, m * d1);
    p->expand_norm.z = kg_carve_floats(carver, m * d1);
    p->expand_norm.stats = kg_carve_floats(carver, m * 2);
    p->expand_norm.rows = m;
    p->gate_in = kg_carve_floats(carver, n * 2 * d1);
    p->gated = kg_carve_floats(carver, n * d1);
    p->output_in = kg_carve_floats(carver, n * 2 * d1);
    p->output_u = kg_carve_floats(carver, n * d1);
    p->output_h = kg_carve_floats(carver, n * d1);
    carve_backward(p, carver);
}
