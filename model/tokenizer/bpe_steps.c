/* What stands around the model: the steps before and after it, and which token has which role. */
#include "model/tokenizer/bpe_reader.h"

#include <string.h>

enum { MOST_SEPARATORS = 2 };

/* ---- Before ---------------------------------------------------------------------------------- */

static kg_status demand_type(const kg_bpe_reader *r, const json_t *object, const char *key,
                             bool may_lack) {
    const json_t *step = json_object_get(object, key), *type = json_object_get(step, "type");
    bool none = step == NULL || json_is_null(step);
    if ((none && may_lack) ||
        (json_is_string(type) && strcmp(json_string_value(type), "ByteLevel") == 0))
        return KG_OK;
    return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, key, type ? type : step, "\"ByteLevel\" was");
}

static kg_status read_before(kg_bpe_reader *r, const json_t *tokenizer) {
    kg_status st;
    bool pattern = true;
    const json_t *normalizer = json_object_get(tokenizer, "normalizer");
    const json_t *cut = json_object_get(tokenizer, "pre_tokenizer");
    const json_t *type = json_object_get(normalizer, "type");
    if (normalizer && !json_is_null(normalizer))
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "normalizer", type ? type : normalizer,
                             "null was");
    KG_TRY(st, demand_type(r, tokenizer, "pre_tokenizer", false));
    KG_TRY(st, demand_type(r, tokenizer, "decoder", true));
    KG_TRY(st, kg_bpe_flag(&pattern, r, cut, "use_regex"));
    if (!pattern)
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "pre_tokenizer.use_regex",
                             json_object_get(cut, "use_regex"), "true was");
    return kg_bpe_flag(&r->source.prefix_space, r, cut, "add_prefix_space");
}

/* ---- Behind: templates ----------------------------------------------------------------------- */

/* A piece of a template: a special token, or one of the texts. */
typedef struct piece {
    const char *token, *text; /* one of them */
    int type;
} piece;

static piece piece_at(const json_t *template, size_t i) {
    const json_t *item = json_array_get(template, i);
    const json_t *token = json_object_get(item, "SpecialToken");
    const json_t *text = json_object_get(item, "Sequence");
    const json_t *type = json_object_get(token ? token : text, "type_id");
    return (piece){.token = json_string_value(json_object_get(token, "id")),
                   .text = json_string_value(json_object_get(text, "id")),
                   .type = type ? (int)json_integer_value(type) : 0};
}

static bool is_token(piece p, const char *token, int type) {
    return p.token && token && strcmp(p.token, token) == 0 && p.type == type;
}

static bool is_text(piece p, const char *name, int type) {
    return p.text && strcmp(p.text, name) == 0 && p.type == type;
}

/* cls A sep. */
static bool take_single(kg_bpe_reader *r, const json_t *single) {
    r->cls = piece_at(single, 0).token;
    r->sep = piece_at(single, 2).token;
    return json_array_size(single) == 3 && is_token(piece_at(single, 0), r->cls, 0) &&
           is_text(piece_at(single, 1), "A", 0) && is_token(piece_at(single, 2), r->sep, 0);
}

/* cls A sep B sep, with another sep before B perhaps. */
static bool take_pair(kg_bpe_reader *r, const json_t *pair) {
    size_t n = json_array_size(pair), between = n > 4 ? n - 4 : 0;
    if (between == 0 || between > MOST_SEPARATORS)
        return false;
    int type = piece_at(pair, n - 2).type;
    bool fits = is_token(piece_at(pair, 0), r->cls, 0) && is_text(piece_at(pair, 1), "A", 0) &&
                is_text(piece_at(pair, n - 2), "B", type) &&
                is_token(piece_at(pair, n - 1), r->sep, type) && (type == 0 || type == 1);
    for (size_t i = 0; i < between; i++)
        fits = fits && is_token(piece_at(pair, 2 + i), r->sep, i ? type : 0);
    r->source.joining = (kg_joining){(uint32_t)between, (uint8_t)type};
    return fits;
}

/* ["</s>", 2] */
static kg_status read_processing(const char **token, const kg_bpe_reader *r, const json_t *step,
                                 const char *key) {
    kg_status st;
    uint32_t id = 0;
    const json_t *value = json_object_get(step, key);
    *token = json_string_value(json_array_get(value, 0));
    if (!*token || !json_is_integer(json_array_get(value, 1)))
        return kg_bpe_unlike(r, KG_ERR_FORMAT, key, value, "a list of a token and its id was");
    KG_TRY(st, kg_bpe_token(&id, r, key, *token));
    if (json_integer_value(json_array_get(value, 1)) != (json_int_t)id)
        return kg_bpe_unlike(r, KG_ERR_FORMAT, key, value, "its id in the vocabulary was");
    return KG_OK;
}

