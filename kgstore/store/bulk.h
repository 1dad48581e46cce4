/* Inside the bulk loader: what it gathers (bulk_names.c, bulk_base.c), and how it is written
 * (bulk_write.c). */
#ifndef KG_STORE_BULK_H
#define KG_STORE_BULK_H

#include "kgstore/base/arena.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/bulk_feed.h"
#include "kgstore/store/fresh.h"
#include "kgstore/store/intern.h"
#include "kgstore/store/prop_index.h"
#include "kgstore/store/properties.h"
#include "kgstore/store/spool.h"
#include "kgstore/store/triples.h"
#include "kgstore/store/typecount.h"

typedef struct kg_bulk_names {
    kg_intern intern;
    KG_ARRAY(kg_str)
    labels; /* tagged, by id, in the arena; shorter than the ids where the rest has
               none */
} kg_bulk_names;

typedef struct kg_bulk_alias {
    uint32_t entity;
    uint32_t ordinal; /* as given */
    kg_str text;      /* tagged, in the arena */
} kg_bulk_alias;

struct kg_bulk {
    kg_bulk_options options;
    char *path;
    bool unborn;      /* the store's first load */
    bool keep_folder; /* its folder was there before, empty */
    bool started;     /* fresh was begun */
    int lock;
    kg_fresh fresh;
    kg_feed feed;

    /* The generation in force, where there is one; its transactions only to append. */
    uint64_t replaced;
    kg_store *base;
    kg_env *base_env;
    kg_txn *base_txn, *base_edges;
    kg_state base_state;

    kg_bulk_names names[KG_KINDS];
    kg_arena arena;
    KG_ARRAY(kg_bulk_alias) aliases;
    kg_type_counts types;
    KG_ARRAY(double) weights;
    uint64_t weights_version; /* triples_version of weights carried over; 0: given in this load */
    kg_triples triples;
    kg_spool entity_properties, edge_properties;
    kg_key_list indexed; /* keys */
    kg_spool index;      /* their entries */
    kg_key_list renewed; /* keys whose values in the generation in force do not count */
    bool values_only;    /* nothing but values of entities comes */
    kg_bytes packed;     /* properties of the statement at hand; the caller's thread */
    kg_bytes piece; /* one of them, with its key's id; the worker's, or the caller's while it stands
                     * still */
    uint64_t given, self_loops;
    uint64_t statements; /* told to kg_bulk_statement */
};

/* Whether the work may be done by two threads. */
bool kg_bulk_has_two_threads(const kg_bulk *bulk);

/* The id of a name, new or not. KG_ERR_FORMAT: it is new, and no UTF-8 or holds a NUL. */
kg_status kg_bulk_name(uint32_t *id, kg_bulk *bulk, kg_kind kind, kg_str name, uint64_t hash,
                       kg_error *err);

/* One more mention of an entity with a type. */
kg_status kg_bulk_type(kg_bulk *bulk, uint32_t entity, uint32_t type, kg_error *err);

/* A triple by ids that are known. */
kg_status kg_bulk_triple(kg_bulk *bulk, kg_triple triple, kg_error *err);

/* The name that a deleted entity of the generation in force has in memory: NUL and its id. */
enum { KG_BULK_DELETED = 1 + sizeof(uint32_t) };

static inline bool kg_bulk_is_deleted(kg_str name) {
    return name.len == KG_BULK_DELETED && name.data[0] == '\0';
}

/* Take over names, labels, aliases, types and weights of the generation in force. */
kg_status kg_bulk_load_base(kg_bulk *bulk, kg_error *err);

/* Write everything but the edges' generation frame; fills the counters. */
kg_status kg_bulk_write(kg_state *state, kg_bulk *bulk, kg_error *err);

/* Copy text into the bulk's arena. KG_ERR_MEMORY. */
kg_status kg_bulk_keep(kg_str *kept, kg_bulk *bulk, kg_str text);

/* Set the label of an id, in a language or none (empty). Of two labels of an entity that of the
 * better language stays the label, and the other becomes one more; the first given where both are
 * alike. A relation or a type keeps the better one. */
kg_status kg_bulk_label(kg_bulk *bulk, kg_kind kind, uint32_t id, kg_str label, kg_str language);

/* Add an alias, tagged. */
kg_status kg_bulk_alias_add(kg_bulk *bulk, uint32_t entity, kg_str alias);

/* ---- Properties (bulk_properties.c) ---------------------------------------------------------- */

/* Append the properties of a statement to *to as text that outlives it: {u16 length of the key,
 * key, value packed} for each. KG_ERR_FORMAT: a key or value that cannot be taken. */
kg_status kg_bulk_pack(kg_bytes *to, const kg_statement *statement, kg_error *err);

/* Take what kg_bulk_pack made for an entity, or for an edge: keys become ids. */
kg_status kg_bulk_properties(kg_bulk *bulk, kg_spool *spool, const kg_spool_key *key, kg_str packed,
                             kg_error *err);

/* Write the records of both spools, what the generation that is appended to has of them merged
 * in. */
kg_status kg_bulk_write_properties(kg_state *state, kg_bulk *bulk, kg_error *err);

#endif
