#include "naive_kge.h"

#include <math.h>
#include <stdlib.h>

double naive_distance(const double *values, const transr_parameters *shape,
                      const transr_recipe *recipe, transr_triple triple) {
    size_t d = shape->d, dr = shape->dr, size = d * dr;
    const double *entity = values, *relation = values + shape->E * d;
    const double *head = relation + shape->R * dr;
    const double *tail = head + (recipe->separate ? shape->R * size : 0);
    double sum = 0;
    for (size_t k = 0; k < dr; k++) {
        double x = relation[triple.relation * dr + k];
        for (size_t i = 0; recipe->project && i < d; i++) {
            x += entity[triple.head * d + i] * head[triple.relation * size + i * dr + k];
            x -= entity[triple.tail * d + i] * tail[triple.relation * size + i * dr + k];
        }
        if (!recipe->project)
            x += entity[triple.head * d + k] - entity[triple.tail * d + k];
        sum += recipe->norm == TRANSR_L1 ? fabs(x) : x * x;
    }
    return recipe->norm == TRANSR_L2 ? sqrt(sum) : sum;
}

bool naive_has(const transr_triple *triples, size_t n, transr_triple triple) {
    for (size_t i = 0; i < n; i++)
        if (triples[i].head == triple.head && triples[i].relation == triple.relation &&
            triples[i].tail == triple.tail)
            return true;
    return false;
}

transr_triple naive_answered(transr_query query, uint32_t answer) {
    return query.side ? (transr_triple){answer, query.relation, query.anchor}
                      : (transr_triple){query.anchor, query.relation, answer};
}

static double score(const double *values, const naive_problem *p, transr_triple t) {
    return -(double)p->recipe->scale * naive_distance(values, p->shape, p->recipe, t);
}

static double softmax_loss(const double *values, const naive_problem *p, transr_query q,
                           uint32_t answer) {
    double own = exp(score(values, p, naive_answered(q, answer))), whole = own;
    for (uint32_t j = 0; j < p->shape->E; j++)
        if (!naive_has(p->triples, p->n, naive_answered(q, j)))
            whole += exp(score(values, p, naive_answered(q, j)));
    return -log(own / whole);
}

static double logistic_loss(const double *values, const naive_problem *p, transr_query q,
                            uint32_t answer) {
    double gamma = p->recipe->gamma, alpha = p->recipe->adversarial, sum = 0, weighted = 0;
    for (uint32_t j = 0; j < p->shape->E; j++) {
        transr_triple t = naive_answered(q, j);
        if (naive_has(p->triples, p->n, t))
            continue;
        double weight = exp(alpha * score(p->weights_from, p, t));
        sum += weight;
        weighted += weight * log(1 + exp(gamma + score(values, p, t)));
    }
    double x = gamma + score(values, p, naive_answered(q, answer));
    return log(1 + exp(-x)) + (sum > 0 ? weighted / sum : 0);
}

double naive_loss(const double *values, const naive_problem *problem) {
    double loss = 0;
    for (size_t i = 0; i < problem->n; i++) {
        transr_triple t = problem->triples[i];
        for (uint32_t side = 0; side < 2; side++) {
            transr_query q = {side ? t.tail : t.head, t.relation, side};
            uint32_t answer = side ? t.head : t.tail;
            loss += problem->recipe->loss == TRANSR_SOFTMAX
                        ? softmax_loss(values, problem, q, answer)
                        : logistic_loss(values, problem, q, answer);
        }
    }
    return loss;
}
