/* The plugin ABI of kg, version 1.0: one header, C types only, compiles as C and as C++.
 *
 * A plugin is a shared object that exports one constant, `kg_plugin_entry`. The host opens it, asks
 * for factories by id, and the factories make trainers (things that train, step by step, under the
 * host's run loop) or run tools (commands that are not training runs). A plugin reads the graph,
 * the corpus and the ranks through extensions that it asks of the host. It never includes another
 * header of kg, and links nothing of it.
 *
 * Rules that hold everywhere here
 *  - Status: every function that can fail returns kgp_status; on failure it fills `err` (which may
 *    be NULL) with a sentence that says what was found, what was expected and what to do.
 *  - Ownership: whoever allocates, frees. A `const` pointer handed out is borrowed; its comment
 *    says until when. Strings are UTF-8; `const char *` ones are terminated, kgp_text ones are not.
 *  - Growth: a published struct grows only at its end. Where it begins with `size`, its maker sets
 *    that to sizeof(the struct) as it knows it, and a reader must not look beyond it.
 *  - Nothing here prints and nothing exits: messages go through kg.log/1.
 *
 * Who may call, and when. Every function begins with one of these tags. The host calls those of a
 * plugin; a plugin calls those of the host and its extensions, from create until destroy returns (a
 * trainer) or while run runs (a tool). By then it has joined its threads and closed its handles.
 *  [host thread]  The thread on which the host calls the plugin, one call at a time.
 *  [all ranks]    As [host thread], and every rank makes the call, in the same order and with the
 *                 same sizes. It may wait for the other ranks.
 *  [any thread]   Also from threads that the plugin started, several at once.
 *  [handle]       From any thread, but one at a time for one handle (snapshot, linker, corpus).
 */
#ifndef KG_PLUGIN_H
#define KG_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KGP_ABI_MAJOR 1
#define KGP_ABI_MINOR 0
#define KGP_ABI_REVISION 0

#define KGP_EXPORT __attribute__((visibility("default")))

/* Statuses; the numbers never change. A plugin returns any of them from any function. */
typedef int32_t kgp_status;
enum {
    KGP_OK = 0,
    KGP_ERR_MEMORY = 1,       /* an allocation failed */
    KGP_ERR_ARGUMENT = 2,     /* a contract was broken, or an option's value makes no sense */
    KGP_ERR_NOT_FOUND = 3,    /* the thing named does not exist */
    KGP_ERR_EXISTS = 4,       /* the thing to be made exists already */
    KGP_ERR_IO = 5,           /* the system refused to read or write */
    KGP_ERR_FULL = 6,         /* no room on disk or in the store */
    KGP_ERR_FORMAT = 7,       /* input is not what its format says */
    KGP_ERR_CORRUPT = 8,      /* a store or checkpoint is damaged */
    KGP_ERR_VERSION = 9,      /* of a version that this one does not read */
    KGP_ERR_BUSY = 10,        /* another process holds it */
    KGP_ERR_STALE = 11,       /* computed from an older state of the graph */
    KGP_ERR_LIMIT = 12,       /* a documented limit was passed */
    KGP_ERR_NUMERIC = 13,     /* a computation gave NaN or infinity */
    KGP_ERR_CANCELLED = 14,   /* the user asked to stop */
    KGP_ERR_UNSUPPORTED = 15, /* not available in this build or on this machine */
    KGP_ERR_PLUGIN = 16       /* a plugin broke its contract */
};

/* Detail of a failure: one or two sentences without a full stop at the end. The caller's. */
typedef struct kgp_error {
    char text[1024];
} kgp_error;

/* Bytes with a length, not terminated. */
typedef struct kgp_text {
    const char *data;
    size_t len;
} kgp_text;

#define KGP_NO_ID UINT32_MAX

/* ---- The host ------------------------------------------------------------------------------- */

