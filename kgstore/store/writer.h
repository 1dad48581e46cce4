/* Inside the store room: what a kg_writer holds, and the parts it is made of.
 *
 * Names, types and aliases go into the transaction at once. Triples are staged in memory and merged
 * into the neighbour blocks at commit, so that a block is rewritten once however many of its edges
 * change. */
#ifndef KG_STORE_WRITER_H
#define KG_STORE_WRITER_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/store/idmap.h"
#include "kgstore/store/prop_index.h"
#include "kgstore/store/properties.h"
#include "kgstore/store/store.h"
#include "kgstore/store/triples.h"

/* What is staged for a triple, relative to the blocks as they are. */
typedef enum kg_staging { KG_STAGED_NOTHING, KG_STAGED_ADD, KG_STAGED_DELETE } kg_staging;

typedef KG_ARRAY(kg_str) kg_names_list;
typedef KG_ARRAY(uint64_t) kg_key_hashes;

/* The names of an entity, as they were and as they are to be. Texts lie in the arena. */
typedef struct kg_naming {
    kg_id entity;
    kg_str identifier, label; /* label tagged; empty: none */
    kg_names_list list;       /* aliases and further labels, tagged */
    kg_str had_identifier, had_label;
    kg_names_list had_list;
    kg_key_hashes keys, had_keys; /* of the list and the label; 0: not in the index */
    kg_arena arena;
} kg_naming;

struct kg_writer {
    kg_update update;
    kg_write_report report;
    const double *weights; /* of the PageRank blob, n_weights; NULL: not ranked */
    uint64_t n_weights;
    kg_id_map staged;     /* triple {head, relation, tail} -> kg_staging */
    kg_id_map touched;    /* {entity} whose block will be rewritten */
    kg_id_map source_ids; /* {kg_kind, id in the source} -> id in the store */
    kg_bytes scratch;
    kg_bytes pieces, record; /* of properties */
    kg_property_merger merger;
    kg_key_list indexed; /* keys */
    kg_index_entries entries;
    kg_bytes packed;
    kg_naming naming;
    uint64_t dirty;     /* about as many bytes of pages will have been touched */
    uint64_t moved;     /* the same, for what went with an entity or to another */
    bool changed;       /* triples, names or types: what is derived from them is stale now */
    bool facts_changed; /* properties */
};

/* The id of a name that is there. KG_ERR_NOT_FOUND, and err names it; KG_ERR_FORMAT: it could be
 * none. */
kg_status kg_writer_find(kg_id *id, const kg_writer *w, kg_kind kind, kg_str name, kg_error *err);

/* Fail where the store is of version 1, which holds no `what` ("properties"). */
kg_status kg_writer_needs_new_layout(const kg_writer *w, const char *what, kg_error *err);

/* KG_ERR_LIMIT where the transaction has become too large. */
kg_status kg_writer_check_size(const kg_writer *w, kg_error *err);

/* What was touched since w->dirty was `before` went with an entity that is deleted or merged: to
 * load in bulk instead is no way then, and there may be much more of it. KG_ERR_LIMIT beyond that.
 */
kg_status kg_writer_settle(kg_writer *w, uint64_t before, kg_error *err);

/* ---- Names (writer_names.c) ------------------------------------------------------------------ */

/* Find or make the entity, relation or type. KG_ERR_FORMAT: the identifier is too long, or there
 * can be no more of the kind. */
kg_status kg_writer_name(kg_id *id, kg_writer *w, kg_kind kind, kg_str identifier, kg_error *err);

/* Put an id under an identifier that has none yet. */
kg_status kg_writer_index(kg_writer *w, kg_kind kind, kg_str identifier, kg_id id, kg_error *err);

/* Take an id from under its identifier. */
kg_status kg_writer_unindex(kg_writer *w, kg_kind kind, kg_str identifier, kg_id id, kg_error *err);

/* Put the record of a name: its identifier, and its label, tagged, where there is one. */
kg_status kg_writer_put_name(kg_writer *w, kg_kind kind, kg_id id, kg_str identifier, kg_str label,
                             kg_error *err);

/* Give a relation a label, with its tag, in place of the one that it has. One that is the
 * identifier, or empty, changes nothing. */
kg_status kg_writer_relation_label(kg_writer *w, kg_id relation, kg_str label, kg_error *err);

/* "entity", "relation", "type" or "property". */
const char *kg_writer_word(kg_kind kind);

/* Add a type to an entity, made where it is not known yet; the first an entity gets is its primary
 * one. */
kg_status kg_writer_type(kg_writer *w, kg_id entity, kg_str type, kg_error *err);

/* Give an entity a type, or take it away. KG_ERR_NOT_FOUND, without text: it has not that one. */
kg_status kg_writer_put_type(kg_writer *w, kg_id entity, kg_id type, bool add, kg_error *err);

/* Take all types from an entity; give them to another. */
kg_status kg_writer_move_types(kg_writer *w, kg_id from, kg_id to, kg_error *err);
kg_status kg_writer_clear_types(kg_writer *w, kg_id entity, kg_error *err);

