#include "import/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const kg_format *const kg_formats[] = {&kg_format_openke,   &kg_format_dglke,
                                       &kg_format_rotate,   &kg_format_smedbert,
                                       &kg_format_umls,     &kg_format_wikidata5m,
                                       &kg_format_neo4j,    &kg_format_kgtk,
                                       &kg_format_ntriples, &kg_format_nquads,
                                       &kg_format_turtle,   &kg_format_trig,
                                       &kg_format_tsv,      NULL};

kg_status kg_format_find(const kg_format **out, const char *name, kg_error *err) {
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; kg_formats[i]; i++) {
        if (strcmp(kg_formats[i]->name, name) == 0 ||
            (kg_formats[i]->answers && kg_formats[i]->answers(name))) {
            *out = kg_formats[i];
            return KG_OK;
        }
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 kg_formats[i]->name);
    }
    *out = NULL;
    return kg_error_set(err, KG_ERR_ARGUMENT, "there is no format \"%s\"; expected one of %s", name,
                        known);
}

/* What is known but not read, by a text in its start, the more particular first. */
static const struct {
    const char *holds, *name, *advice;
} others[] = {{"<rdf:RDF", "RDF/XML", "rapper -i rdfxml -o ntriples"},
              {"<graphml", "GraphML", "networkx: read_graphml, then write a table"},
              {"<gexf", "GEXF", "networkx: read_gexf, then write a table"},
              {"<Ontology", "OWL/XML", "robot convert --format ttl"},
              {"\nformat-version:", "OBO", "robot convert --format ttl"},
              {"\nPrefix(", "OWL's functional syntax", "robot convert --format ttl"},
              {"\"@context\"", "JSON-LD", "rdfpipe -i json-ld -o nt"},
              {"\n{", "JSON", "jq -r with @tsv"},
              {"\n[", "JSON", "jq -r with @tsv"}};

/* Does text hold it; where it begins with a line end, at the start of a line? */
static bool holds(kg_str text, const char *what) {
    kg_str word = kg_str_from(what);
    if (word.data[0] == '\n' && text.len >= word.len - 1 &&
        memcmp(text.data, word.data + 1, word.len - 1) == 0)
        return true;
    return text.len > 0 && memmem(text.data, text.len, word.data, word.len) != NULL;
}

static kg_status unknown(const kg_sample *sample, const char *name, kg_error *err) {
    for (size_t i = 0; !sample->is_folder && i < sizeof others / sizeof *others; i++)
        if (holds(sample->text, others[i].holds))
            return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                               "this seems to be %s, which is not read; convert it, for example "
                               "with %s",
                               others[i].name, others[i].advice);
    return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                       "this %s is not in a format that can be told from its content; name it with "
                       "--format",
                       sample->is_folder ? "folder" : "file");
}

static kg_status choose(const kg_format **out, const kg_sample *sample, bool table, kg_error *err) {
    for (size_t i = 0; kg_formats[i]; i++) {
        if (kg_formats[i]->detect && kg_formats[i]->detect(sample)) {
            *out = kg_formats[i];
            return KG_OK;
        }
    }
    if (table && sample->head.len > 0) {
        *out = &kg_format_tsv;
        return KG_OK;
    }
    const char *name = strcmp(sample->path, "-") == 0 ? "standard input" : sample->path;
    if (!sample->is_folder && sample->head.len == 0)
        return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                           "the file is empty; expected a knowledge graph");
    return unknown(sample, name, err);
}

/* Open the file of path, or the first that it names. */
static kg_status open_first(kg_reader *r, const char *path, kg_error *err) {
    kg_str name, file, files = kg_group_files(&name, r, path);
    kg_group_next(&file, &files, r);
    char *copy = strndup(file.data, file.len);
    if (!copy)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    kg_status st = kg_reader_open(&r->opened, r, copy, err);
    r->opened_path = path;
    r->opened_group = strcmp(copy, path) != 0;
    free(copy);
    return st;
}

kg_status kg_format_detect(const kg_format **out, kg_reader *r, const char *path, kg_error *err) {
    kg_status st;
    struct stat info;
    kg_sample sample = {.path = path};
    *out = NULL;
    sample.is_folder = !r->options->open && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (sample.is_folder)
        return choose(out, &sample, false, err);
    KG_TRY(st, open_first(r, path, err));
    KG_TRY(st, kg_reader_peek(&sample.text, r->opened, err));
    sample.head = kg_first_line(sample.text);
    /* Who says how a table is cut has one. */
    return choose(out, &sample,
                  r->options->delimiter || r->options->columns || r->options->relation, err);
}
