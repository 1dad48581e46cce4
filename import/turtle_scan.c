#include "import/turtle_scan.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A byte outside strings, comments and IRIs. */
static void scan_plain(kg_turtle_scan *s, char c) {
    s->place = KG_TURTLE_PLAIN;
    switch (c) {
    case '#':
        s->place = KG_TURTLE_COMMENT;
        break;
    case '<':
        s->place = KG_TURTLE_IRI;
        break;
    case '"':
    case '\'':
        s->place = KG_TURTLE_QUOTE;
        s->quote = c;
        break;
    case '.':
        s->place = KG_TURTLE_DOT;
        break;
    case '\\':
        s->place = KG_TURTLE_ESCAPE;
        break;
    case '{':
    case '}':
        s->place = KG_TURTLE_BRACE;
        s->in_graph = c == '{';
        s->braced = true;
        break;
    default:
        break;
    }
}

/* A byte of a string; a short one cannot go on over the end of its line. */
static void scan_string(kg_turtle_scan *s, char c) {
    bool is_long = s->place == KG_TURTLE_LONG;
    s->run = c == s->quote && !s->escaped ? s->run + 1 : 0;
    if (s->run == (is_long ? 3 : 1) || (!is_long && c == '\n'))
        s->place = KG_TURTLE_PLAIN;
    s->escaped = c == '\\' && !s->escaped;
}

bool kg_turtle_scan_byte(kg_turtle_scan *s, char c) {
    bool begins = false;
    switch (s->place) {
    case KG_TURTLE_DOT:
        begins = is_blank(c) || c == '#';
        scan_plain(s, c);
        break;
    case KG_TURTLE_BRACE:
        begins = true;
        scan_plain(s, c);
        break;
    case KG_TURTLE_PLAIN:
        scan_plain(s, c);
        break;
    case KG_TURTLE_ESCAPE:
        s->place = KG_TURTLE_PLAIN;
        break;
    case KG_TURTLE_COMMENT:
        if (c == '\n')
            s->place = KG_TURTLE_PLAIN;
        break;
    case KG_TURTLE_IRI:
        if (c == '>' || c == '\n')
            s->place = KG_TURTLE_PLAIN;
        break;
    case KG_TURTLE_QUOTES:
        if (c != s->quote) {
            scan_plain(s, c);
            break;
        }
        s->place = KG_TURTLE_LONG;
        s->run = 0;
        s->escaped = false;
        break;
    case KG_TURTLE_QUOTE:
        s->place = c == s->quote ? KG_TURTLE_QUOTES : KG_TURTLE_STRING;
        s->run = 0;
        s->escaped = false;
        if (c != s->quote)
            scan_string(s, c);
        break;
    case KG_TURTLE_STRING:
    case KG_TURTLE_LONG:
        scan_string(s, c);
        break;
    }
    return begins;
}
