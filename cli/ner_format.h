/* The options of kg ner that say how tagged data is read. */
#ifndef KG_CLI_NER_FORMAT_H
#define KG_CLI_NER_FORMAT_H

#include "cli/options.h"

#include <jansson.h>

typedef struct kg_ner_format_settings {
    uint64_t token_column, tag_column;
    int nested, offsets; /* index into the words of the option; -1: not given */
} kg_ner_format_settings;

#define KG_NER_FORMAT_DEFAULTS                                                                     \
    { .nested = -1, .offsets = -1 }

/* Its options, where it is the field `format` of a command's settings. */
#define KG_NER_FORMAT_OPTIONS(settings)                                                            \
    {"token-column",                                                                               \
     0,                                                                                            \
     KG_OPTION_COUNT,                                                                              \
     offsetof(settings, format.token_column),                                                      \
     "N",                                                                                          \
     "of tagged lines, the column of the token; default: the first"},                              \
        {"tag-column",                                                                             \
         0,                                                                                        \
         KG_OPTION_COUNT,                                                                          \
         offsetof(settings, format.tag_column),                                                    \
         "N",                                                                                      \
         "of tagged lines, the column of the tag; default: the last"},                             \
        {"nested",                                                                                 \
         0,                                                                                        \
         KG_OPTION_CHOICE,                                                                         \
         offsetof(settings, format.nested),                                                        \
         "error|outermost|innermost",                                                              \
         "which of nested or overlapping entities to keep; default: error"},                       \
    {                                                                                              \
        "offsets", 0, KG_OPTION_CHOICE, offsetof(settings, format.offsets),                        \
            "auto|characters|utf16|bytes",                                                         \
            "what the places of entities count; default: what their texts agree with"              \
    }

/* Add what was given to a configuration or request, by the names of the schemas. */
void kg_ner_format_add(json_t *object, const kg_ner_format_settings *format);

#endif
