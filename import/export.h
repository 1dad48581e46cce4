/* A store's graph written in foreign formats. A name that a format cannot hold (a tab in a table)
 * is an error that names a format which can; nothing is written then. */
#ifndef KG_IMPORT_EXPORT_H
#define KG_IMPORT_EXPORT_H

#include "import/live.h"
#include "kgstore/base/array.h"
#include "kgstore/base/outfile.h"
#include "kgstore/kgstore.h"

typedef struct kg_export_report {
    uint64_t entities, relations, triples; /* written */
    uint64_t left_out; /* labels, aliases, types and properties that the format has no place for */
} kg_export_report;

typedef struct kg_export_options {
    const char *format; /* of kg_exporters */
    /* Told at the end, once for each name, how many of it the format has no place for: of "labels",
     * "languages", "aliases", "types", "labels of relations", "languages of relations", and of each
     * key of properties. May be NULL. */
    kg_status (*left_out)(void *context, kg_str name, uint64_t n);
    void *context;
    unsigned parts; /* files to divide each file into, of as many records each; 0 and 1: none */
} kg_export_options;

/* Write the snapshot's graph to path. path is a folder, made where it is not there, but for
 * formats of one file, and tsv with path "-", which writes the triples alone to standard output.
 * When all files are whole each replaces what stood in its place; before that, nothing does. Parts
 * of FILE.EXT are called FILE-1.EXT and so on, and each can be read by itself. KG_ERR_ARGUMENT: no
 * such format; KG_ERR_FORMAT: a name that the format cannot hold; KG_ERR_CORRUPT: the store is
 * damaged, and what is written not whole; KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_export(kg_export_report *report, kg_snapshot *snapshot,
                    const kg_export_options *options, const char *path, kg_error *err);

/* ---- For the writers ------------------------------------------------------------------------ */

typedef struct kg_export_job {
    const struct kg_exporter *exporter; /* at work */
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_live live; /* the entities to be written; stats.entities is beyond their ids */
    const char *path;
    kg_export_report *report;
    unsigned part, parts;         /* of the file being written, from 0, and how many there are */
    KG_ARRAY(kg_outfile *) files; /* whole, to be put in place when all are */
    kg_bytes text;                /* for who writes a record */
    kg_error *err;
} kg_export_job;

enum {
    KG_HOLDS_LABELS = 1, /* the preferred one; all, where it holds languages too */
    KG_HOLDS_ALIASES = 2,
    KG_HOLDS_TYPES = 4,
    KG_HOLDS_LANGUAGES = 8,
    KG_HOLDS_PROPERTIES = 16,
    KG_HOLDS_ENTITIES = 31, /* all of that */
    KG_HOLDS_RELATION_LABELS = 32,
    KG_HOLDS_RELATION_LANGUAGES = 64, /* of those */
    KG_HOLDS_ALL = 127
};

typedef struct kg_exporter {
    const char *name, *summary;
    bool folder;    /* path is one */
    bool in_parts;  /* its files can be divided */
    unsigned holds; /* KG_HOLDS_...: what it has a place for beyond names and triples */
    kg_status (*write)(kg_export_job *job);
} kg_exporter;

extern const kg_exporter kg_exporter_tsv, kg_exporter_csv, kg_exporter_openke, kg_exporter_dglke,
    kg_exporter_neo4j, kg_exporter_ntriples, kg_exporter_nquads, kg_exporter_turtle,
    kg_exporter_graphml, kg_exporter_dot, kg_exporter_smedbert;

/* Ends with NULL. */
extern const kg_exporter *const kg_exporters[];

/* Write one file, or its parts: name in the job's folder, or the job's path where name is NULL.
 * fill puts the content, or the part's, into `to`; write errors may be left in the stream. */
typedef kg_status (*kg_export_fill_fn)(kg_export_job *job, FILE *to);
kg_status kg_export_file(kg_export_job *job, const char *name, kg_export_fill_fn fill);

/* What of n records belongs to the part being written: *from to *end, exclusive. */
void kg_export_range(uint64_t *from, uint64_t *end, const kg_export_job *job, uint64_t n);

/* The edges of an entity in one direction, each checked to lead to an entity and by a relation of
 * the store; *count grows by their number. Once it has the edges of all entities, _whole refuses to
 * call it all where the store counts another number. KG_ERR_CORRUPT. */
kg_status kg_export_edges(kg_edges *edges, uint64_t *count, kg_export_job *job, kg_id entity,
                          bool out);
kg_status kg_export_whole(kg_export_job *job, uint64_t count);

/* Told of each triple of the part, by head, in the order of the head's neighbours. */
typedef kg_status (*kg_triple_fn)(void *context, kg_id head, kg_id relation, kg_id tail);
kg_status kg_export_triples(kg_export_job *job, FILE *to, kg_triple_fn visit, void *context);

/* Count what of the graph is none of `holds`, and tell it as the options say. */
kg_status kg_export_left_out(kg_export_job *job, unsigned holds, const kg_export_options *options);

/* A name of the snapshot, which must be there. */
kg_status kg_export_name(kg_str *name, kg_export_job *job, kg_kind kind, kg_id id);

/* The label of a relation and its language; empty where the identifier says it all. */
kg_status kg_export_relation_label(kg_str *label, kg_str *language, kg_export_job *job, kg_id id);

/* Refuse name where it holds one of the characters: KG_ERR_FORMAT that names the format. */
kg_status kg_export_check(kg_export_job *job, kg_str name, const char *characters,
                          const char *format);

static inline void kg_put(FILE *to, kg_str text) {
    if (text.len)
        fwrite(text.data, 1, text.len, to);
}

/* text in quotes, those in it doubled, as CSV has it. */
void kg_put_doubled(FILE *to, kg_str text);

/* text as a JSON string; also valid in N-Triples. */
void kg_put_quoted(FILE *to, kg_str text);

#endif
