#include "import/csv.h"

#include "import/fields.h"

static const size_t MAX_RECORD = (size_t)16 << 20;

static kg_status no_memory(const kg_csv *csv, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(csv->lines));
}

/* A line whose quotes mean nothing: fields are borrowed from it. */
static kg_status split_plain(kg_csv *csv, kg_str line, kg_error *err) {
    size_t n = kg_fields_split(csv->fields.data, csv->fields.cap, line, csv->dialect.separator);
    if (n > csv->fields.cap) {
        csv->fields.len = 0;
        if (kg_array_reserve(&csv->fields, n) != KG_OK)
            return no_memory(csv, err);
        n = kg_fields_split(csv->fields.data, csv->fields.cap, line, csv->dialect.separator);
    }
    csv->fields.len = n;
    return KG_OK;
}

/* Where a scan of quoted text stands. */
typedef enum place { FIELD_START, PLAIN, QUOTED, AFTER_QUOTE } place;

/* Take one line of a record; *at carries over from line to line. false: text after a closing quote.
 */
static kg_status scan_line(bool *good, place *at, kg_csv *csv, kg_str line) {
    kg_status st;
    const kg_dialect d = csv->dialect;
    *good = true;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];
        if (*at == QUOTED) {
            bool escape = d.backslash && c == '\\' && i + 1 < line.len &&
                          (line.data[i + 1] == d.quote || line.data[i + 1] == '\\');
            if (escape)
                KG_TRY(st, kg_array_push(&csv->text, line.data[++i]));
            else if (c == d.quote)
                *at = AFTER_QUOTE;
            else
                KG_TRY(st, kg_array_push(&csv->text, c));
        } else if (c == d.separator) {
            *at = FIELD_START;
            KG_TRY(st, kg_array_push(&csv->starts, csv->text.len));
        } else if (c == d.quote && *at != PLAIN) {
            if (*at == AFTER_QUOTE)
                KG_TRY(st, kg_array_push(&csv->text, c));
            *at = QUOTED;
        } else if (*at == AFTER_QUOTE) {
            *good = false;
            return KG_OK;
        } else {
            *at = PLAIN;
            KG_TRY(st, kg_array_push(&csv->text, c));
        }
    }
    return KG_OK;
}

static kg_status fields_from_text(kg_csv *csv) {
    kg_status st;
    csv->fields.len = 0;
    KG_TRY(st, kg_array_reserve(&csv->fields, csv->starts.len));
    for (size_t i = 0; i < csv->starts.len; i++) {
        size_t stop = i + 1 < csv->starts.len ? csv->starts.data[i + 1] : csv->text.len;
        size_t start = csv->starts.data[i];
        csv->fields.data[csv->fields.len++] =
            (kg_str){csv->text.data ? csv->text.data + start : "", stop - start};
    }
    return KG_OK;
}

/* A record with quotes, which may go on over several lines. *good: false where it was reported, for
 * itself or for one of its lines that is no text. */
static kg_status read_quoted(bool *good, kg_csv *csv, kg_str line, kg_error *err) {
    kg_status st;
    const char *name = kg_lines_name(csv->lines);
    place at = FIELD_START;
    bool end = false, rules = true, valid, whole = true;
    csv->text.len = csv->starts.len = 0;
    *good = false;
    if (kg_array_push(&csv->starts, (size_t)0) != KG_OK)
        return no_memory(csv, err);
    for (;;) {
        if (scan_line(&rules, &at, csv, line) != KG_OK)
            return no_memory(csv, err);
        if (!rules)
            return kg_reader_bad(csv->reader, name, csv->line, err,
                                 "found text after a closing quote, expected the next field; "
                                 "double the quotes that belong to the text");
        if (at != QUOTED)
            break;
        if (csv->text.len > MAX_RECORD)
            end = true;
        else
            KG_TRY(st, kg_reader_any_line(&line, &valid, &end, csv->reader, csv->lines, err));
        if (end)
            return kg_reader_bad(csv->reader, name, csv->line, err,
                                 "a quote opened in this record is never closed, lines up to "
                                 "%llu were taken for a part of it; close it, or say --quote "
                                 "none where quotes mean nothing",
                                 (unsigned long long)kg_lines_number(csv->lines));
        whole = whole && valid;
        if (kg_array_push(&csv->text, '\n') != KG_OK)
            return no_memory(csv, err);
    }
    *good = whole;
    return fields_from_text(csv) == KG_OK ? KG_OK : no_memory(csv, err);
}

