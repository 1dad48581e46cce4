#include "cli/cyphercomplete.h"

#include "kgstore/base/array.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const words[] = {
    "MATCH",   "OPTIONAL", "WHERE",    "RETURN",   "WITH",  "UNWIND",  "CREATE",  "MERGE",   "SET",
    "REMOVE",  "DELETE",   "DETACH",   "CALL",     "YIELD", "LOAD",    "CSV",     "HEADERS", "FROM",
    "FOREACH", "UNION",    "ALL",      "DISTINCT", "ORDER", "BY",      "ASC",     "DESC",    "SKIP",
    "LIMIT",   "AS",       "AND",      "OR",       "XOR",   "NOT",     "IN",      "IS",      "NULL",
    "STARTS",  "ENDS",     "CONTAINS", "EXISTS",   "COUNT", "CASE",    "WHEN",    "THEN",    "ELSE",
    "END",     "ON",       "true",     "false",    "null",  "EXPLAIN", "PROFILE", NULL};

/* clang-format off */
const char *const kg_cypher_functions[] = {
    "abs", "acos", "all", "allShortestPaths", "any", "asin", "atan", "atan2", "avg", "btrim",
    "ceil", "coalesce", "collect", "cos", "cot", "count", "date", "date.realtime",
    "date.statement", "date.transaction", "date.truncate", "datetime", "datetime.fromepoch",
    "datetime.fromepochmillis", "datetime.realtime", "datetime.statement",
    "datetime.transaction", "datetime.truncate", "db.labels", "db.propertyKeys",
    "db.relationshipTypes", "degrees", "duration", "duration.between", "duration.inDays",
    "duration.inMonths", "duration.inSeconds", "e", "elementId", "endNode", "exp", "floor",
    "haversin", "head", "id", "isEmpty", "isNaN", "keys", "kg.degree", "kg.entity", "kg.link",
    "kg.neighbours", "kg.search", "labels", "last", "left", "length", "localdatetime",
    "localdatetime.realtime", "localdatetime.statement", "localdatetime.transaction",
    "localdatetime.truncate", "localtime", "localtime.realtime", "localtime.statement",
    "localtime.transaction", "localtime.truncate", "log", "log10", "lower", "lTrim", "max",
    "min", "nodes", "none", "percentileCont", "percentileDisc", "pi", "properties", "radians",
    "rand", "range", "reduce", "relationships", "replace", "reverse", "right", "round", "rTrim",
    "shortestPath", "sign", "sin", "single", "size", "split", "sqrt", "startNode", "stDev",
    "stDevP", "substring", "sum", "tail", "tan", "time", "time.realtime", "time.statement",
    "time.transaction", "time.truncate", "toBoolean", "toBooleanOrNull", "toFloat",
    "toFloatOrNull", "toInteger", "toIntegerOrNull", "toLower", "toString", "toStringOrNull",
    "toUpper", "trim", "type", "upper", NULL};
/* clang-format on */

/* ---- Where the word stands ------------------------------------------------------------------- */

typedef struct place {
    char quote;   /* of the string or name that is open; 0: none */
    char bracket; /* the innermost that is open; 0: none */
    bool colon;   /* one stands since then */
} place;

static void note(place *p, kg_bytes *open, char c) {
    if (p->quote) {
        p->quote = c == p->quote ? 0 : p->quote;
    } else if (strchr("'\"`", c)) {
        p->quote = c;
    } else if (strchr("([{", c)) {
        kg_array_push(open, c);
        p->colon = false;
    } else if (strchr(")]}", c)) {
        open->len -= open->len > 0;
        p->colon = false;
    } else if (c == ':') {
        p->colon = true;
    }
}

static place place_of(kg_str before) {
    place p = {0};
    kg_bytes open = KG_ARRAY_INIT;
    for (size_t i = 0; i < before.len; i++) {
        char c = before.data[i];
        if (p.quote && p.quote != '`' && c == '\\')
            i++;
        else if (c)
            note(&p, &open, c);
    }
    p.bracket = open.len ? open.data[open.len - 1] : (char)0;
    kg_array_free(&open);
    return p;
}

/* ---- Names ----------------------------------------------------------------------------------- */

typedef struct names {
    kg_name_fn visit;
    void *context;
} names;

static bool is_plain(kg_str name) {
    bool plain = name.len > 0 && !isdigit((unsigned char)name.data[0]);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        plain &= isalnum(c) || c == '_' || c >= 0x80;
    }
    return plain;
}

static kg_status write_name(void *context, kg_str name, kg_id id) {
    kg_status st = KG_OK;
    names *n = context;
    kg_bytes text = KG_ARRAY_INIT;
    if (is_plain(name))
        return n->visit(n->context, name, id);
    st = kg_array_push(&text, '`');
    for (size_t i = 0; st == KG_OK && i < name.len; i++) {
        st = kg_array_push(&text, name.data[i]);
        if (st == KG_OK && name.data[i] == '`')
            st = kg_array_push(&text, '`');
    }
    if (st == KG_OK)
        st = kg_array_push(&text, '`');
    if (st == KG_OK)
        st = n->visit(n->context, (kg_str){text.data, text.len}, id);
    kg_array_free(&text);
    return st;
}

