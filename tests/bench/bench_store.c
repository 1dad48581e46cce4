/* The store measured: import, open and first answer, look-ups, completion, concurrent readers.
 *
 * usage: bench_store GRAPH.tsv STORE [MEMORY_MIB]      STORE is replaced
 *        bench_store STORE                             seconds to open it and have an answer */
#include "bench_tool.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/rewrite.h"
#include "import/import.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *program, *graph, *store;
    uint64_t memory;
} arguments;

static int complain(const kg_error *err) {
    char text[1200];
    fprintf(stderr, "bench_store: %s\n", kg_error_format(text, sizeof text, err));
    return 1;
}

static int import(void *context) {
    const arguments *a = context;
    kg_error err = KG_ERROR_INIT;
    kg_bulk_options options = {.replace = true, .memory = a->memory};
    kg_import_options import_options = {.format = "tsv", .header = KG_HEADER_NO};
    kg_import_counts counts;
    kg_bulk_report report;
    kg_bulk *bulk;
    double start = kg_clock();
    if (kg_bulk_begin(&bulk, a->store, &options, &err) != KG_OK)
        return complain(&err);
    kg_status st =
        kg_import_read(&counts, &a->graph, 1, &import_options, kg_bulk_statement, bulk, &err);
    double read = kg_clock();
    if (st != KG_OK) {
        kg_bulk_abort(bulk);
        return complain(&err);
    }
    if (kg_bulk_finish(&report, bulk, &err) != KG_OK)
        return complain(&err);
    double end = kg_clock();
    printf("{\"bench\":\"import\",\"seconds\":%.3f,\"read_seconds\":%.3f,\"finish_seconds\":%.3f,"
           "\"cpu_seconds\":%.3f,\"entities\":%" PRIu64 ",\"triples\":%" PRIu64
           ",\"spilled\":%" PRIu64 ",",
           end - start, read - start, end - read, bench_cpu(), report.entities, report.triples,
           report.spilled);
    return 0;
}

/* The rest of a child's line: what only the parent knows. */
static int finish_line(const arguments *a, uint64_t peak) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    if (kg_store_open(&store, a->store, &err) != KG_OK ||
        kg_snapshot_begin(&snapshot, store, &err) != KG_OK ||
        kg_snapshot_stats(&stats, snapshot, &err) != KG_OK)
        return complain(&err);
    printf("\"peak_bytes\":%" PRIu64 ",\"disk_bytes\":%" PRIu64 ",\"bytes_a_triple\":%.2f}\n", peak,
           stats.bytes, (double)stats.bytes / (double)stats.triples);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return 0;
}

static double open_once(const char *path, kg_id entity) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_edges out, in;
    double start = kg_clock();
    if (kg_store_open(&store, path, &err) != KG_OK ||
        kg_snapshot_begin(&snapshot, store, &err) != KG_OK ||
        kg_entity_edges(&out, &in, snapshot, entity) != KG_OK)
        exit(complain(&err));
    double seconds = kg_clock() - start;
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return seconds;
}

/* The first time in a process, each in one of its own (this program, started with one argument),
 * and again in this. */
static int open_and_answer(const arguments *a) {
    enum { OPENINGS = 101 };
    double first[OPENINGS], again[OPENINGS];
    char command[1024];
    snprintf(command, sizeof command, "'%s' '%s'", a->program, a->store);
    for (int i = 0; i < OPENINGS; i++) {
        FILE *child = popen(command, "r");
        if (!child || fscanf(child, "%lf", &first[i]) != 1 || pclose(child) != 0)
            return 1;
        again[i] = open_once(a->store, (kg_id)i);
    }
    printf("{\"bench\":\"open and first answer\",\"in_a_new_process_ms\":%.3f,\"slowest_ms\":%.3f,"
           "\"again_ms\":%.3f}\n",
           bench_quantile(first, OPENINGS, 0.5) * 1e3, first[OPENINGS - 1] * 1e3,
           bench_quantile(again, OPENINGS, 0.5) * 1e3);
    return 0;
}

enum { QUERIES = 1 << 17 };

