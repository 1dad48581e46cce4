/* N-Triples, N-Quads, Turtle and TriG. An IRI is an identifier as it stands, but for urn:kg:NAME,
 * which is NAME with its %XX undone (kg export writes identifiers so that are no IRIs); a blank
 * node is _:label, with something before the label that makes it its file's and its load's own.
 * What triples mean is rdf_meaning.h's. The one place that includes serd.h. */
#include "import/iri.h"
#include "import/rdf_detect.h"
#include "import/rdf_meaning.h"
#include "import/turtle_scan.h"

#include <serd/serd.h>
#include <stdio.h>

/* Subject, predicate, object, graph and datatype of a statement. */
enum { TEXTS = 5 };

typedef struct rdf {
    kg_reader *r;
    kg_lines *lines;
    kg_error *err;
    kg_status status; /* what stopped the read, beyond syntax */
    SerdEnv *env;
    kg_rdf_known *known;
    kg_str line; /* the line being fed, without its end */
    size_t fed;  /* bytes of it fed; line.len + 1: its end too */
    bool started, ended;
    bool by_lines;       /* a statement is a line */
    bool quads;          /* of four terms */
    bool begun, comment; /* where it is a line: something of one, or of a comment, was fed */
    size_t quick;        /* bytes of the line that are fed without a look at anything */
    bool broken;         /* the line is not valid text, which was told: nothing of it is fed */
    kg_turtle_scan scan; /* at the line's start */
    const char *before;  /* what is fed before the line goes on; NULL: nothing */
    char scope[80];      /* before the labels of blank nodes */
    char syntax[256];    /* the last fault that serd told */
    kg_bytes texts[TEXTS];
} rdf;

/* ---- Feeding serd -----------------------------------------------------------------------------
 */

/* Go on to the next line. A faulty one is left out where lines are statements; elsewhere it breaks
 * the statement that it is a part of. */
static void next_line(rdf *x) {
    bool valid = true;
    if (x->started && !x->by_lines && x->r->options->bad_tolerance > 0)
        for (size_t i = 0; i <= x->line.len; i++)
            kg_turtle_scan_byte(&x->scan, i < x->line.len ? x->line.data[i] : '\n');
    do
        x->status = kg_reader_any_line(&x->line, &valid, &x->ended, x->r, x->lines, x->err);
    while (x->status == KG_OK && !valid && x->by_lines);
    x->started = true;
    x->ended = x->ended || x->status != KG_OK;
    x->broken = !valid;
    x->fed = x->quick = 0;
}

/* Where a statement is a line, is it over, or has something of it been fed? */
static void note_byte(rdf *x, char c) {
    if (c == '#')
        x->comment = true;
    else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        x->begun = true;
}

static void note_statement(rdf *x) {
    bool hash = x->fed > 0 && x->fed <= x->line.len && x->line.data[x->fed - 1] == '#';
    x->comment = x->comment || (x->started && hash);
    x->begun = false;
    x->quick = 0;
}

/* One byte at a time, so that the line stays known. A statement that is a line ends with it: serd
 * would complete one that is cut with the terms of the next. */
static size_t feed_slowly(char *to, rdf *x) {
    if (x->ended || x->broken || x->status != KG_OK)
        return 0;
    if (x->before && *x->before) {
        *to = *x->before++;
        return 1;
    }
    if (!x->started || x->fed > x->line.len) {
        if (x->begun)
            return 0;
        next_line(x);
        x->comment = false;
    }
    if (x->ended || x->broken)
        return 0;
    char c = x->fed < x->line.len ? x->line.data[x->fed] : '\n';
    x->fed++;
    if (x->by_lines && !x->begun && !x->comment)
        note_byte(x, c);
    if (!x->by_lines || x->begun || x->comment)
        x->quick = x->line.len;
    *to = c;
    return 1;
}

static size_t feed(void *to, size_t size, size_t n, void *stream) {
    rdf *x = stream;
    (void)size;
    if (n == 0)
        return 0;
    if (x->fed >= x->quick)
        return feed_slowly(to, x);
    *(char *)to = x->line.data[x->fed++];
    return 1;
}

