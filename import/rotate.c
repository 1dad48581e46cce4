/* The folders that RotatE's code and its descendants read: entities.dict and relations.dict, id TAB
 * name, and train.txt with triples by name. */
#include "import/format.h"
#include "import/idfiles.h"
#include "import/named.h"

static kg_status read_ids(kg_reader *r, const char *folder, const char *name, kg_kind kind,
                          kg_error *err) {
    kg_status st;
    kg_lines *lines;
    uint64_t count;
    KG_TRY(st, kg_reader_open_in(&lines, r, folder, name, err));
    return kg_idlist_read(&count, r, lines, kind, KG_IDLIST_ID_NAME, err);
}

static kg_status read_rotate(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    static const char *const triples[] = {"train.txt", NULL};
    kg_status st;
    if (n_paths != 1)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %zu paths; expected one for rotate, the folder with "
                            "entities.dict, relations.dict and train.txt",
                            n_paths);
    KG_TRY(st, read_ids(r, paths[0], "entities.dict", KG_ENTITY, err));
    KG_TRY(st, read_ids(r, paths[0], "relations.dict", KG_RELATION, err));
    return kg_named_triples(r, paths[0], triples, err);
}

static bool detect_rotate(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, "entities.dict") &&
           kg_folder_holds(sample->path, "relations.dict");
}

const kg_format kg_format_rotate = {"rotate", "folder of entities.dict, relations.dict, train.txt",
                                    NULL, detect_rotate, read_rotate};
