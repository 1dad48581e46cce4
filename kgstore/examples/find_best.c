/* The best neighbors of an entity. usage: find_best STORE NAME
 *
 * Names are looked up once, and from then on everything is an id: a number from 0 on. What a
 * snapshot hands out points into the store's own pages, and is good until the snapshot ends. */
#include <kgstore/kgstore.h>
#include <stdio.h>

enum { WANTED = 5 };

static kg_status print_best(kg_snapshot *snapshot, const char *name, kg_error *err) {
    kg_neighbour best[WANTED];
    uint32_t count;
    kg_id entity;
    kg_status st;
    /* An identifier, or a label or alias that names one entity; err tells what was meant if not. */
    KG_TRY(st, kg_entity_resolve(&entity, snapshot, kg_str_from(name), err));
    KG_TRY(st, kg_neighbours_top(best, &count, snapshot, entity, KG_WEIGHT_PAGERANK, WANTED));
    for (uint32_t i = 0; i < count; i++) {
        kg_str relation, neighbor;
        KG_TRY(st, kg_label_get(&relation, snapshot, KG_RELATION, best[i].relation));
        KG_TRY(st, kg_label_get(&neighbor, snapshot, KG_ENTITY, best[i].entity));
        printf("%s\t%.*s\t%.*s\t%g\n", best[i].direction > 0 ? "->" : "<-", KG_STR_ARG(relation),
               KG_STR_ARG(neighbor), best[i].weight);
    }
    return KG_OK;
}

int main(int argc, char **argv) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    char text[1024];
    if (argc != 3) {
        fprintf(stderr, "usage: %s STORE NAME\n", argv[0]);
        return 2;
    }
    kg_status st = kg_store_open(&store, argv[1], &err);
    if (st == KG_OK) {
        st = kg_snapshot_begin(&snapshot, store, &err);
        if (st == KG_OK) {
            /* Look-ups compose no text; what they met is told here. */
            st = kg_snapshot_fault(&err, print_best(snapshot, argv[2], &err), snapshot);
            kg_snapshot_end(snapshot);
        }
        kg_store_close(store);
    }
    if (st != KG_OK)
        fprintf(stderr, "%s\n", kg_error_format(text, sizeof text, &err));
    return st != KG_OK;
}
