#include "plugins/host/metrics.h"

#include <stdio.h>
#include <string.h>

static void put(const kgp_metrics *abi, const char *name, double value) {
    kg_metrics_put(abi->self, name, value);
}

void kg_metrics_begin(kg_metrics *metrics) {
    metrics->len = 0;
    metrics->fault[0] = '\0';
    metrics->abi = (kgp_metrics){sizeof metrics->abi, metrics, put};
}

static bool is_name(const char *name) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
    size_t n = name ? strlen(name) : 0;
    return n > 0 && n < KG_METRIC_NAME && strspn(name, letters) == n;
}

void kg_metrics_put(kg_metrics *metrics, const char *name, double value) {
    if (!is_name(name)) {
        snprintf(metrics->fault, sizeof metrics->fault, "\"%.64s\" is not a name for a figure",
                 name ? name : "NULL");
        return;
    }
    for (size_t i = 0; i < metrics->len; ++i)
        if (strcmp(metrics->list[i].name, name) == 0) {
            metrics->list[i].value = value;
            return;
        }
    if (metrics->len == KG_METRICS_MAX) {
        snprintf(metrics->fault, sizeof metrics->fault, "more than %d figures", KG_METRICS_MAX);
        return;
    }
    kg_metric *m = &metrics->list[metrics->len++];
    strcpy(m->name, name);
    m->value = value;
}

bool kg_metrics_get(double *value, const kg_metrics *metrics, const char *name) {
    for (size_t i = 0; i < metrics->len; ++i)
        if (strcmp(metrics->list[i].name, name) == 0) {
            *value = metrics->list[i].value;
            return true;
        }
    return false;
}

bool kg_metrics_bound(char figure[KG_METRIC_NAME], const char *name) {
    static const char *const bounds[] = {"_low", "_high"};
    size_t n = strlen(name);
    for (size_t i = 0; i < 2; i++) {
        size_t tail = strlen(bounds[i]);
        if (n <= tail || n - tail >= KG_METRIC_NAME || strcmp(name + n - tail, bounds[i]) != 0)
            continue;
        snprintf(figure, KG_METRIC_NAME, "%.*s", (int)(n - tail), name);
        return true;
    }
    return false;
}
