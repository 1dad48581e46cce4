#include "plugins/host/run_impl.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/failpoint.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/run_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Why the loop should end before its last step; the same on every rank. */
enum { GO_ON, OUT_OF_TIME, CANCELLED };

/* ---- Evaluation ----------------------------------------------------------------------------- */

static kg_status checked(const kg_running *r, const char *function, kg_error *err) {
    if (r->figures->fault[0])
        return kg_error_set(err, KG_ERR_PLUGIN, "%s: %s gave bad figures: %s", r->id, function,
                            r->figures->fault);
    return KG_OK;
}

static void log_figures(const kg_running *r, const char *what) {
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
static bool is_new_best(kg_running *r) {
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

static kg_status evaluate(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    if (!r->trainer->evaluate)
        return KG_OK;
    kg_metrics_begin(r->figures);
    KG_TRY(st, KG_RUNNING_CALL(r, err, evaluate, &r->figures->abi));
    KG_TRY(st, checked(r, "evaluate", err));
    if (r->writes)
        KG_TRY(st, kg_runlog_write(r->log, r->state->step, kg_running_seconds(r), "valid/",
                                   r->figures, err));
    r->state->evaluated = r->state->step;
    log_figures(r, "evaluation");
    if (!is_new_best(r))
        return KG_OK;
    r->saved_step = KG_NO_STEP; /* state.json is to know of the best */
    KG_TRY(st, kg_running_save(r, err));
    if (r->writes)
        KG_TRY(st, kg_checkpoint_link(r->options->folder, "best", r->state->step, err));
    kg_running_prune(r);
    return KG_OK;
}

/* ---- Steps ---------------------------------------------------------------------------------- */

/* Add the figures of a step to the sums, and write their means when a line is due. */
static kg_status keep_figures(kg_running *r, kg_error *err) {
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
        st = kg_runlog_write(r->log, s->step, kg_running_seconds(r), "", &s->sums, err);
    kg_metrics_begin(&s->sums);
    s->summed = 0;
    return st;
}

static void tell_progress(kg_running *r, double loss, double took) {
    double items = 0;
    bool counted = kg_metrics_get(&items, r->figures, "items");
    if (counted && took > 0)
        r->rate = r->rate > 0 ? 0.9 * r->rate + 0.1 * items / took : items / took;
    if (!r->options->stepped || !r->writes)
        return;
    kg_run_progress p = {r->state->step, r->steps, loss, r->rate, r->options->trainer->unit, -1};
    double all = kg_running_seconds(r);
    if (r->steps > 0)
        p.seconds_left = (double)(r->steps - r->state->step) * all / (double)r->state->step;
    double limit = r->settings.max_minutes * 60;
    if (limit > 0 && (p.seconds_left < 0 || limit - all < p.seconds_left))
        p.seconds_left = limit > all ? limit - all : 0;
    r->options->stepped(r->options->context, &p);
}

static kg_status step(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    double loss, began = kg_clock();
    kg_status st;
    kg_metrics_begin(r->figures);
    uint64_t next = r->state->step + 1;
    KG_TRY(st, kg_running_call(r, err, "step",
                               r->trainer->step(r->trainer->self, next, &r->figures->abi, &detail),
                               &detail));
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
static kg_status whether_to_stop(uint64_t *why, kg_running *r, kg_error *err) {
    double limit = r->settings.max_minutes * 60;
    *why = kg_host_cancelled(r->options->host)           ? CANCELLED
           : limit > 0 && kg_running_seconds(r) >= limit ? OUT_OF_TIME
                                                         : GO_ON;
    return kg_running_agree(r, why, err);
}

static bool due(uint64_t step, uint64_t every) {
    return every > 0 && step % every == 0;
}

static kg_status save_if_due(kg_running *r, kg_error *err) {
    double minutes = r->settings.checkpoint_minutes;
    uint64_t by_time = minutes > 0 && kg_clock() - r->saved_at >= minutes * 60;
    kg_status st;
    KG_TRY(st, kg_running_agree(r, &by_time, err));
    if (!by_time && !due(r->state->step, r->settings.checkpoint_every))
        return KG_OK;
    KG_TRY(st, kg_running_save(r, err));
    kg_running_prune(r);
    return KG_OK;
}

static kg_status train(uint64_t *why, kg_running *r, kg_error *err) {
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
    KG_TRY(st, kg_running_save(r, err));
    kg_running_prune(r);
    return KG_OK;
}

/* Stopped on request, between steps or within an evaluation: keep what there is. */
static kg_status stop(kg_running *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_running_save(r, err));
    kg_running_prune(r);
    return kg_error_set(err, KG_ERR_CANCELLED,
                        "stopped on request after step %" PRIu64
                        "; to continue, run the same command with --resume",
                        r->state->step);
}

/* ---- End ------------------------------------------------------------------------------------ */

static kg_status load_best(kg_running *r, kg_error *err) {
    bool found;
    kg_status st;
    KG_TRY(st, kg_running_load(&found, r, "best", err));
    return found ? KG_OK
                 : kg_error_set(err, KG_ERR_CORRUPT,
                                "%s/best is gone; expected the checkpoint of step %" PRIu64,
                                r->options->folder, r->state->best_step);
}

/* The final figures, of the best checkpoint where it is not the state at hand. */
static kg_status finish(kg_running *r, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    if (!r->trainer->finish)
        return KG_OK;
    /* After rank 0 has made the link. */
    KG_TRY(st, kg_running_agree_on(r, KG_OK, "finish", err));
    if (r->state->best_step != KG_NO_STEP && r->state->best_step != r->state->step)
        KG_TRY(st, load_best(r, err));
    kg_metrics_begin(r->figures);
    KG_TRY(st, KG_RUNNING_CALL(r, err, finish, &r->figures->abi));
    KG_TRY(st, checked(r, "finish", err));
    if (r->figures->len > 0)
        log_figures(r, "final figures");
    if (r->writes && r->figures->len > 0)
        return kg_runlog_write(r->log, r->state->step, kg_running_seconds(r), "final/", r->figures,
                               err);
    return KG_OK;
}

/* Which checkpoint to use where no evaluation gave the figure that chooses the best. */
static void tell_checkpoint(const kg_running *r) {
    if (r->settings.best_metric && r->state->best_step == KG_NO_STEP)
        kg_host_log(r->options->host, KGP_INFO,
                    "nothing was evaluated that gives %s, so no checkpoint is the best; the one to "
                    "use is %s/last",
                    r->settings.best_metric, r->options->folder);
}

/* Stopped runs have one too: it shows how far they came. */
static kg_status write_report(const kg_running *r, kg_error *err) {
    const kg_run_facts facts = {r->id, kg_host_store_path(r->options->host), r->state->step,
                                kg_running_seconds(r)};
    return r->writes && r->log ? kg_run_report(r->options->folder, &facts, r->config, err) : KG_OK;
}

static void close_run(kg_running *r) {
    kg_runlog_close(r->log);
    if (r->trainer) {
        if (r->prepared)
            r->trainer->release(r->trainer->self);
        r->trainer->destroy(r->trainer->self);
    }
    json_decref(r->config);
    free(r->state);
}

static void fill_result(kg_run_result *out, kg_running *r) {
    out->step = r->state->step;
    out->best_step = r->state->best_step;
    out->best = r->state->best;
    if (r->state->best_step != KG_NO_STEP)
        snprintf(out->best_metric, sizeof out->best_metric, "%s", r->settings.best_metric);
    out->seconds = r->log ? kg_running_seconds(r) : 0;
    out->final = r->figures;
}

kg_status kg_run(kg_run_result *out, const kg_run_options *options, kg_error *err) {
    kg_running r = {.options = options,
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
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory beginning a run");
    }
    kg_runstate_begin(r.state);
    kg_metrics_begin(r.figures);
    kg_status st = kg_running_begin(&r, err);
    if (st == KG_OK)
        st = train(&why, &r, err);
    if (st == KG_OK)
        st = finish(&r, err);
    if (st == KG_OK)
        tell_checkpoint(&r);
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
