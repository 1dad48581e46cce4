/* Names that are not to be found in text: a file of them, one a line, and its copy in a checkpoint,
 * so that what was trained with it is used with it. */
#ifndef KG_SMEDBERT_STOP_LIST_H
#define KG_SMEDBERT_STOP_LIST_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

/* Read the file at path, else stop.txt of the checkpoint in folder, where there is one; both may be
 * NULL. *out is the caller's: kg_array_free. Statuses of kg_lines_open and kg_lines_rest. */
kg_status kg_stop_list_read(kg_bytes *out, const char *path, const char *folder, kg_error *err);

/* Write stop.txt of a checkpoint; nothing where there is no name. */
kg_status kg_stop_list_write(const kg_bytes *names, const char *folder, kg_error *err);

#endif
