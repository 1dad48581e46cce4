/* Evaluation, memory and checkpoints of a pretraining run. */
#include "plugins/smedbert/pretrain/pretrain_state.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/outfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

static double share(double part, uint64_t of) {
    return of ? part / (double)of : 0;
}

void kg_pretrain_put(const kgp_metrics *out, const kg_pretrain_sums *sums,
                     const kg_pretrain_state *s) {
    const kg_model_config *c = kg_model_configuration(s->session.model);
    const kg_losses *l = &sums->losses;
    const kg_loss_counts *n = &sums->counts;
    kg_loss_means means = kg_losses_mean(l, n, c);
    out->put(out, "loss", means.total);
    out->put(out, "mlm_loss", means.mlm);
    out->put(out, "mlm_accuracy", share((double)l->mlm.correct, n->masked));
    out->put(out, "sop_loss", means.sop);
    out->put(out, "sop_accuracy", share((double)l->order.correct, n->ordered));
    if (c->lambda_mnem > 0) {
        out->put(out, "mnem_loss", means.mnem);
        out->put(out, "mnem_hits1", share((double)l->pairs.correct, n->pairs));
    }
    if (c->lambda_mmem > 0) {
        out->put(out, "mmem_loss", means.mmem);
        double variance = kg_target_variance(l, s->trainer.target_sums, n->mentions, c);
        out->put(out, "mmem_relative", variance > 0 ? l->squares / variance : 0);
    }
}

/* ---- Sums ---- */

void kg_pretrain_begin_sums(kg_pretrain_state *s) {
    if (s->trainer.target_sums)
        memset(s->trainer.target_sums, 0,
               kg_model_configuration(s->session.model)->kg_entity_dim * sizeof(double));
}

kg_status kg_pretrain_sum_ranks(kg_losses *l, kg_pretrain_state *s) {
    double sums[] = {l->mlm.sum,   (double)l->mlm.correct,   l->order.sum, (double)l->order.correct,
                     l->pairs.sum, (double)l->pairs.correct, l->squares,   l->target_squares};
    if (s->base.collective->size(s->base.host) == 1)
        return KG_OK;
    kgp_status st = s->base.collective->allreduce(s->base.host, sums, 8, KGP_NUMBER_F64);
    if (st == KGP_OK && s->trainer.target_sums)
        st = s->base.collective->allreduce(s->base.host, s->trainer.target_sums,
                                           kg_model_configuration(s->session.model)->kg_entity_dim,
                                           KGP_NUMBER_F64);
    l->mlm = (kg_loss_sum){sums[0], (uint64_t)sums[1]};
    l->order = (kg_loss_sum){sums[2], (uint64_t)sums[3]};
    l->pairs = (kg_loss_sum){sums[4], (uint64_t)sums[5]};
    l->squares = sums[6];
    l->target_squares = sums[7];
    return (kg_status)st;
}

/* ---- Memory ---- */

#define PUSH(field, value) KG_TRY(st, kg_array_push(&b->field, (value)))

/* A mention of two tokens with all its neighbors, for every eight tokens, by turns of each role.
 */
static kg_status add_mention(kg_token_batch *b, uint32_t at, const kg_model_config *c) {
    kg_status st;
    kg_role role = b->mention_starts.len % 2 ? KG_ROLE_INFUSE : KG_ROLE_PREDICT;
    PUSH(mention_starts, at);
    PUSH(mention_ends, at + 2);
    PUSH(mention_roles, (uint8_t)role);
    PUSH(mention_entities, 0);
    PUSH(neighbor_counts, c->neighbors);
    b->negatives_per_pair = c->mnem_negatives;
    for (uint32_t k = 0; k < c->neighbors; k++) {
        PUSH(neighbor_entities, 0);
        PUSH(neighbor_relations, 0);
        PUSH(neighbor_directions, 1);
        PUSH(neighbor_types, k);
        if (role == KG_ROLE_PREDICT) {
            PUSH(pair_log_q, 0);
            for (uint32_t j = 0; j < c->mnem_negatives; j++) {
                PUSH(negatives, 0);
                PUSH(negative_log_q, 0);
            }
        }
    }
    return KG_OK;
}

/* A batch as large as one step may have to compute at once. */
static kg_status make_largest(kg_token_batch *b, const kg_pretrain_settings *s,
                              const kg_model_config *c) {
    kg_status st;
    const kg_examples_options *o = &s->train;
    uint32_t tokens = o->tokens_per_micro ? o->tokens_per_micro : o->tokens_per_batch;
    uint32_t length = o->example.max_len;
    for (uint32_t i = 0; i < tokens; i++) {
        if (i % length == 0) {
            PUSH(documents, 0);
            PUSH(epochs, 0);
            PUSH(sop_labels, 0);
            PUSH(lengths, tokens - i < length ? tokens - i : length);
        }
        PUSH(input_ids, 0);
        PUSH(original_ids, 0);
        PUSH(segments, 0);
        if ((double)b->mlm_positions.len < (double)i * o->example.mask_rate) {
            PUSH(mlm_positions, i);
            PUSH(mlm_labels, 0);
        }
        if (c->neighbors > 0 && i % 8 == 1 && i % length + 2 < length && i + 2 < tokens)
            KG_TRY(st, add_mention(b, i, c));
    }
    return KG_OK;
}

