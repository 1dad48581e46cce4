#include "tests/plugins/smedbert/fake_graph.h"

#include <stdlib.h>
#include <string.h>

struct kgp_snapshot {
    int renewed;
};

struct kgp_linker {
    kgp_mention *mentions;
    size_t room;
};

uint32_t fake_type(uint32_t entity) {
    return entity % 97 == 0 ? KGP_NO_ID : entity % FAKE_TYPES;
}

uint32_t fake_neighbor(kgp_neighbour *out, uint32_t entity, uint32_t k) {
    uint32_t n = entity % 13 < k ? entity % 13 : k;
    for (uint32_t i = 0; i < n; i++)
        out[i] = (kgp_neighbour){(7 * entity + 31 * i) % FAKE_ENTITIES, i % FAKE_RELATIONS,
                                 i % 2 ? -1 : 1, 1.0F / (float)(i + 1)};
    return n;
}

static uint32_t appended;

void fake_append(uint32_t n) {
    appended = n;
}

static kgp_status begin(kgp_snapshot **out, const kgp_host *host, kgp_error *err) {
    (void)host, (void)err;
    *out = calloc(1, sizeof **out);
    return *out ? KGP_OK : KGP_ERR_MEMORY;
}

static kgp_status renew(int32_t *changed, kgp_snapshot *snapshot, kgp_error *err) {
    (void)changed, (void)err;
    snapshot->renewed++;
    return KGP_OK;
}

static void end(kgp_snapshot *snapshot) {
    free(snapshot);
}

static kgp_status stats(kgp_graph_stats *out, kgp_snapshot *snapshot, kgp_error *err) {
    (void)snapshot, (void)err;
    *out = (kgp_graph_stats){.entities = FAKE_ENTITIES + appended,
                             .relations = FAKE_RELATIONS,
                             .types = FAKE_TYPES,
                             .version = 1,
                             .ranked = 1};
    return KGP_OK;
}

static kgp_status name(kgp_text *out, kgp_snapshot *snapshot, kgp_kind kind, uint32_t id) {
    static const char *const names[] = {"entity", "relation", "type"};
    (void)snapshot, (void)id;
    *out = (kgp_text){names[kind], strlen(names[kind])};
    return KGP_OK;
}

static kgp_status types(uint32_t *out, uint32_t *n, kgp_snapshot *snapshot, uint32_t entity,
                        uint32_t room) {
    (void)snapshot;
    *n = fake_type(entity) == KGP_NO_ID ? 0 : 1;
    if (room > 0 && *n > 0)
        *out = fake_type(entity);
    return KGP_OK;
}

static kgp_status primary_types(uint32_t *out, kgp_snapshot *snapshot, uint32_t first, uint32_t n) {
    (void)snapshot;
    for (uint32_t i = 0; i < n; i++)
        out[i] = fake_type(first + i);
    return KGP_OK;
}

static kgp_status neighbors(kgp_neighbour *out, uint32_t *n, kgp_snapshot *snapshot,
                            uint32_t entity, kgp_weight_set weights, uint32_t k) {
    (void)snapshot, (void)weights;
    *n = appended < k ? appended : k;
    for (uint32_t i = 0; i < *n; i++)
        out[i] = (kgp_neighbour){FAKE_ENTITIES + i, 0, 1, 2};
    *n += fake_neighbor(out + *n, entity, k - *n);
    return KGP_OK;
}

enum { ENTITY_DIM = 3, RELATION_DIM = 2 };
static uint64_t table_rows[3]; /* ent_emb, rel_emb, rel_proj */
static const float zeros[FAKE_ENTITIES * ENTITY_DIM];

void fake_tables(uint64_t entity_rows, uint64_t relation_rows) {
    table_rows[0] = entity_rows;
    table_rows[1] = table_rows[2] = relation_rows;
}

static kgp_status no_counts(kgp_table *out, kgp_snapshot *snapshot, const char *table,
                            kgp_error *err) {
    static const char *const names[] = {"ent_emb", "rel_emb", "rel_proj"};
    static const uint64_t columns[] = {ENTITY_DIM, RELATION_DIM, ENTITY_DIM * RELATION_DIM};
    (void)snapshot, (void)err;
    for (int i = 0; i < 3; i++)
        if (strcmp(table, names[i]) == 0 && table_rows[i] > 0) {
            *out = (kgp_table){.dtype = KGP_F32,
                               .rows = table_rows[i],
                               .columns = columns[i],
                               .rows_per_block = table_rows[i]};
            return KGP_OK;
        }
    return KGP_ERR_NOT_FOUND;
}

