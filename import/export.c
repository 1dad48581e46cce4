#include "import/export.h"

#include "import/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const kg_exporter *const kg_exporters[] = {
    &kg_exporter_tsv,     &kg_exporter_csv,      &kg_exporter_openke,   &kg_exporter_dglke,
    &kg_exporter_neo4j,   &kg_exporter_ntriples, &kg_exporter_nquads,   &kg_exporter_turtle,
    &kg_exporter_graphml, &kg_exporter_dot,      &kg_exporter_smedbert, NULL};

/* The path of a file, or of its part: "triples-2.tsv". NULL: out of memory. */
static char *path_of(const kg_export_job *job, const char *name) {
    char *whole = name ? kg_folder_path(job->path, name) : strdup(job->path), *path;
    if (!whole || job->parts <= 1)
        return whole;
    const char *base = strrchr(whole, '/'), *dot = strrchr(base ? base : whole, '.');
    int before = (int)(dot && dot[-1] != '/' && dot > whole ? dot - whole : (long)strlen(whole));
    if (asprintf(&path, "%.*s-%u%s", before, whole, job->part + 1, whole + before) < 0)
        path = NULL;
    free(whole);
    return path;
}

static kg_status write_part(kg_export_job *job, const char *name, kg_export_fill_fn fill) {
    kg_status st;
    kg_outfile *file;
    char *path = path_of(job, name);
    if (!path || kg_array_reserve(&job->files, 1) != KG_OK) {
        free(path);
        return kg_error_set(job->err, KG_ERR_MEMORY, "out of memory writing %s", job->path);
    }
    st = kg_outfile_open(&file, path, job->err);
    free(path);
    if (st != KG_OK)
        return st;
    job->files.data[job->files.len++] = file;
    return fill(job, kg_outfile_stream(file));
}

kg_status kg_export_file(kg_export_job *job, const char *name, kg_export_fill_fn fill) {
    kg_status st;
    for (job->part = 0; job->part < job->parts; job->part++)
        KG_TRY(st, write_part(job, name, fill));
    return KG_OK;
}

/* Put all files in place where all went well. */
static kg_status put_in_place(kg_export_job *job, kg_status st) {
    for (size_t i = 0; i < job->files.len; i++) {
        if (st == KG_OK)
            st = kg_outfile_commit(job->files.data[i], job->err);
        else
            kg_outfile_discard(job->files.data[i]);
    }
    kg_array_free(&job->files);
    return st;
}

void kg_export_range(uint64_t *from, uint64_t *end, const kg_export_job *job, uint64_t n) {
    uint64_t size = n / job->parts, more = n % job->parts, part = job->part;
    *from = part * size + (part < more ? part : more);
    *end = *from + size + (part < more);
}

kg_status kg_export_name(kg_str *name, kg_export_job *job, kg_kind kind, kg_id id) {
    kg_status st = kg_name_get(name, job->snapshot, kind, id);
    if (st == KG_OK)
        return KG_OK;
    return kg_error_set(job->err, st, "the store has no name for id %u; run kg check", id);
}

kg_status kg_export_relation_label(kg_str *label, kg_str *language, kg_export_job *job, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, job, KG_RELATION, id));
    KG_TRY(st, kg_label_get(label, job->snapshot, KG_RELATION, id));
    KG_TRY(st, kg_label_language(language, job->snapshot, KG_RELATION, id));
    if (language->len == 0 && kg_str_equal(*label, name))
        label->len = 0;
    return KG_OK;
}

kg_status kg_export_check(kg_export_job *job, kg_str name, const char *characters,
                          const char *format) {
    for (size_t i = 0; i < name.len; i++)
        if (strchr(characters, name.data[i]))
            return kg_error_set(job->err, KG_ERR_FORMAT,
                                "the name \"%s\" holds a character (0x%02X) that %s cannot hold; "
                                "export as ntriples",
                                kg_quote(name).text, (unsigned char)name.data[i], format);
    return KG_OK;
}

static bool is_entity(const kg_export_job *job, kg_id id) {
    return id < job->stats.entities && kg_live_place(&job->live, id) != KG_NO_ID;
}

kg_status kg_export_edges(kg_edges *edges, uint64_t *count, kg_export_job *job, kg_id entity,
                          bool out) {
    kg_status st;
    KG_TRY(st, kg_entity_edges(out ? edges : NULL, out ? NULL : edges, job->snapshot, entity));
    for (uint32_t i = 0; i < edges->count; i++)
        if (!is_entity(job, kg_edge_entity(*edges, i)) ||
            kg_edge_relation(*edges, i) >= job->stats.relations)
            return kg_error_set(job->err, KG_ERR_CORRUPT,
                                "the store is damaged: an edge of entity %u leads outside it; what "
                                "is written is not whole; run kg check, and see kg-recovery(7)",
                                entity);
    *count += edges->count;
    return KG_OK;
}

