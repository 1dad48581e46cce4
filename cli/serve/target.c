#include "cli/serve/target.h"

#include "kgstore/base/nearest.h"
#include "kgstore/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

static int digit_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode the n bytes at text in place, and end them with a NUL. */
static kg_status decode(kg_str *out, char *text, size_t n, bool plus, kg_error *err) {
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            bool both = n - i > 2;
            int high = both ? digit_of(text[i + 1]) : -1, low = both ? digit_of(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return kg_error_set(err, KG_ERR_FORMAT,
                                    "found %% without two hexadecimal digits in the address; "
                                    "write %% itself as %%25");
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        text[used++] = c;
    }
    text[used] = '\0';
    *out = (kg_str){text, used};
    return kg_text_check(*out, "the address", err);
}

static kg_status take_parameter(kg_target *to, char *text, size_t n, kg_error *err) {
    kg_status st;
    char *equals = memchr(text, '=', n);
    size_t name = equals ? (size_t)(equals - text) : n;
    if (to->n == KG_TARGET_PARAMETERS)
        return kg_error_set(err, KG_ERR_FORMAT, "found more than %d parameters in the address",
                            KG_TARGET_PARAMETERS);
    kg_parameter *p = &to->parameters[to->n];
    p->value = (kg_str){"", 0};
    if (equals)
        KG_TRY(st, decode(&p->value, equals + 1, n - name - 1, true, err));
    KG_TRY(st, decode(&p->name, text, name, true, err));
    to->n++;
    return KG_OK;
}

kg_status kg_target_parse(kg_target *out, const char *target, kg_error *err) {
    kg_status st;
    size_t n = strlen(target), path = strcspn(target, "?#");
    bool query = target[path] == '?';
    *out = (kg_target){.text = malloc(n + 1)};
    if (!out->text)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the address");
    memcpy(out->text, target, n + 1);
    KG_TRY(st, decode(&out->path, out->text, path, false, err));
    for (size_t at = path + 1; query && at < n;) {
        size_t length = strcspn(out->text + at, "&#");
        char after = out->text[at + length];
        if (length)
            KG_TRY(st, take_parameter(out, out->text + at, length, err));
        if (after != '&')
            break;
        at += length + 1;
    }
    return KG_OK;
}

void kg_target_free(kg_target *target) {
    free(target->text);
    *target = (kg_target){0};
}

const char *kg_target_value(const kg_target *target, const char *name) {
    for (size_t i = 0; i < target->n; i++)
        if (strcmp(target->parameters[i].name.data, name) == 0)
            return target->parameters[i].value.data;
    return NULL;
}

kg_status kg_target_count(uint64_t *out, const kg_target *target, const char *name,
                          uint64_t otherwise, uint64_t least, uint64_t most, kg_error *err) {
    const char *value = kg_target_value(target, name);
    uint64_t n = 0;
    *out = otherwise;
    if (!value)
        return KG_OK;
    bool good = *value && strlen(value) < 19;
    for (const char *c = value; good && *c; c++) {
        good = *c >= '0' && *c <= '9';
        n = n * 10 + (uint64_t)(*c - '0');
    }
    if (!good || n < least || n > most)
        return kg_error_set(
            err, KG_ERR_ARGUMENT, "found %s=%s; expected a whole number from %llu to %llu", name,
            kg_quote(kg_str_from(value)).text, (unsigned long long)least, (unsigned long long)most);
    *out = n;
    return KG_OK;
}

kg_status kg_target_choice(size_t *out, const kg_target *target, const char *name,
                           const char *const *words, kg_error *err) {
    const char *value = kg_target_value(target, name);
    char list[128] = "";
    *out = 0;
    for (size_t i = 0; value && words[i]; i++) {
        if (strcmp(value, words[i]) == 0) {
            *out = i;
            return KG_OK;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", words[i]);
    }
    return value ? kg_error_set(err, KG_ERR_ARGUMENT, "found %s=%s; expected one of %s", name,
                                kg_quote(kg_str_from(value)).text, list)
                 : KG_OK;
}

kg_status kg_target_flag(bool *out, const kg_target *target, const char *name, kg_error *err) {
    static const char *const words[] = {"false", "true", NULL};
    size_t which;
    kg_status st = kg_target_choice(&which, target, name, words, err);
    *out = which == 1;
    return st;
}

static kg_status check_one(const kg_target *target, size_t i, const char *const *known,
                           const char *many, kg_error *err) {
    const char *name = target->parameters[i].name.data;
    kg_nearest nearest = kg_nearest_begin(name);
    for (; *known; known++) {
        if (strcmp(*known, name) == 0)
            break;
        kg_nearest_consider(&nearest, *known);
    }
    if (!*known)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s takes no parameter %s%s%s%s",
                            target->path.data, kg_quote(kg_str_from(name)).text,
                            nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
                            nearest.best ? "?" : "");
    if (!many || strcmp(many, name) != 0)
        for (size_t j = 0; j < i; j++)
            if (strcmp(target->parameters[j].name.data, name) == 0)
                return kg_error_set(err, KG_ERR_ARGUMENT, "the parameter %s is there twice", name);
    return KG_OK;
}

kg_status kg_target_check(const kg_target *target, const char *const *known, const char *many,
                          kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < target->n; i++)
        KG_TRY(st, check_one(target, i, known, many, err));
    return KG_OK;
}
