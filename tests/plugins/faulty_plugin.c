/* A plugin with one fault, chosen by the macro FAULT_...: built once for each. */
#include "plugins/abi/kg_plugin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static kgp_status fail(kgp_error *err, const char *text) {
    snprintf(err->text, sizeof err->text, "%s", text);
    return KGP_ERR_UNSUPPORTED;
}

static kgp_status init(void *self, kgp_error *err) {
    (void)self;
    (void)err;
    return KGP_OK;
}

static kgp_status configure(void *self, const char *json, kgp_error *err) {
    (void)self;
#ifdef FAULT_configure
    return fail(err, strstr(json, "\"run\"") ? "it does not suit me" : "there is no run");
#else
    (void)json;
    (void)err;
    return KGP_OK;
#endif
}

static kgp_status prepare(void *self, uint64_t *steps_per_epoch, kgp_error *err) {
    (void)self;
    *steps_per_epoch = 0;
#ifdef FAULT_prepare
    return fail(err, "no data");
#else
    (void)err;
    return KGP_OK;
#endif
}

static kgp_status step(void *self, uint64_t number, const kgp_metrics *out, kgp_error *err) {
    (void)self;
    (void)err;
#if defined FAULT_step
    return number == 3 ? fail(err, "the third step is too much")
                       : (out->put(out, "loss", 1), KGP_OK);
#elif defined FAULT_step_silent
    return number ? KGP_ERR_NUMERIC : KGP_OK;
#elif defined FAULT_step_odd
    return number ? 77 : KGP_OK;
#elif defined FAULT_step_no_loss
    out->put(out, "lost", (double)number);
    return KGP_OK;
#elif defined FAULT_step_nan
    out->put(out, "loss", number == 4 ? (double)NAN : 1.0);
    return KGP_OK;
#elif defined FAULT_step_slow
    FILE *begun = fopen("stepping", "w");
    if (begun)
        fclose(begun);
    for (int i = 0; i < 600; ++i) /* a minute, signals or no signals */
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    out->put(out, "loss", (double)number);
    return KGP_OK;
#elif defined FAULT_step_name
    out->put(out, "loss", (double)number);
    out->put(out, "a \"name\"", 1);
    return KGP_OK;
#else
    out->put(out, "loss", 1.0 / (double)number);
    return KGP_OK;
#endif
}

static kgp_status evaluate(void *self, const kgp_metrics *out, kgp_error *err) {
    (void)self;
#ifdef FAULT_evaluate
    return out ? fail(err, "nothing to measure") : KGP_OK;
#else
    (void)err;
    out->put(out, "score", 1);
    return KGP_OK;
#endif
}

static kgp_status save(void *self, const char *folder, kgp_error *err) {
    (void)self;
#ifdef FAULT_save
    return folder ? fail(err, "the pen is broken") : KGP_OK;
#else
    (void)folder;
    (void)err;
    return KGP_OK;
#endif
}

static kgp_status load(void *self, const char *folder, kgp_error *err) {
    (void)self;
    (void)folder;
    (void)err;
    return KGP_OK;
}

static void nothing(void *self) {
    (void)self;
}

static kgp_trainer trainer = {sizeof trainer, NULL,    init,
#ifdef FAULT_no_configure
                              NULL,
#else
                              configure,
#endif
                              prepare,        step,    evaluate, save, load,
                              NULL,           nothing, nothing,  NULL};

static const char *const features[] = {NULL};

static const kgp_trainer_descriptor descriptor = {
    sizeof descriptor,
#ifdef FAULT_no_id
    "",
#else
    "faulty",
#endif
    "Faulty",
    "0",
#ifdef FAULT_no_description
    NULL,
#else
    "Has one fault",
#endif
    features,
#ifdef FAULT_schema
    "{\"type\": ",
#else
    "{\"type\": \"object\"}",
#endif
    "steps",
    NULL,
    0,
};

static uint32_t count(void) {
    return 1;
}

static const kgp_trainer_descriptor *describe(uint32_t i) {
    return i == 0 ? &descriptor : NULL;
}

static kgp_status create(kgp_trainer **out, const kgp_host *host, const char *id, kgp_error *err) {
    (void)host;
    (void)id;
    (void)err;
#if defined FAULT_create
    *out = NULL;
    return fail(err, "not today");
#elif defined FAULT_create_nothing
    *out = NULL;
    return KGP_OK;
#else
    *out = &trainer;
    return KGP_OK;
#endif
}

static const kgp_trainer_factory factory = {
#ifdef FAULT_factory_short
    8,
#else
    sizeof factory,
#endif
    count,
    describe,
#ifdef FAULT_factory_hole
    NULL,
#else
    create,
#endif
};

static const void *get_factory(const char *id) {
#ifdef FAULT_no_factory
    return id ? NULL : &factory;
#else
    return strcmp(id, KGP_FACTORY_TRAINER) == 0 ? &factory : NULL;
#endif
}

static kgp_status start(const char *path, kgp_error *err) {
#ifdef FAULT_init
    return fail(err, strstr(path, "faulty_init") ? "no licence" : "no path");
#else
    (void)path;
    (void)err;
    return KGP_OK;
#endif
}

static void stop(void) {
}

#ifdef FAULT_undefined
extern int kg_test_nobody_defines_this(void);
#endif

#ifndef FAULT_no_entry
KGP_EXPORT extern const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {
#ifdef FAULT_major
    KGP_ABI_MAJOR + 1,
#else
    KGP_ABI_MAJOR,
#endif
    KGP_ABI_MINOR,
    KGP_ABI_REVISION,
#ifdef FAULT_no_init
    NULL,
#else
    start,
#endif
#ifdef FAULT_no_deinit
    NULL,
#else
    stop,
#endif
#ifdef FAULT_no_get_factory
    NULL,
#elif defined FAULT_undefined
    (const void *(*)(const char *))kg_test_nobody_defines_this,
#else
    get_factory,
#endif
};
#else
KGP_EXPORT const void *kg_other_entry(const char *id);
const void *kg_other_entry(const char *id) {
    return start(id, NULL) == KGP_OK ? get_factory(id) : (stop(), NULL);
}
#endif
