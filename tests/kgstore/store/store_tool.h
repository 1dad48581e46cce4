/* What the tests of the store share: a scratch folder, and small graphs loaded from text. */
#ifndef KG_TESTS_STORE_TOOL_H
#define KG_TESTS_STORE_TOOL_H

#include "kgstore/kgstore.h"

#include <limits.h>

/* A new folder under TMPDIR. */
void tool_make_folder(char path[PATH_MAX]);

/* Remove a folder and all in it. */
void tool_remove(const char *path);

/* Feed lines of statements, separated by newlines, fields by tabs:
 *     head relation tail [head_type tail_type]   a triple
 *     E name [label] [type] [id]                 an entity ("-": absent)
 *     R name label                               a relation
 *     A name alias [language]                    an alias
 *     L name label language                      a label in a language
 *     P name key kind value [tag]                a property of an entity
 *     Q head relation tail key kind value [tag]  a triple with a property
 *     W name number                              a weight
 * Returns the first status other than KG_OK. */
kg_status tool_feed(void *sink, kg_sink_fn take, const char *text, kg_error *err);

/* Load text into a new store (or as options say). report may be NULL. */
kg_status tool_load(kg_bulk_report *report, const char *path, const kg_bulk_options *options,
                    const char *text, kg_error *err);

/* The whole store in a canonical text: what two equal graphs have in common, whatever way they were
 * made. The caller frees. NULL when out of memory or unreadable. */
char *tool_dump(const char *path);

#endif
