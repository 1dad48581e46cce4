/* Where the time of a step goes: the linker puts bench_shares.c between the model and its own
 * operations (CMakeLists.txt: --wrap), so the model itself carries no clock. */
#ifndef KG_BENCH_SHARES_H
#define KG_BENCH_SHARES_H

/* Forget what was measured. */
void bench_shares_begin(void);

/* Print {"share": name, "of_step": fraction, "ms": ...} a line, of `steps` steps that took
 * `seconds` together; the rest as "other". "graph" is hybrid attention and the two losses that read
 * the graph, with all that they call. */
void bench_shares_print(int steps, double seconds);

#endif
