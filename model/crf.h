/* A linear-chain conditional random field over the tags of one sequence (Lafferty, McCallum,
 * Pereira 2001), and Viterbi decoding with or without it.
 *
 * Letters: n tokens, L tags. Emissions (n, L) are the scores of each tag at each token. Transitions
 * (L + 2, L): row i < L scores tag i followed by tag j; row L the first tag; row L + 1 the last.
 * The score of a tag sequence is the sum of its emissions and transitions. */
#ifndef KG_MODEL_CRF_H
#define KG_MODEL_CRF_H

#include <stddef.h>
#include <stdint.h>

/* Doubles of workspace that kg_crf_loss and kg_crf_decode need for sequences of at most n tokens.
 */
size_t kg_crf_workspace(size_t n, size_t tags);

/* -log p(gold | emissions), for n > 0. The gradient with respect to the emissions is stored into
 * d_emissions (n, L) times scale, and that of the transitions, times scale, added to d_transitions;
 * both NULL: loss only. Sums run in double precision by forward and backward recursions, scaled
 * token by token: scores may differ by up to 600. */
double kg_crf_loss(float *d_emissions, float *d_transitions, const float *emissions,
                   const uint16_t *gold, const float *transitions, size_t n, size_t tags,
                   float scale, double *workspace);

/* The best tag sequence. transitions NULL: all are zero. allowed (L + 2, L), nonzero where a
 * transition may be taken; NULL: all may. Ties go to the smaller tag. */
void kg_crf_decode(uint16_t *best, const float *emissions, const float *transitions,
                   const uint8_t *allowed, size_t n, size_t tags, double *workspace);

#endif
