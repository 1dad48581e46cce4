#include "model/activation.h"

#include <stddef.h>
#include <string.h>

/* The first name of a kind is the one that is written. */
static const struct {
    const char *name;
    kg_activation kind;
} names[] = {
    {"gelu", KG_ACTIVATION_GELU},           {"gelu_python", KG_ACTIVATION_GELU},
    {"gelu_new", KG_ACTIVATION_GELU_TANH},  {"gelu_pytorch_tanh", KG_ACTIVATION_GELU_TANH},
    {"gelu_fast", KG_ACTIVATION_GELU_TANH}, {"relu", KG_ACTIVATION_RELU},
};

bool kg_activation_named(kg_activation *out, const char *name) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) != 0)
            continue;
        *out = names[i].kind;
        return true;
    }
    return false;
}

const char *kg_activation_name(kg_activation activation) {
    size_t i = 0;
    while (names[i].kind != activation)
        i++;
    return names[i].name;
}
