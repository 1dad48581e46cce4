/* Statements taken into memory. */
#include "kgstore/store/bulk.h"

#include "kgstore/base/utf8.h"
#include "kgstore/store/store.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { POLL_EVERY = 1 << 16 };

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading the graph");
}

__attribute__((format(printf, 3, 4))) static kg_status refuse(const kg_statement *s, kg_error *err,
                                                              const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return kg_error_at(err, KG_ERR_FORMAT, s->file, s->line, "%s", text);
}

static const char *kind_name(kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return "entity";
    case KG_RELATION:
        return "relation";
    case KG_TYPE:
        return "type";
    case KG_KEY:
        break;
    }
    return "property";
}

kg_status kg_bulk_keep(kg_str *kept, kg_bulk *b, kg_str text) {
    char *copy = kg_arena_copy(&b->arena, text);
    *kept = (kg_str){copy, text.len};
    return copy ? KG_OK : KG_ERR_MEMORY;
}

kg_status kg_bulk_alias_add(kg_bulk *b, uint32_t entity, kg_str text) {
    kg_status st;
    kg_bulk_alias alias = {.entity = entity};
    KG_TRY(st, kg_bulk_keep(&alias.text, b, text));
    return kg_array_push(&b->aliases, alias);
}

/* ---- Labels ---------------------------------------------------------------------------------- */

/* Whether a label's language is one that was asked for: itself, or what it is a kind of ("zh" for
 * "zh-Hans"). */
static bool speaks(kg_str language, const char *asked, size_t n) {
    return language.len >= n && strncasecmp(language.data, asked, n) == 0 &&
           (language.len == n || language.data[n] == '-');
}

/* The place of a language among those preferred; beyond all of them where it is none. */
static unsigned language_place(const kg_bulk *b, kg_str language) {
    unsigned place = 0;
    for (const char *at = b->options.languages; at && *at; place++) {
        size_t n = strcspn(at, ",");
        if (speaks(language, at, n))
            return place;
        at += n + (at[n] == ',');
    }
    return place;
}

/* The tagged form of a label, kept; `prefix` stands before the language in its tag. */
static kg_status keep_tagged(kg_str *kept, kg_bulk *b, kg_str text, const char *prefix,
                             kg_str language) {
    size_t n = strlen(prefix);
    if (n + language.len == 0)
        return kg_bulk_keep(kept, b, text);
    char *to = kg_arena_alloc(&b->arena, text.len + 1 + n + language.len);
    if (!to)
        return KG_ERR_MEMORY;
    *kept = (kg_str){to, text.len + 1 + n + language.len};
    memcpy(to, text.data, text.len);
    to[text.len] = '\0';
    memcpy(to + text.len + 1, prefix, n);
    if (language.len)
        memcpy(to + text.len + 1 + n, language.data, language.len);
    return KG_OK;
}

/* One more label of an entity, beside its preferred one. */
static kg_status add_label(kg_bulk *b, uint32_t entity, kg_str label, kg_str language) {
    kg_status st;
    kg_bulk_alias alias = {.entity = entity};
    KG_TRY(st, keep_tagged(&alias.text, b, label, language.len ? "=" : "", language));
    return kg_array_push(&b->aliases, alias);
}

kg_status kg_bulk_label(kg_bulk *b, kg_kind kind, uint32_t id, kg_str label, kg_str language) {
    kg_status st;
    kg_bulk_names *names = &b->names[kind];
    if (!language.len && kg_str_equal(label, kg_intern_name(&names->intern, id)))
        return KG_OK;
    if (id >= names->labels.len) {
        KG_TRY(st, kg_array_reserve(&names->labels, id + 1 - names->labels.len));
        while (names->labels.len <= id)
            names->labels.data[names->labels.len++] = (kg_str){NULL, 0};
    }
    kg_str *held = &names->labels.data[id], before = *held;
    if (before.len == 0)
        return keep_tagged(held, b, label, "", language);
    kg_str text = kg_tagged_text(before), spoken = kg_tagged_tag(before);
    if (kg_str_equal(label, text) && kg_str_equal(language, spoken))
        return KG_OK;
    bool better = language_place(b, language) < language_place(b, spoken);
    if (better)
        KG_TRY(st, keep_tagged(held, b, label, "", language));
    if (kind != KG_ENTITY)
        return KG_OK;
    return better ? add_label(b, id, text, spoken) : add_label(b, id, label, language);
}

/* ---- Names ----------------------------------------------------------------------------------- */

kg_status kg_bulk_name(uint32_t *id, kg_bulk *b, kg_kind kind, kg_str name, uint64_t hash,
                       kg_error *err) {
    static const char *const WHAT[] = {"the entity's name", "the relation's name", "the type",
                                       "the property's name"};
    kg_status st;
    if (kg_intern_find(id, &b->names[kind].intern, name, hash))
        return KG_OK;
    KG_TRY(st, kg_text_check(name, WHAT[kind], err));
    st = kg_intern_add(id, &b->names[kind].intern, name, hash);
    if (st == KG_ERR_MEMORY)
        return no_memory(err);
    return st == KG_OK
               ? KG_OK
               : kg_error_set(err, st, "there are more names than 32-bit ids can tell apart");
}

