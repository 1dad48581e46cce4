#include "plugins/transr/triple_files.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/outfile.h"

#include <string.h>

/* Split at tabs into at most 4 columns; returns how many there are, 4 meaning too many. */
static size_t split(kg_str columns[4], kg_str line) {
    size_t n = 0;
    const char *at = line.data, *end = line.data + line.len;
    while (n < 4) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        columns[n++] = (kg_str){at, (size_t)((tab ? tab : end) - at)};
        if (!tab)
            break;
        at = tab + 1;
    }
    return n;
}

static kg_status take_line(transr_triples *triples, kg_nameset *entities, kg_nameset *relations,
                           kg_str line) {
    kg_str columns[4];
    if (split(columns, line) != 3 || !columns[0].len || !columns[1].len || !columns[2].len)
        return KG_ERR_FORMAT;
    transr_triple t = {0, 0, 0};
    kg_status st;
    KG_TRY(st, kg_nameset_add(&t.head, entities, columns[0]));
    KG_TRY(st, kg_nameset_add(&t.relation, relations, columns[1]));
    KG_TRY(st, kg_nameset_add(&t.tail, entities, columns[2]));
    return kg_array_push(triples, t);
}

/* Give each line of a file to take. What is wrong with one is said to be that it was not what was
 * expected. */
static kg_status each_line(const char *path, kg_status (*take)(void *context, kg_str line),
                           void *context, const char *expected, kg_error *err) {
    kg_lines *lines = NULL;
    kg_status st;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    for (;;) {
        kg_str line;
        bool end = false;
        st = kg_lines_next(&line, &end, lines, err);
        if (st != KG_OK || end)
            break;
        st = take(context, line);
        if (st == KG_ERR_FORMAT)
            kg_error_at(err, st, path, kg_lines_number(lines), "expected %s", expected);
        else if (st != KG_OK)
            kg_error_set(err, st, "cannot read %s: %s", path, kg_strerror(st));
        if (st != KG_OK)
            break;
    }
    kg_lines_close(lines);
    return st;
}

typedef struct files_reader {
    transr_triples *triples;
    kg_nameset *entities, *relations;
} files_reader;

static kg_status take_triple(void *context, kg_str line) {
    files_reader *r = context;
    return line.len == 0 ? KG_OK : take_line(r->triples, r->entities, r->relations, line);
}

kg_status transr_files_read(transr_triples *triples, kg_nameset *entities, kg_nameset *relations,
                            const char *path, kg_error *err) {
    files_reader r = {triples, entities, relations};
    return each_line(path, take_triple, &r, "head, relation and tail between tabs", err);
}

static kg_status write_list(const char *folder, const char *file_name, const kg_nameset *names,
                            kg_error *err) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, file_name) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_LIMIT, "the path %s is too long", folder);
    kg_outfile *file = NULL;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    for (size_t i = 0; i < names->names.len; i++)
        fprintf(kg_outfile_stream(file), "%zu\t%.*s\n", i, KG_STR_ARG(names->names.data[i]));
    return kg_outfile_commit(file, err);
}

kg_status transr_names_write(const char *folder, const kg_nameset *entities,
                             const kg_nameset *relations, kg_error *err) {
    kg_status st;
    KG_TRY(st, write_list(folder, "entities.tsv", entities, err));
    return write_list(folder, "relations.tsv", relations, err);
}

/* A line "ID TAB NAME" whose id is the next one. */
static kg_status take_name(void *context, kg_str line) {
    kg_nameset *names = context;
    char expected[24];
    int n = snprintf(expected, sizeof expected, "%zu\t", names->names.len);
    uint32_t id = 0;
    if (line.len <= (size_t)n || memcmp(line.data, expected, (size_t)n) != 0)
        return KG_ERR_FORMAT;
    size_t before = names->names.len;
    kg_status st;
    KG_TRY(st, kg_nameset_add(&id, names, (kg_str){line.data + n, line.len - (size_t)n}));
    return id == before ? KG_OK : KG_ERR_FORMAT;
}

static kg_status read_list(kg_nameset *names, const char *folder, const char *file_name,
                           kg_error *err) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, file_name) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_LIMIT, "the path %s is too long", folder);
    return each_line(path, take_name, names, "the next id, a tab and a name not seen before", err);
}

kg_status transr_names_read(kg_nameset *entities, kg_nameset *relations, const char *folder,
                            kg_error *err) {
    kg_status st;
    KG_TRY(st, read_list(entities, folder, "entities.tsv", err));
    return read_list(relations, folder, "relations.tsv", err);
}
