#include "tck_state.h"

#include <stdlib.h>

static const char *const names[TCK_PARTS] = {"nodes", "relationships", "labels", "properties"};

static int compare(const void *a, const void *b) {
    return kg_str_compare(*(const kg_str *)a, *(const kg_str *)b);
}

void tck_state_sort(tck_state *state) {
    for (int part = 0; part < TCK_PARTS; part++) {
        tck_row *set = &state->parts[part];
        size_t kept = 0;
        if (set->len)
            qsort(set->data, set->len, sizeof *set->data, compare);
        for (size_t i = 0; i < set->len; i++)
            if (i == 0 || !kg_str_equal(set->data[i], set->data[kept - 1]))
                set->data[kept++] = set->data[i];
        set->len = kept;
    }
}

/* How many of a are not in b. */
static size_t count_beyond(const tck_row *a, const tck_row *b) {
    size_t count = 0, k = 0;
    for (size_t i = 0; i < a->len; i++) {
        while (k < b->len && kg_str_compare(b->data[k], a->data[i]) < 0)
            k++;
        count += k == b->len || !kg_str_equal(b->data[k], a->data[i]);
    }
    return count;
}

/* The count that the table has for a name such as "+nodes". */
static size_t wanted(const tck_table *table, kg_str name, size_t *named) {
    for (size_t i = 0; i < table->len; i++)
        if (table->data[i].len == 2 && kg_str_equal(table->data[i].data[0], name)) {
            ++*named;
            return strtoul(table->data[i].data[1].data, NULL, 10);
        }
    return 0;
}

bool tck_state_equal(kg_str *why, kg_arena *arena, const tck_table *table, const tck_state *before,
                     const tck_state *after) {
    kg_str differences = KG_STR("");
    size_t named = 0;
    for (int i = 0; i < 2 * TCK_PARTS; i++) {
        const tck_row *old = &before->parts[i / 2], *new = &after->parts[i / 2];
        kg_str name = tck_format(arena, "%c%s", i % 2 ? '-' : '+', names[i / 2]);
        size_t want = wanted(table, name, &named);
        size_t have = i % 2 ? count_beyond(old, new) : count_beyond(new, old);
        if (want != have)
            differences = tck_format(arena, "%.*s%s%.*s %zu for %zu", KG_STR_ARG(differences),
                                     differences.len ? ", " : "", KG_STR_ARG(name), have, want);
    }
    if (named != table->len)
        differences = KG_STR("a row that is no side effect");
    if (differences.len)
        *why = tck_format(arena, "side effects: %.*s", KG_STR_ARG(differences));
    return differences.len == 0;
}
