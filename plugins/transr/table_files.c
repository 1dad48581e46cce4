#include "plugins/transr/table_files.h"

#include "kgstore/base/npy.h"
#include "plugins/transr/recipe_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 4 };

/* A matrix of the parameters. */
typedef struct part {
    const char *file, *table;
    float *value, *square;
    uint64_t rows, columns;
} part;

static size_t list_parts(part parts[MOST_PARTS], const transr_parameters *p,
                         const transr_recipe *recipe) {
    uint64_t size = (uint64_t)p->d * p->dr;
    const transr_tables *v = &p->value, *s = &p->square;
    parts[0] = (part){"entity", "ent_emb", v->entity, s->entity, p->E, p->d};
    parts[1] = (part){"relation", "rel_emb", v->relation, s->relation, p->R, p->dr};
    parts[2] = (part){"projection", "rel_proj", v->head_proj, s->head_proj, p->R, size};
    parts[3] = (part){"projection_tail", "rel_proj_tail", v->tail_proj, s->tail_proj, p->R, size};
    return recipe->project ? recipe->separate ? 4 : 3 : 2;
}

static kg_status path_of(char path[4096], const char *folder, const char *name, const char *ending,
                         kg_error *err) {
    int n = snprintf(path, 4096, "%s/%s%s", folder, name, ending);
    return n < 4096 ? KG_OK : kg_error_set(err, KG_ERR_LIMIT, "the path %s is too long", folder);
}

static kg_status write_model(const char *folder, const transr_recipe *recipe, kg_error *err) {
    char path[4096];
    kg_status st;
    KG_TRY(st, path_of(path, folder, "model", ".json", err));
    json_t *object = json_object();
    st = object ? transr_model_to_json(object, recipe) : KG_ERR_MEMORY;
    if (st == KG_OK && json_dump_file(object, path, JSON_INDENT(4)) != 0)
        st = kg_error_errno(err, "write", path);
    json_decref(object);
    return st;
}

kg_status transr_folder_write(const char *folder, const transr_parameters *parameters,
                              const transr_recipe *recipe, bool whole, kg_error *err) {
    part parts[MOST_PARTS];
    size_t n = list_parts(parts, parameters, recipe);
    char path[4096];
    kg_status st;
    KG_TRY(st, write_model(folder, recipe, err));
    for (size_t i = 0; i < n; i++) {
        const part *p = &parts[i];
        KG_TRY(st, path_of(path, folder, p->file, ".npy", err));
        KG_TRY(st, kg_npy_write(path, p->value, p->rows, p->columns, err));
        if (!whole)
            continue;
        KG_TRY(st, path_of(path, folder, p->file, "_square.npy", err));
        KG_TRY(st, kg_npy_write(path, p->square, p->rows, p->columns, err));
    }
    return KG_OK;
}

static kg_status read_part(float *to, const part *p, const char *folder, const char *ending,
                           kg_error *err) {
    char path[4096];
    float *data = NULL;
    uint64_t rows = 0, columns = 0;
    kg_status st;
    KG_TRY(st, path_of(path, folder, p->file, ending, err));
    KG_TRY(st, kg_npy_read(&data, &rows, &columns, path, err));
    if (rows == p->rows && columns == p->columns)
        memcpy(to, data, rows * columns * sizeof *to);
    else
        st = kg_error_at(err, KG_ERR_CORRUPT, path, 0,
                         "expected %llu x %llu numbers, found %llu x %llu: it is of another graph "
                         "or configuration",
                         (unsigned long long)p->rows, (unsigned long long)p->columns,
                         (unsigned long long)rows, (unsigned long long)columns);
    free(data);
    return st;
}

kg_status transr_folder_read(transr_parameters *parameters, const char *folder,
                             const transr_recipe *recipe, bool whole, kg_error *err) {
    part parts[MOST_PARTS];
    size_t n = list_parts(parts, parameters, recipe);
    kg_status st;
    for (size_t i = 0; i < n; i++) {
        KG_TRY(st, read_part(parts[i].value, &parts[i], folder, ".npy", err));
        if (whole)
            KG_TRY(st, read_part(parts[i].square, &parts[i], folder, "_square.npy", err));
    }
    return KG_OK;
}

