/* The table of formats: what a file format must offer to be read and written. */
#ifndef KG_IMPORT_FORMAT_H
#define KG_IMPORT_FORMAT_H

#include "import/reader.h"

/* What detection looks at: the first path. */
typedef struct kg_sample {
    const char *path;
    bool is_folder;
    kg_str text; /* the file's first 64 KiB; empty for a folder */
    kg_str head; /* its first line that is not blank */
} kg_sample;

typedef struct kg_format {
    const char *name, *summary;
    /* Is this another name of it? NULL: it has one name only. */
    bool (*answers)(const char *name);
    /* Does the sample look like this format? NULL: only by name. */
    bool (*detect)(const kg_sample *sample);
    /* Read all paths into reader's sink. */
    kg_status (*read)(kg_reader *reader, const char *const *paths, size_t n_paths, kg_error *err);
} kg_format;

extern const kg_format kg_format_tsv, kg_format_openke, kg_format_dglke, kg_format_neo4j,
    kg_format_kgtk, kg_format_ntriples, kg_format_nquads, kg_format_turtle, kg_format_trig,
    kg_format_rotate, kg_format_wikidata5m, kg_format_umls, kg_format_smedbert;

/* All formats, the more particular before the more general, as detection tries them; ends with
 * NULL. */
extern const kg_format *const kg_formats[];

/* KG_ERR_ARGUMENT, naming those there are, where there is none of that name. */
kg_status kg_format_find(const kg_format **out, const char *name, kg_error *err);

/* Tell the format of path, which the reader then holds open (kg_reader's `opened`) unless it is a
 * folder. KG_ERR_FORMAT where none fits, KG_ERR_NOT_FOUND, KG_ERR_IO. */
kg_status kg_format_detect(const kg_format **out, kg_reader *reader, const char *path,
                           kg_error *err);

/* Read paths as tsv with these columns and without a header, whatever the options say. */
kg_status kg_tsv_read_columns(kg_reader *reader, const char *const *paths, size_t n_paths,
                              const char *columns, kg_error *err);

/* Tables that stand beside a graph (import/nodes.c). */
kg_status kg_nodes_read(kg_reader *reader, const char *path, kg_error *err);
kg_status kg_aliases_read(kg_reader *reader, const char *path, kg_error *err);

#endif