typedef struct reader {
    kg_store *store;
    uint64_t seed, queries;
    double seconds;
    uint64_t sum; /* so that nothing is optimised away */
    int failed;
} reader;

/* Name of a random entity, its id by that name, its edges. */
static void *read_some(void *context) {
    reader *r = context;
    kg_snapshot *snapshot;
    kg_stats stats;
    r->failed = kg_snapshot_begin(&snapshot, r->store, NULL) != KG_OK;
    if (r->failed)
        return NULL;
    kg_snapshot_stats(&stats, snapshot, NULL);
    kg_rng rng = kg_rng_stream(r->seed, 0, 0, 0);
    double start = kg_clock();
    for (uint64_t i = 0; i < r->queries; i++) {
        kg_id id = (kg_id)kg_rng_below(&rng, stats.entities), found;
        kg_str name;
        kg_edges out, in;
        r->failed |= kg_name_get(&name, snapshot, KG_ENTITY, id) != KG_OK ||
                     kg_name_find(&found, snapshot, KG_ENTITY, name) != KG_OK || found != id ||
                     kg_entity_edges(&out, &in, snapshot, id) != KG_OK;
        r->sum += out.count + in.count;
    }
    r->seconds = kg_clock() - start;
    kg_snapshot_end(snapshot);
    return NULL;
}

/* Queries a second of n threads together; the best of a few rounds. */
static double read_together(kg_store *store, int n) {
    double best = 0;
    for (int round = 0; round < 7; round++) {
        reader readers[2];
        pthread_t threads[2];
        double start = kg_clock();
        for (int i = 0; i < n; i++) {
            readers[i] = (reader){.store = store, .seed = (uint64_t)i, .queries = QUERIES * 4};
            if (pthread_create(&threads[i], NULL, read_some, &readers[i]) != 0)
                abort();
        }
        int failed = 0;
        for (int i = 0; i < n; i++) {
            pthread_join(threads[i], NULL);
            failed |= readers[i].failed;
        }
        double rate = (double)n * QUERIES * 4 / (kg_clock() - start);
        if (failed)
            return -1;
        best = rate > best ? rate : best;
    }
    return best;
}

static int readers(kg_store *store) {
    double one = read_together(store, 1), two = read_together(store, 2);
    printf(
        "{\"bench\":\"readers\",\"one_per_second\":%.0f,\"two_per_second\":%.0f,\"ratio\":%.3f}\n",
        one, two, two / one);
    return one < 0 || two < 0;
}

typedef struct sample {
    kg_snapshot *snapshot;
    kg_id *ids;
    kg_str *names;
} sample;

static double time_name_find(const sample *s) {
    double start = kg_clock();
    kg_id id;
    for (int i = 0; i < QUERIES; i++)
        if (kg_name_find(&id, s->snapshot, KG_ENTITY, s->names[i]) != KG_OK || id != s->ids[i])
            return -1;
    return (kg_clock() - start) / QUERIES;
}

static double time_name_get(const sample *s) {
    double start = kg_clock();
    kg_str name;
    for (int i = 0; i < QUERIES; i++)
        if (kg_name_get(&name, s->snapshot, KG_ENTITY, s->ids[i]) != KG_OK)
            return -1;
    return (kg_clock() - start) / QUERIES;
}

static double time_edges(const sample *s) {
    double start = kg_clock();
    kg_edges out, in;
    for (int i = 0; i < QUERIES; i++)
        if (kg_entity_edges(&out, &in, s->snapshot, s->ids[i]) != KG_OK)
            return -1;
    return (kg_clock() - start) / QUERIES;
}

static kg_status ignore_name(void *context, kg_str name, kg_id id) {
    *(uint64_t *)context += name.len + id;
    return KG_OK;
}

