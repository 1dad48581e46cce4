#include "import/cells.h"

#include "import/fields.h"
#include "import/iri.h"

#include <ctype.h>

/* The first of a kind is what a header is written with. */
static const struct {
    const char *word;
    kg_value_kind kind;
} words[] = {{"string", KG_VALUE_STRING},
             {"char", KG_VALUE_STRING},
             {"long", KG_VALUE_INTEGER},
             {"int", KG_VALUE_INTEGER},
             {"integer", KG_VALUE_INTEGER},
             {"short", KG_VALUE_INTEGER},
             {"byte", KG_VALUE_INTEGER},
             {"double", KG_VALUE_FLOAT},
             {"float", KG_VALUE_FLOAT},
             {"boolean", KG_VALUE_BOOLEAN},
             {"date", KG_VALUE_DATE},
             {"datetime", KG_VALUE_DATETIME},
             {"localdatetime", KG_VALUE_DATETIME},
             {"point", KG_VALUE_TYPED},
             {"time", KG_VALUE_TYPED},
             {"localtime", KG_VALUE_TYPED},
             {"duration", KG_VALUE_TYPED}};

enum { WORDS = sizeof words / sizeof *words };

/* ---- Headers ----------------------------------------------------------------------------------
 */

/* The language behind the last '@': two or three letters, and what follows a hyphen. */
static kg_str language_of(kg_str name) {
    const char *at = name.len ? memrchr(name.data, '@', name.len) : NULL;
    kg_str language = {"", 0};
    size_t n = 0;
    if (!at || at == name.data)
        return language;
    language = (kg_str){at + 1, name.len - (size_t)(at + 1 - name.data)};
    while (n < language.len && isalpha((unsigned char)language.data[n]))
        n++;
    bool good = n >= 2 && n <= 3 && (n == language.len || language.data[n] == '-');
    for (; good && n < language.len; n++)
        good = isalnum((unsigned char)language.data[n]) || language.data[n] == '-';
    return good ? language : (kg_str){"", 0};
}

static bool ends_with(kg_str text, const char *end) {
    size_t n = strlen(end);
    return text.len > n && memcmp(text.data + text.len - n, end, n) == 0;
}

kg_status kg_cell_column(kg_str *key, kg_cell_type *type, bool *known, kg_arena *arena, kg_str name,
                         kg_str type_name) {
    bool found = false;
    *type = (kg_cell_type){.kind = KG_VALUE_STRING, .list = ends_with(type_name, "[]")};
    type_name.len -= type->list ? 2 : 0;
    for (size_t i = 0; i < WORDS && !found; i++) {
        found = kg_str_equal_nocase(type_name, kg_str_from(words[i].word));
        if (found)
            type->kind = words[i].kind;
        if (found && type->kind == KG_VALUE_TYPED)
            type->tag = kg_str_from(words[i].word);
    }
    if (known)
        *known = found;
    if (ends_with(name, "^^")) {
        type->term = true;
        name.len -= 2;
    } else if (type->kind == KG_VALUE_STRING) {
        type->tag = language_of(name);
        name.len -= type->tag.len ? type->tag.len + 1 : 0;
    }
    kg_status st = kg_iri_name(key, arena, name);
    if (st == KG_OK && key->data == name.data)
        key->data = kg_arena_copy(arena, name);
    if (key->data && type->tag.len > 0)
        type->tag.data = kg_arena_copy(arena, type->tag);
    return key->data && (type->tag.len == 0 || type->tag.data) ? st : KG_ERR_MEMORY;
}

kg_status kg_cell_header(kg_str *key, kg_cell_type *type, kg_arena *arena, kg_str text) {
    kg_status st;
    bool known = false;
    const char *colon = text.len ? memrchr(text.data, ':', text.len) : NULL;
    kg_str name = {text.data, colon ? (size_t)(colon - text.data) : 0};
    if (name.len > 0)
        KG_TRY(st, kg_cell_column(key, type, &known, arena, name,
                                  (kg_str){colon + 1, text.len - name.len - 1}));
    return known ? KG_OK : kg_cell_column(key, type, NULL, arena, text, (kg_str){"", 0});
}

kg_status kg_cell_headers(kg_property_columns *columns, kg_arena *arena, const kg_str *names,
                          size_t n) {
    kg_status st;
    for (size_t i = 0; i < n; i++) {
        kg_property_column c;
        KG_TRY(st, kg_cell_header(&c.key, &c.type, arena, names[i]));
        KG_TRY(st, kg_array_push(columns, c));
    }
    return KG_OK;
}

