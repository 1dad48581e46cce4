#include "import/named.h"

kg_status kg_named_open(kg_csv *csv, kg_reader *reader, const char *folder, const char *name,
                        char separator, kg_error *err) {
    *csv = (kg_csv){.reader = reader,
                    .dialect = {.separator = separator, .quoting = KG_QUOTING_NONE},
                    .arena = KG_ARENA_INIT};
    return kg_reader_open_in(&csv->lines, reader, folder, name, err);
}

static kg_status read_triples(kg_csv *csv, kg_error *err) {
    kg_status st;
    for (;;) {
        bool end;
        KG_TRY(st, kg_csv_next(&end, csv, err));
        if (end)
            return KG_OK;
        const kg_str *f = csv->fields.data;
        size_t n = csv->fields.len;
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        s.file = kg_lines_name(csv->lines);
        s.line = csv->line;
        if (n < 3 || f[0].len == 0 || f[1].len == 0 || f[2].len == 0) {
            KG_TRY(st, kg_reader_bad(csv->reader, s.file, s.line, err,
                                     "found %zu field%s, expected 3 separated by tabs (head, "
                                     "relation, tail), none empty; complete the line",
                                     n, n == 1 ? "" : "s"));
            continue;
        }
        s.head = f[0];
        s.relation = f[1];
        s.tail = f[2];
        for (size_t i = 3; i < n; i++)
            KG_TRY(st, kg_csv_drop(csv, i, err));
        KG_TRY(st, kg_reader_emit(csv->reader, &s, err));
    }
}

kg_status kg_named_triples(kg_reader *reader, const char *folder, const char *const *names,
                           kg_error *err) {
    kg_status st = KG_ERR_NOT_FOUND;
    for (size_t i = 0; names[i] && st == KG_ERR_NOT_FOUND; i++) {
        kg_csv csv;
        st = kg_named_open(&csv, reader, folder, names[i], '\t', err);
        if (st == KG_OK)
            st = read_triples(&csv, err);
        kg_csv_close(&csv);
    }
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_at(err, st, folder, 0, "has no %s with the triples; add it", names[0]);
    return st;
}
