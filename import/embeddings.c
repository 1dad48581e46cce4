#include "import/embeddings.h"

#include "import/json.h"
#include "import/live.h"
#include "import/reader.h"
#include "kgstore/base/npy.h"
#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static const size_t MAX_CONTENT = (size_t)16 << 30;

/* The three tables: their names in a store and in OpenKE's JSON, and the ends of DGL-KE's files. */
static const struct {
    const char *table, *openke, *dglke;
} tables[3] = {{"ent_emb", "ent_embeddings.weight", "_entity.npy"},
               {"rel_emb", "rel_embeddings.weight", "_relation.npy"},
               {"rel_proj", "transfer_matrix.weight", "projection.npy"}};

static kg_matrix *matrix_of(kg_embeddings *e, int i) {
    return i == 0 ? &e->entities : i == 1 ? &e->relations : &e->projections;
}

void kg_embeddings_free(kg_embeddings *e) {
    for (int i = 0; i < 3; i++)
        free(matrix_of(e, i)->data);
    *e = (kg_embeddings){0};
}

/* ---- OpenKE's JSON ----------------------------------------------------------------------------
 */

typedef struct json_matrix {
    kg_embeddings *all;
    const char *name;
    kg_arena arena;
    uint64_t rows, columns;
    KG_ARRAY(float) data;
} json_matrix;

static kg_status read_row(void *context, kg_str key, kg_str text, uint64_t line, kg_error *err) {
    kg_status st;
    json_matrix *m = context;
    kg_datum *row;
    (void)key;
    kg_arena_reset(&m->arena);
    KG_TRY(st, kg_json_value(&row, &m->arena, text, m->name, line, err));
    if (row->kind != KG_DATUM_LIST || (m->rows > 0 && row->n != m->columns))
        return kg_error_at(err, KG_ERR_FORMAT, m->name, line,
                           "found row %llu, which is no list of %llu numbers; expected as many as "
                           "in those before it",
                           (unsigned long long)m->rows + 1, (unsigned long long)m->columns);
    m->columns = row->n;
    m->rows++;
    for (size_t i = 0; i < row->n; i++) {
        const kg_datum *v = row->as.items[i];
        if (v->kind != KG_DATUM_REAL && v->kind != KG_DATUM_INTEGER)
            return kg_error_at(
                err, KG_ERR_FORMAT, m->name, line,
                "found in row %llu what is no number, at place %zu; expected numbers alone",
                (unsigned long long)m->rows, i + 1);
        double x = v->kind == KG_DATUM_REAL ? v->as.real : (double)v->as.integer;
        if (kg_array_push(&m->data, (float)x) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", m->name);
    }
    return KG_OK;
}

static kg_status read_matrix(void *context, kg_str key, kg_str text, uint64_t line, kg_error *err) {
    json_matrix *m = context;
    for (int i = 0; i < 3; i++) {
        kg_matrix *to = matrix_of(m->all, i);
        if (!kg_str_equal(key, kg_str_from(tables[i].openke)))
            continue;
        m->rows = m->columns = m->data.len = 0;
        kg_status st = kg_json_each(text, m->name, line, read_row, m, err);
        if (st == KG_OK && m->data.len > 0) {
            free(to->data);
            *to = (kg_matrix){m->rows, m->columns, m->data.data};
            m->data.data = NULL;
            m->data.len = m->data.cap = 0;
        }
        return st;
    }
    return KG_OK; /* OpenKE keeps other numbers there too, as the margin */
}

static kg_status read_content(kg_str *content, kg_lines **lines, const char *path, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_lines_open(lines, path, 0, err));
    st = kg_lines_rest(content, *lines, MAX_CONTENT, err);
    if (st != KG_OK)
        kg_lines_close(*lines);
    return st;
}

