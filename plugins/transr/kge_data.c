#include "plugins/transr/kge_data.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/rng.h"

#include <stdlib.h>

enum { PURPOSE_HOLDOUT = 7 };

/* A walk over the store's triples. */
typedef struct walk {
    transr_data *data;
    const transr_source *source;
    uint64_t n;
} walk;

static kgp_status take_triples(void *context, const kgp_triple *triples, size_t n) {
    walk *w = context;
    for (size_t i = 0; i < n; i++) {
        transr_triple t = {triples[i].head, triples[i].relation, triples[i].tail};
        kg_rng rng = kg_rng_stream(w->source->seed, 0, w->n++, PURPOSE_HOLDOUT);
        bool held = kg_rng_uniform(&rng) < w->source->holdout;
        transr_triples *to = held ? &w->data->valid_triples : &w->data->train_triples;
        if (kg_array_push(to, t) != KG_OK)
            return KGP_ERR_MEMORY;
    }
    return KGP_OK;
}

/* The text of a host's failure becomes ours; the numbers are the same. */
static kg_status from_host(kg_error *err, kgp_status status, const kgp_error *detail) {
    if (status == KGP_OK)
        return KG_OK;
    return kg_error_set(err, (kg_status)status, "%s", detail->text);
}

static kg_status read_store(transr_data *out, const kgp_host *host, const transr_source *source,
                            kg_error *err) {
    kgp_error detail = {""};
    kgp_graph_stats stats;
    kg_status st;
    KG_TRY(st, from_host(err, out->graph->begin(&out->snapshot, host, &detail), &detail));
    KG_TRY(st, from_host(err, out->graph->stats(&stats, out->snapshot, &detail), &detail));
    out->E = (uint32_t)stats.entities;
    out->R = (uint32_t)stats.relations;
    walk w = {out, source, 0};
    kgp_status walked = out->graph->triples(out->snapshot, take_triples, &w, &detail);
    return from_host(err, walked, &detail);
}

/* Read a file whose names are a store's. */
static kg_status read_against_store(transr_triples *triples, const transr_data *data,
                                    const char *path, kg_error *err) {
    transr_triples raw = KG_ARRAY_INIT;
    kg_nameset entities = {0}, relations = {0};
    kg_status st = transr_files_read(&raw, &entities, &relations, path, err);
    for (size_t i = 0; i < raw.len && st == KG_OK; i++) {
        kg_str names[3] = {entities.names.data[raw.data[i].head],
                           relations.names.data[raw.data[i].relation],
                           entities.names.data[raw.data[i].tail]};
        uint32_t ids[3];
        for (int k = 0; k < 3 && st == KG_OK; k++) {
            kgp_kind kind = k == 1 ? KGP_RELATION : KGP_ENTITY;
            kgp_text text = {names[k].data, names[k].len};
            if (data->graph->find(&ids[k], data->snapshot, kind, text) != KGP_OK)
                st = kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "the store has no %s \"%.*s\"",
                                 k == 1 ? "relation" : "entity", KG_STR_ARG(names[k]));
        }
        if (st == KG_OK)
            st = kg_array_push(triples, ((transr_triple){ids[0], ids[1], ids[2]}));
    }
    kg_array_free(&raw);
    kg_nameset_free(&entities);
    kg_nameset_free(&relations);
    return st;
}

static kg_status read_part(transr_data *out, transr_triples *triples, const char *path,
                           kg_error *err) {
    if (!path)
        return KG_OK;
    if (out->graph)
        return read_against_store(triples, out, path, err);
    kg_status st;
    KG_TRY(st, transr_files_read(triples, &out->entities, &out->relations, path, err));
    out->E = (uint32_t)out->entities.names.len;
    out->R = (uint32_t)out->relations.names.len;
    return KG_OK;
}

static kg_status index_all(transr_data *out) {
    transr_triples all = KG_ARRAY_INIT;
    const transr_triples *parts[] = {&out->train_triples, &out->valid_triples, &out->test_triples};
    transr_queries *indexes[] = {&out->train, &out->valid, &out->test};
    kg_status st = KG_OK;
    for (int i = 0; i < 3 && st == KG_OK; i++) {
        st = kg_array_append(&all, parts[i]->data, parts[i]->len);
        if (st == KG_OK)
            st = transr_queries_build(indexes[i], parts[i]->data, parts[i]->len);
    }
    if (st == KG_OK)
        st = transr_queries_build(&out->known, all.data, all.len);
    kg_array_free(&all);
    return st;
}

kg_status transr_data_read(transr_data *out, const kgp_host *host, const transr_source *source,
                           kg_error *err) {
    *out = (transr_data){.E = 0};
    kg_status st;
    if (source->train) {
        if (source->names)
            KG_TRY(st, transr_names_read(&out->entities, &out->relations, source->names, err));
        KG_TRY(st, read_part(out, &out->train_triples, source->train, err));
    } else {
        out->graph = host->get_extension(host, KGP_EXT_GRAPH_READ);
        if (!out->graph)
            return kg_error_set(
                err, KG_ERR_ARGUMENT,
                "found no triples; name a store with --store, or a file with --train");
        KG_TRY(st, read_store(out, host, source, err));
    }
    KG_TRY(st, read_part(out, &out->valid_triples, source->valid, err));
    KG_TRY(st, read_part(out, &out->test_triples, source->test, err));
    if (out->train_triples.len == 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found no triple to train on; expected at least one that is not held out");
    st = index_all(out);
    return st == KG_OK ? KG_OK : kg_error_set(err, st, "out of memory indexing the triples");
}

void transr_data_free(transr_data *data) {
    kg_array_free(&data->train_triples);
    kg_array_free(&data->valid_triples);
    kg_array_free(&data->test_triples);
    transr_queries_free(&data->train);
    transr_queries_free(&data->valid);
    transr_queries_free(&data->test);
    transr_queries_free(&data->known);
    kg_nameset_free(&data->entities);
    kg_nameset_free(&data->relations);
    if (data->graph)
        data->graph->end(data->snapshot);
    data->graph = NULL;
    data->snapshot = NULL;
}

kg_str transr_data_name(const transr_data *data, kgp_kind kind, uint32_t id) {
    if (data->graph) {
        kgp_text text = {"", 0};
        data->graph->name(&text, data->snapshot, kind, id);
        return (kg_str){text.data, text.len};
    }
    return (kind == KGP_ENTITY ? &data->entities : &data->relations)->names.data[id];
}
