#include "plugins/common/plugin_module.h"

#include "plugins/common/abi_status.h"

#include <stdlib.h>
#include <string.h>

/* ---- Trainers -------------------------------------------------------------------------------- */

/* What the host holds; the state follows it in memory of its own. */
typedef struct adapter {
    kgp_trainer abi; /* its self is this struct */
    const kg_trainer_class *class;
    kg_trainer_host *state;
} adapter;

static kgp_status trainer_init(void *self, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    kg_trainer_host *t = a->state;
    t->collective = t->host->get_extension(t->host, KGP_EXT_COLLECTIVE);
    t->log = t->host->get_extension(t->host, KGP_EXT_LOG);
    t->progress = t->host->get_extension(t->host, KGP_EXT_PROGRESS);
    if (t->collective && t->log && t->progress)
        return KGP_OK;
    kg_error_set(&detail, KG_ERR_UNSUPPORTED, "the host lacks collectives, a log or progress");
    return kg_abi_give(err, KG_ERR_UNSUPPORTED, &detail);
}

static kgp_status trainer_configure(void *self, const char *json, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    return kg_abi_give(err, a->class->configure(a->state, json, &detail), &detail);
}

static kgp_status trainer_prepare(void *self, uint64_t *steps_per_epoch, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    return kg_abi_give(err, a->class->prepare(a->state, steps_per_epoch, &detail), &detail);
}

/* Numbers that went astray are told with the step, at which a checkpoint before it may be found. */
static kgp_status trainer_step(void *self, uint64_t number, const kgp_metrics *out,
                               kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = a->class->step(a->state, number, out, &detail);
    if (st != KG_ERR_NUMERIC || err == NULL)
        return kg_abi_give(err, st, &detail);
    snprintf(err->text, sizeof err->text, "step %llu: %.900s", (unsigned long long)number,
             detail.text);
    return (kgp_status)st;
}

static kgp_status trainer_evaluate(void *self, const kgp_metrics *out, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    return kg_abi_give(err, a->class->evaluate(a->state, out, &detail), &detail);
}

static kgp_status trainer_save(void *self, const char *folder, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = folder ? a->class->save(a->state, folder, &detail) : KG_OK;
    return kg_abi_give(err, st, &detail);
}

static kgp_status trainer_load(void *self, const char *folder, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    return kg_abi_give(err, a->class->load(a->state, folder, &detail), &detail);
}

static kgp_status trainer_finish(void *self, const kgp_metrics *out, kgp_error *err) {
    const adapter *a = self;
    kg_error detail = KG_ERROR_INIT;
    return kg_abi_give(err, a->class->finish(a->state, out, &detail), &detail);
}

static void trainer_release(void *self) {
    const adapter *a = self;
    a->class->release(a->state);
}

static void trainer_destroy(void *self) {
    adapter *a = self;
    a->class->destroy(a->state);
    free(a->state);
    free(a);
}

static kgp_status new_adapter(kgp_trainer **out, const kgp_host *host,
                              const kg_trainer_class *class, kgp_error *err) {
    adapter *a = calloc(1, sizeof *a);
    if (a)
        a->state = calloc(1, class->state);
    if (!a || !a->state) {
        free(a);
        return kg_abi_give(err, KG_ERR_MEMORY, NULL);
    }
    a->class = class;
    a->state->host = host;
    a->abi = (kgp_trainer){.size = sizeof a->abi,
                           .self = a,
                           .init = trainer_init,
                           .configure = trainer_configure,
                           .prepare = trainer_prepare,
                           .step = trainer_step,
                           .evaluate = class->evaluate ? trainer_evaluate : NULL,
                           .save = trainer_save,
                           .load = trainer_load,
                           .finish = class->finish ? trainer_finish : NULL,
                           .release = trainer_release,
                           .destroy = trainer_destroy};
    *out = &a->abi;
    return KGP_OK;
}

static uint32_t count_trainers(void) {
    uint32_t n = 0;
    while (kg_plugin_trainers[n])
        n++;
    return n;
}

static const kgp_trainer_descriptor *describe_trainer(uint32_t i) {
    return &kg_plugin_trainers[i]->descriptor;
}

static kgp_status create_trainer(kgp_trainer **out, const kgp_host *host, const char *id,
                                 kgp_error *err) {
    kg_error detail = KG_ERROR_INIT;
    for (uint32_t i = 0; kg_plugin_trainers[i]; i++)
        if (strcmp(kg_plugin_trainers[i]->descriptor.id, id) == 0)
            return new_adapter(out, host, kg_plugin_trainers[i], err);
    kg_status st = kg_error_set(&detail, KG_ERR_NOT_FOUND, "there is no trainer %s", id);
    return kg_abi_give(err, st, &detail);
}

static const kgp_trainer_factory trainer_factory = {sizeof trainer_factory, count_trainers,
                                                    describe_trainer, create_trainer};

/* ---- Tools ----------------------------------------------------------------------------------- */

static uint32_t count_tools(void) {
    uint32_t n = 0;
    while (kg_plugin_tools[n])
        n++;
    return n;
}

static const kgp_tool_descriptor *describe_tool(uint32_t i) {
    return &kg_plugin_tools[i]->descriptor;
}

static const kg_tool *find_tool(const char *id) {
    for (uint32_t i = 0; kg_plugin_tools[i]; i++)
        if (strcmp(kg_plugin_tools[i]->descriptor.id, id) == 0)
            return kg_plugin_tools[i];
    return NULL;
}

static kgp_status run_tool(const kgp_host *host, const char *id, const char *request,
                           const kgp_output *output, kgp_error *err) {
    kg_error detail = KG_ERROR_INIT;
    const kg_tool *tool = find_tool(id);
    json_error_t fault;
    kg_status st;
    if (tool == NULL) {
        st = kg_error_set(&detail, KG_ERR_NOT_FOUND, "there is no tool %s", id);
        return kg_abi_give(err, st, &detail);
    }
    json_t *object = json_loads(request, 0, &fault);
    if (object != NULL)
        st = tool->run(host, object, output, &detail);
    else
        st = kg_error_set(&detail, KG_ERR_FORMAT, "the request is not JSON: %s", fault.text);
    json_decref(object);
    return kg_abi_give(err, st, &detail);
}

static const kgp_tool_factory tool_factory = {sizeof tool_factory, count_tools, describe_tool,
                                              run_tool};

/* ---- The entry ------------------------------------------------------------------------------- */

static kgp_status start(const char *path, kgp_error *err) {
    (void)path;
    (void)err;
    return KGP_OK;
}

static void stop(void) {
}

static const void *get_factory(const char *id) {
    if (strcmp(id, KGP_FACTORY_TRAINER) == 0)
        return &trainer_factory;
    return strcmp(id, KGP_FACTORY_TOOL) == 0 ? &tool_factory : NULL;
}

KGP_EXPORT extern const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION,
                                   start,         stop,          get_factory};