/* Rows and columns of a file's matrix. */
static kg_status shape_of(uint64_t *rows, uint64_t *columns, const char *folder, const char *name,
                          kg_error *err) {
    char path[4096];
    float *data = NULL;
    kg_status st;
    KG_TRY(st, path_of(path, folder, name, ".npy", err));
    KG_TRY(st, kg_npy_read(&data, rows, columns, path, err));
    free(data);
    return *rows <= UINT32_MAX && *columns <= UINT32_MAX
               ? KG_OK
               : kg_error_at(err, KG_ERR_LIMIT, path, 0,
                             "the matrix is %llu x %llu; expected fewer than 2^32 rows and columns",
                             (unsigned long long)*rows, (unsigned long long)*columns);
}

kg_status transr_folder_open(transr_parameters *out, transr_recipe *recipe, const char *folder,
                             kg_error *err) {
    char path[4096];
    kg_status st;
    *out = (transr_parameters){.E = 0};
    KG_TRY(st, path_of(path, folder, "model", ".json", err));
    json_error_t detail;
    json_t *object = json_load_file(path, 0, &detail);
    if (!object)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "%s; expected a checkpoint of kg embed, such as OUT/best",
                           detail.line < 0 ? strerror(errno) : detail.text);
    transr_model_from_json(recipe, object);
    json_decref(object);
    uint64_t E = 0, R = 0, d = 0, dr = 0;
    KG_TRY(st, shape_of(&E, &d, folder, "entity", err));
    KG_TRY(st, shape_of(&R, &dr, folder, "relation", err));
    recipe->d = (uint32_t)d;
    recipe->dr = (uint32_t)dr;
    KG_TRY(st, transr_parameters_new(out, (uint32_t)E, (uint32_t)R, recipe));
    return transr_folder_read(out, folder, recipe, false, err);
}

/* ---- Tables of a store ---------------------------------------------------------------------- */

static kgp_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    const part *p = context;
    memcpy(to, p->value + first_row * p->columns, n_rows * p->columns * sizeof(float));
    return KGP_OK;
}

/* Rows of flattened d x d identities. */
static kgp_status fill_identities(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    const part *p = context;
    float *rows = to;
    uint64_t d = 1;
    (void)first_row;
    while (d * d < p->columns)
        d++;
    memset(rows, 0, n_rows * p->columns * sizeof(float));
    for (uint64_t i = 0; i < n_rows; i++)
        for (uint64_t k = 0; k < d; k++)
            rows[i * p->columns + k * d + k] = 1;
    return KGP_OK;
}

static kgp_status fill_zeros(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    (void)context;
    (void)first_row;
    memset(to, 0, n_rows * sizeof(float));
    return KGP_OK;
}

/* Tail projections of an earlier run would be taken for this run's: make them one zero. */
static kg_status void_tails(const kgp_host *host, const kgp_table_write *write,
                            kgp_snapshot *snapshot, kg_error *err) {
    const kgp_graph_read *graph = host->get_extension(host, KGP_EXT_GRAPH_READ);
    kgp_table table = {.dtype = KGP_F32};
    kgp_error detail = {""};
    if (!graph || graph->table(&table, snapshot, "rel_proj_tail", &detail) != KGP_OK)
        return KG_OK;
    kgp_table shape = {.dtype = KGP_F32, .rows = 1, .columns = 1};
    kgp_status st = write->put(host, "rel_proj_tail", &shape, snapshot, fill_zeros, NULL, &detail);
    return st == KGP_OK ? KG_OK : kg_error_set(err, (kg_status)st, "%s", detail.text);
}

