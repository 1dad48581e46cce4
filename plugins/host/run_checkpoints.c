/* What the ranks of a run agree on, and its checkpoints. */
#include "plugins/host/run_impl.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/failpoint.h"
#include "plugins/host/checkpoint.h"

#include <stdlib.h>

double kg_running_seconds(const kg_running *r) {
    return r->seconds_before + (kg_clock() - r->started);
}

kg_status kg_running_call(const kg_running *r, kg_error *err, const char *function,
                          kgp_status status, const kgp_error *detail) {
    return kg_plugin_status(err, r->id, function, status, detail);
}

kg_status kg_running_agree(const kg_running *r, uint64_t *value, kg_error *err) {
    if (kg_ranks_agree(&r->options->host->ranks, value) != KG_OK)
        return kg_error_set(err, KG_ERR_IO, "the other ranks are gone");
    return KG_OK;
}

kg_status kg_running_agree_on(const kg_running *r, kg_status st, const char *work, kg_error *err) {
    uint64_t agreed = (uint64_t)st;
    kg_status told = kg_running_agree(r, &agreed, err);
    if (st != KG_OK)
        return st;
    if (told == KG_OK && agreed != KG_OK)
        return kg_error_set(err, (kg_status)agreed, "rank 0 could not %s", work);
    return told;
}

/* ---- Checkpoints ---------------------------------------------------------------------------- */

static kg_status write_checkpoint(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    char *folder;
    const char *out = r->options->folder;
    kg_status st;
    KG_TRY(st, kg_runlog_sync(&r->state->log_size, r->log, err));
    KG_TRY(st, kg_checkpoint_begin(&folder, out, r->state->step, err));
    st = KG_RUNNING_CALL(r, err, save, folder);
    free(folder);
    if (st == KG_OK)
        st = KG_FAILPOINT("run.after-save", err);
    json_t *state = NULL;
    if (st == KG_OK) {
        r->state->seconds = kg_running_seconds(r);
        state = kg_runstate_dump(r->state, r->id, r->options->trainer->version, r->config);
        if (!state)
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory writing a checkpoint");
    }
    if (st == KG_OK)
        st = kg_checkpoint_commit(out, r->state->step, state, err);
    else
        kg_checkpoint_discard(out, r->state->step);
    json_decref(state);
    return st;
}

kg_status kg_running_save(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    if (r->saved_step == r->state->step)
        return KG_OK;
    kg_status st = r->writes ? write_checkpoint(r, err) : KG_RUNNING_CALL(r, err, save, NULL);
    KG_TRY(st, kg_running_agree_on(r, st, "write a checkpoint", err));
    r->saved_step = r->state->step;
    r->saved_at = kg_clock();
    return KG_OK;
}

void kg_running_prune(const kg_running *r) {
    if (r->writes)
        kg_checkpoint_prune(r->options->folder, r->settings.keep_last, r->state->best_step);
}

kg_status kg_running_load(bool *found, kg_running *r, const char *link, kg_error *err) {
    kgp_error detail = {""};
    char *folder;
    kg_status st;
    KG_TRY(st, kg_checkpoint_find(&folder, r->options->folder, link, err));
    *found = folder != NULL;
    if (folder)
        st = KG_RUNNING_CALL(r, err, load, folder);
    free(folder);
    return st;
}
