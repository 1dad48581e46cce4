/* libkgstore: a knowledge graph in LMDB. The one public header of the database.
 *
 * A store is a directory that holds one generation of the graph in force; see kgstore/README.md for
 * the layout on disk. Readers are many and never blocked; there is one writer.
 *
 * Letters: E entities, R relations, T types, K neighbours asked for.
 * Ids are dense uint32_t: entities 0..E-1, relations 0..R-1, types 0..T-1, keys of properties.
 * The id of an entity that was deleted is given to no other until kg_store_compact renumbers them
 * all; until then whatever is asked of it gives KG_ERR_NOT_FOUND, as beyond the last id.
 * Threads: a kg_store may be shared by threads; a kg_snapshot, kg_writer or kg_bulk belongs to one
 * thread at a time. After fork() a child must open the store again: the parent's handles give
 * KG_ERR_STALE there. So do those of a process whose disk failed in the last write of a commit,
 * until it has closed all of them and opened the store again.
 * Borrowed: every kg_str, kg_edges and const pointer that a snapshot hands out points into the map
 * and lives until kg_snapshot_renew or kg_snapshot_end. It may be misaligned unless its comment
 * says otherwise. */
#ifndef KGSTORE_KGSTORE_H
#define KGSTORE_KGSTORE_H

#include "kgstore/base/byteio.h"
#include "kgstore/base/error.h"
#include "kgstore/base/result.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"
#include "kgstore/base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kg_store kg_store;
typedef struct kg_snapshot kg_snapshot;

typedef uint32_t kg_id;
#define KG_NO_ID UINT32_MAX

/* The version that these headers are of. The build and the Python package read it here. */
#define KG_VERSION "0.2.0"

/* The version of the library that runs: another KG_VERSION where other headers are installed. */
KG_API const char *kg_library_version(void);

/* ---- Opening -------------------------------------------------------------------------------- */

/* Open an existing store. Checks magic, metas, format version and file size, nothing more.
 * *out is the caller's: kg_store_close, after ending every snapshot of it.
 * KG_ERR_NOT_FOUND, KG_ERR_CORRUPT, KG_ERR_VERSION, KG_ERR_IO, KG_ERR_MEMORY. */
KG_API kg_status kg_store_open(kg_store **out, const char *path, kg_error *err);
KG_API void kg_store_close(kg_store *store);
KG_API const char *kg_store_path(const kg_store *store);

/* Whether this process may write to the store, as far as permissions and the mount tell: for work
 * that takes long and ends with a write. KG_ERR_IO names the file that is in the way. */
KG_API kg_status kg_store_writable(kg_store *store, kg_error *err);

/* For programs: from now on a store that is so damaged that reading it faults (SIGSEGV or SIGBUS in
 * its map or inside LMDB, an assertion of LMDB's), or whose disk fails under it, ends the process
 * with a sentence on standard error and exit status 1, on whichever thread it happens; so does one
 * that LMDB would search for ever. Other faults take their course. Takes the handlers of SIGSEGV,
 * SIGBUS, SIGABRT and SIGVTALRM and the timer ITIMER_VIRTUAL for the whole process: call it once,
 * before there are threads, and not in a program that has such handlers of its own. Without it such
 * a store is a fault of the process; kg_store_check never is. */
KG_API void kg_store_guard(void);

/* For bindings, in programs of others: from now on, where a store is so damaged that LMDB faults
 * reading a record (SIGSEGV, SIGBUS, an assertion of LMDB's), or a record's pages lie beyond the
 * file, that gives KG_ERR_CORRUPT. Other faults go to the handlers that were there before. Takes
 * the handlers of SIGSEGV and SIGBUS of the whole process, once, however often it is called; not
 * beside kg_store_guard. Before a writer begins, the pages of the store are verified, all of them
 * the first time and where another process has written since. A search without end is not ended. */
KG_API void kg_store_catch(void);

/* Whether the guard, where it is up, looks once a second of computing for a search without end. Off
 * before code runs that no signal may interrupt: what oneDNN generates keeps data where the kernel
 * puts a signal's frame. */
KG_API void kg_store_guard_watch(bool on);

/* What a writer does while another process writes to the store. All zero: it waits for ever and
 * says nothing. */
typedef struct kg_wait {
    bool limited; /* wait for `seconds` at most (0: not at all), then KG_ERR_BUSY */
    double seconds;
    /* Called once, when a second has been waited; holder: "process 123 (kg rank)". May be NULL. */
    void (*waiting)(void *context, const char *path, const char *holder);
    bool (*cancelled)(void *context); /* polled; may be NULL */
    void *context;
} kg_wait;

/* How writers wait that are begun on this store from now on; all zero unless this is called. Before
 * the store is shared by threads. */
KG_API void kg_store_set_wait(kg_store *store, const kg_wait *wait);

/* ---- Snapshots ------------------------------------------------------------------------------- */

/* A consistent view of the graph as of now. Where it can have no slot in the table of readers (no
 * leave to write it, no room on the disk, all 510 taken by the living) it holds the generation as
 * it is, and a writer writes to a copy. KG_ERR_BUSY: a writer was at work for half a minute and the
 * view can have no slot; KG_ERR_UNSUPPORTED: no slot, and no flock on the file system;
 * KG_ERR_STALE: after fork. */
