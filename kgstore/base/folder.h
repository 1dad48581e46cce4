/* Folders: what is in them, synced or removed as a whole, and written as a whole.
 *
 *     KG_TRY(st, kg_outfolder_begin(&fresh, path, err));
 *     st = ... write files into the folder `fresh` ...
 *     return kg_outfolder_end(fresh, path, st, err);
 *
 * Until the end, `fresh` is a hidden folder beside path, of a name that cannot be guessed. */
#ifndef KG_BASE_FOLDER_H
#define KG_BASE_FOLDER_H

#include "kgstore/base/error.h"

#include <stdbool.h>

/* PATH/name, allocated; NULL when out of memory. */
char *kg_path_join(const char *folder, const char *name);

/* Whether path is a folder with anything in it. Where it is not, errno tells why it could not be
 * opened; 0: it is empty. */
bool kg_folder_used(const char *path);

/* Sync every file below a folder, and the folders. Links are not followed. KG_ERR_IO, KG_ERR_FULL,
 * KG_ERR_MEMORY. */
kg_status kg_tree_sync(const char *path, kg_error *err);

/* Remove a file, or a folder with all that is in it. Links are not followed. Whatever cannot be
 * removed stays; no path, no error. */
void kg_tree_remove(const char *path);

/* Make the folder *fresh, empty, that is to become path, where nothing is yet but perhaps an empty
 * folder. The caller gives *fresh to kg_outfolder_end. KG_ERR_EXISTS: path is there and not empty,
 * or no folder; KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_outfolder_begin(char **fresh, const char *path, kg_error *err);

/* Where st is KG_OK, sync fresh and rename it to path; else, or where that fails, remove it: path
 * is then as it was. Frees fresh. Returns st, or why fresh could not be put in place. */
kg_status kg_outfolder_end(char *fresh, const char *path, kg_status st, kg_error *err);

#endif