kg_status transr_store_write(const kgp_host *host, kgp_snapshot *computed_from,
                             const transr_parameters *parameters, const transr_recipe *recipe,
                             kg_error *err) {
    const kgp_table_write *write = host->get_extension(host, KGP_EXT_TABLE_WRITE);
    if (!write)
        return kg_error_set(err, KG_ERR_UNSUPPORTED, "the host cannot write tables");
    part parts[MOST_PARTS];
    size_t n = list_parts(parts, parameters, recipe);
    for (size_t i = 0; i < n || i < 3; i++) {
        kgp_fill_fn fill = i < n ? fill_rows : fill_identities;
        kgp_table shape = {.dtype = KGP_F32, .rows = parts[i].rows, .columns = parts[i].columns};
        kgp_error detail = {""};
        kgp_status st =
            write->put(host, parts[i].table, &shape, computed_from, fill, &parts[i], &detail);
        if (st != KGP_OK)
            return kg_error_set(err, (kg_status)st, "%s", detail.text);
    }
    return recipe->separate ? KG_OK : void_tails(host, write, computed_from, err);
}

static kg_status find_table(kgp_table *out, const kgp_graph_read *graph, kgp_snapshot *snapshot,
                            const char *name, kg_error *err) {
    kgp_error detail = {""};
    kgp_status st = graph->table(out, snapshot, name, &detail);
    if (st != KGP_OK)
        return kg_error_set(err, (kg_status)st, "%s", detail.text);
    return out->dtype == KGP_F32
               ? KG_OK
               : kg_error_set(err, KG_ERR_FORMAT,
                              "the table %s is not of float32; make it with kg embed", name);
}

static kg_status read_table(const part *p, const kgp_graph_read *graph, kgp_snapshot *snapshot,
                            kg_error *err) {
    kgp_table table;
    kg_status st;
    KG_TRY(st, find_table(&table, graph, snapshot, p->table, err));
    if (table.rows != p->rows || table.columns != p->columns)
        return kg_error_set(err, KG_ERR_STALE,
                            "the table %s is %llu x %llu; expected %llu x %llu by ent_emb and "
                            "rel_emb; make them with kg embed",
                            p->table, (unsigned long long)table.rows,
                            (unsigned long long)table.columns, (unsigned long long)p->rows,
                            (unsigned long long)p->columns);
    for (uint64_t row = 0; row < p->rows;) {
        const void *data = NULL;
        uint64_t first = 0, n = 0;
        if (graph->table_block(&data, &first, &n, snapshot, p->table, row) != KGP_OK || n == 0)
            return kg_error_set(err, KG_ERR_CORRUPT, "the table %s lacks row %llu", p->table,
                                (unsigned long long)row);
        memcpy(p->value + first * p->columns, data, n * p->columns * sizeof(float));
        row = first + n;
    }
    return KG_OK;
}

kg_status transr_store_read(transr_parameters *out, transr_recipe *recipe,
                            const kgp_graph_read *graph, kgp_snapshot *snapshot, kg_error *err) {
    kgp_table entity, relation, head, tail;
    kg_status st;
    *out = (transr_parameters){.E = 0};
    KG_TRY(st, find_table(&entity, graph, snapshot, "ent_emb", err));
    KG_TRY(st, find_table(&relation, graph, snapshot, "rel_emb", err));
    recipe->d = (uint32_t)entity.columns;
    recipe->dr = (uint32_t)relation.columns;
    recipe->project = find_table(&head, graph, snapshot, "rel_proj", NULL) == KG_OK;
    recipe->separate = recipe->project &&
                       find_table(&tail, graph, snapshot, "rel_proj_tail", NULL) == KG_OK &&
                       tail.version == head.version && tail.columns == head.columns;
    KG_TRY(st, transr_parameters_new(out, (uint32_t)entity.rows, (uint32_t)relation.rows, recipe));
    part parts[MOST_PARTS];
    size_t n = list_parts(parts, out, recipe);
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, read_table(&parts[i], graph, snapshot, err));
    return KG_OK;
}