KG_API kg_status kg_snapshot_begin(kg_snapshot **out, kg_store *store, kg_error *err);

/* Move to the newest state, following CURRENT to a newer generation. *changed (may be NULL) tells
 * whether anything differs. Everything borrowed before is void. */
KG_API kg_status kg_snapshot_renew(bool *changed, kg_snapshot *snapshot, kg_error *err);

/* Let go of the state that the snapshot shows, so that writers need not keep it while nobody asks:
 * until kg_snapshot_renew, or the end, nothing else may be called on it, and what was borrowed is
 * void. Cheap, as renewing is where nothing has changed. */
KG_API void kg_snapshot_rest(kg_snapshot *snapshot);
KG_API void kg_snapshot_end(kg_snapshot *snapshot);

typedef struct kg_stats {
    uint64_t entities, relations, types, aliases, triples;
    uint64_t multi_typed;     /* entities of more than one type */
    uint64_t labels;          /* entities whose label differs from the identifier */
    uint64_t generation;      /* of the files: one more at each bulk load or rank */
    uint64_t triples_version; /* changes whenever triples, names or types change, not with
                                 properties; derived tables carry it */
    uint64_t bytes;           /* of the data file, on disk */
    bool ranked;              /* weight:pagerank is there (maybe stale) */
    bool pepr;                /* the personalised weight set is there (maybe stale) */
    bool rank_stale, pepr_stale;
    uint64_t keys;                       /* names of properties */
    uint64_t entity_values, edge_values; /* values of properties, a list's items one by one */
    uint64_t deleted; /* of the entities: their ids are below `entities`, but name nothing */
} kg_stats;

KG_API kg_status kg_snapshot_stats(kg_stats *out, kg_snapshot *snapshot, kg_error *err);

/* What questions cost: records looked up, pages of the file visited for them, bytes of values. */
typedef struct kg_reads {
    uint64_t records, pages, bytes;
} kg_reads;

/* From now on add what is looked up through the snapshot to *reads, which outlives that; NULL: no
 * more. What the snapshot remembers from before costs nothing. */
KG_API void kg_snapshot_count(kg_snapshot *snapshot, kg_reads *reads);

/* ---- Names ---------------------------------------------------------------------------------- */

/* What a dictionary names. */
typedef enum kg_kind { KG_ENTITY, KG_RELATION, KG_TYPE, KG_KEY } kg_kind;

enum { KG_KINDS = KG_KEY + 1 };

/* What the functions that follow read is checked: ids are of the store and records have the length
 * of what they hold, or it is KG_ERR_CORRUPT. They compose no text; who asked may have it done
 * here: where st is KG_ERR_CORRUPT and *err tells nothing of it yet, the text says that the store
 * is damaged, and what to do; where it is KG_ERR_STALE, that there was a fork. Returns st. */
KG_API kg_status kg_snapshot_fault(kg_error *err, kg_status st, const kg_snapshot *snapshot);

/* Identifier -> id. KG_ERR_NOT_FOUND leaves *id KG_NO_ID (no text is composed: this is a hot path).
 */
KG_API kg_status kg_name_find(kg_id *id, kg_snapshot *snapshot, kg_kind kind, kg_str identifier);

/* Id -> identifier, borrowed. KG_ERR_NOT_FOUND beyond the last id. */
KG_API kg_status kg_name_get(kg_str *identifier, kg_snapshot *snapshot, kg_kind kind, kg_id id);

/* Id -> display label, borrowed; the identifier where there is none. */
KG_API kg_status kg_label_get(kg_str *label, kg_snapshot *snapshot, kg_kind kind, kg_id id);

/* The language of that label (BCP 47), borrowed; empty: none was given, or there is no label. */
KG_API kg_status kg_label_language(kg_str *language, kg_snapshot *snapshot, kg_kind kind, kg_id id);

/* A packed list of u32 ids, borrowed, maybe misaligned: read with kg_ids_at. */
typedef struct kg_ids {
    const unsigned char *data;
    uint32_t count;
} kg_ids;

static inline kg_id kg_ids_at(kg_ids ids, uint32_t i) {
    return kg_load_u32(ids.data + (size_t)i * 4);
}

/* The entities that a label or alias names (in normalised form: lower-cased one code point at a
 * time); best PageRank first, then smallest id. KG_ERR_NOT_FOUND where none. */
KG_API kg_status kg_alias_find(kg_ids *entities, kg_snapshot *snapshot, kg_str alias);

typedef kg_status (*kg_name_fn)(void *context, kg_str name, kg_id id);

/* Call visit for each alias of an entity, its labels among them and first, in the order of
 * kg_entity_labels. A status other than KG_OK from visit ends the walk and is returned. */
KG_API kg_status kg_entity_aliases(kg_snapshot *snapshot, kg_id entity, kg_name_fn visit,
                                   void *context);

/* A label or an alias of an entity. */
typedef struct kg_label {
    kg_str text, language; /* language (BCP 47): empty where none was given */
    bool is_label;         /* a label; else an alias */
    bool preferred;        /* what kg_label_get gives */
} kg_label;

typedef kg_status (*kg_label_fn)(void *context, const kg_label *label);

/* Call visit for each label and alias of an entity: the preferred label, the other labels, then the
 * aliases, each in the order given at import. A status other than KG_OK from visit ends the walk
 * and is returned. */
