#include "plugins/host/loader.h"

#include "kgstore/kgstore.h"
#include "plugins/host/schema.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct kg_plugin {
    kg_module *module;
    const kgp_entry *entry;
    const kgp_trainer_factory *trainers;
    const kgp_tool_factory *tools;
    bool started;
};

/* The whole struct as of version 1.0: a plugin's may be longer, not shorter. */
#define SIZE_OK(p) ((p)->size >= sizeof *(p))

static kg_status broken(kg_error *err, const kg_plugin *p, const char *what) {
    return kg_error_set(err, KG_ERR_PLUGIN, "%s %s", kg_module_path(p->module), what);
}

kg_status kg_plugin_status(kg_error *err, const char *who, const char *function, kgp_status status,
                           const kgp_error *detail) {
    if (status == KGP_OK)
        return KG_OK;
    if (status < 0 || status > KGP_ERR_PLUGIN)
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: %s returned %d, which is not a status", who,
                            function, (int)status);
    size_t n = strnlen(detail->text, sizeof detail->text);
    if (n == 0)
        return kg_error_set(err, (kg_status)status, "%s: %s failed (%s)", who, function,
                            kg_strerror((kg_status)status));
    return kg_error_set(err, (kg_status)status, "%s: %.*s", who, (int)n, detail->text);
}

static kg_status check_entry(const kg_plugin *p, kg_error *err) {
    const kgp_entry *e = p->entry;
    if (e->abi_major != KGP_ABI_MAJOR)
        return kg_error_set(err, KG_ERR_VERSION,
                            "%s was built for version %u.%u.%u of the plugin ABI and this kg has "
                            "%d.%d.%d; build it again with this kg's kg_plugin.h",
                            kg_module_path(p->module), e->abi_major, e->abi_minor, e->abi_revision,
                            KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION);
    if (!e->init)
        return broken(err, p, "has no init in its kg_plugin_entry");
    if (!e->deinit)
        return broken(err, p, "has no deinit in its kg_plugin_entry");
    if (!e->get_factory)
        return broken(err, p, "has no get_factory in its kg_plugin_entry");
    return KG_OK;
}

static bool good_id(const char *id) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    return id && *id && id[strspn(id, letters)] == '\0';
}

static kg_status check_schema(const kg_plugin *p, const char *id, const char *schema,
                              kg_error *err) {
    json_t *parsed = NULL;
    kg_error why = KG_ERROR_INIT;
    if (!schema || kg_json_parse(&parsed, schema, "it", &why) != KG_OK)
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: the schema of %s is not a JSON object (%s)",
                            kg_module_path(p->module), id, schema ? why.text : "it is NULL");
    json_decref(parsed);
    return KG_OK;
}

static kg_status check_trainers(const kg_plugin *p, kg_error *err) {
    const kgp_trainer_factory *f = p->trainers;
    kg_status st;
    if (!SIZE_OK(f) || !f->count || !f->descriptor || !f->create)
        return broken(err, p, "has a trainer factory without count, descriptor or create");
    for (uint32_t i = 0; i < f->count(); ++i) {
        const kgp_trainer_descriptor *d = f->descriptor(i);
        if (!d || !SIZE_OK(d) || !good_id(d->id))
            return broken(err, p, "describes a trainer without a valid id");
        if (!d->name || !d->version || !d->description || !d->features || !d->unit)
            return kg_error_set(err, KG_ERR_PLUGIN,
                                "%s: the description of trainer %s is incomplete",
                                kg_module_path(p->module), d->id);
        KG_TRY(st, check_schema(p, d->id, d->schema, err));
    }
    return KG_OK;
}

static kg_status check_tools(const kg_plugin *p, kg_error *err) {
    const kgp_tool_factory *f = p->tools;
    kg_status st;
    if (!SIZE_OK(f) || !f->count || !f->descriptor || !f->run)
        return broken(err, p, "has a tool factory without count, descriptor or run");
    for (uint32_t i = 0; i < f->count(); ++i) {
        const kgp_tool_descriptor *d = f->descriptor(i);
        if (!d || !SIZE_OK(d) || !good_id(d->id))
            return broken(err, p, "describes a tool without a valid id");
        if (!d->description || !d->output)
            return kg_error_set(err, KG_ERR_PLUGIN, "%s: the description of tool %s is incomplete",
                                kg_module_path(p->module), d->id);
        KG_TRY(st, check_schema(p, d->id, d->schema, err));
    }
    return KG_OK;
}

