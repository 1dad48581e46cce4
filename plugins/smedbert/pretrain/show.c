#include "plugins/smedbert/pretrain/show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct show {
    const kgp_output *output;
    const kg_tokenizer *tokenizer;
    kg_reading *reading; /* its snapshot NULL: no store */
    kg_error *err;
    const kg_token_batch *batch;
    kg_bytes text, was, is;
    uint64_t shown;
} show;

__attribute__((format(printf, 2, 3))) static kg_status put(show *s, const char *format, ...) {
    char *text;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        return KG_ERR_MEMORY;
    kg_status st = kg_array_append(&s->text, text, (size_t)n);
    free(text);
    return st;
}

static kg_status flush(show *s) {
    kgp_status st = s->output->write(s->output, s->text.data, s->text.len);
    s->text.len = 0;
    return (kg_status)st;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* Whether no space stands before a token: it continues a word, or is wide beside a wide one. */
static bool is_joined(const show *s, uint32_t i, uint32_t first) {
    kg_bytes pair = KG_ARRAY_INIT;
    if (i == first)
        return true;
    if (kg_tokenizer_decode(&pair, s->tokenizer, s->batch->original_ids.data + i - 1, 2) != KG_OK) {
        kg_array_free(&pair);
        return false;
    }
    size_t own = pair.len > 0 && pair.data[0] == ' '; /* BPE's first token keeps its space */
    bool spaced = pair.len > own && memchr(pair.data + own, ' ', pair.len - own) != NULL;
    kg_array_free(&pair);
    return !spaced;
}

/* What a token stands for, without the space before it; as the vocabulary writes it where that is
 * nothing to be read: a space, or a part of a character. */
static kg_status plain(kg_bytes *to, const show *s, uint32_t id) {
    kg_status st;
    to->len = 0;
    KG_TRY(st, kg_tokenizer_decode(to, s->tokenizer, &id, 1));
    size_t space = to->len > 0 && to->data[0] == ' ';
    if (to->len > space && memmem(to->data, to->len, "\xEF\xBF\xBD", 3) == NULL) {
        to->len -= space;
        memmove(to->data, to->data + space, to->len);
        return KG_OK;
    }
    kg_str token = kg_tokenizer_token(s->tokenizer, id);
    to->len = 0;
    return kg_array_append(to, token.data, token.len);
}

static kg_status put_token(show *s, uint32_t i, bool masked) {
    uint32_t input = s->batch->input_ids.data[i], original = s->batch->original_ids.data[i];
    kg_status st;
    KG_TRY(st, plain(&s->was, s, original));
    KG_TRY(st, plain(&s->is, s, input));
    kg_str was = {s->was.data, s->was.len}, is = {s->is.data, s->is.len};
    if (!masked)
        return put(s, "%.*s", KG_STR_ARG(was));
    if (input == kg_tokenizer_special(s->tokenizer).mask)
        is = KG_STR("MASK");
    else if (input == original)
        is = KG_STR("=");
    return put(s, "[%.*s|%.*s]", KG_STR_ARG(was), KG_STR_ARG(is));
}

/* The next of ascending positions at or after i. */
static size_t seek(const uint32_t *positions, size_t n, size_t at, uint32_t i) {
    while (at < n && positions[at] < i)
        at++;
    return at;
}

static kg_status put_tokens(show *s, uint32_t first, uint32_t end) {
    kg_status st;
    const kg_token_batch *b = s->batch;
    size_t mask = 0, mention = 0, label = 1;
    mention = seek(b->mention_starts.data, b->mention_starts.len, 0, first);
    for (uint32_t i = first; i < end; i++) {
        mask = seek(b->mlm_positions.data, b->mlm_positions.len, mask, i);
        bool masked = mask < b->mlm_positions.len && b->mlm_positions.data[mask] == i;
        bool here = mention < b->mention_starts.len;
        if (!is_joined(s, i, first))
            KG_TRY(st, put(s, " "));
        if (here && b->mention_starts.data[mention] == i)
            KG_TRY(st, put(s, "{%zu:", label));
        KG_TRY(st, put_token(s, i, masked));
        if (here && b->mention_ends.data[mention] == i + 1) {
            KG_TRY(st, put(s, "}"));
            mention++;
            label++;
        }
    }
    return put(s, "\n");
}

/* ---- Mentions -------------------------------------------------------------------------------- */

static kg_str name_of(const show *s, kgp_kind kind, uint32_t id) {
    kg_str name = kg_reading_name(s->reading, kind, id, true);
    return name.len > 0 ? name : KG_STR("?");
}

static kg_str type_of(const show *s, uint32_t entity) {
    uint32_t type, n;
    if (s->reading->view->read->types(&type, &n, s->reading->snapshot, entity, 1) != KGP_OK ||
        n == 0)
        return KG_STR("no type");
    return name_of(s, KGP_TYPE, type);
}

/* The weight of a neighbor among those that the store gives; 0 where it is not there any more. */
static double weight_of(const kg_reading *reading, const kg_token_batch *b, size_t x) {
    for (size_t i = 0; i < reading->found.len; i++) {
        const kgp_neighbour *found = &reading->found.data[i];
        if (found->entity == b->neighbor_entities.data[x] &&
            found->relation == b->neighbor_relations.data[x] &&
            found->direction == b->neighbor_directions.data[x])
            return found->weight;
    }
    return 0;
}

static kg_status put_mention(show *s, size_t m, size_t first_neighbor, size_t label) {
    static const char *const roles[] = {"infuse", "context", "predict"};
    kg_status st;
    const kg_token_batch *b = s->batch;
    uint32_t entity = b->mention_entities.data[m];
    kg_str name = name_of(s, KGP_ENTITY, entity), type = type_of(s, entity);
    KG_TRY(st, put(s, "  {%zu} %-7s  %.*s (%.*s)\n", label, roles[b->mention_roles.data[m]],
                   KG_STR_ARG(name), KG_STR_ARG(type)));
    KG_TRY(st, kg_reading_neighbors(s->reading, entity, s->err));
    for (size_t x = first_neighbor; x < first_neighbor + b->neighbor_counts.data[m]; x++) {
        kg_str relation = name_of(s, KGP_RELATION, b->neighbor_relations.data[x]);
        kg_str other = name_of(s, KGP_ENTITY, b->neighbor_entities.data[x]);
        kg_str its = type_of(s, b->neighbor_entities.data[x]);
        KG_TRY(st, put(s, "      %.6f  %s %.*s  %.*s (%.*s)\n", weight_of(s->reading, b, x),
                       b->neighbor_directions.data[x] > 0 ? "->" : "<-", KG_STR_ARG(relation),
                       KG_STR_ARG(other), KG_STR_ARG(its)));
    }
    return KG_OK;
}

static kg_status put_mentions(show *s, uint32_t first, uint32_t end) {
    kg_status st;
    const kg_token_batch *b = s->batch;
    size_t neighbor = 0, label = 1;
    for (size_t m = 0; m < b->mention_starts.len; neighbor += b->neighbor_counts.data[m++])
        if (b->mention_starts.data[m] >= first && b->mention_ends.data[m] <= end)
            KG_TRY(st, put_mention(s, m, neighbor, label++));
    return KG_OK;
}

/* ---- Examples -------------------------------------------------------------------------------- */

static kg_status put_example(show *s, uint32_t sequence, uint32_t first) {
    kg_status st;
    const kg_token_batch *b = s->batch;
    uint32_t end = first + b->lengths.data[sequence];
    uint8_t order = b->sop_labels.data[sequence];
    const char *told = order == KG_SOP_NONE ? "one sentence"
                       : order              ? "sentences swapped"
                                            : "sentences in order";
    uint64_t document = b->documents.data[sequence], chunk = document >> KG_CHUNK_SHIFT;
    KG_TRY(st, put(s, "example %llu: document %llu, ", (unsigned long long)++s->shown,
                   (unsigned long long)kg_chunk_document(document)));
    if (chunk > 0)
        KG_TRY(st, put(s, "chunk %llu, ", (unsigned long long)chunk + 1));
    KG_TRY(st, put(s, "epoch %u, %u tokens, %s\n", b->epochs.data[sequence],
                   b->lengths.data[sequence], told));
    KG_TRY(st, put_tokens(s, first, end));
    if (s->reading->snapshot)
        KG_TRY(st, put_mentions(s, first, end));
    KG_TRY(st, put(s, "\n"));
    return flush(s);
}

static kg_status put_report(show *s, const kg_examples_report *report) {
    kg_status st;
    char text[512];
    kg_examples_tell(text, sizeof text, report);
    KG_TRY(st, put(s, "%s\n", text));
    return flush(s);
}

static kg_status put_batches(show *s, uint64_t count, kg_examples *examples, kg_error *err) {
    kg_status st;
    bool end = false;
    while (s->shown < count) {
        kg_examples_batch batch;
        KG_TRY(st, kg_examples_next(&batch, &end, examples, err));
        if (end)
            break;
        for (uint32_t i = 0; i < batch.n_micro; i++) {
            s->batch = &batch.micro[i];
            for (uint32_t q = 0, first = 0; q < s->batch->lengths.len && s->shown < count; q++) {
                KG_TRY(st, put_example(s, q, first));
                first += s->batch->lengths.data[q];
            }
        }
    }
    kg_examples_report report = kg_examples_told(examples);
    return put_report(s, &report);
}

kg_status kg_show_examples(const kgp_output *output, uint64_t count, kg_session *session,
                           const kg_examples_options *options, kg_error *err) {
    kg_status st;
    kg_examples *examples;
    show s = {.output = output,
              .tokenizer = session->tokenizer,
              .reading = &session->reading,
              .err = err};
    KG_TRY(st, kg_examples_open(&examples, session->host, &session->graph, session->tokenizer,
                                options, err));
    st = put_batches(&s, count, examples, err);
    kg_array_free(&s.text);
    kg_array_free(&s.was);
    kg_array_free(&s.is);
    kg_examples_close(examples);
    return st;
}
