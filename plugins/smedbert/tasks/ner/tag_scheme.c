#include "plugins/smedbert/tasks/ner/tag_scheme.h"

#include <string.h>

bool kg_scheme_parse(char *letter, kg_str *type, kg_str text) {
    *type = (kg_str){"", 0};
    *letter = 'O';
    if (text.len == 1 && text.data[0] == 'O')
        return true;
    if (text.len == 0 || memchr(text.data, '\0', text.len))
        return false;
    *letter = KG_TAG_BARE;
    *type = text;
    if (text.len < 3 || !strchr("BIESLUM", text.data[0]) ||
        (text.data[1] != '-' && text.data[1] != '_'))
        return true;
    *letter = text.data[0];
    *type = (kg_str){text.data + 2, text.len - 2};
    return true;
}

/* By the letters that each may have; the first that has all that were met. */
static const struct {
    const char *name, *letters;
} schemes[] = {{"IOB2", "OBI"}, {"BIOES", "OBIES"}, {"BILOU", "OBILU"}, {"BMES", "OBMES"}};

static bool has(const kg_scheme_letters *met, char letter) {
    return met->lines[(unsigned char)letter] > 0;
}

static const char *by_letters(const kg_scheme_letters *met, char *odd) {
    static const char all[] = "BIESLUM";
    size_t best = 0;
    for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++) {
        size_t fits = 0;
        while (all[fits] && (!has(met, all[fits]) || strchr(schemes[s].letters, all[fits])))
            fits++;
        if (!all[fits])
            return schemes[s].name;
        if (fits >= best) {
            best = fits;
            *odd = all[fits];
        }
    }
    return NULL;
}

/* Is tag i of the type of the one before it in its sequence? */
static bool touches(const char *letters, const uint16_t *types, size_t i, size_t start) {
    return i > start && letters[i - 1] != 'O' && types[i - 1] == types[i];
}

/* Where some I begin entities and no B stands but behind one of its type: IOB1. */
static bool is_iob1(const char *letters, const uint16_t *types, const uint32_t *sequence_ends,
                    size_t sequences) {
    bool begins = false;
    for (size_t s = 0, i = 0; s < sequences; s++)
        for (size_t start = i; i < sequence_ends[s]; i++) {
            bool behind = touches(letters, types, i, start);
            if (letters[i] == 'B' && !behind)
                return false;
            begins = begins || (letters[i] == 'I' && !behind);
        }
    return begins;
}

/* Let each entity begin with B: those of one token and, of IOB1 and IO, those that begin with I. */
static void convert(char *letters, const uint16_t *types, const uint32_t *sequence_ends,
                    size_t sequences, bool inside_begins) {
    for (size_t s = 0, i = 0; s < sequences; s++)
        for (size_t start = i; i < sequence_ends[s]; i++) {
            if (letters[i] == 'S' || letters[i] == 'U')
                letters[i] = 'B';
            else if (letters[i] != 'O' && letters[i] != 'B')
                letters[i] = inside_begins && !touches(letters, types, i, start) ? 'B' : 'I';
        }
}

const char *kg_scheme_convert(char *letters, const uint16_t *types, size_t n,
                              const uint32_t *sequence_ends, size_t sequences,
                              const kg_scheme_letters *met, char *odd) {
    const char *name;
    bool bare = has(met, KG_TAG_BARE);
    *odd = KG_TAG_BARE;
    if (n == 0)
        return schemes[0].name;
    if (bare) {
        for (const char *letter = "BIESLUM"; *letter; letter++)
            if (has(met, *letter))
                return NULL;
        name = has(met, 'O') ? "types alone" : NULL;
    } else {
        name = by_letters(met, odd);
    }
    bool inside_begins = bare;
    if (name == schemes[0].name && is_iob1(letters, types, sequence_ends, sequences)) {
        inside_begins = true;
        name = has(met, 'B') ? "IOB1" : "IO";
    }
    if (name)
        convert(letters, types, sequence_ends, sequences, inside_begins);
    return name;
}
