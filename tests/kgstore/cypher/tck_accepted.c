#include "tck_accepted.h"

static kg_str trim(kg_str s) {
    while (s.len && *s.data == ' ')
        s.data++, s.len--;
    while (s.len && strchr(" \r", s.data[s.len - 1]))
        s.len--;
    return s;
}

/* Up to the next " | ", or all. */
static kg_str next_field(kg_str *rest) {
    const char *bar = rest->len ? memmem(rest->data, rest->len, " | ", 3) : NULL;
    kg_str field = {rest->data, bar ? (size_t)(bar - rest->data) : rest->len};
    size_t used = field.len + (bar ? 3 : 0);
    *rest = (kg_str){rest->data + used, rest->len - used};
    return trim(field);
}

kg_status tck_accepted_parse(tck_exceptions *out, kg_arena *arena, kg_str text, kg_error *err) {
    unsigned number = 0;
    *out = (tck_exceptions){0};
    while (text.len) {
        const char *end = memchr(text.data, '\n', text.len);
        kg_str line = {text.data, end ? (size_t)(end - text.data) : text.len};
        size_t used = line.len + (end != NULL);
        text = (kg_str){text.data + used, text.len - used};
        tck_exception item = {.line = ++number};
        line = trim(line);
        if (!line.len || *line.data == '#')
            continue;
        item.feature = tck_copy(arena, next_field(&line));
        item.name = tck_copy(arena, next_field(&line));
        item.reason = tck_copy(arena, trim(line));
        if (!item.feature.len || !item.name.len || !item.reason.len)
            return kg_error_at(err, KG_ERR_FORMAT, NULL, number,
                               "\"path | scenario | reason\" expected");
        TCK_PUSH(arena, out, item);
    }
    return KG_OK;
}

kg_str tck_scenario_title(kg_arena *arena, const tck_scenario *scenario) {
    if (!scenario->example)
        return scenario->name;
    return tck_format(arena, "%.*s [example %u]", KG_STR_ARG(scenario->name), scenario->example);
}

bool tck_accepted_has(tck_exceptions *list, kg_str feature, const tck_scenario *scenario) {
    bool found = false;
    kg_arena arena = KG_ARENA_INIT;
    kg_str title = tck_scenario_title(&arena, scenario);
    for (size_t i = 0; i < list->len; i++) {
        tck_exception *item = &list->data[i];
        if (kg_str_equal(item->feature, feature) &&
            (kg_str_equal(item->name, title) || kg_str_equal(item->name, scenario->name))) {
            item->hits++;
            found = true;
        }
    }
    kg_arena_free(&arena);
    return found;
}