static kg_status split_blanks(kg_csv *csv, kg_str line, kg_error *err) {
    csv->fields.len = 0;
    for (;;) {
        size_t n = 0;
        line = kg_str_trim(line);
        while (n < line.len && line.data[n] != ' ' && line.data[n] != '\t')
            n++;
        if (n == 0)
            return KG_OK;
        const kg_str word = {line.data, n};
        if (kg_array_push(&csv->fields, word) != KG_OK)
            return no_memory(csv, err);
        line = (kg_str){line.data + n, line.len - n};
    }
}

/* Is there a quoted field that only makes sense unquoted: with a doubled quote in it, or one whose
 * separators would make too many columns? */
static bool needs_unquoting(const kg_csv *csv, kg_str line) {
    size_t fields = 0, separators = 0;
    bool doubled = false;
    const char *at = line.data, *end = at + line.len;
    const kg_dialect *d = &csv->dialect;
    for (;;) {
        fields++;
        if (at < end && *at == d->quote) {
            for (at++; at < end && (*at != d->quote || (at + 1 < end && at[1] == d->quote)); at++) {
                separators += *at == d->separator;
                if (*at == d->quote) {
                    doubled = true;
                    at++;
                }
            }
            if (at == end || (at + 1 < end && at[1] != d->separator))
                return false;
            at++;
        }
        while (at < end && *at != d->separator)
            at++;
        if (at == end)
            break;
        at++;
    }
    return doubled ? csv->columns == 0 || fields == csv->columns
                   : separators > 0 && fields == csv->columns;
}

static bool begins_with_quote(const kg_csv *csv) {
    bool any = false;
    for (size_t i = 0; i < csv->fields.len; i++)
        any |= csv->fields.data[i].len > 0 && *csv->fields.data[i].data == csv->dialect.quote;
    return any;
}

static kg_status take_line(bool *good, kg_csv *csv, kg_str line, kg_error *err) {
    kg_status st;
    const kg_dialect *d = &csv->dialect;
    *good = true;
    if (d->separator == KG_SEPARATOR_BLANKS)
        return split_blanks(csv, line, err);
    if (d->quoting == KG_QUOTING_FILE && memchr(line.data, d->quote, line.len))
        return read_quoted(good, csv, line, err);
    KG_TRY(st, split_plain(csv, line, err));
    if (d->quoting == KG_QUOTING_LINE && begins_with_quote(csv) && needs_unquoting(csv, line))
        return read_quoted(good, csv, line, err);
    return KG_OK;
}

kg_status kg_csv_next(bool *end, kg_csv *csv, kg_error *err) {
    kg_status st;
    kg_str line;
    bool good;
    do {
        do
            KG_TRY(st, kg_reader_line(&line, end, csv->reader, csv->lines, err));
        while (!*end && line.len == 0);
        if (*end)
            return KG_OK;
        csv->line = kg_lines_number(csv->lines);
        KG_TRY(st, take_line(&good, csv, line, err));
    } while (!good || csv->fields.len == 0);
    if (csv->columns == 0)
        csv->columns = csv->fields.len;
    return KG_OK;
}

kg_status kg_csv_set_separator(kg_csv *csv, char separator, kg_error *err) {
    kg_status st;
    kg_str start;
    KG_TRY(st, kg_reader_peek(&start, csv->lines, err));
    return kg_dialect_of(&csv->dialect, csv->reader->options, separator, start, err);
}

kg_status kg_csv_open(kg_csv *csv, kg_reader *reader, const char *path, kg_error *err) {
    kg_status st;
    *csv = (kg_csv){.reader = reader, .arena = KG_ARENA_INIT};
    KG_TRY(st, kg_reader_open(&csv->lines, reader, path, err));
    return kg_csv_set_separator(csv, KG_SEPARATOR_UNKNOWN, err);
}

kg_status kg_csv_keep_header(kg_csv *csv, kg_error *err) {
    csv->header.len = 0;
    for (size_t i = 0; i < csv->fields.len; i++) {
        kg_str name = kg_str_trim(csv->fields.data[i]);
        const char *copy = kg_arena_copy(&csv->arena, name);
        const kg_str kept = {copy, name.len};
        if (!copy || kg_array_push(&csv->header, kept) != KG_OK)
            return no_memory(csv, err);
    }
    return KG_OK;
}

kg_status kg_csv_drop(kg_csv *csv, size_t i, kg_error *err) {
    if (i >= csv->fields.len || csv->fields.data[i].len == 0)
        return KG_OK;
    if (i < csv->header.len && csv->header.data[i].len > 0)
        return kg_reader_drop(csv->reader, csv->header.data[i], 1, err);
    return kg_reader_drop_place(csv->reader, i, err);
}

void kg_csv_close(kg_csv *csv) {
    kg_lines_close(csv->lines);
    kg_array_free(&csv->fields);
    kg_array_free(&csv->header);
    kg_arena_free(&csv->arena);
    kg_array_free(&csv->text);
    kg_array_free(&csv->starts);
}
