/* Large zeroed memory that is cheap to get and to give back: from 2 MiB on it comes from the kernel
 * in huge pages where there are some, so that a query that holds gigabytes ends at once. */
#ifndef KG_BASE_HUGEPAGES_H
#define KG_BASE_HUGEPAGES_H

#include <stddef.h>

enum { KG_HUGE_PAGE = 2 << 20 };

/* size bytes, zeroed, aligned to 16; NULL when out of memory. kg_pages_free with the same size. */
void *kg_pages_new(size_t size);
void kg_pages_free(void *pages, size_t size); /* NULL is safe */

#endif