static kgp_status zeros_block(const void **data, uint64_t *first_row, uint64_t *n_rows,
                              kgp_snapshot *snapshot, const char *table, uint64_t row) {
    (void)snapshot, (void)table, (void)row;
    *data = zeros;
    *first_row = 0;
    *n_rows = FAKE_ENTITIES;
    return KGP_OK;
}

static uint32_t counts[FAKE_ENTITIES];

static kgp_status counts_table(kgp_table *out, kgp_snapshot *snapshot, const char *table,
                               kgp_error *err) {
    if (strcmp(table, "mention_counts") != 0)
        return no_counts(out, snapshot, table, err);
    for (uint32_t e = 0; e < FAKE_ENTITIES; e++)
        counts[e] = 3 * e;
    *out =
        (kgp_table){.dtype = KGP_U32, .rows = FAKE_ENTITIES, .columns = 1, .rows_per_block = 200};
    return KGP_OK;
}

static kgp_status counts_block(const void **data, uint64_t *first_row, uint64_t *n_rows,
                               kgp_snapshot *snapshot, const char *table, uint64_t row) {
    if (strcmp(table, "mention_counts") != 0)
        return zeros_block(data, first_row, n_rows, snapshot, table, row);
    *first_row = row / 200 * 200;
    *n_rows = FAKE_ENTITIES - *first_row < 200 ? FAKE_ENTITIES - *first_row : 200;
    *data = counts + *first_row;
    return KGP_OK;
}

static kgp_status open_linker(kgp_linker **out, const kgp_host *host, kgp_error *err) {
    (void)host, (void)err;
    *out = calloc(1, sizeof **out);
    return *out ? KGP_OK : KGP_ERR_MEMORY;
}

static kgp_status link_text(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                            kgp_error *err) {
    (void)err;
    *n = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        uint32_t close = i + 1, sum = 0;
        if (text.data[i] != '{')
            continue;
        while (close < text.len && text.data[close] != '}')
            sum += (unsigned char)text.data[close++];
        if (close == text.len)
            break;
        if (*n == linker->room) {
            size_t room = linker->room ? linker->room * 2 : 16;
            kgp_mention *grown = realloc(linker->mentions, room * sizeof *grown);
            if (!grown)
                return KGP_ERR_MEMORY;
            linker->mentions = grown;
            linker->room = room;
        }
        linker->mentions[(*n)++] = (kgp_mention){i, close + 1, 0, 0, sum % FAKE_ENTITIES};
        i = close;
    }
    *out = linker->mentions;
    return KGP_OK;
}

static void close_linker(kgp_linker *linker) {
    free(linker->mentions);
    free(linker);
}

static const kgp_graph_read plain = {.size = sizeof plain,
                                     .begin = begin,
                                     .renew = renew,
                                     .end = end,
                                     .stats = stats,
                                     .name = name,
                                     .label = name,
                                     .types = types,
                                     .primary_types = primary_types,
                                     .neighbours = neighbors,
                                     .table = no_counts,
                                     .table_block = zeros_block};

static const kgp_graph_read counted = {.size = sizeof counted,
                                       .begin = begin,
                                       .renew = renew,
                                       .end = end,
                                       .stats = stats,
                                       .name = name,
                                       .label = name,
                                       .types = types,
                                       .primary_types = primary_types,
                                       .neighbours = neighbors,
                                       .table = counts_table,
                                       .table_block = counts_block};

static const kgp_link link_table = {sizeof link_table, open_linker, link_text,
                                    close_linker,      link_text,   NULL};

kg_host *fake_host(bool with_counts) {
    kg_host *host;
    kg_messages messages = {NULL, NULL, NULL, NULL};
    if (kg_host_new(&host, &messages, NULL) != KG_OK)
        return NULL;
    kg_host_provide(host, KGP_EXT_GRAPH_READ, with_counts ? &counted : &plain);
    kg_host_provide(host, KGP_EXT_LINK, &link_table);
    return host;
}
