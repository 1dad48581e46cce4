#include "import/neo4j_header.h"

#include "import/fields.h"
#include "import/iri.h"

static const struct {
    const char *word;
    kg_neo4j_kind kind;
} kinds[] = {{"ID", KG_NEO4J_ID},         {"START_ID", KG_NEO4J_START_ID},
             {"END_ID", KG_NEO4J_END_ID}, {"TYPE", KG_NEO4J_TYPE},
             {"LABEL", KG_NEO4J_LABEL},   {"IGNORE", KG_NEO4J_IGNORED}};

static bool word_in(kg_str word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (kg_str_equal_nocase(word, kg_str_from(words[i])))
            return true;
    return false;
}

static kg_neo4j_kind property_kind(kg_str name) {
    static const char *const texts[] = {"name", "label", "title"};
    static const char *const aliases[] = {"alias", "aliases", "synonym", "synonyms"};
    if (word_in(name, texts, sizeof texts / sizeof *texts))
        return KG_NEO4J_TEXT;
    return word_in(name, aliases, sizeof aliases / sizeof *aliases) ? KG_NEO4J_ALIASES
                                                                    : KG_NEO4J_PROPERTY;
}

/* What stands between two characters at the end of *text, which is cut before the first; empty
 * where it does not end so. */
static kg_str cut_between(kg_str *text, char open, char close) {
    const char *at = text->len ? memchr(text->data, open, text->len) : NULL;
    if (!at || text->data[text->len - 1] != close)
        return (kg_str){"", 0};
    size_t before = (size_t)(at - text->data);
    kg_str inner = {at + 1, text->len - before - 2};
    text->len = before;
    return inner;
}

static bool keep(kg_str *out, kg_arena *arena, kg_str text, const char *after) {
    size_t n = strlen(after);
    char *copy = kg_arena_alloc(arena, text.len + n + 1);
    if (!copy)
        return false;
    memcpy(copy, text.data, text.len);
    memcpy(copy + text.len, after, n + 1);
    *out = (kg_str){copy, text.len + n};
    return true;
}

/* "personId:ID(Person){label:Person}" -> kind, space and label. "label^^:IGNORE" and
 * "aliases^^:IGNORE" are for us alone: labels and aliases with their languages. false: out of
 * memory. */
static bool parse_column(kg_neo4j_column *c, kg_arena *arena, kg_str text) {
    static const kg_str LABEL = {"label:", 6};
    kg_str options = cut_between(&text, '{', '}');
    const char *colon = text.len ? memrchr(text.data, ':', text.len) : NULL;
    kg_str name = colon ? (kg_str){text.data, (size_t)(colon - text.data)} : text;
    kg_str type = colon ? (kg_str){colon + 1, text.len - name.len - 1} : (kg_str){"", 0};
    kg_str space = cut_between(&type, '(', ')');
    kg_str key;
    *c = (kg_neo4j_column){.kind = KG_NEO4J_PROPERTY};
    if (kg_cell_column(&key, &c->property.type, NULL, arena, kg_str_trim(name), type) != KG_OK)
        return false;
    c->kind = kg_iri_is_own(kg_str_trim(name)) ? KG_NEO4J_PROPERTY : property_kind(key);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kg_str_equal(type, kg_str_from(kinds[i].word)) &&
            !(c->property.type.term && (c->kind == KG_NEO4J_TEXT || c->kind == KG_NEO4J_ALIASES)))
            c->kind = kinds[i].kind;
    if (c->kind > KG_NEO4J_END_ID)
        space.len = 0;
    bool labelled = options.len > LABEL.len && memcmp(options.data, LABEL.data, LABEL.len) == 0;
    kg_str label = {options.data + LABEL.len, labelled ? options.len - LABEL.len : 0};
    c->property.key = key;
    return (name.len > 0 || keep(&c->property.key, arena, type, "")) &&
           keep(&c->space, arena, space, space.len ? "::" : "") &&
           (!labelled || keep(&c->label, arena, kg_str_trim(label), ""));
}

/* Edges have no labels and no aliases; aliases are a list whatever their column says. */
static void settle_texts(kg_neo4j_header *h, bool edges) {
    for (size_t i = 0; i < h->columns.len; i++) {
        kg_neo4j_column *c = &h->columns.data[i];
        if (edges && (c->kind == KG_NEO4J_TEXT || c->kind == KG_NEO4J_ALIASES))
            c->kind = KG_NEO4J_PROPERTY;
        else if (c->kind == KG_NEO4J_ALIASES)
            c->property.type.list = !c->property.type.term;
    }
}

bool kg_neo4j_is_header(kg_str line) {
    return line.len > 0 &&
           (memmem(line.data, line.len, ":ID", 3) || memmem(line.data, line.len, ":START_ID", 9));
}

char kg_neo4j_separator(kg_str line) {
    static const char candidates[] = {'\t', ',', ';', '|'};
    for (size_t i = 0; i < sizeof candidates; i++)
        if (line.len > 0 && memchr(line.data, candidates[i], line.len))
            return candidates[i];
    return ',';
}

kg_status kg_neo4j_header_parse(kg_neo4j_header *h, const kg_csv *csv, kg_error *err) {
    const char *file = kg_lines_name(csv->lines);
    for (size_t i = 0; i < csv->fields.len; i++) {
        kg_neo4j_column c;
        if (!parse_column(&c, &h->arena, kg_str_trim(csv->fields.data[i])) ||
            kg_array_push(&h->columns, c) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", file);
        h->of_kind[c.kind]++;
    }
    size_t starts = h->of_kind[KG_NEO4J_START_ID], ends = h->of_kind[KG_NEO4J_END_ID];
    bool good = starts + ends > 0 ? starts > 0 && ends > 0 && h->of_kind[KG_NEO4J_TYPE] <= 1
                                  : h->of_kind[KG_NEO4J_ID] > 0;
    if (good) {
        settle_texts(h, starts > 0);
        return KG_OK;
    }
    return kg_error_at(err, KG_ERR_FORMAT, file, csv->line,
                       "found a header of neither nodes nor relationships; expected :ID, or "
                       ":START_ID and :END_ID with at most one :TYPE; complete it");
}

void kg_neo4j_header_free(kg_neo4j_header *h) {
    kg_array_free(&h->columns);
    kg_arena_free(&h->arena);
    *h = (kg_neo4j_header){.arena = KG_ARENA_INIT};
}
