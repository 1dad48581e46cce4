/* A plugin to start from: it fits a line y = a x + b to points with noise, by stochastic gradient
 * descent. Copy this folder, rename, and put your mathematics in place of its own; the comments say
 * what the host expects where. Everything that it may call is in kg_plugin.h. */
#ifdef KG_INSTALLED
#include <kg/kg_plugin.h>
#else
#include "plugins/abi/kg_plugin.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fit {
    kgp_trainer trainer; /* what the host holds; its self is this struct */
    const kgp_host *host;
    const kgp_collective *collective;
    uint64_t seed, points, batch;
    double rate;
    double a, b;   /* the state of training: all that save must write */
    double *x, *y; /* the data */
} fit;

/* A number in [0, 1) that depends on its arguments alone: training must never depend on how often a
 * generator was asked before, or a resumed run would differ. */
static double draw(uint64_t seed, uint64_t purpose, uint64_t i) {
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + purpose * UINT64_C(0xD1B54A32D192ED03) + i;
    for (int round = 0; round < 2; ++round) {
        x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
        x ^= x >> 31;
    }
    return (double)(x >> 11) * 0x1p-53;
}

static kgp_status fail(kgp_error *err, kgp_status status, const char *text) {
    if (err)
        snprintf(err->text, sizeof err->text, "%s", text);
    return status;
}

/* ---- The trainer's life --------------------------------------------------------------------- */

static kgp_status init(void *self, kgp_error *err) {
    fit *f = self;
    f->collective = f->host->get_extension(f->host, KGP_EXT_COLLECTIVE);
    return f->collective ? KGP_OK : fail(err, KGP_ERR_UNSUPPORTED, "the host has no collective");
}

/* The value of a number in JSON that the host has checked: after "key": . Enough for a flat
 * configuration; a real plugin takes a JSON library. */
static double number_of(const char *json, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(json, quoted);
    return at ? strtod(at + strlen(quoted), NULL) : 0;
}

static kgp_status configure(void *self, const char *json, kgp_error *err) {
    fit *f = self;
    f->seed = (uint64_t)number_of(json, "seed");
    f->points = (uint64_t)number_of(json, "points");
    f->batch = (uint64_t)number_of(json, "batch");
    f->rate = number_of(json, "learning_rate");
    if (f->batch > f->points)
        return fail(err, KGP_ERR_ARGUMENT,
                    "found a batch of more points than there are; make batch smaller");
    return KGP_OK;
}

static kgp_status prepare(void *self, uint64_t *steps_per_epoch, kgp_error *err) {
    fit *f = self;
    f->x = malloc(f->points * sizeof *f->x);
    f->y = malloc(f->points * sizeof *f->y);
    if (!f->x || !f->y)
        return fail(err, KGP_ERR_MEMORY, "out of memory for the points");
    for (uint64_t i = 0; i < f->points; ++i) {
        f->x[i] = 2 * draw(f->seed, 1, i) - 1;
        f->y[i] = 3 * f->x[i] - 0.5 + 0.1 * (draw(f->seed, 2, i) - 0.5);
    }
    f->a = f->b = 0;
    *steps_per_epoch = f->points / f->batch;
    return KGP_OK;
}

/* One step over the global batch: each rank sums over its share, and the sums over all ranks give
 * the gradient of the mean. */
static kgp_status step(void *self, uint64_t number, const kgp_metrics *out, kgp_error *err) {
    fit *f = self;
    double sums[3] = {0, 0, 0}; /* loss, its gradients by a and by b */
    uint64_t rank = f->collective->rank(f->host), ranks = f->collective->size(f->host);
    for (uint64_t k = rank; k < f->batch; k += ranks) {
        uint64_t i = (uint64_t)(draw(f->seed, 3, number * f->batch + k) * (double)f->points);
        double error = f->a * f->x[i] + f->b - f->y[i];
        sums[0] += error * error;
        sums[1] += 2 * error * f->x[i];
        sums[2] += 2 * error;
    }
    kgp_status st = f->collective->allreduce(f->host, sums, 3, KGP_NUMBER_F64);
    if (st != KGP_OK)
        return fail(err, st, "the ranks could not add their gradients");
    double n = (double)f->batch;
    f->a -= f->rate * sums[1] / n;
    f->b -= f->rate * sums[2] / n;
    out->put(out, "loss", sums[0] / n);
    out->put(out, "items", n);
    return KGP_OK;
}

