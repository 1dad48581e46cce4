#include "tests/fuzz/import_input.h"

#include "import/reader.h"

#include <stdlib.h>

typedef struct memory_files {
    const fuzz_import *how;
    kg_str contents[FUZZ_FILES];
} memory_files;

static kg_status open_memory(void *context, kg_lines **out, const char *path, size_t max_line,
                             kg_error *err) {
    const memory_files *m = context;
    (void)max_line;
    for (size_t i = 0; i < FUZZ_FILES && m->how->names[i]; i++)
        if (m->contents[i].data && strcmp(m->how->names[i], path) == 0)
            return kg_lines_from_memory(out, m->contents[i], path, 4096);
    return kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "cannot be opened");
}

static void check(bool kept) {
    if (!kept)
        abort();
}

static kg_status check_statement(void *context, const kg_statement *s, kg_error *err) {
    const kg_str texts[] = {s->head, s->relation, s->tail, s->head_type, s->tail_type, s->label};
    (void)context;
    (void)err;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check(kg_text_is_valid(texts[i]));
    if (s->kind == KG_STATEMENT_TRIPLE && s->by_id)
        check(s->head_id != KG_NO_ID && s->relation_id != KG_NO_ID && s->tail_id != KG_NO_ID);
    else if (s->kind == KG_STATEMENT_TRIPLE)
        check(s->head.len > 0 && s->relation.len > 0 && s->tail.len > 0);
    if (s->kind == KG_STATEMENT_ALIAS)
        check(s->head.len > 0 && s->label.len > 0);
    return KG_OK;
}

static void read_once(memory_files *m, uint64_t tolerance) {
    kg_import_options o = {.format = m->how->format,
                           .columns = m->how->columns,
                           .bad_tolerance = tolerance,
                           .open = open_memory,
                           .context = m};
    kg_import_counts counts;
    kg_error err = KG_ERROR_INIT;
    o.nodes = m->how->nodes ? "nodes" : NULL;
    o.aliases = m->how->aliases ? "aliases" : NULL;
    o.schema = m->how->schema ? "schema" : NULL;
    kg_status st = kg_import_read(&counts, &m->how->path, 1, &o, check_statement, NULL, &err);
    check(st == KG_OK || err.text[0]);
    check(st == KG_OK || counts.bad <= tolerance + 1);
}

int fuzz_import_run(const fuzz_import *how, const uint8_t *data, size_t size) {
    memory_files m = {.how = how};
    const char *at = (const char *)data;
    for (size_t i = 0; i < FUZZ_FILES && how->names[i]; i++) {
        const char *stop = size ? memchr(at, 0x1E, size) : NULL;
        size_t n = stop ? (size_t)(stop - at) : size;
        m.contents[i] = (kg_str){at, n};
        if (!stop)
            break;
        at += n + 1;
        size -= n + 1;
    }
    read_once(&m, 0);
    read_once(&m, 1000);
    return 0;
}
