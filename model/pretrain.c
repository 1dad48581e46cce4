#include "model/pretrain.h"

#include <math.h>

kg_loss_counts kg_token_batch_counts(const kg_token_batch *b) {
    kg_loss_counts counts = {.masked = b->mlm_positions.len, .pairs = b->pair_log_q.len};
    for (size_t i = 0; i < b->sop_labels.len; i++)
        counts.ordered += b->sop_labels.data[i] != KG_SOP_NONE;
    for (size_t i = 0; i < b->mention_roles.len; i++)
        counts.mentions += b->mention_roles.data[i] == KG_ROLE_INFUSE;
    return counts;
}

static void add_sum(kg_loss_sum *to, const kg_loss_sum *from) {
    to->sum += from->sum;
    to->correct += from->correct;
}

void kg_losses_add(kg_losses *to, const kg_losses *from) {
    add_sum(&to->mlm, &from->mlm);
    add_sum(&to->order, &from->order);
    add_sum(&to->pairs, &from->pairs);
    to->squares += from->squares;
    to->target_squares += from->target_squares;
}

static double mean(double sum, uint64_t count) {
    return count ? sum / (double)count : 0;
}

kg_loss_means kg_losses_mean(const kg_losses *l, const kg_loss_counts *n,
                             const kg_model_config *c) {
    kg_loss_means means = {
        .mlm = mean(l->mlm.sum, n->masked),
        .sop = mean(l->order.sum, n->ordered),
        .mnem = mean(l->pairs.sum, n->pairs),
        .mmem = mean(l->squares, n->mentions * c->kg_entity_dim),
    };
    means.total = c->lambda_mlm * means.mlm + c->lambda_sop * means.sop +
                  c->lambda_mnem * means.mnem + c->lambda_mmem * means.mmem;
    return means;
}

double kg_target_variance(const kg_losses *losses, const double *sums, uint64_t mentions,
                          const kg_model_config *config) {
    double variance = losses->target_squares;
    for (size_t j = 0; mentions > 0 && j < config->kg_entity_dim; j++)
        variance -= sums[j] * sums[j] / (double)mentions;
    return variance;
}

typedef struct carve_context {
    kg_pretrainer *trainer;
    const kg_encoder_input *input;
} carve_context;

static bool has_neighbors(const kg_pretrainer *t, const kg_encoder_input *input) {
    return kg_model_config_has_context(t->encoder.config) && input->tables != NULL;
}

/* The tokens whose vectors the losses read: the first of each sequence, those that are masked, and
 * those of mentions. Returns how many. */
static size_t find_rows(uint32_t *rows, const kg_token_batch *b) {
    size_t n = 0, masked = 0, mention = 0;
    uint32_t at = 0;
    for (size_t s = 0; s < b->lengths.len; s++)
        for (uint32_t end = at + b->lengths.data[s], first = at; at < end; at++) {
            while (mention < b->mention_ends.len && b->mention_ends.data[mention] <= at)
                mention++;
            bool is_masked = masked < b->mlm_positions.len && b->mlm_positions.data[masked] == at;
            if (at == first || is_masked ||
                (mention < b->mention_starts.len && b->mention_starts.data[mention] <= at))
                rows[n++] = at;
            masked += is_masked;
        }
    return n;
}

static void carve(void *context, kg_carver *carver) {
    kg_pretrainer *t = ((carve_context *)context)->trainer;
    kg_encoder_input own = *((carve_context *)context)->input, *input = &own;
    const kg_model_config *c = t->encoder.config;
    const kg_params *params = t->encoder.params;
    uint32_t *rows = kg_carve_u32(carver, kg_token_batch_tokens(input->batch));
    if (!carver->counting)
        own.n_rows = find_rows(rows, input->batch);
    own.rows = t->all_rows ? NULL : rows;
    kg_encoder_carve(&t->pass, carver, &t->encoder, input);
    t->dhidden = kg_carve_floats(carver, t->pass.tokens * t->pass.d1);
    kg_mlm_bind(&t->mlm, params, t->encoder.ids, t->heads, c);
    kg_mlm_carve(&t->mlm, carver, input->batch);
    kg_order_bind(&t->order, params, t->heads);
    kg_order_carve(&t->order, carver, input->batch);
    if (!has_neighbors(t, input))
        return;
    kg_neighbor_bind(&t->neighbor, params, t->heads, c);
    kg_neighbor_carve(&t->neighbor, carver, input->batch);
}

