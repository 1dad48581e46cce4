/* Giving the ids of deleted entities to others, in a new generation. */
#ifndef KG_STORE_RENUMBER_H
#define KG_STORE_RENUMBER_H

#include "kgstore/store/store.h"

/* Write a generation in which no entity is deleted, from env, which is `generation`, and put it in
 * force. The store's lock is held. On failure the store is as it was. */
kg_status kg_renumber(kg_env *env, uint64_t generation, const char *path, kg_error *err);

#endif
