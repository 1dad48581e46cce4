#include "plugins/smedbert/reading/reading.h"

#include "plugins/common/abi_status.h"

#include <stddef.h>
#include <string.h>

enum { USES_A_SNAPSHOT = 16 };

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading a text");
}

kg_status kg_reading_open(kg_reading *r, const kg_tokenizer *tokenizer, const kg_graph_view *view,
                          kg_error *err) {
    kgp_error detail = {""};
    *r = (kg_reading){.tokenizer = tokenizer, .view = view};
    if (view == NULL || view->read == NULL)
        return KG_OK;
    kgp_status st = view->read->begin(&r->snapshot, view->host, &detail);
    if (st == KGP_OK)
        st = view->link->open(&r->linker, view->host, &detail);
    return kg_abi_take(err, st, &detail);
}

static void close_linker(kg_reading *r) {
    if (r->linker)
        r->view->link->close(r->linker);
    r->linker = NULL;
}

void kg_reading_close(kg_reading *r) {
    close_linker(r);
    if (r->snapshot)
        r->view->read->end(r->snapshot);
    kg_array_free(&r->found);
    *r = (kg_reading){.tokenizer = NULL};
}

void kg_reading_rest(kg_reading *r) {
    const kgp_graph_read *read = r->snapshot ? r->view->read : NULL;
    close_linker(r);
    if (read && read->size >= sizeof *read && read->rest)
        read->rest(r->snapshot);
    r->resting = true;
}

kg_status kg_reading_renew(kg_reading *r, kg_error *err) {
    kgp_error detail = {""};
    int32_t changed = 0;
    kg_status st;
    bool due = ++r->uses % USES_A_SNAPSHOT == 0 || r->resting;
    if (!r->snapshot || !due)
        return KG_OK;
    close_linker(r);
    KG_TRY(st, kg_abi_take(err, r->view->read->renew(&changed, r->snapshot, &detail), &detail));
    r->resting = false;
    if (changed)
        KG_TRY(st, kg_graph_view_compare(r->view, r->snapshot, err));
    return kg_abi_take(err, r->view->link->open(&r->linker, r->view->host, &detail), &detail);
}

/* ---- Mentions -------------------------------------------------------------------------------- */

kg_status kg_reading_mentions(const kgp_mention **out, size_t *n, const kg_reading *r,
                              const kg_linked_text *text, kg_error *err) {
    kgp_error detail = {""};
    *out = text->mentions;
    *n = text->linked ? text->n_mentions : 0;
    if (text->linked || !r->linker)
        return KG_OK;
    kgp_text bytes = {text->text.data, text->text.len};
    return kg_abi_take(err, r->view->link->link(out, n, r->linker, bytes, &detail), &detail);
}

kg_status kg_reading_names(const kgp_mention **out, size_t *n, const kg_reading *r, kg_str text,
                           kg_error *err) {
    kgp_error detail = {""};
    const kgp_link *link = r->view->link;
    if (link->size < offsetof(kgp_link, link_all) + sizeof link->link_all)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "the host cannot find all names; set all_names to false");
    kgp_text bytes = {text.data, text.len};
    return kg_abi_take(err, link->link_all(out, n, r->linker, bytes, &detail), &detail);
}

bool kg_reading_cover(uint32_t *first, uint32_t *end, const kg_span *spans, uint32_t n,
                      const kgp_mention *mention) {
    while (*first < n && spans[*first].start < mention->byte_start)
        ++*first;
    *end = *first;
    while (*end < n && spans[*end].end <= mention->byte_end)
        ++*end;
    /* A character may be divided between tokens: neither neighbor may have a part of the mention.
     */
    return *end > *first && spans[*first].start == mention->byte_start &&
           spans[*end - 1].end == mention->byte_end &&
           (*first == 0 || spans[*first - 1].end <= mention->byte_start) &&
           (*end == n || spans[*end].start >= mention->byte_end);
}

/* ---- Neighbors ------------------------------------------------------------------------------- */

