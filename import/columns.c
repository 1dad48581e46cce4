#include "import/columns.h"

#include "import/fields.h"

static const struct {
    const char *name;
    const char *words[14]; /* that headers call it by, the best first */
} roles[KG_ROLES] = {
    [KG_HEAD] = {"head",
                 {"head", "subject", "source", "from", "h", "src", "start", "node1", "head_id",
                  "subject_id", "source_id", "x_id", "x_index"}},
    [KG_HEAD_TYPE] = {"head_type",
                      {"head_type", "subject_type", "source_type", "head_label", "source_kind",
                       "x_type", "subject_category"}},
    [KG_HEAD_NAME] = {"head_name", {"head_name", "subject_name", "source_name", "x_name"}},
    [KG_HEAD_SOURCE] = {"head_source", {"head_source", "x_source"}},
    [KG_EDGE] = {"relation",
                 {"predicate", "relation", "metaedge", "relationship", "rel", "r", "edge",
                  "interaction", "relation_id", "edge_type", "relation_type"}},
    [KG_EDGE_NAME] = {"relation_name", {"relation_name", "display_relation", "relation_label"}},
    [KG_TAIL] = {"tail",
                 {"tail", "object", "target", "to", "t", "dst", "end", "node2", "tail_id",
                  "object_id", "target_id", "y_id", "y_index"}},
    [KG_TAIL_TYPE] = {"tail_type",
                      {"tail_type", "object_type", "target_type", "tail_label", "target_kind",
                       "y_type", "object_category"}},
    [KG_TAIL_NAME] = {"tail_name", {"tail_name", "object_name", "target_name", "y_name"}},
    [KG_TAIL_SOURCE] = {"tail_source", {"tail_source", "y_source"}},
};

const char *kg_role_name(kg_role role) {
    return roles[role].name;
}

static void clear(kg_columns *c) {
    *c = (kg_columns){.role_of = KG_ARRAY_INIT};
    for (int r = 0; r < KG_ROLES; r++)
        c->of[r] = KG_COLUMN_IGNORED;
}

/* From the roles of the columns to the rest. */
static void finish(kg_columns *c) {
    for (size_t i = 0; i < c->role_of.len; i++) {
        int r = c->role_of.data[i];
        c->drops = c->drops || r == KG_COLUMN_DROPPED;
        if (r < 0)
            continue;
        bool name = r == KG_HEAD_NAME || r == KG_EDGE_NAME || r == KG_TAIL_NAME;
        c->of[r] = (int)i;
        c->names = c->names || name || r == KG_HEAD_SOURCE || r == KG_TAIL_SOURCE;
        if (!name)
            c->needed = i + 1;
    }
}

static kg_status push(kg_columns *c, int role, kg_error *err) {
    if (kg_array_push(&c->role_of, role) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the columns");
    return KG_OK;
}

static bool has_role(const kg_columns *c, int role) {
    for (size_t i = 0; i < c->role_of.len; i++)
        if (c->role_of.data[i] == role)
            return true;
    return false;
}

static int role_of_name(kg_str name) {
    if (kg_str_equal(name, KG_STR("-")) || kg_str_equal(name, KG_STR("skip")))
        return KG_COLUMN_IGNORED;
    for (int r = 0; r < KG_ROLES; r++)
        if (kg_str_equal(name, kg_str_from(roles[r].name)))
            return r;
    return KG_ROLES;
}

kg_status kg_columns_from_option(kg_columns *c, const char *list, bool edge, kg_error *err) {
    kg_status st;
    kg_str rest = kg_str_from(list), field;
    clear(c);
    for (bool more = true; more;) {
        more = kg_fields_next(&field, &rest, ',');
        kg_str name = kg_str_trim(field);
        int r = role_of_name(name);
        if (r == KG_ROLES)
            return kg_error_set(err, KG_ERR_ARGUMENT,
                                "--columns: found \"%s\"; expected head, head_type, relation, "
                                "tail, tail_type, head_name, relation_name, tail_name, or - for a "
                                "column to ignore",
                                kg_quote(name).text);
        if (r >= 0 && has_role(c, r))
            return kg_error_set(err, KG_ERR_ARGUMENT, "--columns names %s twice", roles[r].name);
        KG_TRY(st, push(c, r, err));
    }
    finish(c);
    if (c->of[KG_HEAD] >= 0 && c->of[KG_TAIL] >= 0 && (c->of[KG_EDGE] >= 0 || !edge))
        return KG_OK;
    return kg_error_set(
        err, KG_ERR_ARGUMENT, "--columns must name head, relation and tail; found \"%s\"%s", list,
        c->of[KG_EDGE] < 0 ? "; name the relation of all edges with --relation" : "");
}

/* The role that a header's word names and how well, 0 best; KG_COLUMN_DROPPED: none. */
static int role_of_word(int *rank, kg_str word) {
    if (word.len > 0 && (word.data[0] == '#' || word.data[0] == ':'))
        word = (kg_str){word.data + 1, word.len - 1};
    for (int r = 0; r < KG_ROLES; r++)
        for (*rank = 0; roles[r].words[*rank]; ++*rank)
            if (kg_str_equal_nocase(word, kg_str_from(roles[r].words[*rank])))
                return r;
    return KG_COLUMN_DROPPED;
}

kg_status kg_columns_from_header(kg_header_kind *kind, kg_columns *c, const kg_csv *csv,
                                 kg_error *err) {
    kg_status st;
    int best[KG_ROLES], at[KG_ROLES], rank;
    bool twice = false;
    clear(c);
    for (int r = 0; r < KG_ROLES; r++)
        at[r] = -1;
    for (size_t i = 0; i < csv->fields.len; i++) {
        int r = role_of_word(&rank, kg_str_trim(csv->fields.data[i]));
        bool taken = r >= 0 && at[r] >= 0;
        twice = twice || (taken && rank == best[r]);
        if (taken && rank >= best[r]) {
            r = KG_COLUMN_DROPPED;
        } else if (r >= 0) {
            if (taken)
                c->role_of.data[at[r]] = KG_COLUMN_DROPPED;
            best[r] = rank;
            at[r] = (int)i;
        }
        KG_TRY(st, push(c, r, err));
    }
    finish(c);
    bool ends = c->of[KG_HEAD] >= 0 && c->of[KG_TAIL] >= 0 && !twice;
    *kind = !ends ? KG_HEADER_NONE : c->of[KG_EDGE] < 0 ? KG_HEADER_NO_EDGE : KG_HEADER_WHOLE;
    return KG_OK;
}

void kg_columns_free(kg_columns *columns) {
    kg_array_free(&columns->role_of);
}