KG_API kg_status kg_entity_labels(kg_snapshot *snapshot, kg_id entity, kg_label_fn visit,
                                  void *context);

/* Call visit for the names of a kind that begin with prefix, in byte order, at most `limit`. For
 * entities these are identifiers only. */
KG_API kg_status kg_name_complete(kg_snapshot *snapshot, kg_kind kind, kg_str prefix,
                                  uint32_t limit, kg_name_fn visit, void *context);

/* Call visit for what entities are called and begins with prefix, at most `limit` names:
 * identifiers in byte order, then labels and aliases, for which case does not count, in the order
 * of their normalised forms. One that several entities have comes once, with the best of them. */
KG_API kg_status kg_entity_complete(kg_snapshot *snapshot, kg_str prefix, uint32_t limit,
                                    kg_name_fn visit, void *context);

/* Call visit for every alias in the store, once per (alias, entity), in byte order of the
 * normalised alias. For compiling the linker. */
KG_API kg_status kg_alias_each(kg_snapshot *snapshot, kg_name_fn visit, void *context);

/* The types of an entity, packed, borrowed; the first is primary. count 0: untyped. */
typedef struct kg_types {
    const unsigned char *data;
    uint32_t count;
    bool wide; /* u32 each; else u16 */
} kg_types;

static inline kg_id kg_types_at(kg_types types, uint32_t i) {
    return types.wide ? kg_load_u32(types.data + (size_t)i * 4)
                      : kg_load_u16(types.data + (size_t)i * 2);
}

KG_API kg_status kg_entity_types(kg_types *types, kg_snapshot *snapshot, kg_id entity);

typedef kg_status (*kg_entity_fn)(void *context, kg_id entity);

/* Call visit for each entity of a type, whether it is the primary one or not, in ascending order.
 * Walks the types of all entities. A status other than KG_OK from visit ends the walk and is
 * returned. */
KG_API kg_status kg_type_entities(kg_snapshot *snapshot, kg_id type, kg_entity_fn visit,
                                  void *context);

/* ---- Properties ------------------------------------------------------------------------------
 *
 * Entities and edges may have properties: keys, which are names of the kind KG_KEY, each with one
 * value (kgstore/base/value.h). What was given several values has the list of them. */

/* The properties of one entity or edge, packed, borrowed. */
typedef struct kg_properties {
    kg_str packed;
} kg_properties;

/* len 0 of packed: it has none. KG_ERR_NOT_FOUND: no such entity. */
KG_API kg_status kg_entity_properties(kg_properties *out, kg_snapshot *snapshot, kg_id entity);

/* The same of an edge. Whether there is such an edge is not looked at. */
KG_API kg_status kg_edge_properties(kg_properties *out, kg_snapshot *snapshot, kg_id head,
                                    kg_id relation, kg_id tail);

/* Step through, in ascending order of key ids. False at the end. */
KG_API bool kg_properties_next(kg_id *key, kg_value *value, kg_properties *properties);

/* The value of a key. False: it has none. */
KG_API bool kg_properties_find(kg_value *value, kg_properties properties, kg_id key);

/* Whether a key is indexed (kg_store_index). */
KG_API kg_status kg_property_is_indexed(bool *is, kg_snapshot *snapshot, kg_id key);

/* Call visit for each entity that has this value of a key, alone or in a list, in ascending order.
 * KG_ERR_NOT_FOUND: the key is not indexed. A status other than KG_OK from visit ends the walk and
 * is returned. */
KG_API kg_status kg_property_find_entities(kg_snapshot *snapshot, kg_id key, const kg_value *value,
                                           kg_entity_fn visit, void *context);

/* Call visit for all entities whose value of a key may be alike, and for some others: a string in
 * any language, and every value of a datatype that is none of the store's own. An entity may come
 * twice. Statuses as of kg_property_find_entities. */
KG_API kg_status kg_property_candidates(kg_snapshot *snapshot, kg_id key, const kg_value *value,
                                        kg_entity_fn visit, void *context);

/* ---- Neighbours ----------------------------------------------------------------------------- */

/* Edges of one direction, 8 bytes each {u32 entity, u32 relation}, borrowed, maybe misaligned.
 * Sorted by the global weight of the entity at the other end, descending, ties by (entity,
 * relation) ascending; by (entity, relation) alone where the store is not ranked. */
typedef struct kg_edges {
    const unsigned char *data;
    uint32_t count;
} kg_edges;

static inline kg_id kg_edge_entity(kg_edges edges, uint32_t i) {
    return kg_load_u32(edges.data + (size_t)i * 8);
}

static inline kg_id kg_edge_relation(kg_edges edges, uint32_t i) {
    return kg_load_u32(edges.data + (size_t)i * 8 + 4);
}

/* ent2outRel and ent2inRel of an entity; either pointer may be NULL. An entity without edges gives
 * count 0. KG_ERR_NOT_FOUND: no such entity. */
KG_API kg_status kg_entity_edges(kg_edges *out, kg_edges *in, kg_snapshot *snapshot, kg_id entity);

/* Is there such an edge? A binary search among those of its head. KG_ERR_NOT_FOUND: no such head.
 */
KG_API kg_status kg_edge_exists(bool *exists, kg_snapshot *snapshot, kg_id head, kg_id relation,
                                kg_id tail);

