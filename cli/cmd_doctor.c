#include "cli/command.h"

#include "plugins/host/loader.h"
#include "plugins/host/machine.h"
#include "kgstore/base/module.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *const columns[] = {"what", "verdict", "finding"};

/* Verdicts: nothing to see to, something is absent that some commands need, something is wrong. */
static const char fine[] = "ok", absent[] = "absent", wrong[] = "wrong";

__attribute__((format(printf, 4, 5))) static void
add(kg_result *result, const char *what, const char *verdict, const char *format, ...) {
    char text[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    kg_result_text(result, kg_str_from(what));
    kg_result_text(result, kg_str_from(verdict));
    kg_result_text(result, kg_str_from(text));
}

static void tell_machine(kg_result *result) {
    kg_machine_fact facts[8];
    cpu_set_t allowed;
    struct rlimit limit;
    size_t n = kg_machine_facts(facts);
    for (size_t i = 0; i < n; ++i)
        add(result, facts[i].name, fine, "%s", facts[i].value);
    const char *threads = getenv("OMP_NUM_THREADS");
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        add(result, "threads", fine,
            "%d processors allowed, OMP_NUM_THREADS %s, OMP_WAIT_POLICY %s", CPU_COUNT(&allowed),
            threads ? threads : "not set", getenv("OMP_WAIT_POLICY"));
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        add(result, "address space", wrong,
            "limited to %.1f GiB (ulimit -v): larger stores cannot be opened",
            (double)limit.rlim_cur / 0x1p30);
}

/* The shared libraries of the process whose names begin with one of ours, by their files. */
static void tell_libraries(kg_result *result) {
    static const char *const ours[] = {"liblmdb", "libjansson", "libutf8proc", "libz."};
    char line[1024], seen[4][128] = {"", "", "", ""};
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && fgets(line, sizeof line, maps)) {
        const char *file = strrchr(line, '/');
        for (size_t i = 0; file && i < sizeof ours / sizeof *ours; ++i)
            if (strncmp(file + 1, ours[i], strlen(ours[i])) == 0)
                snprintf(seen[i], sizeof seen[i], "%.*s", (int)strcspn(file + 1, "\n"), file + 1);
    }
    if (maps)
        fclose(maps);
    add(result, "libraries", fine, "%s %s %s %s", seen[0], seen[1], seen[2], seen[3]);
}

/* A module and, through it, the version of the foreign library that it links. */
static void tell_ranking(kg_result *result) {
    kg_error err = KG_ERROR_INIT;
    kg_module *module;
    if (kg_module_open(&module, "kg_rank_igraph.so", &err) != KG_OK) {
        add(result, "ranking", absent, "%s", err.text);
        return;
    }
    int (*igraph_version)(const char **, int *, int *, int *);
    const char *version = "of an unknown version";
    if (kg_module_symbol(&igraph_version, module, "igraph_version", NULL) == KG_OK)
        igraph_version(&version, NULL, NULL, NULL);
    add(result, "ranking", fine, "igraph %s", version);
    kg_module_close(module);
}

static void tell_mpi(kg_result *result) {
    kg_module *module;
    if (kg_module_open(&module, "kg_collective_mpi.so", NULL) != KG_OK) {
        add(result, "MPI", absent,
            "not built in, so a training run has one rank; install libopenmpi-dev and build again");
        return;
    }
    int (*library_version)(char *, int *);
    char version[8192] = "of an unknown version"; /* MPI_MAX_LIBRARY_VERSION_STRING and more */
    int n = 0;
    if (kg_module_symbol(&library_version, module, "MPI_Get_library_version", NULL) == KG_OK)
        library_version(version, &n);
    add(result, "MPI", fine, "%.*s", (int)strcspn(version, ",\n"), version);
    kg_module_close(module);
}

/* What computes: the model's library, and BLAS, as a plugin that trains links them. */
static void tell_blas(kg_result *result, const char *plugin) {
    kg_module *module;
    const char *(*config)(void), *(*core)(void), *(*arithmetic)(void);
    int (*threads)(void);
    if (kg_module_open(&module, plugin, NULL) != KG_OK)
        return;
    if (kg_module_symbol(&config, module, "openblas_get_config", NULL) == KG_OK &&
        kg_module_symbol(&core, module, "openblas_get_corename", NULL) == KG_OK &&
        kg_module_symbol(&threads, module, "openblas_get_num_threads", NULL) == KG_OK)
        add(result, "BLAS", fine, "%s; kernel %s, %d threads", config(), core(), threads());
    if (kg_module_symbol(&arithmetic, module, "kg_arithmetic", NULL) == KG_OK)
        add(result, "arithmetic", fine, "%s", arithmetic());
    kg_module_close(module);
}

static void warn(void *context, const char *text) {
    add(context, "plugin", wrong, "%s", text);
}

static kg_status tell_plugins(kg_result *result, kg_error *err) {
    kg_plugins plugins;
    kg_status st;
    bool blas = false;
    KG_TRY(st, kg_plugins_scan(&plugins, warn, result, err));
    for (size_t i = 0; i < plugins.len; ++i) {
        const kgp_entry *entry = kg_plugin_entry_of(plugins.data[i]);
        add(result, "plugin", fine, "%s (ABI %u.%u.%u)", kg_plugin_path(plugins.data[i]),
            entry->abi_major, entry->abi_minor, entry->abi_revision);
    }
    if (plugins.len == 0)
        add(result, "plugin", absent, "none was found; KG_PLUGIN_PATH names folders to look in");
    for (size_t i = 0; i < plugins.len && !blas; ++i) {
        size_t before = kg_result_rows(result);
        tell_blas(result, kg_plugin_path(plugins.data[i]));
        blas = kg_result_rows(result) > before;
    }
    if (!blas)
        add(result, "BLAS", absent, "no plugin links it; training and encoding need one that does");
    kg_plugins_close(&plugins);
    return KG_OK;
}

static void tell_folder(kg_result *result, const char *what, const char *folder) {
    struct statvfs disk;
    if (access(folder, W_OK | X_OK) != 0 || statvfs(folder, &disk) != 0) {
        kg_error err = KG_ERROR_INIT;
        kg_error_errno(&err, "write into", folder);
        add(result, what, wrong, "%s", err.text);
        return;
    }
    double left = (double)disk.f_bavail * (double)disk.f_frsize / 0x1p30;
    add(result, what, left < 1 ? wrong : fine, "%s: can be written, %.1f GiB free", folder, left);
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_result result = KG_RESULT_INIT;
    const char *temporary = getenv("TMPDIR");
    kg_result_columns(&result, KG_SHAPE_ROWS, columns, sizeof columns / sizeof *columns);
    tell_machine(&result);
    tell_libraries(&result);
    tell_ranking(&result);
    tell_mpi(&result);
    kg_status st = tell_plugins(&result, err);
    tell_folder(&result, "folder", call->n_args > 0 ? call->args[0] : ".");
    tell_folder(&result, "temporary files", temporary ? temporary : "/tmp");
    if (st == KG_OK)
        st = result.status == KG_OK ? kg_output_result(stdout, &result, call->mode) : result.status;
    kg_result_free(&result);
    return st;
}

const kg_command cmd_doctor = {.name = "doctor",
                               .summary = "Show what this machine and installation can do",
                               .arguments = "[FOLDER]",
                               .max_args = 1,
                               .run = run};
