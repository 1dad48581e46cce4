/* The verbs that change a store, as kg edit and the shell take them. */
#ifndef KG_CLI_EDITS_H
#define KG_CLI_EDITS_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

/* A name that an edit has brought into the store. */
typedef struct kg_new_name {
    kg_kind kind;
    kg_str name;
} kg_new_name;

/* Edits of one transaction. All zero but the writer at first; free in any case. */
typedef struct kg_edits {
    kg_writer *writer; /* the caller's, to commit or abort */
    KG_ARRAY(kg_new_name) names;
    kg_arena texts;
} kg_edits;

void kg_edits_free(kg_edits *edits);

typedef struct kg_edit_verb {
    const char *name, *arguments, *summary;
    size_t min_args, max_args;
    kg_status (*run)(kg_edits *edits, const kg_str *args, size_t n, kg_error *err);
} kg_edit_verb;

/* All verbs, in the order help shows them. */
extern const kg_edit_verb kg_edit_verbs[];
extern const size_t kg_edit_verb_count;

/* NULL: no verb has that name. */
const kg_edit_verb *kg_edit_find(const char *name);

/* Make the change that words tell, the verb first. Where it fails with KG_ERR_ARGUMENT (no such
 * verb, or its words are too many or too few), KG_ERR_FORMAT, KG_ERR_NOT_FOUND, KG_ERR_EXISTS or
 * KG_ERR_VERSION nothing of it is kept, and the transaction may go on. */
kg_status kg_edit_words(kg_edits *edits, const char *const *words, size_t n, kg_error *err);

/* Whether a transaction may go on after an edit that failed so. */
bool kg_edit_may_go_on(kg_status status);

/* Tell on standard error which names are new, each with the name that it may have been meant to be,
 * of those in the snapshot, which is from before. */
void kg_edits_tell_names(const kg_edits *edits, kg_snapshot *before);

#endif