static kg_status start(kg_plugin *p, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    KG_TRY(st, check_entry(p, err));
    KG_TRY(st, kg_plugin_status(err, kg_module_path(p->module), "init",
                                p->entry->init(kg_module_path(p->module), &detail), &detail));
    p->started = true;
    p->trainers = p->entry->get_factory(KGP_FACTORY_TRAINER);
    p->tools = p->entry->get_factory(KGP_FACTORY_TOOL);
    if (!p->trainers && !p->tools)
        return broken(err, p, "has neither a trainer factory nor a tool factory");
    if (p->trainers)
        KG_TRY(st, check_trainers(p, err));
    return p->tools ? check_tools(p, err) : KG_OK;
}

kg_status kg_plugin_open(kg_plugin **out, const char *file, kg_error *err) {
    *out = NULL;
    kg_plugin *p = calloc(1, sizeof *p);
    if (!p)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", file);
    kg_store_guard_watch(false); /* a plugin may compute by oneDNN */
    kg_status st = kg_module_open(&p->module, file, err);
    if (st == KG_OK && kg_module_symbol(&p->entry, p->module, "kg_plugin_entry", NULL) != KG_OK)
        st = broken(err, p, "is not a kg plugin: it does not export kg_plugin_entry");
    if (st == KG_OK)
        st = start(p, err);
    if (st != KG_OK) {
        kg_plugin_close(p);
        return st;
    }
    *out = p;
    return KG_OK;
}

void kg_plugin_close(kg_plugin *plugin) {
    if (!plugin)
        return;
    if (plugin->started)
        plugin->entry->deinit();
    kg_module_close(plugin->module);
    free(plugin);
}

const char *kg_plugin_path(const kg_plugin *plugin) {
    return kg_module_path(plugin->module);
}

const kgp_entry *kg_plugin_entry_of(const kg_plugin *plugin) {
    return plugin->entry;
}

const kgp_trainer_factory *kg_plugin_trainers(const kg_plugin *plugin) {
    return plugin->trainers;
}

const kgp_tool_factory *kg_plugin_tools(const kg_plugin *plugin) {
    return plugin->tools;
}

kg_status kg_plugin_create(kgp_trainer **out, const kg_plugin *plugin, const kgp_host *host,
                           const char *id, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    *out = NULL;
    KG_TRY(st, kg_plugin_status(err, id, "create", plugin->trainers->create(out, host, id, &detail),
                                &detail));
    kgp_trainer *t = *out;
    if (!t)
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: create gave no trainer", id);
    const char *missing = !SIZE_OK(t)     ? "the whole of its struct"
                          : !t->init      ? "init"
                          : !t->configure ? "configure"
                          : !t->prepare   ? "prepare"
                          : !t->step      ? "step"
                          : !t->save      ? "save"
                          : !t->load      ? "load"
                          : !t->release   ? "release"
                          : !t->destroy   ? "destroy"
                                          : NULL;
    if (!missing)
        return KG_OK;
    if (SIZE_OK(t) && t->destroy)
        t->destroy(t->self);
    *out = NULL;
    return kg_error_set(err, KG_ERR_PLUGIN, "%s: its trainer lacks %s", id, missing);
}

/* ---- Looking for one ------------------------------------------------------------------------- */

