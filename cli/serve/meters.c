#include "cli/serve/meters.h"

static const unsigned statuses[KG_METER_STATUSES] = {200, 400, 401, 403, 404, 405, 408, 409,
                                                     413, 415, 422, 499, 500, 501, 503, 507};

static const double buckets[KG_METER_BUCKETS - 1] = {0.001, 0.003, 0.01, 0.1, 1, 10};

static size_t place_of(unsigned status) {
    for (size_t i = 0; i < KG_METER_STATUSES; i++)
        if (statuses[i] == status)
            return i;
    return 12; /* 500: no other is sent */
}

void kg_meters_count(kg_meters *meters, size_t path, unsigned status, double seconds) {
    kg_meter *m = &meters->paths[path];
    size_t bucket = 0;
    while (bucket < KG_METER_BUCKETS - 1 && seconds > buckets[bucket])
        bucket++;
    atomic_fetch_add_explicit(&m->statuses[place_of(status)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->buckets[bucket], 1, memory_order_relaxed);
    double sum = atomic_load_explicit(&m->seconds, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&m->seconds, &sum, sum + seconds,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void print_head(FILE *to, const char *name, const char *type, const char *help) {
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_times(FILE *to, kg_meter *m, const char *path) {
    unsigned long sum = 0;
    for (size_t i = 0; i < KG_METER_BUCKETS; i++) {
        sum += atomic_load(&m->buckets[i]);
        if (i < KG_METER_BUCKETS - 1)
            fprintf(to, "kg_request_seconds_bucket{path=\"%s\",le=\"%g\"} %lu\n", path, buckets[i],
                    sum);
    }
    fprintf(to, "kg_request_seconds_bucket{path=\"%s\",le=\"+Inf\"} %lu\n", path, sum);
    fprintf(to, "kg_request_seconds_sum{path=\"%s\"} %.9g\n", path, atomic_load(&m->seconds));
    fprintf(to, "kg_request_seconds_count{path=\"%s\"} %lu\n", path, sum);
}

static bool was_asked(kg_meter *m) {
    for (size_t i = 0; i < KG_METER_BUCKETS; i++)
        if (atomic_load(&m->buckets[i]))
            return true;
    return false;
}

static void print_number(FILE *to, const char *name, const char *type, const char *help,
                         unsigned long value) {
    print_head(to, name, type, help);
    fprintf(to, "%s %lu\n", name, value);
}

void kg_meters_print(FILE *to, kg_meters *meters, const char *const *names, size_t n,
                     unsigned connections, const kg_stats *store) {
    print_head(to, "kg_requests_total", "counter", "Requests, by path and status.");
    for (size_t i = 0; i < n; i++)
        for (size_t s = 0; s < KG_METER_STATUSES; s++) {
            unsigned long count = atomic_load(&meters->paths[i].statuses[s]);
            if (count)
                fprintf(to, "kg_requests_total{path=\"%s\",status=\"%u\"} %lu\n", names[i],
                        statuses[s], count);
        }
    print_head(to, "kg_request_seconds", "histogram", "From a whole request to its whole reply.");
    for (size_t i = 0; i < n; i++)
        if (was_asked(&meters->paths[i]))
            print_times(to, &meters->paths[i], names[i]);
    print_number(to, "kg_sent_bytes_total", "counter", "Bytes of content sent.",
                 atomic_load(&meters->sent));
    print_number(to, "kg_rows_total", "counter", "Rows of Cypher sent.",
                 atomic_load(&meters->rows));
    print_number(to, "kg_cancelled_total", "counter", "Requests whose client went away.",
                 atomic_load(&meters->cancelled));
    print_number(to, "kg_requests_running", "gauge", "Requests whose reply is not whole.",
                 atomic_load(&meters->running));
    print_number(to, "kg_queries_running", "gauge", "Queries in Cypher among them.",
                 atomic_load(&meters->queries));
    print_number(to, "kg_connections", "gauge", "Open connections.", connections);
    print_number(to, "kg_store_entities", "gauge", "Entities in the store.",
                 store->entities - store->deleted);
    print_number(to, "kg_store_triples", "gauge", "Triples in the store.", store->triples);
    print_number(to, "kg_store_bytes", "gauge", "Bytes of its data file.", store->bytes);
    print_number(to, "kg_store_generation", "gauge", "Its generation.", store->generation);
}
