#include "kgstore/store/spool.h"

#include "kgstore/base/byteio.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_MIN = 64 << 10, BUFFERS_BYTES = 4 << 20, BUFFER_MAX = 256 << 10, BUFFER_MIN = 4096 };

static const size_t TEXT_MAX = UINT32_MAX / 2;

void kg_spool_init(kg_spool *s, uint64_t memory, const char *folder) {
    uint64_t room = memory < ROOM_MIN ? ROOM_MIN : memory > TEXT_MAX ? TEXT_MAX : memory;
    *s = (kg_spool){.room = (size_t)room, .folder = folder, .fd = -1};
}

void kg_spool_free(kg_spool *s) {
    if (s->folder && s->fd >= 0)
        close(s->fd);
    kg_array_free(&s->text);
    kg_array_free(&s->held);
    kg_array_free(&s->scratch);
    kg_array_free(&s->runs);
    kg_array_free(&s->sources);
    kg_array_free(&s->gathered);
    free(s->buffers);
    *s = (kg_spool){0};
}

int kg_spool_compare(const kg_spool_key *a, const kg_spool_key *b) {
    for (int i = 0; i < 3; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return 0;
}

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting properties");
}

/* ---- Sorting what is held ------------------------------------------------------------------- */

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One pass of a radix sort; pieces of equal digits stay in order. */
static void sort_digit(kg_spooled *to, const kg_spooled *from, size_t n, int part, int shift) {
    size_t starts[DIGITS] = {0};
    for (size_t i = 0; i < n; i++)
        starts[from[i].key.part[part] >> shift & (DIGITS - 1)]++;
    for (size_t d = 0, at = 0; d < DIGITS; d++) {
        size_t count = starts[d];
        starts[d] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[from[i].key.part[part] >> shift & (DIGITS - 1)]++] = from[i];
}

static kg_status sort_held(kg_spool *s, kg_error *err) {
    size_t n = s->held.len;
    uint32_t greatest[3] = {0, 0, 0};
    if (kg_array_reserve(&s->scratch, n) != KG_OK)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        for (int part = 0; part < 3; part++)
            greatest[part] |= s->held.data[i].key.part[part];
    for (int part = 2; part >= 0; part--)
        for (int shift = 0; shift < 32 && greatest[part] >> shift; shift += DIGIT_BITS) {
            sort_digit(s->scratch.data, s->held.data, n, part, shift);
            kg_spooled *other = s->scratch.data;
            size_t cap = s->scratch.cap;
            s->scratch.data = s->held.data;
            s->scratch.cap = s->held.cap;
            s->held.data = other;
            s->held.cap = cap;
        }
    return KG_OK;
}

/* ---- Adding ---------------------------------------------------------------------------------- */

static kg_status write_held(kg_spill_writer *w, const kg_spool *s, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < s->held.len; i++) {
        const kg_spooled *piece = &s->held.data[i];
        size_t size = 4 + kg_load_u32(s->text.data + piece->at);
        KG_TRY(st, kg_spill_put(w, &piece->key, sizeof piece->key, err));
        KG_TRY(st, kg_spill_put(w, s->text.data + piece->at, size, err));
    }
    return kg_spill_flush(w, err);
}

/* Write what is held as one more run. */
static kg_status spill(kg_spool *s, kg_error *err) {
    kg_status st;
    kg_spill_writer w;
    kg_spool_run run = {.from = (off_t)s->spilled};
    KG_TRY(st, sort_held(s, err));
    if (s->fd < 0)
        KG_TRY(st, kg_spill_open(&s->fd, s->folder, err));
    KG_TRY(st, kg_spill_begin(&w, s->fd, run.from, err));
    st = write_held(&w, s, err);
    run.to = w.written;
    kg_spill_end(&w);
    if (st == KG_OK && kg_array_push(&s->runs, run) != KG_OK)
        st = no_memory(err);
    s->spilled = (uint64_t)run.to;
    s->held.len = s->text.len = 0;
    return st;
}

