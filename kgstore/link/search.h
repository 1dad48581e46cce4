/* The search of names in a text. Private to the link room. */
#ifndef KG_LINK_SEARCH_H
#define KG_LINK_SEARCH_H

#include "kgstore/link/automaton.h"

/* As kg_linker_find. stopped: a bit for each node whose name is not to be found; may be NULL. */
kg_status kg_search(kg_mentions *to, const kg_automaton *automaton, const uint64_t *stopped,
                    kg_str text, bool all);

#endif
