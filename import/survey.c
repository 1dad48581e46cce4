#include "import/survey.h"

/* What is looked at; columns by key until it is done. */
typedef struct look {
    kg_export_job *job;
    const char *forbidden;
    KG_ARRAY(kg_cell_type) types; /* by key */
    KG_ARRAY(bool) seen;
} look;

static kg_status no_memory(kg_export_job *job) {
    return kg_error_set(job->err, KG_ERR_MEMORY, "out of memory writing %s", job->path);
}

static void look_at(look *l, kg_properties properties) {
    kg_id key;
    kg_value value;
    while (kg_properties_next(&key, &value, &properties)) {
        kg_cell_type type = kg_cell_type_of(&value, l->forbidden);
        if (key >= l->types.len)
            return;
        l->types.data[key] =
            l->seen.data[key] ? kg_cell_type_join(&l->types.data[key], &type) : type;
        l->seen.data[key] = true;
    }
}

static kg_status begin(look *l) {
    size_t n = l->job->stats.keys;
    if (kg_array_reserve(&l->types, n) != KG_OK || kg_array_reserve(&l->seen, n) != KG_OK)
        return no_memory(l->job);
    l->types.len = l->seen.len = n;
    for (size_t i = 0; i < n; i++)
        l->seen.data[i] = false;
    return KG_OK;
}

static kg_status finish(kg_survey *survey, look *l, kg_status st) {
    for (kg_id key = 0; key < l->seen.len && st == KG_OK; key++) {
        kg_survey_column column = {.key = key, .type = l->types.data[key]};
        if (!l->seen.data[key])
            continue;
        st = kg_export_name(&column.name, l->job, KG_KEY, key);
        if (st == KG_OK && kg_array_push(survey, column) != KG_OK)
            st = no_memory(l->job);
    }
    kg_array_free(&l->types);
    kg_array_free(&l->seen);
    return st;
}

kg_status kg_survey_entities(kg_survey *survey, kg_export_job *job, const char *forbidden) {
    look l = {.job = job, .forbidden = forbidden};
    kg_status st = begin(&l);
    for (uint64_t i = 0; job->stats.entity_values > 0 && i < job->live.count && st == KG_OK; i++) {
        kg_properties properties;
        st = kg_entity_properties(&properties, job->snapshot, kg_live_id(&job->live, i));
        if (st == KG_OK)
            look_at(&l, properties);
    }
    return finish(survey, &l, st);
}

static kg_status look_at_edges(look *l, kg_id head) {
    kg_status st;
    kg_edges out;
    kg_properties properties;
    uint64_t count = 0;
    KG_TRY(st, kg_export_edges(&out, &count, l->job, head, true));
    for (uint32_t i = 0; i < out.count; i++) {
        KG_TRY(st, kg_edge_properties(&properties, l->job->snapshot, head, kg_edge_relation(out, i),
                                      kg_edge_entity(out, i)));
        look_at(l, properties);
    }
    return KG_OK;
}

kg_status kg_survey_edges(kg_survey *survey, kg_export_job *job, const char *forbidden) {
    look l = {.job = job, .forbidden = forbidden};
    kg_status st = begin(&l);
    for (uint64_t i = 0; job->stats.edge_values > 0 && i < job->live.count && st == KG_OK; i++)
        st = look_at_edges(&l, kg_live_id(&job->live, i));
    return finish(survey, &l, st);
}

kg_status kg_survey_row(const kg_survey *survey, kg_export_job *job, kg_properties properties,
                        kg_cell_fn put, void *context) {
    kg_status st;
    kg_id key = 0;
    kg_value value;
    bool more = kg_properties_next(&key, &value, &properties);
    for (size_t i = 0; i < survey->len; i++) {
        const kg_survey_column *column = &survey->data[i];
        job->text.len = 0;
        while (more && key < column->key)
            more = kg_properties_next(&key, &value, &properties);
        if (more && key == column->key &&
            kg_cell_append(&job->text, &column->type, &value) != KG_OK)
            return no_memory(job);
        KG_TRY(st, put(context, column, (kg_str){job->text.data, job->text.len}));
    }
    return KG_OK;
}
