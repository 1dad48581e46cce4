/* Formats of other tools, which are not read back: GraphML, as NetworkX, Gephi, igraph and yEd read
 * it, and DOT, which Graphviz draws. */
#include "import/iri.h"
#include "import/survey.h"
#include "import/texts.h"

/* What XML 1.0 has no form for, in texts that are not written as terms. */
static const char NO_XML[] = "\001\002\003\004\005\006\007\010\013\014\016\017\020\021\022\023\024"
                             "\025\026\027\030\031\032\033\034\035\036\037";

typedef struct sheet {
    kg_export_job *job;
    FILE *to;
    kg_survey columns;
    kg_texts texts;
    const char *prefix; /* of the names of the columns: n or e */
} sheet;

static kg_status no_memory(const sheet *s) {
    return kg_error_set(s->job->err, KG_ERR_MEMORY, "out of memory writing %s", s->job->path);
}

/* Labels and types in one text each. */
static kg_status take_types(sheet *s, kg_id id) {
    kg_status st;
    kg_types types;
    KG_TRY(st, kg_entity_types(&types, s->job->snapshot, id));
    s->job->text.len = 0;
    for (uint32_t i = 0; i < types.count; i++) {
        kg_str name;
        KG_TRY(st, kg_export_name(&name, s->job, KG_TYPE, kg_types_at(types, i)));
        if ((i > 0 && kg_array_push(&s->job->text, KG_CELL_SEPARATOR) != KG_OK) ||
            kg_texts_append_name(&s->job->text, name, NO_XML) != KG_OK)
            return no_memory(s);
    }
    return KG_OK;
}

/* ---- GraphML ----------------------------------------------------------------------------------
 */

/* U+FFFE and U+FFFF, which UTF-8 can say and XML cannot. */
static bool is_no_xml(const char *at, size_t n) {
    return n >= 3 && memcmp(at, "\xEF\xBF", 2) == 0 && (unsigned char)at[2] >= 0xBE;
}

static void put_xml(FILE *to, kg_str text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (is_no_xml(text.data + i, text.len - i)) {
            fprintf(to, "\\uFFF%c", (unsigned char)text.data[i + 2] == 0xBE ? 'E' : 'F');
            i += 2;
        } else if (c == '<' || c == '>' || c == '&' || c == '"') {
            fputs(c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : "&quot;", to);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            fprintf(to, "&#%d;", c);
        } else {
            putc(c, to);
        }
    }
}

/* An identifier; one that XML cannot hold takes the form urn:kg:NAME. */
static kg_status put_id(sheet *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    kg_bytes *text = &s->job->text;
    KG_TRY(st, kg_export_name(&name, s->job, kind, id));
    bool good = true;
    for (size_t i = 0; good && i < name.len; i++)
        good = !is_no_xml(name.data + i, name.len - i);
    text->len = 0;
    st = good ? kg_texts_append_name(text, name, NO_XML) : kg_iri_encode_own(text, name, "");
    if (st != KG_OK)
        return no_memory(s);
    put_xml(s->to, (kg_str){text->data, text->len});
    return KG_OK;
}

static void put_data(sheet *s, const char *key, kg_str text) {
    if (text.len == 0)
        return;
    fprintf(s->to, "<data key=\"%s\">", key);
    put_xml(s->to, text);
    fputs("</data>", s->to);
}

static void put_bytes(sheet *s, const char *key, const kg_bytes *text) {
    put_data(s, key, (kg_str){text->data, text->len});
}

static kg_status put_property(void *context, const kg_survey_column *column, kg_str cell) {
    sheet *s = context;
    char key[16];
    snprintf(key, sizeof key, "%s%u", s->prefix, column->key);
    put_data(s, key, cell);
    return KG_OK;
}

static void put_key(FILE *to, const char *id, bool edges, kg_str name, const char *type) {
    fprintf(to, "  <key id=\"%s\" for=\"%s\" attr.name=\"", id, edges ? "edge" : "node");
    put_xml(to, name);
    fprintf(to, "\" attr.type=\"%s\"/>\n", type);
}

static void put_keys(const sheet *s) {
    for (size_t i = 0; i < s->columns.len; i++) {
        const kg_survey_column *c = &s->columns.data[i];
        char id[16];
        bool one = !c->type.term && !c->type.list;
        const char *type = one && c->type.kind == KG_VALUE_INTEGER   ? "long"
                           : one && c->type.kind == KG_VALUE_FLOAT   ? "double"
                           : one && c->type.kind == KG_VALUE_BOOLEAN ? "boolean"
                                                                     : "string";
        snprintf(id, sizeof id, "%s%u", s->prefix, c->key);
        put_key(s->to, id, s->prefix[0] == 'e', c->name, type);
    }
}

static kg_status put_node(sheet *s, kg_id id) {
    kg_status st;
    kg_properties properties;
    fputs("    <node id=\"", s->to);
    KG_TRY(st, put_id(s, KG_ENTITY, id));
    fputs("\">", s->to);
    KG_TRY(st, kg_texts_take(&s->texts, s->job, id));
    KG_TRY(st, take_types(s, id));
    put_bytes(s, "types", &s->job->text);
    put_bytes(s, "label", &s->texts.plain[0]);
    if (s->texts.needed[0])
        put_bytes(s, "labels", &s->texts.whole[0]);
    put_bytes(s, "aliases", s->texts.needed[1] ? &s->texts.whole[1] : &s->texts.plain[1]);
    KG_TRY(st, kg_entity_properties(&properties, s->job->snapshot, id));
    KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_property, s));
    fputs("</node>\n", s->to);
    return KG_OK;
}