kg_status kg_spool_add(kg_spool *s, const kg_spool_key *key, kg_str piece, kg_error *err) {
    kg_status st;
    uint32_t length = (uint32_t)piece.len;
    size_t size = sizeof length + piece.len;
    /* Both arrays of pieces count: sorting takes the second. */
    if (s->held.len && s->text.len + size + 2 * (s->held.len + 1) * sizeof *s->held.data > s->room)
        KG_TRY(st, spill(s, err));
    const kg_spooled held = {*key, (uint32_t)s->text.len};
    if (kg_array_reserve(&s->text, size) != KG_OK || kg_array_push(&s->held, held) != KG_OK)
        return no_memory(err);
    kg_array_append(&s->text, (const char *)&length, sizeof length);
    kg_array_append(&s->text, piece.data, piece.len);
    s->pieces++;
    return KG_OK;
}

/* ---- Merging --------------------------------------------------------------------------------- */

/* Look at the next piece of a source. */
static kg_status advance(kg_spool *s, kg_spool_source *source, kg_error *err) {
    kg_status st;
    bool is_held = source == &s->sources.data[s->runs.len];
    source->there = is_held ? source->next < s->held.len : kg_spill_more(&source->reader);
    if (!source->there)
        return KG_OK;
    if (is_held) {
        source->key = s->held.data[source->next].key;
        source->length = kg_load_u32(s->text.data + s->held.data[source->next].at);
        return KG_OK;
    }
    KG_TRY(st, kg_spill_get(&source->reader, &source->key, sizeof source->key, err));
    return kg_spill_get(&source->reader, &source->length, sizeof source->length, err);
}

/* Append its bytes, of which there may be none, to what is gathered, and look at the one after it.
 */
static kg_status take(kg_spool *s, kg_spool_source *source, kg_error *err) {
    kg_status st;
    if (kg_array_reserve(&s->gathered, (size_t)source->length + 1) != KG_OK)
        return no_memory(err);
    char *to = s->gathered.data + s->gathered.len;
    if (source == &s->sources.data[s->runs.len])
        memcpy(to, s->text.data + s->held.data[source->next++].at + 4, source->length);
    else
        KG_TRY(st, kg_spill_get(&source->reader, to, source->length, err));
    s->gathered.len += source->length;
    return advance(s, source, err);
}

kg_status kg_spool_merge(kg_spool *s, kg_error *err) {
    kg_status st;
    size_t n = s->runs.len, size = n ? BUFFERS_BYTES / n : 0;
    size = size > BUFFER_MAX ? BUFFER_MAX : size < BUFFER_MIN ? BUFFER_MIN : size;
    KG_TRY(st, sort_held(s, err));
    kg_array_free(&s->scratch);
    s->buffers = malloc(n * size + 1);
    if (!s->buffers || kg_array_reserve(&s->sources, n + 1) != KG_OK)
        return no_memory(err);
    s->sources.len = n + 1;
    memset(s->sources.data, 0, (n + 1) * sizeof *s->sources.data);
    for (size_t i = 0; i <= n; i++) {
        if (i < n)
            s->sources.data[i].reader = (kg_spill_reader){.fd = s->fd,
                                                          .at = s->runs.data[i].from,
                                                          .end = s->runs.data[i].to,
                                                          .buffer = s->buffers + i * size,
                                                          .size = size};
        KG_TRY(st, advance(s, &s->sources.data[i], err));
    }
    return KG_OK;
}

kg_status kg_spool_next(kg_spool_key *key, kg_str *pieces, kg_spool *s, kg_error *err) {
    kg_status st;
    const kg_spool_source *least = NULL;
    for (size_t i = 0; i < s->sources.len; i++) {
        const kg_spool_source *source = &s->sources.data[i];
        if (source->there && (!least || kg_spool_compare(&source->key, &least->key) < 0))
            least = source;
    }
    if (!least)
        return KG_ERR_NOT_FOUND;
    *key = least->key;
    s->gathered.len = 0;
    for (size_t i = 0; i < s->sources.len; i++)
        while (s->sources.data[i].there && kg_spool_compare(&s->sources.data[i].key, key) == 0)
            KG_TRY(st, take(s, &s->sources.data[i], err));
    *pieces = (kg_str){s->gathered.data, s->gathered.len};
    return KG_OK;
}
