/* Values of KGTK: "text", 'text'@en, ^2024-02-29T00:00:00Z/11, numbers, quantities and places. */
#ifndef KG_IMPORT_KGTK_VALUE_H
#define KG_IMPORT_KGTK_VALUE_H

#include "kgstore/base/arena.h"
#include "kgstore/base/value.h"

/* Is it any of those, rather than a name? */
bool kg_kgtk_is_literal(kg_str text);

/* The value; its texts are in the arena or borrowed. What is none of a store's own kinds, as a
 * quantity with a unit, keeps its text, of the datatype kgtk:quantity, kgtk:date, kgtk:location or
 * kgtk:extension; a name is a text. KG_ERR_MEMORY. */
kg_status kg_kgtk_value(kg_value *out, kg_arena *arena, kg_str text);

#endif