/* Of those found the first K that the tables have rows for. */
static void keep_usable(kg_reading *r, uint32_t got) {
    const kg_graph_view *view = r->view;
    kgp_neighbour *found = r->found.data;
    r->found.len = 0;
    for (uint32_t i = 0; i < got && r->found.len < view->options.neighbors; i++)
        if (found[i].entity < view->entities && found[i].relation < view->relations)
            found[r->found.len++] = found[i];
}

kg_status kg_reading_neighbors(kg_reading *r, uint32_t entity, kg_error *err) {
    uint32_t wanted = r->view ? r->view->options.neighbors : 0;
    r->found.len = 0;
    for (uint32_t asked = wanted; r->found.len < wanted; asked *= 2) {
        uint32_t got = 0;
        r->found.len = 0;
        if (kg_array_reserve(&r->found, asked) != KG_OK)
            return no_memory(err);
        kgp_status failed = r->view->read->neighbours(r->found.data, &got, r->snapshot, entity,
                                                      r->view->options.weights, asked);
        if (failed != KGP_OK && failed != KGP_ERR_NOT_FOUND)
            return kg_error_set(err, (kg_status)failed,
                                "cannot read the neighbors of entity %u: %s", entity,
                                kg_strerror((kg_status)failed));
        keep_usable(r, got);
        if (got < asked || asked > KG_MOST_ASKED / 2)
            break;
    }
    return KG_OK;
}

static kg_status type_of(uint32_t *type, const kg_reading *r, uint32_t entity, kg_error *err) {
    const kg_graph_view *view = r->view;
    uint32_t n = 1;
    kgp_status st = KGP_OK;
    if (view->primary_types)
        *type = view->primary_types[entity];
    else
        st = view->read->types(type, &n, r->snapshot, entity, 1);
    if (st != KGP_OK && st != KGP_ERR_NOT_FOUND)
        return kg_error_set(err, (kg_status)st, "cannot read the types of entity %u: %s", entity,
                            kg_strerror((kg_status)st));
    /* KGP_NO_ID, and types that came after the view was begun, are none that it knows. */
    if (st != KGP_OK || n == 0 || *type > view->untyped)
        *type = view->untyped;
    return KG_OK;
}

static kg_status put_neighbor(kg_token_batch *to, const kgp_neighbour *neighbor, uint32_t type) {
    kg_status st;
    KG_TRY(st, kg_array_push(&to->neighbor_entities, neighbor->entity));
    KG_TRY(st, kg_array_push(&to->neighbor_relations, neighbor->relation));
    KG_TRY(st, kg_array_push(&to->neighbor_directions, (int8_t)neighbor->direction));
    return kg_array_push(&to->neighbor_types, type);
}

static kg_status put_place(kg_token_batch *to, const kg_placed_mention *mention,
                           uint32_t neighbors) {
    kg_status st;
    KG_TRY(st, kg_array_push(&to->mention_starts, mention->start));
    KG_TRY(st, kg_array_push(&to->mention_ends, mention->end));
    KG_TRY(st, kg_array_push(&to->mention_roles, (uint8_t)mention->role));
    KG_TRY(st, kg_array_push(&to->mention_entities, mention->entity));
    return kg_array_push(&to->neighbor_counts, neighbors);
}

kg_status kg_reading_put(kg_token_batch *to, kg_reading *r, const kg_placed_mention *mention,
                         kg_error *err) {
    kg_status st;
    uint32_t type = 0;
    KG_TRY(st, kg_reading_neighbors(r, mention->entity, err));
    if (put_place(to, mention, (uint32_t)r->found.len) != KG_OK)
        return no_memory(err);
    for (size_t i = 0; i < r->found.len; i++) {
        KG_TRY(st, type_of(&type, r, r->found.data[i].entity, err));
        if (put_neighbor(to, &r->found.data[i], type) != KG_OK)
            return no_memory(err);
    }
    return KG_OK;
}

kg_str kg_reading_name(const kg_reading *r, kgp_kind kind, uint32_t id, bool label) {
    kgp_text name = {"", 0};
    const kgp_graph_read *read = r->view->read;
    if ((label ? read->label : read->name)(&name, r->snapshot, kind, id) != KGP_OK)
        return (kg_str){"", 0};
    return (kg_str){name.data, name.len};
}
