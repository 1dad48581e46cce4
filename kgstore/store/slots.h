/* Readers with and without a slot in a generation's table of readers (lock.mdb).
 *
 * A writer spares the pages that a slot names. A reader that cannot have a slot (it may not write
 * to the table, the disk has no room for it, every slot is taken) holds the generation instead: a
 * shared flock on data.mdb for as long as it reads. A writer takes the exclusive flock before it
 * writes in place; where it does not get it, it leaves the generation as it is and writes to a
 * copy. So a generation that is held never changes. flock goes with a process that dies, needs no
 * leave to write, and is seen through every mount of the file system. */
#ifndef KG_STORE_SLOTS_H
#define KG_STORE_SLOTS_H

#include "kgstore/base/error.h"
#include "kgstore/base/status.h"

#include <stdbool.h>

/* Slots in a table; LMDB makes it for so many. */
enum { KG_SLOTS = 510 };

/* Whether folder/lock.mdb is there and has its blocks on the disk: LMDB writes to it through a map,
 * where a full disk means SIGBUS. */
bool kg_slots_are_there(const char *folder);

/* See to it, and that it may be written. No environment of this process may have it open. Returns
 * 0, or the errno for which there can be no slot. */
int kg_slots_prepare(const char *folder);

/* Whether this errno is one that a reader without a slot gets around. */
bool kg_slots_can_do_without(int code);

/* Hold the data file fd. Waits, half a minute at most, while a writer writes to it in place.
 * KG_ERR_BUSY; KG_ERR_UNSUPPORTED: the file system has no such locks. Release ends it. */
kg_status kg_hold_take(int fd, kg_error *err);

/* Claim the data file fd for writing in place, until released. KG_ERR_BUSY: it is held. */
kg_status kg_hold_claim(int fd);

void kg_hold_release(int fd);

#endif
