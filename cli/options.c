#include "cli/options.h"

#include "kgstore/base/nearest.h"
#include "kgstore/base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const kg_option kg_common_options[] = {
    {"json", 0, KG_OPTION_FLAG, offsetof(kg_common, json), NULL, "print JSON: --mode json"},
    {"mode", 0, KG_OPTION_CHOICE, offsetof(kg_common, mode),
     "table|tsv|csv|json|jsonl|markdown|csv-safe",
     "how to print results; default: table on a terminal, else tsv"},
    {"csv-safe", 0, KG_OPTION_FLAG, offsetof(kg_common, csv_safe), NULL,
     "print CSV without formulas: --mode csv-safe"},
    {"help", 'h', KG_OPTION_FLAG, offsetof(kg_common, help), NULL, "show this help"},
    {0}};

/* An option as it stands among the words. */
typedef struct spelling {
    char text[64]; /* "--name" or "-x", for messages */
    const char *name;
    size_t name_len;
    const char *value; /* what follows '=' or a letter; NULL: nothing does */
} spelling;

static const kg_option *find_in(const kg_option *table, const spelling *s) {
    for (; table && table->name; ++table) {
        bool same = s->text[1] == '-' ? strlen(table->name) == s->name_len &&
                                            memcmp(table->name, s->name, s->name_len) == 0
                                      : table->letter == s->name[0];
        if (same)
            return table;
    }
    return NULL;
}

static kg_status unknown_option(const spelling *s, const kg_option *options, kg_error *err) {
    if (s->text[1] != '-')
        return kg_error_set(err, KG_ERR_ARGUMENT, "unknown option %s", s->text);
    kg_nearest nearest = kg_nearest_begin(s->text + 2);
    const kg_option *tables[] = {options, kg_common_options};
    for (size_t i = 0; i < 2; ++i)
        for (const kg_option *o = tables[i]; o && o->name; ++o)
            kg_nearest_consider(&nearest, o->name);
    if (!nearest.best)
        return kg_error_set(err, KG_ERR_ARGUMENT, "unknown option %s", s->text);
    return kg_error_set(err, KG_ERR_ARGUMENT, "unknown option %s; did you mean --%s?", s->text,
                        nearest.best);
}

kg_status kg_size_parse(uint64_t *bytes, const char *word) {
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    if (!isdigit((unsigned char)*word))
        return KG_ERR_ARGUMENT;
    unsigned long long number = strtoull(word, &end, 10);
    unsigned shift = 0;
    if (*end) {
        const char *unit = strchr(units, toupper((unsigned char)*end));
        if (!unit || end[1])
            return KG_ERR_ARGUMENT;
        shift = 10 * ((unsigned)(unit - units) + 1);
    }
    if (errno || number > UINT64_MAX >> shift)
        return KG_ERR_ARGUMENT;
    *bytes = (uint64_t)number << shift;
    return KG_OK;
}

static bool parse_count(uint64_t *out, const char *word) {
    char *end;
    errno = 0;
    if (!isdigit((unsigned char)*word))
        return false;
    *out = strtoull(word, &end, 10);
    return !errno && !*end;
}

static bool parse_real(double *out, const char *word) {
    char *end;
    errno = 0;
    *out = strtod(word, &end);
    return end != word && !*end && !errno && *out == *out;
}

static bool parse_choice(int *out, const char *choices, const char *word) {
    size_t n = strlen(word);
    for (int i = 0; choices; ++i) {
        const char *bar = strchr(choices, '|');
        size_t len = bar ? (size_t)(bar - choices) : strlen(choices);
        if (len == n && memcmp(choices, word, n) == 0) {
            *out = i;
            return true;
        }
        choices = bar ? bar + 1 : NULL;
    }
    return false;
}

