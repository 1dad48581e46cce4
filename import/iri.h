/* Identifiers as IRIs. Those that are absolute IRIs by RFC 3987 stand as they are, others as
 * urn:kg:NAME, with the characters that an IRI cannot hold as %XX. */
#ifndef KG_IMPORT_IRI_H
#define KG_IMPORT_IRI_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/str.h"

#include <stdbool.h>

/* Append to out; kg_iri_decode undoes kg_iri_encode for every name. KG_ERR_MEMORY. */
kg_status kg_iri_encode(kg_bytes *out, kg_str name);
kg_status kg_iri_decode(kg_bytes *out, kg_str iri);

/* Is it urn:kg:NAME? */
bool kg_iri_is_own(kg_str iri);

/* The name that an IRI stands for: a text in the arena, or itself, as where its %XX are of no text
 * (no UTF-8, or a NUL). KG_ERR_MEMORY. */
kg_status kg_iri_name(kg_str *out, kg_arena *arena, kg_str iri);

/* Append urn:kg:NAME even where name is an IRI, for one that stands where it would mean something
 * else. `also`: further characters to write as %XX. kg_iri_decode undoes it. KG_ERR_MEMORY. */
kg_status kg_iri_encode_own(kg_bytes *out, kg_str name, const char *also);

#endif