static int is_shared_object(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return n > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static kg_status scan_file(kg_plugins *out, const char *folder, const char *name,
                           kg_plugin_warn_fn warn, void *context) {
    char *path = NULL, text[1024];
    kg_error why = KG_ERROR_INIT;
    kg_plugin *plugin;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return KG_ERR_MEMORY;
    kg_status st = kg_plugin_open(&plugin, path, &why);
    free(path);
    if (st == KG_ERR_MEMORY)
        return st;
    if (st != KG_OK) {
        if (warn)
            warn(context, kg_error_format(text, sizeof text, &why));
        return KG_OK;
    }
    st = kg_array_push(out, plugin);
    if (st != KG_OK)
        kg_plugin_close(plugin);
    return st;
}

static kg_status scan_folder(kg_plugins *out, const char *folder, kg_plugin_warn_fn warn,
                             void *context) {
    struct dirent **files = NULL;
    int n = scandir(folder, &files, is_shared_object, alphasort);
    kg_status st = KG_OK;
    for (int i = 0; i < n; ++i) {
        if (st == KG_OK)
            st = scan_file(out, folder, files[i]->d_name, warn, context);
        free(files[i]);
    }
    free(files);
    return st;
}

kg_status kg_plugins_scan(kg_plugins *out, kg_plugin_warn_fn warn, void *context, kg_error *err) {
    kg_paths folders;
    *out = (kg_plugins)KG_ARRAY_INIT;
    kg_status st = kg_module_folders(&folders, true);
    for (size_t i = 0; i < folders.len && st == KG_OK; ++i)
        st = scan_folder(out, folders.data[i], warn, context);
    kg_paths_free(&folders);
    if (st != KG_OK) {
        kg_plugins_close(out);
        return kg_error_set(err, st, "out of memory looking for plugins");
    }
    return KG_OK;
}

void kg_plugins_close(kg_plugins *plugins) {
    for (size_t i = plugins->len; i-- > 0;)
        kg_plugin_close(plugins->data[i]);
    kg_array_free(plugins);
}

/* Whether the plugin has what is asked for; then *out describes it. */
static bool offers(kg_plugin_choice *out, const kg_plugin *plugin, const kg_plugin_request *want) {
    for (uint32_t i = 0; want->trainer && plugin->trainers && i < plugin->trainers->count(); ++i)
        if (strcmp(plugin->trainers->descriptor(i)->id, want->trainer) == 0)
            out->trainer = plugin->trainers->descriptor(i);
    for (uint32_t i = 0; want->tool && plugin->tools && i < plugin->tools->count(); ++i)
        if (strcmp(plugin->tools->descriptor(i)->id, want->tool) == 0)
            out->tool = plugin->tools->descriptor(i);
    return out->trainer || out->tool;
}

static size_t append_id(char *list, size_t size, size_t used, const char *id) {
    int n = snprintf(list + used, size - used, "%s%s", used ? ", " : "", id);
    return used + (size_t)n < size ? used + (size_t)n : size - 1;
}

static kg_status absent(const kg_plugins *all, const kg_plugin_request *want, kg_error *err) {
    char list[400] = "";
    size_t used = 0;
    for (size_t p = 0; p < all->len; ++p) {
        const kg_plugin *plugin = all->data[p];
        for (uint32_t i = 0; want->trainer && plugin->trainers && i < plugin->trainers->count();
             ++i)
            used = append_id(list, sizeof list, used, plugin->trainers->descriptor(i)->id);
        for (uint32_t i = 0; want->tool && plugin->tools && i < plugin->tools->count(); ++i)
            used = append_id(list, sizeof list, used, plugin->tools->descriptor(i)->id);
    }
    return kg_error_set(
        err, KG_ERR_NOT_FOUND,
        "no plugin has a %s named \"%s\"; there is: %s (kg plugins shows the folders "
        "that were searched)",
        want->trainer ? "trainer" : "tool", want->trainer ? want->trainer : want->tool,
        used ? list : "none");
}

/* ID.so (for a tool "transr.eval": transr.so) of the first folder that has it; *path NULL: none. */
static kg_status file_of_name(char **path, const kg_plugin_request *want) {
    const char *id = want->trainer ? want->trainer : want->tool;
    kg_paths folders;
    kg_status st;
    *path = NULL;
    KG_TRY(st, kg_module_folders(&folders, true));
    for (size_t i = 0; i < folders.len && st == KG_OK && !*path; ++i) {
        if (asprintf(path, "%s/%.*s.so", folders.data[i], (int)strcspn(id, "."), id) < 0) {
            *path = NULL;
            st = KG_ERR_MEMORY;
        } else if (access(*path, R_OK) != 0) {
            free(*path);
            *path = NULL;
        }
    }
    kg_paths_free(&folders);
    return st;
}

static kg_status choose_file(kg_plugin_choice *out, const char *file, const kg_plugin_request *want,
                             kg_error *err) {
    kg_plugin *plugin;
    kg_status st;
    KG_TRY(st, kg_plugin_open(&plugin, file, err));
    if (offers(out, plugin, want)) {
        out->plugin = plugin;
        return KG_OK;
    }
    kg_plugins all = {&plugin, 1, 1};
    st = absent(&all, want, err);
    kg_plugin_close(plugin);
    return st;
}

/* The file of --plugin: one of the current folder where it names no other. */
static kg_status choose_named(kg_plugin_choice *out, const kg_plugin_request *want, kg_error *err) {
    char *path = NULL;
    if (strchr(want->file, '/'))
        return choose_file(out, want->file, want, err);
    if (asprintf(&path, "./%s", want->file) < 0)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", want->file);
    kg_status st = choose_file(out, path, want, err);
    free(path);
    return st;
}

kg_status kg_plugin_choose(kg_plugin_choice *out, const kg_plugin_request *request, kg_error *err) {
    kg_status st;
    *out = (kg_plugin_choice){0};
    if (request->file)
        return choose_named(out, request, err);
    char *path;
    if (file_of_name(&path, request) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory looking for plugins");
    if (path) {
        st = choose_file(out, path, request, err);
        free(path);
        if (st != KG_ERR_NOT_FOUND)
            return st;
    }
    kg_plugins all;
    KG_TRY(st, kg_plugins_scan(&all, request->warn, request->context, err));
    for (size_t i = 0; i < all.len && !out->plugin; ++i)
        if (offers(out, all.data[i], request)) {
            out->plugin = all.data[i];
            all.data[i] = NULL;
        }
    st = out->plugin ? KG_OK : absent(&all, request, err);
    kg_plugins_close(&all);
    return st;
}