/* What a shell does at a Tab: the names that begin with a character. */
static void complete_names(const sample *s) {
    enum { TIMES = 1001, OFFERED = 200 };
    double seconds[TIMES];
    uint64_t sum = 0;
    for (int i = 0; i < TIMES; i++) {
        kg_str prefix = {s->names[i].data, 1};
        while (prefix.len < s->names[i].len &&
               ((unsigned char)s->names[i].data[prefix.len] & 0xC0) == 0x80)
            prefix.len++;
        double start = kg_clock();
        kg_name_complete(s->snapshot, KG_ENTITY, prefix, OFFERED, ignore_name, &sum);
        seconds[i] = kg_clock() - start;
    }
    double median = bench_quantile(seconds, TIMES, 0.5);
    printf("{\"bench\":\"completion of names\",\"median_ms\":%.3f,\"slowest_ms\":%.3f}\n",
           median * 1e3, seconds[TIMES - 1] * 1e3);
}

static int look_ups(kg_store *store) {
    static const struct {
        const char *name;
        double (*time)(const sample *s);
    } KINDS[] = {
        {"name to id", time_name_find}, {"id to name", time_name_get}, {"edges", time_edges}};
    sample s = {.ids = malloc(QUERIES * sizeof *s.ids), .names = malloc(QUERIES * sizeof *s.names)};
    kg_stats stats;
    if (!s.ids || !s.names || kg_snapshot_begin(&s.snapshot, store, NULL) != KG_OK ||
        kg_snapshot_stats(&stats, s.snapshot, NULL) != KG_OK)
        return 1;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    for (int i = 0; i < QUERIES; i++) {
        s.ids[i] = (kg_id)kg_rng_below(&rng, stats.entities);
        if (kg_name_get(&s.names[i], s.snapshot, KG_ENTITY, s.ids[i]) != KG_OK)
            return 1;
    }
    for (size_t k = 0; k < sizeof KINDS / sizeof KINDS[0]; k++) {
        double seconds[9];
        for (int round = 0; round < 9; round++)
            seconds[round] = KINDS[k].time(&s);
        printf("{\"bench\":\"%s\",\"ns\":%.0f}\n", KINDS[k].name,
               bench_quantile(seconds, 9, 0.5) * 1e9);
    }
    complete_names(&s);
    kg_snapshot_end(s.snapshot);
    free(s.ids);
    free(s.names);
    return 0;
}

/* A generation in the order of new weights, as ranking writes it. */
static int rewrite(void *context) {
    const arguments *a = context;
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *s;
    kg_stats stats;
    if (kg_store_open(&store, a->store, &err) != KG_OK ||
        kg_snapshot_begin(&s, store, &err) != KG_OK || kg_snapshot_stats(&stats, s, &err) != KG_OK)
        return complain(&err);
    kg_snapshot_end(s);
    double *weights = malloc((stats.entities + 1) * sizeof *weights);
    if (!weights)
        return 1;
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    for (uint64_t i = 0; i < stats.entities; i++)
        weights[i] = kg_rng_uniform(&rng);
    kg_rewrite_options options = {.triples_version = stats.triples_version};
    double start = kg_clock(), cpu = bench_cpu();
    if (kg_rewrite(store, weights, stats.entities, &options, &err) != KG_OK)
        return complain(&err);
    printf("{\"bench\":\"rewrite by weight\",\"seconds\":%.3f,\"cpu_seconds\":%.3f,",
           kg_clock() - start, bench_cpu() - cpu);
    free(weights);
    kg_store_close(store);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2) {
        printf("%.9f\n", open_once(argv[1], 5));
        return 0;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: bench_store GRAPH.tsv STORE [MEMORY_MIB]\n");
        return 2;
    }
    arguments a = {argv[0], argv[1], argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) << 20 : 0};
    uint64_t peak;
    int failed = bench_in_child(import, &a, &peak);
    if (failed == 0)
        failed = finish_line(&a, peak);
    if (failed == 0)
        failed = bench_in_child(rewrite, &a, &peak);
    if (failed == 0)
        failed = finish_line(&a, peak);
    if (failed == 0)
        failed = open_and_answer(&a);
    kg_store *store;
    if (failed || kg_store_open(&store, a.store, NULL) != KG_OK)
        return 1;
    failed = look_ups(store) || readers(store);
    kg_store_close(store);
    return failed;
}
