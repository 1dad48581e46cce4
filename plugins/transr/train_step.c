#include "plugins/transr/train_step.h"

#include "plugins/transr/adagrad.h"
#include "plugins/transr/candidates.h"
#include "plugins/transr/relation_group.h"

#include <stdlib.h>
#include <string.h>

struct transr_step {
    transr_parameters *parameters;
    const transr_recipe *recipe;
    const transr_queries *queries;
    const transr_batches *batches;
    transr_ranks ranks;
    transr_candidates candidates;
    transr_group *groups; /* of the batch at hand */
    size_t n_groups, most_groups;
    float *rows;     /* (C, d) the candidates' vectors; NULL where they are the table itself */
    float *gradient; /* entity rows (C, d), then for each group relation, head_proj, tail_proj */
    transr_workspace *workspace;
};

/* Floats of a group's part of the gradient. */
static size_t group_size(const transr_step *s) {
    size_t projection = (size_t)s->parameters->d * s->parameters->dr;
    size_t projections = !s->recipe->project ? 0 : s->recipe->separate ? 2 : 1;
    return s->parameters->dr + projections * projection;
}

static size_t gradient_size(const transr_step *s, size_t candidates, size_t groups) {
    return candidates * s->parameters->d + groups * group_size(s);
}

/* Groups of a batch: at most one a relation, at most one a group of the plan where those are of one
 * relation each. */
static size_t most_groups(const transr_step *s) {
    size_t most = s->recipe->project ? s->recipe->groups : s->batches->most;
    return most < s->parameters->R ? most : s->parameters->R;
}

static kg_status allocate(transr_step *s) {
    kg_status st;
    KG_TRY(st, transr_candidates_new(&s->candidates, s->parameters->E, s->queries, s->batches,
                                     s->recipe));
    size_t most = s->candidates.most;
    s->most_groups = most_groups(s);
    s->groups = malloc((s->most_groups + 1) * sizeof *s->groups);
    s->gradient = malloc((gradient_size(s, most, s->most_groups) + 1) * sizeof(float));
    if (s->candidates.ids) {
        s->rows = malloc((most * s->parameters->d + 1) * sizeof(float));
        if (!s->rows)
            return KG_ERR_MEMORY;
    }
    if (!s->groups || !s->gradient)
        return KG_ERR_MEMORY;
    size_t answers = 0;
    KG_TRY(st, transr_most_answers(&answers, s->queries, s->batches));
    return transr_workspace_new(&s->workspace, s->parameters, s->recipe, most, answers);
}

kg_status transr_step_new(transr_step **out, transr_parameters *parameters,
                          const transr_recipe *recipe, const transr_queries *queries,
                          const transr_batches *batches, transr_ranks ranks) {
    transr_step *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return KG_ERR_MEMORY;
    s->parameters = parameters;
    s->recipe = recipe;
    s->queries = queries;
    s->batches = batches;
    s->ranks = ranks;
    kg_status st = allocate(s);
    if (st != KG_OK) {
        transr_step_free(s);
        *out = NULL;
    }
    return st;
}

void transr_step_free(transr_step *step) {
    if (!step)
        return;
    transr_candidates_free(&step->candidates);
    transr_workspace_free(step->workspace);
    free(step->groups);
    free(step->rows);
    free(step->gradient);
    free(step);
}

/* Find the runs of one relation in the batch, and where each has its gradient. */
static void find_groups(transr_step *s, transr_batch batch) {
    float *next = s->gradient + s->candidates.count * s->parameters->d;
    size_t projection = (size_t)s->parameters->d * s->parameters->dr;
    s->n_groups = 0;
    for (size_t i = 0; i < batch.count; i++) {
        uint32_t relation = s->queries->list[s->batches->order[batch.first + i]].relation;
        transr_group *last = s->n_groups ? &s->groups[s->n_groups - 1] : NULL;
        if (last && last->relation == relation) {
            last->count++;
            continue;
        }
        transr_group *g = &s->groups[s->n_groups++];
        *g = (transr_group){.relation = relation, .first = batch.first + i, .count = 1};
        g->d_relation = next;
        next += s->parameters->dr;
        if (s->recipe->project) {
            g->d_head_proj = next;
            g->d_tail_proj = next + (s->recipe->separate ? projection : 0);
            next = g->d_tail_proj + projection;
        }
    }
    memset(s->gradient, 0, (size_t)(next - s->gradient) * sizeof(float));
}

static void gather(transr_step *s) {
    size_t d = s->parameters->d;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < s->candidates.count; i++)
        memcpy(s->rows + i * d, s->parameters->value.entity + s->candidates.ids[i] * d,
               d * sizeof(float));
}