kg_status kg_embeddings_parse_openke(kg_embeddings *out, kg_str content, const char *name,
                                     kg_error *err) {
    json_matrix m = {.all = out, .name = name, .arena = KG_ARENA_INIT};
    kg_status st = kg_json_each(content, name, 1, read_matrix, &m, err);
    kg_arena_free(&m.arena);
    kg_array_free(&m.data);
    if (st == KG_OK && (!out->entities.data || !out->relations.data))
        st = kg_error_at(err, KG_ERR_FORMAT, name, 0,
                         "found no ent_embeddings.weight and rel_embeddings.weight; expected the "
                         "JSON that OpenKE saves");
    return st;
}

/* ---- DGL-KE's folder --------------------------------------------------------------------------
 */

/* What the names of the folder's files begin with: up to "_entity.npy". *prefix: free. */
static kg_status find_prefix(char **prefix, const char *folder, kg_error *err) {
    DIR *dir = opendir(folder);
    size_t tail = strlen(tables[0].dglke);
    const struct dirent *entry;
    kg_status st = KG_OK;
    *prefix = NULL;
    if (!dir)
        return kg_error_errno(err, "list", folder);
    while (st == KG_OK && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n <= tail || strcmp(entry->d_name + n - tail, tables[0].dglke) != 0)
            continue;
        if (*prefix)
            st = kg_error_at(err, KG_ERR_FORMAT, folder, 0,
                             "holds several files NAME_entity.npy; leave the one meant");
        else if (!(*prefix = strndup(entry->d_name, n - tail)))
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", folder);
    }
    closedir(dir);
    if (st == KG_OK && !*prefix)
        st = kg_error_at(err, KG_ERR_NOT_FOUND, folder, 0,
                         "holds no file NAME_entity.npy; expected what DGL-KE saves");
    if (st != KG_OK) {
        free(*prefix);
        *prefix = NULL;
    }
    return st;
}

static kg_status read_npy(kg_matrix *out, const char *folder, const char *prefix,
                          const char *ending, kg_error *err) {
    char *path;
    if (asprintf(&path, "%s/%s%s", folder, prefix, ending) < 0)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", folder);
    kg_status st = kg_npy_read(&out->data, &out->rows, &out->columns, path, err);
    free(path);
    return st;
}

static kg_status read_dglke(kg_embeddings *out, const char *folder, kg_error *err) {
    kg_status st;
    char *prefix;
    KG_TRY(st, find_prefix(&prefix, folder, err));
    for (int i = 0; st == KG_OK && i < 3; i++) {
        st = read_npy(matrix_of(out, i), folder, prefix, tables[i].dglke, err);
        if (i == 2 && st == KG_ERR_NOT_FOUND)
            st = KG_OK; /* TransE has no projections */
    }
    free(prefix);
    return st;
}

kg_status kg_embeddings_read(kg_embeddings *out, const char *path, kg_error *err) {
    kg_status st;
    struct stat info;
    kg_lines *lines;
    kg_str content;
    *out = (kg_embeddings){0};
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return read_dglke(out, path, err);
    KG_TRY(st, read_content(&content, &lines, path, err));
    st = kg_embeddings_parse_openke(out, content, path, err);
    kg_lines_close(lines);
    return st;
}

/* ---- Into a store -----------------------------------------------------------------------------
 */

typedef struct filling {
    const kg_matrix *from;
    const kg_live *live; /* whose rows they are, in their order; NULL: of relations */
} filling;

/* The row of an id that was deleted holds zeros. */
static kg_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    const filling *f = context;
    size_t bytes = f->from->columns * sizeof *f->from->data;
    for (uint64_t i = 0; i < n_rows; i++) {
        uint64_t row = first_row + i;
        kg_id place = f->live ? kg_live_place(f->live, (kg_id)row) : (kg_id)row;
        if (place == KG_NO_ID)
            memset((char *)to + i * bytes, 0, bytes);
        else
            memcpy((char *)to + i * bytes, f->from->data + place * f->from->columns, bytes);
    }
    return KG_OK;
}

