/* Candidates are tried on the first records of a table. Quotes need evidence where fields are
 * separated by tabs, since most such tables have none and names may well hold quotes: a quoted
 * field with a doubled quote, a separator or a line end in it, or records quoted all over. */
#include "import/dialect.h"

#include "import/reader.h"

#include <string.h>
#include <strings.h>

enum { RECORDS = 50 };

/* What one record looks like. */
typedef struct look {
    size_t fields, quoted; /* quoted: of the fields that are not empty */
    size_t filled;
    bool malformed, evidence, cut; /* cut: the text ends inside it */
} look;

static const struct {
    const char *word;
    char separator;
} words[] = {{"tab", '\t'},
             {"\\t", '\t'},
             {"comma", ','},
             {"pipe", '|'},
             {"semicolon", ';'},
             {"blanks", KG_SEPARATOR_BLANKS},
             {"space", KG_SEPARATOR_BLANKS}};

const char *kg_separator_name(char separator) {
    switch (separator) {
    case '\t':
        return "tabs";
    case ',':
        return "commas";
    case ';':
        return "semicolons";
    case '|':
        return "pipes";
    case KG_SEPARATOR_BLANKS:
        return "blanks";
    default:
        return "the delimiter";
    }
}

static kg_status separator_from(char *out, const char *word, kg_error *err) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(word, words[i].word) == 0) {
            *out = words[i].separator;
            return KG_OK;
        }
    }
    if (strlen(word) != 1 || *word == '"' || *word == '\n' || *word == '\r')
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "--delimiter: found \"%s\"; expected one character, tab or blanks",
                            word);
    *out = *word;
    return KG_OK;
}

static kg_status quote_from(kg_dialect *d, const char *word, kg_error *err) {
    bool none = strcmp(word, "none") == 0;
    if (!none && (strlen(word) != 1 || (unsigned char)*word <= ' ' || *word == d->separator))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "--quote: found \"%s\"; expected one character, or none", word);
    d->quoting = none ? KG_QUOTING_NONE : KG_QUOTING_FILE;
    d->quote = *word;
    return KG_OK;
}

/* Take a quoted field, from behind its first quote to behind its last. */
static const char *look_in_quotes(look *l, const char *at, const char *end, const kg_dialect *d) {
    for (; at < end; at++) {
        if (d->backslash && *at == '\\' && at + 1 < end) {
            at++;
            l->evidence = l->evidence || *at == d->quote;
        } else if (*at == d->quote) {
            if (at + 1 == end || at[1] != d->quote)
                return at + 1;
            l->evidence = true;
            at++;
        } else if (*at == d->separator || *at == '\n') {
            l->evidence = true;
        }
    }
    l->cut = true;
    return end;
}

/* Take one record off text. */
static look look_at(kg_str *text, const kg_dialect *d) {
    look l = {0};
    const char *at = text->data, *end = at + text->len;
    for (;;) {
        l.fields++;
        const char *start = at;
        if (at < end && *at == d->quote) {
            at = look_in_quotes(&l, at + 1, end, d);
            l.quoted++;
        }
        bool closed = at > start;
        while (at < end && *at != d->separator && *at != '\n') {
            l.malformed = l.malformed || (closed && *at != '\r');
            at++;
        }
        l.filled += at > start && *start != '\r';
        if (at == end || *at == '\n')
            break;
        at++;
    }
    at += at < end;
    *text = (kg_str){at, (size_t)(end - at)};
    return l;
}

/* The number of blank-separated words of a line. */
static size_t count_words(kg_str line) {
    size_t n = 0;
    for (size_t i = 0; i < line.len; i++) {
        bool blank = strchr(" \t\r", line.data[i]) != NULL;
        n += !blank && (i == 0 || strchr(" \t\r", line.data[i - 1]));
    }
    return n;
}

static void skip_blank_lines(kg_str *text) {
    while (text->len > 0 && (*text->data == '\n' || *text->data == '\r'))
        *text = (kg_str){text->data + 1, text->len - 1};
}

/* Does the separator cut nine of ten records into as many fields as the first has, `least` or more?
 */
