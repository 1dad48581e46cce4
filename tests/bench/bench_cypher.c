/* Questions in Cypher over one open store: each prepared and run again and again; the first time
 * and the best of the rest, and how long it takes to parse and plan it.
 *
 * usage: bench_cypher STORE QUESTIONS [NAME...]    a question a line: NAME TAB QUERY
 *        bench_cypher STORE QUESTIONS -            names are read, one a line, and each is asked
 * once */
#include "bench_tool.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/lines.h"
#include "kgstore/cypher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEAT = 6, PLANS = 51 };

static kg_error err;

static void need(kg_status st) {
    char text[1200];
    if (st == KG_OK)
        return;
    fprintf(stderr, "bench_cypher: %s\n", kg_error_format(text, sizeof text, &err));
    exit(1);
}

/* Rows given, and the first value where that is a number: the answer, for a comparison. */
static double run(kg_cypher_query *query, uint64_t *rows, int64_t *first) {
    double start = kg_clock();
    bool row = true;
    *rows = 0;
    *first = -1;
    for (;;) {
        kg_cell cell;
        need(kg_cypher_step(&row, query, &err));
        if (!row)
            break;
        for (size_t i = 0; i < kg_cypher_columns(query); i++) {
            need(kg_cypher_column(&cell, query, i));
            if (*rows == 0 && cell.kind == KG_CELL_INTEGER)
                *first = cell.as.integer;
        }
        ++*rows;
    }
    kg_cypher_reset(query);
    return kg_clock() - start;
}

static void ask(kg_cypher *cypher, kg_str name, kg_str text, int repeat) {
    double plans[PLANS], first = 0, best = 1e9;
    uint64_t rows;
    int64_t answer;
    kg_cypher_query *query;
    for (int i = 0; i < PLANS; i++) {
        double start = kg_clock();
        need(kg_cypher_prepare(&query, cypher, text, NULL, &err));
        plans[i] = kg_clock() - start;
        if (i + 1 < PLANS)
            kg_cypher_free(query);
    }
    for (int i = 0; i < repeat; i++) {
        double seconds = run(query, &rows, &answer);
        if (i == 0)
            first = seconds;
        if (i > 0 || repeat == 1)
            best = seconds < best ? seconds : best;
    }
    printf("{\"bench\":\"cypher\",\"question\":\"%.*s\",\"first_ms\":%.3f,\"best_ms\":%.3f,"
           "\"plan_us\":%.1f,\"rows\":%llu,\"answer\":%lld}\n",
           KG_STR_ARG(name), first * 1e3, best * 1e3, bench_quantile(plans, PLANS, 0.5) * 1e6,
           (unsigned long long)rows, (long long)answer);
    fflush(stdout);
    kg_cypher_free(query);
}

static bool wanted(kg_str name, char **names, int n) {
    for (int i = 0; i < n; i++)
        if (kg_str_equal(name, kg_str_from(names[i])))
            return true;
    return n == 0;
}

static void ask_of(kg_cypher *cypher, const char *questions, char **names, int n, int repeat) {
    kg_lines *lines;
    kg_str line;
    bool end;
    need(kg_lines_open(&lines, questions, 0, &err));
    for (;;) {
        need(kg_lines_next(&line, &end, lines, &err));
        const char *tab = end ? NULL : memchr(line.data, '\t', line.len);
        if (end)
            break;
        if (!tab)
            continue;
        kg_str name = {line.data, (size_t)(tab - line.data)};
        if (wanted(name, names, n))
            ask(cypher, name, (kg_str){tab + 1, line.len - name.len - 1}, repeat);
    }
    kg_lines_close(lines);
}

int main(int argc, char **argv) {
    kg_store *store;
    kg_cypher *cypher;
    if (argc < 3) {
        fputs("usage: bench_cypher STORE QUESTIONS [NAME... | -]\n", stderr);
        return 2;
    }
    need(kg_store_open(&store, argv[1], &err));
    need(kg_cypher_begin(&cypher, store, NULL, &err));
    if (argc == 4 && strcmp(argv[3], "-") == 0) {
        char text[64], *name = text;
        while (fgets(text, sizeof text, stdin)) {
            text[strcspn(text, "\n")] = '\0';
            ask_of(cypher, argv[2], &name, 1, 1);
        }
    } else {
        ask_of(cypher, argv[2], argv + 3, argc - 3, REPEAT);
    }
    kg_cypher_end(cypher);
    kg_store_close(store);
    return 0;
}
