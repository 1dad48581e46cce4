/* The files SMedBERT's code reads: a folder with ch_entity2id.txt and ch_relation2id.txt (as
 * OpenKE's), ent2outRel and ent2inRel {name: [(relation, name), ...]}, type_set {name: type or
 * types} and global_PageRank {name: weight}, each of these JSON or a pickle. A triple stands in
 * both dictionaries, so half of those read are counted as duplicates. Names may be ids instead, as
 * whole numbers. */
#include "import/format.h"
#include "import/idfiles.h"
#include "import/members.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 24 };

static const char WEIGHTS[] = "global_PageRank";

typedef struct dictionary {
    kg_reader *r;
    const char *file;
    bool inward; /* the dictionary of edges that arrive */
} dictionary;

static kg_statement statement(const dictionary *d, kg_statement_kind kind) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.file = d->file;
    return s;
}

static bool is_id(const kg_datum *v) {
    return v->kind == KG_DATUM_INTEGER && v->as.integer >= 0 && v->as.integer < UINT32_MAX;
}

static bool is_name(const kg_datum *v) {
    return v->kind == KG_DATUM_TEXT && v->as.text.len > 0;
}

/* What the key of a dictionary is called in messages. */
static kg_quoted key_text(const kg_datum *key) {
    kg_quoted q = {"a key that is no name"};
    if (key->kind == KG_DATUM_TEXT)
        return kg_quote(key->as.text);
    if (key->kind == KG_DATUM_INTEGER)
        snprintf(q.text, sizeof q.text, "%lld", (long long)key->as.integer);
    return q;
}

/* One end or relation of a triple, by name or by id as *s already is; false where it is neither. */
static bool set_entity(kg_statement *s, bool head, const kg_datum *v) {
    if (s->by_id && is_id(v)) {
        *(head ? &s->head_id : &s->tail_id) = (kg_id)v->as.integer;
        return true;
    }
    if (!s->by_id && is_name(v)) {
        *(head ? &s->head : &s->tail) = v->as.text;
        return true;
    }
    return false;
}

static bool set_relation(kg_statement *s, const kg_datum *v) {
    if (s->by_id && is_id(v)) {
        s->relation_id = (kg_id)v->as.integer;
        return true;
    }
    s->relation = is_name(v) ? v->as.text : (kg_str){"", 0};
    return !s->by_id && s->relation.len > 0;
}

static kg_status read_neighbours(void *context, const kg_datum *key, const kg_datum *value,
                                 kg_error *err) {
    kg_status st;
    const dictionary *d = context;
    d->r->counts->lines++;
    if (value->kind != KG_DATUM_LIST)
        return kg_reader_bad(d->r, d->file, 0, err,
                             "the neighbors of \"%s\" are no list; expected [(relation, name), "
                             "...]; write them so",
                             key_text(key).text);
    for (size_t i = 0; i < value->n; i++) {
        const kg_datum *pair = value->as.items[i];
        kg_statement s = statement(d, KG_STATEMENT_TRIPLE);
        s.by_id = is_id(key);
        bool good = pair->kind == KG_DATUM_LIST && pair->n == 2 &&
                    set_relation(&s, pair->as.items[0]) && set_entity(&s, !d->inward, key) &&
                    set_entity(&s, d->inward, pair->as.items[1]);
        KG_TRY(st, good ? kg_reader_emit(d->r, &s, err)
                        : kg_reader_bad(d->r, d->file, 0, err,
                                        "neighbor %zu of \"%s\" is no pair (relation, name), both "
                                        "names or both ids; correct it",
                                        i + 1, key_text(key).text));
    }
    return KG_OK;
}

/* A type as text: its name, or its number in digits. */
static bool type_text(kg_str *out, char *digits, const kg_datum *v) {
    if (is_id(v))
        *out = (kg_str){digits, (size_t)snprintf(digits, DIGITS, "%lld", (long long)v->as.integer)};
    else if (is_name(v))
        *out = v->as.text;
    else
        return false;
    return true;
}

static kg_status read_types(void *context, const kg_datum *key, const kg_datum *value,
                            kg_error *err) {
    const dictionary *d = context;
    const kg_datum *const one[] = {value};
    const kg_datum *const *items = one;
    size_t n = 1;
    kg_statement s = statement(d, KG_STATEMENT_ENTITY);
    d->r->counts->lines++;
    if (value->kind == KG_DATUM_LIST) {
        items = (const kg_datum *const *)value->as.items;
        n = value->n;
    }
    kg_str *types = malloc((n + 1) * (sizeof *types + DIGITS));
    if (!types)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", d->file);
    char *digits = (char *)(types + n + 1);
    s.by_id = is_id(key);
    bool good = set_entity(&s, true, key);
    for (size_t i = 0; good && i < n; i++)
        good = type_text(&types[i], digits + i * DIGITS, items[i]);
    kg_status st = good ? kg_reader_emit_types(d->r, &s, types, n, err)
                        : kg_reader_bad(d->r, d->file, 0, err,
                                        "the types of \"%s\" are neither a name nor a list of "
                                        "names; write them so",
                                        key_text(key).text);
    free(types);
    return st;
}

