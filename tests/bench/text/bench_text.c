/* Linking, tokenizing and the making of examples: characters or tokens a second of one core, beside
 * Hugging Face's tokenizers and daachorse in the same run where a Python that has them is given.
 *
 * usage: bench_text [STORE]      one line of JSON a figure
 * STORE: an imported and ranked medical_zh; without one the examples are left out. The Python is
 * taken from KG_BENCH_PYTHON in the environment, else from what CMake was given. */
#include "kgstore/base/clock.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"
#include "kgstore/link/search.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/host/host.h"
#include "plugins/smedbert/pretrain/examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CORPUS KG_SHARED_DIR "/data/corpus/medical_zh.train.txt.gz"
#define TRIPLES KG_SHARED_DIR "/data/kg/medical_zh/triples.tsv.gz"
#define ALIASES KG_SHARED_DIR "/data/kg/medical_zh/aliases.tsv"
#define VOCABULARY KG_SHARED_DIR "/data/vocab/bert-base-chinese.txt"

enum { REPEATS = 5, MANY = 275000 };

/* Processor time of this process: what "a core" means on a machine that others use too. */
static double busy(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

static void fail(const char *what) {
    fprintf(stderr, "bench_text: %s\n", what);
    exit(1);
}

/* ---- Data ------------------------------------------------------------------------------------ */

typedef KG_ARRAY(kg_str) texts;

static texts corpus, names;
static uint64_t characters;
static kg_bytes storage; /* of the corpus; grown once */

static void read_corpus(void) {
    kg_lines *lines;
    kg_str line;
    bool end;
    KG_ARRAY(size_t) ends = KG_ARRAY_INIT;
    if (kg_lines_open(&lines, CORPUS, 0, NULL) != KG_OK)
        fail("no corpus");
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end) {
        (void)kg_array_append(&storage, line.data, line.len);
        (void)kg_array_push(&ends, storage.len);
    }
    kg_lines_close(lines);
    for (size_t i = 0; i < ends.len; i++) {
        size_t start = i ? ends.data[i - 1] : 0;
        kg_str text = {storage.data + start, ends.data[i] - start};
        (void)kg_array_push(&corpus, text);
        characters += kg_utf8_length(text.data, text.len);
    }
    kg_array_free(&ends);
}

static void add_columns(const char *path, size_t first, size_t step) {
    kg_lines *lines;
    kg_str line;
    bool end;
    if (kg_lines_open(&lines, path, 0, NULL) != KG_OK)
        fail("no names");
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end)
        for (size_t column = 0; line.len > 0; column++) {
            const char *tab = memchr(line.data, '\t', line.len);
            size_t n = tab ? (size_t)(tab - line.data) : line.len;
            if (column >= first && (column - first) % step == 0) {
                kg_str name = {memcpy(malloc(n + 1), line.data, n), n};
                (void)kg_array_push(&names, name);
            }
            n += tab ? 1 : 0;
            line = (kg_str){line.data + n, line.len - n};
        }
    kg_lines_close(lines);
}

static int compare_texts(const void *a, const void *b) {
    return kg_str_compare(*(const kg_str *)a, *(const kg_str *)b);
}

static void sort_names(void) {
    size_t kept = 0;
    qsort(names.data, names.len, sizeof *names.data, compare_texts);
    for (size_t i = 0; i < names.len; i++)
        if (i == 0 || !kg_str_equal(names.data[i], names.data[kept - 1]))
            names.data[kept++] = names.data[i];
    names.len = kept;
}

/* Fill up with made-up names of 2 to 7 of the first 3500 ideographs, as bench_graph makes them. */
static void add_made_up(size_t total) {
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    while (names.len < total) {
        while (names.len < total) {
            char name[32];
            size_t n = 0, length = 2 + kg_rng_below(&rng, 6);
            for (size_t i = 0; i < length; i++)
                n += kg_utf8_encode(name + n, (uint32_t)(0x4E00 + kg_rng_below(&rng, 3500)));
            kg_str copy = {memcpy(malloc(n), name, n), n};
            (void)kg_array_push(&names, copy);
        }
        sort_names();
    }
}

/* ---- Peers ----------------------------------------------------------------------------------- */

static const char *python(void) {
    const char *given = getenv("KG_BENCH_PYTHON");
    return given && *given ? given : KG_BENCH_PYTHON_DEFAULT;
}

/* Run the peer script; the number it prints, 0 where it could not run. */
static double peer(const char *what, const char *names_path) {
    char command[1024];
    double value = 0;
    if (!*python())
        return 0;
    snprintf(command, sizeof command, "%s %s/tests/bench/text/text_peers.py %s %s %s %s", python(),
             KG_SOURCE_DIR, what, CORPUS, VOCABULARY, names_path);
    FILE *pipe = popen(command, "r");
    if (!pipe)
        return 0;
    if (fscanf(pipe, "%lf", &value) != 1)
        value = 0;
    pclose(pipe);
    return value;
}

static void report(const char *bench, const char *unit, double ours, const char *peer_name,
                   double theirs, const char *more) {
    printf("{\"bench\":\"%s\",\"unit\":\"%s\",\"ours\":%.0f", bench, unit, ours);
    if (theirs > 0)
        printf(",\"peer\":\"%s\",\"theirs\":%.0f,\"ratio\":%.2f", peer_name, theirs, ours / theirs);
    else if (peer_name)
        printf(",\"peer\":\"skipped: no Python with %s\"", peer_name);
    printf("%s}\n", more);
    fflush(stdout);
}

/* ---- Figures --------------------------------------------------------------------------------- */

