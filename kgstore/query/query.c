#include "kgstore/query/query.h"

#include "kgstore/base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* verbs[i] is answered by answers[i]. */
static const kg_verb verbs[] = {
    {"top", "NAME", "Best neighbors over both directions; -k N of them", 1, 1},
    {"out", "NAME", "All edges from an entity, best first", 1, 1},
    {"in", "NAME", "All edges to an entity, best first", 1, 1},
    {"type", "NAME", "Types of an entity, the primary first", 1, 1},
    {"alias", "NAME", "Label and aliases of an entity", 1, 1},
    {"name", "TEXT", "Entities that a name, label or alias may mean, best first", 1, 1},
    {"search", "TEXT", "Entities by part of a name, or a misspelled one; -k N of them", 1, 1},
    {"count", "[NAME]", "Edges of an entity, or of the graph, by relation", 0, 1},
    {"path", "NAME NAME", "Shortest paths between two entities; one, or -k N of them", 2, 2},
    {"describe", "NAME", "All that is known of an entity", 1, 1},
    {"similar", "NAME", "Entities whose vectors in the table ent_emb are nearest", 1, 1},
};

static kg_status (*const answers[])(const kg_inquiry *) = {
    kg_answer_top,   kg_answer_out,      kg_answer_in,      kg_answer_type,
    kg_answer_alias, kg_answer_name,     kg_answer_search,  kg_answer_count,
    kg_answer_path,  kg_answer_describe, kg_answer_similar,
};

/* What of a question a verb reads beside its words, k and weights. */
enum { BY_ENTITY = 1, BY_TYPE = 2, RELATIONS = 4, WAYS = 8 };

static unsigned read_by(kg_status (*answer)(const kg_inquiry *)) {
    if (answer == kg_answer_top || answer == kg_answer_out || answer == kg_answer_in)
        return BY_ENTITY | RELATIONS;
    if (answer == kg_answer_count)
        return BY_TYPE;
    return answer == kg_answer_path ? RELATIONS | WAYS : 0;
}

enum { N_VERBS = sizeof verbs / sizeof *verbs };
_Static_assert(N_VERBS == sizeof answers / sizeof *answers, "each verb has its answer");

const kg_verb *kg_verbs(size_t *count) {
    *count = N_VERBS;
    return verbs;
}

static kg_status unknown_verb(const char *word, kg_error *err) {
    kg_nearest nearest = kg_nearest_begin(word);
    for (size_t i = 0; i < N_VERBS; ++i)
        kg_nearest_consider(&nearest, verbs[i].name);
    return kg_error_set(err, KG_ERR_ARGUMENT, "no verb %s%s%s%s", word,
                        nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
                        nearest.best ? "?" : "");
}