/* Count the edges of each relation into counts, which has room for all relations. Walks all edges.
 */
KG_API kg_status kg_relation_counts(uint64_t *counts, kg_snapshot *snapshot);

/* The dense global weight of every entity: E doubles, 8-byte aligned, borrowed.
 * KG_ERR_NOT_FOUND: not ranked. *stale (may be NULL): computed from an older state of the triples;
 * *count may then be less than E. */
KG_API kg_status kg_weights_get(const double **weights, uint64_t *count, bool *stale,
                                kg_snapshot *snapshot);

/* The stored personalised edges of an entity (at most 64, best first), borrowed, 16 bytes each:
 * {u32 entity, u32 relation, i32 direction, f32 weight}. KG_ERR_NOT_FOUND: set absent. */
KG_API kg_status kg_pepr_get(const unsigned char **edges, uint32_t *count, kg_snapshot *snapshot,
                             kg_id entity);

/* ---- Neighbours by weight ------------------------------------------------------------------- */

/* What orders the neighbours of an entity. */
typedef enum kg_weight_set {
    KG_WEIGHT_PAGERANK, /* the neighbour's global PageRank */
    KG_WEIGHT_PEPR      /* its PageRank personalised to the entity; at most 64 are stored */
} kg_weight_set;

typedef struct kg_neighbour {
    kg_id entity, relation;
    int32_t direction; /* +1: an edge from the entity asked about; -1: an edge to it */
    double weight;     /* 0 where the store is not ranked, or was before the neighbour came */
} kg_neighbour;

/* The first k neighbours of an entity over both directions: by weight descending, ties by (entity,
 * relation, +1 before -1). out has room for k; *count of them are filled. Allocates nothing. Works
 * on a store that is not ranked, where all weights are 0, and on stale weights.
 * KG_ERR_NOT_FOUND: no such entity, or set KG_WEIGHT_PEPR absent from the store. */
KG_API kg_status kg_neighbours_top(kg_neighbour *out, uint32_t *count, kg_snapshot *snapshot,
                                   kg_id entity, kg_weight_set set, uint32_t k);

/* What kg_neighbours_top_each is asked for. */
typedef struct kg_top_wanted {
    const kg_id *entities; /* n of them, any one any number of times */
    size_t n;
    kg_weight_set set;
    uint32_t k;
} kg_top_wanted;

/* The same of n entities, one after another: those of entities[i] are out[starts[i]] up to
 * out[starts[i + 1]]. out has room for n * k, starts for n + 1. Where an entity fails, it fails
 * with its status, and err names the entity. */
KG_API kg_status kg_neighbours_top_each(kg_neighbour *out, uint64_t *starts, kg_snapshot *snapshot,
                                        const kg_top_wanted *wanted, kg_error *err);

/* ---- Dense tables --------------------------------------------------------------------------- */

/* A matrix of rows x columns, row-major, held in row blocks of at most 64 MiB, 16-byte aligned. */
typedef enum kg_dtype { KG_F32, KG_F64, KG_U32 } kg_dtype;

typedef struct kg_table {
    kg_dtype dtype;
    uint64_t rows, columns;
    uint64_t rows_per_block;
    uint64_t triples_version; /* of the triples it was computed from */
    bool stale;
} kg_table;

/* KG_ERR_NOT_FOUND: no table of that name. */
KG_API kg_status kg_table_find(kg_table *out, kg_snapshot *snapshot, const char *name,
                               kg_error *err);

/* The block that holds `row`: *data points at the block's first row, which is *first_row; *n_rows
 * rows follow. Borrowed, aligned: BLAS may read it in place. */
KG_API kg_status kg_table_block(const void **data, uint64_t *first_row, uint64_t *n_rows,
                                kg_snapshot *snapshot, const char *name, uint64_t row);

/* Fill n_rows rows from first_row into `to`. */
typedef kg_status (*kg_table_fill_fn)(void *context, void *to, uint64_t first_row, uint64_t n_rows);

/* A table whose name begins with "ent_" or "mention_" has a row for each entity: when ids are given
 * anew by kg_store_compact, the rows of deleted entities go from it. Others stay as they are.
 *
 * Write or replace a table in one durable transaction, stamped with the triples version given (that
 * of the snapshot it was computed from). Waits for the writer's turn as kg_store_set_wait said. */
KG_API kg_status kg_table_put(kg_store *store, const char *name, const kg_table *shape,
                              kg_table_fill_fn fill, void *context, kg_error *err);
KG_API kg_status kg_table_delete(kg_store *store, const char *name, kg_error *err);

/* Call visit with the name of each table (id: KG_NO_ID). */
KG_API kg_status kg_table_each(kg_snapshot *snapshot, kg_name_fn visit, void *context);

/* ---- Statements: where readers of foreign formats meet the store ---------------------------- */

/* A property, as a statement gives it. */
typedef struct kg_property {
    kg_str key;
    kg_value value;
} kg_property;

typedef enum kg_statement_kind {
    KG_STATEMENT_TRIPLE,   /* head, relation, tail; optional head_type, tail_type, properties */
    KG_STATEMENT_ENTITY,   /* head; optional id, label, head_type (once per type), properties */
    KG_STATEMENT_RELATION, /* relation; optional id, label */
    KG_STATEMENT_TYPE,     /* head_type; optional id */
    KG_STATEMENT_ALIAS,    /* head, label: the alias */
    KG_STATEMENT_WEIGHT    /* head, number: a PageRank given with the graph */
} kg_statement_kind;

