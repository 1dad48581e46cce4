/* The losses, a query at a time: scores of all candidates in, gradient by the scores out. */
#ifndef KG_TRANSR_RANKING_LOSS_H
#define KG_TRANSR_RANKING_LOSS_H

#include "plugins/transr/recipe.h"

#include <stddef.h>

/* The sum over the query's answers of the loss that recipe name, and d_scores[j], its gradient.
 * scores holds n candidates; answers are n_answers > 0 distinct positions among them, and every
 * other candidate is a negative. Where every candidate is an answer the softmax loss is 0. */
double transr_loss_row(float *d_scores, const float *scores, size_t n, const uint32_t *answers,
                       size_t n_answers, const transr_recipe *recipe);

#endif
