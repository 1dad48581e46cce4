/* The trainer of any task, under the host's run loop: an epoch dealt to ranks and micro-batches,
 * steps, the best epoch and reading, checkpoints. A task's trainer is
 *
 *     static kg_status configure(void *state, const char *json, kg_error *err) {
 *         return kg_tuner_configure(state, &kg_ner_task, json, err);
 *     }
 *     const kg_trainer_class kg_ner_trainer = {
 *         .descriptor = {...}, .configure = configure, KG_TUNER_FUNCTIONS};
 */
#ifndef KG_SMEDBERT_TUNE_TRAINER_H
#define KG_SMEDBERT_TUNE_TRAINER_H

#include "plugins/common/plugin_module.h"
#include "plugins/smedbert/tune/tune_batches.h"
#include "plugins/smedbert/tune/tune_task.h"

typedef struct kg_tuner {
    kg_trainer_host base;
    const kg_tune_task *task;
    kg_tune_settings settings;
    kg_tune_session session;
    kg_optimizer optimizer;
    kg_tune_part train, dev, test;
    size_t labeled;          /* examples of train; those behind them are of the file unlabeled */
    uint8_t *held, *trained; /* of each example of train: held out to choose the epoch; or not */
    float *class_weights;    /* of each class; NULL: all count 1 */
    kg_tune_batches batches;
} kg_tuner;

kg_status kg_tuner_configure(void *state, const kg_tune_task *task, const char *json,
                             kg_error *err);
kg_status kg_tuner_prepare(void *state, uint64_t *steps_per_epoch, kg_error *err);
kg_status kg_tuner_step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err);
kg_status kg_tuner_evaluate(void *state, const kgp_metrics *out, kg_error *err);
kg_status kg_tuner_save(void *state, const char *folder, kg_error *err);
kg_status kg_tuner_load(void *state, const char *folder, kg_error *err);
kg_status kg_tuner_finish(void *state, const kgp_metrics *out, kg_error *err);
void kg_tuner_release(void *state);
void kg_tuner_destroy(void *state);

#define KG_TUNER_FUNCTIONS                                                                         \
    .state = sizeof(kg_tuner), .prepare = kg_tuner_prepare, .step = kg_tuner_step,                 \
    .evaluate = kg_tuner_evaluate, .save = kg_tuner_save, .load = kg_tuner_load,                   \
    .finish = kg_tuner_finish, .release = kg_tuner_release, .destroy = kg_tuner_destroy

/* For the descriptor: what the host may do with such a trainer. */
extern const char *const kg_tuner_features[];

#endif