/* After a fault: stand where the next statement can begin. Of TriG that may be inside a graph. */
static void resume(rdf *x) {
    size_t from = x->broken ? x->line.len : x->fed;
    if (x->by_lines) {
        x->fed = x->line.len + 1;
        return;
    }
    while (!x->ended) {
        kg_turtle_scan scan = x->scan;
        for (size_t i = 0; i <= x->line.len; i++) {
            bool in_graph = scan.in_graph;
            if (kg_turtle_scan_byte(&scan, i < x->line.len ? x->line.data[i] : '\n') && i >= from) {
                x->fed = i;
                x->broken = false;
                x->before = in_graph ? "{ " : NULL;
                return;
            }
        }
        next_line(x);
        from = x->broken ? x->line.len : 0;
    }
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

/* What a node stands for: a name, or where it is `raw` its IRI; empty for a literal, no node and
 * what cannot be expanded. */
static kg_status text_of(kg_str *out, rdf *x, kg_bytes *buffer, const SerdNode *node, bool raw) {
    kg_status st;
    SerdNode expanded = SERD_NODE_NULL;
    buffer->len = 0;
    *out = (kg_str){"", 0};
    if (!node || node->type == SERD_LITERAL || node->type == SERD_NOTHING)
        return KG_OK;
    kg_str text = {(const char *)node->buf, node->n_bytes};
    if (node->type == SERD_BLANK)
        KG_TRY(st, kg_array_append(buffer, x->scope, strlen(x->scope)));
    else if (node->type == SERD_CURIE || !serd_uri_string_has_scheme(node->buf))
        expanded = serd_env_expand_node(x->env, node);
    if (node->type == SERD_CURIE && !expanded.buf)
        return KG_OK;
    if (expanded.buf)
        text = (kg_str){(const char *)expanded.buf, expanded.n_bytes};
    st = node->type == SERD_BLANK || raw ? kg_array_append(buffer, text.data, text.len)
                                         : kg_iri_decode(buffer, text);
    serd_node_free(&expanded);
    if (st == KG_OK)
        *out = (kg_str){buffer->data, buffer->len};
    return st;
}

static bool is_own(const SerdNode *node) {
    return kg_iri_is_own((kg_str){(const char *)node->buf, node->n_bytes});
}

/* ---- Statements -------------------------------------------------------------------------------
 */

static kg_status take(rdf *x, const kg_rdf_triple *t) {
    if (t->subject.len == 0 || t->predicate.len == 0 || (!t->literal.data && t->object.len == 0))
        return kg_reader_bad(x->r, t->file, t->line, x->err,
                             "found a name whose prefix is not declared, expected an IRI; declare "
                             "the prefix");
    if (!kg_text_is_valid(t->subject) || !kg_text_is_valid(t->predicate) ||
        !kg_text_is_valid(t->object) || !kg_text_is_valid(t->literal) ||
        !kg_text_is_valid(t->graph) || !kg_text_is_valid(t->datatype))
        return kg_reader_bad(x->r, t->file, t->line, x->err,
                             "an escape gives NUL or no UTF-8; remove it");
    return kg_rdf_take(x->r, x->known, t, x->err);
}

static SerdStatus on_statement(void *handle, SerdStatementFlags flags, const SerdNode *graph,
                               const SerdNode *subject, const SerdNode *predicate,
                               const SerdNode *object, const SerdNode *datatype,
                               const SerdNode *lang) {
    rdf *x = handle;
    kg_str texts[TEXTS];
    const SerdNode *const nodes[TEXTS] = {subject, predicate, object, graph, datatype};
    (void)flags;
    if (x->status != KG_OK)
        return SERD_ERR_INTERNAL; /* serd goes on with what is nested in a refused statement */
    for (int i = 0; i < TEXTS && x->status == KG_OK; i++)
        x->status = text_of(&texts[i], x, &x->texts[i], nodes[i], i == TEXTS - 1);
    if (x->status != KG_OK) {
        kg_error_set(x->err, x->status, "out of memory reading %s", kg_lines_name(x->lines));
        return SERD_ERR_INTERNAL;
    }
    kg_rdf_triple t = {.subject = texts[0],
                       .predicate = texts[1],
                       .object = texts[2],
                       .own_predicate = is_own(predicate),
                       .own_object = is_own(object),
                       .graph = texts[3],
                       .datatype = texts[4],
                       .file = kg_lines_name(x->lines),
                       .line = kg_lines_number(x->lines)};
    if (object->type == SERD_LITERAL)
        t.literal = (kg_str){(const char *)object->buf, object->n_bytes};
    if (lang && lang->buf)
        t.language = (kg_str){(const char *)lang->buf, lang->n_bytes};
    if (x->quads) /* which is told when its full stop was read, not before */
        note_statement(x);
    x->status = take(x, &t);
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

/* serd reads N-Quads as a whole only, the others a statement at a time too. *line: where it came
 * to.
 */
static void read_until_fault(uint64_t *line, rdf *x, SerdReader *reader) {
    SerdStatus code = SERD_SUCCESS;
    x->syntax[0] = 0;
    note_statement(x);
    if (x->quads) {
        serd_reader_read_source(reader, feed, feed_error, x, NULL, 1);
        *line = kg_lines_number(x->lines);
        return;
    }
    serd_reader_start_source_stream(reader, feed, feed_error, x, NULL, 1);
    while (code == SERD_SUCCESS && x->status == KG_OK) {
        code = serd_reader_read_chunk(reader);
        note_statement(x);
    }
    *line = kg_lines_number(x->lines);
    serd_reader_end_stream(reader);
}

/* Read statements until the end or a fault; *again: a fault was passed over. */
static kg_status read_stream(bool *again, rdf *x, SerdReader *reader) {
    kg_status st;
    uint64_t line;
    read_until_fault(&line, x, reader);
    *again = false;
    bool fault = x->syntax[0] || !x->ended; /* serd stops at some bytes without a word */
    if (x->status != KG_OK || (!fault && !x->broken))
        return x->status;
    *again = !x->ended;
    if (!x->broken)
        KG_TRY(st, kg_reader_bad(x->r, kg_lines_name(x->lines), line, x->err,
                                 "%s; correct the statement",
                                 x->syntax[0] ? x->syntax : "found what is no statement"));
    resume(x);
    return x->status;
}

/* Blank nodes of one file are not those of another, nor of what the store holds already: no label
 * has a slash. */
static void set_scope(rdf *x, size_t number) {
    char of_load[32] = "", of_file[32] = "";
    if (x->r->options->blank_scope > 0)
        snprintf(of_load, sizeof of_load, "v%llu/", (unsigned long long)x->r->options->blank_scope);
    if (number > 0)
        snprintf(of_file, sizeof of_file, "f%zu/", number);
    snprintf(x->scope, sizeof x->scope, "_:%s%s", of_load, of_file);
}

static kg_status read_file(rdf *x, SerdSyntax syntax, const char *path, kg_error *err) {
    kg_status st;
    bool again = true;
    KG_TRY(st, kg_reader_open(&x->lines, x->r, path, err));
    x->by_lines = syntax == SERD_NTRIPLES || syntax == SERD_NQUADS;
    x->quads = syntax == SERD_NQUADS;
    x->env = serd_env_new(NULL);
    SerdReader *reader = serd_reader_new(syntax, x, NULL, on_base, on_prefix, on_statement, NULL);
    if (!x->env || !reader)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    if (st == KG_OK && reader) {
        serd_reader_set_error_sink(reader, note_error, x);
        while (st == KG_OK && again)
            st = read_stream(&again, x, reader);
        if (st == KG_OK)
            st = kg_rdf_groups_pause(&x->known->groups, x->r, err);
    }
    serd_reader_free(reader);
    serd_env_free(x->env);
    kg_lines_close(x->lines);
    return st;
}

static kg_status read_rdf(kg_reader *r, const char *const *paths, size_t n_paths, SerdSyntax syntax,
                          kg_error *err) {
    kg_rdf_known known = {.text = KG_ARENA_INIT};
    kg_status st = KG_OK;
    for (size_t i = 0; i < n_paths && st == KG_OK; i++) {
        rdf x = {.r = r, .err = err, .known = &known};
        set_scope(&x, i);
        st = read_file(&x, syntax, paths[i], err);
        for (size_t t = 0; t < sizeof x.texts / sizeof *x.texts; t++)
            kg_array_free(&x.texts[t]);
    }
    if (st == KG_OK)
        st = kg_rdf_groups_end(&known.groups, r, err);
    kg_rdf_known_free(&known);
    return st;
}

static kg_status read_ntriples(kg_reader *r, const char *const *paths, size_t n_paths,
                               kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_NTRIPLES, err);
}

static kg_status read_nquads(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_NQUADS, err);
}

