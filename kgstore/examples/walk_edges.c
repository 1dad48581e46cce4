/* All edges of one relation, as lines of head and tail. usage: walk_edges STORE RELATION
 *
 * An entity's edges are a slice of a record in the store: the walk reads it in place, allocates
 * nothing, and goes as fast as memory does. A writer may change the store meanwhile; the snapshot
 * shows it as it was. */
#include <kgstore/kgstore.h>
#include <stdio.h>

static kg_status print_edges(kg_snapshot *snapshot, kg_id head, kg_id relation) {
    kg_edges out;
    kg_str from, to;
    kg_status st = kg_entity_edges(&out, NULL, snapshot, head);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK; /* an entity that was deleted: its id is not used again */
    if (st != KG_OK)
        return st;
    for (uint32_t i = 0; i < out.count; i++) {
        if (kg_edge_relation(out, i) != relation)
            continue;
        KG_TRY(st, kg_name_get(&from, snapshot, KG_ENTITY, head));
        KG_TRY(st, kg_name_get(&to, snapshot, KG_ENTITY, kg_edge_entity(out, i)));
        printf("%.*s\t%.*s\n", KG_STR_ARG(from), KG_STR_ARG(to));
    }
    return KG_OK;
}

static kg_status walk(kg_snapshot *snapshot, const char *name, kg_error *err) {
    kg_stats stats;
    kg_id relation;
    kg_status st = kg_name_find(&relation, snapshot, KG_RELATION, kg_str_from(name));
    if (st == KG_ERR_NOT_FOUND) {
        snprintf(err->text, sizeof err->text, "the store has no relation \"%s\"", name);
        err->status = st;
    }
    if (st != KG_OK)
        return st;
    KG_TRY(st, kg_snapshot_stats(&stats, snapshot, err));
    for (uint64_t id = 0; id < stats.entities; id++)
        KG_TRY(st, print_edges(snapshot, (kg_id)id, relation));
    return KG_OK;
}

int main(int argc, char **argv) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    char text[1024];
    if (argc != 3) {
        fprintf(stderr, "usage: %s STORE RELATION\n", argv[0]);
        return 2;
    }
    kg_status st = kg_store_open(&store, argv[1], &err);
    if (st == KG_OK) {
        st = kg_snapshot_begin(&snapshot, store, &err);
        if (st == KG_OK) {
            st = kg_snapshot_fault(&err, walk(snapshot, argv[2], &err), snapshot);
            kg_snapshot_end(snapshot);
        }
        kg_store_close(store);
    }
    if (st != KG_OK)
        fprintf(stderr, "%s\n", kg_error_format(text, sizeof text, &err));
    return st != KG_OK;
}
