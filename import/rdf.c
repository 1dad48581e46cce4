/* N-Triples and Turtle. An IRI is an identifier as it stands, but for urn:kg:NAME, which is NAME
 * with its %XX undone (kg export writes identifiers so that are no IRIs); a blank node is _:label.
 * rdf:type gives types, rdfs:label and skos:prefLabel labels, skos:altLabel aliases; rdf:Property,
 * rdfs:Class and rdfs:Resource declare a relation, a type and an entity. A name may be a relation's
 * and an entity's: a label is that of what the name was last declared to be, and of both where only
 * triples have it as an entity. Other literals are counted as dropped. The one place that includes
 * serd.h. */
#include "import/format.h"
#include "import/iri.h"
#include "kgstore/base/arena.h"
#include "kgstore/base/nameset.h"

#include <serd/serd.h>
#include <stdio.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"
#define OWL "http://www.w3.org/2002/07/owl#"
#define SKOS "http://www.w3.org/2004/02/skos/core#"

/* A name that was declared to be a relation's, and may be an entity's too. */
typedef struct relation {
    bool entity;  /* it was last declared to be an entity: labels are that one's */
    bool used;    /* a triple has it as an entity, undeclared: its label is both's */
    kg_str label; /* in the arena; empty: none yet */
} relation;

/* Of all files of a read. */
typedef struct relations {
    kg_nameset names;
    KG_ARRAY(relation) of; /* by number */
    kg_arena text;
} relations;

typedef struct rdf {
    kg_reader *r;
    kg_lines *lines;
    kg_error *err;
    kg_status status; /* what stopped the read, beyond syntax */
    SerdEnv *env;
    relations *relations;
    kg_str line; /* the line being fed, without its end */
    size_t fed;  /* bytes of it fed; line.len + 1: its end too */
    bool started, ended;
    char syntax[256];  /* the last fault that serd told */
    kg_bytes texts[4]; /* unescaped identifiers of a statement */
} rdf;

/* ---- Feeding serd -----------------------------------------------------------------------------
 */

/* One byte at a time, so that the line stays known. */
static size_t feed(void *to, size_t size, size_t n, void *stream) {
    rdf *x = stream;
    (void)size;
    if (n == 0 || x->ended || x->status != KG_OK)
        return 0;
    if (!x->started || x->fed > x->line.len) {
        x->status = kg_reader_line(&x->line, &x->ended, x->r, x->lines, x->err);
        x->ended = x->ended || x->status != KG_OK;
        x->started = true;
        x->fed = 0;
        if (x->ended)
            return 0;
    }
    *(char *)to = x->fed < x->line.len ? x->line.data[x->fed] : '\n';
    x->fed++;
    return 1;
}

static int feed_error(void *stream) {
    return ((rdf *)stream)->status != KG_OK;
}

static SerdStatus note_error(void *handle, const SerdError *e) {
    rdf *x = handle;
    va_list args;
    va_copy(args, *e->args);
    vsnprintf(x->syntax, sizeof x->syntax, e->fmt, args);
    va_end(args);
    x->syntax[strcspn(x->syntax, "\n")] = 0;
    return SERD_SUCCESS;
}

/* ---- Nodes ------------------------------------------------------------------------------------
 */

/* The name that a node stands for; *name empty for a literal or what cannot be expanded. */
static kg_status name_of(kg_str *name, rdf *x, kg_bytes *buffer, const SerdNode *node) {
    kg_status st;
    SerdNode expanded = SERD_NODE_NULL;
    kg_str text = {(const char *)node->buf, node->n_bytes};
    buffer->len = 0;
    *name = (kg_str){"", 0};
    if (node->type == SERD_BLANK)
        KG_TRY(st, kg_array_append(buffer, "_:", 2));
    else if (node->type == SERD_CURIE ||
             (node->type == SERD_URI && !serd_uri_string_has_scheme(node->buf)))
        expanded = serd_env_expand_node(x->env, node);
    else if (node->type != SERD_URI)
        return KG_OK;
    if (node->type == SERD_CURIE && !expanded.buf)
        return KG_OK;
    if (expanded.buf)
        text = (kg_str){(const char *)expanded.buf, expanded.n_bytes};
    st = node->type == SERD_BLANK ? kg_array_append(buffer, text.data, text.len)
                                  : kg_iri_decode(buffer, text);
    serd_node_free(&expanded);
    if (st == KG_OK)
        *name = (kg_str){buffer->data, buffer->len};
    return st;
}