/* What create and run are given; lives until the trainer is destroyed, or run returns. */
typedef struct kgp_host kgp_host;
struct kgp_host {
    uint32_t size;
    const char *name;    /* "kg" */
    const char *version; /* of the program, such as "0.2.0" */
    void *self;          /* the host's own */
    /* [any thread] A table of functions by id (KGP_EXT_...), or NULL where the host lacks it or
     * where this run has none (kg.graph-read/1, kg.table-write/1 and kg.link/1 need a store). Lives
     * as long as the host. */
    const void *(*get_extension)(const kgp_host *host, const char *id);
};

/* ---- The plugin's entry --------------------------------------------------------------------- */

/* Exported under the name kg_plugin_entry, as a constant. */
typedef struct kgp_entry {
    uint32_t abi_major, abi_minor, abi_revision; /* KGP_ABI_...; another major is refused */
    /* [host thread] Called once after opening, before all else; path is the file of the plugin.
     * Nothing else is called when it fails, deinit included. */
    kgp_status (*init)(const char *path, kgp_error *err);
    /* [host thread] Called once before closing, after every trainer was destroyed. */
    void (*deinit)(void);
    /* [host thread] A factory by id (KGP_FACTORY_...), or NULL where the plugin has none of that
     * kind. It must have at least one. Lives until deinit. */
    const void *(*get_factory)(const char *id);
} kgp_entry;

/* ---- Results that a plugin gives to the host ------------------------------------------------ */

/* Where a trainer puts the figures of a step or an evaluation. The host's, for the call that it is
 * given to. Every rank puts the same figures: the best checkpoint is chosen by them on each. */
typedef struct kgp_metrics kgp_metrics;
struct kgp_metrics {
    uint32_t size;
    void *self;
    /* [host thread] Name a figure: letters, digits, '_', '.' and '/', at most 63
     * bytes; the name is copied. Reserved: "loss" (what the progress line shows; every step gives
     * it, and NaN or infinity stops the run) and "items" (what the rate counts, in the descriptor's
     * unit; of all ranks). A name given twice keeps the last value. NAME_low and
     * NAME_high beside NAME are its interval of 95 %, and shown with it. */
    void (*put)(const kgp_metrics *metrics, const char *name, double value);
};

/* Where a tool writes its result, in order. The host's; for the call. */
typedef struct kgp_output kgp_output;
struct kgp_output {
    uint32_t size;
    void *self;
    /* [host thread] Write n bytes. KGP_ERR_IO, KGP_ERR_FULL: give up and return the
     * status. */
    kgp_status (*write)(const kgp_output *output, const void *data, size_t n);
};

/* ---- Trainers ------------------------------------------------------------------------------- */

/* A trainer: made by create, then init, configure, prepare, then for a resumed run load, then any
 * number of step, evaluate and save, then finish, which may follow a load of the best checkpoint,
 * then release and destroy. A run that the user stops has no finish. After a failure only release
 * (if prepare was called) and destroy follow; but after KGP_ERR_CANCELLED of evaluate or finish the
 * host may call save once more, so both leave a state that can be saved. Every function is called
 * on every rank, in the same order, with the same arguments except where its comment says so. */