kg_status kg_export_whole(kg_export_job *job, uint64_t count) {
    if (count == job->stats.triples)
        return KG_OK;
    return kg_error_set(job->err, KG_ERR_CORRUPT,
                        "the store is damaged: %llu triples were found where it counts %llu; what "
                        "is written is not whole; run kg check, and see kg-recovery(7)",
                        (unsigned long long)count, (unsigned long long)job->stats.triples);
}

kg_status kg_export_triples(kg_export_job *job, FILE *to, kg_triple_fn visit, void *context) {
    kg_status st;
    uint64_t count = 0, from, end;
    kg_export_range(&from, &end, job, job->stats.triples);
    for (uint64_t place = 0; place < job->live.count; place++) {
        kg_edges out;
        kg_id head = kg_live_id(&job->live, place);
        uint64_t first = count;
        KG_TRY(st, kg_export_edges(&out, &count, job, head, true));
        for (uint32_t i = 0; i < out.count; i++)
            if (first + i >= from && first + i < end)
                KG_TRY(st, visit(context, head, kg_edge_relation(out, i), kg_edge_entity(out, i)));
        if (ferror(to))
            return KG_OK; /* the commit tells it */
    }
    job->report->triples = count;
    return kg_export_whole(job, count);
}

void kg_put_doubled(FILE *to, kg_str text) {
    putc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            putc('"', to);
        putc(text.data[i], to);
    }
    putc('"', to);
}

void kg_put_quoted(FILE *to, kg_str text) {
    putc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            fprintf(to, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (c < 0x20 || c == 0x7F)
            fprintf(to, "\\u%04X", c);
        else
            putc(c, to);
    }
    putc('"', to);
}

static kg_status make_folder(bool *made, const char *path, kg_error *err) {
    struct stat info;
    *made = mkdir(path, 0777) == 0;
    if (*made)
        return KG_OK;
    if (errno != EEXIST)
        return kg_error_errno(err, "make the folder", path);
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return kg_error_at(err, KG_ERR_EXISTS, path, 0, "is a file; expected a folder to write to");
    return KG_OK;
}

static kg_status find_exporter(const kg_exporter **out, const char *name, kg_error *err) {
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; kg_exporters[i]; i++) {
        if (strcmp(kg_exporters[i]->name, name) == 0) {
            *out = kg_exporters[i];
            return KG_OK;
        }
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 kg_exporters[i]->name);
    }
    kg_error_set(err, KG_ERR_ARGUMENT, "there is no export to \"%s\"; expected one of %s", name,
                 known);
    return KG_ERR_ARGUMENT;
}

static kg_status check_options(const kg_exporter *exporter, const kg_export_options *options,
                               bool to_output, kg_error *err) {
    if (exporter->folder && to_output && exporter != &kg_exporter_tsv &&
        exporter != &kg_exporter_csv)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s is several files; name a folder",
                            exporter->name);
    if (options->parts > 1 && (to_output || !exporter->in_parts))
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s cannot be written in parts",
                            to_output ? "standard output" : exporter->name);
    return KG_OK;
}

kg_status kg_export(kg_export_report *report, kg_snapshot *snapshot,
                    const kg_export_options *options, const char *path, kg_error *err) {
    kg_status st;
    kg_export_job job = {.snapshot = snapshot,
                         .path = path,
                         .report = report,
                         .parts = options->parts > 1 ? options->parts : 1,
                         .err = err};
    bool to_output = strcmp(path, "-") == 0, made = false;
    *report = (kg_export_report){0};
    KG_TRY(st, find_exporter(&job.exporter, options->format, err));
    KG_TRY(st, kg_snapshot_stats(&job.stats, snapshot, err));
    KG_TRY(st, check_options(job.exporter, options, to_output, err));
    KG_TRY(st, kg_live_take(&job.live, snapshot, err));
    report->entities = job.live.count;
    report->relations = job.stats.relations;
    if (job.exporter->folder && !to_output)
        st = make_folder(&made, path, err);
    if (st == KG_OK)
        st = job.exporter->write(&job);
    if (st == KG_OK)
        st = kg_export_left_out(&job, job.exporter->holds, options);
    st = put_in_place(&job, kg_snapshot_fault(err, st, snapshot));
    kg_array_free(&job.text);
    kg_live_free(&job.live);
    if (st != KG_OK && made)
        rmdir(path);
    return st;
}
