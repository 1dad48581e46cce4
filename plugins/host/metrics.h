/* Figures by name, as a step or an evaluation gives them. */
#ifndef KG_HOST_METRICS_H
#define KG_HOST_METRICS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <stdbool.h>
#include <stddef.h>

#define KG_METRICS_MAX 256
#define KG_METRIC_NAME 64

typedef struct kg_metric {
    char name[KG_METRIC_NAME];
    double value;
} kg_metric;

/* On the heap: it is large. Zero len is empty. */
typedef struct kg_metrics {
    kg_metric list[KG_METRICS_MAX];
    size_t len;
    char fault[96];  /* why the last put was refused; "" where none was */
    kgp_metrics abi; /* set by kg_metrics_begin */
} kg_metrics;

/* Empty it and make `abi` write into it. */
void kg_metrics_begin(kg_metrics *metrics);

/* What `put` does; a name that is not one, or one too many, is kept in `fault`. */
void kg_metrics_put(kg_metrics *metrics, const char *name, double value);

/* Value by name into *value; false where there is none. */
bool kg_metrics_get(double *value, const kg_metrics *metrics, const char *name);

/* Whether a name is that of a bound of an interval, NAME_low or NAME_high; then `figure` is NAME,
 * which the caller looks up. */
bool kg_metrics_bound(char figure[KG_METRIC_NAME], const char *name);

#endif