typedef struct kgp_trainer {
    uint32_t size;
    void *self; /* the plugin's; first argument of every function */

    /* [all ranks] Ask the host for the extensions that are needed; allocate nothing large. */
    kgp_status (*init)(void *self, kgp_error *err);

    /* [all ranks] The whole configuration as JSON text: the plugin's keys and the
     * host's under "run" (the plugin will want run.seed, run.steps, run.epochs, run.threads),
     * checked against both schemas, with defaults filled in. Borrowed for the call. Check what a
     * schema cannot say. */
    kgp_status (*configure)(void *self, const char *json, kgp_error *err);

    /* [all ranks] Read the data, allocate everything, initialize the parameters from
     * run.seed. *steps_per_epoch is filled with the optimizer steps of one pass over the data; 0:
     * not known (then run.epochs cannot be used). Log here what memory the run will take, before
     * taking it. */
    kgp_status (*prepare)(void *self, uint64_t *steps_per_epoch, kgp_error *err);

    /* [all ranks] One optimizer step over the whole global batch; `step` counts from
     * 1 and follows on from the checkpoint in a resumed run. What it does depends on the
     * configuration, the state and `step` alone, so that a resumed run equals one that was never
     * stopped, to the bit. */
    kgp_status (*step)(void *self, uint64_t step, const kgp_metrics *out, kgp_error *err);

    /* [all ranks] Measure on held-out data, leaving the state of training untouched.
     * Between steps only. May be NULL. */
    kgp_status (*evaluate)(void *self, const kgp_metrics *out, kgp_error *err);

    /* [all ranks] Write all that load needs into `folder`, an empty folder that
     * exists, as files of the plugin's naming ("state.json" is the host's). Whoever reads the
     * checkpoint sees it whole: the host syncs the folder and renames it into its place. On ranks
     * other than 0 folder is NULL: take part in collectives, write nothing. KGP_ERR_FULL keeps the
     * older checkpoint. */
    kgp_status (*save)(void *self, const char *folder, kgp_error *err);

    /* [all ranks] Take up the state that save wrote, in place of what there is; on
     * every rank with the same folder. After prepare in a resumed run, and before finish. */
    kgp_status (*load)(void *self, const char *folder, kgp_error *err);

    /* [all ranks] After the last step, with the best checkpoint loaded where there is
     * one: the final figures, and the tables written to the store. May be NULL. */
    kgp_status (*finish)(void *self, const kgp_metrics *out, kgp_error *err);

    /* [host thread] Undo prepare, also one that failed. The ranks may no longer be there: no
     * collectives. */
    void (*release)(void *self);

    /* [host thread] Undo create; the kgp_trainer itself goes too. No collectives. */
    void (*destroy)(void *self);

    /* [host thread] A table of functions by id, or NULL; for what later versions may add. May be
     * NULL. */
    const void *(*get_extension)(void *self, const char *id);
} kgp_trainer;

typedef struct kgp_trainer_descriptor {
    uint32_t size;
    const char *id;              /* what `kg train` takes, such as "transr"; letters, digits, '-' */
    const char *name;            /* for people */
    const char *version;         /* of the plugin */
    const char *description;     /* one sentence */
    const char *const *features; /* ends with NULL; such as "store" (needs --store), "ranks" (runs
                                    under mpirun; without it more than one rank is refused),
                                    "writes-store" (puts its results into the store: refused at the
                                    start where the store cannot be written to), "chooses-epoch"
                                    (evaluated after every epoch where run.evaluate_every is 0) */
    const char *schema;          /* JSON Schema (text) of the plugin's configuration keys: an object
                                    whose properties have type, default and description; unknown keys
                                    are refused by the host. "run" is the host's */
    const char *unit;            /* what "items" counts: "tokens", "triples" */
    const char *best_metric; /* figure of evaluate that chooses the best checkpoint; NULL: none */
    int32_t best_is_highest; /* 1: the higher the better; 0: the lower */
} kgp_trainer_descriptor;

#define KGP_FACTORY_TRAINER "kg.trainer-factory/1"
typedef struct kgp_trainer_factory {
    uint32_t size;
    /* [host thread] How many trainers there are; always the same. */
    uint32_t (*count)(void);
    /* [host thread] i < count(); lives until deinit. */
    const kgp_trainer_descriptor *(*descriptor)(uint32_t i);
    /* [host thread] A new trainer of that id, the host's to destroy. host outlives it. */
    kgp_status (*create)(kgp_trainer **out, const kgp_host *host, const char *id, kgp_error *err);
} kgp_trainer_factory;

/* ---- Tools: commands that are not training runs (eval, encode, trace, predict, show) --------- */

typedef struct kgp_tool_descriptor {
    uint32_t size;
    const char *id;          /* such as "transr.eval", "smedbert.encode" */
    const char *description; /* one sentence */
    const char *schema;      /* JSON Schema (text) of the request; checked by the host */
    const char *output;      /* what it writes: "json" (one object), "jsonl" (an object a line, all
                                with the same keys in the same order: the host shows them as a
                                table), "text", or "bytes" */
} kgp_tool_descriptor;

