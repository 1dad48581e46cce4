#include "import/export.h"

#include "import/reader.h"

#include <errno.h>
#include <sys/stat.h>

const kg_exporter *const kg_exporters[] = {&kg_exporter_tsv,
                                           &kg_exporter_openke,
                                           &kg_exporter_dglke,
                                           &kg_exporter_neo4j,
                                           &kg_exporter_ntriples,
                                           &kg_exporter_smedbert,
                                           NULL};

kg_status kg_export_file(kg_export_job *job, const char *name, kg_export_fill_fn fill) {
    kg_status st;
    kg_outfile *file;
    char *path = name ? kg_folder_path(job->path, name) : strdup(job->path);
    if (!path)
        return kg_error_set(job->err, KG_ERR_MEMORY, "out of memory writing %s", job->path);
    st = kg_outfile_open(&file, path, job->err);
    free(path);
    if (st != KG_OK)
        return st;
    st = fill(job, kg_outfile_stream(file));
    if (st == KG_OK)
        return kg_outfile_commit(file, job->err);
    kg_outfile_discard(file);
    return st;
}

kg_status kg_export_name(kg_str *name, kg_export_job *job, kg_kind kind, kg_id id) {
    kg_status st = kg_name_get(name, job->snapshot, kind, id);
    if (st == KG_OK)
        return KG_OK;
    return kg_error_set(job->err, st, "the store has no name for id %u; run kg check", id);
}

kg_status kg_export_label(kg_str *label, kg_export_job *job, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, job, kind, id));
    KG_TRY(st, kg_label_get(label, job->snapshot, kind, id));
    if (kg_str_equal(*label, name))
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

kg_status kg_export_edges(kg_edges *edges, uint64_t *count, kg_export_job *job, kg_id entity,
                          bool out) {
    kg_status st;
    KG_TRY(st, kg_entity_edges(out ? edges : NULL, out ? NULL : edges, job->snapshot, entity));
    for (uint32_t i = 0; i < edges->count; i++)
        if (kg_edge_entity(*edges, i) >= job->stats.entities ||
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

kg_status kg_export_triples(kg_export_job *job, FILE *to, kg_triple_fn visit) {
    kg_status st;
    for (kg_id head = 0; head < job->stats.entities; head++) {
        kg_edges out;
        KG_TRY(st, kg_export_edges(&out, &job->report->triples, job, head, true));
        for (uint32_t i = 0; i < out.count; i++)
            KG_TRY(st, visit(job, to, head, kg_edge_relation(out, i), kg_edge_entity(out, i)));
        if (ferror(to))
            return KG_OK; /* the commit tells it */
    }
    return kg_export_whole(job, job->report->triples);
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

static kg_status make_folder(const char *path, kg_error *err) {
    struct stat info;
    if (mkdir(path, 0777) == 0)
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

kg_status kg_export(kg_export_report *report, kg_snapshot *snapshot, const char *format,
                    const char *path, kg_error *err) {
    kg_status st;
    const kg_exporter *exporter;
    kg_export_job job = {.snapshot = snapshot, .path = path, .report = report, .err = err};
    *report = (kg_export_report){0};
    KG_TRY(st, find_exporter(&exporter, format, err));
    KG_TRY(st, kg_snapshot_stats(&job.stats, snapshot, err));
    if (job.stats.deleted)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "%llu entities were deleted, whose ids are still kept; run kg compact "
                            "first, which gives ids anew",
                            (unsigned long long)job.stats.deleted);
    bool to_output = strcmp(path, "-") == 0;
    if (exporter->folder && to_output && exporter != &kg_exporter_tsv)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s is several files; name a folder",
                            exporter->name);
    if (exporter->folder && !to_output)
        KG_TRY(st, make_folder(path, err));
    report->entities = job.stats.entities;
    report->relations = job.stats.relations;
    return kg_snapshot_fault(err, exporter->write(&job), snapshot);
}
