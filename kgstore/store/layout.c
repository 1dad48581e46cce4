#include "kgstore/store/layout.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

static const struct {
    const char *name;
    bool integer_key;
} DATABASES[KG_DB_COUNT] = {
    [KG_DB_META] = {"meta", false},
    [KG_DB_ENT] = {"ent", true},
    [KG_DB_ENT_ID] = {"ent_id", false},
    [KG_DB_REL] = {"rel", true},
    [KG_DB_REL_ID] = {"rel_id", false},
    [KG_DB_TYPE] = {"type", true},
    [KG_DB_TYPE_ID] = {"type_id", false},
    [KG_DB_ALIAS] = {"alias", false},
    [KG_DB_ENT_ALIAS] = {"ent_alias", true},
    [KG_DB_ENT_TYPE] = {"ent_type", true},
    [KG_DB_NBR] = {"nbr", true},
    [KG_DB_PEPR] = {"pepr", true},
    [KG_DB_BLOB] = {"blob", false},
    [KG_DB_TABLE] = {"table", false},
    [KG_DB_KEY] = {"key", true},
    [KG_DB_KEY_ID] = {"key_id", false},
    [KG_DB_ENT_PROP] = {"ent_prop", true},
    [KG_DB_EDGE_PROP] = {"edge_prop", false},
    [KG_DB_PROP_INDEX] = {"prop_index", false},
};

const char *kg_db_name(kg_db db) {
    return DATABASES[db].name;
}

bool kg_db_integer_key(kg_db db) {
    return DATABASES[db].integer_key;
}

/* Where the counters of a kg_state lie in its encoding: one table for both ways. */
static const size_t STATE_FIELDS[] = {
    offsetof(kg_state, entities),        offsetof(kg_state, relations),
    offsetof(kg_state, types),           offsetof(kg_state, aliases),
    offsetof(kg_state, triples),         offsetof(kg_state, multi_typed),
    offsetof(kg_state, labels),          offsetof(kg_state, generation),
    offsetof(kg_state, triples_version), offsetof(kg_state, pagerank_version),
    offsetof(kg_state, pepr_version),    offsetof(kg_state, keys),
    offsetof(kg_state, entity_values),   offsetof(kg_state, edge_values),
    offsetof(kg_state, deleted),
};

enum { N_STATE_FIELDS = sizeof STATE_FIELDS / sizeof STATE_FIELDS[0] };

_Static_assert(KG_STATE_BYTES == (N_STATE_FIELDS + 1) * 8, "a field is missing");

/* What hashes of counters and shapes begin with, in every version. */
enum { SEED = 1 };

kg_str kg_state_encode(unsigned char to[KG_STATE_BYTES], const kg_state *state, uint32_t version) {
    size_t n = (version == KG_FORMAT_FIRST ? KG_STATE_BYTES_FIRST : KG_STATE_BYTES) - 8;
    for (size_t i = 0; i < n / 8; i++)
        memcpy(to + i * 8, (const char *)state + STATE_FIELDS[i], 8);
    kg_store_u64(to + n, kg_hash_bytes(to, n, SEED));
    return (kg_str){(const char *)to, n + 8};
}

bool kg_state_decode(kg_state *state, kg_str value) {
    if (value.len != KG_STATE_BYTES && value.len != KG_STATE_BYTES_FIRST)
        return false;
    size_t n = value.len - 8;
    if (kg_load_u64(value.data + n) != kg_hash_bytes(value.data, n, SEED))
        return false;
    *state = (kg_state){0};
    for (size_t i = 0; i < n / 8; i++)
        memcpy((char *)state + STATE_FIELDS[i], value.data + i * 8, 8);
    return true;
}

void kg_sum_encode(unsigned char to[KG_SUM_BYTES], const kg_sum *sum) {
    kg_store_u64(to, sum->records);
    kg_store_u64(to + 8, sum->sum);
}

bool kg_sum_decode(kg_sum *sum, kg_str value) {
    if (value.len != KG_SUM_BYTES)
        return false;
    sum->records = kg_load_u64(value.data);
    sum->sum = kg_load_u64(value.data + 8);
    return true;
}

kg_str kg_sum_key(char to[KG_META_KEY_MAX], kg_db db) {
    int n = snprintf(to, KG_META_KEY_MAX, "sum:%s", kg_db_name(db));
    return (kg_str){to, (size_t)n};
}

