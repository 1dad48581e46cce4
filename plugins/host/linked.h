/* Text linked by other means: lines as `kg link --json` writes them (schemas/link.schema.json),
 *
 *     {"text": "...", "mentions": [{"start": 0, "end": 2, "entity": "..."}, ...]}
 *
 * in order, none overlapping the one before. A place is given in characters (start, end) or in
 * bytes of the text as UTF-8 (byte_start, byte_end); where both are given they must agree. An
 * entity is named by its identifier. Other keys are ignored. */
#ifndef KG_HOST_LINKED_H
#define KG_HOST_LINKED_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "kgstore/kgstore.h"

#include <jansson.h>

/* All zero but for the snapshot: nothing read yet. */
typedef struct kg_linked {
    kg_snapshot *snapshot; /* borrowed; NULL: entities are not looked up and mentions left out */
    kg_str text;           /* of the line last read, until the next */
    kg_mentions mentions;  /* likewise */
    json_t *line;          /* what text lies in */
} kg_linked;

/* Read a line. KG_ERR_FORMAT where it is not such a line, KG_ERR_NOT_FOUND where the store has no
 * such entity: the error, which has no place, says what was found and what was expected. */
kg_status kg_linked_read(kg_linked *linked, kg_str line, kg_error *err);

/* Read the text of a line alone, which need not have mentions. KG_ERR_FORMAT. */
kg_status kg_linked_read_text(kg_linked *linked, kg_str line, kg_error *err);

/* Free what was read. */
void kg_linked_free(kg_linked *linked);

#endif
