#include "plugins/host/run.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/failpoint.h"
#include "kgstore/kgstore.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/host_impl.h"
#include "plugins/host/run_report.h"
#include "plugins/host/runlog.h"
#include "plugins/host/runstate.h"
#include "plugins/host/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why the loop should end before its last step; the same on every rank. */
enum { GO_ON, OUT_OF_TIME, CANCELLED };

typedef struct run {
    const kg_run_options *options;
    const char *id;
    kgp_trainer *trainer;
    bool prepared;
    json_t *config;
    kg_run_settings settings;
    uint64_t steps; /* in all; 0: until the time is over */
    bool writes;    /* rank 0 */
    kg_runlog *log;
    kg_runstate *state;
    kg_metrics *figures; /* of the current step or evaluation */
    double started;      /* clock when this process began to train */
    double seconds_before;
    uint64_t saved_step; /* of the newest checkpoint; KG_NO_STEP: none */
    double saved_at;     /* clock */
    double rate;         /* units a second, smoothed */
    bool stop_early;     /* patience is over */
    bool begun;          /* steps can be made, and kept */
} run;

static double seconds_so_far(const run *r) {
    return r->seconds_before + (kg_clock() - r->started);
}

#define CALL(r, err, function, ...)                                                                \
    call(r, err, #function, (r)->trainer->function((r)->trainer->self, __VA_ARGS__, &detail),      \
         &detail)

static kg_status call(const run *r, kg_error *err, const char *function, kgp_status status,
                      const kgp_error *detail) {
    return kg_plugin_status(err, r->id, function, status, detail);
}

static kg_status agree(const run *r, uint64_t *value, kg_error *err) {
    if (kg_ranks_agree(&r->options->host->ranks, value) != KG_OK)
        return kg_error_set(err, KG_ERR_IO, "the other ranks are gone");
    return KG_OK;
}

/* This rank's status of work that rank 0 does, or takes the lead in: rank 0's failure is all's. */
static kg_status agree_on(const run *r, kg_status st, const char *work, kg_error *err) {
    uint64_t agreed = (uint64_t)st;
    kg_status told = agree(r, &agreed, err);
    if (st != KG_OK)
        return st;
    if (told == KG_OK && agreed != KG_OK)
        return kg_error_set(err, (kg_status)agreed, "rank 0 could not %s", work);
    return told;
}

/* ---- Checkpoints ------------------------------------------------------------------------------
 */

