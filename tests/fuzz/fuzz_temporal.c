/* Input: a byte that chooses what is read, then a text: a point in time or a duration in Cypher's
 * notation, a time zone or its rule beside a moment, or a value as a store may hold one. What can
 * be read is written so that it reads the same, and is stored and found again the same. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/cypher/temporal_rule.h"
#include "kgstore/cypher/temporal_text.h"
#include "kgstore/cypher/temporal_zone.h"

#include <stdlib.h>
#include <string.h>

static void hold(bool promise) {
    if (!promise)
        abort();
}

static bool same(const cy_value *v, const cy_value *w) {
    const struct cy_temporal *a = v->as.temporal, *b = w->as.temporal;
    return v->kind == w->kind && a->months == b->months && a->days == b->days &&
           a->seconds == b->seconds && a->nanoseconds == b->nanoseconds && a->offset == b->offset;
}

static void read_point(kg_arena *arena, cy_kind kind, kg_str text) {
    cy_value v, w;
    kg_str shown;
    kg_value stored;
    kg_error err = KG_ERROR_INIT;
    if (cy_temporal_parse(&v, arena, kind, text) != KG_OK)
        return;
    hold(cy_temporal_text(&shown, arena, &v) == KG_OK);
    hold(cy_temporal_parse(&w, arena, kind, shown) == KG_OK && same(&v, &w));
    hold(cy_temporal_to_stored(&stored, arena, &v) == KG_OK);
    hold(kg_value_check(&stored, &err) == KG_OK);
    hold(cy_temporal_from_stored(&w, arena, &stored) == KG_OK && same(&v, &w));
}

static void read_stored(kg_arena *arena, bool point, kg_str text) {
    cy_value v;
    kg_error err = KG_ERROR_INIT;
    kg_value stored = {.kind = KG_VALUE_TYPED,
                       .text = text,
                       .tag = KG_STR("http://www.w3.org/2001/XMLSchema#duration")};
    if (point)
        stored.kind = KG_VALUE_DATETIME;
    if (kg_value_check(&stored, &err) != KG_OK)
        return;
    hold(cy_temporal_from_stored(&v, arena, &stored) == KG_OK);
    hold(!point || v.kind != CY_STRING);
}

/* Eight bytes are the moment, the rest the zone. */
static void find_offset(bool rule, kg_str text) {
    int64_t moment;
    int32_t offset;
    if (text.len < sizeof moment)
        return;
    memcpy(&moment, text.data, sizeof moment);
    text = (kg_str){text.data + sizeof moment, text.len - sizeof moment};
    if (rule)
        cy_rule_offset(&offset, text, moment / 2);
    else
        cy_zone_offset_in(&offset, text, moment / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { KINDS = 6, ZONE = KINDS, RULE, STORED, STORED_POINT, CHOICES };
    static kg_arena arena;
    if (size < 2)
        return 0;
    int which = data[0] % CHOICES;
    char *copy = malloc(size - 1); /* its end is that of the memory */
    if (!copy)
        return 0;
    memcpy(copy, data + 1, size - 1);
    kg_str text = {copy, size - 1};
    if (which < KINDS)
        read_point(&arena, (cy_kind)(CY_DATE + which), text);
    else if (which == ZONE || which == RULE)
        find_offset(which == RULE, text);
    else
        read_stored(&arena, which == STORED_POINT, text);
    free(copy);
    kg_arena_reset(&arena);
    return 0;
}
