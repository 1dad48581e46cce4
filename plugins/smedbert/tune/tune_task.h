/* A task is a row of a table: how its data are read, packed and scored, what its head is, and how
 * the scores are read and judged. The trainer (tune_trainer.h) does all else. */
#ifndef KG_SMEDBERT_TUNE_TASK_H
#define KG_SMEDBERT_TUNE_TASK_H

#include "plugins/smedbert/tune/labels.h"
#include "plugins/smedbert/tune/measures.h"
#include "plugins/smedbert/tune/tune_session.h"

/* A task has at most so many figures. */
enum { KG_TUNE_FIGURES = 12 };

/* The seed of intervals, which is the default of `kg ner eval` and `kg tune eval`. */
enum { KG_TUNE_RESAMPLING = 1 };

/* What was measured of a part: one value for each name of task->figures, NaN where the data have
 * none. */
typedef struct kg_tune_figures {
    double values[KG_TUNE_FIGURES];
    double loss;
    kg_tune_reading reading; /* that the scores were read by */
    size_t resamples;        /* to take for the interval; 0: none is asked for */
    kg_interval interval;    /* of the first figure, over the examples */
} kg_tune_figures;

struct kg_tune_task {
    const char *name;    /* "ner" */
    const char *command; /* that trains it: "kg ner train" */
    const char *file;    /* in the folder of a checkpoint: "ner.json" */
    const char *bias;    /* what a checkpoint and the metrics call the reading's bias */
    const char *unit;    /* what is trained on: "windows" */
    const char *const
        *figures;             /* names, NULL at the end; the first chooses the epoch and the reading
                                 unless run.best_metric is another; the highest value is best */
    const char *architecture; /* the class of transformers that computes the head */
    bool all_tags;            /* sparse features weigh for all outputs (kg_sparse_fitting) */
    size_t own_size;          /* bytes of setup.own, zero at first */

    /* What is the task's own of the setup: from the settings; into the JSON that a checkpoint
     * keeps, and back (false: it is not what the task writes); freed. free and read's rest are
     * called after failures too. */
    kg_status (*configure)(kg_tune_setup *setup, const json_t *settings, kg_error *err);
    kg_status (*keep)(json_t *object, const kg_tune_setup *setup);
    bool (*take)(kg_tune_setup *setup, const json_t *object);
    void (*free)(void *own);

    /* What checkpoints used as one must agree in: their classes, and a text that says what else. */
    const kg_labels *(*classes)(const kg_tune_setup *setup);
    const char *(*scheme)(const kg_tune_setup *setup);

    /* Read a file into part->data, examples and items. `learn`: it is what is trained on, so its
     * classes become the setup's; else they must be among those. */
    kg_status (*read)(kg_tune_part *part, kg_tune_setup *setup, const char *path, bool learn,
                      kg_error *err);
    void (*drop)(void *data);

    /* Put what was read of one file behind what was read of another. KG_ERR_MEMORY. */
    kg_status (*append)(void *data, const void *more);

    /* How many examples of train have each class; borrowed from the setup. NULL, or gives NULL:
     * examples are not of one class each. */
    const uint64_t *(*counts)(const kg_tune_setup *setup);

    /* The sparse features of an example's items, and their gold (kg_sparse_fitting). */
    kg_status (*keys)(kg_sparse_keys *keys, const uint16_t **gold, kg_tune_session *session,
                      const kg_tune_part *part, size_t example, kg_error *err);

    /* Make part->packs. trained: of each example, whether it is trained on; NULL: none is. */
    kg_status (*pack)(kg_tune_part *part, kg_tune_session *session, const uint8_t *trained,
                      kg_error *err);

    /* Make the packs of an epoch anew, as many as there were. NULL: they are the same in all. */
    kg_status (*deal)(kg_tune_part *part, const kg_tune_session *session, uint64_t seed,
                      uint64_t epoch, kg_error *err);

    /* Names of the outputs, in their order; NULL: no memory. The caller's to decref. */
    json_t *(*labels)(const kg_tune_setup *setup);

    /* Turn off the task's own parts that a linear map on a BERT does not compute, and add their
     * names to the list. */
    void (*reduce)(kg_tune_setup *setup, json_t *left_out);

    /* low (n): by how much of the reading's bias each of the n outputs' scores is lowered. */
    void (*lower)(float *low, const kg_tune_setup *setup, size_t n);

    /* The head; with the graph open, where there is one. */
    kg_tune_shape (*shape)(const kg_tune_session *session);

    /* Read the scores of the examples whose `only` is set (NULL: all), and judge what is read. */
    kg_status (*measure)(kg_tune_figures *out, kg_tune_session *session, const kg_tune_part *part,
                         const kg_tune_scores *scores, const uint8_t *only, kg_error *err);

    /* Of biases that tune_reading tries: n of them, the first being 0. */
    const float *biases;
    size_t n_biases;
    bool asks_for_biases; /* those beside 0 are tried with tune_prior alone */
};

/* Judge a part by the session's reading, with the interval. */
kg_status kg_tune_measure(kg_tune_figures *out, kg_tune_session *session, const kg_tune_part *part,
                          kg_error *err);

/* Judge the examples of a part whose `only` is set (NULL: all), by the reading that does best of
 * those that are tried. */
kg_status kg_tune_choose(kg_tune_figures *out, kg_tune_session *session, const kg_tune_part *part,
                         const uint8_t *only, const kg_tune_choice *choice, kg_error *err);

#endif
