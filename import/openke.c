/* OpenKE: a folder with entity2id.txt, relation2id.txt and train2id.txt; each begins with a count
 * and a triple is head, tail, relation. */
#include "import/format.h"
#include "import/idfiles.h"

static kg_status read_openke(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    kg_status st;
    kg_lines *lines;
    uint64_t n_entities, n_relations;
    if (n_paths != 1)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "openke wants one path, the folder with entity2id.txt, "
                            "relation2id.txt and train2id.txt; found %zu paths",
                            n_paths);
    KG_TRY(st, kg_reader_open_in(&lines, r, paths[0], "entity2id.txt", err));
    KG_TRY(st, kg_idlist_read(&n_entities, r, lines, KG_ENTITY, KG_IDLIST_NAME_ID, err));
    KG_TRY(st, kg_reader_open_in(&lines, r, paths[0], "relation2id.txt", err));
    KG_TRY(st, kg_idlist_read(&n_relations, r, lines, KG_RELATION, KG_IDLIST_NAME_ID, err));
    KG_TRY(st, kg_reader_open_in(&lines, r, paths[0], "train2id.txt", err));
    return kg_idtriples_read(r, lines, "htr", true, n_entities, n_relations, err);
}

static bool detect_openke(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, "entity2id.txt") &&
           kg_folder_holds(sample->path, "train2id.txt");
}

const kg_format kg_format_openke = {"openke",
                                    "folder of entity2id.txt, relation2id.txt, train2id.txt", NULL,
                                    detect_openke, read_openke};
