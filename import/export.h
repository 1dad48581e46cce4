/* A store's graph written in foreign formats. A name that a format cannot hold (a tab in a table)
 * is an error that names a format which can. */
#ifndef KG_IMPORT_EXPORT_H
#define KG_IMPORT_EXPORT_H

#include "kgstore/base/outfile.h"
#include "kgstore/kgstore.h"

typedef struct kg_export_report {
    uint64_t entities, relations, triples; /* written */
    uint64_t left_out; /* labels, aliases, types and weights that the format has no place for */
} kg_export_report;

/* Write the snapshot's graph to path in a format of kg_export_formats. path is a folder, made where
 * it is not there, but for ntriples, which is one file, and tsv with path "-", which writes the
 * triples alone to standard output. Each file is replaced at once when it is whole.
 * KG_ERR_ARGUMENT: no such format; KG_ERR_FORMAT: a name that the format cannot hold;
 * KG_ERR_CORRUPT: the store is damaged, and what is written not whole; KG_ERR_IO, KG_ERR_FULL,
 * KG_ERR_MEMORY. */
kg_status kg_export(kg_export_report *report, kg_snapshot *snapshot, const char *format,
                    const char *path, kg_error *err);

/* ---- For the writers --------------------------------------------------------------------------
 */

typedef struct kg_export_job {
    kg_snapshot *snapshot;
    kg_stats stats;
    const char *path;
    kg_export_report *report;
    kg_error *err;
} kg_export_job;

typedef struct kg_exporter {
    const char *name, *summary;
    bool folder; /* path is one */
    kg_status (*write)(kg_export_job *job);
} kg_exporter;

extern const kg_exporter kg_exporter_tsv, kg_exporter_openke, kg_exporter_dglke, kg_exporter_neo4j,
    kg_exporter_ntriples, kg_exporter_smedbert;

/* Ends with NULL. */
extern const kg_exporter *const kg_exporters[];

/* Write one file: name in the job's folder, or the job's path where name is NULL. fill puts the
 * content into `to`; write errors may be left in the stream. */
typedef kg_status (*kg_export_fill_fn)(kg_export_job *job, FILE *to);
kg_status kg_export_file(kg_export_job *job, const char *name, kg_export_fill_fn fill);

/* The edges of an entity in one direction, each checked to lead to an entity and by a relation of
 * the store; *count grows by their number. Once it has the edges of all entities, _whole refuses to
 * call it all where the store counts another number. KG_ERR_CORRUPT. */
kg_status kg_export_edges(kg_edges *edges, uint64_t *count, kg_export_job *job, kg_id entity,
                          bool out);
kg_status kg_export_whole(kg_export_job *job, uint64_t count);

/* Told of each triple, by head, in the order of the head's neighbours. */
typedef kg_status (*kg_triple_fn)(kg_export_job *job, FILE *to, kg_id head, kg_id relation,
                                  kg_id tail);
kg_status kg_export_triples(kg_export_job *job, FILE *to, kg_triple_fn visit);

/* A name of the snapshot, which must be there. */
kg_status kg_export_name(kg_str *name, kg_export_job *job, kg_kind kind, kg_id id);

/* The label of an entity or relation; empty where it is the identifier. */
kg_status kg_export_label(kg_str *label, kg_export_job *job, kg_kind kind, kg_id id);

/* Refuse name where it holds one of the characters: KG_ERR_FORMAT that names the format. */
kg_status kg_export_check(kg_export_job *job, kg_str name, const char *characters,
                          const char *format);

static inline void kg_put(FILE *to, kg_str text) {
    if (text.len)
        fwrite(text.data, 1, text.len, to);
}

/* text as a JSON string; also valid in N-Triples. */
void kg_put_quoted(FILE *to, kg_str text);

#endif
