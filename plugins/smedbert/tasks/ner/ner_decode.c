/* From scores to tags: the scores and transitions of the encoder's CRF and of the sparse one are
 * mixed, O is lowered, and the best chain is taken (METHOD 8). */
#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "model/crf.h"
#include "model/ops.h"

#include <stdlib.h>
#include <string.h>

static size_t longest_window(const kg_tune_packs *windows) {
    size_t longest = 0;
    for (size_t w = 0; w < windows->packs.len; w++)
        if (windows->packs.data[w].items.len > longest)
            longest = windows->packs.data[w].items.len;
    return longest;
}

/* ---- What models say ------------------------------------------------------------------------- */

kg_status kg_ner_chains_make(kg_ner_chains *out, size_t tokens, size_t tags) {
    *out = (kg_ner_chains){.tags = tags,
                           .tokens = calloc(tokens * tags + 1, sizeof *out->tokens),
                           .transitions = calloc((tags + 2) * tags, sizeof *out->transitions)};
    return out->tokens && out->transitions ? KG_OK : KG_ERR_MEMORY;
}

void kg_ner_chains_free(kg_ner_chains *chains) {
    free(chains->tokens);
    free(chains->transitions);
    *chains = (kg_ner_chains){.tags = 0};
}

/* to += weight times the transitions of both, in their shares; the encoder without a CRF has none.
 */
static kg_status add_transitions(float *to, const kg_tune_session *s, float share, float weight) {
    const kg_params *params = kg_model_params(s->base.model);
    const float *sparse = s->sparse.transitions;
    float *own = kg_param_values(params, s->head.ids.transitions);
    size_t tags = s->head.shape.outputs, n = (tags + 2) * tags;
    bool mixes = share > 0 && sparse;
    float *view = own ? params->backend->map(own, n * sizeof *view) : NULL;
    if (own && !view)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        to[i] += weight *
                 ((view ? (mixes ? 1 - share : 1) * view[i] : 0) + (mixes ? share * sparse[i] : 0));
    params->backend->unmap(own, view, n * sizeof *view, false);
    return KG_OK;
}

/* tokens += weight times the mixed scores of a window's, O lowered; `mixed` has room for them. */
static void add_window(float *tokens, float *mixed, const kg_ner_said *said,
                       const kg_tune_pack *pack) {
    size_t tags = said->scores->outputs;
    kg_tune_mix(mixed, said->scores, pack, said->reading.share);
    for (size_t i = 0; i < pack->items.len; i++) {
        float *to = tokens + (size_t)pack->items.data[i] * tags;
        mixed[i * tags] -= said->reading.bias;
        for (size_t k = 0; k < tags; k++)
            to[k] += said->weight * mixed[i * tags + k];
    }
}

kg_status kg_ner_chains_add(kg_ner_chains *chains, const kg_ner_said *said) {
    const kg_tune_packs *windows = said->windows;
    float *mixed = malloc((longest_window(windows) * chains->tags + 1) * sizeof *mixed);
    kg_status st = mixed ? add_transitions(chains->transitions, said->session, said->reading.share,
                                           said->weight)
                         : KG_ERR_MEMORY;
    for (size_t w = 0; st == KG_OK && w < windows->packs.len; w++)
        if (!said->only || said->only[windows->examples.data[w]])
            add_window(chains->tokens, mixed, said, &windows->packs.data[w]);
    free(mixed);
    return st;
}

/* ---- The best chains ------------------------------------------------------------------------- */

/* What one window after another is decoded in. */
typedef struct decoder {
    float *scores;
    float *marginals; /* and room for gradients of transitions; for confidences alone */
    double *scratch;
    uint8_t *allowed;
    uint16_t *best;
} decoder;

static kg_status begin(decoder *d, size_t longest, size_t tags, const kg_ner_setup *own) {
    *d = (decoder){
        .scores = malloc((longest * tags + 1) * sizeof *d->scores),
        .scratch = malloc((kg_crf_workspace(longest, tags) + 1) * sizeof *d->scratch),
        .allowed = malloc((tags + 2) * tags),
        .best = malloc((longest + 1) * sizeof *d->best),
        .marginals = malloc((longest + tags + 2) * tags * sizeof *d->marginals),
    };
    if (!d->scores || !d->scratch || !d->allowed || !d->best || !d->marginals)
        return KG_ERR_MEMORY;
    memset(d->allowed, 1, (tags + 2) * tags);
    if (!own->greedy)
        kg_tags_allowed(d->allowed, own->set.types.len);
    return KG_OK;
}

/* The probability of each token's tag: the gradient of the chain's loss is the tags' probabilities
 * less one at those chosen. */
static void judge_window(float *confidence, decoder *d, const kg_ner_chains *chains,
                         const kg_tune_pack *pack) {
    size_t n = pack->items.len, each = chains->tags;
    if (n == 0)
        return;
    kg_crf_loss(d->marginals, d->marginals + n * each, d->scores, d->best, chains->transitions, n,
                each, 1, d->scratch);
    for (size_t i = 0; i < n; i++)
        confidence[pack->items.data[i]] = 1 + d->marginals[i * each + d->best[i]];
}

static void decode_window(uint16_t *tags, decoder *d, const kg_ner_chains *chains,
                          const kg_tune_pack *pack) {
    size_t n = pack->items.len, each = chains->tags;
    for (size_t i = 0; i < n; i++)
        memcpy(d->scores + i * each, chains->tokens + (size_t)pack->items.data[i] * each,
               each * sizeof *d->scores);
    kg_crf_decode(d->best, d->scores, chains->transitions, d->allowed, n, each, d->scratch);
    for (size_t i = 0; i < n; i++)
        tags[pack->items.data[i]] = d->best[i];
}

kg_status kg_ner_chains_decode(uint16_t *tags, float *confidence, const kg_ner_chains *chains,
                               const kg_tune_session *s, const kg_tune_packs *windows,
                               const uint8_t *only) {
    decoder d;
    kg_status st = begin(&d, longest_window(windows), chains->tags, kg_ner_own(s));
    for (size_t w = 0; st == KG_OK && w < windows->packs.len; w++) {
        if (only && !only[windows->examples.data[w]])
            continue;
        decode_window(tags, &d, chains, &windows->packs.data[w]);
        if (confidence)
            judge_window(confidence, &d, chains, &windows->packs.data[w]);
    }
    free(d.scores);
    free(d.marginals);
    free(d.scratch);
    free(d.allowed);
    free(d.best);
    return st;
}

kg_status kg_ner_decode(uint16_t *tags, kg_tune_session *s, const kg_tune_packs *windows,
                        const kg_tune_scores *scores, const uint8_t *only,
                        const kg_tune_reading *reading) {
    kg_ner_chains chains;
    kg_status st = kg_ner_chains_make(&chains, scores->items, scores->outputs);
    if (st == KG_OK)
        st = kg_ner_chains_add(&chains, &(kg_ner_said){s, windows, scores, only, *reading, 1});
    if (st == KG_OK)
        st = kg_ner_chains_decode(tags, NULL, &chains, s, windows, only);
    kg_ner_chains_free(&chains);
    return st;
}
