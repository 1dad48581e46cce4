/* Input: a byte that chooses a trainer, then lines: its configuration as JSON, and assignments as
 * --set has them. What the schema lets through must be understood, or refused with a reason. An odd
 * byte takes the first line as the schema of a plugin instead, and checks the second by it. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/str.h"
#include "plugins/host/schema.h"
#include "plugins/host/settings.h"
#include "plugins/smedbert/tasks/ner/ner_task.h"
#include "plugins/smedbert/tasks/texts/text_task.h"
#include "plugins/smedbert/pretrain/pretrain_settings.h"

#include <stdlib.h>
#include <string.h>

extern const char smedbert_schema[], ner_schema[], transr_schema[], tune_schema[];

static void told(kg_status st, const kg_error *err) {
    if (st != KG_OK && err->text[0] == '\0')
        abort();
}

/* The next line of the rest, terminated; NULL at the end. */
static char *next_line(kg_str *rest) {
    if (rest->len == 0)
        return NULL;
    const char *newline = memchr(rest->data, '\n', rest->len);
    size_t n = newline ? (size_t)(newline - rest->data) : rest->len, used = newline ? n + 1 : n;
    char *line = strndup(rest->data, n);
    if (!line)
        abort();
    *rest = (kg_str){rest->data + used, rest->len - used};
    return line;
}

static void parse(int trainer, const json_t *config) {
    kg_error err = KG_ERROR_INIT;
    char *text = json_dumps(config, JSON_COMPACT);
    if (!text)
        return; /* text that is not UTF-8 cannot be written */
    if (trainer == 0) {
        kg_pretrain_settings settings;
        told(kg_pretrain_settings_parse(&settings, text, &err), &err);
        kg_pretrain_settings_free(&settings);
    } else if (trainer == 1 || trainer == 3) {
        kg_tune_settings settings;
        const kg_tune_task *task = trainer == 1 ? &kg_ner_task : kg_text_tasks[KG_TEXT_PAIR];
        told(kg_tune_settings_parse(&settings, task, text, &err), &err);
        kg_tune_settings_free(&settings);
    }
    free(text);
}

static void check_config(int trainer, json_t *config) {
    static const char *const schemas[] = {smedbert_schema, ner_schema, transr_schema, tune_schema};
    const kgp_trainer_descriptor descriptor = {.id = "fuzzed", .schema = schemas[trainer]};
    kg_error err = KG_ERROR_INIT;
    kg_run_settings run;
    kg_status st = kg_settings_complete(config, &descriptor, 1, &err);
    told(st, &err);
    if (st != KG_OK)
        return;
    kg_settings_read(&run, config, &descriptor);
    if (kg_settings_same(config, config, &err) != KG_OK)
        abort();
    parse(trainer, config);
}

static void check_schema(const char *schema, json_t *value) {
    kg_error err = KG_ERROR_INIT;
    json_t *parsed;
    kg_status st = kg_json_parse(&parsed, schema, "the schema", &err);
    told(st, &err);
    if (st != KG_OK)
        return;
    told(kg_schema_apply(value, parsed, "the value", &err), &err);
    json_decref(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    kg_error err = KG_ERROR_INIT;
    kg_str rest = {(const char *)data + 1, size - 1};
    char *line, *schema = data[0] % 2 ? next_line(&rest) : NULL, *text = next_line(&rest);
    json_t *config = NULL;
    if (text && kg_json_parse(&config, text, "the input", &err) == KG_OK) {
        while ((line = next_line(&rest))) {
            err = (kg_error)KG_ERROR_INIT;
            told(kg_schema_set(config, line, &err), &err);
            free(line);
        }
        if (schema)
            check_schema(schema, config);
        else
            check_config(data[0] / 2 % 4, config);
    }
    json_decref(config);
    free(schema);
    free(text);
    return 0;
}