static kg_status put_edge(void *context, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    sheet *s = context;
    kg_properties properties;
    fputs("    <edge source=\"", s->to);
    KG_TRY(st, put_id(s, KG_ENTITY, head));
    fputs("\" target=\"", s->to);
    KG_TRY(st, put_id(s, KG_ENTITY, tail));
    fputs("\"><data key=\"relation\">", s->to);
    KG_TRY(st, put_id(s, KG_RELATION, relation));
    fputs("</data>", s->to);
    if (s->columns.len > 0) {
        KG_TRY(st, kg_edge_properties(&properties, s->job->snapshot, head, relation, tail));
        KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_property, s));
    }
    fputs("</edge>\n", s->to);
    return KG_OK;
}

static kg_status put_graph(sheet *nodes, sheet *edges) {
    kg_status st;
    FILE *to = nodes->to;
    KG_TRY(st, kg_survey_entities(&nodes->columns, nodes->job, NO_XML));
    KG_TRY(st, kg_survey_edges(&edges->columns, edges->job, NO_XML));
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
          to);
    put_key(to, "types", false, KG_STR("types"), "string");
    put_key(to, "label", false, KG_STR("label"), "string");
    put_key(to, "labels", false, KG_STR("labels"), "string");
    put_key(to, "aliases", false, KG_STR("aliases"), "string");
    put_key(to, "relation", true, KG_STR("relation"), "string");
    put_keys(nodes);
    put_keys(edges);
    fputs("  <graph edgedefault=\"directed\">\n", to);
    for (uint64_t i = 0; i < nodes->job->live.count; i++)
        KG_TRY(st, put_node(nodes, kg_live_id(&nodes->job->live, i)));
    KG_TRY(st, kg_export_triples(edges->job, to, put_edge, edges));
    fputs("  </graph>\n</graphml>\n", to);
    return KG_OK;
}

static kg_status fill_graphml(kg_export_job *job, FILE *to) {
    sheet nodes = {.job = job,
                   .to = to,
                   .prefix = "n",
                   .texts = {.never = NO_XML, .separator = KG_CELL_SEPARATOR}};
    sheet edges = {.job = job, .to = to, .prefix = "e"};
    kg_status st = put_graph(&nodes, &edges);
    kg_texts_free(&nodes.texts);
    kg_array_free(&nodes.columns);
    kg_array_free(&edges.columns);
    return st;
}

/* ---- DOT --------------------------------------------------------------------------------------
 */

/* Backslashes are doubled, which is what labels want, and keeps identifiers apart. */
static void put_dot(FILE *to, kg_str text) {
    putc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            putc('\\', to);
        putc(text.data[i], to);
    }
    putc('"', to);
}

static kg_status put_dot_name(sheet *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, s->job, kind, id));
    put_dot(s->to, name);
    return KG_OK;
}

static kg_status put_dot_node(sheet *s, kg_id id) {
    kg_status st;
    kg_str label;
    KG_TRY(st, put_dot_name(s, KG_ENTITY, id));
    KG_TRY(st, kg_label_get(&label, s->job->snapshot, KG_ENTITY, id));
    fputs(" [label=", s->to);
    put_dot(s->to, label);
    KG_TRY(st, take_types(s, id));
    fputs(", class=", s->to);
    put_dot(s->to, (kg_str){s->job->text.data, s->job->text.len});
    fputs("];\n", s->to);
    return KG_OK;
}

static kg_status put_dot_edge(void *context, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    sheet *s = context;
    KG_TRY(st, put_dot_name(s, KG_ENTITY, head));
    fputs(" -> ", s->to);
    KG_TRY(st, put_dot_name(s, KG_ENTITY, tail));
    fputs(" [label=", s->to);
    KG_TRY(st, put_dot_name(s, KG_RELATION, relation));
    fputs("];\n", s->to);
    return KG_OK;
}

static kg_status fill_dot(kg_export_job *job, FILE *to) {
    kg_status st;
    sheet s = {.job = job, .to = to};
    fputs("digraph {\n", to);
    for (uint64_t i = 0; i < job->live.count; i++)
        KG_TRY(st, put_dot_node(&s, kg_live_id(&job->live, i)));
    KG_TRY(st, kg_export_triples(job, to, put_dot_edge, &s));
    fputs("}\n", to);
    return KG_OK;
}

static kg_status write_graphml(kg_export_job *job) {
    return kg_export_file(job, NULL, fill_graphml);
}

static kg_status write_dot(kg_export_job *job) {
    return kg_export_file(job, NULL, fill_dot);
}

const kg_exporter kg_exporter_graphml = {.name = "graphml",
                                         .summary = "one file of GraphML",
                                         .holds = KG_HOLDS_ENTITIES,
                                         .write = write_graphml};
const kg_exporter kg_exporter_dot = {.name = "dot",
                                     .summary = "one file of Graphviz's DOT",
                                     .holds = KG_HOLDS_LABELS | KG_HOLDS_TYPES,
                                     .write = write_dot};