/* One statement. Strings are borrowed for the call, valid UTF-8 without NUL; an empty one is
 * absent. Where `by_id`, a triple's ends and relation (or an entity's head) are given by id
 * instead: the id must have been declared before by an ENTITY or RELATION statement that carried
 * it. */
typedef struct kg_statement {
    kg_statement_kind kind;
    bool by_id;
    kg_id head_id, relation_id, tail_id; /* KG_NO_ID: not given */
    kg_str head, relation, tail;
    kg_str head_type, tail_type;
    kg_str label;
    kg_str language; /* of the label or alias (BCP 47) */
    double number;
    const kg_property *properties; /* of the edge or the entity; borrowed for the call */
    size_t n_properties;
    const char *file; /* where it stood, for reports; may be NULL */
    uint64_t line;
} kg_statement;

#define KG_STATEMENT_INIT(k)                                                                       \
    { .kind = (k), .head_id = KG_NO_ID, .relation_id = KG_NO_ID, .tail_id = KG_NO_ID }

/* Producers and consumers of statements meet at this callback. A status other than KG_OK stops the
 * producer, which returns it. */
typedef kg_status (*kg_sink_fn)(void *context, const kg_statement *statement, kg_error *err);

/* ---- Bulk load ------------------------------------------------------------------------------ */

typedef struct kg_bulk kg_bulk;

typedef struct kg_bulk_options {
    uint64_t
        memory; /* bytes to work in; triples beyond it are sorted on disk. The load takes at most
                   this and a quarter, 16 MB, and for each name its text and 80 bytes. 0: 2 GiB */
    unsigned threads; /* 0: as many as there are processors */
    bool replace;     /* the store exists: load a new generation in place of its graph */
    bool append;      /* the store exists: the new generation holds its graph and what is added */
    const char *languages; /* of labels, the preferred first, separated by commas: "zh,en"; of those
                              given to an entity the first of the first language becomes its label.
                              NULL: the first given does */
    kg_wait wait;          /* for another writer */
    bool (*cancelled)(void *context); /* polled; may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done,
                     uint64_t total); /* may be NULL */
    void *context;
} kg_bulk_options;

/* Begin a load into path, which must not exist, or be an empty folder, unless replace or append. */
KG_API kg_status kg_bulk_begin(kg_bulk **out, const char *path, const kg_bulk_options *options,
                               kg_error *err);

/* A kg_sink_fn; context is the kg_bulk. KG_ERR_FORMAT for a statement that cannot be taken (unknown
 * id, an identifier longer than 64 KiB, text that is not UTF-8 or holds a NUL): nothing of it is
 * kept, and the caller may report it and go on. But the names of a triple are looked at where they
 * are new to the graph, some thousand statements later: what is not UTF-8 there fails the load, by
 * a later call and by kg_bulk_finish, with the file and line of the statement that it stood in. */
KG_API kg_status kg_bulk_statement(void *bulk, const kg_statement *statement, kg_error *err);

typedef struct kg_bulk_report {
    uint64_t entities, relations, types, aliases, triples; /* now in the store */
    uint64_t added, duplicates, self_loops;    /* triples: new, given again, head = tail */
    uint64_t spilled;                          /* bytes sorted on disk */
    uint64_t keys, entity_values, edge_values; /* of properties, as in kg_stats */
} kg_bulk_report;

/* Sort, write, sync, verify counts and put the new generation in force. Frees bulk in any case. On
 * failure the store is as it was. */
KG_API kg_status kg_bulk_finish(kg_bulk_report *report, kg_bulk *bulk, kg_error *err);

/* Give up: nothing remains on disk. NULL is safe. */
KG_API void kg_bulk_abort(kg_bulk *bulk);

/* ---- Small writes --------------------------------------------------------------------------- */

typedef struct kg_writer kg_writer;

/* One durable transaction. Waits, as kg_store_set_wait said, while another writer holds the store.
 */
KG_API kg_status kg_writer_begin(kg_writer **out, kg_store *store, kg_error *err);

/* A kg_sink_fn; context is the kg_writer. Names not yet known are added. KG_ERR_FORMAT as of
 * kg_bulk_statement, nothing of the statement being kept where its text is not UTF-8; KG_ERR_LIMIT
 * when the transaction has grown past 64 MiB of dirty pages: abort and load in bulk with append.
 * Edges that are deleted with their entity, or merged into another's, do not count there: of them a
 * transaction may have half a million and more, and takes up to 600 MB of memory for them. */
KG_API kg_status kg_writer_statement(void *writer, const kg_statement *statement, kg_error *err);

/* Remove a triple. KG_ERR_NOT_FOUND where it, or one of its names, is not there. */
KG_API kg_status kg_writer_delete(kg_writer *writer, kg_str head, kg_str relation, kg_str tail,
                                  kg_error *err);

/* Whether there is such a name, as the transaction sees it. */
KG_API bool kg_writer_knows(const kg_writer *writer, kg_kind kind, kg_str name);

