#include "tests/import/random_graph.h"

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"

enum { MAX_NAMES = 8, MAX_KEYS = 5, MAX_PROPERTIES = 6 };

static const char *const pieces[] = {"a",
                                     "b",
                                     "1",
                                     "0.5",
                                     "-",
                                     "_",
                                     "x",
                                     " ",
                                     "\"",
                                     "\"\"",
                                     "'",
                                     ",",
                                     ";",
                                     "|",
                                     "\t",
                                     "\n",
                                     "\r",
                                     "\\",
                                     "\\n",
                                     "%",
                                     "%41",
                                     "#",
                                     "[",
                                     "]",
                                     "<",
                                     ">",
                                     "{",
                                     "}",
                                     "(",
                                     ")",
                                     "^",
                                     "^^",
                                     "@",
                                     "@en",
                                     ":",
                                     "::",
                                     "/",
                                     "?",
                                     "&",
                                     "=",
                                     ".",
                                     "$",
                                     "`",
                                     "urn:kg:",
                                     "http://x/",
                                     "http://[::1]/",
                                     "_:b",
                                     "\x01",
                                     "\x7F",
                                     "\xC2\x85",
                                     "\xC3\xA9",
                                     "\xE8\x8D\xAF",
                                     "\xEE\x80\x80",
                                     "\xEF\xBB\xBF",
                                     "\xEF\xBF\xBE",
                                     "\xF0\x9F\x92\x8A"};

/* Names that mean something in one format or another. */
static const char *const words[] = {"name",
                                    "label",
                                    "id",
                                    ":ID",
                                    "aliases",
                                    "head",
                                    "relation",
                                    "tail",
                                    "type",
                                    "types",
                                    "graph",
                                    "true",
                                    "node1",
                                    "rdf:type",
                                    RDF "type",
                                    RDF "Property",
                                    RDF "Statement",
                                    RDF "subject",
                                    RDF "predicate",
                                    RDF "object",
                                    RDF "first",
                                    RDFS "label",
                                    RDFS "Class",
                                    RDFS "Resource",
                                    "http://www.w3.org/2004/02/skos/core#altLabel",
                                    "http://www.w3.org/2002/07/owl#Class",
                                    "http://www.w3.org/2002/07/owl#Thing",
                                    "x:int",
                                    "x@en",
                                    "x^^",
                                    "x:string[]"};

static const char *const languages[] = {"", "", "en", "zh-Hans", "EN", "x-1", "5", "abcd", "de-"};
static const char *const datatypes[] = {"point",
                                        "duration",
                                        "date",
                                        "http://x/t",
                                        "http://www.w3.org/2001/XMLSchema#decimal",
                                        "http://www.w3.org/2001/XMLSchema#int",
                                        "a b;c"};
static const char *const dates[] = {"2024-02-29", "-0044-03-15", "12024-01-01Z",
                                    "1999-12-31+14:00"};
static const char *const times[] = {"2024-02-29T13:30:00Z", "2024-02-29T24:00:00",
                                    "1970-01-01T00:00:00.125-05:30"};

#define ONE_OF(rng, list) (list)[kg_rng_below((rng), sizeof(list) / sizeof *(list))]

typedef struct maker {
    kg_rng rng;
    kg_arena arena;
    kg_bulk *bulk;
    const char *avoid;
    kg_str names[MAX_NAMES], relations[3], types[4], keys[MAX_KEYS];
} maker;