/* A name that stands for itself: nothing is trimmed off, cut off or taken for a word. */
static bool is_plain_name(kg_str key, const char *const *reserved) {
    for (size_t i = 0; reserved[i]; i++)
        if (kg_str_equal_nocase(key, kg_str_from(reserved[i])))
            return false;
    for (size_t i = 0; i < key.len; i++)
        if ((unsigned char)key.data[i] < ' ' || strchr("\"'\\;|,{}[]()@^`", key.data[i]))
            return false;
    if (memmem(key.data, key.len, ":ID", 3) || memmem(key.data, key.len, "_ID", 3))
        return false; /* a header of neo4j's */
    return key.data[0] != ' ' && key.data[key.len - 1] != ' ' && !kg_iri_is_own(key);
}

kg_status kg_cell_append_header(kg_bytes *to, kg_str key, const kg_cell_type *type,
                                const char *const *reserved) {
    kg_status st;
    kg_str word = KG_STR("string");
    if (is_plain_name(key, reserved))
        KG_TRY(st, kg_array_append(to, key.data, key.len));
    else
        KG_TRY(st, kg_iri_encode_own(to, key, " '()@;,:&=+$!*"));
    if (type->term)
        KG_TRY(st, kg_array_append(to, "^^", 2));
    if (!type->term && type->kind == KG_VALUE_STRING && type->tag.len > 0) {
        KG_TRY(st, kg_array_push(to, '@'));
        KG_TRY(st, kg_array_append(to, type->tag.data, type->tag.len));
    }
    for (size_t i = WORDS; !type->term && i > 0; i--)
        if (words[i - 1].kind == type->kind)
            word = kg_str_from(words[i - 1].word);
    if (!type->term && type->kind == KG_VALUE_TYPED)
        word = type->tag;
    KG_TRY(st, kg_array_push(to, ':'));
    KG_TRY(st, kg_array_append(to, word.data, word.len));
    return type->list && !type->term ? kg_array_append(to, "[]", 2) : KG_OK;
}

/* ---- Cells ------------------------------------------------------------------------------------
 */

void kg_cells_reset(kg_cells *cells) {
    cells->properties.len = 0;
    kg_arena_reset(&cells->arena);
}

void kg_cells_free(kg_cells *cells) {
    kg_array_free(&cells->properties);
    kg_arena_free(&cells->arena);
}