/* Give a property of an entity, or of an edge, one value in place of those it has; value NULL: take
 * it away. KG_ERR_NOT_FOUND: no such entity or edge, or no property to take away; KG_ERR_FORMAT: a
 * value that no store holds. As all that follows, it sees what was written before in the same
 * transaction, and changes nothing where it gives KG_ERR_NOT_FOUND, KG_ERR_FORMAT, KG_ERR_EXISTS or
 * KG_ERR_VERSION (a store of kg 0.1 holds no properties). KG_ERR_LIMIT as of kg_writer_statement.
 */
KG_API kg_status kg_writer_set_property(kg_writer *writer, kg_str entity, kg_str key,
                                        const kg_value *value, kg_error *err);
KG_API kg_status kg_writer_set_edge_property(kg_writer *writer, kg_str head, kg_str relation,
                                             kg_str tail, kg_str key, const kg_value *value,
                                             kg_error *err);

/* Make this the label that stands for the entity (kg_label_get). The one before stays as a label
 * where it is of another language; of the same language it goes. language may be empty. */
KG_API kg_status kg_writer_set_label(kg_writer *writer, kg_str entity, kg_str label,
                                     kg_str language, kg_error *err);

/* Remove all labels of an entity in a language, or those without (empty). Where the preferred one
 * goes, the first of those left takes its place. KG_ERR_NOT_FOUND: there is none. */
KG_API kg_status kg_writer_remove_label(kg_writer *writer, kg_str entity, kg_str language,
                                        kg_error *err);

/* Remove an alias, as it was given, in whatever language. KG_ERR_NOT_FOUND: it has not that one. */
KG_API kg_status kg_writer_remove_alias(kg_writer *writer, kg_str entity, kg_str alias,
                                        kg_error *err);

/* Take a type from an entity. KG_ERR_NOT_FOUND: it has not that one. */
KG_API kg_status kg_writer_remove_type(kg_writer *writer, kg_str entity, kg_str type,
                                       kg_error *err);

/* Give an entity, a relation or a type (KG_ENTITY, KG_RELATION, KG_TYPE) or a key of properties
 * another identifier; ids and all that is said of it stay. KG_ERR_EXISTS: `to` is the name of
 * another. */
KG_API kg_status kg_writer_rename(kg_writer *writer, kg_kind kind, kg_str from, kg_str to,
                                  kg_error *err);

/* Merge an entity into another: its edges, types and properties become the other's (of a property
 * that both have, all values; of an edge that both have, the properties of both), its identifier,
 * labels and aliases become aliases, and it is deleted. Edges between the two are the other's to
 * itself then. KG_ERR_ARGUMENT: they are the same. */
KG_API kg_status kg_writer_merge_entity(kg_writer *writer, kg_str from, kg_str into, kg_error *err);

/* Delete an entity with its names, types and properties. KG_ERR_EXISTS, and err tells how many:
 * it has edges; with `detach` they are deleted with it. */
KG_API kg_status kg_writer_delete_entity(kg_writer *writer, kg_str entity, bool detach,
                                         kg_error *err);

typedef struct kg_write_report {
    uint64_t added, duplicates, self_loops, deleted; /* triples */
    uint64_t new_entities, new_relations, new_types, new_aliases, new_keys;
    uint64_t deleted_entities;
} kg_write_report;

/* Make it durable; frees writer in any case. report may be NULL. */
KG_API kg_status kg_writer_commit(kg_write_report *report, kg_writer *writer, kg_error *err);
KG_API void kg_writer_abort(kg_writer *writer);

/* Keep an index of a key from now on, or no more: which entities have a value of it. Writes a new
 * generation; small writes and loads keep it up. KG_ERR_NOT_FOUND: nothing has such a property;
 * KG_ERR_EXISTS: it is so already. Waits as kg_store_set_wait said. */
KG_API kg_status kg_store_index(kg_store *store, kg_str key, bool keep, kg_error *err);

/* ---- Questions ------------------------------------------------------------------------------ */

/* A verb of `kg query` and of the shell. */
typedef struct kg_verb {
    const char *name;
    const char *arguments; /* as usage shows them: "NAME" */
    const char *summary;   /* without a full stop */
    unsigned min_args, max_args;
} kg_verb;

/* All verbs, in the order help shows them. */
KG_API const kg_verb *kg_verbs(size_t *count);

typedef struct kg_question {
    const char *verb;
    const kg_str *args; /* names: identifiers, or labels and aliases that name one entity */
    size_t n_args;
    uint32_t k; /* rows wanted; 0: as many as is usual for the verb */
    kg_weight_set weights;
    bool by_entity;          /* top, out, in: one row for all edges to the same neighbour */
    bool by_type;            /* count: entities by type in place of edges by relation */
    const kg_str *relations; /* top, out, in, path: only edges of these; none: of all */
    size_t n_relations;
    bool directed;       /* path: along edges only */
    uint64_t most_edges; /* path: through no entity of more edges; 0: through any */
} kg_question;

/* Answer into *result, which was initialised with KG_RESULT_INIT and may hold an older answer; it
 * outlives the snapshot. KG_ERR_ARGUMENT: no such verb, a wrong number of names,
 * or what the verb does not read;
 * KG_ERR_NOT_FOUND: no such name, an ambiguous one (err lists what it may mean), or no path. */
KG_API kg_status kg_query(kg_result *result, kg_snapshot *snapshot, const kg_question *question,
                          kg_error *err);

