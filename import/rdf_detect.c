#include "import/rdf_detect.h"

#include "import/fields.h"
#include "import/turtle_scan.h"

#include <strings.h>

static bool ends_with(const char *path, const char *ending) {
    size_t n = kg_length_unpacked(path), m = strlen(ending);
    return n > m && memcmp(path + n - m, ending, m) == 0;
}

static kg_rdf_kind by_name(const char *path) {
    static const struct {
        const char *ending;
        kg_rdf_kind kind;
    } endings[] = {{".nt", KG_RDF_NTRIPLES},
                   {".nq", KG_RDF_NQUADS},
                   {".ttl", KG_RDF_TURTLE},
                   {".turtle", KG_RDF_TURTLE},
                   {".trig", KG_RDF_TRIG}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(path, endings[i].ending))
            return endings[i].kind;
    return KG_RDF_NONE;
}

/* Cut the next line that holds more than blanks or a comment off text; empty at the end. */
static kg_str next_line(kg_str *text) {
    while (text->len > 0) {
        const char *newline = memchr(text->data, '\n', text->len);
        size_t n = newline ? (size_t)(newline - text->data) : text->len;
        kg_str line = {text->data, n > 0 && text->data[n - 1] == '\r' ? n - 1 : n};
        n += newline != NULL;
        *text = (kg_str){text->data + n, text->len - n};
        line = kg_str_trim(line);
        if (line.len > 0 && line.data[0] != '#')
            return line;
    }
    return (kg_str){"", 0};
}

static void skip(kg_str *text, size_t n) {
    *text = kg_str_trim((kg_str){text->data + n, text->len - n});
}

static size_t length_until(kg_str text, const char *stops) {
    size_t n = 0;
    while (n < text.len && !strchr(stops, text.data[n]))
        n++;
    return n;
}

/* Cut an IRI off the front of line; false where there is none. */
static bool take_iri(kg_str *line) {
    if (line->len == 0 || line->data[0] != '<')
        return false;
    kg_str inner = {line->data + 1, line->len - 1};
    size_t n = length_until(inner, " \t<>\"");
    if (n == inner.len || inner.data[n] != '>')
        return false;
    skip(line, n + 2);
    return true;
}

static bool take_blank_node(kg_str *line) {
    if (line->len < 3 || memcmp(line->data, "_:", 2) != 0)
        return false;
    skip(line, length_until(*line, " \t<>\";,"));
    return true;
}

/* A literal with what says its language or type. */
static bool take_literal(kg_str *line) {
    size_t n = 1;
    if (line->len == 0 || line->data[0] != '"')
        return false;
    while (n < line->len && line->data[n] != '"')
        n += line->data[n] == '\\' ? 2 : 1;
    if (n >= line->len)
        return false;
    kg_str rest = {line->data + n + 1, line->len - n - 1};
    if (rest.len > 2 && memcmp(rest.data, "^^", 2) == 0) {
        rest = (kg_str){rest.data + 2, rest.len - 2};
        *line = rest;
        return take_iri(line);
    }
    skip(&rest, rest.len > 0 && rest.data[0] == '@' ? length_until(rest, " \t.<") : 0);
    *line = rest;
    return true;
}

/* How many terms, 3 or 4, a line has that is a whole statement; 0: it is none. */
static int terms_of_line(kg_str line) {
    int n = 3;
    if (!(take_iri(&line) || take_blank_node(&line)) || !take_iri(&line))
        return 0;
    /* A blank node's name may hold full stops: the last is the statement's. */
    if (!take_iri(&line) && !take_literal(&line)) {
        if (line.len > 2 && line.data[line.len - 1] == '.')
            line.len--;
        return take_blank_node(&line) && line.len == 0 ? 3 : 0;
    }
    if (take_iri(&line) || take_blank_node(&line))
        n = 4;
    return line.len > 0 && line.data[0] == '.' && (line.len == 1 || strchr(" \t#", line.data[1]))
               ? n
               : 0;
}

static bool begins_with_word(kg_str line, const char *word, bool any_case) {
    size_t n = strlen(word);
    return line.len > n && (line.data[n] == ' ' || line.data[n] == '\t') &&
           (any_case ? strncasecmp(line.data, word, n) : strncmp(line.data, word, n)) == 0;
}

static bool is_directive(kg_str line) {
    if (begins_with_word(line, "@prefix", false) || begins_with_word(line, "@base", false))
        return true;
    if (begins_with_word(line, "base", true)) {
        skip(&line, 4);
        return take_iri(&line);
    }
    if (!begins_with_word(line, "prefix", true))
        return false;
    skip(&line, 6);
    size_t n = length_until(line, ": \t<");
    if (n == line.len || line.data[n] != ':')
        return false;
    skip(&line, n + 1);
    return take_iri(&line);
}

/* A line that only a statement of Turtle begins with: a subject, a predicate, and more to come. */
static bool begins_turtle(kg_str line) {
    kg_str rest = line;
    if (!take_iri(&rest) && !take_blank_node(&rest))
        return false;
    char last = line.data[line.len - 1];
    bool verb = begins_with_word(rest, "a", false) || (rest.len > 0 && rest.data[0] == '<');
    return rest.len == 0 ? false : (rest.data[0] == '{' || (verb && strchr(";,.", last)));
}

static bool has_braces(kg_str text) {
    kg_turtle_scan scan = {.place = KG_TURTLE_PLAIN};
    for (size_t i = 0; i < text.len && !scan.braced; i++)
        kg_turtle_scan_byte(&scan, text.data[i]);
    return scan.braced;
}

/* Lines that are statements: N-Quads where one has a graph's name, Turtle where one goes on. */
static kg_rdf_kind by_lines(kg_str text) {
    kg_rdf_kind kind = KG_RDF_NTRIPLES;
    while (text.len > 0) {
        kg_str line = next_line(&text);
        char last = line.len > 0 ? line.data[line.len - 1] : 0;
        if (is_directive(line) || last == ';' || last == ',')
            return KG_RDF_TURTLE;
        if (terms_of_line(line) == 4)
            kind = KG_RDF_NQUADS;
    }
    return kind;
}

kg_rdf_kind kg_rdf_detect(const kg_sample *sample) {
    kg_str rest = sample->text;
    kg_rdf_kind kind = sample->is_folder ? KG_RDF_NONE : by_name(sample->path);
    if (sample->is_folder || kind != KG_RDF_NONE)
        return kind;
    kg_str head = next_line(&rest);
    if (terms_of_line(head) > 0)
        kind = by_lines(sample->text);
    else if (is_directive(head) || begins_turtle(head))
        kind = KG_RDF_TURTLE;
    return kind == KG_RDF_TURTLE && has_braces(sample->text) ? KG_RDF_TRIG : kind;
}
