/* Add what a program knows, and rank the graph again. usage: rank_store STORE
 *
 * A writer is one durable transaction: all of it is in the store, or, after a failure or a kill,
 * nothing. Ranking writes a new generation beside the one that others are reading. */
#include <kgstore/kgstore.h>
#include <stdio.h>

static kg_status add_treatment(kg_store *store, kg_error *err) {
    kg_writer *writer;
    kg_status st;
    kg_statement treated = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    treated.head = KG_STR("糖尿病");
    treated.relation = KG_STR("treated_with");
    treated.tail = KG_STR("a new drug");
    treated.tail_type = KG_STR("drug");
    KG_TRY(st, kg_writer_begin(&writer, store, err));
    st = kg_writer_statement(writer, &treated, err);
    if (st != KG_OK) {
        kg_writer_abort(writer);
        return st;
    }
    return kg_writer_commit(NULL, writer, err);
}

static kg_status print_weight(kg_store *store, kg_str name, kg_error *err) {
    kg_snapshot *snapshot;
    kg_id id;
    const double *weights; /* one for each entity, in the store's own pages */
    uint64_t count;
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_entity_resolve(&id, snapshot, name, err);
    if (st == KG_OK)
        st = kg_weights_get(&weights, &count, NULL, snapshot);
    if (st == KG_OK)
        printf("%.*s\t%.3e\n", KG_STR_ARG(name), weights[id]);
    st = kg_snapshot_fault(err, st, snapshot);
    kg_snapshot_end(snapshot);
    return st;
}

int main(int argc, char **argv) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    const kg_rank_options options = {.damping = 0.85};
    char text[1024];
    if (argc != 2) {
        fprintf(stderr, "usage: %s STORE\n", argv[0]);
        return 2;
    }
    kg_status st = kg_store_open(&store, argv[1], &err);
    if (st == KG_OK) {
        st = add_treatment(store, &err);
        if (st == KG_OK)
            st = kg_store_rank(store, &options, &err);
        if (st == KG_OK)
            st = print_weight(store, KG_STR("a new drug"), &err);
        kg_store_close(store);
    }
    if (st != KG_OK)
        fprintf(stderr, "%s\n", kg_error_format(text, sizeof text, &err));
    return st != KG_OK;
}
