/* Input: a byte that chooses a kind of record, then its bytes, as a damaged store may hold them.
 * What a decoder hands out lies within the record; properties that are sound stay what they are
 * when they are packed, merged and written as text again. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/store/layout.h"
#include "kgstore/store/properties.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 1000 };

static void hold(bool promise) {
    if (!promise)
        abort();
}

/* Read every byte of what was handed out. */
static void touch(const void *data, size_t n) {
    static volatile unsigned char sum;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < n; i++)
        sum = (unsigned char)(sum + bytes[i]);
}

static void touch_text(kg_str text) {
    touch(text.data, text.len);
}

/* ---- Properties ------------------------------------------------------------------------------
 */

static void check_text(const kg_value *value) {
    char buffer[KG_VALUE_BUFFER];
    kg_value again;
    if (value->kind == KG_VALUE_TYPED || value->kind == KG_VALUE_LIST)
        return;
    kg_str text = kg_value_text(buffer, value);
    hold(kg_value_parse(&again, value->kind, text, NULL) == KG_OK);
    again.tag = value->tag;
    hold(kg_value_equal(&again, value));
}

/* A value that a store may hold is packed into the bytes that it came from. */
static void check_value(const kg_value *value, kg_str from) {
    kg_value item;
    kg_bytes packed = KG_ARRAY_INIT;
    kg_str rest = value->text;
    touch_text(value->text);
    touch_text(value->tag);
    while (value->kind == KG_VALUE_LIST && kg_value_next(&item, &rest))
        touch_text(item.text);
    if (kg_value_check(value, NULL) != KG_OK)
        return;
    hold(kg_value_pack(&packed, value) == KG_OK);
    hold(kg_str_equal((kg_str){packed.data, packed.len}, from));
    kg_array_free(&packed);
    check_text(value);
}

static void check_merging(kg_str pieces) {
    kg_property_merger merger = {.list = KG_ARRAY_INIT};
    kg_bytes once = KG_ARRAY_INIT, twice = KG_ARRAY_INIT;
    uint64_t values, again;
    bool sound = kg_properties_are_sound(pieces, KEYS);
    kg_status st = kg_properties_merge(&once, &values, &merger, pieces);
    hold(st == KG_OK || (st == KG_ERR_CORRUPT && !sound));
    if (st == KG_OK) {
        const kg_str record = {once.data, once.len};
        hold(kg_properties_merge(&twice, &again, &merger, record) == KG_OK);
        hold(kg_str_equal(record, (kg_str){twice.data, twice.len}) && again == values);
        hold(!sound || kg_properties_are_sound(record, KEYS));
    }
    kg_array_free(&once);
    kg_array_free(&twice);
    kg_property_merger_free(&merger);
}

static void read_properties(kg_str record) {
    kg_id key;
    kg_value value;
    kg_str rest = record;
    for (const char *from = rest.data; kg_property_next(&key, &value, &rest); from = rest.data)
        check_value(&value, (kg_str){from + sizeof key, (size_t)(rest.data - from) - sizeof key});
    check_merging(record);
}

/* ---- The others ------------------------------------------------------------------------------
 */

static void read_name(kg_str record) {
    kg_str identifier, label;
    if (!kg_name_decode_tagged(&identifier, &label, record))
        return;
    touch_text(identifier);
    touch_text(kg_tagged_text(label));
    touch_text(kg_tagged_tag(label));
    if (label.len > 0 && kg_name_size(identifier, label) == record.len) {
        unsigned char *again = malloc(record.len);
        hold(again != NULL);
        kg_name_encode(again, identifier, label);
        hold(memcmp(again, record.data, record.len) == 0);
        free(again);
    }
}

static void read_aliases(kg_str record) {
    kg_str alias;
    while (kg_alias_list_next_tagged(&alias, &record)) {
        touch_text(kg_tagged_text(alias));
        touch_text(kg_tagged_tag(alias));
    }
}

static void read_types(kg_str record) {
    kg_types types;
    if (!kg_types_decode(&types, record, KEYS))
        return;
    for (uint32_t i = 0; i < types.count; i++)
        hold(kg_types_at(types, i) < KEYS);
}

static void read_block(kg_str record) {
    kg_block block;
    if (!kg_block_decode(&block, record))
        return;
    touch(block.out, (size_t)block.n_out * KG_EDGE_BYTES);
    touch(block.in, (size_t)block.n_in * KG_EDGE_BYTES);
}

static void read_ids(kg_str record) {
    const kg_state state = {.entities = KEYS, .relations = KEYS};
    if (kg_ids_are_sound(record, KEYS))
        for (size_t at = 0; at < record.len; at += 4)
            hold(kg_load_u32(record.data + at) < KEYS);
    (void)kg_pepr_is_sound(record, &state, KG_PEPR_MAX);
}

static void read_meta(kg_str record) {
    kg_state state;
    kg_shape shape;
    kg_sum sum;
    kg_str content;
    uint64_t version;
    uint32_t edge[3];
    (void)kg_state_decode(&state, record);
    (void)kg_shape_decode(&shape, record);
    (void)kg_sum_decode(&sum, record);
    (void)kg_edge_key_decode(edge, record);
    if (kg_blob_decode(&content, &version, record))
        touch_text(content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(kg_str) = {read_properties, read_name, read_aliases, read_types,
                                              read_block,      read_ids,  read_meta};
    if (size == 0)
        return 0;
    readers[data[0] % (sizeof readers / sizeof *readers)](
        (kg_str){(const char *)data + 1, size - 1});
    return 0;
}