/* ---- All names of an entity (writer_aliases.c) ---------------------------------------------- */

/* Load, change identifier, label and list, put what is new in the arena by kg_naming_tag, store: at
 * once, since stored names are changed against what was loaded. */
kg_status kg_naming_load(kg_naming *naming, kg_writer *w, kg_id entity, kg_error *err);
kg_status kg_naming_store(kg_writer *w, kg_naming *naming, kg_error *err);
void kg_naming_free(kg_naming *naming);

/* The tagged form (layout.h) of a text: `mark` is "=" before the language of a label in the list,
 * else empty. KG_ERR_FORMAT: it is empty or too long. */
kg_status kg_naming_tag(kg_str *tagged, kg_naming *naming, kg_str text, const char *mark,
                        kg_str language, kg_error *err);

/* Whether identifier, label or list say already what the tagged alias does. */
bool kg_naming_has(const kg_naming *naming, kg_str alias);

/* Add it to the end of the list unless they do. */
kg_status kg_naming_add(kg_naming *naming, kg_str alias, kg_error *err);

/* Take the i-th of the list away. */
void kg_naming_remove(kg_naming *naming, size_t i);

/* The language of a label or an alias; empty: none. */
kg_str kg_naming_language(kg_str tagged);

/* ---- Labels and aliases of entities (writer_labels.c) --------------------------------------- */

/* Give an entity a label, in a language or none (empty): the preferred one where it has none, else
 * one more. One that it has, or is the identifier, or empty, changes nothing. */
kg_status kg_writer_label(kg_writer *w, kg_id entity, kg_str label, kg_str language, kg_error *err);

/* Add an alias in a language or none; one that the entity has changes nothing. */
kg_status kg_writer_alias(kg_writer *w, kg_id entity, kg_str alias, kg_str language, kg_error *err);

/* As kg_writer_set_label, remove_label and remove_alias of kgstore.h; KG_ERR_NOT_FOUND comes
 * without text. */
kg_status kg_writer_prefer(kg_writer *w, kg_id entity, kg_str label, kg_str language,
                           kg_error *err);
kg_status kg_writer_drop_label(kg_writer *w, kg_id entity, kg_str language, kg_error *err);
kg_status kg_writer_drop_alias(kg_writer *w, kg_id entity, kg_str alias, kg_error *err);

/* ---- Properties (writer_properties.c) -------------------------------------------------------- */

/* Add the properties of a statement to those of an entity or an edge {head, relation, tail}: a key
 * that has a value already gets both. The statement was checked. */
kg_status kg_writer_entity_properties(kg_writer *w, kg_id entity, const kg_statement *statement,
                                      kg_error *err);
kg_status kg_writer_edge_properties(kg_writer *w, const kg_id edge[3],
                                    const kg_statement *statement, kg_error *err);

/* Give a key one value in place of what it has; NULL: none. The value has been checked.
 * KG_ERR_NOT_FOUND: there is none to take away. */
kg_status kg_writer_put_entity_property(kg_writer *w, kg_id entity, kg_str key,
                                        const kg_value *value, kg_error *err);
kg_status kg_writer_put_edge_property(kg_writer *w, const kg_id edge[3], kg_str key,
                                      const kg_value *value, kg_error *err);

/* Give all properties of an entity, or of an edge, to another: a key that has a value there already
 * gets both. */
kg_status kg_writer_move_properties(kg_writer *w, kg_id from, kg_id to, kg_error *err);
kg_status kg_writer_move_edge_properties(kg_writer *w, const kg_id from[3], const kg_id to[3],
                                         kg_error *err);

/* An edge or an entity goes: so do its properties. */
kg_status kg_writer_forget_properties(kg_writer *w, kg_id entity, kg_error *err);
kg_status kg_writer_forget_edge(kg_writer *w, const kg_id edge[3], kg_error *err);

/* ---- Entities (writer_delete.c) -------------------------------------------------------------- */

/* Delete an entity that has no edges. */
kg_status kg_writer_forget_entity(kg_writer *w, kg_id entity, kg_error *err);

/* ---- Triples (writer_triples.c) -------------------------------------------------------------- */

kg_status kg_writer_add_triple(kg_writer *w, kg_id head, kg_id relation, kg_id tail, kg_error *err);

/* KG_ERR_NOT_FOUND where it is not there. */
kg_status kg_writer_delete_triple(kg_writer *w, kg_id head, kg_id relation, kg_id tail,
                                  kg_error *err);

/* Append all triples that an entity is in, each once. */
typedef KG_ARRAY(kg_triple) kg_triple_list;
kg_status kg_writer_list_triples(kg_triple_list *to, kg_writer *w, kg_id entity, kg_error *err);

/* Whether there is such a triple now. */
kg_status kg_writer_has_triple(bool *has, kg_writer *w, const kg_id triple[3], kg_error *err);

/* Merge what is staged into the blocks. */
kg_status kg_writer_merge(kg_writer *w, kg_error *err);

#endif
