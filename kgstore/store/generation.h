/* The folder of a store: CURRENT names the generation in force, gen-N/ holds each, LOCK serialises
 * writers of every kind and process (flock, so that it goes with a process that dies).
 *
 * Who writes takes the lock first and reads CURRENT after: a generation cannot be superseded while
 * its writer works, and a writer that had an older one open sees that and opens the new one. */
#ifndef KG_STORE_GENERATION_H
#define KG_STORE_GENERATION_H

#include "kgstore/base/error.h"
#include "kgstore/base/status.h"
#include "kgstore/kgstore.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* KG_ERR_NOT_FOUND: path is no store; KG_ERR_CORRUPT: CURRENT says something else. */
kg_status kg_current_read(uint64_t *generation, const char *path, kg_error *err);

/* Put a generation, which is whole and synced, in force: durable when it returns KG_OK. Where it
 * fails after the rename it is in force all the same, which err then says; the one before must stay
 * until a kg_generations_clean. The lock is held. */
kg_status kg_current_write(const char *path, uint64_t generation, kg_error *err);

/* path/gen-N into to. KG_ERR_ARGUMENT: too long. */
kg_status kg_generation_folder(char to[PATH_MAX], const char *path, uint64_t generation,
                               kg_error *err);

/* Make the folder of a new generation, with the first free number after the one in force. The lock
 * is held. KG_ERR_LIMIT: there is none. */
kg_status kg_generation_make(uint64_t *generation, const char *path, kg_error *err);

/* Remove a generation's folder and files, unless it is a link or holds anything else. Readers that
 * have it open keep it: the space is given back when the last of them closes it. */
void kg_generation_remove(const char *path, uint64_t generation);

/* Remove every generation but `keep`, the one in force, and what writers that died left: nothing
 * before it is durable that `keep` is in force. The lock is held. */
void kg_generations_clean(const char *path, uint64_t keep);

/* Wait for the writer's turn, as wait (NULL: for ever) says. *lock: kg_lock_release. KG_ERR_BUSY:
 * waited in vain; KG_ERR_CANCELLED; KG_ERR_IO, also where path is not writable. */
kg_status kg_lock_take(int *lock, const char *path, const kg_wait *wait, kg_error *err);
void kg_lock_release(int lock); /* -1 is safe */

typedef enum kg_path_state {
    KG_PATH_EMPTY,  /* a folder with nothing in it */
    KG_PATH_UNBORN, /* a folder that holds what a store's first load leaves when it dies, no more */
    KG_PATH_FOREIGN /* anything else: a store, another folder, no folder */
} kg_path_state;

kg_path_state kg_path_look(const char *path);

/* Remove what an unborn store left: generations, LOCK, and, if so wanted, the folder. Nothing is
 * done where path is not unborn. The lock is held. */
void kg_path_remove_unborn(const char *path, bool folder);

#endif
