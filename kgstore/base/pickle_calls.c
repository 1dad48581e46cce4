/* What a pickle names and calls: nothing of it is executed. */
#include "kgstore/base/pickle_machine.h"
#include "kgstore/base/utf8.h"

/* kg_datum.maker. */
enum { PLAIN, MAKE_LIST, MAKE_DICT, MAKE_DEFAULTDICT };

const char *kg_pickle_readable(const kg_pickle *m) {
    return m->known ? "tensors, dicts, lists, tuples, sets, strings and numbers"
                    : "dicts, lists, tuples, sets, strings and numbers";
}

static kg_status push_global(kg_pickle *m, kg_str module, kg_str name) {
    static const struct {
        const char *module, *name;
        uint8_t maker;
    } known[] = {{"builtins", "set", MAKE_LIST},
                 {"builtins", "frozenset", MAKE_LIST},
                 {"builtins", "list", MAKE_LIST},
                 {"builtins", "dict", MAKE_DICT},
                 {"collections", "OrderedDict", MAKE_DICT},
                 {"collections", "defaultdict", MAKE_DEFAULTDICT}};
    kg_status st;
    kg_datum *o;
    kg_str python3 = kg_str_equal(module, KG_STR("__builtin__")) ? KG_STR("builtins") : module;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!kg_str_equal(python3, kg_str_from(known[i].module)) ||
            !kg_str_equal(name, kg_str_from(known[i].name)))
            continue;
        KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_NONE));
        o->maker = known[i].maker;
        return kg_pickle_push(m, o);
    }
    for (size_t i = 0; m->known && i < m->known->n; i++)
        if (kg_str_equal(module, kg_str_from(m->known->names[i].module)) &&
            kg_str_equal(name, kg_str_from(m->known->names[i].name)))
            return kg_pickle_push_integer(m, (int64_t)i, KG_DATUM_NAME);
    return kg_error_at(
        m->err, KG_ERR_FORMAT, m->name, 0,
        "at byte %zu the pickle names %s.%s, which is refused: only %s are read, and "
        "nothing is executed; save the data as those",
        m->opcode_at, kg_quote(module).text, kg_quote(name).text, kg_pickle_readable(m));
}

kg_status kg_pickle_global(kg_pickle *m) {
    kg_status st;
    kg_str module, name;
    KG_TRY(st, kg_pickle_take_line(&module, m));
    KG_TRY(st, kg_pickle_take_line(&name, m));
    return push_global(m, module, name);
}

kg_status kg_pickle_stack_global(kg_pickle *m) {
    kg_status st;
    kg_datum *module, *name;
    KG_TRY(st, kg_pickle_pop(&name, m));
    KG_TRY(st, kg_pickle_pop(&module, m));
    if (module->kind != KG_DATUM_TEXT || name->kind != KG_DATUM_TEXT)
        return kg_pickle_fail(m, "a constructor is named by what is no string");
    return push_global(m, module->as.text, name->as.text);
}

/* A dict from a list of pairs. */
static kg_status push_pairs(kg_pickle *m, const kg_datum *pairs) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_DICT));
    for (size_t i = 0; i < pairs->n; i++) {
        kg_datum *pair = pairs->as.items[i];
        if (pair->kind != KG_DATUM_LIST || pair->n != 2)
            return kg_pickle_fail(m, "a dict is made from what are no pairs");
        kg_datum *items[2] = {pair->as.items[0], pair->as.items[1]};
        KG_TRY(st, kg_pickle_extend(m, o, items, 2));
    }
    return kg_pickle_push(m, o);
}

static kg_status push_call(kg_pickle *m, uint32_t name, kg_datum *const *items, size_t n) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_CALL));
    o->name = name;
    if (n > 0)
        KG_TRY(st, kg_pickle_extend(m, o, items, n));
    return kg_pickle_push(m, o);
}

/* BINPERSID: what stands on the stack identifies something outside the pickle. */
kg_status kg_pickle_persistent(kg_pickle *m) {
    kg_status st;
    kg_datum *id;
    if (!m->known)
        return kg_pickle_fail(m, "a persistent id is refused: it names what is not in the file");
    KG_TRY(st, kg_pickle_pop(&id, m));
    return push_call(m, KG_PICKLE_PERSISTENT, &id, 1);
}

/* BUILD: what a dict is told of itself beyond its members says nothing that is read. */
kg_status kg_pickle_build(kg_pickle *m) {
    kg_status st;
    kg_datum *state, *object;
    KG_TRY(st, kg_pickle_pop(&state, m));
    KG_TRY(st, kg_pickle_pop(&object, m));
    m->stack.len++;
    return m->known && object->kind == KG_DATUM_DICT
               ? KG_OK
               : kg_pickle_fail(m, "the state of an object is set, which is refused");
}

kg_status kg_pickle_reduce(kg_pickle *m) {
    kg_status st;
    kg_datum *args, *maker;
    KG_TRY(st, kg_pickle_pop(&args, m));
    KG_TRY(st, kg_pickle_pop(&maker, m));
    if (!maker->maker && maker->kind != KG_DATUM_NAME)
        return kg_pickle_fail(m, "a call of what is no constructor is refused");
    if (args->kind != KG_DATUM_LIST)
        return kg_pickle_fail(m, "a constructor's arguments are no tuple");
    if (maker->kind == KG_DATUM_NAME)
        return push_call(m, (uint32_t)maker->as.integer, args->as.items, args->n);
    const kg_datum *first = args->n ? args->as.items[0] : NULL;
    bool factory = first && (first->maker || first->kind == KG_DATUM_NONE);
    if (args->n > 1 || (first && factory != (maker->maker == MAKE_DEFAULTDICT)))
        return kg_pickle_fail(m, "a constructor has arguments that are not understood");
    if (maker->maker == MAKE_DEFAULTDICT || !first)
        return maker->maker == MAKE_LIST ? kg_pickle_push_list(m, NULL, 0)
                                         : kg_pickle_push_dict(m, NULL, 0);
    if (first->kind != KG_DATUM_LIST)
        return kg_pickle_fail(m, "a constructor's argument is no list");
    if (maker->maker == MAKE_DICT)
        return push_pairs(m, first);
    return kg_pickle_push_list(m, first->as.items, first->n);
}