/* What would be passed over is refused. */
static kg_status check_options(const kg_question *question, unsigned read, kg_error *err) {
    const struct {
        bool given;
        unsigned bit;
        const char *name;
    } options[] = {
        {question->by_entity, BY_ENTITY, "--by-entity"},
        {question->by_type, BY_TYPE, "--by type"},
        {question->n_relations > 0, RELATIONS, "--relation"},
        {question->directed, WAYS, "--directed"},
        {question->most_edges > 0, WAYS, "--avoid-hubs"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        if (options[i].given && !(read & options[i].bit))
            return kg_error_set(err, KG_ERR_ARGUMENT, "%s takes no %s", question->verb,
                                options[i].name);
    return KG_OK;
}

kg_status kg_query(kg_result *result, kg_snapshot *snapshot, const kg_question *question,
                   kg_error *err) {
    const kg_inquiry q = {result, snapshot, question, err};
    kg_status st;
    size_t i = 0;
    while (i < N_VERBS && strcmp(verbs[i].name, question->verb) != 0)
        ++i;
    if (i == N_VERBS)
        return unknown_verb(question->verb, err);
    if (question->n_args < verbs[i].min_args || question->n_args > verbs[i].max_args)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %zu word%s after %s; expected %s",
                            question->n_args, question->n_args == 1 ? "" : "s", verbs[i].name,
                            verbs[i].arguments);
    KG_TRY(st, check_options(question, read_by(answers[i]), err));
    st = answers[i](&q);
    return st == KG_OK ? result->status : kg_snapshot_fault(err, st, snapshot);
}

kg_status kg_inquiry_entity(kg_id *entity, const kg_inquiry *q, size_t i) {
    return kg_entity_resolve(entity, q->snapshot, q->question->args[i], q->err);
}

static kg_status unknown_relation(const kg_inquiry *q, kg_str name) {
    kg_id id;
    kg_str near = {NULL, 0};
    bool found = kg_name_suggest(&id, q->snapshot, KG_RELATION, name) == KG_OK &&
                 kg_name_get(&near, q->snapshot, KG_RELATION, id) == KG_OK;
    return kg_error_set(q->err, KG_ERR_NOT_FOUND, "there is no relation \"%.*s\"%s%.*s%s",
                        KG_STR_ARG(name), found ? "; did you mean " : "", KG_STR_ARG(near),
                        found ? "?" : "");
}

kg_status kg_inquiry_relations(kg_relation_set *set, const kg_inquiry *q) {
    kg_stats stats;
    kg_status st;
    kg_id id;
    *set = (kg_relation_set){NULL, 0};
    if (q->question->n_relations == 0)
        return KG_OK;
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    bool *wanted = calloc((size_t)stats.relations + 1, sizeof *wanted);
    if (!wanted)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < q->question->n_relations && st == KG_OK; ++i) {
        kg_str name = q->question->relations[i];
        st = kg_name_find(&id, q->snapshot, KG_RELATION, name);
        if (st == KG_ERR_NOT_FOUND)
            st = unknown_relation(q, name);
        else if (st == KG_OK)
            wanted[id] = true;
    }
    if (st == KG_OK)
        *set = (kg_relation_set){wanted, stats.relations};
    else
        free(wanted);
    return st;
}

bool kg_inquiry_has_labels(const kg_inquiry *q) {
    kg_stats stats;
    return kg_snapshot_stats(&stats, q->snapshot, NULL) == KG_OK && stats.labels > 0;
}

kg_status kg_cell_name(const kg_inquiry *q, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_name_get(&name, q->snapshot, kind, id));
    kg_result_text(q->result, name);
    return KG_OK;
}

kg_status kg_cell_label(const kg_inquiry *q, kg_id entity) {
    kg_status st;
    kg_str label;
    KG_TRY(st, kg_label_get(&label, q->snapshot, KG_ENTITY, entity));
    kg_result_text(q->result, label);
    return KG_OK;
}

kg_status kg_cell_types(const kg_inquiry *q, kg_id entity) {
    kg_status st;
    kg_types types;
    kg_str name, *items;
    KG_TRY(st, kg_entity_types(&types, q->snapshot, entity));
    kg_result_texts(&items, q->result, types.count);
    for (uint32_t i = 0; items && i < types.count; ++i) {
        KG_TRY(st, kg_name_get(&name, q->snapshot, KG_TYPE, kg_types_at(types, i)));
        items[i] = kg_result_copy(q->result, name);
    }
    return KG_OK;
}

kg_status kg_cell_properties(const kg_inquiry *q, kg_properties properties) {
    kg_status st;
    kg_id key;
    kg_value value;
    kg_str name, *keys;
    kg_cell *items;
    size_t n = 0;
    for (kg_properties rest = properties; kg_properties_next(&key, &value, &rest);)
        ++n;
    kg_result_map(&keys, &items, q->result, n);
    for (size_t i = 0; items && i < n && kg_properties_next(&key, &value, &properties); ++i) {
        KG_TRY(st, kg_name_get(&name, q->snapshot, KG_KEY, key));
        keys[i] = kg_result_copy(q->result, name);
        items[i] = kg_result_value(q->result, &value);
    }
    return KG_OK;
}

double kg_inquiry_weight(const kg_inquiry *q, kg_id entity) {
    const double *weights;
    uint64_t count;
    if (kg_weights_get(&weights, &count, NULL, q->snapshot) != KG_OK)
        return 0;
    return entity < count ? weights[entity] : 0;
}
