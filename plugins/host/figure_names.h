/* What a run's figures are called in words, for those who read its report. */
#ifndef KG_HOST_FIGURE_NAMES_H
#define KG_HOST_FIGURE_NAMES_H

#include <stddef.h>

/* Write the words for a figure ("dev_f1": "F1, dev data") to buffer, or the name itself where there
 * are none for it. Returns buffer. */
const char *kg_figure_words(char *buffer, size_t size, const char *name);

#endif
