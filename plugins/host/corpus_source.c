#include "plugins/host/corpus_source.h"

#include "kgstore/base/utf8.h"
#include "plugins/common/sentence.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 64 << 10, SAMPLE = 4096 };

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the corpus");
}

void kg_corpus_source_free(kg_corpus_source *s) {
    kg_lines_close(s->lines);
    kg_array_free(&s->sample);
    kg_array_free(&s->text);
    kg_array_free(&s->clean);
    kg_linked_free(&s->json);
    s->lines = NULL;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void warn(const kg_corpus_source *s, const char *what, uint64_t count, uint64_t first) {
    char text[512];
    const char *unit = s->format == KG_CORPUS_SENTENCES ? "document" : "line";
    if (count == 0 || !s->warn)
        return;
    snprintf(text, sizeof text, "%s: %llu %s%s %s, first in line %llu", kg_lines_name(s->lines),
             (unsigned long long)count, unit, count == 1 ? "" : "s", what,
             (unsigned long long)first);
    s->warn(s->context, text);
}

static void close_file(kg_corpus_source *s) {
    warn(s, "with invalid UTF-8, replaced", s->faults.invalid, s->faults.first_invalid);
    warn(s, "longer than 64 MiB, treated as empty", s->faults.too_long, s->faults.first_too_long);
    kg_lines_close(s->lines);
    s->lines = NULL;
}

static kg_status open_file(kg_corpus_source *s, kg_error *err) {
    s->faults = (kg_corpus_faults){0};
    s->documents = s->faulty = 0;
    s->sample.len = 0;
    return kg_lines_open(&s->lines, s->paths[s->next_path++], 0, err);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static bool is_blank(kg_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r')
            return false;
    return true;
}

/* Append a piece of a line; a document of sentences ends at an empty line, which is not of it. */
static kg_status take_piece(kg_corpus_source *s, kg_str piece, bool ends_line) {
    kg_status st;
    if (s->format != KG_CORPUS_SENTENCES) {
        s->whole = ends_line;
        return kg_array_append(&s->text, piece.data, piece.len);
    }
    bool first = !s->within;
    s->within = !ends_line;
    if (first && ends_line && is_blank(piece)) {
        s->whole = s->begun;
        return KG_OK;
    }
    if (first && s->begun)
        KG_TRY(st, kg_array_push(&s->text, '\n'));
    s->begun = true;
    return kg_array_append(&s->text, piece.data, piece.len);
}

/* Bring more of the document; *over: the file had no more. */
static kg_status read_more(bool *over, kg_corpus_source *s, kg_error *err) {
    kg_status st;
    kg_str piece;
    bool ends_line;
    KG_TRY(st, kg_lines_piece(&piece, &ends_line, over, s->lines, PIECE, err));
    if (*over) {
        s->whole = true;
        return KG_OK;
    }
    return take_piece(s, piece, ends_line) == KG_OK ? KG_OK : no_memory(err);
}

/* Go to where the next document begins and read its beginning; *end: there is none. */
static kg_status begin(bool *end, kg_corpus_source *s, kg_error *err) {
    kg_status st;
    bool over;
    s->begun = s->whole = s->within = false;
    s->text.len = s->given = 0;
    s->parts = 0;
    s->body = (kg_str){"", 0};
    for (;;) {
        if (!s->lines) {
            *end = s->next_path == s->n_paths;
            if (*end)
                return KG_OK;
            KG_TRY(st, open_file(s, err));
        }
        KG_TRY(st, read_more(&over, s, err));
        if (over)
            close_file(s);
        else if (s->format != KG_CORPUS_SENTENCES || s->begun)
            break;
    }
    s->begun = true;
    s->line = kg_lines_number(s->lines);
    s->documents++;
    return KG_OK;
}

/* Read a document to its end, and forget what is left of it. */
static kg_status skip(kg_corpus_source *s, kg_error *err) {
    kg_status st;
    bool over;
    while (!s->whole) {
        s->text.len = 0;
        KG_TRY(st, read_more(&over, s, err));
    }
    s->text.len = 0;
    return KG_OK;
}

/* A document that must be had whole, but is too long, is taken as empty. */
static kg_status drop(kg_corpus_source *s, kg_error *err) {
    if (s->faults.too_long++ == 0)
        s->faults.first_too_long = s->line;
    return skip(s, err);
}

static bool is_json(const kg_corpus_source *s) {
    return s->format == KG_CORPUS_JSONL || s->format == KG_CORPUS_LINKED;
}

/* Read on until more than a part, or all of the document, is there. */
static kg_status fill(kg_corpus_source *s, kg_error *err) {
    kg_status st;
    bool over, in_parts = s->part > 0 && !is_json(s);
    size_t most = in_parts ? s->part : KG_LONGEST_DOCUMENT;
    if (s->given > 0 && !is_json(s)) {
        memmove(s->text.data, s->text.data + s->given, s->text.len - s->given);
        s->text.len -= s->given;
        s->given = 0;
    }
    while (!s->whole && s->text.len <= most)
        KG_TRY(st, read_more(&over, s, err));
    return !in_parts && s->text.len > most ? drop(s, err) : KG_OK;
}

/* *text with each byte that is not UTF-8 as U+FFFD; in s->clean where there is one. */
static kg_status mend(kg_str *text, kg_corpus_source *s) {
    kg_status st;
    kg_str left = *text;
    size_t valid = kg_utf8_valid_prefix(left.data, left.len);
    if (valid == left.len)
        return KG_OK;
    if (s->faulty != s->documents && s->faults.invalid++ == 0) {
        s->faults.first_invalid = s->line;
        KG_TRY(st, kg_array_append(&s->sample, left.data, left.len < SAMPLE ? left.len : SAMPLE));
    }
    s->faulty = s->documents;
    s->clean.len = 0;
    while (valid < left.len) {
        KG_TRY(st, kg_array_append(&s->clean, left.data, valid));
        KG_TRY(st, kg_array_append(&s->clean, "\xEF\xBF\xBD", 3));
        left = (kg_str){left.data + valid + 1, left.len - valid - 1};
        valid = kg_utf8_valid_prefix(left.data, left.len);
    }
    KG_TRY(st, kg_array_append(&s->clean, left.data, left.len));
    *text = (kg_str){s->clean.data, s->clean.len};
    return KG_OK;
}

/* The text that a line of JSON has; of an empty line none. */
static kg_status decode(kg_corpus_source *s, kg_error *err) {
    kg_status st;
    kg_error why = KG_ERROR_INIT;
    kg_str line = {s->text.data, s->text.len};
    if (mend(&line, s) != KG_OK)
        return no_memory(err);
    if (is_blank(line))
        return KG_OK;
    st = kg_linked_read_text(&s->json, line, &why);
    s->body = s->json.text;
    return st == KG_OK ? st
                       : kg_error_at(err, st, kg_lines_name(s->lines), s->line, "%s", why.text);
}

/* ---- Parts ----------------------------------------------------------------------------------- */

/* The most that whole characters of the text take of `most` bytes. */
static size_t whole_characters(kg_str text, size_t most) {
    size_t at = most;
    while (at > most - 3 && ((unsigned char)text.data[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* Where to end a part of at most `most` bytes, which is to be no shorter than half of that: behind
 * the last sentence that ends there, else behind white space, else between characters. */
static size_t cut(kg_str text, size_t most) {
    size_t at = most;
    while (at > most / 2 && !kg_sentence_ends(text, at, at))
        at--;
    if (at > most / 2)
        return at;
    for (at = most; at > most / 2 && (unsigned char)text.data[at - 1] > ' ';)
        at--;
    return at > most / 2 ? at : whole_characters(text, most);
}

/* The next of the body. */
static kg_status give(kg_corpus_item *item, kg_corpus_source *s) {
    kg_str left = {s->body.data, s->body.len - s->given};
    if (left.len)
        left.data += s->given;
    bool cuts = s->part > 0 && s->format != KG_CORPUS_LINKED && left.len > s->part;
    size_t taken = !cuts           ? left.len
                   : s->beginnings ? whole_characters(left, s->part)
                                   : cut(left, s->part);
    *item = (kg_corpus_item){
        {left.data, taken}, s->paths[s->next_path - 1], s->line, s->parts++, !cuts && s->whole};
    s->given += taken;
    s->begun = !item->last;
    return mend(&item->text, s);
}

kg_status kg_corpus_source_next(kg_corpus_item *item, bool *end, kg_corpus_source *s,
                                kg_error *err) {
    kg_status st;
    *end = false;
    if (s->begun && s->beginnings) {
        KG_TRY(st, skip(s, err));
        s->begun = false;
    }
    if (!s->begun)
        KG_TRY(st, begin(end, s, err));
    if (*end)
        return KG_OK;
    KG_TRY(st, fill(s, err));
    if (s->format != KG_CORPUS_JSONL)
        s->body = (kg_str){s->text.data, s->text.len};
    else if (s->parts == 0)
        KG_TRY(st, decode(s, err));
    return give(item, s) == KG_OK ? KG_OK : no_memory(err);
}