static kg_status write_checkpoint(run *r, kg_error *err) {
    kgp_error detail = {""};
    char *folder;
    const char *out = r->options->folder;
    kg_status st;
    KG_TRY(st, kg_runlog_sync(&r->state->log_size, r->log, err));
    KG_TRY(st, kg_checkpoint_begin(&folder, out, r->state->step, err));
    st = CALL(r, err, save, folder);
    free(folder);
    if (st == KG_OK)
        st = KG_FAILPOINT("run.after-save", err);
    json_t *state = NULL;
    if (st == KG_OK) {
        r->state->seconds = seconds_so_far(r);
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

/* On every rank; rank 0 writes, and its status counts for all. */
static kg_status save(run *r, kg_error *err) {
    kgp_error detail = {""};
    if (r->saved_step == r->state->step)
        return KG_OK;
    kg_status st = r->writes ? write_checkpoint(r, err) : CALL(r, err, save, NULL);
    KG_TRY(st, agree_on(r, st, "write a checkpoint", err));
    r->saved_step = r->state->step;
    r->saved_at = kg_clock();
    return KG_OK;
}

static void prune(const run *r) {
    if (r->writes)
        kg_checkpoint_prune(r->options->folder, r->settings.keep_last, r->state->best_step);
}

/* Load the checkpoint that a link names; *found false where there is none. */
static kg_status load(bool *found, run *r, const char *link, kg_error *err) {
    kgp_error detail = {""};
    char *folder;
    kg_status st;
    KG_TRY(st, kg_checkpoint_find(&folder, r->options->folder, link, err));
    *found = folder != NULL;
    if (folder)
        st = CALL(r, err, load, folder);
    free(folder);
    return st;
}

/* ---- Evaluation -------------------------------------------------------------------------------
 */

static kg_status checked(const run *r, const char *function, kg_error *err) {
    if (r->figures->fault[0])
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: %s gave bad figures: %s", r->id, function,
                            r->figures->fault);
    return KG_OK;
}

static void log_figures(const run *r, const char *what) {
    char line[512];
    size_t used = 0;
    for (size_t i = 0; i < r->figures->len && used < sizeof line - 1; ++i) {
        int n = snprintf(line + used, sizeof line - used, "  %s %.5g", r->figures->list[i].name,
                         r->figures->list[i].value);
        used += (size_t)n;
    }
    if (used > 0)
        kg_host_log(r->options->host, KGP_INFO, "step %" PRIu64 ": %s%s", r->state->step, what,
                    line);
}

/* Whether the evaluation is the best so far; keeps count of those that are not. */
static bool is_new_best(run *r) {
    double value;
    if (!r->settings.best_metric || !kg_metrics_get(&value, r->figures, r->settings.best_metric) ||
        isnan(value))
        return false;
    bool better = r->state->best_step == KG_NO_STEP ||
                  (r->settings.best_is_highest ? value > r->state->best : value < r->state->best);
    if (better) {
        r->state->best = value;
        r->state->best_step = r->state->step;
        r->state->waited = 0;
    } else {
        r->state->waited++;
        r->stop_early = r->settings.patience > 0 && r->state->waited >= r->settings.patience;
    }
    return better;
}

static kg_status evaluate(run *r, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    if (!r->trainer->evaluate)
        return KG_OK;
    kg_metrics_begin(r->figures);
    KG_TRY(st, CALL(r, err, evaluate, &r->figures->abi));
    KG_TRY(st, checked(r, "evaluate", err));
    if (r->writes)
        KG_TRY(st, kg_runlog_write(r->log, r->state->step, seconds_so_far(r), "valid/", r->figures,
                                   err));
    r->state->evaluated = r->state->step;
    log_figures(r, "evaluation");
    if (!is_new_best(r))
        return KG_OK;
    r->saved_step = KG_NO_STEP; /* state.json is to know of the best */
    KG_TRY(st, save(r, err));
    if (r->writes)
        KG_TRY(st, kg_checkpoint_link(r->options->folder, "best", r->state->step, err));
    prune(r);
    return KG_OK;
}

/* ---- Steps ------------------------------------------------------------------------------------
 */

/* Add the figures of a step to the sums, and write their means when a line is due. */
static kg_status keep_figures(run *r, kg_error *err) {
    kg_runstate *s = r->state;
    for (size_t i = 0; i < r->figures->len; ++i) {
        double sum = 0;
        kg_metrics_get(&sum, &s->sums, r->figures->list[i].name);
        kg_metrics_put(&s->sums, r->figures->list[i].name, sum + r->figures->list[i].value);
    }
    s->summed++;
    if (s->step % r->settings.log_every != 0)
        return KG_OK;
    for (size_t i = 0; i < s->sums.len; ++i)
        s->sums.list[i].value /= (double)s->summed;
    kg_status st = KG_OK;
    if (r->writes)
        st = kg_runlog_write(r->log, s->step, seconds_so_far(r), "", &s->sums, err);
    kg_metrics_begin(&s->sums);
    s->summed = 0;
    return st;
}

static void tell_progress(run *r, double loss, double took) {
    double items = 0;
    bool counted = kg_metrics_get(&items, r->figures, "items");
    if (counted && took > 0)
        r->rate = r->rate > 0 ? 0.9 * r->rate + 0.1 * items / took : items / took;
    if (!r->options->stepped || !r->writes)
        return;
    kg_run_progress p = {r->state->step, r->steps, loss, r->rate, r->options->trainer->unit, -1};
    double all = seconds_so_far(r);
    if (r->steps > 0)
        p.seconds_left = (double)(r->steps - r->state->step) * all / (double)r->state->step;
    double limit = r->settings.max_minutes * 60;
    if (limit > 0 && (p.seconds_left < 0 || limit - all < p.seconds_left))
        p.seconds_left = limit > all ? limit - all : 0;
    r->options->stepped(r->options->context, &p);
}

static kg_status step(run *r, kg_error *err) {
    kgp_error detail = {""};
    double loss, began = kg_clock();
    kg_status st;
    kg_metrics_begin(r->figures);
    uint64_t next = r->state->step + 1;
    KG_TRY(st, call(r, err, "step",
                    r->trainer->step(r->trainer->self, next, &r->figures->abi, &detail), &detail));
    r->state->step = next;
    KG_TRY(st, checked(r, "step", err));
    if (!kg_metrics_get(&loss, r->figures, "loss"))
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: step %" PRIu64 " gave no figure \"loss\"",
                            r->id, next);
    if (!isfinite(loss))
        return kg_error_set(err, KG_ERR_NUMERIC, "%s: the loss of step %" PRIu64 " is %g", r->id,
                            next, loss);
    KG_TRY(st, keep_figures(r, err));
    tell_progress(r, loss, kg_clock() - began);
    return KG_FAILPOINT("run.after-step", err);
}

/* Asked before each step; rank 0 decides for all. */
static kg_status whether_to_stop(uint64_t *why, run *r, kg_error *err) {
    double limit = r->settings.max_minutes * 60;
    *why = kg_host_cancelled(r->options->host)       ? CANCELLED
           : limit > 0 && seconds_so_far(r) >= limit ? OUT_OF_TIME
                                                     : GO_ON;
    return agree(r, why, err);
}

