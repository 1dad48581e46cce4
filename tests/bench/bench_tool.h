/* What benchmarks share: a clock, memory, order statistics. Results are JSON lines on stdout. */
#ifndef KG_BENCH_TOOL_H
#define KG_BENCH_TOOL_H

#include <stddef.h>
#include <stdint.h>

/* Seconds of processor time that this process has taken, in all threads. */
double bench_cpu(void);

/* Run work in a child process and wait for it: *peak_bytes is what it had resident at most.
 * Returns its exit status, 0 when all went well. */
int bench_in_child(int (*work)(void *context), void *context, uint64_t *peak_bytes);

/* Sorts values; the p-th quantile (0 to 1). */
double bench_quantile(double *values, size_t n, double p);

#endif
