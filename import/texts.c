#include "import/texts.h"

#include "import/iri.h"
#include "import/term.h"

void kg_texts_free(kg_texts *t) {
    for (int i = 0; i < 2; i++) {
        kg_array_free(&t->plain[i]);
        kg_array_free(&t->whole[i]);
    }
}

static bool fits(const kg_texts *t, kg_str text, int i) {
    bool plain = text.len > 0;
    for (size_t k = 0; plain && k < text.len; k++)
        plain = !strchr(t->never, text.data[k]) && (i == 0 || text.data[k] != t->separator);
    return plain;
}

static kg_status take_text(void *context, const kg_label *label) {
    kg_status st;
    kg_texts *t = context;
    int i = !label->is_label;
    const kg_value value = kg_value_string(label->text, label->language);
    bool plain = fits(t, label->text, i);
    t->needed[i] = t->needed[i] || !plain || label->language.len > 0 || (i == 0 && t->n[i] > 0);
    KG_TRY(st, kg_array_push(&t->whole[i], t->n[i]++ ? ' ' : '('));
    KG_TRY(st, kg_term_append(&t->whole[i], &value, KG_TERM_TURTLE));
    if (!plain || (i == 0 && t->plain[i].len > 0))
        return KG_OK;
    if (t->plain[i].len > 0)
        KG_TRY(st, kg_array_push(&t->plain[i], t->separator));
    return kg_array_append(&t->plain[i], label->text.data, label->text.len);
}

kg_status kg_texts_take(kg_texts *t, kg_export_job *job, kg_id id) {
    for (int i = 0; i < 2; i++) {
        t->plain[i].len = t->whole[i].len = t->n[i] = 0;
        t->needed[i] = false;
    }
    kg_status st = kg_entity_labels(job->snapshot, id, take_text, t);
    for (int i = 0; i < 2 && st == KG_OK; i++)
        if (t->n[i] > 0)
            st = kg_array_push(&t->whole[i], ')');
    return st == KG_ERR_MEMORY ? kg_error_set(job->err, st, "out of memory writing %s", job->path)
                               : st;
}

kg_status kg_texts_needed(bool *needed, kg_texts *t, kg_export_job *job) {
    kg_status st;
    *needed = false;
    for (uint64_t i = 0; i < job->live.count && !*needed; i++) {
        KG_TRY(st, kg_texts_take(t, job, kg_live_id(&job->live, i)));
        *needed = t->needed[0] || t->needed[1];
    }
    return KG_OK;
}

kg_status kg_texts_append_name(kg_bytes *to, kg_str name, const char *characters) {
    bool plain = !kg_iri_is_own(name);
    for (size_t i = 0; plain && i < name.len; i++)
        plain = !strchr(characters, name.data[i]);
    return plain ? kg_array_append(to, name.data, name.len)
                 : kg_iri_encode_own(to, name, characters);
}
