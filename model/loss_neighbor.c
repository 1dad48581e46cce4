#include "model/loss_neighbor.h"

kg_neighbor_sums kg_neighbor_run(kg_neighbor_pass *pass, float *dhidden,
                                 const kg_neighbor_inputs *in) {
    kg_neighbor_sums sums = {.mentions = 0};
    const kg_backend *be = pass->backend;
    const kg_spans *s = &pass->spans;
    if (s->count == 0)
        return sums;
    kg_mention_forward(&pass->mention, in->hidden);
    be->clear(pass->dout, s->count * pass->d2 * sizeof(float));
    if (pass->pairs > 0)
        sums.pairs = be->pair_losses(pass, dhidden != NULL, in);
    if (pass->targets.count > 0) {
        kg_mention_forward(&pass->target, in->words);
        be->mention_losses(&sums, pass, dhidden != NULL, in);
    }
    if (dhidden == NULL)
        return sums;
    be->clear(pass->dtokens, s->tokens * pass->d1 * sizeof(float));
    kg_mention_backward(pass->dtokens, pass->dout, &pass->mention);
    be->scatter_add(dhidden, pass->dtokens, s->rows, s->tokens, pass->d1);
    return sums;
}
