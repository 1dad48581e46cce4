/* Points in time and durations in the store, and other typed values of XML Schema. */
#include "kgstore/cypher/temporal_text.h"

#define XSD "http://www.w3.org/2001/XMLSchema#"
#define OWN "urn:kg:"

/* XML Schema's offsets are whole minutes, of at most 14 hours. */
static bool is_schema_offset(int32_t offset) {
    return offset % 60 == 0 && offset >= -14 * 3600 && offset <= 14 * 3600;
}

static bool is_schema_duration(const cy_temporal *t) {
    bool minus = t->months < 0 || t->days < 0 || t->seconds < 0;
    bool plus =
        t->months > 0 || t->days > 0 || t->seconds > 0 || (t->seconds == 0 && t->nanoseconds > 0);
    return !minus || !plus;
}

static const char *datatype_of(cy_kind kind, const cy_temporal *t) {
    if (kind == CY_DURATION)
        return is_schema_duration(t) ? XSD "duration" : OWN "duration";
    if (kind == CY_LOCAL_TIME || kind == CY_TIME)
        return is_schema_offset(t->offset) ? XSD "time" : OWN "time";
    return t->zone.len || !is_schema_offset(t->offset) ? OWN "datetime" : NULL;
}

kg_status cy_temporal_to_stored(kg_value *out, kg_arena *arena, const cy_value *value) {
    char buffer[CY_TEMPORAL_TEXT];
    const cy_temporal *t = value->as.temporal;
    const char *datatype = datatype_of(value->kind, t);
    bool own = datatype && strncmp(datatype, OWN, strlen(OWN)) == 0;
    kg_str text = cy_print_temporal(buffer, value->kind, t, own ? CY_FORM_CYPHER : CY_FORM_STORED);
    char *copy = kg_arena_copy(arena, text);
    *out = (kg_value){.kind = datatype                 ? KG_VALUE_TYPED
                              : value->kind == CY_DATE ? KG_VALUE_DATE
                                                       : KG_VALUE_DATETIME,
                      .text = {copy, text.len},
                      .tag = kg_str_from(datatype)};
    return copy ? KG_OK : KG_ERR_MEMORY;
}

/* ---- Back ------------------------------------------------------------------------------------ */

/* A point in time whose kind says whether it has an offset: tried as one that has. The offset of a
 * named zone is the text's, whatever the system says of the zone now. */
static kg_status read_point(cy_value *out, kg_arena *arena, cy_kind kind, kg_str text) {
    cy_temporal parts;
    bool has_offset;
    cy_kind local = kind == CY_TIME ? CY_LOCAL_TIME : CY_LOCAL_DATETIME;
    if (!cy_scan_temporal(&parts, &has_offset, kind, text, CY_FORM_STORED))
        return KG_ERR_FORMAT;
    bool is_local = (kind == CY_TIME || kind == CY_DATETIME) && !has_offset && !parts.zone.len;
    return cy_temporal_make(out, arena, is_local ? local : kind, &parts);
}

static bool is_one_of(const char *const *names, kg_str name) {
    for (; *names; names++)
        if (kg_str_equal(kg_str_from(*names), name))
            return true;
    return false;
}

/* The numbers among XML Schema's datatypes; an integer that does not fit 64 bits is a float. */
static bool read_number(cy_value *out, kg_str name, kg_str text) {
    static const char *const INTEGERS[] = {"integer",
                                           "long",
                                           "int",
                                           "short",
                                           "byte",
                                           "unsignedLong",
                                           "unsignedInt",
                                           "unsignedShort",
                                           "unsignedByte",
                                           "positiveInteger",
                                           "negativeInteger",
                                           "nonNegativeInteger",
                                           "nonPositiveInteger",
                                           NULL};
    static const char *const REALS[] = {"decimal", "float", "double", NULL};
    kg_value number;
    bool integer = is_one_of(INTEGERS, name);
    if (integer && kg_value_parse(&number, KG_VALUE_INTEGER, text, NULL) == KG_OK)
        *out = cy_integer(number.as.integer);
    else if ((integer || is_one_of(REALS, name)) &&
             kg_value_parse(&number, KG_VALUE_FLOAT, text, NULL) == KG_OK)
        *out = cy_float(number.as.real);
    else
        return false;
    return true;
}

static bool kind_of_datatype(cy_kind *kind, kg_str name) {
    static const struct {
        const char *name;
        cy_kind kind;
    } KINDS[] = {{"time", CY_TIME},
                 {"duration", CY_DURATION},
                 {"dayTimeDuration", CY_DURATION},
                 {"yearMonthDuration", CY_DURATION},
                 {"dateTimeStamp", CY_DATETIME},
                 {"datetime", CY_DATETIME}};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (kg_str_equal(kg_str_from(KINDS[i].name), name)) {
            *kind = KINDS[i].kind;
            return true;
        }
    return false;
}

static bool strip_prefix(kg_str *name, const char *prefix) {
    size_t n = strlen(prefix);
    if (name->len <= n || memcmp(name->data, prefix, n) != 0)
        return false;
    *name = (kg_str){name->data + n, name->len - n};
    return true;
}

kg_status cy_temporal_from_stored(cy_value *out, kg_arena *arena, const kg_value *value) {
    cy_kind kind = value->kind == KG_VALUE_DATE ? CY_DATE : CY_DATETIME;
    kg_str name = value->tag;
    bool is_point = true;
    if (value->kind == KG_VALUE_TYPED) {
        bool schema = strip_prefix(&name, XSD);
        if (schema && read_number(out, name, value->text))
            return KG_OK;
        is_point = (schema || strip_prefix(&name, OWN)) && kind_of_datatype(&kind, name);
    }
    kg_status st = is_point ? read_point(out, arena, kind, value->text) : KG_ERR_FORMAT;
    if (st != KG_ERR_FORMAT && st != KG_ERR_LIMIT)
        return st;
    *out = cy_string(value->text); /* of another datatype, or not what its datatype says */
    return KG_OK;
}