#define KGP_FACTORY_TOOL "kg.tool-factory/1"
typedef struct kgp_tool_factory {
    uint32_t size;
    /* [host thread] How many tools there are; always the same. */
    uint32_t (*count)(void);
    /* [host thread] i < count(); lives until deinit. */
    const kgp_tool_descriptor *(*descriptor)(uint32_t i);
    /* [host thread] Do it, once. request is JSON text with defaults filled in, borrowed for the
     * call. Poll is_cancelled of kg.progress/1 in long work. */
    kgp_status (*run)(const kgp_host *host, const char *id, const char *request,
                      const kgp_output *output, kgp_error *err);
} kgp_tool_factory;

/* ---- kg.graph-read/1: the graph, as of a snapshot -------------------------------------------- */

#define KGP_EXT_GRAPH_READ "kg.graph-read/1"

typedef struct kgp_snapshot kgp_snapshot;

typedef enum kgp_kind { KGP_ENTITY = 0, KGP_RELATION = 1, KGP_TYPE = 2 } kgp_kind;
typedef enum kgp_weight_set { KGP_PAGERANK = 0, KGP_PEPR = 1 } kgp_weight_set;
typedef enum kgp_dtype { KGP_F32 = 0, KGP_F64 = 1, KGP_U32 = 2 } kgp_dtype;

typedef struct kgp_graph_stats {
    uint64_t entities, relations, types, triples;
    uint64_t version;           /* of the triples, names and types: changes whenever they do */
    int32_t ranked, rank_stale; /* weight set pagerank: there; computed from older triples */
    int32_t pepr, pepr_stale;   /* the personalized set */
} kgp_graph_stats;

typedef struct kgp_triple {
    uint32_t head, relation, tail;
} kgp_triple;

typedef struct kgp_neighbour {
    uint32_t entity, relation;
    int32_t direction; /* +1: an out-edge of the entity asked about; -1: an in-edge */
    double weight;     /* of the set asked for; 0 where the store is not ranked */
} kgp_neighbour;

typedef struct kgp_table {
    int32_t dtype; /* kgp_dtype */
    uint64_t rows, columns;
    uint64_t rows_per_block; /* filled by find; ignored by put */
    uint64_t version;        /* of the triples it was computed from; filled by find */
    int32_t stale;           /* version is not the snapshot's; filled by find */
} kgp_table;

/* [the thread of triples] Take n triples, borrowed for the call; a status other than KGP_OK ends
 * the walk. */
typedef kgp_status (*kgp_triples_fn)(void *context, const kgp_triple *triples, size_t n);

