#include "model/owlqn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD = 10, MOST_MEMORY = 64, HALVINGS = 30 };

static const double sufficient = 1e-4; /* share of the decrease foretold that a step must bring */

typedef struct search {
    const kg_owlqn *problem;
    double *block;
    double *x, *gradient;          /* where the search is */
    double *next, *next_gradient;  /* and where it looks */
    double *pseudo, *direction;    /* n each */
    double *steps, *changes;       /* (memory, n): of x and of the gradient, round a ring */
    double curvature[MOST_MEMORY]; /* step . change of each */
    unsigned kept, newest;
    double value;
    double past[PERIOD];
} search;

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(double *to, double factor, const double *from, size_t n) {
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        to[i] += factor * from[i];
}

static double evaluate(double *gradient, const double *x, const kg_owlqn *p) {
    double value = p->objective(gradient, x, p->context), magnitudes = 0;
    for (size_t i = 0; p->l1 > 0 && i < p->n; i++)
        magnitudes += fabs(x[i]);
    return value + p->l1 * magnitudes;
}

/* The one-sided derivative of steepest descent: at a zero argument there is none where the gradient
 * is within l1. */
static void find_pseudo_gradient(search *s) {
    double l1 = s->problem->l1;
    for (size_t i = 0; i < s->problem->n; i++) {
        double x = s->x[i], g = s->gradient[i];
        if (x != 0)
            s->pseudo[i] = g + (x > 0 ? l1 : -l1);
        else
            s->pseudo[i] = g < -l1 ? g + l1 : g > l1 ? g - l1 : 0;
    }
}

/* direction = -H pseudo by the two loops of L-BFGS (Nocedal 1980), then what does not descend is
 * left out. */
static void find_direction(search *s) {
    size_t n = s->problem->n;
    unsigned memory = s->problem->memory;
    double alpha[MOST_MEMORY];
    for (size_t i = 0; i < n; i++)
        s->direction[i] = -s->pseudo[i];
    for (unsigned k = 0; k < s->kept; k++) {
        unsigned at = (s->newest + memory - k) % memory;
        alpha[at] = dot(s->steps + at * n, s->direction, n) / s->curvature[at];
        add(s->direction, -alpha[at], s->changes + at * n, n);
    }
    if (s->kept > 0) {
        const double *change = s->changes + s->newest * n;
        double scale = s->curvature[s->newest] / dot(change, change, n);
        for (size_t i = 0; i < n; i++)
            s->direction[i] *= scale;
    }
    for (unsigned k = s->kept; k-- > 0;) {
        unsigned at = (s->newest + memory - k) % memory;
        double beta = dot(s->changes + at * n, s->direction, n) / s->curvature[at];
        add(s->direction, alpha[at] - beta, s->steps + at * n, n);
    }
    for (size_t i = 0; i < n; i++)
        if (s->direction[i] * s->pseudo[i] >= 0)
            s->direction[i] = 0;
}

/* next = x + length direction, where no argument leaves the orthant of x, or where x is zero, of
 * steepest descent. Returns pseudo . (next - x). */
static double look(search *s, double length) {
    double foretold = 0;
    bool bounded = s->problem->l1 > 0;
    for (size_t i = 0; i < s->problem->n; i++) {
        double x = s->x[i], to = x + length * s->direction[i];
        double side = x != 0 ? x : -s->pseudo[i];
        if (bounded && to * side <= 0)
            to = 0;
        s->next[i] = to;
        foretold += s->pseudo[i] * (to - x);
    }
    return foretold;
}

/* Halve the step until it lowers the value enough; false where none does. */
static bool descend(search *s, double length, double *value) {
    for (int k = 0; k < HALVINGS; k++, length /= 2) {
        double foretold = look(s, length);
        *value = evaluate(s->next_gradient, s->next, s->problem);
        if (isfinite(*value) && foretold < 0 && *value <= s->value + sufficient * foretold)
            return true;
    }
    return false;
}

static void exchange(double **a, double **b) {
    double *kept = *a;
    *a = *b;
    *b = kept;
}

static void remember(search *s) {
    size_t n = s->problem->n;
    unsigned at = s->kept ? (s->newest + 1) % s->problem->memory : 0;
    double *step = s->steps + at * n, *change = s->changes + at * n;
    for (size_t i = 0; i < n; i++) {
        step[i] = s->next[i] - s->x[i];
        change[i] = s->next_gradient[i] - s->gradient[i];
    }
    s->curvature[at] = dot(step, change, n);
    if (s->curvature[at] <= 1e-12 * dot(change, change, n))
        return; /* the function is flat there: it says nothing of curvature */
    s->newest = at;
    if (s->kept < s->problem->memory)
        s->kept++;
}

static kg_status iterate(search *s) {
    const kg_owlqn *p = s->problem;
    for (unsigned k = 0; k < p->iterations; k++) {
        double value;
        find_pseudo_gradient(s);
        find_direction(s);
        double norm = sqrt(dot(s->direction, s->direction, p->n));
        if (norm == 0 || !descend(s, s->kept ? 1 : 1 / norm, &value))
            return KG_OK;
        remember(s);
        exchange(&s->x, &s->next);
        exchange(&s->gradient, &s->next_gradient);
        s->value = value;
        if (p->goes_on && !p->goes_on(p->context, k + 1, value))
            return KG_ERR_CANCELLED;
        if (k >= PERIOD && s->past[k % PERIOD] - value < p->tolerance * fabs(value))
            return KG_OK;
        s->past[k % PERIOD] = value;
    }
    return KG_OK;
}

kg_status kg_owlqn_minimize(double *x, double *value, const kg_owlqn *problem, kg_error *err) {
    size_t n = problem->n;
    search s = {.problem = problem};
    if (problem->memory < 1 || problem->memory > MOST_MEMORY)
        return kg_error_set(err, KG_ERR_ARGUMENT, "a memory of %u steps; 1 to %d can be had",
                            problem->memory, MOST_MEMORY);
    double *at = s.block = calloc((6 + 2 * (size_t)problem->memory) * n + 1, sizeof *at);
    if (!at)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory minimizing over %zu numbers", n);
    double **parts[] = {&s.x, &s.gradient, &s.next, &s.next_gradient, &s.pseudo, &s.direction};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++, at += n)
        *parts[k] = at;
    s.steps = at;
    s.changes = at + problem->memory * n;
    memcpy(s.x, x, n * sizeof *x);
    s.value = evaluate(s.gradient, s.x, problem);
    kg_status st = isfinite(s.value) ? iterate(&s) : KG_ERR_NUMERIC;
    memcpy(x, s.x, n * sizeof *x);
    *value = s.value;
    free(s.block);
    if (st == KG_ERR_NUMERIC)
        return kg_error_set(err, st, "the value to minimize is not finite at the start");
    if (st != KG_OK)
        return kg_error_set(err, st, "stopped while minimizing");
    return KG_OK;
}
