/* From scores to tags: the scores and transitions of the encoder's CRF and of the sparse one are
 * mixed, O is lowered, and the best chain is taken (METHOD 8). */
#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "model/crf.h"
#include "model/ops.h"

#include <stdlib.h>
#include <string.h>

/* What one window after another is decoded in. */
typedef struct decoder {
    float *mixed, *transitions;
    double *scratch;
    uint8_t *allowed;
    uint16_t *best;
} decoder;

static size_t longest_window(const kg_tune_packs *windows) {
    size_t longest = 0;
    for (size_t w = 0; w < windows->packs.len; w++)
        if (windows->packs.data[w].items.len > longest)
            longest = windows->packs.data[w].items.len;
    return longest;
}

/* The transitions of both, in their shares; the encoder without a CRF has none. */
static kg_status mix_transitions(float *to, const kg_tune_session *s, float share) {
    const kg_params *params = kg_model_params(s->base.model);
    const float *sparse = s->sparse.transitions;
    float *own = kg_param_values(params, s->head.ids.transitions);
    size_t tags = s->head.shape.outputs, n = (tags + 2) * tags;
    bool mixes = share > 0 && sparse;
    float *view = own ? params->backend->map(own, n * sizeof *view) : NULL;
    if (own && !view)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        to[i] = (view ? (mixes ? 1 - share : 1) * view[i] : 0) + (mixes ? share * sparse[i] : 0);
    params->backend->unmap(own, view, n * sizeof *view, false);
    return KG_OK;
}

static kg_status begin(decoder *d, const kg_tune_session *s, const kg_tune_packs *windows) {
    size_t tags = s->head.shape.outputs, longest = longest_window(windows);
    *d = (decoder){
        .mixed = malloc((longest * tags + 1) * sizeof *d->mixed),
        .transitions = malloc((tags + 2) * tags * sizeof *d->transitions),
        .scratch = malloc((kg_crf_workspace(longest, tags) + 1) * sizeof *d->scratch),
        .allowed = malloc((tags + 2) * tags),
        .best = malloc((longest + 1) * sizeof *d->best),
    };
    if (!d->mixed || !d->transitions || !d->scratch || !d->allowed || !d->best)
        return KG_ERR_MEMORY;
    memset(d->allowed, 1, (tags + 2) * tags);
    if (!kg_ner_own(s)->greedy)
        kg_tags_allowed(d->allowed, kg_ner_own(s)->set.types.len);
    return KG_OK;
}

static void decode_window(uint16_t *tags, decoder *d, const kg_tune_scores *scores,
                          const kg_tune_pack *pack, const kg_tune_reading *reading) {
    size_t n = pack->items.len;
    kg_tune_mix(d->mixed, scores, pack, reading->share);
    for (size_t i = 0; i < n; i++)
        d->mixed[i * scores->outputs] -= reading->bias;
    kg_crf_decode(d->best, d->mixed, d->transitions, d->allowed, n, scores->outputs, d->scratch);
    for (size_t i = 0; i < n; i++)
        tags[pack->items.data[i]] = d->best[i];
}

kg_status kg_ner_decode(uint16_t *tags, kg_tune_session *s, const kg_tune_packs *windows,
                        const kg_tune_scores *scores, const uint8_t *only,
                        const kg_tune_reading *reading) {
    decoder d;
    kg_status st = begin(&d, s, windows);
    if (st == KG_OK)
        st = mix_transitions(d.transitions, s, reading->share);
    for (size_t w = 0; st == KG_OK && w < windows->packs.len; w++)
        if (!only || only[windows->examples.data[w]])
            decode_window(tags, &d, scores, &windows->packs.data[w], reading);
    free(d.mixed);
    free(d.transitions);
    free(d.scratch);
    free(d.allowed);
    free(d.best);
    return st;
}