typedef struct kgp_graph_read {
    uint32_t size;

    /* [any thread] A consistent view as of now, the caller's to end. Readers never block one
     * another; a worker thread begins its own. KGP_ERR_FULL: too many readers. */
    kgp_status (*begin)(kgp_snapshot **out, const kgp_host *host, kgp_error *err);
    /* [handle] Move to the newest state; *changed (may be NULL) tells whether anything differs. All
     * that was borrowed is void. A long run renews every so many steps, so as not to keep dead
     * pages. */
    kgp_status (*renew)(int32_t *changed, kgp_snapshot *snapshot, kgp_error *err);
    /* [handle] NULL is safe. */
    void (*end)(kgp_snapshot *snapshot);

    /* [handle] Sizes, version and weight sets of the snapshot. KGP_ERR_CORRUPT. */
    kgp_status (*stats)(kgp_graph_stats *out, kgp_snapshot *snapshot, kgp_error *err);

    /* [handle] The identifier of an id, borrowed until renew or end. KGP_ERR_NOT_FOUND. */
    kgp_status (*name)(kgp_text *out, kgp_snapshot *snapshot, kgp_kind kind, uint32_t id);
    /* [handle] Its display label, likewise; the identifier where it has none. */
    kgp_status (*label)(kgp_text *out, kgp_snapshot *snapshot, kgp_kind kind, uint32_t id);
    /* [handle] Id of an identifier. KGP_ERR_NOT_FOUND leaves KGP_NO_ID. */
    kgp_status (*find)(uint32_t *id, kgp_snapshot *snapshot, kgp_kind kind, kgp_text name);

    /* [handle] Type ids of an entity, the primary first, at most `room` of them; *n is how many it
     * has. */
    kgp_status (*types)(uint32_t *out, uint32_t *n, kgp_snapshot *snapshot, uint32_t entity,
                        uint32_t room);
    /* [handle] The primary type of n entities from `first`; KGP_NO_ID for one without a type. A
     * trainer that asks often keeps the whole column. */
    kgp_status (*primary_types)(uint32_t *out, kgp_snapshot *snapshot, uint32_t first, uint32_t n);

    /* [handle] The k best neighbors of an entity over both directions, best first, ties by (entity,
     * relation, +1 before -1); *n of them, at most k. Nothing is allocated. KGP_ERR_NOT_FOUND: no
     * such entity, or the store lacks the set. */
    kgp_status (*neighbours)(kgp_neighbour *out, uint32_t *n, kgp_snapshot *snapshot,
                             uint32_t entity, kgp_weight_set weights, uint32_t k);

    /* [handle] The global weight of every entity, *count doubles, borrowed until renew or end.
     * KGP_ERR_NOT_FOUND: not ranked. */
    kgp_status (*weights)(const double **out, uint64_t *count, kgp_snapshot *snapshot);

    /* [handle] All triples, heads ascending, in batches. Returns visit's status if it ended
     * the walk. */
    kgp_status (*triples)(kgp_snapshot *snapshot, kgp_triples_fn visit, void *context,
                          kgp_error *err);

    /* [handle] A dense table by name ("ent_emb"). KGP_ERR_NOT_FOUND. */
    kgp_status (*table)(kgp_table *out, kgp_snapshot *snapshot, const char *name, kgp_error *err);
    /* [handle] The block that holds `row`: *data points at row *first_row, *n_rows rows of
     * `columns` follow, 16-byte aligned. Borrowed until renew or end. */
    kgp_status (*table_block)(const void **data, uint64_t *first_row, uint64_t *n_rows,
                              kgp_snapshot *snapshot, const char *name, uint64_t row);

    /* [handle] Let go of the state, so that writers need not keep it while nobody asks: until
     * renew, or the end, nothing else may be called on the snapshot, and what was borrowed is void.
     * Not there in hosts whose `size` ends before it. */
    void (*rest)(kgp_snapshot *snapshot);
} kgp_graph_read;

/* ---- kg.table-write/1 ------------------------------------------------------------------------ */

#define KGP_EXT_TABLE_WRITE "kg.table-write/1"

/* [the thread of put] Fill n_rows rows of the table from first_row into `to`. Called for each block
 * in order; a status other than KGP_OK gives the write up, and the old table stays. */
typedef kgp_status (*kgp_fill_fn)(void *context, void *to, uint64_t first_row, uint64_t n_rows);

typedef struct kgp_table_write {
    uint32_t size;
    /* [any thread] Write or replace a table (dtype, rows and columns of shape) in
     * one durable transaction, stamped with the version of the snapshot that it was computed from.
     * Rank 0 writes; on the others it does nothing. Waits for another writer. KGP_ERR_FULL leaves
     * the old table. */
    kgp_status (*put)(const kgp_host *host, const char *name, const kgp_table *shape,
                      kgp_snapshot *computed_from, kgp_fill_fn fill, void *context, kgp_error *err);
} kgp_table_write;

/* ---- kg.link/1: mentions of entities in text ------------------------------------------------- */

#define KGP_EXT_LINK "kg.link/1"

typedef struct kgp_linker kgp_linker;

typedef struct kgp_mention {
    uint32_t byte_start, byte_end; /* in the text given; end exclusive */
    uint32_t start, end;           /* the same in characters */
    uint32_t entity;
} kgp_mention;