static kg_status complete_name(kg_snapshot *snapshot, kg_kind kind, kg_str word, uint32_t limit,
                               names *to) {
    if (word.len && word.data[0] == '`')
        word = (kg_str){word.data + 1, word.len - 1};
    return kg_name_complete(snapshot, kind, word, limit, write_name, to);
}

/* ---- Words and variables --------------------------------------------------------------------- */

static bool begins(kg_str text, kg_str prefix) {
    return text.len >= prefix.len && strncasecmp(text.data, prefix.data, prefix.len) == 0;
}

static kg_status offer_words(const char *const *list, kg_str word, const names *to) {
    kg_status st;
    for (; *list; list++)
        if (begins(kg_str_from(*list), word))
            KG_TRY(st, to->visit(to->context, kg_str_from(*list), KG_NO_ID));
    return KG_OK;
}

/* Functions whose name begins with `space` and a dot, without these; *any: there are some. */
static kg_status offer_members(bool *any, kg_str space, kg_str word, const names *to) {
    kg_status st;
    *any = false;
    for (const char *const *f = kg_cypher_functions; *f; f++) {
        kg_str name = kg_str_from(*f);
        if (!begins(name, space) || name.len <= space.len || name.data[space.len] != '.')
            continue;
        *any = true;
        name = (kg_str){name.data + space.len + 1, name.len - space.len - 1};
        if (begins(name, word))
            KG_TRY(st, to->visit(to->context, name, KG_NO_ID));
    }
    return KG_OK;
}

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The word that ends at byte `end`. */
static kg_str word_before(kg_str text, size_t end) {
    size_t from = end;
    while (from > 0 && is_letter(text.data[from - 1]))
        from--;
    return (kg_str){text.data + from, end - from};
}

/* A word is a variable where a pattern names it, or AS does. */
static bool names_variable(kg_str text, kg_str word) {
    size_t at = (size_t)(word.data - text.data);
    bool blank = false;
    while (at > 0 && isspace((unsigned char)text.data[at - 1])) {
        at--;
        blank = true;
    }
    if (at == 0 || isdigit((unsigned char)word.data[0]))
        return false;
    kg_str previous = word_before(text, at);
    char next = word.data + word.len < text.data + text.len ? word.data[word.len] : ' ';
    bool pattern = strchr("([", text.data[at - 1]) && strchr(":) ]{*", next);
    return pattern || (blank && previous.len == 2 && strncasecmp(previous.data, "AS", 2) == 0);
}

static bool seen_before(kg_str text, kg_str word) {
    kg_str earlier = {text.data, (size_t)(word.data - text.data)};
    for (size_t i = 0; i < earlier.len; i++) {
        size_t n = 0;
        while (i + n < earlier.len && is_letter(earlier.data[i + n]))
            n++;
        kg_str other = {text.data + i, n};
        if (n && kg_str_equal(other, word) && names_variable(text, other))
            return true;
        i += n;
    }
    return false;
}

static kg_status offer_variables(kg_str text, kg_str word, const names *to) {
    kg_status st;
    for (size_t i = 0; i < text.len; i++) {
        size_t n = 0;
        while (i + n < text.len && is_letter(text.data[i + n]))
            n++;
        kg_str found = {text.data + i, n};
        if (n && begins(found, word) && names_variable(text, found) && !seen_before(text, found))
            KG_TRY(st, to->visit(to->context, found, KG_NO_ID));
        i += n;
    }
    return KG_OK;
}

kg_status kg_cypher_complete(kg_snapshot *snapshot, kg_str query, size_t start, uint32_t limit,
                             kg_name_fn visit, void *context) {
    kg_status st;
    kg_str before = {query.data, start}, word = {query.data + start, query.len - start};
    names to = {visit, context};
    place at = place_of(before);
    char last = start > 0 ? query.data[start - 1] : ' ';
    bool typed = last == ':' || (strchr("|&!", last) && at.colon);
    if (at.quote && at.quote != '`') /* a string: most likely a name */
        return kg_entity_complete(snapshot, word, limit, visit, context);
    if (at.quote || last == '$')
        return KG_OK;
    if (typed && at.bracket != '{')
        return complete_name(snapshot, at.bracket == '[' ? KG_RELATION : KG_TYPE, word, limit, &to);
    if (last == '.') {
        bool any;
        KG_TRY(st, offer_members(&any, word_before(query, start - 1), word, &to));
        return any ? KG_OK : complete_name(snapshot, KG_KEY, word, limit, &to);
    }
    KG_TRY(st, offer_variables(before, word, &to));
    KG_TRY(st, offer_words(kg_cypher_functions, word, &to));
    return offer_words(words, word, &to);
}
