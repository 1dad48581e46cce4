#include "plugins/smedbert/tasks/ner_names.h"

#include <stdlib.h>

enum { PLACES = 4, MOST_TYPES = 16 };
enum place { BEGIN, INSIDE, END, SINGLE };

size_t kg_ner_name_features(size_t n_types, bool all) {
    return PLACES * (n_types + 1) * (all ? 2 : 1);
}

static kg_status graph_failed(kgp_status status, const kgp_error *detail, kg_error *err) {
    return kg_error_set(err, (kg_status)status, "%s",
                        detail->text[0] ? detail->text : kg_strerror((kg_status)status));
}

/* The token that begins at byte `at`, and the one past the last that ends at byte `end`: false
 * where an edge lies inside a token. *i is where to begin looking, and moves up to `at`. */
static bool find_tokens(kg_ner_mention *out, size_t *i, const kg_ner_starts *starts,
                        const kg_ner_data *data, size_t first, const kgp_mention *found) {
    size_t count = starts->len;
    while (*i < count && starts->data[*i] < found->byte_start)
        ++*i;
    size_t last = *i;
    uint32_t end = 0;
    for (; last < count && starts->data[last] < found->byte_end; last++)
        end = starts->data[last] + (uint32_t)kg_ner_token(data, first + last).len;
    if (*i >= count || starts->data[*i] != found->byte_start || end != found->byte_end)
        return false;
    *out = (kg_ner_mention){(uint32_t)*i, (uint32_t)last, found->entity};
    return true;
}

kg_status kg_ner_names_give(kg_ner_data *data, const kg_ner_starts *starts,
                            const kgp_mention *mentions, size_t n) {
    kg_status st;
    size_t i = 0, first = kg_ner_sequence_start(data, data->sequence_ends.len - 1);
    for (size_t m = 0; m < n; m++) {
        kg_ner_mention one;
        if (find_tokens(&one, &i, starts, data, first, &mentions[m]))
            KG_TRY(st, kg_array_push(&data->given, one));
    }
    return kg_array_push(&data->given_ends, (uint32_t)data->given.len);
}

/* The features of all types of a mention's entity, for each of its tokens; `base` is that of type
 * 0. */
static kg_status add_features(kg_ner_names *names, const kg_example_sources *from,
                              const kg_ner_mention *m, size_t base, kg_error *err) {
    uint32_t types[MOST_TYPES], n = 0;
    kgp_status failed = from->graph->types(types, &n, from->snapshot, m->entity, MOST_TYPES);
    if (failed != KGP_OK)
        return graph_failed(failed, &(kgp_error){""}, err);
    if (n == 0) {
        types[0] = from->untyped;
        n = 1;
    }
    for (uint32_t i = m->first; i < m->end; i++) {
        enum place place =
            i + 1 < m->end ? (i == m->first ? BEGIN : INSIDE) : (i == m->first ? SINGLE : END);
        for (uint32_t t = 0; t < n && t < MOST_TYPES; t++) {
            uint32_t feature = (uint32_t)base + types[t] * PLACES + (uint32_t)place;
            kg_ner_name_feature one = {i, feature, m->end - m->first};
            if (kg_array_push(&names->features, one) != KG_OK)
                return kg_error_set(err, KG_ERR_MEMORY, "out of memory linking mentions");
        }
    }
    return KG_OK;
}

static kg_status take_mention(kg_ner_names *names, const kg_example_sources *from,
                              const kg_ner_mention *mention, kg_error *err) {
    if (kg_array_push(&names->longest, *mention) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory linking mentions");
    return add_features(names, from, mention, 0, err);
}

static kg_status take_given(kg_ner_names *names, const kg_ner_data *data, size_t sequence,
                            const kg_example_sources *from, kg_error *err) {
    kg_status st;
    size_t m = sequence > 0 ? data->given_ends.data[sequence - 1] : 0;
    for (; m < data->given_ends.data[sequence]; m++, names->linked++)
        KG_TRY(st, take_mention(names, from, &data->given.data[m], err));
    return KG_OK;
}

static kg_status find_longest(kg_ner_names *names, const kg_ner_data *data, size_t first,
                              const kg_example_sources *from, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t n = 0, i = 0;
    kgp_error detail = {""};
    kgp_status failed = from->link->link(&found, &n, from->linker,
                                         (kgp_text){names->text.data, names->text.len}, &detail);
    if (failed != KGP_OK)
        return graph_failed(failed, &detail, err);
    names->linked += n;
    for (size_t m = 0; m < n; m++) {
        kg_ner_mention one;
        if (!find_tokens(&one, &i, &names->starts, data, first, &found[m])) {
            names->off_edge++;
            continue;
        }
        KG_TRY(st, take_mention(names, from, &one, err));
    }
    return KG_OK;
}

static kg_status find_all(kg_ner_names *names, const kg_ner_data *data, size_t first,
                          const kg_example_sources *from, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t n = 0;
    kgp_error detail = {""};
    size_t base = kg_ner_name_features(from->untyped, false);
    if (from->link->size < sizeof *from->link)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "the host cannot find all names; set all_names to false");
    kgp_status failed = from->link->link_all(
        &found, &n, from->linker, (kgp_text){names->text.data, names->text.len}, &detail);
    if (failed != KGP_OK)
        return graph_failed(failed, &detail, err);
    for (size_t m = 0; m < n; m++) {
        kg_ner_mention one;
        size_t i = 0;
        if (find_tokens(&one, &i, &names->starts, data, first, &found[m]))
            KG_TRY(st, add_features(names, from, &one, base, err));
    }
    return KG_OK;
}

static int compare_features(const void *a, const void *b) {
    const kg_ner_name_feature *x = a, *y = b;
    if (x->token != y->token)
        return x->token < y->token ? -1 : 1;
    if (x->feature != y->feature)
        return x->feature < y->feature ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

static void sort_features(kg_ner_names *names) {
    size_t kept = 0;
    kg_ner_name_feature *f = names->features.data;
    if (names->features.len < 2)
        return;
    qsort(f, names->features.len, sizeof *f, compare_features);
    for (size_t i = 1; i < names->features.len; i++)
        if (compare_features(&f[kept], &f[i]) != 0)
            f[++kept] = f[i];
    names->features.len = kept + 1;
}

kg_status kg_ner_names_find(kg_ner_names *names, const kg_ner_data *data, size_t sequence,
                            const kg_example_sources *from, bool all, kg_error *err) {
    kg_status st;
    size_t first = kg_ner_sequence_start(data, sequence);
    size_t count = data->sequence_ends.data[sequence] - first;
    names->longest.len = names->features.len = names->starts.len = 0;
    if (!from->link)
        return KG_OK;
    if (kg_array_reserve(&names->starts, count) != KG_OK ||
        kg_ner_sequence_text(&names->text, names->starts.data, data, sequence) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory linking mentions");
    names->starts.len = count;
    KG_TRY(st, data->linked ? take_given(names, data, sequence, from, err)
                            : find_longest(names, data, first, from, err));
    if (all)
        KG_TRY(st, find_all(names, data, first, from, err));
    sort_features(names);
    return KG_OK;
}

void kg_ner_names_free(kg_ner_names *names) {
    kg_array_free(&names->longest);
    kg_array_free(&names->features);
    kg_array_free(&names->text);
    kg_array_free(&names->starts);
}
