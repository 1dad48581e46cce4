#include "store_tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tool_make_folder(char path[PATH_MAX]) {
    const char *root = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/kg-test-XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(path))
        abort();
}

void tool_remove(const char *path) {
    char command[PATH_MAX + 32];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", path);
}

enum { FIELDS = 8 };

static kg_str field_or_none(kg_str field) {
    return field.len == 1 && field.data[0] == '-' ? (kg_str){NULL, 0} : field;
}

static int split(kg_str fields[FIELDS], const char *line, size_t n) {
    int count = 0;
    const char *end = line + n;
    for (int i = 0; i < FIELDS; i++)
        fields[i] = (kg_str){NULL, 0};
    while (count < FIELDS && line <= end) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        if (!tab)
            tab = end;
        fields[count++] = field_or_none((kg_str){line, (size_t)(tab - line)});
        line = tab + 1;
    }
    return count;
}

static double number_of(kg_str s) {
    char text[64];
    snprintf(text, sizeof text, "%.*s", KG_STR_ARG(s));
    return strtod(text, NULL);
}

static kg_value_kind kind_of(kg_str name) {
    for (int kind = 0; kind < KG_VALUE_KINDS; kind++)
        if (kg_str_equal(name, kg_str_from(kg_value_kind_name((kg_value_kind)kind))))
            return (kg_value_kind)kind;
    abort();
}

/* Fields: key, kind, value, tag. */
static void give_property(kg_statement *s, kg_property *p, const kg_str *f) {
    kg_error err = KG_ERROR_INIT;
    kg_value_kind kind = kind_of(f[1]);
    p->key = f[0];
    if (kind == KG_VALUE_TYPED)
        p->value = (kg_value){.kind = kind, .text = f[2]};
    else if (kg_value_parse(&p->value, kind, f[2], &err) != KG_OK)
        abort();
    p->value.tag = f[3];
    s->properties = p;
    s->n_properties = 1;
}

static kg_statement statement_of(kg_str f[FIELDS], uint64_t line, kg_property *property) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.line = line;
    s.file = "test";
    if (f[0].len != 1 || !strchr("ERAWLPQ", f[0].data[0])) {
        s.head = f[0], s.relation = f[1], s.tail = f[2], s.head_type = f[3], s.tail_type = f[4];
        return s;
    }
    switch (f[0].data[0]) {
    case 'E':
        s.kind = KG_STATEMENT_ENTITY;
        s.head = f[1], s.label = f[2], s.head_type = f[3];
        if (f[4].len)
            s.head_id = (kg_id)number_of(f[4]);
        break;
    case 'R':
        s.kind = KG_STATEMENT_RELATION;
        s.relation = f[1], s.label = f[2];
        break;
    case 'A':
        s.kind = KG_STATEMENT_ALIAS;
        s.head = f[1], s.label = f[2], s.language = f[3];
        break;
    case 'L':
        s.kind = KG_STATEMENT_ENTITY;
        s.head = f[1], s.label = f[2], s.language = f[3];
        break;
    case 'P':
        s.kind = KG_STATEMENT_ENTITY;
        s.head = f[1];
        give_property(&s, property, f + 2);
        break;
    case 'Q':
        s.head = f[1], s.relation = f[2], s.tail = f[3];
        give_property(&s, property, f + 4);
        break;
    default:
        s.kind = KG_STATEMENT_WEIGHT;
        s.head = f[1], s.number = number_of(f[2]);
    }
    return s;
}

kg_status tool_feed(void *sink, kg_sink_fn take, const char *text, kg_error *err) {
    uint64_t number = 0;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        kg_str fields[FIELDS];
        kg_property property;
        split(fields, line, n);
        kg_statement s = statement_of(fields, ++number, &property);
        kg_status st = take(sink, &s, err);
        if (st != KG_OK)
            return st;
        line += n + (line[n] == '\n');
    }
    return KG_OK;
}

kg_status tool_load(kg_bulk_report *report, const char *path, const kg_bulk_options *options,
                    const char *text, kg_error *err) {
    kg_status st;
    kg_bulk *bulk;
    kg_bulk_options plain = {0};
    kg_bulk_report ignored;
    KG_TRY(st, kg_bulk_begin(&bulk, path, options ? options : &plain, err));
    st = tool_feed(bulk, kg_bulk_statement, text, err);
    if (st != KG_OK) {
        kg_bulk_abort(bulk);
        return st;
    }
    return kg_bulk_finish(report ? report : &ignored, bulk, err);
}

static void dump_value(FILE *to, const kg_value *value) {
    char buffer[KG_VALUE_BUFFER];
    kg_value item;
    kg_str rest = value->text, text = kg_value_text(buffer, value);
    fprintf(to, " %s", kg_value_kind_name(value->kind));
    if (value->kind == KG_VALUE_LIST)
        while (kg_value_next(&item, &rest))
            dump_value(to, &item);
    else
        fprintf(to, ":%.*s@%.*s", KG_STR_ARG(text), KG_STR_ARG(value->tag));
}

static void dump_properties(FILE *to, kg_snapshot *s, const char *of, kg_properties properties) {
    kg_id key;
    kg_value value;
    kg_str name;
    while (kg_properties_next(&key, &value, &properties)) {
        if (kg_name_get(&name, s, KG_KEY, key) != KG_OK)
            name = KG_STR("(no name)");
        fprintf(to, "property %s %.*s", of, KG_STR_ARG(name));
        dump_value(to, &value);
        fprintf(to, "\n");
    }
}

