/* OpenKE: a folder with entity2id.txt, relation2id.txt and train2id.txt; each begins with a count
 * and a triple is head, tail, relation. */
#include "import/format.h"
#include "import/idfiles.h"

static kg_status read_openke(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    static const kg_idfolder how = {.format = "openke",
                                    .hint = "",
                                    .entities = "entity2id.txt",
                                    .relations = "relation2id.txt",
                                    .triples = {"train2id.txt"},
                                    .style = KG_IDLIST_NAME_ID,
                                    .order = "htr",
                                    .counted = true};
    return kg_idfolder_read(r, paths, n_paths, &how, err);
}

static bool detect_openke(const kg_sample *sample) {
    return sample->is_folder && kg_folder_holds(sample->path, "entity2id.txt") &&
           kg_folder_holds(sample->path, "train2id.txt");
}

const kg_format kg_format_openke = {"openke",
                                    "folder of entity2id.txt, relation2id.txt, train2id.txt", NULL,
                                    detect_openke, read_openke};
