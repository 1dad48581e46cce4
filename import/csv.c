#include "import/csv.h"

#include "import/fields.h"

static const size_t MAX_RECORD = (size_t)16 << 20;

static kg_status no_memory(const kg_csv *csv, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(csv->lines));
}

/* A line without quotes: fields are borrowed from it. */
static kg_status split_plain(kg_csv *csv, kg_str line, kg_error *err) {
    size_t n = kg_fields_split(csv->fields.data, csv->fields.cap, line, csv->separator);
    if (n > csv->fields.cap) {
        csv->fields.len = 0;
        if (kg_array_reserve(&csv->fields, n) != KG_OK)
            return no_memory(csv, err);
        n = kg_fields_split(csv->fields.data, csv->fields.cap, line, csv->separator);
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
    *good = true;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];
        if (*at == QUOTED) {
            if (c == '"')
                *at = AFTER_QUOTE;
            else
                KG_TRY(st, kg_array_push(&csv->text, c));
        } else if (c == csv->separator) {
            *at = FIELD_START;
            KG_TRY(st, kg_array_push(&csv->starts, csv->text.len));
        } else if (c == '"' && *at != PLAIN) {
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

/* A record with quotes, which may go on over several lines. *good: false where it was reported. */
static kg_status read_quoted(bool *good, kg_csv *csv, kg_str line, kg_error *err) {
    kg_status st;
    const char *name = kg_lines_name(csv->lines);
    place at = FIELD_START;
    bool end = false, rules = true;
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
            KG_TRY(st, kg_reader_line(&line, &end, csv->reader, csv->lines, err));
        if (end)
            return kg_reader_bad(csv->reader, name, csv->line, err,
                                 "a quote opened in this record is never closed; close it");
        if (kg_array_push(&csv->text, '\n') != KG_OK)
            return no_memory(csv, err);
    }
    *good = true;
    return fields_from_text(csv) == KG_OK ? KG_OK : no_memory(csv, err);
}

kg_status kg_csv_next(bool *end, kg_csv *csv, kg_error *err) {
    kg_status st;
    for (;;) {
        kg_str line;
        bool good = true;
        KG_TRY(st, kg_reader_line(&line, end, csv->reader, csv->lines, err));
        if (*end)
            return KG_OK;
        if (line.len == 0)
            continue;
        csv->line = kg_lines_number(csv->lines);
        if (!memchr(line.data, '"', line.len))
            return split_plain(csv, line, err);
        KG_TRY(st, read_quoted(&good, csv, line, err));
        if (good)
            return KG_OK;
    }
}

void kg_csv_free(kg_csv *csv) {
    kg_array_free(&csv->fields);
    kg_array_free(&csv->text);
    kg_array_free(&csv->starts);
}
