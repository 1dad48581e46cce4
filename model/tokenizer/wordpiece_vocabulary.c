#include "model/tokenizer/tokenizer_impl.h"

#include "kgstore/base/utf8.h"

#include <string.h>

/* The trie's codes: one for the mark "##", then those of characters as they first appear. */
enum { CONTINUATION = 1, FIRST_CODE = 2, CODE_POINTS = 0x110000, MAX_LINE = 1 << 16 };

/* What is needed only while a tokenizer is made. */
typedef struct maker {
    kg_tokenizer *t;
    kg_trie_builder *builder;
    uint32_t *codes; /* of every code point; 0: in no token */
    uint32_t next_code;
    KG_ARRAY(uint32_t) key;
} maker;

static bool continues_word(kg_str token) {
    return token.len > 2 && memcmp(token.data, "##", 2) == 0;
}

static kg_status read_tokens(kg_tokenizer *t, kg_lines *lines, kg_error *err) {
    kg_status st;
    for (;;) {
        kg_str line;
        bool end;
        KG_TRY(st, kg_lines_next(&line, &end, lines, err));
        if (end)
            break;
        if (kg_utf8_valid_prefix(line.data, line.len) < line.len)
            return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                               "the token is not valid UTF-8");
        if (line.len > MAX_LINE)
            return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                               "a token of %zu bytes; this is not a vocabulary", line.len);
        KG_TRY(st, kg_tokenizer_add_text(t, line));
    }
    if (t->ends.len == 0)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), 0,
                           "the vocabulary is empty; one token a line was expected");
    return kg_tokenizer_order_texts(t);
}

static kg_status find_special(kg_tokenizer *t, const char *name, kg_error *err) {
    t->special = (kg_special_tokens){
        .pad = kg_tokenizer_id(t, KG_STR("[PAD]")),
        .unk = kg_tokenizer_id(t, KG_STR("[UNK]")),
        .cls = kg_tokenizer_id(t, KG_STR("[CLS]")),
        .sep = kg_tokenizer_id(t, KG_STR("[SEP]")),
        .mask = kg_tokenizer_id(t, KG_STR("[MASK]")),
    };
    if (t->special.unk == KG_NO_TOKEN)
        return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                           "the vocabulary has no line \"[UNK]\", which stands for unknown words");
    return KG_OK;
}

static kg_status add_token(maker *m, uint32_t id) {
    kg_status st;
    kg_str token = kg_tokenizer_token(m->t, id);
    m->key.len = 0;
    if (continues_word(token)) {
        KG_TRY(st, kg_array_push(&m->key, (uint32_t)CONTINUATION));
        token = (kg_str){token.data + 2, token.len - 2};
    }
    for (size_t i = 0; i < token.len;) {
        uint32_t c;
        i += kg_utf8_next(&c, token.data + i, token.len - i);
        if (m->codes[c] == 0)
            m->codes[c] = m->next_code++;
        KG_TRY(st, kg_array_push(&m->key, m->codes[c]));
    }
    if (m->key.len == 0)
        return KG_OK;
    return kg_trie_add(m->builder, m->key.data, m->key.len, id, UINT32_MAX - id);
}

static kg_status build_trie(maker *m) {
    kg_status st;
    m->codes = calloc(CODE_POINTS, sizeof *m->codes);
    if (!m->codes)
        return KG_ERR_MEMORY;
    m->next_code = FIRST_CODE;
    KG_TRY(st, kg_trie_builder_new(&m->builder));
    for (uint32_t id = 0; id < m->t->ends.len; id++)
        KG_TRY(st, add_token(m, id));
    KG_TRY(st, kg_trie_build(&m->t->trie, m->builder));
    m->t->continuation = kg_trie_step(&m->t->trie, 0, CONTINUATION);
    return KG_OK;
}

/* Put tokens and trie codes in place of the code points of a character's entry. */
static void resolve(kg_char_entry *entry, const maker *m) {
    const kg_trie *trie = &m->t->trie;
    kg_char_action action = *entry & KG_ACTION_MASK;
    bool alone = action == KG_ACTION_ALONE || action == KG_ACTION_SPLIT;
    if (!alone && action != KG_ACTION_PART)
        return;
    uint32_t payload = m->codes[*entry >> KG_ACTION_BITS];
    if (alone) {
        uint32_t node = payload ? kg_trie_step(trie, 0, payload) : 0;
        bool known = node && kg_trie_accepts(trie, node);
        payload = known ? trie->values[node] : m->t->special.unk;
    }
    *entry = payload << KG_ACTION_BITS | action;
}

static kg_status make(maker *m, kg_lines *lines, kg_error *err) {
    kg_status st;
    kg_char_table *chars = &m->t->chars;
    KG_TRY(st, read_tokens(m->t, lines, err));
    KG_TRY(st, find_special(m->t, kg_lines_name(lines), err));
    KG_TRY(st, build_trie(m));
    KG_TRY(st, kg_char_table_init(chars, m->t->cased));
    for (size_t i = 0; i < chars->pages.len; i++)
        resolve(&chars->pages.data[i], m);
    for (size_t i = 0; i < chars->expanded.len; i++)
        resolve(&chars->expanded.data[i], m);
    return KG_OK;
}

kg_status kg_tokenizer_read(kg_tokenizer **out, kg_lines *lines, bool cased, kg_error *err) {
    maker m = {0};
    *out = NULL;
    m.t = calloc(1, sizeof *m.t);
    if (!m.t)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(lines));
    m.t->cased = cased;
    m.t->joining = (kg_joining){.separators = 1, .second_type = 1};
    kg_status st = make(&m, lines, err);
    kg_trie_builder_free(m.builder);
    kg_array_free(&m.key);
    free(m.codes);
    if (st != KG_OK) {
        if (st == KG_ERR_MEMORY)
            kg_error_set(err, st, "out of memory reading %s", kg_lines_name(lines));
        kg_tokenizer_free(m.t);
        return st;
    }
    *out = m.t;
    return KG_OK;
}

kg_status kg_tokenizer_open(kg_tokenizer **out, const char *path, bool cased, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    *out = NULL;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_tokenizer_read(out, lines, cased, err);
    kg_lines_close(lines);
    return st;
}
