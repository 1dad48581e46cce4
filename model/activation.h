/* What stands between the two maps of a layer: hidden_act of Hugging Face's configurations. */
#ifndef KG_MODEL_ACTIVATION_H
#define KG_MODEL_ACTIVATION_H

#include <stdbool.h>

typedef enum kg_activation {
    KG_ACTIVATION_GELU,      /* x Phi(x) */
    KG_ACTIVATION_GELU_TANH, /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    KG_ACTIVATION_RELU       /* max(x, 0) */
} kg_activation;

/* False where we have none of that name. "gelu_new", "gelu_pytorch_tanh" and "gelu_fast" are one,
 * as are "gelu" and "gelu_python". */
bool kg_activation_named(kg_activation *out, const char *name);

/* The name that every version of transformers knows it by. */
const char *kg_activation_name(kg_activation activation);

#endif
