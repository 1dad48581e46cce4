#include "plugins/smedbert/reading/text_reader.h"

static kg_status host_status(kgp_status status, const kgp_error *from, kg_error *err) {
    return status == KGP_OK ? KG_OK : kg_error_set(err, (kg_status)status, "%s", from->text);
}

kg_status kg_text_reader_open(kg_text_reader *r, const kgp_host *host,
                              const kg_tokenizer *tokenizer, const kg_text_options *options,
                              kg_error *err) {
    kgp_error detail = {""};
    kgp_graph_stats stats;
    kg_status st;
    *r = (kg_text_reader){.host = host, .tokenizer = tokenizer, .options = *options};
    kg_special_tokens special = kg_tokenizer_special(tokenizer);
    if (special.cls == KG_NO_TOKEN || special.sep == KG_NO_TOKEN)
        return kg_error_set(err, KG_ERR_FORMAT, "the vocabulary has no [CLS] or no [SEP]");
    if (options->neighbors == 0)
        return KG_OK;
    r->graph = host->get_extension(host, KGP_EXT_GRAPH_READ);
    r->link = host->get_extension(host, KGP_EXT_LINK);
    if (r->graph == NULL || r->link == NULL)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "there is no store to read neighbours from; name one with --store");
    KG_TRY(st, host_status(r->graph->begin(&r->snapshot, host, &detail), &detail, err));
    KG_TRY(st, host_status(r->graph->stats(&stats, r->snapshot, &detail), &detail, err));
    r->untyped = (uint32_t)stats.types;
    return host_status(r->link->open(&r->linker, host, &detail), &detail, err);
}

void kg_text_reader_close(kg_text_reader *r) {
    if (r->link != NULL && r->linker != NULL)
        r->link->close(r->linker);
    if (r->graph != NULL)
        r->graph->end(r->snapshot);
    kg_tokens_free(&r->tokens);
    kg_array_free(&r->found);
    *r = (kg_text_reader){.host = NULL};
}

static kg_status put_token(kg_batch *b, uint32_t id) {
    kg_status st;
    KG_TRY(st, kg_array_push(&b->input_ids, id));
    KG_TRY(st, kg_array_push(&b->original_ids, id));
    return kg_array_push(&b->segments, 0);
}

static kg_status put_sequence(kg_batch *b, const kg_text_reader *r, uint32_t n) {
    kg_status st;
    kg_special_tokens special = kg_tokenizer_special(r->tokenizer);
    KG_TRY(st, kg_array_push(&b->documents, b->lengths.len));
    KG_TRY(st, kg_array_push(&b->epochs, 0));
    KG_TRY(st, kg_array_push(&b->sop_labels, KG_SOP_NONE));
    KG_TRY(st, kg_array_push(&b->lengths, n + 2));
    KG_TRY(st, put_token(b, special.cls));
    for (uint32_t i = 0; i < n; i++)
        KG_TRY(st, put_token(b, r->tokens.ids.data[i]));
    return put_token(b, special.sep);
}

static bool usable(const kg_text_reader *r, const kgp_neighbour *neighbour) {
    const kg_graph_tables *t = r->options.tables;
    return t == NULL ||
           (neighbour->entity < t->entities.rows && neighbour->relation < t->relations.rows);
}

/* The first K usable neighbours; more are asked for only where some were beyond the tables. */
static kg_status put_neighbors(kg_batch *b, kg_text_reader *r, uint32_t entity, kg_error *err) {
    uint32_t n = 0, kept = 0, type, types, k = r->options.neighbors;
    kg_status st;
    r->found.len = 0;
    KG_TRY(st, kg_array_reserve(&r->found, 2 * (size_t)k));
    kgp_status found =
        r->graph->neighbours(r->found.data, &n, r->snapshot, entity, r->options.weights, 2 * k);
    if (found != KGP_OK)
        return kg_error_set(err, (kg_status)found, "the neighbours of entity %u cannot be read",
                            entity);
    for (uint32_t i = 0; i < n && kept < k; i++) {
        const kgp_neighbour *one = &r->found.data[i];
        if (!usable(r, one))
            continue;
        if (r->graph->types(&type, &types, r->snapshot, one->entity, 1) != KGP_OK || types == 0)
            type = r->untyped;
        KG_TRY(st, kg_array_push(&b->neighbor_entities, one->entity));
        KG_TRY(st, kg_array_push(&b->neighbor_relations, one->relation));
        KG_TRY(st, kg_array_push(&b->neighbor_directions, (int8_t)one->direction));
        KG_TRY(st, kg_array_push(&b->neighbor_types, type));
        kept++;
    }
    return kg_array_push(&b->neighbor_counts, kept);
}

/* The tokens that a mention covers exactly, from *at on; false where its edges are none of theirs.
 */
static bool find_tokens(uint32_t *at, uint32_t *end, const kg_text_reader *r, uint32_t n,
                        const kgp_mention *mention) {
    const kg_span *spans = r->tokens.spans.data;
    while (*at < n && spans[*at].start < mention->byte_start)
        ++*at;
    if (*at == n || spans[*at].start != mention->byte_start)
        return false;
    *end = *at;
    while (*end < n && spans[*end].end < mention->byte_end)
        ++*end;
    if (*end == n || spans[*end].end != mention->byte_end)
        return false;
    ++*end;
    return *end == n || r->tokens.starts.data[*end];
}

static kg_status put_mentions(kg_batch *b, kg_text_reader *r, const kg_linked_text *text,
                              uint32_t first, uint32_t n, kg_error *err) {
    const kgp_mention *mentions;
    size_t count;
    kg_status st;
    uint32_t at = 0, end;
    KG_TRY(st, kg_text_mentions(&mentions, &count, text, r->link, r->linker, err));
    for (size_t i = 0; i < count; i++) {
        if (!find_tokens(&at, &end, r, n, &mentions[i]))
            continue;
        KG_TRY(st, kg_array_push(&b->mention_starts, first + at));
        KG_TRY(st, kg_array_push(&b->mention_ends, first + end));
        KG_TRY(st, kg_array_push(&b->mention_roles, KG_ROLE_CONTEXT));
        KG_TRY(st, kg_array_push(&b->mention_entities, mentions[i].entity));
        KG_TRY(st, put_neighbors(b, r, mentions[i].entity, err));
        at = end;
    }
    return KG_OK;
}

kg_status kg_text_reader_add(kg_batch *b, kg_text_reader *r, const kg_linked_text *text,
                             kg_error *err) {
    kg_status st;
    kg_tokens_clear(&r->tokens);
    KG_TRY(st, kg_tokenizer_encode(&r->tokens, r->tokenizer, text->text));
    uint32_t n = (uint32_t)r->tokens.ids.len, first = kg_batch_tokens(b) + 1;
    if (n + 2 > r->options.max_len)
        n = r->options.max_len - 2;
    KG_TRY(st, put_sequence(b, r, n));
    return r->options.neighbors ? put_mentions(b, r, text, first, n, err) : KG_OK;
}
