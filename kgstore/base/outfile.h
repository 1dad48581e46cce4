/* A file written beside its place and renamed into it when whole: a reader sees the old content or
 * the new, never part of either, whatever kills the writer.
 *
 *     KG_TRY(st, kg_outfile_open(&file, path, err));
 *     fprintf(kg_outfile_stream(file), ...);
 *     return kg_outfile_commit(file, err);        // or kg_outfile_discard(file)
 */
#ifndef KG_BASE_OUTFILE_H
#define KG_BASE_OUTFILE_H

#include "kgstore/base/error.h"

#include <stdio.h>

typedef struct kg_outfile kg_outfile;

/* Start writing what will become path ("-": standard output, which is only flushed). It is a new
 * file in the folder of path until then, of a name that cannot be guessed, with the mode of the
 * file that it replaces or that of any new file. Where path is a link, the file that it leads to is
 * replaced and the link stays. A device or FIFO is written into as it is: there nothing is beside,
 * and discard does not take back. A folder is an error. KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_outfile_open(kg_outfile **out, const char *path, kg_error *err);

/* Borrowed until commit or discard. Write errors may be left to commit, which finds them. */
FILE *kg_outfile_stream(kg_outfile *file);

/* Flush, sync, rename, sync the folder; frees file in any case. On failure path is untouched. */
kg_status kg_outfile_commit(kg_outfile *file, kg_error *err);

/* Remove the temporary file and free; NULL is safe. */
void kg_outfile_discard(kg_outfile *file);

/* Write a file that holds a text and the end of its line. Statuses of the three above. */
kg_status kg_outfile_write_line(const char *path, const char *text, kg_error *err);

/* A hidden name in the folder of path, which cannot be guessed: *out is the caller's to free.
 * KG_ERR_IO, KG_ERR_MEMORY. */
kg_status kg_name_beside(char **out, const char *path, kg_error *err);

/* Sync a folder, so that names made in it survive a power cut. */
kg_status kg_sync_folder(const char *path, kg_error *err);

/* Sync the folder that holds path. */
kg_status kg_sync_parent(const char *path, kg_error *err);

#endif
