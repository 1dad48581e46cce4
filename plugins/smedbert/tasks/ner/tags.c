#include "plugins/smedbert/tasks/ner/tags.h"

#include "plugins/smedbert/tasks/ner/tag_scheme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool kg_tag_parse(char *letter, kg_str *type, kg_str text) {
    return kg_scheme_parse(letter, type, text) &&
           (*letter == 'O' || *letter == 'B' || *letter == 'I');
}

const char *kg_tag_format(char *buffer, size_t size, const kg_tagset *set, uint16_t tag) {
    if (tag == 0)
        snprintf(buffer, size, "O");
    else
        snprintf(buffer, size, "%c-%s", tag % 2 ? 'B' : 'I', set->types.data[(tag - 1) / 2]);
    return buffer;
}

static bool is_begin(uint16_t tag) {
    return tag % 2 == 1;
}

static uint32_t type_of(uint16_t tag) {
    return (uint32_t)(tag - 1) / 2;
}

void kg_tags_allowed(uint8_t *allowed, size_t n_types) {
    size_t tags = 1 + 2 * n_types;
    memset(allowed, 1, (tags + 2) * tags);
    for (size_t from = 0; from <= tags; from++)
        for (size_t to = 2; to < tags; to += 2)
            allowed[from * tags + to] = from == to || from == to - 1;
}

const char *kg_convention_name(kg_convention convention) {
    switch (convention) {
    case KG_STRICT:
        return "strict";
    case KG_CONLLEVAL:
        return "conlleval";
    case KG_UPSTREAM:
        return "upstream";
    }
    return "";
}

kg_status kg_tags_spans(kg_ner_spans *out, const uint16_t *tags, size_t n,
                        kg_convention convention) {
    kg_status st;
    bool open = false;
    kg_ner_span span = {0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        uint16_t tag = tags[i];
        bool same = open && tag != 0 && type_of(tag) == span.type;
        if (tag != 0 && !is_begin(tag) && same) {
            span.end = (uint32_t)i + 1;
            continue;
        }
        /* Upstream's reading passes over an inside tag of another type. */
        if (tag != 0 && !is_begin(tag) && open && convention == KG_UPSTREAM)
            continue;
        if (open)
            KG_TRY(st, kg_array_push(out, span));
        open = tag != 0 && (is_begin(tag) || convention == KG_CONLLEVAL);
        if (open)
            span = (kg_ner_span){(uint32_t)i, (uint32_t)i + 1, type_of(tag)};
    }
    return open ? kg_array_push(out, span) : KG_OK;
}