kg_status kg_pretrain_reserve(kg_pretrain_state *s, kg_error *err) {
    const kg_model_config *c = kg_model_configuration(s->session.model);
    kg_token_batch batch = KG_TOKEN_BATCH_INIT;
    const kg_encoder_input input = {.batch = &batch,
                                    .tables = kg_session_tables(&s->session),
                                    .dropout = true,
                                    .backward = true};
    kg_status st = make_largest(&batch, &s->settings, c);
    if (st == KG_OK) {
        size_t parameters = kg_model_bytes(s->session.model, true);
        size_t pass = kg_pretrain_bytes(&s->trainer, &input);
        char text[256];
        snprintf(text, sizeof text,
                 "%u layers of %u, %.1f million parameters; memory: %zu MiB of parameters, "
                 "gradients and moments, %zu MiB of a step's activations",
                 c->num_hidden_layers, c->hidden_size,
                 (double)kg_model_params(s->session.model)->total / 1e6, parameters >> 20,
                 pass >> 20);
        s->base.log->log(s->base.host, KGP_INFO, text);
        st = kg_pretrain_warm(&s->trainer, &input, err);
    }
    kg_token_batch_free(&batch);
    return st;
}

/* ---- Evaluation ---- */

kg_status kg_pretrain_evaluate(kg_pretrain_state *s, const kgp_metrics *out, kg_error *err) {
    kg_examples *examples;
    kg_pretrain_sums sums = {.tokens = 0};
    kg_status st;
    bool end = false;
    if (s->settings.dev.n_paths == 0)
        return KG_OK;
    KG_TRY(st, kg_examples_open(&examples, s->base.host, &s->session.graph, s->session.tokenizer,
                                &s->settings.dev, err));
    kg_pretrain_begin_sums(s);
    while (st == KG_OK && !end &&
           (!s->settings.dev_tokens || sums.tokens < s->settings.dev_tokens)) {
        kg_examples_batch batch;
        st = kg_examples_next(&batch, &end, examples, err);
        if (st != KG_OK || end)
            break;
        kg_loss_counts counts = kg_pretrain_counts(&batch.counts);
        for (uint32_t i = 0; i < batch.n_micro && st == KG_OK; i++) {
            kg_losses losses;
            const kg_encoder_input input = {.batch = &batch.micro[i],
                                            .tables = kg_session_tables(&s->session)};
            st = kg_pretrain_run(&losses, &s->trainer, &input, &counts, err);
            kg_losses_add(&sums.losses, &losses);
        }
        sums.counts.masked += counts.masked;
        sums.counts.ordered += counts.ordered;
        sums.counts.pairs += counts.pairs;
        sums.counts.mentions += counts.mentions;
        sums.tokens += batch.counts.tokens;
        sums.sequences += batch.counts.sequences;
        s->base.progress->report(s->base.host, "evaluating", sums.tokens, s->settings.dev_tokens);
        if (s->base.progress->is_cancelled(s->base.host))
            st = KG_ERR_CANCELLED;
    }
    kg_examples_close(examples);
    if (st == KG_OK)
        st = kg_pretrain_sum_ranks(&sums.losses, s);
    if (st != KG_OK)
        return st;
    kg_pretrain_put(out, &sums, s);
    out->put(out, "perplexity", exp(share(sums.losses.mlm.sum, sums.counts.masked)));
    return KG_OK;
}

/* ---- Checkpoints ---- */

static kg_status write_place(const kg_pretrain_state *s, const char *path, kg_error *err) {
    kg_outfile *file;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fprintf(kg_outfile_stream(file), "{\"epoch\": %llu, \"position\": %llu, \"chunk\": %llu}\n",
            (unsigned long long)s->place.epoch, (unsigned long long)s->place.position,
            (unsigned long long)s->place.chunk);
    return kg_outfile_commit(file, err);
}

static kg_status read_place(kg_pretrain_state *s, const char *path, kg_error *err) {
    json_error_t fault;
    json_t *object = json_load_file(path, 0, &fault);
    if (object == NULL)
        return kg_error_at(err, KG_ERR_CORRUPT, path, 0, "%s", fault.text);
    s->place =
        (kg_examples_place){(uint64_t)json_integer_value(json_object_get(object, "epoch")),
                            (uint64_t)json_integer_value(json_object_get(object, "position")),
                            (uint64_t)json_integer_value(json_object_get(object, "chunk"))};
    json_decref(object);
    return KG_OK;
}

kg_status kg_pretrain_save(kg_pretrain_state *s, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    kg_status st;
    const kg_model_card card = {.architecture = "BertForPreTraining"};
    KG_TRY(st, kg_optimizer_save(&s->optimizer, s->session.model, &card, folder, err));
    KG_TRY(st, kg_session_save_reading(&s->session, folder, err));
    snprintf(path, sizeof path, "%s/place.json", folder);
    return write_place(s, path, err);
}

kg_status kg_pretrain_load(kg_pretrain_state *s, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    kg_status st;
    KG_TRY(st, kg_optimizer_load(&s->optimizer, s->session.model, folder, err));
    snprintf(path, sizeof path, "%s/place.json", folder);
    return read_place(s, path, err);
}