/* The weights may be those of a larger graph. */
static kg_status read_weight(void *context, const kg_datum *key, const kg_datum *value,
                             kg_error *err) {
    kg_status st;
    const dictionary *d = context;
    kg_statement s = statement(d, KG_STATEMENT_WEIGHT);
    d->r->counts->lines++;
    s.by_id = is_id(key);
    s.number = value->kind == KG_DATUM_REAL ? value->as.real : (double)value->as.integer;
    bool taken, number = value->kind == KG_DATUM_REAL || value->kind == KG_DATUM_INTEGER;
    if (!number || !isfinite(s.number) || s.number < 0 || !set_entity(&s, true, key))
        return kg_reader_bad(d->r, d->file, 0, err,
                             "the weight of \"%s\" is no number from 0; correct it",
                             key_text(key).text);
    KG_TRY(st, kg_reader_offer(&taken, d->r, &s, err));
    return taken ? KG_OK
                 : kg_reader_drop(d->r, KG_STR("weight of a name not in the graph"), 1, err);
}

/* Open the dictionary in whichever form it is there. *lines NULL: in none. */
static kg_status open_dictionary(kg_lines **lines, kg_reader *r, const char *folder,
                                 const char *name, kg_error *err) {
    static const char *const endings[] = {"json", "pkl", "pickle"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char file[64];
        snprintf(file, sizeof file, "%s.%s", name, endings[i]);
        kg_status st = kg_reader_open_in(lines, r, folder, file, err);
        if (st != KG_ERR_NOT_FOUND)
            return st;
    }
    *lines = NULL;
    return KG_OK;
}

static kg_status read_dictionary(bool *found, kg_reader *r, const char *folder, const char *name,
                                 kg_member_fn visit, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    kg_str content;
    KG_TRY(st, open_dictionary(&lines, r, folder, name, err));
    *found = lines != NULL;
    if (!lines)
        return KG_OK;
    dictionary d = {r, kg_lines_name(lines), strcmp(name, "ent2inRel") == 0};
    st = kg_reader_all(&content, r, lines, err);
    if (st == KG_OK)
        st = kg_members_each(content, d.file, visit, &d, err);
    kg_lines_close(lines);
    return st;
}

/* Is there a dictionary of edges in the folder, or in the one below it? */
static bool holds_dictionary(const char *folder, const char *below) {
    static const char *const names[] = {"ent2outRel.json", "ent2outRel.pkl", "ent2outRel.pickle",
                                        "ent2inRel.json",  "ent2inRel.pkl",  "ent2inRel.pickle"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", below, names[i]);
        if (kg_folder_holds(folder, name))
            return true;
    }
    return false;
}

static bool is_named_kgs(const char *folder) {
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return n >= 3 && memcmp(folder + n - 3, "kgs", 3) == 0 && (n == 3 || folder[n - 4] == '/');
}

/* A list of ids, where the folder has it. */
static kg_status read_ids(kg_reader *r, const char *folder, const char *name, kg_kind kind,
                          kg_error *err) {
    kg_lines *lines;
    uint64_t count;
    kg_status st = kg_reader_open_in(&lines, r, folder, name, err);
    if (st != KG_OK)
        return st == KG_ERR_NOT_FOUND ? KG_OK : st;
    return kg_idlist_read(&count, r, lines, kind, KG_IDLIST_NAME_ID, err);
}

/* Read the folder of dictionaries; *weighted: the weights were among them. */
static kg_status read_folder(bool *weighted, kg_reader *r, const char *folder, kg_error *err) {
    kg_status st;
    bool out, in, optional;
    KG_TRY(st, read_ids(r, folder, "ch_entity2id.txt", KG_ENTITY, err));
    KG_TRY(st, read_ids(r, folder, "ch_relation2id.txt", KG_RELATION, err));
    KG_TRY(st, read_dictionary(&out, r, folder, "ent2outRel", read_neighbours, err));
    KG_TRY(st, read_dictionary(&in, r, folder, "ent2inRel", read_neighbours, err));
    if (!out && !in)
        return kg_error_at(err, KG_ERR_NOT_FOUND, folder, 0,
                           "has neither ent2outRel nor ent2inRel, as .json or .pkl; at least one "
                           "is needed");
    KG_TRY(st, read_dictionary(&optional, r, folder, "type_set", read_types, err));
    return read_dictionary(weighted, r, folder, WEIGHTS, read_weight, err);
}

/* As released, the dictionaries lie in the folder kgs and the weights beside it: either folder may
 * be named. */
static kg_status read_smedbert(kg_reader *r, const char *const *paths, size_t n_paths,
                               kg_error *err) {
    kg_status st;
    bool weighted = false;
    if (n_paths != 1)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %zu paths; expected one for smedbert, the folder with "
                            "ent2outRel, ent2inRel and the rest",
                            n_paths);
    bool inner = holds_dictionary(paths[0], "kgs/");
    char *below = kg_folder_path(paths[0], "kgs"), *above = kg_folder_path(paths[0], "..");
    st = below && above ? read_folder(&weighted, r, inner ? below : paths[0], err)
                        : kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", paths[0]);
    if (st == KG_OK && !weighted && (inner || is_named_kgs(paths[0])))
        st = read_dictionary(&weighted, r, inner ? paths[0] : above, WEIGHTS, read_weight, err);
    free(below);
    free(above);
    return st;
}

static bool detect_smedbert(const kg_sample *sample) {
    return sample->is_folder &&
           (holds_dictionary(sample->path, "") || holds_dictionary(sample->path, "kgs/"));
}

const kg_format kg_format_smedbert = {
    "smedbert", "folder of ent2outRel, ent2inRel, type_set, global_PageRank as JSON or pickle",
    NULL, detect_smedbert, read_smedbert};