/* The entity that a name means: by identifier, else by label or alias. KG_ERR_NOT_FOUND as above:
 * err, which may be NULL, then tells what was probably meant, by kg_names_search among up to three
 * million names. */
KG_API kg_status kg_entity_resolve(kg_id *entity, kg_snapshot *snapshot, kg_str name,
                                   kg_error *err);

/* The name that one of a kind was probably meant to be: of entities one that has it as its label or
 * alias, else the nearest identifier by letters changed, where one is near. Looks at all names of
 * the kind. KG_ERR_NOT_FOUND: none is near. */
KG_API kg_status kg_name_suggest(kg_id *id, kg_snapshot *snapshot, kg_kind kind, kg_str name);

/* ---- Search -----------------------------------------------------------------------------------
 *
 * Entities by what they are called, nearly: identifiers, labels and aliases, compared with a text
 * in NFC with full case folding. */

/* How a name matches, the best first. */
typedef enum kg_match {
    KG_MATCH_EXACT,
    KG_MATCH_PREFIX, /* it begins with the text */
    KG_MATCH_PART,   /* it contains the text */
    KG_MATCH_NEAR    /* it is misspelt: letters are changed, left out, put in, or swapped with the
                        next; one, of 6 letters and more two, of 12 and more three */
} kg_match;

/* An entity that was found. */
typedef struct kg_found {
    kg_id entity;
    kg_match match;
    uint32_t distance; /* letters that differ; 0 but for KG_MATCH_NEAR */
    double weight;     /* global, as of kg_neighbour */
    kg_str name;       /* what matched, borrowed from the snapshot */
} kg_found;

/* A growable array (kgstore/base/array.h): data is freed by free(). All zero bytes: empty. */
typedef struct kg_founds {
    kg_found *data;
    size_t len, cap;
} kg_founds;

/* Put the best k entities in place of what *to holds, the best first: by match, then by distance,
 * then by weight. Each is given once, by that of its names that matches best. Looks at every name;
 * the first call on a snapshot, and the first after it has changed, gathers them in memory: of each
 * its text and 24 bytes. KG_ERR_MEMORY, KG_ERR_CORRUPT. */
KG_API kg_status kg_names_search(kg_founds *to, kg_snapshot *snapshot, kg_str text, uint32_t k,
                                 kg_error *err);

/* ---- Ranking -------------------------------------------------------------------------------- */

/* Edges to rank: n_edges pairs {from, to} of ids below n_entities. Parallel edges count each. */
typedef struct kg_rank_input {
    uint32_t n_entities;
    uint64_t n_edges;
    const kg_id *edges;    /* (n_edges, 2) */
    double damping;        /* in [0, 1) */
    bool undirected;       /* follow every edge both ways */
    const double *reset;   /* n_entities jump probabilities up to a factor; NULL: uniform */
    const double *weights; /* n_edges of them, 0 or more; NULL: all edges count the same */
} kg_rank_input;

/* What may be computed of the entities beside PageRank. */
typedef enum kg_measure {
    KG_MEASURE_COMPONENTS,  /* which part it is in, directions aside: "component" */
    KG_MEASURE_LEIDEN,      /* which community, by modularity, directions aside: "community" */
    KG_MEASURE_BETWEENNESS, /* how many shortest paths between others lead over it: "betweenness" */
    KG_MEASURE_HITS,        /* "hub" and "authority", the greatest of each being 1 */
    KG_MEASURE_CORE         /* the greatest k of whose k-core it is, directions aside: "core" */
} kg_measure;

#define KG_RANKER_ABI 2

/* Who computes a PageRank: the bridge to igraph exports one as the symbol "kg_ranker_igraph" of
 * the module kg_rank_igraph.so, so that the store itself does not link igraph. */
typedef struct kg_ranker {
    uint32_t abi; /* KG_RANKER_ABI */
    const char *name;
    /* Fill scores, n_entities of them that sum to 1. One thread at a time. KG_ERR_ARGUMENT,
     * KG_ERR_MEMORY, KG_ERR_NUMERIC. */
    kg_status (*pagerank)(double *scores, const kg_rank_input *input, kg_error *err);
    /* Fill out: n_entities numbers, whole ones of components, communities and cores; of HITS as
     * many for hubs and then for authorities. samples: entities that shortest paths are looked at
     * from, at random; 0 or as many as there are: all. May be NULL. Statuses as of pagerank. */
    kg_status (*measure)(double *out, const kg_rank_input *input, kg_measure measure,
                         uint32_t samples, kg_error *err);
} kg_ranker;

typedef struct kg_rank_options {
    const kg_ranker *ranker; /* NULL: igraph's, of the module kg_rank_igraph.so, looked for in
                                KG_PLUGIN_PATH and in lib/kg beside the program or the library */
    double damping;          /* 0.85 is usual */
    bool undirected;
    bool personalized;  /* also compute the set pepr, by forward push */
    kg_str edge_weight; /* an edge counts as much as its property of this key, a number, says; 1
                           where it has none. Empty: all count the same */
    double epsilon;     /* of the push: smaller is more exact and slower; 0: the default */
    unsigned threads;   /* of the push and of writing; 0: as many as there are processors */
    bool (*cancelled)(void *context); /* polled; may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done,
                     uint64_t total); /* may be NULL */
    void *context;
} kg_rank_options;