kg_status kg_bulk_type(kg_bulk *b, uint32_t entity, uint32_t type, kg_error *err) {
    return kg_type_counts_add(&b->types, entity, type, 1) == KG_OK ? KG_OK : no_memory(err);
}

kg_status kg_bulk_triple(kg_bulk *b, kg_triple t, kg_error *err) {
    b->given++;
    b->self_loops += t.head == t.tail;
    return kg_triples_add(&b->triples, t, err);
}

static kg_status check_name(kg_kind kind, kg_str name, const kg_statement *s, kg_error *err) {
    if (name.len == 0)
        return refuse(s, err, "the %s has no name", kind_name(kind));
    if (name.len > KG_IDENTIFIER_MAX)
        return refuse(s, err, "the name of the %s has %zu bytes; %d at most", kind_name(kind),
                      name.len, KG_IDENTIFIER_MAX);
    return KG_OK;
}

/* The id of a name that may be new. */
static kg_status name_id(uint32_t *id, kg_bulk *b, kg_kind kind, kg_str name, const kg_statement *s,
                         kg_error *err) {
    kg_status st;
    KG_TRY(st, check_name(kind, name, s, err));
    return kg_bulk_name(id, b, kind, name, kg_intern_hash(name), err);
}

/* A name with an id of the source's choice. */
static kg_status declare(uint32_t id, kg_bulk *b, kg_kind kind, kg_str name, const kg_statement *s,
                         kg_error *err) {
    kg_status st;
    kg_intern *intern = &b->names[kind].intern;
    KG_TRY(st, check_name(kind, name, s, err));
    st = kg_intern_put(intern, name, id);
    if (st == KG_ERR_MEMORY)
        return no_memory(err);
    if (st == KG_ERR_LIMIT)
        return refuse(s, err, "the id %u of the %s is too large; ids count from 0", id,
                      kind_name(kind));
    if (st == KG_OK)
        return KG_OK;
    uint32_t known;
    if (kg_intern_find(&known, intern, name, kg_intern_hash(name)))
        return refuse(s, err, "the %s %.*s has the id %u already, not %u", kind_name(kind),
                      KG_STR_ARG(name), known, id);
    kg_str holder = kg_intern_name(intern, id);
    if (kg_bulk_is_deleted(holder))
        return refuse(s, err, "the id %u was that of an entity since deleted", id);
    return refuse(s, err, "the id %u belongs to the %s %.*s already", id, kind_name(kind),
                  KG_STR_ARG(holder));
}

static kg_status known_id(uint32_t id, const kg_bulk *b, kg_kind kind, const kg_statement *s,
                          kg_error *err) {
    const kg_intern *intern = &b->names[kind].intern;
    if (kg_intern_is_named(intern, id) && !kg_bulk_is_deleted(kg_intern_name(intern, id)))
        return KG_OK;
    return refuse(s, err, "no %s has the id %u", kind_name(kind), id);
}

static kg_status add_type(kg_bulk *b, uint32_t entity, kg_str type, const kg_statement *s,
                          kg_error *err) {
    kg_status st;
    uint32_t id;
    if (type.len == 0)
        return KG_OK;
    KG_TRY(st, name_id(&id, b, KG_TYPE, type, s, err));
    return kg_bulk_type(b, entity, id, err);
}

/* Worker and caller never take properties at once: this is for statements that are not fed. */
static kg_status take_properties(kg_bulk *b, kg_spool *spool, const kg_spool_key *key,
                                 const kg_statement *s, kg_error *err) {
    kg_status st;
    if (s->n_properties == 0)
        return KG_OK;
    b->packed.len = 0;
    KG_TRY(st, kg_bulk_pack(&b->packed, s, err));
    return kg_bulk_properties(b, spool, key, (kg_str){b->packed.data, b->packed.len}, err);
}

static kg_status take_triple_by_id(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_triple t = {s->head_id, s->relation_id, s->tail_id};
    KG_TRY(st, known_id(t.head, b, KG_ENTITY, s, err));
    KG_TRY(st, known_id(t.relation, b, KG_RELATION, s, err));
    KG_TRY(st, known_id(t.tail, b, KG_ENTITY, s, err));
    KG_TRY(st, add_type(b, t.head, s->head_type, s, err));
    KG_TRY(st, add_type(b, t.tail, s->tail_type, s, err));
    KG_TRY(st, kg_bulk_triple(b, t, err));
    return take_properties(b, &b->edge_properties, &(kg_spool_key){{t.head, t.relation, t.tail}}, s,
                           err);
}

/* All is looked at before anything is taken: a refused triple leaves no names behind. */
static kg_status take_triple(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    KG_TRY(st, check_name(KG_ENTITY, s->head, s, err));
    KG_TRY(st, check_name(KG_RELATION, s->relation, s, err));
    KG_TRY(st, check_name(KG_ENTITY, s->tail, s, err));
    if (s->head_type.len)
        KG_TRY(st, check_name(KG_TYPE, s->head_type, s, err));
    if (s->tail_type.len)
        KG_TRY(st, check_name(KG_TYPE, s->tail_type, s, err));
    return kg_feed_triple(b, s, err);
}

