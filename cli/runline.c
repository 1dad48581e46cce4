#include "cli/runline.h"

#include "cli/terminal.h"
#include "kgstore/base/clock.h"

#include <stdio.h>

void kg_runline_begin(kg_runline *line) {
    *line = (kg_runline){0};
    pthread_mutex_init(&line->lock, NULL);
    kg_progress_begin(&line->phase);
    kg_interrupt_catch();
}

static void log_text(void *context, kgp_level level, const char *text) {
    kg_runline *line = context;
    if (level == KGP_DEBUG)
        return;
    pthread_mutex_lock(&line->lock);
    kg_progress_end(&line->phase);
    fprintf(stderr, "%s%s\n", level == KGP_WARNING ? "warning: " : "", text);
    pthread_mutex_unlock(&line->lock);
}

static void progress(void *context, const char *phase, uint64_t done, uint64_t total) {
    kg_runline *line = context;
    pthread_mutex_lock(&line->lock);
    kg_progress_update(&line->phase, phase, done, total);
    pthread_mutex_unlock(&line->lock);
}

kg_messages kg_runline_messages(kg_runline *line) {
    return (kg_messages){log_text, progress, kg_interrupted, line};
}

static void print_time(double seconds) {
    unsigned long s = (unsigned long)seconds;
    if (s >= 3600)
        fprintf(stderr, "  %lu:%02lu:%02lu left", s / 3600, s / 60 % 60, s % 60);
    else
        fprintf(stderr, "  %lu:%02lu left", s / 60, s % 60);
}

void kg_runline_step(void *context, const kg_run_progress *p) {
    kg_runline *line = context;
    char rate[16];
    double t = kg_clock();
    if (!line->phase.shown || t - line->drawn < 0.1)
        return;
    pthread_mutex_lock(&line->lock);
    line->drawn = t;
    line->phase.dirty = true;
    kg_terminal_control(stderr, "\r\033[K");
    fprintf(stderr, "step %llu", (unsigned long long)p->step);
    if (p->steps > 0)
        fprintf(stderr, " of %llu", (unsigned long long)p->steps);
    fprintf(stderr, "  loss %.4f", p->loss);
    kg_progress_count(rate, p->rate);
    if (p->rate > 0)
        fprintf(stderr, "  %s %s/s", rate, p->unit);
    if (p->seconds_left >= 0)
        print_time(p->seconds_left);
    fflush(stderr);
    pthread_mutex_unlock(&line->lock);
}

void kg_runline_end(kg_runline *line) {
    kg_progress_end(&line->phase);
    pthread_mutex_destroy(&line->lock);
}

void kg_runline_warn(void *context, const char *text) {
    (void)context;
    fprintf(stderr, "warning: %s\n", text);
}
