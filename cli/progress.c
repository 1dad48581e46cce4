#include "cli/progress.h"

#include "cli/terminal.h"
#include "kgstore/base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void kg_progress_begin(kg_progress *progress) {
    *progress = (kg_progress){.shown = isatty(STDERR_FILENO) == 1};
}

void kg_progress_count(char text[16], double n) {
    static const char units[] = " kMGT";
    size_t unit = 0;
    while (n >= 1000 && unit < 4) {
        n /= 1000;
        ++unit;
    }
    snprintf(text, 16, unit ? "%.1f %c" : "%.0f", n, units[unit]);
}

static void draw(const kg_progress *progress, uint64_t done, uint64_t total) {
    char count[16], rate[16];
    double seconds = progress->drawn - progress->started;
    double a_second = seconds > 0 ? (double)done / seconds : 0;
    kg_terminal_control(stderr, "\r\033[K");
    fputs(progress->phase, stderr);
    kg_progress_count(count, (double)done);
    if (done > 0)
        fprintf(stderr, "  %s", count);
    if (total > 0)
        fprintf(stderr, "  %.0f%%", 100.0 * (double)done / (double)total);
    kg_progress_count(rate, a_second);
    if (a_second > 0)
        fprintf(stderr, "  %s/s", rate);
    if (total > done && a_second > 0) {
        unsigned long left = (unsigned long)((double)(total - done) / a_second);
        fprintf(stderr, "  %lu:%02lu left", left / 60, left % 60);
    }
    fflush(stderr);
}

void kg_progress_update(void *context, const char *phase, uint64_t done, uint64_t total) {
    kg_progress *progress = context;
    if (!progress->shown)
        return;
    double t = kg_clock();
    if (!progress->phase || strcmp(progress->phase, phase) != 0) {
        progress->phase = phase;
        progress->started = t;
    } else if (t - progress->drawn < 0.1) {
        return;
    }
    progress->drawn = t;
    progress->dirty = true;
    draw(progress, done, total);
}

void kg_progress_end(kg_progress *progress) {
    if (progress->dirty)
        kg_terminal_control(stderr, "\r\033[K");
    progress->dirty = false;
}

/* The number of the signal that came, and whether SIGINT is to be caught each time. */
static volatile sig_atomic_t interrupted, held;

static void on_signal(int number) {
    interrupted = number;
    if (!held || number != SIGINT)
        signal(number, SIG_DFL);
}

/* A terminal that closes sends SIGHUP, unless nohup has it ignored; a batch system sends SIGTERM,
 * SIGXCPU or SIGUSR1. The handler has a stack of its own on this, the main thread, to which the
 * kernel gives such signals: code that oneDNN generates keeps data where a frame would be put. */
void kg_interrupt_catch(void) {
    static const int stops[] = {SIGINT, SIGTERM, SIGXCPU, SIGUSR1, SIGHUP};
    static char stack[64 << 10];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    struct sigaction old;
    sigaltstack(&own, NULL);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        sigaction(stops[i], &action, &old);
        if (stops[i] == SIGHUP && old.sa_handler == SIG_IGN)
            signal(SIGHUP, SIG_IGN);
    }
}

bool kg_interrupted(void *context) {
    (void)context;
    return interrupted != 0;
}

void kg_interrupt_hold(void) {
    held = 1;
    kg_interrupt_catch();
}

int kg_interrupt_take(void) {
    int number = interrupted;
    interrupted = 0;
    return number;
}
