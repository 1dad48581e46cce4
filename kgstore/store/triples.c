#include "kgstore/store/triples.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/store/spill.h"

#include <stdlib.h>
#include <unistd.h>

/* Held: 12 bytes; both groups: 16; and room for the growth of the array that holds them. */
enum { PEAK_BYTES_A_TRIPLE = 34, ROOM_MIN = 64 };

static const size_t ROOM_MAX = UINT32_MAX - 1;

void kg_triples_init(kg_triples *t, uint64_t memory, const char *folder) {
    uint64_t room = memory / PEAK_BYTES_A_TRIPLE;
    *t = (kg_triples){.folder = folder};
    t->room = room < ROOM_MIN ? ROOM_MIN : room > ROOM_MAX ? ROOM_MAX : (size_t)room;
}

/* ---- Grouping -------------------------------------------------------------------------------- */

static uint32_t end_of(const kg_triple *triple, kg_side side) {
    return side == KG_SIDE_OUT ? triple->head : triple->tail;
}

static uint64_t key_of(const kg_triple *triple, kg_side side) {
    uint32_t other = side == KG_SIDE_OUT ? triple->tail : triple->head;
    return (uint64_t)other << 32 | triple->relation;
}

kg_status kg_group_make(kg_group *g, const kg_triples *t, kg_side side) {
    size_t n = t->held.len;
    g->entities = t->entities;
    g->start = calloc(t->entities + 2, sizeof *g->start);
    g->keys = malloc((n ? n : 1) * sizeof *g->keys);
    if (!g->start || !g->keys) {
        kg_group_free(g);
        return KG_ERR_MEMORY;
    }
    /* Count into the place after next, so that filling moves each start to where it belongs. */
    for (size_t i = 0; i < n; i++)
        g->start[end_of(&t->held.data[i], side) + 2]++;
    for (uint64_t e = 1; e < t->entities + 2; e++)
        g->start[e] += g->start[e - 1];
    uint32_t *next = g->start + 1;
    for (size_t i = 0; i < n; i++)
        g->keys[next[end_of(&t->held.data[i], side)]++] = key_of(&t->held.data[i], side);
    return KG_OK;
}

void kg_group_free(kg_group *g) {
    free(g->keys);
    free(g->start);
    *g = (kg_group){0};
}

static kg_status take_group(void *context, kg_keys *to, uint32_t entity, kg_side side,
                            kg_error *err) {
    const kg_group *g = &((kg_groups *)context)->sides[side];
    (void)err;
    if (entity >= g->entities)
        return KG_OK;
    return kg_array_append(to, g->keys + g->start[entity], g->start[entity + 1] - g->start[entity]);
}

kg_source kg_source_groups(kg_groups *groups) {
    return (kg_source){groups, take_group};
}

/* ---- Runs: for each entity that has keys, {u32 entity, u32 n, n keys}, side after side ------- */

static kg_status write_side(kg_spill_writer *w, const kg_triples *t, kg_side side, kg_error *err) {
    kg_group g;
    kg_status st = kg_group_make(&g, t, side);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory sorting triples");
    for (uint64_t e = 0; st == KG_OK && e < g.entities; e++) {
        uint32_t header[2] = {(uint32_t)e, g.start[e + 1] - g.start[e]};
        if (header[1] == 0)
            continue;
        st = kg_spill_put(w, header, sizeof header, err);
        if (st == KG_OK)
            st = kg_spill_put(w, g.keys + g.start[e], header[1] * sizeof *g.keys, err);
    }
    kg_group_free(&g);
    return st == KG_OK ? kg_spill_flush(w, err) : st;
}

static kg_status write_run(kg_run *run, kg_triples *t, kg_error *err) {
    kg_status st;
    kg_spill_writer w;
    KG_TRY(st, kg_spill_begin(&w, run->fd, 0, err));
    st = write_side(&w, t, KG_SIDE_OUT, err);
    run->in_from = w.written;
    if (st == KG_OK)
        st = write_side(&w, t, KG_SIDE_IN, err);
    run->end = w.written;
    kg_spill_end(&w);
    return st == KG_OK ? KG_FAILPOINT("triples.run-written", err) : st;
}