static bool due(uint64_t step, uint64_t every) {
    return every > 0 && step % every == 0;
}

static kg_status save_if_due(run *r, kg_error *err) {
    double minutes = r->settings.checkpoint_minutes;
    uint64_t by_time = minutes > 0 && kg_clock() - r->saved_at >= minutes * 60;
    kg_status st;
    KG_TRY(st, agree(r, &by_time, err));
    if (!by_time && !due(r->state->step, r->settings.checkpoint_every))
        return KG_OK;
    KG_TRY(st, save(r, err));
    prune(r);
    return KG_OK;
}

static kg_status train(uint64_t *why, run *r, kg_error *err) {
    kg_status st;
    *why = GO_ON;
    /* An evaluation that the stop of the run before kept from being made. */
    if (r->state->step > 0 && due(r->state->step, r->settings.evaluate_every) &&
        r->state->evaluated != r->state->step)
        KG_TRY(st, evaluate(r, err));
    while (!r->stop_early && (r->steps == 0 || r->state->step < r->steps)) {
        KG_TRY(st, whether_to_stop(why, r, err));
        if (*why != GO_ON)
            break;
        KG_TRY(st, step(r, err));
        if (due(r->state->step, r->settings.evaluate_every))
            KG_TRY(st, evaluate(r, err));
        KG_TRY(st, save_if_due(r, err));
    }
    if (*why == CANCELLED)
        return KG_ERR_CANCELLED;
    if (r->state->step > 0 && r->state->evaluated != r->state->step)
        KG_TRY(st, evaluate(r, err));
    KG_TRY(st, save(r, err));
    prune(r);
    return KG_OK;
}

/* Stopped on request, between steps or within an evaluation: keep what there is. */
static kg_status stop(run *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, save(r, err));
    prune(r);
    return kg_error_set(err, KG_ERR_CANCELLED,
                        "stopped on request after step %" PRIu64
                        "; the same command with --resume goes on from there",
                        r->state->step);
}

/* ---- Beginning and end ------------------------------------------------------------------------
 */

/* What could not be kept in the end is told before the hours that it takes. */
static kg_status check_store(const run *r, kg_error *err) {
    kg_store *store = r->options->host->store;
    for (const char *const *f = r->options->trainer->features; store && *f; ++f)
        if (strcmp(*f, "writes-store") == 0)
            return kg_store_writable(store, err);
    return KG_OK;
}

static kg_status check_folder(const run *r, kg_error *err) {
    const char *folder = r->options->folder;
    kg_status st = KG_OK;
    if (r->writes && !r->options->resume && kg_folder_used(folder))
        st = kg_error_set(err, KG_ERR_EXISTS,
                          "%s holds something already; go on from it with --resume, or name "
                          "another folder with --out",
                          folder);
    if (st == KG_OK && r->writes)
        st = check_store(r, err);
    return agree_on(r, st, "begin", err);
}