size_t kg_pretrain_bytes(kg_pretrainer *trainer, const kg_encoder_input *input) {
    carve_context context = {trainer, input};
    return kg_workspace_measure(carve, &context);
}

kg_status kg_pretrain_warm(kg_pretrainer *trainer, const kg_encoder_input *input, kg_error *err) {
    carve_context context = {trainer, input};
    return kg_workspace_carve(&trainer->workspace, trainer->encoder.params->backend, carve,
                              &context, err);
}

static float scale_of(double lambda, uint64_t count) {
    return count ? (float)(lambda / (double)count) : 0;
}

static void run_heads(kg_losses *losses, kg_pretrainer *t, const kg_encoder_input *input,
                      const kg_loss_counts *n) {
    const kg_model_config *c = t->encoder.config;
    float *dhidden = input->backward ? t->dhidden : NULL;
    const float *hidden = t->pass.hidden;
    if (c->lambda_mlm > 0)
        losses->mlm = kg_mlm_run(&t->mlm, dhidden, hidden, scale_of(c->lambda_mlm, n->masked));
    if (c->lambda_sop > 0)
        losses->order =
            kg_order_run(&t->order, dhidden, hidden, scale_of(c->lambda_sop, n->ordered));
    if (!has_neighbors(t, input))
        return;
    kg_neighbor_inputs in = {
        .hidden = hidden,
        .words = kg_param_values(t->encoder.params, t->encoder.ids->word),
        .tables = input->tables,
        .pair_scale = scale_of(c->lambda_mnem, n->pairs),
        .mention_scale = scale_of(c->lambda_mmem, n->mentions * c->kg_entity_dim),
        .target_sums = t->target_sums,
    };
    kg_neighbor_sums sums = kg_neighbor_run(&t->neighbor, dhidden, &in);
    losses->pairs = sums.pairs;
    losses->squares = sums.squares;
    losses->target_squares = sums.target_squares;
}

/* Name what went wrong: a parameter, or the first layer whose output is not finite. */
static kg_status name_bad(kg_pretrainer *t, const kg_losses *losses, kg_error *err) {
    const kg_params *params = t->encoder.params;
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        if (params->backend->first_bad(params->values + p->offset, p->count) < p->count)
            return kg_error_set(err, KG_ERR_NUMERIC,
                                "the parameter %s holds a value that is not finite", p->name);
    }
    uint32_t sequence, layer;
    const char *name = !isfinite(losses->mlm.sum)     ? "masked language modeling"
                       : !isfinite(losses->order.sum) ? "sentence order"
                       : !isfinite(losses->pairs.sum) ? "masked neighbor modeling"
                                                      : "masked mention modeling";
    if (!t->pass.input.backward || !kg_encoder_find_bad(&sequence, &layer, &t->pass))
        return kg_error_set(err, KG_ERR_NUMERIC, "the loss of %s is not finite", name);
    unsigned long long document = kg_chunk_document(t->pass.input.batch->documents.data[sequence]);
    if (layer == 0)
        return kg_error_set(
            err, KG_ERR_NUMERIC,
            "the loss of %s is not finite: sequence %u (document %llu) of the batch first goes "
            "wrong at the output of bert.embeddings",
            name, sequence, document);
    return kg_error_set(
        err, KG_ERR_NUMERIC,
        "the loss of %s is not finite: sequence %u (document %llu) of the batch first goes wrong "
        "at the output of bert.encoder.layer.%u",
        name, sequence, document, layer - 1);
}

kg_status kg_pretrain_run(kg_losses *losses, kg_pretrainer *t, const kg_encoder_input *input,
                          const kg_loss_counts *counts, kg_error *err) {
    kg_status st;
    const kg_backend *be = t->encoder.params->backend;
    carve_context context = {t, input};
    *losses = (kg_losses){.squares = 0};
    if (kg_token_batch_tokens(input->batch) == 0)
        return KG_OK;
    KG_TRY(st, kg_workspace_carve(&t->workspace, be, carve, &context, err));
    be->clear(t->dhidden, t->pass.tokens * t->pass.d1 * sizeof(float));
    kg_encoder_forward(&t->pass);
    run_heads(losses, t, input, counts);
    if (!isfinite(losses->mlm.sum + losses->order.sum + losses->pairs.sum + losses->squares))
        return name_bad(t, losses, err);
    if (input->backward)
        kg_encoder_backward(&t->pass, t->dhidden);
    return KG_OK;
}

void kg_pretrainer_free(kg_pretrainer *trainer) {
    kg_workspace_free(&trainer->workspace);
}
