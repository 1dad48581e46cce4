/* Identifiers as IRIs: those that are absolute IRIs stand as they are, others as urn:kg:NAME with
 * the characters that an IRI cannot hold as %XX. */
#ifndef KG_IMPORT_IRI_H
#define KG_IMPORT_IRI_H

#include "kgstore/base/array.h"
#include "kgstore/base/str.h"

/* Append to out; kg_iri_decode undoes kg_iri_encode for every name. KG_ERR_MEMORY. */
kg_status kg_iri_encode(kg_bytes *out, kg_str name);
kg_status kg_iri_decode(kg_bytes *out, kg_str iri);

#endif
