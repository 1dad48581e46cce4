#include "kgstore/graph/edge_weights.h"

#include <math.h>

static kg_status refuse(kg_snapshot *s, const kg_id edge[3], kg_id key, const char *what,
                        kg_error *err) {
    static const kg_kind KINDS[] = {KG_ENTITY, KG_RELATION, KG_ENTITY, KG_KEY};
    const kg_id ids[] = {edge[0], edge[1], edge[2], key};
    kg_str names[4];
    for (int i = 0; i < 4; i++) {
        if (kg_name_get(&names[i], s, KINDS[i], ids[i]) != KG_OK)
            names[i] = KG_STR("?");
        names[i].len = names[i].len < 100 ? names[i].len : 100;
    }
    return kg_error_set(err, KG_ERR_FORMAT,
                        "the property %.*s of %.*s %.*s %.*s is %s; expected a number, 0 or more",
                        KG_STR_ARG(names[3]), KG_STR_ARG(names[0]), KG_STR_ARG(names[1]),
                        KG_STR_ARG(names[2]), what);
}

kg_status kg_edge_weight(double *weight, kg_snapshot *s, const kg_id edge[3], kg_id key,
                         kg_error *err) {
    kg_status st;
    kg_properties properties;
    kg_value value;
    *weight = 1;
    KG_TRY(st, kg_edge_properties(&properties, s, edge[0], edge[1], edge[2]));
    if (!kg_properties_find(&value, properties, key))
        return KG_OK;
    if (value.kind == KG_VALUE_INTEGER)
        *weight = (double)value.as.integer;
    else if (value.kind == KG_VALUE_FLOAT)
        *weight = value.as.real;
    else
        return refuse(s, edge, key, kg_value_kind_name(value.kind), err);
    if (*weight >= 0 && isfinite(*weight))
        return KG_OK;
    return refuse(s, edge, key, *weight < 0 ? "negative" : "not finite", err);
}