void kg_shape_encode(unsigned char to[KG_SHAPE_BYTES], const kg_shape *shape) {
    kg_store_u64(to, shape->dtype);
    kg_store_u64(to + 8, shape->rows);
    kg_store_u64(to + 16, shape->columns);
    kg_store_u64(to + 24, shape->rows_per_block);
    kg_store_u64(to + 32, shape->triples_version);
    kg_store_u64(to + 40, kg_hash_bytes(to, 40, SEED));
}

bool kg_shape_decode(kg_shape *shape, kg_str value) {
    if (value.len != KG_SHAPE_BYTES ||
        kg_load_u64(value.data + 40) != kg_hash_bytes(value.data, 40, SEED))
        return false;
    shape->dtype = kg_load_u32(value.data);
    shape->rows = kg_load_u64(value.data + 8);
    shape->columns = kg_load_u64(value.data + 16);
    shape->rows_per_block = kg_load_u64(value.data + 24);
    shape->triples_version = kg_load_u64(value.data + 32);
    return shape->rows_per_block > 0;
}

kg_str kg_shape_key(char to[KG_META_KEY_MAX], const char *name) {
    size_t n = strlen(name);
    if (n == 0 || n > KG_TABLE_NAME_MAX)
        return (kg_str){"", 0};
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_.-:", name[i]))
            return (kg_str){"", 0};
    int length = snprintf(to, KG_META_KEY_MAX, "table:%s", name);
    return (kg_str){to, (size_t)length};
}

kg_str kg_block_key(char to[KG_META_KEY_MAX], const char *name, uint32_t block) {
    size_t n = strlen(name);
    memcpy(to, name, n + 1);
    for (int i = 0; i < 4; i++)
        to[n + 1 + (size_t)i] = (char)(block >> (24 - 8 * i));
    return (kg_str){to, n + 5};
}

bool kg_ids_are_sound(kg_str value, uint64_t end) {
    if (value.len == 0 || value.len % 4 != 0)
        return false;
    for (size_t at = 0; at < value.len; at += 4)
        if (kg_load_u32(value.data + at) >= end)
            return false;
    return true;
}

bool kg_pepr_is_sound(kg_str value, const kg_state *state, uint32_t k) {
    float before = INFINITY;
    if (value.len == 0 || value.len % KG_PEPR_EDGE_BYTES != 0 ||
        value.len > (size_t)KG_PEPR_MAX * KG_PEPR_EDGE_BYTES)
        return false;
    const char *edge = value.data, *end = edge + value.len;
    for (; k > 0 && edge < end; k--, edge += KG_PEPR_EDGE_BYTES) {
        int32_t direction = (int32_t)kg_load_u32(edge + 8);
        float weight = kg_load_f32(edge + 12);
        if (kg_load_u32(edge) >= state->entities || kg_load_u32(edge + 4) >= state->relations ||
            (direction != 1 && direction != -1) || !(weight >= 0 && weight <= before))
            return false;
        before = weight;
    }
    return true;
}

bool kg_weights_are_sound(kg_str content, uint64_t version, const kg_state *state) {
    uint64_t n = content.len / 8;
    return content.len % 8 == 0 && n <= state->entities && version == state->pagerank_version &&
           (version != state->triples_version || n == state->entities);
}

size_t kg_name_size(kg_str identifier, kg_str label) {
    return label.len ? 5 + identifier.len + label.len : 1 + identifier.len;
}

void kg_name_encode(unsigned char *to, kg_str identifier, kg_str label) {
    to[0] = label.len ? 1 : 0;
    if (!label.len) {
        memcpy(to + 1, identifier.data, identifier.len);
        return;
    }
    kg_store_u32(to + 1, (uint32_t)identifier.len);
    memcpy(to + 5, identifier.data, identifier.len);
    memcpy(to + 5 + identifier.len, label.data, label.len);
}

kg_str kg_tagged_text(kg_str tagged) {
    const char *nul = tagged.len ? memchr(tagged.data, '\0', tagged.len) : NULL;
    return nul ? (kg_str){tagged.data, (size_t)(nul - tagged.data)} : tagged;
}

kg_str kg_tagged_tag(kg_str tagged) {
    size_t n = kg_tagged_text(tagged).len;
    return n < tagged.len ? (kg_str){tagged.data + n + 1, tagged.len - n - 1} : (kg_str){NULL, 0};
}

kg_status kg_tagged_make(kg_bytes *to, kg_str text, kg_str tag) {
    kg_status st;
    KG_TRY(st, kg_array_reserve(to, text.len + 1 + tag.len));
    kg_array_append(to, text.data, text.len);
    if (tag.len == 0)
        return KG_OK;
    kg_array_append(to, "", 1);
    return kg_array_append(to, tag.data, tag.len);
}

