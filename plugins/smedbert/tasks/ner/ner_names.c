#include "plugins/smedbert/tasks/ner/ner_names.h"

#include "plugins/common/abi_status.h"

#include <stdlib.h>

enum { PLACES = 4, MOST_TYPES = 16 };
enum place { BEGIN, INSIDE, END, SINGLE };

size_t kg_ner_name_features(size_t n_types, bool all) {
    return PLACES * (n_types + 1) * (all ? 2 : 1);
}

/* Where the tokens from `first` on stand in the text in which they begin at `starts`. */
static void place_tokens(kg_span *spans, const kg_ner_starts *starts, const kg_ner_data *data,
                         size_t first) {
    for (size_t i = 0; i < starts->len; i++)
        spans[i] = (kg_span){starts->data[i],
                             starts->data[i] + (uint32_t)kg_ner_token(data, first + i).len};
}

kg_status kg_ner_names_give(kg_ner_data *data, const kg_ner_starts *starts,
                            const kgp_mention *mentions, size_t n) {
    kg_status st = KG_OK;
    uint32_t at = 0, end;
    size_t first = kg_ner_sequence_start(data, data->sequence_ends.len - 1);
    kg_span *spans = malloc((starts->len + 1) * sizeof *spans);
    if (!spans)
        return KG_ERR_MEMORY;
    place_tokens(spans, starts, data, first);
    for (size_t m = 0; m < n && st == KG_OK; m++) {
        bool covered = kg_reading_cover(&at, &end, spans, (uint32_t)starts->len, &mentions[m]);
        const kg_ner_mention one = {at, end, mentions[m].entity};
        if (covered)
            st = kg_array_push(&data->given, one);
    }
    free(spans);
    if (st != KG_OK)
        return st;
    return kg_array_push(&data->given_ends, (uint32_t)data->given.len);
}

/* The features of all types of a mention's entity, for each of its tokens; `base` is that of type
 * 0. */
static kg_status add_features(kg_ner_names *names, kg_reading *reading, const kg_ner_mention *m,
                              size_t base, kg_error *err) {
    uint32_t types[MOST_TYPES], n = 0;
    kgp_status failed =
        reading->view->read->types(types, &n, reading->snapshot, m->entity, MOST_TYPES);
    if (failed != KGP_OK && failed != KGP_ERR_NOT_FOUND)
        return kg_abi_take(err, failed, NULL);
    if (n == 0) {
        types[0] = reading->view->untyped;
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

static kg_status take_mention(kg_ner_names *names, kg_reading *reading,
                              const kg_ner_mention *mention, kg_error *err) {
    if (kg_array_push(&names->longest, *mention) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory linking mentions");
    return add_features(names, reading, mention, 0, err);
}

static kg_status take_given(kg_ner_names *names, const kg_ner_data *data, size_t sequence,
                            kg_reading *reading, kg_error *err) {
    kg_status st;
    size_t m = sequence > 0 ? data->given_ends.data[sequence - 1] : 0;
    for (; m < data->given_ends.data[sequence]; m++, names->linked++)
        KG_TRY(st, take_mention(names, reading, &data->given.data[m], err));
    return KG_OK;
}

static kg_str text_of(const kg_ner_names *names) {
    return (kg_str){names->text.data, names->text.len};
}

static kg_status find_longest(kg_ner_names *names, kg_reading *reading, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t n = 0;
    uint32_t at = 0, end;
    const kg_linked_text text = {.text = text_of(names)};
    KG_TRY(st, kg_reading_mentions(&found, &n, reading, &text, err));
    names->linked += n;
    for (size_t m = 0; m < n; m++) {
        if (!kg_reading_cover(&at, &end, names->spans.data, (uint32_t)names->spans.len,
                              &found[m])) {
            names->off_edge++;
            continue;
        }
        const kg_ner_mention one = {at, end, found[m].entity};
        KG_TRY(st, take_mention(names, reading, &one, err));
    }
    return KG_OK;
}

static kg_status find_all(kg_ner_names *names, kg_reading *reading, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t n = 0;
    size_t base = kg_ner_name_features(reading->view->untyped, false);
    KG_TRY(st, kg_reading_names(&found, &n, reading, text_of(names), err));
    for (size_t m = 0; m < n; m++) {
        uint32_t at = 0, end;
        if (!kg_reading_cover(&at, &end, names->spans.data, (uint32_t)names->spans.len, &found[m]))
            continue;
        const kg_ner_mention one = {at, end, found[m].entity};
        KG_TRY(st, add_features(names, reading, &one, base, err));
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
                            kg_reading *reading, bool all, kg_error *err) {
    kg_status st;
    size_t first = kg_ner_sequence_start(data, sequence);
    size_t count = data->sequence_ends.data[sequence] - first;
    names->longest.len = names->features.len = names->starts.len = 0;
    names->spans.len = 0;
    if (!reading->linker)
        return KG_OK;
    if (kg_array_reserve(&names->starts, count) != KG_OK ||
        kg_array_reserve(&names->spans, count) != KG_OK ||
        kg_ner_sequence_text(&names->text, names->starts.data, data, sequence) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory linking mentions");
    names->starts.len = names->spans.len = count;
    place_tokens(names->spans.data, &names->starts, data, first);
    KG_TRY(st, data->linked ? take_given(names, data, sequence, reading, err)
                            : find_longest(names, reading, err));
    if (all)
        KG_TRY(st, find_all(names, reading, err));
    sort_features(names);
    return KG_OK;
}

void kg_ner_names_free(kg_ner_names *names) {
    kg_array_free(&names->longest);
    kg_array_free(&names->features);
    kg_array_free(&names->text);
    kg_array_free(&names->starts);
    kg_array_free(&names->spans);
}