static kgp_status evaluate(void *self, const kgp_metrics *out, kgp_error *err) {
    const fit *f = self;
    double sum = 0;
    (void)err;
    for (uint64_t i = 0; i < f->points; ++i) {
        double error = f->a * f->x[i] + f->b - f->y[i];
        sum += error * error;
    }
    out->put(out, "mse", sum / (double)f->points);
    return KGP_OK;
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

static kgp_status save(void *self, const char *folder, kgp_error *err) {
    const fit *f = self;
    char path[4096];
    if (!folder)
        return KGP_OK; /* not rank 0 */
    snprintf(path, sizeof path, "%s/line.txt", folder);
    FILE *file = fopen(path, "w");
    if (!file)
        return fail(err, KGP_ERR_IO, "cannot create line.txt");
    fprintf(file, "%a %a\n", f->a, f->b); /* hexadecimal: exact to the bit */
    int failed = ferror(file);
    failed |= fclose(file) != 0;
    return failed ? fail(err, KGP_ERR_FULL, "cannot write line.txt") : KGP_OK;
}

static kgp_status load(void *self, const char *folder, kgp_error *err) {
    fit *f = self;
    char path[4096];
    snprintf(path, sizeof path, "%s/line.txt", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(err, KGP_ERR_NOT_FOUND, "the checkpoint has no line.txt");
    char line[128] = "", *middle, *end;
    const char *read = fgets(line, sizeof line, file);
    fclose(file);
    f->a = strtod(line, &middle);
    f->b = strtod(middle, &end);
    if (!read || middle == line || end == middle)
        return fail(err, KGP_ERR_CORRUPT, "line.txt does not hold two numbers");
    return KGP_OK;
}

/* The figures to remember a run by; a trainer of embeddings would write its tables here. */
static kgp_status finish(void *self, const kgp_metrics *out, kgp_error *err) {
    const fit *f = self;
    out->put(out, "a", f->a);
    out->put(out, "b", f->b);
    return evaluate(self, out, err);
}

static void release(void *self) {
    fit *f = self;
    free(f->x);
    free(f->y);
    f->x = f->y = NULL;
}

static void destroy(void *self) {
    free(self);
}

/* ---- What the host asks for first ----------------------------------------------------------- */

static const char *const features[] = {"ranks", NULL};

static const kgp_trainer_descriptor descriptor = {
    sizeof descriptor,
    "template",
    "Line",
    "1.0",
    "Fits a line to points, as an example of a plugin",
    features,
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"points\": {\"type\": \"integer\", \"minimum\": 1, \"default\": 1000,"
    " \"description\": \"Points to fit\"},"
    "\"batch\": {\"type\": \"integer\", \"minimum\": 1, \"default\": 16,"
    " \"description\": \"Points a step looks at\"},"
    "\"learning_rate\": {\"type\": \"number\", \"exclusiveMinimum\": 0, \"default\": 0.05,"
    " \"description\": \"How far a step goes\"}}}",
    "points",
    "mse",
    0,
};

static uint32_t count(void) {
    return 1;
}

static const kgp_trainer_descriptor *describe(uint32_t i) {
    (void)i;
    return &descriptor;
}

static kgp_status create(kgp_trainer **out, const kgp_host *host, const char *id, kgp_error *err) {
    (void)id;
    fit *f = calloc(1, sizeof *f);
    if (!f)
        return fail(err, KGP_ERR_MEMORY, "out of memory making the trainer");
    f->host = host;
    f->trainer = (kgp_trainer){
        sizeof f->trainer, f,       init, configure, prepare, step, evaluate, save, load, finish,
        release,           destroy, NULL};
    *out = &f->trainer;
    return KGP_OK;
}

static const kgp_trainer_factory factory = {sizeof factory, count, describe, create};

static kgp_status start(const char *path, kgp_error *err) {
    (void)path;
    (void)err;
    return KGP_OK;
}

static void stop(void) {
}

static const void *get_factory(const char *id) {
    return strcmp(id, KGP_FACTORY_TRAINER) == 0 ? &factory : NULL;
}

KGP_EXPORT extern const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION,
                                   start,         stop,          get_factory};
