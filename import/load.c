#include "import/load.h"

#include <sys/stat.h>

/* Input larger than this (compressed or not) is not tried as one transaction: it would not fit. */
static const int64_t MAX_SMALL_INPUT = 8 << 20;

typedef struct counting_writer {
    kg_writer *writer;
    bool too_large; /* it ended for want of room in the transaction */
} counting_writer;

static kg_status write_statement(void *context, const kg_statement *s, kg_error *err) {
    counting_writer *w = context;
    kg_status st = kg_writer_statement(w->writer, s, err);
    w->too_large = st == KG_ERR_LIMIT;
    return st;
}

static kg_status ignore_statement(void *context, const kg_statement *s, kg_error *err) {
    (void)context;
    (void)s;
    (void)err;
    return KG_OK;
}

/* Add the size of a file; false for what is none, a pipe say, which cannot be read again. */
static bool add_size(int64_t *sum, const char *path) {
    struct stat info;
    if (!path)
        return true;
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    *sum += info.st_size;
    return true;
}

/* Whether all that is read are files, small ones: what turns out too large for a transaction is
 * read again. */
static bool input_is_small(const char *const *paths, size_t n_paths, const kg_import_options *o) {
    int64_t sum = 0;
    bool files =
        add_size(&sum, o->nodes) && add_size(&sum, o->aliases) && add_size(&sum, o->schema);
    for (size_t i = 0; files && i < n_paths; i++)
        files = add_size(&sum, paths[i]);
    return files && sum <= MAX_SMALL_INPUT;
}

static kg_status check_target(const char *store, const kg_bulk_options *o, kg_error *err) {
    kg_store *open;
    if (o->append && o->replace)
        return kg_error_set(err, KG_ERR_ARGUMENT, "--append and --replace exclude each other");
    /* What a first load that was cut off has left is no store: the loader takes it over. */
    kg_status st = kg_store_open(&open, store, NULL);
    bool exists = st != KG_ERR_NOT_FOUND;
    if (st == KG_OK)
        kg_store_close(open);
    if (exists && !o->append && !o->replace)
        return kg_error_at(err, KG_ERR_EXISTS, store, 0,
                           "is there already; add to it with --append, or put the new graph in "
                           "its place with --replace");
    if (!exists && o->append)
        return kg_error_at(err, KG_ERR_NOT_FOUND, store, 0,
                           "there is no store to append to; leave --append out to make it");
    return KG_OK;
}

static kg_status stats_of(kg_stats *stats, kg_store *store, kg_error *err) {
    kg_status st;
    kg_snapshot *snapshot;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_stats(stats, snapshot, err);
    kg_snapshot_end(snapshot);
    return st;
}

/* What makes the blank nodes of an addition its own. The version is asked for while the store is
 * held, so that no other addition has it too. */
static kg_status blank_scope(uint64_t *scope, kg_store *store, kg_error *err) {
    kg_status st;
    kg_stats stats;
    KG_TRY(st, stats_of(&stats, store, err));
    *scope = stats.triples_version;
    return KG_OK;
}

static void report_from_write(kg_load_report *report, const kg_write_report *w,
                              const kg_stats *stats) {
    report->in_one_transaction = true;
    report->store = (kg_bulk_report){.entities = stats->entities - stats->deleted,
                                     .relations = stats->relations,
                                     .types = stats->types,
                                     .aliases = stats->aliases,
                                     .triples = stats->triples,
                                     .added = w->added,
                                     .duplicates = w->duplicates,
                                     .self_loops = w->self_loops};
}

/* Append in one durable transaction. *too_large: it was abandoned because it does not fit. */
static kg_status append_small(bool *too_large, kg_load_report *report, kg_store *store,
                              const char *const *paths, size_t n_paths, const kg_load_options *o,
                              kg_error *err) {
    kg_status st;
    counting_writer sink = {NULL, false};
    kg_write_report written;
    kg_stats stats;
    kg_import_options import = o->import;
    KG_TRY(st, kg_writer_begin(&sink.writer, store, err));
    st = blank_scope(&import.blank_scope, store, err);
    if (st == KG_OK)
        st = kg_import_read(&report->read, paths, n_paths, &import, write_statement, &sink, err);
    *too_large = sink.too_large;
    if (st != KG_OK) {
        kg_writer_abort(sink.writer);
        return st;
    }
    st = kg_writer_commit(&written, sink.writer, err);
    *too_large = st == KG_ERR_LIMIT;
    if (st != KG_OK)
        return st;
    st = stats_of(&stats, store, err);
    if (st != KG_OK)
        return kg_error_context(err, st, "the graph is loaded and in force");
    report_from_write(report, &written, &stats);
    return KG_OK;
}

static kg_status load_bulk(kg_load_report *report, const char *store, const char *const *paths,
                           size_t n_paths, const kg_load_options *o, kg_error *err) {
    kg_status st;
    kg_bulk *bulk;
    kg_store *held;
    kg_import_options import = o->import;
    KG_TRY(st, kg_bulk_begin(&bulk, store, &o->bulk, err));
    if (o->bulk.append) {
        st = kg_store_open(&held, store, err);
        if (st == KG_OK) {
            st = blank_scope(&import.blank_scope, held, err);
            kg_store_close(held);
        }
    }
    if (st == KG_OK)
        st = kg_import_read(&report->read, paths, n_paths, &import, kg_bulk_statement, bulk, err);
    if (st != KG_OK) {
        kg_bulk_abort(bulk);
        return st;
    }
    return kg_bulk_finish(&report->store, bulk, err);
}

kg_status kg_load(kg_load_report *report, const char *store, const char *const *paths,
                  size_t n_paths, const kg_load_options *o, kg_error *err) {
    kg_status st;
    *report = (kg_load_report){0};
    if (o->dry_run)
        return kg_import_read(&report->read, paths, n_paths, &o->import, ignore_statement, NULL,
                              err);
    KG_TRY(st, check_target(store, &o->bulk, err));
    /* Which label is preferred by language is chosen in bulk alone. */
    if (o->bulk.append && !o->bulk.languages && input_is_small(paths, n_paths, &o->import)) {
        kg_store *opened;
        bool too_large = false;
        KG_TRY(st, kg_store_open(&opened, store, err));
        kg_store_set_wait(opened, &o->bulk.wait);
        st = append_small(&too_large, report, opened, paths, n_paths, o, err);
        kg_store_close(opened);
        if (!too_large)
            return st;
        *report = (kg_load_report){0};
        if (o->again)
            o->again(o->import.context);
    }
    return load_bulk(report, store, paths, n_paths, o, err);
}