/* Take the state of the newest checkpoint; *old is then its configuration, the caller's. */
static kg_status read_state(json_t **old, run *r, kg_error *err) {
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

static kg_status settle_config(run *r, kg_error *err) {
    json_t *old;
    kg_status st;
    KG_TRY(st, read_state(&old, r, err));
    r->config = r->options->config ? json_deep_copy(r->options->config) : json_object();
    if (!r->config)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory");
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

static kg_status prepare(run *r, kg_error *err) {
    kgp_error detail = {""};
    uint64_t per_epoch = 0;
    kg_status st;
    char *json = json_dumps(r->config, JSON_COMPACT);
    if (!json)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    st = call(r, err, "init", r->trainer->init(r->trainer->self, &detail), &detail);
    if (st == KG_OK)
        st = CALL(r, err, configure, json);
    free(json);
    if (st != KG_OK)
        return st;
    r->prepared = true;
    KG_TRY(st, CALL(r, err, prepare, &per_epoch));
    r->steps = r->settings.steps;
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

static kg_status open_folder(run *r, kg_error *err) {
    kg_status st;
    if (!r->writes)
        return KG_OK;
    KG_TRY(st, kg_folder_make(r->options->folder, err));
    char *path = kg_path_join(r->options->folder, "config.json");
    if (!path)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    st = kg_json_write(path, r->config, err);
    free(path);
    if (st != KG_OK)
        return st;
    return kg_runlog_open(&r->log, r->options->folder, r->state->step, r->state->log_size,
                          r->settings.tensorboard, err);
}

static kg_status begin(run *r, kg_error *err) {
    bool found = false;
    kg_status st;
    KG_TRY(st, check_folder(r, err));
    KG_TRY(st, settle_config(r, err));
    KG_TRY(st, kg_plugin_create(&r->trainer, r->options->plugin, kg_host_abi(r->options->host),
                                r->id, err));
    KG_TRY(st, prepare(r, err));
    KG_TRY(st, agree_on(r, open_folder(r, err), "write into the folder of the run", err));
    if (r->state->step > 0)
        KG_TRY(st, load(&found, r, "last", err));
    /* The state knows of its best before the link does: a run may have ended between the two. */
    if (found && r->state->best_step != KG_NO_STEP)
        KG_TRY(st, agree_on(r,
                            r->writes ? kg_checkpoint_link(r->options->folder, "best",
                                                           r->state->best_step, err)
                                      : KG_OK,
                            "point best at a checkpoint", err));
    r->saved_step = found ? r->state->step : KG_NO_STEP;
    if (found)
        kg_host_log(r->options->host, KGP_INFO, "resuming after step %" PRIu64, r->state->step);
    else if (r->options->resume && r->writes)
        kg_host_log(r->options->host, KGP_WARNING,
                    "%s holds no checkpoint to resume from; beginning at the first step",
                    r->options->folder);
    r->seconds_before = r->state->seconds;
    r->started = r->saved_at = kg_clock();
    r->begun = true;
    return KG_OK;
}

static kg_status load_best(run *r, kg_error *err) {
    bool found;
    kg_status st;
    KG_TRY(st, load(&found, r, "best", err));
    return found ? KG_OK
                 : kg_error_set(err, KG_ERR_CORRUPT,
                                "%s/best is not there any more; expected the "
                                "checkpoint of step %" PRIu64,
                                r->options->folder, r->state->best_step);
}

/* The final figures, of the best checkpoint where it is not the state at hand. */
static kg_status finish(run *r, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    if (!r->trainer->finish)
        return KG_OK;
    /* After rank 0 has made the link. */
    KG_TRY(st, agree_on(r, KG_OK, "finish", err));
    if (r->state->best_step != KG_NO_STEP && r->state->best_step != r->state->step)
        KG_TRY(st, load_best(r, err));
    kg_metrics_begin(r->figures);
    KG_TRY(st, CALL(r, err, finish, &r->figures->abi));
    KG_TRY(st, checked(r, "finish", err));
    if (r->figures->len > 0)
        log_figures(r, "final figures");
    if (r->writes && r->figures->len > 0)
        return kg_runlog_write(r->log, r->state->step, seconds_so_far(r), "final/", r->figures,
                               err);
    return KG_OK;
}

/* Stopped runs have one too: it shows how far they came. */
static kg_status write_report(const run *r, kg_error *err) {
    char title[160];
    if (!r->writes || !r->log)
        return KG_OK;
    snprintf(title, sizeof title, "%s: %" PRIu64 " steps in %.0f s", r->id, r->state->step,
             seconds_so_far(r));
    return kg_run_report(r->options->folder, title, r->config, err);
}

static void close_run(run *r) {
    kg_runlog_close(r->log);
    if (r->trainer) {
        if (r->prepared)
            r->trainer->release(r->trainer->self);
        r->trainer->destroy(r->trainer->self);
    }
    json_decref(r->config);
    free(r->state);
}

static void fill_result(kg_run_result *out, run *r) {
    out->step = r->state->step;
    out->best_step = r->state->best_step;
    out->best = r->state->best;
    if (r->state->best_step != KG_NO_STEP)
        snprintf(out->best_metric, sizeof out->best_metric, "%s", r->settings.best_metric);
    out->seconds = r->log ? seconds_so_far(r) : 0;
    out->final = r->figures;
}

kg_status kg_run(kg_run_result *out, const kg_run_options *options, kg_error *err) {
    run r = {.options = options,
             .id = options->trainer->id,
             .writes = kg_host_rank(options->host) == 0,
             .saved_step = KG_NO_STEP};
    uint64_t why;
    *out = (kg_run_result){.best_step = KG_NO_STEP};
    r.state = calloc(1, sizeof *r.state);
    r.figures = calloc(1, sizeof *r.figures);
    if (!r.state || !r.figures) {
        free(r.state);
        free(r.figures);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    }
    kg_runstate_begin(r.state);
    kg_metrics_begin(r.figures);
    kg_status st = begin(&r, err);
    if (st == KG_OK)
        st = train(&why, &r, err);
    if (st == KG_OK)
        st = finish(&r, err);
    if (st == KG_ERR_CANCELLED && r.begun)
        st = stop(&r, err);
    if (st == KG_OK || st == KG_ERR_CANCELLED) {
        kg_status told = write_report(&r, st == KG_OK ? err : NULL);
        st = st == KG_OK ? told : st;
    }
    if (st != KG_OK && st != KG_ERR_CANCELLED)
        options->host->ranks.broken = true;
    out->finished = st == KG_OK;
    fill_result(out, &r);
    close_run(&r);
    return st;
}
