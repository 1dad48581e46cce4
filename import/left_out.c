/* What a format has no place for, counted over the whole graph. */
#include "import/export.h"

enum { LABELS, ALIASES, TYPES, LANGUAGES, OF_RELATIONS, SPOKEN, WHAT };

typedef struct tally {
    kg_export_job *job;
    unsigned holds;
    uint64_t n[WHAT];
    KG_ARRAY(uint64_t) keys; /* by key */
} tally;

static kg_status count_text(void *context, const kg_label *label) {
    tally *t = context;
    bool shown = label->preferred && t->holds & KG_HOLDS_LABELS;
    t->n[label->is_label ? LABELS : ALIASES] += !shown;
    t->n[LANGUAGES] += label->language.len > 0;
    return KG_OK;
}

static void count_properties(tally *t, kg_properties properties) {
    kg_id key;
    kg_value value;
    while (kg_properties_next(&key, &value, &properties))
        if (key < t->keys.len)
            t->keys.data[key]++;
}

static kg_status count_edges(tally *t, kg_id head) {
    kg_status st;
    kg_edges out;
    uint64_t n = 0;
    kg_properties properties;
    KG_TRY(st, kg_export_edges(&out, &n, t->job, head, true));
    for (uint32_t i = 0; i < out.count; i++) {
        KG_TRY(st, kg_edge_properties(&properties, t->job->snapshot, head, kg_edge_relation(out, i),
                                      kg_edge_entity(out, i)));
        count_properties(t, properties);
    }
    return KG_OK;
}

static kg_status count_entity(tally *t, kg_id id) {
    kg_status st;
    kg_types types;
    kg_properties properties;
    kg_snapshot *snapshot = t->job->snapshot;
    KG_TRY(st, kg_entity_labels(snapshot, id, count_text, t));
    KG_TRY(st, kg_entity_types(&types, snapshot, id));
    t->n[TYPES] += types.count;
    if (t->holds & KG_HOLDS_PROPERTIES)
        return KG_OK;
    KG_TRY(st, kg_entity_properties(&properties, snapshot, id));
    count_properties(t, properties);
    return t->job->stats.edge_values > 0 ? count_edges(t, id) : KG_OK;
}

static kg_status count_relation(tally *t, kg_id id) {
    kg_status st;
    kg_str label, language;
    KG_TRY(st, kg_export_relation_label(&label, &language, t->job, id));
    t->n[OF_RELATIONS] += label.len > 0;
    t->n[SPOKEN] += language.len > 0;
    return KG_OK;
}

static kg_status tell(kg_export_job *job, const kg_export_options *o, kg_str name, uint64_t n) {
    job->report->left_out += n;
    return n > 0 && o->left_out ? o->left_out(o->context, name, n) : KG_OK;
}

static kg_status tell_all(const tally *t, const kg_export_options *o) {
    static const struct {
        kg_str name;
        unsigned flag;
    } what[WHAT] = {[LABELS] = {KG_STR("labels"), KG_HOLDS_LABELS},
                    [ALIASES] = {KG_STR("aliases"), KG_HOLDS_ALIASES},
                    [TYPES] = {KG_STR("types"), KG_HOLDS_TYPES},
                    [LANGUAGES] = {KG_STR("languages"), KG_HOLDS_LANGUAGES},
                    [OF_RELATIONS] = {KG_STR("labels of relations"), KG_HOLDS_RELATION_LABELS},
                    [SPOKEN] = {KG_STR("languages of relations"), KG_HOLDS_RELATION_LANGUAGES}};
    kg_status st;
    for (int i = 0; i < WHAT; i++)
        if (i == LABELS || !(t->holds & what[i].flag))
            KG_TRY(st, tell(t->job, o, what[i].name, t->n[i]));
    for (kg_id key = 0; key < t->keys.len; key++) {
        kg_str name;
        KG_TRY(st, kg_export_name(&name, t->job, KG_KEY, key));
        KG_TRY(st, tell(t->job, o, name, t->keys.data[key]));
    }
    return KG_OK;
}

kg_status kg_export_left_out(kg_export_job *job, unsigned holds, const kg_export_options *options) {
    tally t = {.job = job, .holds = holds};
    kg_status st = KG_OK;
    size_t n = job->stats.keys;
    if (holds == KG_HOLDS_ALL)
        return KG_OK;
    if (kg_array_reserve(&t.keys, n) != KG_OK)
        return kg_error_set(job->err, KG_ERR_MEMORY, "out of memory writing %s", job->path);
    for (; t.keys.len < n;)
        t.keys.data[t.keys.len++] = 0;
    for (kg_id id = 0; id < job->stats.relations && st == KG_OK; id++)
        st = count_relation(&t, id);
    bool whole = (holds & KG_HOLDS_ENTITIES) == KG_HOLDS_ENTITIES;
    for (uint64_t i = 0; !whole && i < job->live.count && st == KG_OK; i++)
        st = count_entity(&t, kg_live_id(&job->live, i));
    if (st == KG_OK)
        st = tell_all(&t, options);
    kg_array_free(&t.keys);
    return st;
}
