#include "kgstore/base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct kg_module {
    void *handle;
    char *path;
};

void kg_paths_free(kg_paths *paths) {
    for (size_t i = 0; i < paths->len; ++i)
        free(paths->data[i]);
    kg_array_free(paths);
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Append a path that was allocated, taking it over; NULL means that its allocation failed. */
static kg_status take(kg_paths *out, char *path) {
    if (!path)
        return KG_ERR_MEMORY;
    if (!is_folder(path)) {
        free(path);
        return KG_OK;
    }
    kg_status st = kg_array_push(out, path);
    if (st != KG_OK)
        free(path);
    return st;
}

static kg_status add_environment(kg_paths *out) {
    kg_status st;
    const char *at = getenv("KG_PLUGIN_PATH");
    while (at && *at) {
        size_t n = strcspn(at, ":");
        if (n > 0)
            KG_TRY(st, take(out, strndup(at, n)));
        at += n + (at[n] == ':');
    }
    return KG_OK;
}

/* path is PREFIX/bin/kg, PREFIX/lib/libkgstore.so or BUILD/<room>/kg: go up until lib/kg is there.
 */
static kg_status add_beside(kg_paths *out, char *path, bool plugins) {
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        char *folder = NULL;
        if (asprintf(&folder, "%s/" KG_LIBDIR "/kg%s", path, plugins ? "/plugins" : "") < 0)
            return KG_ERR_MEMORY;
        if (is_folder(folder))
            return take(out, folder);
        free(folder);
    }
    return KG_OK;
}

static kg_status add_beside_program(kg_paths *out, bool plugins) {
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return KG_OK;
    path[n] = '\0';
    return add_beside(out, path, plugins);
}

static kg_status add_beside_library(kg_paths *out, bool plugins) {
    static const char here;
    char path[PATH_MAX];
    Dl_info info;
    if (dladdr(&here, &info) == 0 || !info.dli_fname || !realpath(info.dli_fname, path))
        return KG_OK;
    return add_beside(out, path, plugins);
}

kg_status kg_module_folders(kg_paths *out, bool plugins) {
    *out = (kg_paths)KG_ARRAY_INIT;
    kg_status st = add_environment(out);
    if (st == KG_OK)
        st = add_beside_program(out, plugins);
    size_t n = out->len;
    if (st == KG_OK)
        st = add_beside_library(out, plugins);
    if (st == KG_OK && n > 0 && out->len > n && strcmp(out->data[n - 1], out->data[n]) == 0)
        free(out->data[--out->len]); /* it is the program's too */
    if (st != KG_OK)
        kg_paths_free(out);
    return st;
}

/* *path: the first folder's file of that name, the caller's; NULL where there is none, and then
 * the folders are told in err. */
static kg_status find(char **path, const char *name, kg_error *err) {
    kg_paths folders;
    *path = NULL;
    kg_status st = kg_module_folders(&folders, false);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory looking for %s", name);
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < folders.len && st == KG_OK; ++i) {
        free(*path);
        if (asprintf(path, "%s/%s", folders.data[i], name) < 0) {
            *path = NULL;
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory looking for %s", name);
        } else if (access(*path, R_OK) == 0) {
            break;
        } else {
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     folders.data[i]);
            if (used >= sizeof list)
                used = sizeof list - 1;
            free(*path);
            *path = NULL;
        }
    }
    kg_paths_free(&folders);
    if (st == KG_OK && !*path)
        st = kg_error_set(err, KG_ERR_NOT_FOUND,
                          "module %s is in none of the plugin folders (%s); install it or name its "
                          "folder in KG_PLUGIN_PATH",
                          name, used ? list : "none exists");
    return st;
}

kg_status kg_module_open(kg_module **out, const char *name, kg_error *err) {
    *out = NULL;
    kg_module *m = calloc(1, sizeof *m);
    if (!m)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", name);
    kg_status st = KG_OK;
    if (strchr(name, '/')) {
        m->path = strdup(name);
        if (!m->path)
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", name);
        else if (access(name, R_OK) != 0)
            st = kg_error_set(err, KG_ERR_NOT_FOUND, "there is no readable file %s", name);
    } else {
        st = find(&m->path, name, err);
    }
    if (st == KG_OK) {
        /* Never unmapped: a library that it links (OpenMP) may keep threads that still run there.
         */
        m->handle = dlopen(m->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!m->handle)
            st = kg_error_set(err, KG_ERR_UNSUPPORTED, "cannot load %s: %s", m->path, dlerror());
    }
    if (st != KG_OK) {
        kg_module_close(m);
        return st;
    }
    *out = m;
    return KG_OK;
}

kg_status kg_module_symbol(void *out, kg_module *module, const char *symbol, kg_error *err) {
    void *address = dlsym(module->handle, symbol);
    if (!address)
        return kg_error_set(err, KG_ERR_NOT_FOUND, "%s does not export %s", module->path, symbol);
    memcpy(out, &address, sizeof address);
    return KG_OK;
}

const char *kg_module_path(const kg_module *module) {
    return module->path;
}

void kg_module_close(kg_module *module) {
    if (!module)
        return;
    if (module->handle)
        dlclose(module->handle);
    free(module->path);
    free(module);
}