static kg_status check_label(const kg_statement *s, kg_error *err) {
    return s->label.len + (s->language.len ? s->language.len + 2 : 0) <= KG_LABEL_MAX
               ? KG_OK
               : refuse(s, err, "the label has %zu bytes; %d at most", s->label.len, KG_LABEL_MAX);
}

static kg_status take_entity(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    uint32_t id = s->head_id;
    KG_TRY(st, check_label(s, err));
    if (s->by_id)
        KG_TRY(st, known_id(id, b, KG_ENTITY, s, err));
    else if (id != KG_NO_ID)
        KG_TRY(st, declare(id, b, KG_ENTITY, s->head, s, err));
    else
        KG_TRY(st, name_id(&id, b, KG_ENTITY, s->head, s, err));
    if (s->label.len && kg_bulk_label(b, KG_ENTITY, id, s->label, s->language) != KG_OK)
        return no_memory(err);
    KG_TRY(st, add_type(b, id, s->head_type, s, err));
    return take_properties(b, &b->entity_properties, &(kg_spool_key){{id, 0, 0}}, s, err);
}

static kg_status take_named(kg_bulk *b, kg_kind kind, uint32_t id, kg_str name,
                            const kg_statement *s, kg_error *err) {
    kg_status st;
    KG_TRY(st, check_label(s, err));
    if (id != KG_NO_ID)
        KG_TRY(st, declare(id, b, kind, name, s, err));
    else
        KG_TRY(st, name_id(&id, b, kind, name, s, err));
    if (s->label.len && kg_bulk_label(b, kind, id, s->label, s->language) != KG_OK)
        return no_memory(err);
    return KG_OK;
}

/* The entity that an alias or a weight speaks of: these name no new ones. */
static kg_status known_entity(uint32_t *id, const kg_bulk *b, const kg_statement *s,
                              kg_error *err) {
    *id = s->head_id;
    if (s->by_id)
        return known_id(*id, b, KG_ENTITY, s, err);
    if (kg_intern_find(id, &b->names[KG_ENTITY].intern, s->head, kg_intern_hash(s->head)))
        return KG_OK;
    return refuse(s, err, "the graph has no entity %.*s", KG_STR_ARG(s->head));
}

static kg_status take_alias(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    uint32_t id;
    kg_bulk_alias alias;
    if (s->label.len == 0)
        return refuse(s, err, "the alias is empty");
    KG_TRY(st, check_label(s, err));
    KG_TRY(st, known_entity(&id, b, s, err));
    alias.entity = id;
    st = keep_tagged(&alias.text, b, s->label, "", s->language);
    return st == KG_OK && kg_array_push(&b->aliases, alias) == KG_OK ? KG_OK : no_memory(err);
}

static kg_status take_weight(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    uint32_t id;
    if (!isfinite(s->number) || s->number < 0)
        return refuse(s, err, "the weight %g is not a number from 0", s->number);
    KG_TRY(st, known_entity(&id, b, s, err));
    if (b->weights_version) {
        b->weights.len = 0;
        b->weights_version = 0;
    }
    if (id >= b->weights.len) {
        if (kg_array_reserve(&b->weights, id + 1 - b->weights.len) != KG_OK)
            return no_memory(err);
        while (b->weights.len <= id)
            b->weights.data[b->weights.len++] = 0;
    }
    b->weights.data[id] = s->number;
    return KG_OK;
}

static bool is_cancelled(kg_bulk *b) {
    return ++b->statements % POLL_EVERY == 0 && b->options.cancelled &&
           b->options.cancelled(b->options.context);
}

kg_status kg_bulk_statement(void *context, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_bulk *b = context;
    if (is_cancelled(b))
        return kg_error_set(err, KG_ERR_CANCELLED, "canceled; nothing was changed");
    if (s->kind == KG_STATEMENT_TRIPLE && !s->by_id)
        return take_triple(b, s, err); /* whose names are checked where they are new */
    KG_TRY(st, kg_statement_check(s, err));
    KG_TRY(st, kg_feed_drain(b, err));
    switch (s->kind) {
    case KG_STATEMENT_TRIPLE:
        return take_triple_by_id(b, s, err);
    case KG_STATEMENT_ENTITY:
        return take_entity(b, s, err);
    case KG_STATEMENT_RELATION:
        return take_named(b, KG_RELATION, s->relation_id, s->relation, s, err);
    case KG_STATEMENT_TYPE:
        return take_named(b, KG_TYPE, s->head_id, s->head_type, s, err);
    case KG_STATEMENT_ALIAS:
        return take_alias(b, s, err);
    case KG_STATEMENT_WEIGHT:
        return take_weight(b, s, err);
    }
    return kg_error_set(err, KG_ERR_ARGUMENT, "a statement of no known kind");
}
