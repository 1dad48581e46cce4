/* Large blocks of memory. */
#ifndef KG_MODEL_BLOCK_H
#define KG_MODEL_BLOCK_H

#include <stddef.h>

/* `size` bytes aligned to 64, not cleared; large blocks on large pages where the system has them,
 * since products walk them in strides. For free(); NULL when out of memory. */
void *kg_block_new(size_t size);

#endif
