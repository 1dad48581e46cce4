/* What every statement must be before any of it is taken, whoever takes it: a bulk load or a small
 * write. The checks of lengths and of what a statement needs differ, and stand there. */
#include "kgstore/store/store.h"

#include "kgstore/base/utf8.h"

kg_status kg_statement_check(const kg_statement *s, kg_error *err) {
    kg_status st;
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