static kg_str text(maker *m, size_t least, const char *avoid) {
    char *to = kg_arena_alloc(&m->arena, 400);
    size_t len = 0, n = least + (size_t)kg_rng_below(&m->rng, 5);
    assert_non_null(to);
    while (n > 0 || len < least) {
        const char *piece = ONE_OF(&m->rng, pieces);
        n -= n > 0;
        if (piece[strcspn(piece, avoid)] != '\0')
            continue;
        memcpy(to + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return (kg_str){to, len};
}

static kg_str name(maker *m) {
    const char *word = ONE_OF(&m->rng, words);
    bool as_it_is = kg_rng_below(&m->rng, 3) == 0 && word[strcspn(word, m->avoid)] == '\0';
    return as_it_is ? kg_str_from(word) : text(m, 1, m->avoid);
}

static kg_value scalar(maker *m, uint64_t kind) {
    static const int64_t integers[] = {0, -1, 42, INT64_MAX, INT64_MIN};
    static const double reals[] = {0.0, -0.0, 0.1, 3, 1e300, 5e-324, INFINITY, -INFINITY, NAN};
    switch (kind) {
    case KG_VALUE_INTEGER:
        return kg_value_integer(ONE_OF(&m->rng, integers));
    case KG_VALUE_FLOAT:
        return kg_value_real(ONE_OF(&m->rng, reals));
    case KG_VALUE_BOOLEAN:
        return kg_value_boolean(kg_rng_below(&m->rng, 2) == 0);
    case KG_VALUE_DATE:
        return (kg_value){.kind = KG_VALUE_DATE, .text = kg_str_from(ONE_OF(&m->rng, dates))};
    case KG_VALUE_DATETIME:
        return (kg_value){.kind = KG_VALUE_DATETIME, .text = kg_str_from(ONE_OF(&m->rng, times))};
    case KG_VALUE_TYPED:
        return (kg_value){
            KG_VALUE_TYPED, {0}, text(m, 0, ""), kg_str_from(ONE_OF(&m->rng, datatypes))};
    default:
        return kg_value_string(text(m, 0, ""), kg_str_from(ONE_OF(&m->rng, languages)));
    }
}

static kg_value list(maker *m, uint64_t kind) {
    kg_bytes items = KG_ARRAY_INIT;
    bool mixed = kg_rng_below(&m->rng, 3) == 0;
    for (uint64_t n = kg_rng_below(&m->rng, 4); n > 0; n--) {
        const kg_value item = scalar(m, mixed ? kg_rng_below(&m->rng, KG_VALUE_LIST) : kind);
        assert_int_equal(kg_value_pack(&items, &item), KG_OK);
    }
    const char *kept = kg_arena_copy(&m->arena, (kg_str){items.data, items.len});
    const kg_value value = {.kind = KG_VALUE_LIST, .text = {kept, items.len}};
    kg_array_free(&items);
    return value;
}

/* Keys are mostly of one kind of values, as they are in the wild. */
static size_t properties(kg_property *to, maker *m) {
    size_t n = 0;
    for (size_t k = 0; k < MAX_KEYS; k++) {
        uint64_t kind = kg_rng_below(&m->rng, 6) == 0 ? kg_rng_below(&m->rng, KG_VALUE_LIST)
                                                      : kg_rng_at(&m->rng, k) % KG_VALUE_LIST;
        if (kg_rng_below(&m->rng, 2) == 0)
            continue;
        bool is_list = kg_rng_below(&m->rng, 4) == 0;
        to[n++] = (kg_property){m->keys[k], is_list ? list(m, kind) : scalar(m, kind)};
    }
    return n;
}

static void add(maker *m, kg_statement s) {
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_bulk_statement(m->bulk, &s, &err);
    if (st != KG_OK)
        print_error("%s\n", err.text);
    assert_int_equal(st, KG_OK);
}

static void add_entity(maker *m, kg_str head) {
    kg_property own[MAX_PROPERTIES];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = head;
    s.properties = own;
    s.n_properties = properties(own, m);
    add(m, s);
    s.n_properties = 0;
    for (uint64_t n = kg_rng_below(&m->rng, 4); n > 0; n--) {
        s.head_type = ONE_OF(&m->rng, m->types);
        add(m, s);
    }
    s.head_type.len = 0;
    for (uint64_t n = kg_rng_below(&m->rng, 5); n > 0; n--) {
        s.kind = kg_rng_below(&m->rng, 2) ? KG_STATEMENT_ALIAS : KG_STATEMENT_ENTITY;
        s.label = text(m, 1, m->avoid);
        s.language = kg_str_from(ONE_OF(&m->rng, languages));
        add(m, s);
    }
}

static void add_edge(maker *m) {
    kg_property own[MAX_PROPERTIES];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = ONE_OF(&m->rng, m->names);
    s.relation = ONE_OF(&m->rng, m->relations);
    s.tail = ONE_OF(&m->rng, m->names);
    s.properties = own;
    s.n_properties = kg_rng_below(&m->rng, 2) ? properties(own, m) : 0;
    add(m, s);
}

static void name_relation(maker *m, kg_str relation) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_RELATION);
    s.relation = relation;
    s.label = kg_rng_below(&m->rng, 4) == 0 ? relation : text(m, 1, m->avoid);
    s.language = kg_str_from(ONE_OF(&m->rng, languages));
    add(m, s);
}

void random_graph_make(const char *path, uint64_t number, const char *avoid) {
    maker m = {.rng = kg_rng_stream(7, 0, number, 0), .arena = KG_ARENA_INIT, .avoid = avoid};
    kg_bulk_options options = {.threads = 1};
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    kg_str *const sets[] = {m.names, m.relations, m.types, m.keys};
    static const size_t sizes[] = {MAX_NAMES, 3, 4, MAX_KEYS};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            sets[i][k] = name(&m);
    assert_int_equal(kg_bulk_begin(&m.bulk, path, &options, &err), KG_OK);
    for (uint64_t n = kg_rng_below(&m.rng, MAX_NAMES + 1); n > 0; n--)
        add_entity(&m, m.names[n - 1]);
    for (uint64_t n = kg_rng_below(&m.rng, 8); n > 0; n--)
        add_edge(&m);
    for (size_t i = 0; i < 3; i++)
        if (kg_rng_below(&m.rng, 3) == 0)
            name_relation(&m, m.relations[i]);
    kg_status st = kg_bulk_finish(&report, m.bulk, &err);
    if (st != KG_OK)
        print_error("%s\n", err.text);
    assert_int_equal(st, KG_OK);
    kg_arena_free(&m.arena);
}

void random_graph_prune(const char *path, uint64_t number) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_writer *w;
    kg_stats stats;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, &err), KG_OK);
    assert_int_equal(kg_writer_begin(&w, store, &err), KG_OK);
    for (kg_id id = (kg_id)(number % 3); id < stats.entities; id += 3) {
        kg_str name;
        assert_int_equal(kg_name_get(&name, snapshot, KG_ENTITY, id), KG_OK);
        assert_int_equal(kg_writer_delete_entity(w, name, true, &err), KG_OK);
    }
    assert_int_equal(kg_writer_commit(NULL, w, &err), KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}