/* Compute the global PageRank and write a new generation with both directions sorted by it. Other
 * writers wait while it works. On failure the store is as it was, or, as err then says, has the
 * global weights in force without the personalized. KG_ERR_CANCELLED. */
KG_API kg_status kg_store_rank(kg_store *store, const kg_rank_options *options, kg_error *err);

/* Compute a measure of all entities and keep it as properties of theirs, named above, in place of
 * what they had there; parts and communities are numbered by size, the greatest 0. Of the options
 * ranker, undirected, edge_weight (of LEIDEN and HITS), cancelled and progress count. Writes a new
 * generation; ranks and vectors do not become stale. */
KG_API kg_status kg_store_measure(kg_store *store, const kg_rank_options *options,
                                  kg_measure measure, uint32_t samples, kg_error *err);

/* Take weights that were computed elsewhere as the global ones, `count` of them for the first
 * entities; the rest weigh 0. They are finite and 0 or more (KG_ERR_NUMERIC). triples_version: of
 * the snapshot that they are for. A new generation, as kg_store_rank writes one. */
KG_API kg_status kg_store_weigh(kg_store *store, const double *weights, uint64_t count,
                                uint64_t triples_version, kg_error *err);

/* ---- Linking: mentions of entities in text ----------------------------------------------------
 *
 * What is looked for: every identifier that is a name (its entity has no label), every label and
 * every alias, of at least 2 characters and not all digits. Names and text are compared in NFC with
 * full case folding, so that accents may be written either way and "ß" is "SS"; a mention holds
 * whole characters with all their marks. Where it begins or ends with a Latin, Greek or Cyrillic
 * letter or an ASCII digit there must be the edge of a word. A name or label beats an alias; else
 * the greatest PageRank, then the smallest id. */
typedef struct kg_linker kg_linker;

/* One place in a text, in bytes and in characters of the original; ends are exclusive. An invalid
 * byte counts as one character. */
typedef struct kg_mention {
    uint32_t byte_start, byte_end, start, end;
    kg_id entity;
} kg_mention;

/* A growable array (kgstore/base/array.h): data is freed by free(). All zero bytes: empty. */
typedef struct kg_mentions {
    kg_mention *data;
    size_t len, cap;
} kg_mentions;

/* Use the compiled linker of the store where it lies in the map, or, where there is none or names
 * were added since, compile one in memory (*compiled, may be NULL, tells so; seconds for hundreds
 * of thousands of names). *out is the caller's, to free before the snapshot is renewed or ended.
 * KG_ERR_CORRUPT, KG_ERR_MEMORY. */
KG_API kg_status kg_linker_open(kg_linker **out, bool *compiled, kg_snapshot *snapshot,
                                kg_error *err);
KG_API void kg_linker_free(kg_linker *linker);

/* Compile the linker and keep it in the store, in one durable transaction. After a load (names) and
 * after ranking (ambiguity goes by rank). */
KG_API kg_status kg_linker_build(kg_store *store, kg_error *err);

/* Never find this name (in any case) again. Before the linker is shared by threads. */
KG_API kg_status kg_linker_stop(kg_linker *linker, kg_str name);

/* Append the mentions in text, leftmost first, each the longest at its place, not overlapping;
 * with `all` every match, shorter before longer. Nothing is allocated once *to has grown, but for a
 * text with marks, or letters that are folded to several, of which a folded copy is made. Any
 * number of threads may share a linker. KG_ERR_LIMIT: a text of 4 GiB or more. */
KG_API kg_status kg_linker_find(kg_mentions *to, const kg_linker *linker, kg_str text, bool all);

/* Bytes of the compiled linker. */
KG_API uint64_t kg_linker_size(const kg_linker *linker);

/* ---- Upkeep --------------------------------------------------------------------------------- */

typedef void (*kg_problem_fn)(void *context, const char *problem);

/* Verify all that can be: pages (with plain io, before LMDB sees them), both directions agree, ids
 * in range, order by weight, checksums, dictionaries bijective. Each problem is told to `problem`,
 * at most 100. KG_ERR_CORRUPT where there was one. */
KG_API kg_status kg_store_check(const char *path, kg_problem_fn problem, void *context,
                                kg_error *err);

/* Mend what can be mended without guessing: derived data that is damaged (weights, vectors, the
 * linker) is dropped, indexes are built again from the names. Dead readers and what killed writers
 * left behind go with the next write of any kind, and so here, too. `told` (may be NULL) gets a
 * sentence for each thing done. The result is a new generation; until it is in force the store is
 * as it was. KG_OK: the store passes its check. KG_ERR_CORRUPT: it does not, and err says why it
 * cannot be repaired. Else as a writer's. */
KG_API kg_status kg_store_repair(const char *path, kg_problem_fn told, void *context,
                                 kg_error *err);

/* Copy a consistent snapshot to dest, which must not exist, while others read and write. */
KG_API kg_status kg_store_backup(kg_store *store, const char *dest, kg_error *err);

/* Rewrite the store without free pages, as a new generation. Where entities were deleted, ids are
 * given anew, in the order that they had: what names entities is rewritten with them, and the
 * compiled linker goes (kg_linker_build makes it again). before and after: bytes on disk. */
KG_API kg_status kg_store_compact(kg_store *store, uint64_t *before, uint64_t *after,
                                  kg_error *err);

#ifdef __cplusplus
}
#endif

#endif
