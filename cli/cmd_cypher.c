#include "cli/command.h"
#include "cli/cyphershow.h"
#include "cli/progress.h"
#include "cli/waiting.h"

#include "kgstore/base/lines.h"

typedef struct cypher_settings {
    kg_texts params;
    const char *file;
    double timeout;
    uint64_t max_rows, memory, threads;
    bool write;
    double wait;
} cypher_settings;

static const cypher_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option options[] = {
    {"param", 'p', KG_OPTION_LIST, offsetof(cypher_settings, params), "NAME=JSON",
     "give the query's parameter $NAME a value; can be repeated"},
    {"file", 'f', KG_OPTION_TEXT, offsetof(cypher_settings, file), "FILE",
     "read the query from FILE, - for standard input; ; ends each of several"},
    {"timeout", 0, KG_OPTION_REAL, offsetof(cypher_settings, timeout), "S",
     "stop a query that takes more than S seconds"},
    {"max-rows", 0, KG_OPTION_COUNT, offsetof(cypher_settings, max_rows), "N",
     "stop a query that returns more than N rows"},
    {"memory", 0, KG_OPTION_SIZE, offsetof(cypher_settings, memory), "SIZE",
     "stop a query that needs more memory, as 256M; default: no limit"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(cypher_settings, threads), "N",
     "threads to use; default: all processors"},
    {"write", 'w', KG_OPTION_FLAG, offsetof(cypher_settings, write), NULL,
     "let the query change the graph"},
    KG_WAIT_OPTION(cypher_settings),
    {0}};

/* Queries one after another, in one session: all of their changes, or none, are committed. */
static kg_status run_all(kg_cypher *cypher, kg_str text, const kg_call *call, kg_error *err) {
    kg_status st = KG_OK;
    const cypher_settings *s = call->settings;
    while (st == KG_OK) {
        size_t from = 0, length = kg_cypher_length(text, &from), n = length ? length : text.len;
        bool blank = strspn(text.data, " \t\r\n;") >= n;
        if (!blank)
            st = kg_cypher_show_query(NULL, cypher, (kg_str){text.data, n}, &s->params, call->mode,
                                      err);
        if (!length)
            break;
        text = (kg_str){text.data + n, text.len - n};
    }
    if (st == KG_OK && s->write)
        st = kg_cypher_commit(cypher, err);
    return st;
}

static kg_status run_in_store(kg_store *store, kg_str text, const kg_call *call, kg_error *err) {
    kg_status st;
    kg_cypher *cypher;
    const cypher_settings *s = call->settings;
    const kg_cypher_options limits = {.write = s->write,
                                      .seconds = s->timeout,
                                      .rows = s->max_rows,
                                      .memory = s->memory,
                                      .threads = (unsigned)s->threads,
                                      .cancelled = kg_interrupted};
    KG_TRY(st, kg_cypher_begin(&cypher, store, &limits, err));
    st = run_all(cypher, text, call, err);
    kg_cypher_end(cypher);
    return st;
}

static kg_status read_file(kg_bytes *to, const char *path, kg_error *err) {
    enum { MOST = 64 << 20 };
    kg_status st;
    kg_lines *lines;
    kg_str all;
    KG_TRY(st, kg_lines_open(&lines, path, MOST, err));
    st = kg_lines_rest(&all, lines, MOST, err);
    if (st == KG_OK && all.len)
        st = kg_array_append(to, all.data, all.len);
    kg_lines_close(lines);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st = KG_OK;
    kg_store *store;
    kg_bytes text = KG_ARRAY_INIT;
    const cypher_settings *s = call->settings;
    if ((s->file != NULL) == (call->n_args > 1))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s; expected one query: as a word, or in a file by --file",
                            s->file ? "a query and --file" : "no query");
    if (s->threads > 4096)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found --threads %llu; expected 4096 at most",
                            (unsigned long long)s->threads);
    if (s->file)
        st = read_file(&text, s->file, err);
    else
        st = kg_array_append(&text, call->args[1], strlen(call->args[1]));
    if (st == KG_OK)
        st = kg_array_push(&text, '\0');
    kg_interrupt_catch();
    if (st == KG_OK)
        st = kg_store_open_to_write(&store, call->args[0], s->wait, err);
    if (st == KG_OK) {
        st = run_in_store(store, (kg_str){text.data, text.len - 1}, call, err);
        kg_store_close(store);
    }
    kg_array_free(&text);
    return st;
}

const kg_command cmd_cypher = {.name = "cypher",
                               .summary = "Ask or change a store in Cypher",
                               .arguments = "STORE [QUERY]",
                               .min_args = 1,
                               .max_args = 2,
                               .options = options,
                               .settings_size = sizeof(cypher_settings),
                               .defaults = &defaults,
                               .run = run};
