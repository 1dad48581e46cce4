/* What comes before the first step of a run: its folder, its configuration, the trainer, and the
 * state that it goes on from. */
#include "plugins/host/run_impl.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/folder.h"
#include "kgstore/kgstore.h"
#include "plugins/host/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What could not be kept in the end is told before the hours that it takes. */
static kg_status check_store(const kg_running *r, kg_error *err) {
    kg_store *store = r->options->host->store;
    for (const char *const *f = r->options->trainer->features; store && *f; ++f)
        if (strcmp(*f, "writes-store") == 0)
            return kg_store_writable(store, err);
    return KG_OK;
}

static kg_status check_folder(const kg_running *r, kg_error *err) {
    const char *folder = r->options->folder;
    kg_status st = KG_OK;
    if (r->writes && !r->options->resume && kg_folder_used(folder))
        st = kg_error_set(err, KG_ERR_EXISTS,
                          "%s is not empty; continue its run with --resume, or name another "
                          "folder with --out",
                          folder);
    if (st == KG_OK && r->writes)
        st = check_store(r, err);
    return kg_running_agree_on(r, st, "begin", err);
}

/* Take the state of the newest checkpoint; *old is then its configuration, the caller's. */
static kg_status read_state(json_t **old, kg_running *r, kg_error *err) {
    char *folder;
    kg_status st;
    *old = NULL;
    if (!r->options->resume)
        return KG_OK;
    KG_TRY(st, kg_checkpoint_find(&folder, r->options->folder, "last", err));
    if (folder)
        st = kg_runstate_load(r->state, old, folder, r->id, err);
    free(folder);
    return st;
}

static kg_status settle_config(kg_running *r, kg_error *err) {
    json_t *old;
    kg_status st;
    KG_TRY(st, read_state(&old, r, err));
    r->config = r->options->config ? json_deep_copy(r->options->config) : json_object();
    if (!r->config)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    if (st == KG_OK)
        st =
            kg_settings_complete(r->config, r->options->trainer, r->options->host->ranks.size, err);
    if (st == KG_OK && old)
        st = kg_settings_rename(old, r->options->trainer, err);
    if (st == KG_OK && old) /* an option may have come since; the run had its default */
        st = kg_settings_complete(old, r->options->trainer, r->options->host->ranks.size, err);
    if (st == KG_OK && old)
        st = kg_settings_same(old, r->config, err);
    json_decref(old);
    if (st == KG_OK)
        kg_settings_read(&r->settings, r->config, r->options->trainer);
    return st;
}

static bool chooses_epoch(const kgp_trainer_descriptor *trainer) {
    for (const char *const *f = trainer->features; *f; ++f)
        if (strcmp(*f, "chooses-epoch") == 0)
            return true;
    return false;
}

static kg_status prepare(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    uint64_t per_epoch = 0;
    kg_status st;
    char *json = json_dumps(r->config, JSON_COMPACT);
    if (!json)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory passing on the configuration");
    st = kg_running_call(r, err, "init", r->trainer->init(r->trainer->self, &detail), &detail);
    if (st == KG_OK)
        st = KG_RUNNING_CALL(r, err, configure, json);
    free(json);
    if (st != KG_OK)
        return st;
    r->prepared = true;
    KG_TRY(st, KG_RUNNING_CALL(r, err, prepare, &per_epoch));
    r->steps = r->settings.steps;
    if (r->settings.evaluate_every == 0 && chooses_epoch(r->options->trainer))
        r->settings.evaluate_every = per_epoch;
    if (r->steps == 0 && r->settings.epochs > 0) {
        if (per_epoch == 0)
            return kg_error_set(err, KG_ERR_ARGUMENT,
                                "%s does not know how many steps a pass over its data takes; set "
                                "run.steps instead of run.epochs",
                                r->id);
        r->steps = (uint64_t)ceil(r->settings.epochs * (double)per_epoch);
    }
    if (r->steps == 0 && r->settings.max_minutes <= 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the run has no end; set run.steps, run.epochs or run.max_minutes");
    return KG_OK;
}

static kg_status open_folder(kg_running *r, kg_error *err) {
    kg_status st;
    if (!r->writes)
        return KG_OK;
    KG_TRY(st, kg_folder_make(r->options->folder, err));
    char *path = kg_path_join(r->options->folder, "config.json");
    if (!path)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the configuration");
    st = kg_json_write(path, r->config, err);
    free(path);
    if (st != KG_OK)
        return st;
    return kg_runlog_open(&r->log, r->options->folder, r->state->step, r->state->log_size,
                          r->settings.tensorboard, err);
}

kg_status kg_running_begin(kg_running *r, kg_error *err) {
    bool found = false;
    kg_status st;
    KG_TRY(st, check_folder(r, err));
    KG_TRY(st, settle_config(r, err));
    KG_TRY(st, kg_plugin_create(&r->trainer, r->options->plugin, kg_host_abi(r->options->host),
                                r->id, err));
    KG_TRY(st, prepare(r, err));
    KG_TRY(st,
           kg_running_agree_on(r, open_folder(r, err), "write into the folder of the run", err));
    if (r->state->step > 0)
        KG_TRY(st, kg_running_load(&found, r, "last", err));
    /* The state knows of its best before the link does: a run may have ended between the two. */
    if (found && r->state->best_step != KG_NO_STEP)
        KG_TRY(st, kg_running_agree_on(r,
                                       r->writes ? kg_checkpoint_link(r->options->folder, "best",
                                                                      r->state->best_step, err)
                                                 : KG_OK,
                                       "point best at a checkpoint", err));
    r->saved_step = found ? r->state->step : KG_NO_STEP;
    if (found)
        kg_host_log(r->options->host, KGP_INFO, "resuming after step %" PRIu64, r->state->step);
    else if (r->options->resume && r->writes)
        kg_host_log(r->options->host, KGP_WARNING,
                    "%s has no checkpoint to resume from; starting at the first step",
                    r->options->folder);
    r->seconds_before = r->state->seconds;
    r->started = r->saved_at = kg_clock();
    r->begun = true;
    return KG_OK;
}