static kg_status check_rows(const kg_embeddings *e, const kg_live *live, const kg_stats *s,
                            kg_error *err) {
    const uint64_t found[] = {e->entities.rows, e->relations.rows, e->projections.rows};
    const uint64_t expected[] = {live->count, s->relations, s->relations};
    for (int i = 0; i < 3; i++) {
        if (found[i] == expected[i] || (i == 2 && !e->projections.data))
            continue;
        return kg_error_set(err, KG_ERR_FORMAT,
                            "%s has %llu rows, the store %llu %s; take the table that was trained "
                            "on this graph, with the same ids",
                            tables[i].openke, (unsigned long long)found[i],
                            (unsigned long long)expected[i], i == 0 ? "entities" : "relations");
    }
    if (e->projections.data && e->projections.columns != e->entities.columns * e->relations.columns)
        return kg_error_set(
            err, KG_ERR_FORMAT, "a projection has %llu numbers, expected %llu x %llu of the tables",
            (unsigned long long)e->projections.columns, (unsigned long long)e->entities.columns,
            (unsigned long long)e->relations.columns);
    return KG_OK;
}

static kg_status delete_table(kg_store *store, const char *name, kg_error *err) {
    kg_status st = kg_table_delete(store, name, err);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

static kg_status put_table(kg_store *store, int i, const kg_matrix *m, const kg_live *live,
                           const kg_stats *stats, kg_error *err) {
    filling f = {m, i == 0 ? live : NULL};
    const kg_table shape = {.dtype = KG_F32,
                            .rows = i == 0 ? stats->entities : m->rows,
                            .columns = m->columns,
                            .triples_version = stats->triples_version};
    if (!m->data)
        return delete_table(store, tables[i].table, err);
    return kg_table_put(store, tables[i].table, &shape, fill_rows, &f, err);
}

kg_status kg_embeddings_store(kg_store *store, const kg_embeddings *embeddings, kg_error *err) {
    kg_status st;
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_live live = {0};
    kg_embeddings e = *embeddings;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_stats(&stats, snapshot, err);
    if (st == KG_OK)
        st = kg_live_take(&live, snapshot, err);
    kg_snapshot_end(snapshot);
    if (st == KG_OK)
        st = check_rows(&e, &live, &stats, err);
    for (int i = 0; st == KG_OK && i < 3; i++)
        st = put_table(store, i, matrix_of(&e, i), &live, &stats, err);
    kg_live_free(&live);
    return st;
}

/* ---- Out of a store ---------------------------------------------------------------------------
 */

typedef kg_status (*rows_fn)(FILE *to, const float *rows, uint64_t first_row, uint64_t n_rows,
                             uint64_t columns);

/* How many rows of a table are of entities, or relations, that there are. */
static uint64_t count_rows(const kg_live *live, int i, const kg_table *table) {
    return i == 0 ? kg_live_below(live, table->rows) : table->rows;
}

/* Hand the rows of a block to put, but for those of deleted entities. */
static kg_status put_block(FILE *to, const float *rows, uint64_t first, uint64_t n,
                           uint64_t columns, const kg_live *live, rows_fn put) {
    kg_status st;
    uint64_t place = kg_live_below(live, first), end = kg_live_below(live, first + n);
    if (end - place == n)
        return put(to, rows, place, n, columns);
    for (; place < end; place++) {
        const float *row = rows + (kg_live_id(live, place) - first) * columns;
        KG_TRY(st, put(to, row, place, 1, columns));
    }
    return KG_OK;
}

/* Hand a table's rows to put, block after block. */
static kg_status each_block(kg_snapshot *snapshot, int i, const kg_table *table,
                            const kg_live *live, FILE *to, rows_fn put) {
    kg_status st;
    static const kg_live all = {0};
    for (uint64_t row = 0; row < table->rows;) {
        const void *data;
        uint64_t first, n;
        KG_TRY(st, kg_table_block(&data, &first, &n, snapshot, tables[i].table, row));
        KG_TRY(st, put_block(to, data, first, n, table->columns, i == 0 ? live : &all, put));
        row = first + n;
    }
    return KG_OK;
}

/* *there is false where the projections are absent. */
static kg_status find_table(kg_table *table, bool *there, kg_snapshot *snapshot, int i,
                            kg_error *err) {
    kg_status st = kg_table_find(table, snapshot, tables[i].table, err);
    *there = st == KG_OK;
    if (st == KG_ERR_NOT_FOUND && i == 2)
        return KG_OK;
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the store has no embeddings; train them with kg embed");
    if (st == KG_OK && table->dtype != KG_F32)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "the table %s is not of float32; make it with kg embed",
                            tables[i].table);
    return st;
}