bool kg_name_decode_tagged(kg_str *identifier, kg_str *label, kg_str value) {
    *label = (kg_str){NULL, 0};
    if (value.len < 2)
        return false;
    if (value.data[0] == 0) {
        *identifier = (kg_str){value.data + 1, value.len - 1};
        return true;
    }
    if (value.data[0] != 1 || value.len < 5)
        return false;
    size_t n = kg_load_u32(value.data + 1);
    if (n == 0 || n >= value.len - 5)
        return false;
    *identifier = (kg_str){value.data + 5, n};
    *label = (kg_str){value.data + 5 + n, value.len - 5 - n};
    return true;
}

bool kg_name_decode(kg_str *identifier, kg_str *label, kg_str value) {
    if (!kg_name_decode_tagged(identifier, label, value))
        return false;
    bool there = label->len > 0;
    *label = kg_tagged_text(*label);
    return !there || label->len > 0;
}

kg_str kg_index_key(unsigned char to[KG_INDEX_KEY_MAX], kg_str text) {
    if (text.len <= KG_INDEX_WHOLE)
        return text;
    memcpy(to, text.data, KG_INDEX_PREFIX);
    to[KG_INDEX_PREFIX] = 0xFF;
    kg_store_u64(to + KG_INDEX_PREFIX + 1, kg_hash_bytes(text.data, text.len, 0));
    return (kg_str){(const char *)to, KG_INDEX_PREFIX + 9};
}

kg_str kg_alias_key(char to[KG_INDEX_KEY_MAX], kg_str alias) {
    size_t n = 0;
    for (size_t i = 0; i < alias.len;) {
        uint32_t code_point;
        bool valid;
        size_t length = kg_utf8_decode(&code_point, &valid, alias.data + i, alias.len - i);
        if (valid)
            n += kg_utf8_encode(to + n, kg_char_lower(code_point));
        else
            to[n++] = alias.data[i];
        if (n > KG_INDEX_WHOLE)
            return (kg_str){NULL, 0};
        i += length;
    }
    return (kg_str){to, n};
}

bool kg_alias_list_next_tagged(kg_str *alias, kg_str *rest) {
    if (rest->len < 2)
        return false;
    size_t n = kg_load_u16(rest->data);
    if (n == 0 || n > rest->len - 2)
        return false;
    *alias = (kg_str){rest->data + 2, n};
    *rest = (kg_str){rest->data + 2 + n, rest->len - 2 - n};
    return true;
}

bool kg_alias_list_next(kg_str *alias, kg_str *rest) {
    if (!kg_alias_list_next_tagged(alias, rest))
        return false;
    *alias = kg_tagged_text(*alias);
    return true;
}

/* ---- Types of an entity ---------------------------------------------------------------------- */

kg_status kg_types_encode(kg_bytes *to, const uint32_t *types, size_t n) {
    static const uint16_t MARK = KG_TYPE_WIDE;
    kg_status st;
    bool wide = false;
    for (size_t i = 0; i < n; i++)
        wide = wide || types[i] >= KG_TYPE_WIDE;
    KG_TRY(st, kg_array_reserve(to, 2 + n * 4));
    if (wide)
        kg_array_append(to, (const char *)&MARK, 2);
    for (size_t i = 0; i < n; i++) {
        uint16_t narrow = (uint16_t)types[i];
        if (wide)
            kg_array_append(to, (const char *)&types[i], 4);
        else
            kg_array_append(to, (const char *)&narrow, 2);
    }
    return KG_OK;
}

bool kg_types_decode(kg_types *types, kg_str value, uint64_t end) {
    kg_types found = {(const unsigned char *)value.data, (uint32_t)(value.len / 2), false};
    *types = (kg_types){0};
    if (value.len >= 2 && kg_load_u16(value.data) == KG_TYPE_WIDE)
        found = (kg_types){found.data + 2, (uint32_t)((value.len - 2) / 4), true};
    if (found.count == 0 ||
        value.len != (found.wide ? 2 + (size_t)found.count * 4 : (size_t)found.count * 2))
        return false;
    for (uint32_t i = 0; i < found.count; i++)
        if (kg_types_at(found, i) >= end)
            return false;
    *types = found;
    return true;
}

bool kg_blob_decode(kg_str *content, uint64_t *triples_version, kg_str value) {
    if (value.len < KG_BLOB_HEADER)
        return false;
    uint64_t size = kg_load_u64(value.data);
    if (size > value.len - KG_BLOB_HEADER)
        return false;
    *triples_version = kg_load_u64(value.data + 8);
    *content = (kg_str){value.data + KG_BLOB_HEADER, size};
    return true;
}