typedef struct kgp_link {
    uint32_t size;
    /* [any thread] A linker of one's own for a thread; the automaton beneath is shared, of the
     * names as they were when it was opened. Like a snapshot it keeps the store's state alive: a
     * long run closes it now and then and opens another. */
    kgp_status (*open)(kgp_linker **out, const kgp_host *host, kgp_error *err);
    /* [handle] Leftmost-longest mentions of the text (valid UTF-8), in order, not overlapping;
     * borrowed until the next call or close. */
    kgp_status (*link)(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                       kgp_error *err);
    /* [handle] NULL is safe. */
    void (*close)(kgp_linker *linker);
    /* [handle] Every match, those within and across others too, shorter before longer; otherwise as
     * link. Not there in hosts whose `size` ends before it. */
    kgp_status (*link_all)(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                           kgp_error *err);
    /* Names, one a line and in any case, that no linker opened from now on finds; before the first
     * is. Not there in hosts whose `size` ends before it. */
    kgp_status (*stop)(const kgp_host *host, kgp_text names, kgp_error *err);
} kgp_link;

/* ---- kg.text/1: corpus documents in one global order ----------------------------------------- */

#define KGP_EXT_TEXT "kg.text/1"

typedef struct kgp_corpus kgp_corpus;

typedef enum kgp_corpus_format {
    KGP_LINES = 0,     /* a line is a document */
    KGP_SENTENCES = 1, /* lines of a sentence each, to an empty line */
    KGP_JSONL = 2      /* the "text" of a line of JSON */
} kgp_corpus_format;

typedef struct kgp_corpus_options {
    uint32_t size;
    const char *const *paths; /* files, folders or globs, plain or compressed */
    size_t n_paths;
    uint64_t seed;
    uint64_t epoch;    /* another order for each */
    uint32_t window;   /* documents that a shuffle reaches over; 0: in file order */
    uint64_t position; /* documents to skip in that order */
    /* 1: the lines are text already linked, as kg link --json writes it; a document is such a
     * line's text. Entities are those of the store; without one mentions are left out. */
    int32_t linked;
    /* What a document is; one that is linked is a line. Not read by hosts older than it, as are
     * those that follow. */
    int32_t format; /* kgp_corpus_format */
    /* A longer document is given in parts of at most so many bytes, at least 16, cut where
     * sentences end, each of which counts as a document in numbers, positions and windows; text
     * that is linked is not cut. 0: whole, and one of more than 64 MiB is empty. */
    uint32_t part_bytes;
    int32_t beginnings; /* 1: of a longer document only its first part_bytes */
} kgp_corpus_options;

typedef struct kgp_document {
    kgp_text text;     /* valid UTF-8, without the last line's end */
    uint64_t number;   /* in file order over all paths, from 0: the same in every epoch and rank */
    uint64_t position; /* in this epoch's order; position + 1 takes a reader up after it */
} kgp_document;

/* What a look at a corpus found. */
typedef struct kgp_corpus_survey {
    uint64_t documents, bytes; /* looked at; 0 where one of the files is a pipe */
    uint64_t too_short;        /* fewer characters than asked for */
    uint64_t invalid;          /* not UTF-8; their bytes are replaced */
    uint64_t too_long;         /* taken as empty */
    int32_t whole;             /* 1: all was looked at */
} kgp_corpus_survey;

