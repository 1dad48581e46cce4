/* A clock that only goes forward, for how long something took. */
#ifndef KG_BASE_CLOCK_H
#define KG_BASE_CLOCK_H

#include <time.h>

/* Seconds since some moment that stays the same while the machine runs. */
static inline double kg_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
