#include "import/fields.h"
#include "import/reader.h"

#include <unistd.h>

/* Files that a test keeps in memory are not looked for: none of theirs has such a name. */
static bool is_file(const kg_reader *r, kg_str path) {
    return !r->options->open && path.len > 0 && access(path.data, F_OK) == 0;
}

kg_str kg_group_files(kg_str *name, const kg_reader *r, const char *path) {
    kg_str files = kg_str_from(path);
    *name = (kg_str){"", 0};
    if (is_file(r, files) || !strchr(path, '='))
        return files;
    kg_fields_next(name, &files, '=');
    return files;
}

bool kg_group_next(kg_str *file, kg_str *files, const kg_reader *r) {
    /* The rest of the list ends where the path does. */
    if (!is_file(r, *files))
        return kg_fields_next(file, files, ',');
    *file = *files;
    return false;
}
