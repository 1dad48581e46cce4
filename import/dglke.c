/* DGL-KE: raw_udd_{hrt} is files of names separated by tabs; udd_{hrt} is a folder with
 * entities.tsv and relations.tsv (id TAB name) and train.tsv (or train.txt) with triples by id. The
 * letters give the order of a triple's fields; "dglke" alone means udd_hrt. */
#include "import/format.h"
#include "import/idfiles.h"

#include <stdio.h>

/* The three letters that a format's name ends with; NULL: it is not one of DGL-KE's. */
static const char *order_of(const char *name, const char *prefix) {
    static const char *const orders[] = {"hrt", "htr", "rht", "rth", "thr", "trh"};
    size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (strcmp(name + n, orders[i]) == 0)
            return orders[i];
    return NULL;
}

static bool answers_dglke(const char *name) {
    return order_of(name, "raw_udd_") || order_of(name, "udd_");
}

static kg_status read_raw(kg_reader *r, const char *const *paths, size_t n_paths, const char *order,
                          kg_error *err) {
    char columns[64] = "";
    size_t used = 0;
    for (int i = 0; i < 3; i++)
        used += (size_t)snprintf(columns + used, sizeof columns - used, "%s%s", i ? "," : "",
                                 order[i] == 'h'   ? "head"
                                 : order[i] == 'r' ? "relation"
                                                   : "tail");
    return kg_tsv_read_columns(r, paths, n_paths, columns, err);
}

static kg_status read_udd(kg_reader *r, const char *const *paths, size_t n_paths, const char *order,
                          kg_error *err) {
    const kg_idfolder how = {.format = "dglke",
                             .hint = "; for files of names use --format raw_udd_hrt",
                             .entities = "entities.tsv",
                             .relations = "relations.tsv",
                             .triples = {"train.tsv", "train.txt"},
                             .style = KG_IDLIST_ID_NAME,
                             .order = order};
    return kg_idfolder_read(r, paths, n_paths, &how, err);
}

static kg_status read_dglke(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    const char *name = r->options->format ? r->options->format : "dglke";
    const char *order = order_of(name, "raw_udd_");
    if (order)
        return read_raw(r, paths, n_paths, order, err);
    order = order_of(name, "udd_");
    return read_udd(r, paths, n_paths, order ? order : "hrt", err);
}

static bool detect_dglke(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, "entities.tsv") &&
           kg_folder_holds(sample->path, "relations.tsv");
}

const kg_format kg_format_dglke = {
    "dglke", "DGL-KE: raw_udd_hrt (files of names), udd_hrt (folder of ids), any order of hrt",
    answers_dglke, detect_dglke, read_dglke};
