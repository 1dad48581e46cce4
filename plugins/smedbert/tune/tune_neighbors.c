#include "plugins/smedbert/tune/tune_neighbors.h"

#include "model/ops.h"

#include <stdlib.h>

/* A neighbor of an entity that was mentioned, once or often. */
typedef struct attended {
    uint32_t mention, neighbor, relation;
    int8_t direction;
    uint32_t times;
    uint64_t among; /* sums over the times */
    double weight;
} attended;

typedef KG_ARRAY(attended) attended_list;

/* ---- Gathering ------------------------------------------------------------------------------- */

static kg_status take_weights(attended_list *to, const kg_infusion_index *x,
                              const kg_token_batch *b, const float *weights) {
    kg_status st;
    size_t before = 0, from = 0; /* mentions, and their neighbors in the batch */
    for (size_t m = 0; m < x->spans.count; m++) {
        uint32_t first = x->neighbor_offsets[m], n = x->neighbor_offsets[m + 1] - first;
        while (before < x->spans.mentions[m])
            from += b->neighbor_counts.data[before++];
        for (uint32_t k = 0; k < n; k++) {
            const attended one = {.mention = b->mention_entities.data[before],
                                  .neighbor = b->neighbor_entities.data[from + k],
                                  .relation = b->neighbor_relations.data[from + k],
                                  .direction = b->neighbor_directions.data[from + k],
                                  .times = 1,
                                  .among = n,
                                  .weight = (double)weights[first + k]};
            KG_TRY(st, kg_array_push(to, one));
        }
    }
    return KG_OK;
}

static kg_status take_pack(attended_list *to, kg_tune_session *s, const kg_tune_pack *pack,
                           kg_error *err) {
    kg_status st;
    const kg_infusion_pass *p = &s->head.pass.infusion;
    const kg_backend *be = kg_model_params(s->base.model)->backend;
    const kg_tune_way way = {.tables = kg_session_tables(&s->base),
                             .count = kg_tune_losses(&s->head.shape, pack)};
    if (pack->batch.neighbor_entities.len == 0)
        return KG_OK;
    KG_TRY(st, kg_tune_run(NULL, &s->head, pack, &way, err));
    size_t size = p->index.neighbors * sizeof *p->node_weight;
    float *view = be->map(p->node_weight, size);
    st = view ? take_weights(to, &p->index, &pack->batch, view) : KG_ERR_MEMORY;
    be->unmap(p->node_weight, view, size, false);
    return st == KG_OK ? st
                       : kg_error_set(err, st, "out of memory gathering what mentions attend to");
}

/* ---- Ordering -------------------------------------------------------------------------------- */

static int compare_numbers(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

static int compare_edges(const void *x, const void *y) {
    const attended *a = x, *b = y;
    int order = compare_numbers(a->mention, b->mention);
    order = order ? order : compare_numbers(a->neighbor, b->neighbor);
    order = order ? order : compare_numbers(a->relation, b->relation);
    return order ? order : (a->direction > b->direction) - (a->direction < b->direction);
}

static int compare_times(const void *x, const void *y) {
    const attended *a = x, *b = y;
    return a->times != b->times ? compare_numbers(b->times, a->times) : compare_edges(x, y);
}

static double mean_weight(const attended *a) {
    return a->weight / (double)a->times;
}

/* Equal edges become one. */
static void fold(attended_list *list) {
    size_t n = 0;
    qsort(list->data, list->len, sizeof *list->data, compare_edges);
    for (size_t i = 0; i < list->len; i++) {
        attended *last = n > 0 ? &list->data[n - 1] : NULL;
        if (!last || compare_edges(last, &list->data[i]) != 0) {
            list->data[n++] = list->data[i];
            continue;
        }
        last->times += list->data[i].times;
        last->among += list->data[i].among;
        last->weight += list->data[i].weight;
    }
    list->len = n;
}

/* Of each mention what it attended to most; the most frequent mentions first. */
static void choose(attended_list *list) {
    size_t n = 0;
    for (size_t i = 0; i < list->len; i++) {
        attended *best = n > 0 ? &list->data[n - 1] : NULL;
        if (list->data[i].among == list->data[i].times) /* there was nothing else to attend to */
            continue;
        if (!best || best->mention != list->data[i].mention)
            list->data[n++] = list->data[i];
        else if (mean_weight(&list->data[i]) > mean_weight(best))
            *best = list->data[i];
    }
    list->len = n;
    if (n > 0)
        qsort(list->data, n, sizeof *list->data, compare_times);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Its label, or without one its identifier. */
static json_t *name_of(const kg_tune_session *s, kgp_kind kind, uint32_t id) {
    kg_str name = kg_reading_name(&s->base.reading, kind, id, true);
    if (name.len == 0)
        name = kg_reading_name(&s->base.reading, kind, id, false);
    return json_stringn(name.data ? name.data : "", name.len);
}

static json_t *list_json(const kg_tune_session *s, const attended_list *list, size_t count) {
    json_t *out = json_array();
    for (size_t i = 0; out && i < list->len && i < count; i++) {
        const attended *a = &list->data[i];
        json_array_append_new(
            out, json_pack("{s:o, s:i, s:o, s:o, s:I, s:f, s:f}", "mention",
                           name_of(s, KGP_ENTITY, a->mention), "direction", a->direction,
                           "relation", name_of(s, KGP_RELATION, a->relation), "neighbor",
                           name_of(s, KGP_ENTITY, a->neighbor), "times", (json_int_t)a->times,
                           "weight", mean_weight(a), "among", (double)a->among / (double)a->times));
    }
    return out;
}

kg_status kg_tune_neighbors(json_t **out, kg_tune_session *s, const kg_tune_packs *packs,
                            size_t count, kg_error *err) {
    attended_list list = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    *out = NULL;
    for (size_t i = 0; kg_session_tables(&s->base) && st == KG_OK && i < packs->packs.len; i++)
        st = take_pack(&list, s, &packs->packs.data[i], err);
    if (st == KG_OK && list.len > 0) {
        fold(&list);
        choose(&list);
    }
    if (st == KG_OK && !(*out = list_json(s, &list, count)))
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory listing neighbors");
    kg_array_free(&list);
    return st;
}
