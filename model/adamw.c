#include "model/adamw.h"

#include "model/ops.h"

#include <math.h>

double kg_gradient_norm(const kg_params *params) {
    return params->backend->norm(params->gradients, params->total);
}

void kg_adamw_step(kg_params *params, const kg_adamw *o, uint64_t step, double norm) {
    double correction1 = 1 / (1 - pow(o->beta1, (double)step));
    kg_adamw_range range = {
        .beta1 = (float)o->beta1,
        .beta2 = (float)o->beta2,
        .clip = o->clip > 0 && norm > o->clip ? (float)(o->clip / norm) : 1,
        .correction2 = (float)(1 / (1 - pow(o->beta2, (double)step))),
        .epsilon = (float)o->epsilon,
    };
    for (size_t t = 0; t < params->table.len; t++) {
        const kg_param *p = &params->table.data[t];
        double rate = o->learning_rate * (double)p->rate;
        range.values = params->values + p->offset;
        range.gradients = params->gradients + p->offset;
        range.first = params->first + p->offset;
        range.second = params->second + p->offset;
        range.count = p->count;
        range.rate = (float)(rate * correction1);
        range.keep = (float)(1 - rate * o->decay * (double)p->decay);
        params->backend->adamw(&range);
    }
}

double kg_schedule(uint64_t step, uint64_t warmup, uint64_t total, double floor, bool cosine) {
    if (step <= warmup)
        return (double)step / (double)(warmup ? warmup : 1);
    if (total <= warmup)
        return 1;
    double left = step >= total ? 0 : (double)(total - step) / (double)(total - warmup);
    if (cosine)
        left = (1 - cos(3.14159265358979323846 * left)) / 2;
    return floor + (1 - floor) * left;
}