static kg_status spill(kg_triples *t, kg_error *err) {
    kg_status st;
    kg_run run = {.fd = -1};
    if (kg_array_reserve(&t->runs, 1) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting triples");
    KG_TRY(st, kg_spill_open(&run.fd, t->folder, err));
    st = write_run(&run, t, err);
    if (st != KG_OK) {
        close(run.fd);
        return st;
    }
    t->runs.data[t->runs.len++] = run;
    t->spilled += (uint64_t)run.end;
    t->held.len = 0;
    return KG_OK;
}

kg_status kg_triples_add(kg_triples *t, kg_triple triple, kg_error *err) {
    kg_status st;
    if (t->held.len == t->room)
        KG_TRY(st, spill(t, err));
    if (t->held.len == t->held.cap) {
        /* Not beyond the room: the array would take memory that is never used. */
        size_t extra = t->held.cap / 2 < 4096 ? 4096 : t->held.cap / 2;
        extra = extra < t->room - t->held.len ? extra : t->room - t->held.len;
        if (kg_array_reserve(&t->held, extra) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory collecting triples");
    }
    t->held.data[t->held.len++] = triple;
    uint32_t greatest = triple.head > triple.tail ? triple.head : triple.tail;
    if (greatest >= t->entities)
        t->entities = (uint64_t)greatest + 1;
    return KG_OK;
}

void kg_triples_free(kg_triples *t) {
    for (size_t i = 0; i < t->runs.len; i++)
        close(t->runs.data[i].fd);
    kg_array_free(&t->runs);
    kg_array_free(&t->held);
}

/* ---- Reading runs ---------------------------------------------------------------------------- */

typedef struct side_reader {
    kg_spill_reader run;
    uint32_t entity, count; /* the next group; count 0: none */
} side_reader;

struct kg_run_reader {
    side_reader sides[2];
    unsigned char buffers[];
};

static kg_status next_group(side_reader *r, kg_error *err) {
    kg_status st;
    uint32_t header[2] = {0, 0};
    if (kg_spill_more(&r->run))
        KG_TRY(st, kg_spill_get(&r->run, header, sizeof header, err));
    r->entity = header[0];
    r->count = header[1];
    return KG_OK;
}

kg_status kg_run_reader_open(kg_run_reader **out, const kg_run *run, size_t buffer) {
    kg_run_reader *r = malloc(sizeof *r + 2 * buffer);
    *out = r;
    if (!r)
        return KG_ERR_MEMORY;
    *r = (kg_run_reader){0};
    r->sides[KG_SIDE_OUT].run = (kg_spill_reader){
        .fd = run->fd, .at = 0, .end = run->in_from, .buffer = r->buffers, .size = buffer};
    r->sides[KG_SIDE_IN].run = (kg_spill_reader){.fd = run->fd,
                                                 .at = run->in_from,
                                                 .end = run->end,
                                                 .buffer = r->buffers + buffer,
                                                 .size = buffer};
    return KG_OK;
}

void kg_run_reader_close(kg_run_reader *reader) {
    free(reader);
}

static kg_status take_run(void *context, kg_keys *to, uint32_t entity, kg_side side,
                          kg_error *err) {
    kg_status st;
    side_reader *r = &((kg_run_reader *)context)->sides[side];
    if (r->count == 0)
        KG_TRY(st, next_group(r, err));
    if (r->count == 0 || r->entity != entity)
        return KG_OK;
    if (kg_array_reserve(to, r->count) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting triples");
    KG_TRY(st, kg_spill_get(&r->run, to->data + to->len, r->count * sizeof *to->data, err));
    to->len += r->count;
    r->count = 0;
    return KG_OK;
}

kg_source kg_source_run(kg_run_reader *reader) {
    return (kg_source){reader, take_run};
}

/* ---- An existing generation ------------------------------------------------------------------ */

static kg_status take_store(void *context, kg_keys *to, uint32_t entity, kg_side side,
                            kg_error *err) {
    kg_stored_edges *from = context;
    kg_str value;
    kg_block block;
    kg_status st = kg_txn_get_id(&value, from->txn, KG_DB_NBR, entity);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st == KG_OK && !kg_block_decode(&block, value))
        st = KG_ERR_CORRUPT;
    if (st != KG_OK)
        return kg_error_set(err, st, "the neighbors of entity %u cannot be read; run kg check",
                            entity);
    uint32_t n = side == KG_SIDE_OUT ? block.n_out : block.n_in;
    const unsigned char *edges = side == KG_SIDE_OUT ? block.out : block.in;
    if (kg_array_reserve(to, n) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting edges");
    if (side == KG_SIDE_OUT) /* each record once */
        kg_sum_add(&from->sum, KG_DB_NBR, kg_id_key(&entity), value);
    for (uint32_t i = 0; i < n; i++, edges += KG_EDGE_BYTES) {
        uint32_t other = kg_load_u32(edges), relation = kg_load_u32(edges + 4);
        if (other >= from->entities || relation >= from->relations)
            return kg_error_set(err, KG_ERR_CORRUPT,
                                "an edge of entity %u leads outside the store; run kg check",
                                entity);
        to->data[to->len++] = (uint64_t)other << 32 | relation;
    }
    return KG_OK;
}

kg_source kg_source_store(kg_stored_edges *edges) {
    return (kg_source){edges, take_store};
}
