/* kgimport: foreign formats in and out of a store.
 *
 * A reader takes files and produces kg_statement through a kg_sink_fn; it knows nothing of the
 * store. The store's loaders are such sinks (import/load.h), and so is a test's recorder. How to
 * add a format: import/README.md. */
#ifndef KG_IMPORT_IMPORT_H
#define KG_IMPORT_IMPORT_H

#include "kgstore/base/lines.h"
#include "kgstore/kgstore.h"

/* Does the first line of a table name its columns? */
typedef enum kg_header { KG_HEADER_DETECT, KG_HEADER_YES, KG_HEADER_NO } kg_header;

/* Where a read stands, told every few thousand lines. */
typedef struct kg_import_tick {
    const char *file;
    uint64_t done, total; /* bytes of this file; total 0: not known */
    uint64_t lines;       /* of all files so far */
} kg_import_tick;

typedef struct kg_import_options {
    const char *format;   /* a name from kg_formats; NULL: told from the content */
    const char *columns;  /* tsv: comma-separated names out of head, head_type, head_name, relation,
                             relation_name, tail, tail_type, tail_name, and "-" or "skip" for one
                             to ignore; NULL: from the header, or head,relation,tail */
    const char *relation; /* tables: of all edges, where no column names one; NULL: none */
    const char *delimiter;       /* tables: what separates fields; NULL: told from the content */
    const char *quote;           /* tables: a character, or "none"; NULL: told from the content */
    const char *array_delimiter; /* neo4j: what separates the values of an array; NULL: ; */
    kg_header header;
    const char *nodes;   /* a table of identifier, label, type, read before the graph; NULL: none */
    const char *aliases; /* a table of identifier, alias, read after it; NULL: none */
    const char *schema;  /* a graph schema (schemas/graph.schema.json); NULL: none */
    uint64_t blank_scope;   /* of blank nodes, which must not be those that a store holds already: a
                               number that no load into it had before; 0: the store is new */
    bool no_properties;     /* leave them out and count them as dropped */
    uint64_t bad_tolerance; /* lines at fault that may be left out before the read fails */
    /* Told at the end, once for each name, how many values of it a store had no place for. May be
     * NULL. */
    kg_status (*dropped)(void *context, kg_str name, uint64_t n);
    /* Told of each line left out, and of each triple that breaks the schema; may be NULL. */
    void (*problem)(void *context, const kg_error *problem);
    /* May be NULL. A status other than KG_OK (KG_ERR_CANCELLED) stops the read. */
    kg_status (*tick)(void *context, const kg_import_tick *tick);
    /* Opens a file of the input; NULL: kg_lines_open. Tests and fuzz targets read from memory. */
    kg_status (*open)(void *context, kg_lines **out, const char *path, size_t max_line,
                      kg_error *err);
    void *context; /* of the four above */
} kg_import_options;

typedef struct kg_import_counts {
    const char *format;  /* the name of the format read */
    uint64_t lines;      /* lines, or values where a format has no lines */
    uint64_t triples;    /* given to the sink and taken by it */
    uint64_t bad;        /* lines or values left out as faulty */
    uint64_t dropped;    /* values that a store has no place for: edge properties, literals */
    uint64_t violations; /* triples that break the schema */
} kg_import_counts;

/* Read the graph in paths (files, or one folder, as the format wants) into sink. *counts is filled
 * as far as the read came, also on failure. KG_ERR_FORMAT with file and line for faulty input
 * beyond the tolerance; KG_ERR_ARGUMENT for options that make no sense; KG_ERR_NOT_FOUND,
 * KG_ERR_IO, KG_ERR_LIMIT, KG_ERR_MEMORY; or what sink or tick returned. A KG_ERR_FORMAT from sink
 * counts as a faulty line. */
kg_status kg_import_read(kg_import_counts *counts, const char *const *paths, size_t n_paths,
                         const kg_import_options *options, kg_sink_fn sink, void *sink_context,
                         kg_error *err);

#endif