/* Half of regularization * |x|^2 for every time an entity stands in the batch. */
static void regularize(transr_step *s, const float *rows, transr_batch batch) {
    float strength = s->recipe->regularization;
    size_t d = s->parameters->d;
    if (strength <= 0)
        return;
    for (size_t i = 0; i < batch.count; i++) {
        size_t query = s->batches->order[batch.first + i];
        size_t first = s->queries->first[query], end = s->queries->first[query + 1];
        size_t anchor = transr_candidate_of(&s->candidates, s->queries->list[query].anchor);
        transr_axpy(s->gradient + anchor * d, strength * (float)(end - first), rows + anchor * d,
                    d);
        for (size_t a = first; a < end; a++) {
            size_t answer = transr_candidate_of(&s->candidates, s->queries->answers[a]);
            transr_axpy(s->gradient + answer * d, strength, rows + answer * d, d);
        }
    }
}

/* The gradient of a batch, summed over ranks, in s->gradient. */
static kg_status gradient_of(transr_step_result *out, transr_step *s, size_t b) {
    transr_batch batch = s->batches->list[b];
    transr_candidates_choose(&s->candidates, s->queries, s->batches, s->recipe, b);
    find_groups(s, batch);
    const float *rows = s->parameters->value.entity;
    if (s->candidates.ids) {
        gather(s);
        rows = s->rows;
    }
    transr_work work = {.queries = s->queries,
                        .order = s->batches->order,
                        .candidates = &s->candidates,
                        .rows = rows,
                        .d_rows = s->gradient,
                        .groups = s->groups,
                        .n_groups = s->n_groups,
                        .rank = s->ranks.rank,
                        .ranks = s->ranks.ranks,
                        .project =
                            s->recipe->project && s->batches->epoch > s->recipe->warm_epochs};
    *out = (transr_step_result){.loss = 0};
    out->loss = transr_groups_run(&out->products, s->workspace, &work);
    for (size_t i = 0; i < batch.count; i++) {
        size_t query = s->batches->order[batch.first + i];
        out->answers += s->queries->first[query + 1] - s->queries->first[query];
    }
    if (s->ranks.ranks > 1) {
        kg_status st;
        size_t n = gradient_size(s, s->candidates.count, s->n_groups);
        KG_TRY(st, s->ranks.sum(s->ranks.context, s->gradient, n, false));
        KG_TRY(st, s->ranks.sum(s->ranks.context, &out->loss, 1, true));
    }
    regularize(s, rows, batch);
    out->loss /= (double)(out->answers ? out->answers : 1);
    return KG_OK;
}

/* The learning rate falls in a straight line to final_rate of itself. */
static float rate_at(const transr_recipe *recipe, float rate, double progress) {
    return rate * (float)(1 - (1 - (double)recipe->final_rate) * progress);
}

static void update(transr_step *s, double progress) {
    transr_parameters *p = s->parameters;
    transr_tables *value = &p->value, *square = &p->square;
    float rate = rate_at(s->recipe, s->recipe->learning_rate, progress);
    float projection_rate = rate_at(s->recipe, s->recipe->projection_rate, progress);
    size_t size = (size_t)p->d * p->dr;
    transr_adagrad_rows(value->entity, square->entity, s->gradient, s->candidates.ids,
                        s->candidates.count, p->d, rate);
    for (size_t i = 0; i < s->n_groups; i++) {
        const transr_group *g = &s->groups[i];
        size_t row = g->relation * (size_t)p->dr;
        transr_adagrad(value->relation + row, square->relation + row, g->d_relation, p->dr, rate);
        if (!s->recipe->project || s->batches->epoch <= s->recipe->warm_epochs)
            continue;
        size_t at = g->relation * size;
        transr_adagrad_rows(value->head_proj + at, square->head_proj + at, g->d_head_proj, NULL,
                            p->d, p->dr, projection_rate);
        if (s->recipe->separate)
            transr_adagrad_rows(value->tail_proj + at, square->tail_proj + at, g->d_tail_proj, NULL,
                                p->d, p->dr, projection_rate);
    }
}

kg_status transr_step_run(transr_step_result *out, transr_step *step, size_t b, double progress) {
    kg_status st;
    KG_TRY(st, gradient_of(out, step, b));
    update(step, progress);
    return KG_OK;
}

kg_status transr_step_gradient(float *gradient, transr_step_result *out, transr_step *step,
                               size_t b) {
    const transr_parameters *p = step->parameters;
    kg_status st;
    KG_TRY(st, gradient_of(out, step, b));
    memset(gradient, 0, p->value.n * sizeof *gradient);
    memcpy(gradient, step->gradient, (size_t)p->E * p->d * sizeof *gradient);
    size_t size = (size_t)p->d * p->dr;
    for (size_t i = 0; i < step->n_groups; i++) {
        const transr_group *g = &step->groups[i];
        const transr_tables *v = &p->value;
        float *relation = gradient + (v->relation - v->entity) + g->relation * p->dr;
        memcpy(relation, g->d_relation, p->dr * sizeof *gradient);
        if (!step->recipe->project)
            continue;
        memcpy(gradient + (v->head_proj - v->entity) + g->relation * size, g->d_head_proj,
               size * sizeof *gradient);
        memcpy(gradient + (v->tail_proj - v->entity) + g->relation * size, g->d_tail_proj,
               size * sizeof *gradient);
    }
    return KG_OK;
}