static bool fits(kg_str text, char separator, size_t least) {
    const kg_dialect rfc = {.separator = separator, .quote = '"'},
                     escaped = {.separator = separator, .quote = '"', .backslash = true};
    size_t columns = 0, records = 0, alike = 0;
    skip_blank_lines(&text);
    for (; text.len > 0 && records < RECORDS; skip_blank_lines(&text)) {
        kg_str from = text, line = kg_first_line(text);
        look l = look_at(&text, &rfc);
        if (l.malformed) {
            text = from;
            l = look_at(&text, &escaped);
        }
        if (separator == KG_SEPARATOR_BLANKS) {
            l = (look){.fields = count_words(line)};
            text = (kg_str){line.data + line.len, from.len - line.len};
        }
        if (l.cut || (text.len == 0 && records > 0))
            break; /* the sample may end inside a record */
        columns = records == 0 ? l.fields : columns;
        alike += l.fields == columns && !l.malformed;
        records++;
    }
    return columns >= least && alike * 10 >= records * 9;
}

/* Three words a line alone are a table for certain; of more, or two, a sentence consists too. */
static bool is_three_words(kg_str text) {
    return count_words(kg_first_line(text)) == 3 && fits(text, KG_SEPARATOR_BLANKS, 3);
}

static void guess_separator(kg_dialect *d, kg_str text) {
    static const char candidates[] = {',', ';', '|'};
    kg_str head = kg_first_line(text);
    if (head.len > 0 && memchr(head.data, '\t', head.len)) {
        d->separator = '\t';
        return;
    }
    /* A triple has three fields; two have sense where the rest is known otherwise. */
    for (size_t least = 3; least >= 2 && !d->separator; least--) {
        for (size_t i = 0; i < sizeof candidates; i++)
            if (fits(text, candidates[i], least))
                *(d->separator ? &d->other : &d->separator) = candidates[i];
        d->few = least < 3;
    }
    if (d->separator || !is_three_words(text))
        return;
    d->separator = KG_SEPARATOR_BLANKS;
    d->few = false;
}

/* Is there evidence that fields are quoted so, and none against it? only_all: none but that all of
 * them are. */
static bool is_quoted(const kg_dialect *d, kg_str text, bool only_all) {
    bool evidence = false, all = true;
    size_t records = 0, quoted = 0;
    for (; text.len > 0 && records < RECORDS; records++) {
        look l = look_at(&text, d);
        if (l.cut)
            break;
        if (l.malformed)
            return false;
        evidence = evidence || (l.evidence && l.quoted > 0);
        quoted += l.quoted;
        /* A header is often not quoted where all else is. */
        all = all && (l.quoted == l.filled || records == 0);
    }
    return (evidence && !only_all) || (all && quoted > 1);
}

/* Does every line have as many tabs as the first? */
static bool tabs_are_even(kg_str text) {
    size_t first = 0, n = 0;
    for (size_t i = 0, line = 0; i < text.len; i++) {
        n += text.data[i] == '\t';
        if (text.data[i] != '\n')
            continue;
        first = line++ == 0 ? n : first;
        if (n != first)
            return false;
        n = 0;
    }
    return true;
}

static void guess_quotes(kg_dialect *d, kg_str text) {
    static const char quotes[] = {'"', '\''};
    /* Names may begin with an apostrophe, as those of chemistry do. */
    bool even = d->separator == '\t' && tabs_are_even(text);
    for (size_t i = 0; i < 2; i++) {
        for (int backslash = 0; backslash < 2; backslash++) {
            kg_dialect tried = *d;
            tried.quote = quotes[i];
            tried.backslash = backslash == 1;
            tried.quoting = KG_QUOTING_FILE;
            if (is_quoted(&tried, text, even && i == 1)) {
                *d = tried;
                return;
            }
        }
    }
    d->quote = '"';
    d->quoting = d->separator == '\t' ? KG_QUOTING_LINE : KG_QUOTING_FILE;
}

kg_status kg_dialect_of(kg_dialect *out, const kg_import_options *o, char separator, kg_str text,
                        kg_error *err) {
    kg_status st;
    *out = (kg_dialect){.separator = separator, .quote = '"'};
    if (o->delimiter)
        KG_TRY(st, separator_from(&out->separator, o->delimiter, err));
    else if (!separator)
        guess_separator(out, text);
    if (out->separator == KG_SEPARATOR_BLANKS)
        return KG_OK;
    if (o->quote)
        return quote_from(out, o->quote, err);
    guess_quotes(out, text);
    return KG_OK;
}
