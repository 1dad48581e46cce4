/* Wikidata5M: a folder with wikidata5m_entity.txt and wikidata5m_relation.txt, an identifier and
 * its names in each line, the first the label, and one of the files of triples. */
#include "import/format.h"
#include "import/named.h"

static const char ENTITIES[] = "wikidata5m_entity.txt", RELATIONS[] = "wikidata5m_relation.txt";

/* All names of a relation but the first have no place in a store. */
static kg_status take_names(kg_csv *csv, bool relation, kg_error *err) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(relation ? KG_STATEMENT_RELATION : KG_STATEMENT_ENTITY);
    const kg_str *f = csv->fields.data;
    s.file = kg_lines_name(csv->lines);
    s.line = csv->line;
    if (f[0].len == 0)
        return kg_reader_bad(csv->reader, s.file, s.line, err,
                             "the identifier is empty, expected identifier and names separated by "
                             "tabs; complete the line");
    *(relation ? &s.relation : &s.head) = f[0];
    s.label = csv->fields.len > 1 ? f[1] : (kg_str){"", 0};
    KG_TRY(st, kg_reader_emit(csv->reader, &s, err));
    s.kind = KG_STATEMENT_ALIAS;
    for (size_t i = 2; i < csv->fields.len; i++) {
        s.label = f[i];
        if (s.label.len == 0)
            continue;
        KG_TRY(st, relation ? kg_reader_drop(csv->reader, KG_STR("alias of a relation"), 1, err)
                            : kg_reader_emit(csv->reader, &s, err));
    }
    return KG_OK;
}

static kg_status read_names(kg_reader *r, const char *folder, const char *name, kg_error *err) {
    kg_csv csv;
    bool end = false;
    kg_status st = kg_named_open(&csv, r, folder, name, '\t', err);
    while (st == KG_OK && !end) {
        st = kg_csv_next(&end, &csv, err);
        if (st == KG_OK && !end)
            st = take_names(&csv, name == RELATIONS, err);
    }
    kg_csv_close(&csv);
    return st;
}

static kg_status read_wikidata5m(kg_reader *r, const char *const *paths, size_t n_paths,
                                 kg_error *err) {
    static const char *const triples[] = {"wikidata5m_all_triplet.txt",
                                          "wikidata5m_transductive_train.txt",
                                          "wikidata5m_inductive_train.txt", NULL};
    kg_status st;
    if (n_paths != 1)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found %zu paths; expected one for wikidata5m, the folder with %s, %s and the triples",
            n_paths, ENTITIES, RELATIONS);
    KG_TRY(st, read_names(r, paths[0], ENTITIES, err));
    KG_TRY(st, read_names(r, paths[0], RELATIONS, err));
    return kg_named_triples(r, paths[0], triples, err);
}

static bool detect_wikidata5m(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, ENTITIES) &&
           kg_folder_holds(sample->path, RELATIONS);
}

const kg_format kg_format_wikidata5m = {
    "wikidata5m", "folder of wikidata5m_entity.txt, wikidata5m_relation.txt and triples", NULL,
    detect_wikidata5m, read_wikidata5m};
