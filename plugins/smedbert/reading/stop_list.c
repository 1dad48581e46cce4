#include "plugins/smedbert/reading/stop_list.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/outfile.h"

#include <stdio.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, LARGEST = 64 << 20 };

kg_status kg_stop_list_read(kg_bytes *out, const char *path, const char *folder, kg_error *err) {
    char own[PATH_SIZE];
    kg_lines *lines;
    kg_str names;
    kg_status st;
    out->len = 0;
    if (!path && folder) {
        snprintf(own, sizeof own, "%s/stop.txt", folder);
        path = access(own, F_OK) == 0 ? own : NULL;
    }
    if (!path)
        return KG_OK;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_lines_rest(&names, lines, LARGEST, err);
    if (st == KG_OK && kg_array_append(out, names.data, names.len) != KG_OK)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    kg_lines_close(lines);
    return st;
}

kg_status kg_stop_list_write(const kg_bytes *names, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    kg_outfile *file;
    kg_status st;
    if (names->len == 0)
        return KG_OK;
    snprintf(path, sizeof path, "%s/stop.txt", folder);
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fwrite(names->data, 1, names->len, kg_outfile_stream(file));
    return kg_outfile_commit(file, err);
}
