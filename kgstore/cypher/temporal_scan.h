/* Texts of points in time and durations, taken apart: no zone is asked yet for its offset. */
#ifndef KG_CYPHER_TEMPORAL_SCAN_H
#define KG_CYPHER_TEMPORAL_SCAN_H

#include "kgstore/cypher/temporal.h"

/* How a text is read. */
typedef enum cy_form {
    CY_FORM_CYPHER,
    CY_FORM_STORED /* XML Schema's: the hour 24 and the second 60 are times too */
} cy_form;

/* The parts of a text of a kind; the zone's name is borrowed from it. *has_offset: the text has
 * one, else it is 0. False: the text is none of that kind. */
bool cy_scan_temporal(cy_temporal *parts, bool *has_offset, cy_kind kind, kg_str text,
                      cy_form form);

/* Step over an offset: Z, +hh, +hhmm, +hh:mm, +hhmmss, +hh:mm:ss, of at most 18 hours. */
bool cy_scan_offset(kg_str *rest, int32_t *offset);

/* A duration: P1Y2M3W4DT5H6M7.8S, each number with a sign and a fraction if any, or
 * P0001-02-03T04:05:06. */
bool cy_scan_duration(cy_temporal *parts, kg_str text);

/* ---- What texts are made of ------------------------------------------------------------------ */

/* Step over a character if it is next. */
static inline bool cy_scan_mark(kg_str *rest, char mark) {
    if (rest->len == 0 || rest->data[0] != mark)
        return false;
    *rest = (kg_str){rest->data + 1, rest->len - 1};
    return true;
}

static inline size_t cy_count_digits(kg_str rest) {
    size_t n = 0;
    while (n < rest.len && rest.data[n] >= '0' && rest.data[n] <= '9')
        n++;
    return n;
}

/* Step over exactly this many digits, 18 at most. */
static inline bool cy_scan_digits(kg_str *rest, int64_t *out, size_t digits) {
    if (digits > 18 || cy_count_digits(*rest) < digits)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + (rest->data[i] - '0');
    *rest = (kg_str){rest->data + digits, rest->len - digits};
    return true;
}

#endif
