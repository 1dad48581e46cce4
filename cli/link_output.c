#include "cli/link_output.h"

#include "cli/terminal.h"

static const char *const columns[] = {"line", "start", "end", "text", "entity", "type", "rank"};

void kg_link_output_begin(kg_link_output *output, kg_snapshot *snapshot, kg_output_mode mode,
                          FILE *to, bool terminal) {
    *output = (kg_link_output){.snapshot = snapshot,
                               .to = to,
                               .mode = mode,
                               .marked = terminal && mode == KG_MODE_TABLE,
                               .result = KG_RESULT_INIT};
    if (kg_weights_get(&output->weights, &output->n_weights, NULL, snapshot) != KG_OK)
        output->n_weights = 0;
    kg_result_columns(&output->result, KG_SHAPE_ROWS, columns, sizeof columns / sizeof *columns);
}

void kg_link_output_free(kg_link_output *output) {
    kg_result_free(&output->result);
}

static kg_str covered(kg_str text, const kg_mention *m) {
    return (kg_str){text.data + m->byte_start, m->byte_end - m->byte_start};
}

/* The primary type; empty: untyped. */
static kg_status type_of(kg_str *type, const kg_link_output *o, kg_id entity) {
    kg_status st;
    kg_types types;
    *type = (kg_str){NULL, 0};
    KG_TRY(st, kg_entity_types(&types, o->snapshot, entity));
    return types.count > 0 ? kg_name_get(type, o->snapshot, KG_TYPE, kg_types_at(types, 0)) : KG_OK;
}

static kg_status print_json(const kg_link_output *o, kg_str text, const kg_mentions *mentions) {
    kg_status st;
    fputs("{\"text\":", o->to);
    kg_output_json_text(o->to, text);
    fputs(",\"mentions\":[", o->to);
    for (size_t i = 0; i < mentions->len; i++) {
        const kg_mention *m = &mentions->data[i];
        kg_str name, type;
        KG_TRY(st, kg_name_get(&name, o->snapshot, KG_ENTITY, m->entity));
        KG_TRY(st, type_of(&type, o, m->entity));
        fprintf(o->to, "%s{\"start\":%u,\"end\":%u,\"byte_start\":%u,\"byte_end\":%u,\"text\":",
                i ? "," : "", m->start, m->end, m->byte_start, m->byte_end);
        kg_output_json_text(o->to, covered(text, m));
        fputs(",\"entity\":", o->to);
        kg_output_json_text(o->to, name);
        fputs(",\"type\":", o->to);
        if (type.len)
            kg_output_json_text(o->to, type);
        else
            fputs("null", o->to);
        fputs(",\"rank\":", o->to);
        if (m->entity < o->n_weights)
            kg_output_real(o->to, o->weights[m->entity]);
        else
            fputs("null", o->to);
        fputs("}", o->to);
    }
    fputs("]}\n", o->to);
    return KG_OK;
}

/* The text, mentions in bold with their type behind; matches that overlap (--all) are marked as far
 * as they do not. */
static kg_status print_marked(const kg_link_output *o, kg_str text, const kg_mentions *mentions) {
    kg_status st;
    size_t at = 0;
    for (size_t i = 0; i < mentions->len; i++) {
        const kg_mention *m = &mentions->data[i];
        kg_str type;
        if (m->byte_start < at)
            continue;
        KG_TRY(st, type_of(&type, o, m->entity));
        fwrite(text.data + at, 1, m->byte_start - at, o->to);
        kg_terminal_control(o->to, "\x1B[1;4m");
        fprintf(o->to, "%.*s", KG_STR_ARG(covered(text, m)));
        kg_terminal_control(o->to, "\x1B[0m");
        if (type.len) {
            kg_terminal_control(o->to, "\x1B[2m");
            fprintf(o->to, "(%.*s)", KG_STR_ARG(type));
            kg_terminal_control(o->to, "\x1B[0m");
        }
        at = m->byte_end;
    }
    fwrite(text.data + at, 1, text.len - at, o->to);
    putc('\n', o->to);
    return KG_OK;
}

static kg_status add_rows(kg_link_output *o, kg_str text, const kg_mentions *mentions,
                          uint64_t number) {
    kg_status st;
    kg_result *r = &o->result;
    for (size_t i = 0; i < mentions->len; i++) {
        const kg_mention *m = &mentions->data[i];
        kg_str name, type;
        KG_TRY(st, kg_name_get(&name, o->snapshot, KG_ENTITY, m->entity));
        KG_TRY(st, type_of(&type, o, m->entity));
        kg_result_integer(r, (int64_t)number);
        kg_result_integer(r, m->start);
        kg_result_integer(r, m->end);
        kg_result_text(r, covered(text, m));
        kg_result_text(r, name);
        if (type.len)
            kg_result_text(r, type);
        else
            kg_result_none(r);
        if (m->entity < o->n_weights)
            kg_result_real(r, o->weights[m->entity]);
        else
            kg_result_none(r);
    }
    return r->status;
}

static kg_status print_rows(kg_link_output *o) {
    kg_status st;
    KG_TRY(st, kg_output_result(o->to, &o->result, o->mode));
    kg_result_columns(&o->result, KG_SHAPE_ROWS, columns, sizeof columns / sizeof *columns);
    return KG_OK;
}

kg_status kg_link_output_line(kg_link_output *output, kg_str text, const kg_mentions *mentions,
                              uint64_t number) {
    kg_status st;
    if (output->mode == KG_MODE_JSON || output->mode == KG_MODE_JSONL)
        return print_json(output, text, mentions);
    if (output->marked)
        return print_marked(output, text, mentions);
    KG_TRY(st, add_rows(output, text, mentions, number));
    return output->mode == KG_MODE_TSV ? print_rows(output) : KG_OK;
}

kg_status kg_link_output_end(kg_link_output *output) {
    bool rows = output->mode != KG_MODE_TSV && output->mode != KG_MODE_JSON &&
                output->mode != KG_MODE_JSONL;
    return rows && !output->marked ? print_rows(output) : KG_OK;
}
