/* What every statement must be before any of it is taken, whoever takes it: a bulk load or a small
 * write. The checks of lengths and of what a statement needs differ, and stand there. */
#include "kgstore/store/store.h"

#include "kgstore/base/utf8.h"

#include <ctype.h>

/* BCP 47 has more to say; this is what its tags are made of. */
static bool is_language(kg_str s) {
    if (s.len > 35)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.data[i]) && s.data[i] != '-')
            return false;
    return true;
}

static kg_status check_language(kg_str language, const kg_statement *s, kg_error *err) {
    if (is_language(language))
        return KG_OK;
    return kg_error_at(err, KG_ERR_FORMAT, s->file, s->line,
                       "found the language \"%.*s\"; expected letters, digits and hyphens, at most "
                       "35, as zh or en-GB",
                       (int)(language.len < 40 ? language.len : 40), language.data);
}

static kg_status check_property(const kg_property *p, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_error detail = KG_ERROR_INIT;
    if (p->key.len == 0 || p->key.len > KG_IDENTIFIER_MAX)
        return kg_error_at(err, KG_ERR_FORMAT, s->file, s->line,
                           "the name of a property has 1 to %d bytes, not %zu", KG_IDENTIFIER_MAX,
                           p->key.len);
    st = kg_text_check(p->key, "the name of a property", &detail);
    if (st == KG_OK)
        st = kg_value_check(&p->value, &detail);
    if (st != KG_OK)
        return kg_error_at(err, st, s->file, s->line, "property %.*s: %s",
                           (int)(p->key.len < 60 ? p->key.len : 60), p->key.data, detail.text);
    return p->value.kind == KG_VALUE_STRING ? check_language(p->value.tag, s, err) : KG_OK;
}

kg_status kg_statement_check_properties(const kg_statement *s, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < s->n_properties; i++)
        KG_TRY(st, check_property(&s->properties[i], s, err));
    return KG_OK;
}

kg_status kg_statement_check(const kg_statement *s, kg_error *err) {
    kg_status st;
    if (s->language.len)
        KG_TRY(st, check_language(s->language, s, err));
    if (kg_text_is_valid(s->head) && kg_text_is_valid(s->relation) && kg_text_is_valid(s->tail) &&
        kg_text_is_valid(s->head_type) && kg_text_is_valid(s->tail_type) &&
        kg_text_is_valid(s->label))
        return KG_OK;
    const struct {
        kg_str text;
        const char *what;
    } parts[] = {{s->head, s->kind == KG_STATEMENT_TRIPLE ? "the head" : "the entity's name"},
                 {s->relation, "the relation's name"},
                 {s->tail, "the tail"},
                 {s->head_type, "the type"},
                 {s->tail_type, "the tail's type"},
                 {s->label, s->kind == KG_STATEMENT_ALIAS ? "the alias" : "the label"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        kg_error detail = KG_ERROR_INIT;
        st = kg_text_check(parts[i].text, parts[i].what, &detail);
        if (st != KG_OK)
            return kg_error_at(err, st, s->file, s->line, "%s", detail.text);
    }
    return KG_OK;
}