/* As Java and Python write them, who fill such tables. */
static kg_str number_text(kg_str text) {
    static const char *const others[][2] = {{"Infinity", "INF"},   {"+Infinity", "INF"},
                                            {"-Infinity", "-INF"}, {"inf", "INF"},
                                            {"-inf", "-INF"},      {"nan", "NaN"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (kg_str_equal(text, kg_str_from(others[i][0])))
            return kg_str_from(others[i][1]);
    return text;
}

/* One value that is no list; its text is borrowed. A time that is none of ours keeps what its
 * column calls it. */
static kg_status read_one(kg_value *out, const kg_cell_type *type, kg_str text, kg_error *err) {
    kg_status st;
    if (type->kind == KG_VALUE_STRING || type->kind == KG_VALUE_TYPED) {
        *out = (kg_value){.kind = type->kind, .text = text, .tag = type->tag};
        return KG_OK;
    }
    if (type->kind == KG_VALUE_BOOLEAN) {
        bool yes = kg_str_equal_nocase(text, KG_STR("true"));
        *out = kg_value_boolean(yes);
        return yes || kg_str_equal_nocase(text, KG_STR("false"))
                   ? KG_OK
                   : kg_value_parse(out, KG_VALUE_BOOLEAN, text, err);
    }
    text = kg_str_trim(text);
    if (type->kind == KG_VALUE_FLOAT)
        text = number_text(text);
    st = kg_value_parse(out, type->kind, text, err);
    if (st == KG_OK || type->kind == KG_VALUE_INTEGER || type->kind == KG_VALUE_FLOAT ||
        text.len == 0 || !memchr("+-0123456789", text.data[0], 12))
        return st;
    *out = (kg_value){KG_VALUE_TYPED, {0}, text, kg_str_from(kg_value_kind_name(type->kind))};
    return KG_OK;
}

static kg_status read_list(kg_value *out, kg_arena *arena, const kg_cell_type *type, kg_str cell,
                           char separator, kg_error *err) {
    kg_bytes items = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (bool more = true; more && st == KG_OK;) {
        kg_value item;
        const char *cut = memchr(cell.data, separator, cell.len);
        size_t n = cut ? (size_t)(cut - cell.data) : cell.len;
        st = read_one(&item, type, (kg_str){cell.data, n}, err);
        if (st == KG_OK)
            st = kg_value_pack(&items, &item);
        more = cut != NULL;
        cell = (kg_str){cell.data + n + more, cell.len - n - more};
    }
    *out = (kg_value){.kind = KG_VALUE_LIST, .text = {NULL, items.len}};
    if (st == KG_OK) {
        out->text.data = kg_arena_copy(arena, (kg_str){items.data, items.len});
        st = out->text.data ? KG_OK : KG_ERR_MEMORY;
    }
    kg_array_free(&items);
    return st;
}

kg_status kg_cells_add(kg_cells *cells, kg_str key, const kg_cell_type *type, kg_str cell,
                       char array_separator, kg_error *err) {
    kg_status st;
    kg_property property = {.key = key};
    if (cell.len == 0)
        return KG_OK;
    if (type->term)
        st = kg_term_parse(&property.value, &cells->arena, cell, err);
    else if (type->list)
        st = read_list(&property.value, &cells->arena, type, cell, array_separator, err);
    else
        st = read_one(&property.value, type, cell, err);
    if (st != KG_OK)
        return st;
    return kg_array_push(&cells->properties, property);
}

kg_status kg_cells_take(bool *good, kg_cells *cells, kg_reader *r, const kg_statement *where,
                        const kg_property_column *c, kg_str cell, char array_separator,
                        kg_error *err) {
    kg_error detail = KG_ERROR_INIT;
    kg_status st = kg_cells_add(cells, c->key, &c->type, cell, array_separator, &detail);
    *good = st == KG_OK;
    if (st == KG_ERR_FORMAT)
        return kg_reader_bad(r, where->file, where->line, err, "column %.*s: %s; correct the value",
                             KG_STR_ARG(c->key), detail.text);
    return st == KG_OK ? KG_OK : kg_error_set(err, st, "out of memory reading %s", where->file);
}

/* ---- Types of columns -------------------------------------------------------------------------
 */

static bool is_word(kg_str tag) {
    for (size_t i = 0; i < WORDS; i++)
        if (words[i].kind == KG_VALUE_TYPED && kg_str_equal(tag, kg_str_from(words[i].word)))
            return true;
    return false;
}

/* Can a text stand in a cell as it is, and be told from none? */
static bool is_plain(const kg_value *value, bool in_list, const char *forbidden) {
    if (value->kind == KG_VALUE_TYPED && !is_word(value->tag))
        return false;
    if (value->kind != KG_VALUE_STRING && value->kind != KG_VALUE_TYPED)
        return true;
    if (value->kind == KG_VALUE_STRING && value->tag.len > 0) {
        char name[64] = "x@";
        if (value->tag.len > sizeof name - 3)
            return false;
        memcpy(name + 2, value->tag.data, value->tag.len);
        if (language_of((kg_str){name, 2 + value->tag.len}).len != value->tag.len)
            return false;
    }
    for (size_t i = 0; i < value->text.len; i++)
        if (strchr(forbidden, value->text.data[i]) ||
            (in_list && value->text.data[i] == KG_CELL_SEPARATOR))
            return false;
    return value->text.len > 0;
}

kg_cell_type kg_cell_type_of(const kg_value *value, const char *forbidden) {
    kg_value item;
    kg_str rest = value->text;
    const kg_cell_type term = {.term = true};
    kg_cell_type type = {.kind = value->kind, .tag = value->tag};
    if (value->kind != KG_VALUE_LIST)
        return is_plain(value, false, forbidden) ? type : term;
    for (size_t n = 0; kg_value_next(&item, &rest); n++) {
        if (n > 0 && (item.kind != type.kind || !kg_str_equal(item.tag, type.tag)))
            return term;
        if (!is_plain(&item, true, forbidden))
            return term;
        type = (kg_cell_type){.kind = item.kind, .list = true, .tag = item.tag};
    }
    return type.list ? type : term;
}

kg_cell_type kg_cell_type_join(const kg_cell_type *a, const kg_cell_type *b) {
    bool same = !a->term && !b->term && a->kind == b->kind && a->list == b->list &&
                kg_str_equal(a->tag, b->tag);
    return same ? *a : (kg_cell_type){.term = true};
}

kg_status kg_cell_append(kg_bytes *to, const kg_cell_type *type, const kg_value *value) {
    kg_status st;
    char buffer[KG_VALUE_BUFFER];
    kg_value item = *value;
    kg_str rest = value->text;
    if (type->term)
        return kg_term_append(to, value, KG_TERM_TURTLE);
    for (bool more = !type->list || kg_value_next(&item, &rest); more;) {
        kg_str text = kg_value_text(buffer, &item);
        KG_TRY(st, kg_array_append(to, text.data, text.len));
        more = type->list && kg_value_next(&item, &rest);
        if (more)
            KG_TRY(st, kg_array_push(to, KG_CELL_SEPARATOR));
    }
    return KG_OK;
}
