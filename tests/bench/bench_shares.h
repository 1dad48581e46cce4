/* Where the time of a step goes: a backend that times another's operations, so the model itself
 * carries no clock. */
#ifndef KG_BENCH_SHARES_H
#define KG_BENCH_SHARES_H

#include "model/ops.h"

/* The operations of `backend` (borrowed), timed; one such table a program. */
kg_backend bench_shares_of(const kg_backend *backend);

/* Forget what was measured. */
void bench_shares_begin(void);

/* Print {"share": name, "of_step": fraction, "ms": ...} a line, of `steps` steps that took
 * `seconds` together; the rest as "other". "graph" is what hybrid attention and the two losses that
 * read the graph do beside their linear maps. */
void bench_shares_print(int steps, double seconds);

#endif
