#include "cli/command.h"
#include "cli/progress.h"
#include "kgstore/base/outfile.h"
#include "model/tokenizer/learn.h"
#include "plugins/host/corpus.h"

typedef struct vocab_settings {
    const char *out;
    uint64_t size, min_count;
    bool cased;
} vocab_settings;

static const vocab_settings defaults = {.size = 21128, .min_count = 2};

static const kg_option options[] = {
    {"out", 0, KG_OPTION_TEXT, offsetof(vocab_settings, out), "FILE",
     "where to write the vocabulary, - for standard output"},
    {"size", 0, KG_OPTION_COUNT, offsetof(vocab_settings, size), "N", "most tokens; default 21128"},
    {"min-count", 0, KG_OPTION_COUNT, offsetof(vocab_settings, min_count), "N",
     "drop what occurs less often; default 2"},
    {"cased", 0, KG_OPTION_FLAG, offsetof(vocab_settings, cased), NULL,
     "neither lower-case nor strip accents"},
    {0}};

static kg_status check(const vocab_settings *s, kg_error *err) {
    if (!s->out)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --out; expected the file to write the vocabulary to");
    if (s->size < 6 || s->size > UINT32_MAX / 2)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --size %llu; expected 6 to %u tokens, 5 of them special",
                            (unsigned long long)s->size, UINT32_MAX / 2);
    return KG_OK;
}

static void warn(void *context, const char *text) {
    (void)context;
    fprintf(stderr, "kg vocab: %s\n", text);
}

static kg_status read_corpus(kg_vocab_learner *learner, const kg_call *call, kg_error *err) {
    kg_status st;
    kg_corpus *corpus;
    kg_document document;
    kg_progress progress;
    bool end = false;
    kg_corpus_options o = {.paths = call->args, .n_paths = call->n_args, .warn = warn};
    KG_TRY(st, kg_corpus_open(&corpus, &o, err));
    kg_progress_begin(&progress);
    while ((st = kg_corpus_next(&document, &end, corpus, err)) == KG_OK && !end) {
        st = kg_vocab_learner_add(learner, document.text);
        if (document.number % 256 == 0)
            kg_progress_update(&progress, "count", document.number, 0);
        if (st == KG_OK && kg_interrupted(NULL))
            st = KG_ERR_CANCELLED;
        if (st != KG_OK)
            break;
    }
    kg_progress_end(&progress);
    kg_corpus_close(corpus);
    return st;
}

static kg_status write_token(void *context, kg_str token) {
    fprintf(context, "%.*s\n", KG_STR_ARG(token));
    return KG_OK;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    kg_vocab_learner *learner;
    kg_outfile *file;
    const vocab_settings *s = call->settings;
    KG_TRY(st, check(s, err));
    kg_vocab_options o = {(uint32_t)s->size,
                          s->min_count > UINT32_MAX ? UINT32_MAX : (uint32_t)s->min_count,
                          s->cased};
    KG_TRY(st, kg_outfile_open(&file, s->out, err));
    kg_interrupt_catch();
    st = kg_vocab_learner_new(&learner, &o);
    if (st == KG_OK) {
        st = read_corpus(learner, call, err);
        if (st == KG_OK)
            st = kg_vocab_learner_finish(learner, write_token, kg_outfile_stream(file));
        kg_vocab_learner_free(learner);
    }
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

const kg_command cmd_vocab = {.name = "vocab",
                              .summary = "Learn a WordPiece vocabulary from text",
                              .arguments = "CORPUS...",
                              .min_args = 1,
                              .max_args = KG_ANY_ARGS,
                              .options = options,
                              .settings_size = sizeof(vocab_settings),
                              .defaults = &defaults,
                              .run = run};