static kg_status set_value(void *settings, const kg_option *o, const spelling *s, const char *value,
                           kg_error *err) {
    void *field = (char *)settings + o->offset;
    switch (o->kind) {
    case KG_OPTION_FLAG:
        if (value)
            return kg_error_set(err, KG_ERR_ARGUMENT, "found %s=%s; expected no value", s->text,
                                value);
        *(bool *)field = true;
        return KG_OK;
    case KG_OPTION_TEXT:
        *(const char **)field = value;
        return KG_OK;
    case KG_OPTION_LIST:
        return kg_array_push((kg_texts *)field, value);
    case KG_OPTION_COUNT:
        if (parse_count(field, value))
            return KG_OK;
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s \"%s\"; expected a whole number, 0 or more", s->text, value);
    case KG_OPTION_SIZE:
        if (kg_size_parse(field, value) == KG_OK)
            return KG_OK;
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s \"%s\"; expected a size such as 512M or 2G", s->text, value);
    case KG_OPTION_REAL:
        if (parse_real(field, value))
            return KG_OK;
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %s \"%s\"; expected a number", s->text,
                            value);
    case KG_OPTION_CHOICE:
        if (parse_choice(field, o->argument, value))
            return KG_OK;
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %s \"%s\"; expected one of %s", s->text,
                            value, o->argument);
    }
    return KG_ERR_ARGUMENT;
}

static spelling spell(const char *word) {
    spelling s;
    if (word[1] == '-') {
        const char *equals = strchr(word, '=');
        s.name = word + 2;
        s.name_len = equals ? (size_t)(equals - s.name) : strlen(s.name);
        s.value = equals ? equals + 1 : NULL;
        snprintf(s.text, sizeof s.text, "--%.*s", (int)s.name_len, s.name);
    } else {
        s.name = word + 1;
        s.name_len = 1;
        s.value = word[2] ? word + 2 : NULL;
        snprintf(s.text, sizeof s.text, "-%c", word[1]);
    }
    return s;
}

/* Take the option that words[*at] spells, and its value; *at moves to the last word taken. */
static kg_status take_option(kg_parsed *out, void *settings, const kg_option *options,
                             const char *const *words, size_t n_words, size_t *at, kg_error *err) {
    spelling s = spell(words[*at]);
    const kg_option *o = find_in(options, &s);
    void *block = settings;
    if (!o) {
        o = find_in(kg_common_options, &s);
        block = &out->common;
    }
    if (!o)
        return unknown_option(&s, options, err);
    if (o->kind != KG_OPTION_FLAG && !s.value) {
        if (*at + 1 >= n_words)
            return kg_error_set(err, KG_ERR_ARGUMENT, "found %s without a value; expected %s %s",
                                s.text, s.text, o->argument);
        s.value = words[++*at];
    }
    return set_value(block, o, &s, s.value, err);
}

kg_status kg_options_parse(kg_parsed *out, void *settings, const kg_option *options,
                           const char *const *words, size_t n_words, kg_error *err) {
    kg_status st;
    bool ended = false;
    *out = (kg_parsed){KG_ARRAY_INIT, {.mode = -1}};
    for (size_t i = 0; i < n_words; ++i) {
        const char *word = words[i];
        if (ended || word[0] != '-' || !word[1]) {
            KG_TRY(st, kg_array_push(&out->args, word));
        } else if (strcmp(word, "--") == 0) {
            ended = true;
        } else {
            KG_TRY(st, take_option(out, settings, options, words, n_words, &i, err));
        }
    }
    KG_TRY(st, kg_array_push(&out->args, (const char *)NULL));
    --out->args.len;
    return KG_OK;
}

kg_output_mode kg_options_mode(const kg_common *common, kg_output_mode otherwise) {
    if (common->json)
        return KG_MODE_JSON;
    if (common->csv_safe)
        return KG_MODE_CSV_SAFE;
    return common->mode < 0 ? otherwise : (kg_output_mode)common->mode;
}

void kg_options_free(kg_parsed *parsed, void *settings, const kg_option *options) {
    kg_array_free(&parsed->args);
    for (const kg_option *o = options; o && o->name; ++o)
        if (o->kind == KG_OPTION_LIST)
            kg_array_free((kg_texts *)((char *)settings + o->offset));
}

void kg_options_help(FILE *to, const kg_option *options) {
    for (const kg_option *o = options; o && o->name; ++o) {
        char left[160], letter[5] = "    ";
        if (!o->help)
            continue;
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        if (strlen(left) > 30)
            fprintf(to, "  %s\n  %-30s  %s\n", left, "", o->help);
        else
            fprintf(to, "  %-30s  %s\n", left, o->help);
    }
}

void kg_options_dump(FILE *to, const kg_option *options) {
    for (const kg_option *o = options; o && o->name; ++o) {
        char letter[3] = {'-', o->letter, 0};
        if (o->help)
            fprintf(to, "--%s\t%s\t%s\n", o->name, o->letter ? letter : "",
                    o->argument ? o->argument : "");
    }
}