static kg_status dump_label(void *context, const kg_label *label) {
    fprintf(context, "%s%s %.*s@%.*s\n", label->preferred ? "preferred " : "",
            label->is_label ? "label" : "alias", KG_STR_ARG(label->text),
            KG_STR_ARG(label->language));
    return KG_OK;
}

static kg_status dump_alias(void *context, kg_str name, kg_id id) {
    fprintf(context, "alias %.*s %u\n", KG_STR_ARG(name), id);
    return KG_OK;
}

static void dump_names(FILE *to, kg_snapshot *s, kg_kind kind, uint64_t n) {
    kg_str name, label;
    kg_id found;
    for (kg_id id = 0; id < n; id++) {
        kg_status st = kg_name_get(&name, s, kind, id);
        if (st == KG_ERR_NOT_FOUND)
            fprintf(to, "name %d/%u deleted\n", kind, id);
        else if (st != KG_OK || kg_label_get(&label, s, kind, id) != KG_OK)
            fprintf(to, "name %d/%u is unreadable\n", kind, id);
        else if (kg_name_find(&found, s, kind, name) != KG_OK || found != id)
            fprintf(to, "name %d/%u is not found again\n", kind, id);
        else
            fprintf(to, "name %d/%u %.*s %.*s\n", kind, id, KG_STR_ARG(name), KG_STR_ARG(label));
    }
}

static void dump_edges(FILE *to, const char *side, kg_id entity, kg_edges edges) {
    for (uint32_t i = 0; i < edges.count; i++)
        fprintf(to, "%s %u %u %u\n", side, entity, kg_edge_relation(edges, i),
                kg_edge_entity(edges, i));
}

static void dump_facts(FILE *to, kg_snapshot *s, kg_id entity, kg_edges out) {
    char of[64];
    kg_properties properties;
    snprintf(of, sizeof of, "%u", entity);
    if (kg_entity_properties(&properties, s, entity) == KG_OK)
        dump_properties(to, s, of, properties);
    else
        fprintf(to, "properties of %u are unreadable\n", entity);
    for (uint32_t i = 0; i < out.count; i++) {
        kg_id relation = kg_edge_relation(out, i), tail = kg_edge_entity(out, i);
        snprintf(of, sizeof of, "%u-%u-%u", entity, relation, tail);
        if (kg_edge_properties(&properties, s, entity, relation, tail) == KG_OK)
            dump_properties(to, s, of, properties);
        else
            fprintf(to, "properties of %s are unreadable\n", of);
    }
    kg_entity_labels(s, entity, dump_label, to);
}

/* Nothing is known of it, whatever is asked. */
static void dump_deleted(FILE *to, kg_snapshot *s, kg_id id) {
    kg_types types;
    kg_str name;
    kg_properties properties;
    if (kg_entity_types(&types, s, id) != KG_ERR_NOT_FOUND ||
        kg_name_get(&name, s, KG_ENTITY, id) != KG_ERR_NOT_FOUND ||
        kg_label_get(&name, s, KG_ENTITY, id) != KG_ERR_NOT_FOUND ||
        kg_entity_properties(&properties, s, id) != KG_ERR_NOT_FOUND ||
        kg_entity_labels(s, id, dump_label, to) != KG_ERR_NOT_FOUND ||
        kg_entity_aliases(s, id, dump_alias, to) != KG_ERR_NOT_FOUND)
        fprintf(to, "entity %u is deleted in part\n", id);
}

static void dump_entities(FILE *to, kg_snapshot *s, uint64_t n) {
    for (kg_id id = 0; id < n; id++) {
        kg_edges out, in;
        kg_types types;
        if (kg_entity_edges(&out, &in, s, id) == KG_ERR_NOT_FOUND) {
            dump_deleted(to, s, id);
            continue;
        }
        if (kg_entity_edges(&out, &in, s, id) != KG_OK || kg_entity_types(&types, s, id) != KG_OK) {
            fprintf(to, "entity %u is unreadable\n", id);
            continue;
        }
        for (uint32_t i = 0; i < types.count; i++)
            fprintf(to, "type %u %u\n", id, kg_types_at(types, i));
        dump_edges(to, "out", id, out);
        dump_edges(to, "in", id, in);
        dump_facts(to, s, id, out);
        kg_entity_aliases(s, id, dump_alias, to);
    }
}

static void dump(FILE *to, kg_snapshot *s) {
    kg_stats stats;
    if (kg_snapshot_stats(&stats, s, NULL) != KG_OK)
        return;
    fprintf(to, "counts %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
            stats.entities, stats.relations, stats.types, stats.aliases, stats.triples,
            stats.multi_typed);
    dump_names(to, s, KG_ENTITY, stats.entities);
    dump_names(to, s, KG_RELATION, stats.relations);
    dump_names(to, s, KG_TYPE, stats.types);
    dump_entities(to, s, stats.entities);
    kg_alias_each(s, dump_alias, to);
}

char *tool_dump(const char *path) {
    kg_store *store;
    kg_snapshot *snapshot;
    char *text = NULL;
    size_t size;
    if (kg_store_open(&store, path, NULL) != KG_OK)
        return NULL;
    if (kg_snapshot_begin(&snapshot, store, NULL) == KG_OK) {
        FILE *to = open_memstream(&text, &size);
        if (to) {
            dump(to, snapshot);
            fclose(to);
        }
        kg_snapshot_end(snapshot);
    }
    kg_store_close(store);
    return text;
}
