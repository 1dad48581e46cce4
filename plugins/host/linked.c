#include "plugins/host/linked.h"

#include "kgstore/base/array.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>

/* A place between two characters. */
typedef struct place {
    size_t byte, character;
} place;

typedef struct reading {
    kg_linked *linked;
    json_t *mention;
    size_t number; /* of the mention, from 1 */
    kg_error *err;
} reading;

/* A number of the mention; -1 where it is not there. */
static kg_status take_number(json_int_t *out, const reading *r, const char *key) {
    const json_t *value = json_object_get(r->mention, key);
    *out = value ? json_integer_value(value) : -1;
    if (value && (!json_is_integer(value) || *out < 0))
        return kg_error_set(r->err, KG_ERR_FORMAT,
                            "mention %zu: \"%s\" is not a whole number, 0 or more", r->number, key);
    return KG_OK;
}

static size_t measure(const place *at, bool in_bytes) {
    return in_bytes ? at->byte : at->character;
}

/* Move *at on to the place that both keys, or the one that is there, say. */
static kg_status take_place(place *at, const reading *r, const char *byte_key,
                            const char *character_key) {
    kg_status st;
    kg_str text = r->linked->text;
    json_int_t byte, character;
    KG_TRY(st, take_number(&byte, r, byte_key));
    KG_TRY(st, take_number(&character, r, character_key));
    if (byte < 0 && character < 0)
        return kg_error_set(r->err, KG_ERR_FORMAT, "mention %zu has neither \"%s\" nor \"%s\"",
                            r->number, character_key, byte_key);
    bool in_bytes = byte >= 0;
    const char *key = in_bytes ? byte_key : character_key;
    json_int_t wanted = in_bytes ? byte : character;
    if ((size_t)wanted < measure(at, in_bytes))
        return kg_error_set(r->err, KG_ERR_FORMAT,
                            "mention %zu: \"%s\" is %lld, before %zu, where the mention before it "
                            "ends; expected mentions in order, without overlap",
                            r->number, key, (long long)wanted, measure(at, in_bytes));
    while (at->byte < text.len && measure(at, in_bytes) < (size_t)wanted) {
        uint32_t c;
        at->byte += kg_utf8_next(&c, text.data + at->byte, text.len - at->byte);
        at->character++;
    }
    if (measure(at, in_bytes) != (size_t)wanted)
        return kg_error_set(r->err, KG_ERR_FORMAT,
                            "mention %zu: \"%s\" is %lld, inside a character or beyond the end of "
                            "the text",
                            r->number, key, (long long)wanted);
    if (character >= 0 && at->character != (size_t)character)
        return kg_error_set(
            r->err, KG_ERR_FORMAT, "mention %zu: \"%s\" is %lld, but \"%s\" is at character %zu",
            r->number, character_key, (long long)character, byte_key, at->character);
    return KG_OK;
}

static kg_status take_entity(kg_id *entity, const reading *r) {
    const json_t *name = json_object_get(r->mention, "entity");
    if (!json_is_string(name))
        return kg_error_set(r->err, KG_ERR_FORMAT,
                            "mention %zu has no \"entity\"; expected an entity's identifier",
                            r->number);
    kg_status st = kg_name_find(entity, r->linked->snapshot, KG_ENTITY,
                                (kg_str){json_string_value(name), json_string_length(name)});
    if (st == KG_ERR_NOT_FOUND)
        kg_error_set(r->err, st, "mention %zu: the store has no entity \"%.200s\"", r->number,
                     json_string_value(name));
    else if (st != KG_OK)
        kg_error_set(r->err, st, "mention %zu: %s", r->number, kg_strerror(st));
    return st;
}

