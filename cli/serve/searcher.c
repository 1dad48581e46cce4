#include "cli/serve/searcher.h"

kg_status kg_searcher_init(kg_searcher *searcher, kg_store *store) {
    *searcher = (kg_searcher){.store = store};
    if (pthread_mutex_init(&searcher->names_lock, NULL) != 0)
        return KG_ERR_MEMORY;
    return pthread_mutex_init(&searcher->linker_lock, NULL) == 0 ? KG_OK : KG_ERR_MEMORY;
}

kg_status kg_searcher_take(kg_snapshot **out, kg_searcher *searcher, kg_error *err) {
    pthread_mutex_lock(&searcher->names_lock);
    kg_status st = searcher->names ? kg_snapshot_renew(NULL, searcher->names, err)
                                   : kg_snapshot_begin(&searcher->names, searcher->store, err);
    *out = searcher->names;
    if (st == KG_OK)
        return KG_OK;
    kg_snapshot_end(searcher->names);
    searcher->names = NULL;
    pthread_mutex_unlock(&searcher->names_lock);
    return st;
}

void kg_searcher_put(kg_searcher *searcher) {
    kg_snapshot_rest(searcher->names);
    pthread_mutex_unlock(&searcher->names_lock);
}

static void drop_linker(kg_searcher *s) {
    kg_linker_free(s->linker);
    kg_snapshot_end(s->linked);
    s->linker = NULL;
    s->linked = NULL;
}

static kg_status make_linker(kg_searcher *s, kg_error *err) {
    kg_stats stats;
    kg_status st;
    drop_linker(s);
    KG_TRY(st, kg_snapshot_begin(&s->linked, s->store, err));
    st = kg_snapshot_stats(&stats, s->linked, err);
    if (st == KG_OK)
        st = kg_linker_open(&s->linker, NULL, s->linked, err);
    if (st != KG_OK) {
        s->linker = NULL;
        drop_linker(s);
        return st;
    }
    s->generation = stats.generation;
    s->version = stats.triples_version;
    return KG_OK;
}

static bool is_current(const kg_searcher *s, const kg_stats *stats) {
    return s->linker && s->generation == stats->generation && s->version == stats->triples_version;
}

kg_status kg_searcher_take_linker(const kg_linker **linker, kg_snapshot **snapshot,
                                  kg_searcher *searcher, kg_snapshot *newest, kg_error *err) {
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, newest, err));
    pthread_mutex_lock(&searcher->linker_lock);
    if (!is_current(searcher, &stats))
        st = make_linker(searcher, err);
    *linker = searcher->linker;
    *snapshot = searcher->linked;
    if (st != KG_OK)
        pthread_mutex_unlock(&searcher->linker_lock);
    return st;
}

void kg_searcher_put_linker(kg_searcher *searcher) {
    pthread_mutex_unlock(&searcher->linker_lock);
}

void kg_searcher_tidy(kg_searcher *searcher) {
    kg_snapshot *now;
    kg_stats stats;
    if (pthread_mutex_trylock(&searcher->linker_lock) != 0)
        return;
    if (searcher->linker && kg_snapshot_begin(&now, searcher->store, NULL) == KG_OK) {
        if (kg_snapshot_stats(&stats, now, NULL) != KG_OK || !is_current(searcher, &stats))
            drop_linker(searcher);
        kg_snapshot_end(now);
    }
    pthread_mutex_unlock(&searcher->linker_lock);
}

void kg_searcher_end(kg_searcher *searcher) {
    drop_linker(searcher);
    kg_snapshot_end(searcher->names);
    pthread_mutex_destroy(&searcher->names_lock);
    pthread_mutex_destroy(&searcher->linker_lock);
}