static double link_rate(const kg_automaton *automaton, size_t *found) {
    kg_mentions mentions = {NULL, 0, 0};
    double best = 0;
    for (int r = 0; r < REPEATS; r++) {
        double start = busy();
        *found = 0;
        for (size_t i = 0; i < corpus.len; i++) {
            mentions.len = 0;
            kg_search(&mentions, automaton, NULL, corpus.data[i], false);
            *found += mentions.len;
        }
        double rate = (double)characters / (busy() - start);
        best = rate > best ? rate : best;
    }
    free(mentions.data);
    return best;
}

static void write_names(char *path) {
    FILE *file = fdopen(mkstemp(path), "w");
    for (size_t i = 0; i < names.len; i++)
        fprintf(file, "%.*s\n", KG_STR_ARG(names.data[i]));
    fclose(file);
}

static void bench_link(void) {
    kg_automaton_builder *builder;
    kg_automaton_stamp stamp = {0, 0, 0};
    kg_automaton automaton;
    void *bytes;
    size_t size, found;
    char more[160], path[] = "/tmp/kg_bench_names_XXXXXX", name[32];
    double start = busy();
    kg_automaton_builder_new(&builder);
    for (size_t i = 0; i < names.len; i++)
        kg_automaton_add(builder, names.data[i], false, 0, (kg_id)i);
    if (kg_automaton_finish(&bytes, &size, builder, &stamp) != KG_OK ||
        kg_automaton_view(&automaton, (kg_str){bytes, size}) != KG_OK)
        fail("cannot compile");
    double built = busy() - start;
    kg_automaton_builder_free(builder);
    double rate = link_rate(&automaton, &found);
    write_names(path);
    snprintf(name, sizeof name, "link_%zu_names", names.len);
    snprintf(more, sizeof more, ",\"build_s\":%.2f,\"bytes\":%zu,\"mentions\":%zu", built, size,
             found);
    report(name, "characters/s", rate, "daachorse", peer("link", path), more);
    unlink(path);
    free(bytes);
}

static void bench_tokenize(void) {
    kg_tokenizer *tokenizer;
    kg_tokens tokens = KG_TOKENS_INIT;
    double best = 0, opened = busy();
    char more[80];
    uint64_t count = 0;
    if (kg_tokenizer_open(&tokenizer, VOCABULARY, false, NULL) != KG_OK)
        fail("no vocabulary");
    opened = busy() - opened;
    for (int r = 0; r < REPEATS; r++) {
        double start = busy();
        count = 0;
        for (size_t i = 0; i < corpus.len; i++) {
            kg_tokens_clear(&tokens);
            kg_tokenizer_encode(&tokens, tokenizer, corpus.data[i]);
            count += tokens.ids.len;
        }
        double rate = (double)characters / (busy() - start);
        best = rate > best ? rate : best;
    }
    snprintf(more, sizeof more, ",\"open_s\":%.3f,\"tokens\":%llu", opened,
             (unsigned long long)count);
    static const char *const calls[] = {"encode_batch", "encode_batch_fast"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char name[48];
        snprintf(name, sizeof name, "tokenizers %s", calls[i]);
        report("tokenize", "characters/s", best, name, peer(calls[i], "-"), more);
    }
    kg_tokens_free(&tokens);
    kg_tokenizer_free(tokenizer);
}

/* One worker builds beside the caller, who only packs: processor time counts both. */
static void bench_examples(const char *store_path) {
    static const char *const paths[] = {CORPUS};
    kg_store *store;
    kg_host *host;
    kg_tokenizer *tokenizer;
    kg_examples *examples = NULL;
    kg_examples_batch batch;
    kg_messages quiet = {NULL, NULL, NULL, NULL};
    kg_error err = KG_ERROR_INIT;
    kg_examples_options o = KG_EXAMPLES_OPTIONS_INIT;
    const kg_graph_options graph = {.neighbors = 10, .keeps_types = true};
    kg_graph_view view = {.read = NULL};
    uint64_t tokens = 0, mentions = 0;
    bool end = false;
    char more[80];
    o.paths = paths;
    o.n_paths = 1;
    o.epochs = 1;
    o.example.max_len = 128;
    if (kg_store_open(&store, store_path, &err) != KG_OK ||
        kg_host_new(&host, &quiet, &err) != KG_OK || kg_host_attach(host, store) != KG_OK ||
        kg_tokenizer_open(&tokenizer, VOCABULARY, false, &err) != KG_OK ||
        kg_graph_view_begin(&view, kg_host_abi(host), &graph, &err) != KG_OK ||
        kg_examples_open(&examples, kg_host_abi(host), &view, tokenizer, &o, &err) != KG_OK)
        fail(err.text);
    double start = busy(), wall = kg_clock();
    while (kg_examples_next(&batch, &end, examples, &err) == KG_OK && !end) {
        tokens += batch.counts.tokens;
        mentions += batch.counts.mentions;
    }
    double rate = (double)tokens / (busy() - start);
    snprintf(more, sizeof more, ",\"tokens\":%llu,\"mentions\":%llu,\"wall_s\":%.2f",
             (unsigned long long)tokens, (unsigned long long)mentions, kg_clock() - wall);
    report("examples", "tokens/s", rate, NULL, 0, more);
    kg_examples_close(examples);
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    kg_store_close(store);
}

int main(int argc, char **argv) {
    if (access(CORPUS, R_OK) != 0) {
        printf("{\"bench\":\"text\",\"skipped\":\"no %s\"}\n", CORPUS);
        return 0;
    }
    read_corpus();
    add_columns(TRIPLES, 0, 3);
    add_columns(ALIASES, 1, 2);
    sort_names();
    bench_link();
    add_made_up(MANY);
    bench_link();
    bench_tokenize();
    if (argc > 1)
        bench_examples(argv[1]);
    return 0;
}