typedef struct kgp_corpus_reader {
    uint32_t size;
    /* [any thread] A reader, the caller's to close; a prefetching thread may use it. Paths are
     * copied. KGP_ERR_NOT_FOUND: a path that matches no file. */
    kgp_status (*open)(kgp_corpus **out, const kgp_host *host, const kgp_corpus_options *options,
                       kgp_error *err);
    /* [handle] The next document, its text borrowed until the next call or close. *end: 1 after the
     * last. */
    kgp_status (*next)(kgp_document *out, int32_t *end, kgp_corpus *corpus, kgp_error *err);
    /* [handle] NULL is safe. */
    void (*close)(kgp_corpus *corpus);
    /* [handle] The mentions of the document last given, where the lines are `linked`: in order, not
     * overlapping, borrowed as its text is. Not there in hosts whose `size` ends before it. */
    kgp_status (*mentions)(const kgp_mention **out, size_t *n, kgp_corpus *corpus);
    /* [handle] Which part of its document that last given is, from 0. Not there in hosts whose
     * `size` ends before it. */
    uint32_t (*part)(kgp_corpus *corpus);
    /* Look at a corpus before training: at most so many bytes of it, in file order. KGP_ERR_FORMAT
     * where more than one document in a hundred of a file is not UTF-8: the error says what to do.
     * Not there in hosts whose `size` ends before it. */
    kgp_status (*check)(kgp_corpus_survey *out, const kgp_host *host,
                        const kgp_corpus_options *options, uint32_t min_chars, uint64_t most_bytes,
                        kgp_error *err);
} kgp_corpus_reader;

/* ---- kg.collective/1: the ranks of a run; one unless mpirun started it ----------------------- */

#define KGP_EXT_COLLECTIVE "kg.collective/1"

typedef enum kgp_number { KGP_NUMBER_F32 = 0, KGP_NUMBER_F64 = 1, KGP_NUMBER_U64 = 2 } kgp_number;

typedef struct kgp_reduction kgp_reduction;

typedef struct kgp_collective {
    uint32_t size_of; /* of this struct */
    /* [any thread] Which rank this process is, from 0. */
    uint32_t (*rank)(const kgp_host *host);
    /* [any thread] How many ranks there are. */
    uint32_t (*size)(const kgp_host *host);
    /* [all ranks] Sum n numbers over the ranks in place; every rank
     * gets the same bits. With one rank: nothing to do. KGP_ERR_IO: a rank is gone. */
    kgp_status (*allreduce)(const kgp_host *host, void *data, size_t n, kgp_number type);
    /* [all ranks] Copy n bytes from rank `root` to all. */
    kgp_status (*broadcast)(const kgp_host *host, void *data, size_t n, uint32_t root);
    /* [all ranks] Wait until every rank is here. */
    kgp_status (*barrier)(const kgp_host *host);
    /* [all ranks] The same sum begun now and awaited later, to run
     * beside computation; data must be left alone meanwhile. At most 128 are under way, of 2^31 - 1
     * numbers each: else KGP_ERR_LIMIT. */
    kgp_status (*allreduce_begin)(kgp_reduction **out, const kgp_host *host, void *data, size_t n,
                                  kgp_number type);
    /* [all ranks] Wait for it; frees the handle. */
    kgp_status (*allreduce_wait)(kgp_reduction *reduction);
} kgp_collective;

/* ---- kg.log/1 and kg.progress/1 -------------------------------------------------------------- */

#define KGP_EXT_LOG "kg.log/1"

typedef enum kgp_level { KGP_DEBUG = 0, KGP_INFO = 1, KGP_WARNING = 2 } kgp_level;

typedef struct kgp_log {
    uint32_t size;
    /* [any thread] A message of one line, without its end. Errors are returned, not logged. Rank
     * 0's are shown. */
    void (*log)(const kgp_host *host, kgp_level level, const char *text);
} kgp_log;

#define KGP_EXT_PROGRESS "kg.progress/1"

typedef struct kgp_progress {
    uint32_t size;
    /* [any thread] Long work inside one call (prepare, evaluate, a tool): what it is
     * doing, and how far it is; total 0: not known. phase is a string literal: the host keeps the
     * pointer. Cheap enough to call a thousand times a second. */
    void (*report)(const kgp_host *host, const char *phase, uint64_t done, uint64_t total);
    /* [any thread] 1 when the user asked to stop: return KGP_ERR_CANCELLED soon. Between steps the
     * host looks by itself; step and save need not ask. With several ranks always 0: they stop
     * together, between steps. */
    int32_t (*is_cancelled)(const kgp_host *host);
} kgp_progress;

#ifdef __cplusplus
}
#endif

#endif