static bool is_iri(kg_str name, const char *iri) {
    return kg_str_equal(name, kg_str_from(iri));
}

/* ---- Statements -------------------------------------------------------------------------------
 */

static kg_statement statement(const rdf *x, kg_statement_kind kind) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.file = kg_lines_name(x->lines);
    s.line = kg_lines_number(x->lines);
    return s;
}

/* What is known of a name as a relation's; NULL: it was not declared to be one. */
static relation *relation_of(const rdf *x, kg_str name) {
    uint32_t number = kg_nameset_find(&x->relations->names, name);
    return number == KG_NAMESET_NONE ? NULL : &x->relations->of.data[number];
}

static kg_status declare_relation(rdf *x, kg_str name) {
    kg_status st;
    uint32_t number;
    relations *all = x->relations;
    KG_TRY(st, kg_nameset_add(&number, &all->names, name));
    const relation none = {.label = {"", 0}};
    if (number == all->of.len)
        KG_TRY(st, kg_array_push(&all->of, none));
    all->of.data[number].entity = false;
    return KG_OK;
}

static kg_status emit_label(rdf *x, kg_statement_kind kind, kg_str name, kg_str label) {
    kg_statement s = statement(x, kind);
    *(kind == KG_STATEMENT_RELATION ? &s.relation : &s.head) = name;
    s.label = label;
    return kg_reader_emit(x->r, &s, x->err);
}

static kg_status take_type(rdf *x, kg_str subject, kg_str object) {
    static const char *const of_relations[] = {RDF "Property", OWL "ObjectProperty",
                                               OWL "DatatypeProperty"};
    static const char *const nothing[] = {RDFS "Resource", OWL "Thing", OWL "NamedIndividual"};
    kg_status st;
    kg_statement s = statement(x, KG_STATEMENT_ENTITY);
    s.head = subject;
    s.head_type = object;
    for (size_t i = 0; i < 3; i++) {
        if (is_iri(object, nothing[i]))
            s.head_type = (kg_str){"", 0};
        if (is_iri(object, of_relations[i])) {
            KG_TRY(st, declare_relation(x, subject));
            s.kind = KG_STATEMENT_RELATION;
            s.relation = subject;
        }
    }
    if (is_iri(object, RDFS "Class") || is_iri(object, OWL "Class")) {
        s.kind = KG_STATEMENT_TYPE;
        s.head_type = subject;
    }
    relation *too = s.kind == KG_STATEMENT_ENTITY ? relation_of(x, subject) : NULL;
    if (too)
        too->entity = true;
    return kg_reader_emit(x->r, &s, x->err);
}

static kg_status take_alias(rdf *x, kg_str subject, kg_str alias) {
    kg_status st;
    KG_TRY(st, emit_label(x, KG_STATEMENT_ENTITY, subject, (kg_str){"", 0}));
    return emit_label(x, KG_STATEMENT_ALIAS, subject, alias);
}

static kg_status take_label(rdf *x, kg_str subject, kg_str label) {
    kg_status st;
    relation *of = relation_of(x, subject);
    if (!of || of->entity)
        return emit_label(x, KG_STATEMENT_ENTITY, subject, label);
    if (of->label.len == 0) {
        const char *copy = kg_arena_copy(&x->relations->text, label);
        if (!copy)
            return KG_ERR_MEMORY;
        of->label = (kg_str){copy, label.len};
    }
    KG_TRY(st, emit_label(x, KG_STATEMENT_RELATION, subject, label));
    return of->used ? emit_label(x, KG_STATEMENT_ENTITY, subject, label) : KG_OK;
}