static kg_status read_behind(kg_bpe_reader *r, const json_t *tokenizer) {
    kg_status st;
    const json_t *step = json_object_get(tokenizer, "post_processor");
    const json_t *type = json_object_get(step, "type");
    const char *name = json_string_value(type);
    KG_TRY(st, kg_bpe_flag(&r->source.trim_offsets, r, step, "trim_offsets"));
    if (!step || json_is_null(step) || (name && strcmp(name, "ByteLevel") == 0))
        return KG_OK;
    if (name && strcmp(name, "RobertaProcessing") == 0) {
        KG_TRY(st, read_processing(&r->cls, r, step, "cls"));
        return read_processing(&r->sep, r, step, "sep");
    }
    if (!name || strcmp(name, "TemplateProcessing") != 0)
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "post_processor", type ? type : step,
                             "RobertaProcessing, TemplateProcessing or ByteLevel was");
    const json_t *single = json_object_get(step, "single"), *pair = json_object_get(step, "pair");
    if (!take_single(r, single))
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "post_processor.single", single,
                             "a token, A and a token was");
    if (!take_pair(r, pair))
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "post_processor.pair", pair,
                             "<s> A </s> B </s>, with one or two between, was");
    return KG_OK;
}

kg_status kg_bpe_read_steps(kg_bpe_reader *r) {
    kg_status st;
    const kg_bpe_files *f = r->files;
    if (f->tokenizer) {
        KG_TRY(st, read_before(r, f->tokenizer));
        KG_TRY(st, read_behind(r, f->tokenizer));
    }
    KG_TRY(st, kg_bpe_flag(&r->source.prefix_space, r, f->config, "add_prefix_space"));
    return kg_bpe_flag(&r->source.trim_offsets, r, f->config, "trim_offsets");
}

/* ---- Roles ----------------------------------------------------------------------------------- */

/* A token by its role, as its text or as an object; NULL: the file does not say. */
static const char *named(const json_t **object, const json_t *file, const char *role) {
    const json_t *value = json_object_get(file, role);
    *object = json_is_object(value) ? value : NULL;
    return json_string_value(*object ? json_object_get(*object, "content") : value);
}

/* A token with a role is found in text, unless added_tokens say how already. */
static kg_status add_role(kg_bpe_reader *r, uint32_t id, const json_t *object, bool strips_left) {
    kg_status st;
    kg_bpe_added added = {.id = id, .strips_left = strips_left, .special = true};
    for (size_t i = 0; i < r->added.len; i++)
        if (r->added.data[i].id == id) {
            r->added.data[i].special = true;
            return KG_OK;
        }
    KG_TRY(st, kg_bpe_flag(&added.strips_left, r, object, "lstrip"));
    KG_TRY(st, kg_bpe_flag(&added.strips_right, r, object, "rstrip"));
    return kg_array_push(&r->added, added);
}

/* *id of a role: as the post-processor, tokenizer_config.json or special_tokens_map.json name it,
 * else RoBERTa's name where the vocabulary has that. */
static kg_status read_role(uint32_t *id, kg_bpe_reader *r, const char *role, const char *given,
                           const char *usual) {
    kg_status st;
    const json_t *object = NULL;
    const char *token = given ? given : named(&object, r->files->config, role);
    *id = KG_NO_TOKEN;
    if (!token)
        token = named(&object, r->files->roles, role);
    if (!token && !json_object_get(r->vocab, usual))
        return KG_OK;
    KG_TRY(st, kg_bpe_token(id, r, role, token ? token : usual));
    /* Without tokenizer.json RoBERTa's own rule holds: <mask> takes the space before it along. */
    return add_role(r, *id, object, !r->files->tokenizer && strcmp(role, "mask_token") == 0);
}

kg_status kg_bpe_read_roles(kg_bpe_reader *r) {
    kg_status st;
    kg_special_tokens *s = &r->source.special;
    KG_TRY(st, read_role(&s->cls, r, "cls_token", r->cls, "<s>"));
    KG_TRY(st, read_role(&s->sep, r, "sep_token", r->sep, "</s>"));
    KG_TRY(st, read_role(&s->pad, r, "pad_token", NULL, "<pad>"));
    KG_TRY(st, read_role(&s->unk, r, "unk_token", NULL, "<unk>"));
    KG_TRY(st, read_role(&s->mask, r, "mask_token", NULL, "<mask>"));
    if (s->unk != KG_NO_TOKEN)
        return KG_OK;
    return kg_error_at(r->err, KG_ERR_FORMAT, r->files->name, 0,
                       "the vocabulary has no \"<unk>\", which stands for what no token does; name "
                       "another by unk_token in tokenizer_config.json");
}