static kg_status put_json_rows(FILE *to, const float *rows, uint64_t first_row, uint64_t n_rows,
                               uint64_t columns) {
    for (uint64_t r = 0; r < n_rows; r++) {
        fputs(first_row + r ? ",\n[" : "[", to);
        for (uint64_t c = 0; c < columns; c++) {
            double x = (double)rows[r * columns + c];
            fprintf(to, "%s%.9g%s", c ? ", " : "", x, x == 0 ? ".0" : ""); /* -0 is an integer */
        }
        putc(']', to);
    }
    return KG_OK;
}

static kg_status put_raw_rows(FILE *to, const float *rows, uint64_t first_row, uint64_t n_rows,
                              uint64_t columns) {
    (void)first_row;
    fwrite(rows, sizeof *rows * columns, n_rows, to);
    return KG_OK;
}

static kg_status put_json(kg_snapshot *snapshot, const kg_live *live, FILE *to, kg_error *err) {
    kg_status st;
    for (int i = 0; i < 3; i++) {
        kg_table table;
        bool there;
        KG_TRY(st, find_table(&table, &there, snapshot, i, err));
        if (!there)
            continue;
        fprintf(to, "%s\"%s\": [", i ? ",\n" : "{", tables[i].openke);
        KG_TRY(st, each_block(snapshot, i, &table, live, to, put_json_rows));
        putc(']', to);
    }
    fputs("}\n", to);
    return KG_OK;
}

kg_status kg_embeddings_write_openke(kg_snapshot *snapshot, const char *path, kg_error *err) {
    kg_status st;
    kg_live live;
    kg_outfile *file = NULL;
    KG_TRY(st, kg_live_take(&live, snapshot, err));
    st = kg_outfile_open(&file, path, err);
    if (st == KG_OK)
        st = put_json(snapshot, &live, kg_outfile_stream(file), err);
    kg_live_free(&live);
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

static kg_status write_npy(kg_snapshot *snapshot, int i, const kg_table *table, const kg_live *live,
                           const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    char header[KG_NPY_HEADER];
    KG_TRY(st, kg_outfile_open(&file, path, err));
    kg_npy_header(header, count_rows(live, i, table), table->columns);
    fwrite(header, 1, sizeof header, kg_outfile_stream(file));
    st = each_block(snapshot, i, table, live, kg_outfile_stream(file), put_raw_rows);
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

kg_status kg_embeddings_write_dglke(kg_snapshot *snapshot, const char *folder, const char *name,
                                    kg_error *err) {
    kg_status st;
    kg_table found[3];
    bool there[3];
    kg_live live;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return kg_error_errno(err, "make the folder", folder);
    for (int i = 0; i < 3; i++)
        KG_TRY(st, find_table(&found[i], &there[i], snapshot, i, err));
    KG_TRY(st, kg_live_take(&live, snapshot, err));
    for (int i = 0; st == KG_OK && i < 3; i++) {
        char *path;
        if (!there[i])
            continue;
        if (asprintf(&path, "%s/%s_%s%s", folder, name, there[2] ? "TransR" : "TransE",
                     tables[i].dglke) < 0)
            path = NULL;
        st = path ? write_npy(snapshot, i, &found[i], &live, path, err)
                  : kg_error_set(err, KG_ERR_MEMORY, "out of memory writing %s", folder);
        free(path);
    }
    kg_live_free(&live);
    return st;
}