/* An end of a triple. One that is a relation's name too has its label also as an entity. */
static kg_status take_end(rdf *x, kg_str name) {
    relation *of = relation_of(x, name);
    if (!of || of->entity || of->used)
        return KG_OK;
    of->used = true;
    return of->label.len ? emit_label(x, KG_STATEMENT_ENTITY, name, of->label) : KG_OK;
}

static kg_status take(rdf *x, kg_str subject, kg_str predicate, kg_str object, kg_str literal) {
    kg_status st;
    bool label = is_iri(predicate, RDFS "label") || is_iri(predicate, SKOS "prefLabel");
    bool alias = is_iri(predicate, SKOS "altLabel");
    if (subject.len == 0 || predicate.len == 0 || (!literal.data && object.len == 0))
        return kg_reader_bad(x->r, kg_lines_name(x->lines), kg_lines_number(x->lines), x->err,
                             "found a name whose prefix is not declared, expected an IRI; declare "
                             "the prefix");
    if (literal.data && (label || alias) && literal.len > 0)
        return alias ? take_alias(x, subject, literal) : take_label(x, subject, literal);
    if (literal.data)
        return kg_reader_drop(x->r, predicate, 1, x->err);
    if (is_iri(predicate, RDF "type"))
        return take_type(x, subject, object);
    kg_statement s = statement(x, KG_STATEMENT_TRIPLE);
    s.head = subject;
    s.relation = predicate;
    s.tail = object;
    KG_TRY(st, kg_reader_emit(x->r, &s, x->err));
    KG_TRY(st, take_end(x, subject));
    return take_end(x, object);
}

static SerdStatus on_statement(void *handle, SerdStatementFlags flags, const SerdNode *graph,
                               const SerdNode *subject, const SerdNode *predicate,
                               const SerdNode *object, const SerdNode *datatype,
                               const SerdNode *lang) {
    rdf *x = handle;
    kg_str names[3], literal = {NULL, 0};
    const SerdNode *const nodes[] = {subject, predicate, object};
    (void)flags;
    (void)graph;
    (void)datatype;
    (void)lang;
    if (x->status != KG_OK)
        return SERD_ERR_INTERNAL; /* serd goes on with what is nested in a refused statement */
    if (object->type == SERD_LITERAL)
        literal = (kg_str){(const char *)object->buf, object->n_bytes};
    for (int i = 0; i < 3 && x->status == KG_OK; i++)
        x->status = name_of(&names[i], x, &x->texts[i], nodes[i]);
    if (x->status != KG_OK) {
        kg_error_set(x->err, x->status, "out of memory reading %s", kg_lines_name(x->lines));
        return SERD_ERR_INTERNAL;
    }
    bool valid = kg_text_is_valid(literal);
    for (int i = 0; i < 3; i++)
        valid = valid && kg_text_is_valid(names[i]);
    x->status = valid ? take(x, names[0], names[1], names[2], literal)
                      : kg_reader_bad(x->r, kg_lines_name(x->lines), kg_lines_number(x->lines),
                                      x->err, "an escape gives NUL or no UTF-8; remove it");
    return x->status == KG_OK ? SERD_SUCCESS : SERD_ERR_INTERNAL;
}

static SerdStatus on_base(void *handle, const SerdNode *uri) {
    return serd_env_set_base_uri(((rdf *)handle)->env, uri);
}

static SerdStatus on_prefix(void *handle, const SerdNode *name, const SerdNode *uri) {
    return serd_env_set_prefix(((rdf *)handle)->env, name, uri);
}

/* ---- Files ------------------------------------------------------------------------------------
 */

/* Read statements until the end or a fault; *again: a syntax fault was passed over. */
static kg_status read_stream(bool *again, rdf *x, SerdReader *reader) {
    SerdStatus code = SERD_SUCCESS;
    *again = false;
    x->syntax[0] = 0;
    serd_reader_start_source_stream(reader, feed, feed_error, x, NULL, 1);
    while (code == SERD_SUCCESS && x->status == KG_OK)
        code = serd_reader_read_chunk(reader);
    uint64_t line = kg_lines_number(x->lines);
    serd_reader_end_stream(reader);
    if (x->status != KG_OK || (code == SERD_FAILURE && !x->syntax[0]))
        return x->status;
    if (x->ended && !x->syntax[0])
        return KG_OK;
    *again = !x->ended;
    x->fed = x->line.len + 1; /* go on with the next line */
    return kg_reader_bad(x->r, kg_lines_name(x->lines), line, x->err, "%s; correct the statement",
                         x->syntax[0] ? x->syntax : "found what is no statement");
}