/* Does the text stand there that the mention says it is? */
static kg_status check_text(const reading *r, const place *start, const place *end) {
    const json_t *said = json_object_get(r->mention, "text");
    kg_str there = {r->linked->text.data + start->byte, end->byte - start->byte};
    if (!json_is_string(said) ||
        kg_str_equal(there, (kg_str){json_string_value(said), json_string_length(said)}))
        return KG_OK;
    return kg_error_set(r->err, KG_ERR_FORMAT,
                        "mention %zu is \"%.200s\" by its \"text\", but \"%.*s\" stands at "
                        "characters %zu to %zu; places count characters, not UTF-16 units, and the "
                        "end is exclusive",
                        r->number, json_string_value(said),
                        (int)(there.len < 200 ? there.len : 200), there.data, start->character,
                        end->character);
}

/* The mention from *at on; *at moves to its end. */
static kg_status take_mention(place *at, const reading *r) {
    kg_status st;
    kg_mention mention;
    if (!json_is_object(r->mention))
        return kg_error_set(r->err, KG_ERR_FORMAT, "mention %zu is not an object", r->number);
    KG_TRY(st, take_place(at, r, "byte_start", "start"));
    place start = *at;
    KG_TRY(st, take_place(at, r, "byte_end", "end"));
    if (at->byte == start.byte)
        return kg_error_set(r->err, KG_ERR_FORMAT, "mention %zu is empty", r->number);
    KG_TRY(st, check_text(r, &start, at));
    mention = (kg_mention){(uint32_t)start.byte, (uint32_t)at->byte, (uint32_t)start.character,
                           (uint32_t)at->character, 0};
    KG_TRY(st, take_entity(&mention.entity, r));
    if (kg_array_push(&r->linked->mentions, mention) != KG_OK)
        return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading linked text");
    return KG_OK;
}

/* What a line should be: in a message after "not JSON", and by itself. */
typedef struct expectation {
    const char *line, *object;
} expectation;

static kg_status parse(kg_linked *l, kg_str line, const expectation *wanted, kg_error *err) {
    json_error_t fault;
    json_decref(l->line);
    l->text = (kg_str){"", 0};
    l->mentions.len = 0;
    l->line = json_loadb(line.data, line.len, JSON_ALLOW_NUL, &fault);
    if (!l->line && json_error_code(&fault) == json_error_out_of_memory)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading a line of JSON");
    if (!l->line)
        return kg_error_set(err, KG_ERR_FORMAT, "not JSON (column %d: %s); expected %s",
                            fault.column, fault.text, wanted->line);
    const json_t *text = json_object_get(l->line, "text");
    if (!json_is_string(text))
        return kg_error_set(err, KG_ERR_FORMAT, "expected %s", wanted->object);
    l->text = (kg_str){json_string_value(text), json_string_length(text)};
    if (l->text.len >= UINT32_MAX)
        return kg_error_set(err, KG_ERR_LIMIT, "a text of 4 GiB or more");
    return KG_OK;
}

kg_status kg_linked_read_text(kg_linked *linked, kg_str line, kg_error *err) {
    static const expectation wanted = {"a line such as {\"text\": \"...\"}",
                                       "a line such as {\"text\": \"...\"}"};
    return parse(linked, line, &wanted, err);
}

kg_status kg_linked_read(kg_linked *linked, kg_str line, kg_error *err) {
    kg_status st;
    place at = {0, 0};
    reading r = {linked, NULL, 0, err};
    static const expectation wanted = {"a line as kg link --json writes it",
                                       "an object with \"text\" (a string) and \"mentions\" (a "
                                       "list), as kg link --json writes it"};
    KG_TRY(st, parse(linked, line, &wanted, err));
    const json_t *mentions = json_object_get(linked->line, "mentions");
    if (!json_is_array(mentions))
        return kg_error_set(err, KG_ERR_FORMAT, "expected %s", wanted.object);
    for (size_t i = 0; linked->snapshot && i < json_array_size(mentions); i++) {
        r.mention = json_array_get(mentions, i);
        r.number = i + 1;
        KG_TRY(st, take_mention(&at, &r));
    }
    return KG_OK;
}

void kg_linked_free(kg_linked *linked) {
    json_decref(linked->line);
    free(linked->mentions.data);
    *linked = (kg_linked){.snapshot = NULL};
}
