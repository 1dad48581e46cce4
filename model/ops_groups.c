#include "model/ops_cpu.h"

#include <math.h>
#include <string.h>

/* One group of n items. */
typedef struct group {
    const float *scores;
    float *d;
    const uint16_t *right;
    size_t n, n_right;
} group;

/* log of the sum of exp(score), of those that are right or of all. */
static double log_sum(const group *g, bool right_alone) {
    double greatest = -INFINITY, sum = 0;
    for (size_t i = 0; i < g->n; i++)
        if (!right_alone || g->right[i])
            greatest = fmax(greatest, (double)g->scores[i]);
    for (size_t i = 0; i < g->n; i++)
        if (!right_alone || g->right[i])
            sum += exp((double)g->scores[i] - greatest);
    return greatest + log(sum);
}

static double softmax_loss(const group *g, float scale) {
    double all = log_sum(g, false), right = log_sum(g, true);
    for (size_t i = 0; g->d && i < g->n; i++) {
        double x = (double)g->scores[i], at_right = g->right[i] ? exp(x - right) : 0;
        g->d[i] = scale * (float)(exp(x - all) - at_right);
    }
    return all - right;
}

static double hinge_loss(const group *g, double margin, float scale) {
    double sum = 0, pairs = (double)(g->n_right * (g->n - g->n_right));
    for (size_t r = 0; r < g->n; r++)
        for (size_t w = 0; g->right[r] && w < g->n; w++) {
            double loss = margin - (double)g->scores[r] + (double)g->scores[w];
            if (g->right[w] || loss <= 0)
                continue;
            sum += loss / pairs;
            if (g->d) {
                g->d[r] -= scale * (float)(1 / pairs);
                g->d[w] += scale * (float)(1 / pairs);
            }
        }
    return sum;
}

double kg_cpu_group_losses(const kg_group_losses *l) {
    double sum = 0;
    for (size_t s = 0, start = 0; s < l->groups; start = l->ends[s++]) {
        group g = {l->scores + start, l->dscores ? l->dscores + start : NULL, l->right + start,
                   l->ends[s] - start, 0};
        if (g.d)
            memset(g.d, 0, g.n * sizeof *g.d);
        for (size_t i = 0; i < g.n; i++)
            g.n_right += g.right[i] != 0;
        if (g.n_right == 0 || g.n_right == g.n)
            continue;
        sum += l->margin > 0 ? hinge_loss(&g, (double)l->margin, l->scale)
                             : softmax_loss(&g, l->scale);
    }
    return sum;
}