static kg_status read_file(rdf *x, SerdSyntax syntax, const char *path, size_t number,
                           kg_error *err) {
    kg_status st;
    bool again = true;
    char prefix[32];
    KG_TRY(st, kg_reader_open(&x->lines, x->r, path, err));
    x->env = serd_env_new(NULL);
    SerdReader *reader = serd_reader_new(syntax, x, NULL, on_base, on_prefix, on_statement, NULL);
    if (!x->env || !reader)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    if (st == KG_OK) {
        serd_reader_set_error_sink(reader, note_error, x);
        snprintf(prefix, sizeof prefix, "f%zu", number);
        if (number > 0) /* blank nodes of one file are not those of another */
            serd_reader_add_blank_prefix(reader, (const uint8_t *)prefix);
        while (st == KG_OK && again)
            st = read_stream(&again, x, reader);
    }
    serd_reader_free(reader);
    serd_env_free(x->env);
    kg_lines_close(x->lines);
    return st;
}

static kg_status read_rdf(kg_reader *r, const char *const *paths, size_t n_paths, SerdSyntax syntax,
                          kg_error *err) {
    relations all = {.text = KG_ARENA_INIT};
    kg_status st = KG_OK;
    for (size_t i = 0; i < n_paths && st == KG_OK; i++) {
        rdf x = {.r = r, .err = err, .relations = &all};
        st = read_file(&x, syntax, paths[i], i, err);
        for (size_t t = 0; t < sizeof x.texts / sizeof *x.texts; t++)
            kg_array_free(&x.texts[t]);
    }
    kg_nameset_free(&all.names);
    kg_array_free(&all.of);
    kg_arena_free(&all.text);
    return st;
}

static kg_status read_ntriples(kg_reader *r, const char *const *paths, size_t n_paths,
                               kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_NTRIPLES, err);
}

static kg_status read_turtle(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_TURTLE, err);
}

static bool answers_ntriples(const char *name) {
    return strcmp(name, "nt") == 0;
}

static bool answers_turtle(const char *name) {
    return strcmp(name, "ttl") == 0;
}

/* Does path end so, before what compression adds to it? */
static bool ends_with(const char *path, const char *ending) {
    size_t n = kg_length_unpacked(path), m = strlen(ending);
    return n > m && memcmp(path + n - m, ending, m) == 0;
}

/* The first line that is neither blank nor a comment. */
static kg_str first_statement(kg_str text) {
    kg_str line = kg_first_line(text);
    while (line.len > 0 && line.data[0] == '#') {
        const char *after = line.data + line.len;
        line = kg_first_line((kg_str){after, text.len - (size_t)(after - text.data)});
    }
    return line;
}

static bool detect_ntriples(const kg_sample *sample) {
    kg_str head = first_statement(sample->text);
    return !sample->is_folder &&
           (ends_with(sample->path, ".nt") ||
            (head.len > 2 && (head.data[0] == '<' || memcmp(head.data, "_:", 2) == 0) &&
             memmem(head.data, head.len, "> <", 3)));
}

static bool detect_turtle(const kg_sample *sample) {
    kg_str head = first_statement(sample->text);
    return !sample->is_folder && (ends_with(sample->path, ".ttl") ||
                                  (head.len > 8 && (memcmp(head.data, "@prefix ", 8) == 0 ||
                                                    memcmp(head.data, "PREFIX ", 7) == 0)));
}

const kg_format kg_format_ntriples = {"ntriples", "N-Triples, also known as nt", answers_ntriples,
                                      detect_ntriples, read_ntriples};
const kg_format kg_format_turtle = {"turtle", "Turtle, also known as ttl", answers_turtle,
                                    detect_turtle, read_turtle};
