/* Failpoints: named places where a test makes the program die or fail.
 *
 *     KG_TRY(st, KG_FAILPOINT("bulk.before-current", err));
 *
 * Put one at each phase of work that must survive a kill, and on both sides of each rename, sync
 * and commit. Names are ROOM.WHAT, lower case with hyphens, unique in the tree. Where cleaning up
 * is needed, take the status as that of any call that can fail. Without the CMake option
 * KG_FAILPOINTS the macro is the constant KG_OK and nothing is left in the program.
 *
 * The environment of the process chooses what happens:
 *
 *     KG_FAILPOINT=NAME[:COUNT[:ACTION]]   act at the COUNT-th time (from 1, the default) that the
 *                                          point NAME is passed since this was set
 *     KG_FAILPOINT_LOG=FILE                append a line with the name at each pass, so that a
 *                                          harness learns which points a piece of work passes
 *
 * ACTION: kill (default: SIGKILL, as a crash), exit (_exit(70), no clean-up), io, full, memory,
 * cancelled (the point returns that status). */
#ifndef KG_BASE_FAILPOINT_H
#define KG_BASE_FAILPOINT_H

#include "kgstore/base/error.h"

#ifdef KG_FAILPOINTS

/* KG_OK, or the status chosen, with a text that names the point. Safe from any thread. */
kg_status kg_failpoint_pass(const char *name, kg_error *err);

#define KG_FAILPOINT(name, err) kg_failpoint_pass((name), (err))
#else
#define KG_FAILPOINT(name, err) ((void)(err), (kg_status)KG_OK)
#endif

#endif