static kg_status read_turtle(kg_reader *r, const char *const *paths, size_t n_paths,
                             kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_TURTLE, err);
}

static kg_status read_trig(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    return read_rdf(r, paths, n_paths, SERD_TRIG, err);
}

static bool answers_ntriples(const char *name) {
    return strcmp(name, "nt") == 0;
}

static bool answers_nquads(const char *name) {
    return strcmp(name, "nq") == 0;
}

static bool answers_turtle(const char *name) {
    return strcmp(name, "ttl") == 0;
}

static bool detect_ntriples(const kg_sample *sample) {
    return kg_rdf_detect(sample) == KG_RDF_NTRIPLES;
}

static bool detect_nquads(const kg_sample *sample) {
    return kg_rdf_detect(sample) == KG_RDF_NQUADS;
}

static bool detect_turtle(const kg_sample *sample) {
    return kg_rdf_detect(sample) == KG_RDF_TURTLE;
}

static bool detect_trig(const kg_sample *sample) {
    return kg_rdf_detect(sample) == KG_RDF_TRIG;
}

const kg_format kg_format_ntriples = {"ntriples", "N-Triples, also known as nt", answers_ntriples,
                                      detect_ntriples, read_ntriples};
const kg_format kg_format_nquads = {"nquads", "N-Quads, also known as nq", answers_nquads,
                                    detect_nquads, read_nquads};
const kg_format kg_format_turtle = {"turtle", "Turtle, also known as ttl", answers_turtle,
                                    detect_turtle, read_turtle};
const kg_format kg_format_trig = {"trig", "TriG", NULL, detect_trig, read_trig};
