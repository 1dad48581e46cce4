#include "model/ops.h"

kg_linear kg_linear_of(const kg_params *params, kg_param_id weight, kg_param_id bias) {
    const kg_param *w = &params->table.data[weight];
    return (kg_linear){
        .weight = kg_param_values(params, weight),
        .bias = kg_param_values(params, bias),
        .dweight = kg_param_gradients(params, weight),
        .dbias = kg_param_gradients(params, bias),
        .in = w->columns,
        .out = w->rows,
    };
}

kg_norm kg_norm_of(const kg_params *params, kg_param_id gain, kg_param_id bias, float epsilon) {
    return (kg_norm){
        .gain = kg_param_values(params, gain),
        .bias = kg_param_values(params, bias),
        .dgain = kg_param_gradients(params, gain),
        .dbias = kg_param_gradients(params, bias),
        .size = params->table.data[gain].rows,
        .epsilon = epsilon,
    };
}

kg_dropout kg_dropout_of(const uint64_t *keys, uint64_t site, double p) {
    uint32_t threshold = (uint32_t)(p * 65536.0 + 0.5);
    return (kg_dropout){keys, site, threshold, 65536.0f / (65536.0f - (float)threshold)};
}
