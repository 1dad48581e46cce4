/* A command measured as a whole process, beside one that does nothing.
 *
 * usage: bench_process RUNS COMMAND [ARGUMENT]...      its output is thrown away */
#include "bench_tool.h"

#include "kgstore/base/clock.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct taken {
    double wall_ms, cpu_ms;
} taken;

static double milliseconds(struct timeval t) {
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec * 1e-3;
}

/* Run argv once, wait for it, and say what it took. */
static taken run(char **argv, const posix_spawn_file_actions_t *quietly) {
    pid_t child;
    int status;
    struct rusage usage;
    double start = kg_clock();
    int rc = posix_spawnp(&child, argv[0], quietly, NULL, argv, environ);
    if (rc != 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        fprintf(stderr, "bench_process: %s: %s\n", argv[0], rc ? strerror(rc) : "failed");
        exit(1);
    }
    return (taken){(kg_clock() - start) * 1e3,
                   milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)};
}

/* Both commands in turn, so that a busy moment falls on both. */
static void measure(size_t runs, char **argv, char **peer,
                    const posix_spawn_file_actions_t *quietly) {
    double *times = malloc(3 * runs * sizeof *times);
    if (!times)
        exit(1);
    double *wall = times, *cpu = times + runs, *peer_wall = cpu + runs;
    double first = run(argv, quietly).wall_ms;
    for (size_t i = 0; i < runs; i++) {
        taken t = run(argv, quietly);
        wall[i] = t.wall_ms;
        cpu[i] = t.cpu_ms;
        peer_wall[i] = run(peer, quietly).wall_ms;
    }
    printf("{\"bench\":\"whole process\",\"command\":\"%s %s\",\"runs\":%zu,\"first_ms\":%.2f,"
           "\"median_ms\":%.2f,\"fastest_ms\":%.2f,\"cpu_median_ms\":%.2f,\"peer\":\"%s\","
           "\"peer_median_ms\":%.2f}\n",
           strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], argv[1] ? argv[1] : "",
           runs, first, bench_quantile(wall, runs, 0.5), bench_quantile(wall, runs, 0),
           bench_quantile(cpu, runs, 0.5), peer[0], bench_quantile(peer_wall, runs, 0.5));
    free(times);
}

int main(int argc, char **argv) {
    char nothing[] = "/bin/true", *peer[] = {nothing, NULL};
    posix_spawn_file_actions_t quietly;
    size_t runs = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (runs == 0) {
        fprintf(stderr, "usage: bench_process RUNS COMMAND [ARGUMENT]...\n");
        return 2;
    }
    if (posix_spawn_file_actions_init(&quietly) != 0 ||
        posix_spawn_file_actions_addopen(&quietly, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
        return 1;
    measure(runs, argv + 2, peer, &quietly);
    posix_spawn_file_actions_destroy(&quietly);
    return 0;
}
