/* A file system in memory that knows what is durable: file content since the file's last sync, and
 * names since their folder's last sync, may be lost in a power cut, each on its own. The model is
 * POSIX's, harsher than what journaling file systems do. */
#ifndef KG_TESTS_CRASH_DISK_H
#define KG_TESTS_CRASH_DISK_H

#include "tests/crash/recording.h"

#include "kgstore/base/rng.h"

#include <stddef.h>

typedef struct disk disk;

/* What survives of that which was not synced. */
typedef enum loss { LOSE_ALL, LOSE_CONTENT, LOSE_NAMES, LOSE_NOTHING, LOSE_AT_RANDOM } loss;

/* A disk that holds, durably, what is below root in the real file system. */
disk *disk_load(const char *root);

/* Apply one event. Exits where it makes no sense. */
void disk_apply(disk *d, const event *e, const char *path, const char *path2,
                const unsigned char *data);

/* Write what a power cut now would leave to root, which is emptied first. */
void disk_cut(const disk *d, const char *root, loss how, kg_rng *rng);

void disk_free(disk *d);

#endif
