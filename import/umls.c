/* UMLS as its Metathesaurus is released: a folder with MRCONSO.RRF (names of concepts), MRREL.RRF
 * (relationships) and, where it is there, MRSTY.RRF (semantic types), fields separated by pipes.
 * The preferred English name of a concept is its label, its other names are aliases. A row of
 * MRREL says that the second concept stands in the relationship, RELA or else REL, to the first.
 * Rows that are marked as suppressed are dropped. */
#include "import/format.h"
#include "import/named.h"

enum { CUI, LAT, TS, STT = 4, ISPREF = 6, STR = 14, NAME_SUPPRESS = 16 }; /* MRCONSO */
enum { CUI1, REL = 3, CUI2, RELA = 7, EDGE_SUPPRESS = 14 };               /* MRREL */
enum { STY = 3 };                                                         /* MRSTY */

typedef struct name {
    size_t at, len; /* in text */
    int rank;       /* how well it is preferred */
    uint64_t line;
} name;

/* The names of one concept, which stand together. */
typedef struct concept {
    kg_csv *csv;
    kg_bytes cui, text;
    KG_ARRAY(name) names;
}
concept;

static bool is(kg_str field, const char *value) {
    return kg_str_equal(field, kg_str_from(value));
}

static kg_status no_memory(const kg_csv *csv, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(csv->lines));
}

static kg_status emit_name(const concept *c, const name *n, bool label, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(label ? KG_STATEMENT_ENTITY : KG_STATEMENT_ALIAS);
    s.file = kg_lines_name(c->csv->lines);
    s.line = n->line;
    s.head = (kg_str){c->cui.data, c->cui.len};
    s.label = (kg_str){c->text.data + n->at, n->len};
    return kg_reader_emit(c->csv->reader, &s, err);
}

/* Hand on the concept whose names are complete, and begin anew. */
static kg_status finish(concept *c, kg_error *err) {
    kg_status st;
    size_t best = 0;
    for (size_t i = 1; i < c->names.len; i++)
        if (c->names.data[i].rank > c->names.data[best].rank)
            best = i;
    if (c->names.len > 0)
        KG_TRY(st, emit_name(c, &c->names.data[best], true, err));
    for (size_t i = 0; i < c->names.len; i++)
        if (i != best)
            KG_TRY(st, emit_name(c, &c->names.data[i], false, err));
    c->names.len = c->text.len = c->cui.len = 0;
    return KG_OK;
}

static kg_status bad_row(const kg_csv *csv, size_t expected, kg_error *err) {
    return kg_reader_bad(csv->reader, kg_lines_name(csv->lines), csv->line, err,
                         "found %zu fields, expected %zu or more separated by pipes, with "
                         "concepts and names filled; complete the line",
                         csv->fields.len, expected);
}

static kg_status take_name(kg_csv *csv, void *context, kg_error *err) {
    kg_status st;
    concept *c = context;
    const kg_str *f = csv->fields.data;
    if (csv->fields.len <= NAME_SUPPRESS || f[CUI].len == 0 || f[STR].len == 0)
        return bad_row(csv, NAME_SUPPRESS + 1, err);
    if (!is(f[NAME_SUPPRESS], "N"))
        return kg_reader_drop(csv->reader, KG_STR("suppressed name"), 1, err);
    if (!kg_str_equal(f[CUI], (kg_str){c->cui.data, c->cui.len}))
        KG_TRY(st, finish(c, err));
    const name n = {.at = c->text.len,
                    .len = f[STR].len,
                    .line = csv->line,
                    .rank = is(f[LAT], "ENG") * 8 + is(f[TS], "P") * 4 + is(f[STT], "PF") * 2 +
                            is(f[ISPREF], "Y")};
    c->cui.len = 0;
    if (kg_array_append(&c->cui, f[CUI].data, f[CUI].len) != KG_OK ||
        kg_array_append(&c->text, f[STR].data, f[STR].len) != KG_OK ||
        kg_array_push(&c->names, n) != KG_OK)
        return no_memory(csv, err);
    return KG_OK;
}

static kg_status take_edge(kg_csv *csv, void *context, kg_error *err) {
    const kg_str *f = csv->fields.data;
    (void)context;
    if (csv->fields.len <= EDGE_SUPPRESS || f[CUI1].len == 0 || f[CUI2].len == 0 || f[REL].len == 0)
        return bad_row(csv, EDGE_SUPPRESS + 1, err);
    if (!is(f[EDGE_SUPPRESS], "N"))
        return kg_reader_drop(csv->reader, KG_STR("suppressed relationship"), 1, err);
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(csv->lines);
    s.line = csv->line;
    s.head = f[CUI2];
    s.relation = f[RELA].len > 0 ? f[RELA] : f[REL];
    s.tail = f[CUI1];
    return kg_reader_emit(csv->reader, &s, err);
}

static kg_status take_type(kg_csv *csv, void *context, kg_error *err) {
    const kg_str *f = csv->fields.data;
    (void)context;
    if (csv->fields.len <= STY || f[CUI].len == 0 || f[STY].len == 0)
        return bad_row(csv, STY + 1, err);
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(csv->lines);
    s.line = csv->line;
    s.head = f[CUI];
    s.head_type = f[STY];
    return kg_reader_emit(csv->reader, &s, err);
}

static kg_status each_row(kg_csv *csv, kg_status (*take)(kg_csv *, void *, kg_error *),
                          void *context, kg_error *err) {
    kg_status st;
    for (;;) {
        bool end;
        KG_TRY(st, kg_csv_next(&end, csv, err));
        if (end)
            return KG_OK;
        KG_TRY(st, take(csv, context, err));
    }
}

static kg_status read_file(kg_reader *r, const char *folder, const char *file,
                           kg_status (*take)(kg_csv *, void *, kg_error *), kg_error *err) {
    kg_csv csv;
    concept c = {.csv = &csv};
    kg_status st = kg_named_open(&csv, r, folder, file, '|', err);
    if (st == KG_OK)
        st = each_row(&csv, take, &c, err);
    if (st == KG_OK)
        st = finish(&c, err);
    kg_array_free(&c.cui);
    kg_array_free(&c.text);
    kg_array_free(&c.names);
    kg_csv_close(&csv);
    return st;
}

static kg_status read_umls(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    kg_status st;
    if (n_paths != 1)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found %zu paths; expected one for umls, the folder with MRCONSO.RRF and MRREL.RRF",
            n_paths);
    KG_TRY(st, read_file(r, paths[0], "MRCONSO.RRF", take_name, err));
    st = read_file(r, paths[0], "MRSTY.RRF", take_type, err);
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    return read_file(r, paths[0], "MRREL.RRF", take_edge, err);
}

static bool detect_umls(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, "MRCONSO.RRF") &&
           kg_folder_holds(sample->path, "MRREL.RRF");
}

const kg_format kg_format_umls = {"umls", "folder of UMLS: MRCONSO.RRF, MRREL.RRF, MRSTY.RRF", NULL,
                                  detect_umls, read_umls};
