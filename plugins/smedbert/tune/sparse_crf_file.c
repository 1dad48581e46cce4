#include "plugins/smedbert/tune/sparse_crf.h"

#include "kgstore/base/outfile.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Writing --------------------------------------------------------------------------------- */

kg_status kg_sparse_crf_write(const kg_sparse_crf *crf, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    FILE *to = kg_outfile_stream(file);
    fprintf(to, "tags %zu\n", crf->tags);
    for (size_t i = 0; i < (crf->tags + 2) * crf->tags; i++)
        fprintf(to, "%.9g%c", (double)crf->transitions[i], (i + 1) % crf->tags ? ' ' : '\n');
    for (size_t k = 0, w = 0; k < crf->keys.len; k++) {
        fprintf(to, "%016" PRIx64, crf->keys.data[k]);
        for (; w < crf->ends.data[k]; w++)
            fprintf(to, " %u:%.9g", crf->of_tags.data[w], (double)crf->weights.data[w]);
        fputc('\n', to);
    }
    return kg_outfile_commit(file, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct reader {
    kg_lines *lines;
    kg_bytes line; /* terminated */
    kg_error *err;
} reader;

static kg_status bad(reader *r, const char *expected) {
    return kg_error_at(r->err, KG_ERR_FORMAT, kg_lines_name(r->lines), kg_lines_number(r->lines),
                       "expected %s, as kg ner train writes it; train anew", expected);
}

static kg_status no_memory(reader *r) {
    return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(r->lines));
}

static kg_status next_line(bool *end, reader *r) {
    kg_status st;
    kg_str line;
    KG_TRY(st, kg_lines_next(&line, end, r->lines, r->err));
    r->line.len = 0;
    if (kg_array_append(&r->line, line.data, line.len) != KG_OK ||
        kg_array_push(&r->line, '\0') != KG_OK)
        return no_memory(r);
    return KG_OK;
}

static kg_status read_head(kg_sparse_crf *out, size_t tags, reader *r) {
    kg_status st;
    bool end;
    char head[32];
    KG_TRY(st, next_line(&end, r));
    snprintf(head, sizeof head, "tags %zu", tags);
    if (end || strcmp(r->line.data, head) != 0)
        return kg_error_at(r->err, KG_ERR_FORMAT, kg_lines_name(r->lines), 1,
                           "expected \"%s\": this file belongs to another checkpoint", head);
    out->tags = tags;
    out->transitions = calloc((tags + 2) * tags, sizeof *out->transitions);
    return out->transitions ? KG_OK : no_memory(r);
}

static kg_status read_transitions(kg_sparse_crf *out, reader *r) {
    kg_status st;
    for (size_t row = 0; row < out->tags + 2; row++) {
        bool end;
        KG_TRY(st, next_line(&end, r));
        char *at = r->line.data;
        for (size_t j = 0; j < out->tags; j++) {
            char *from = at;
            float value = strtof(from, &at);
            if (end || at == from || !isfinite(value))
                return bad(r, "a line of transitions, a finite number for each tag");
            out->transitions[row * out->tags + j] = value;
        }
        if (*at != '\0')
            return bad(r, "no more transitions in a line than there are tags");
    }
    return KG_OK;
}

static kg_status read_weights(kg_sparse_crf *out, char *at, reader *r) {
    size_t before = out->weights.len;
    while (*at == ' ') {
        char *colon, *end;
        unsigned long tag = strtoul(at + 1, &colon, 10);
        size_t n = out->of_tags.len;
        if (at[1] < '0' || at[1] > '9' || *colon != ':' || tag >= out->tags ||
            (n > before && tag <= out->of_tags.data[n - 1]))
            return bad(r, "\" tag:weight\", the tags ascending");
        float weight = strtof(colon + 1, &end);
        if (end == colon + 1 || !isfinite(weight))
            return bad(r, "a finite weight");
        if (kg_array_push(&out->of_tags, (uint16_t)tag) != KG_OK ||
            kg_array_push(&out->weights, weight) != KG_OK)
            return no_memory(r);
        at = end;
    }
    if (*at != '\0' || out->weights.len == before)
        return bad(r, "a key of 16 digits, then \" tag:weight\" at least once");
    return KG_OK;
}

static kg_status read_key(kg_sparse_crf *out, reader *r) {
    kg_status st;
    char *line = r->line.data, *end;
    size_t n = out->keys.len;
    if (strspn(line, "0123456789abcdef") != 16)
        return bad(r, "a key of 16 hexadecimal digits");
    uint64_t key = strtoull(line, &end, 16);
    if (n > 0 && key <= out->keys.data[n - 1])
        return bad(r, "a key greater than that of the line before");
    if (kg_array_push(&out->keys, key) != KG_OK)
        return no_memory(r);
    KG_TRY(st, read_weights(out, end, r));
    return kg_array_push(&out->ends, (uint32_t)out->weights.len) == KG_OK ? KG_OK : no_memory(r);
}

kg_status kg_sparse_crf_read_lines(kg_sparse_crf *out, kg_lines *lines, size_t tags,
                                   kg_error *err) {
    reader r = {.lines = lines, .line = KG_ARRAY_INIT, .err = err};
    bool end = false;
    *out = (kg_sparse_crf){.tags = 0};
    kg_status st = read_head(out, tags, &r);
    if (st == KG_OK)
        st = read_transitions(out, &r);
    while (st == KG_OK && !end) {
        st = next_line(&end, &r);
        if (st == KG_OK && !end)
            st = read_key(out, &r);
    }
    kg_array_free(&r.line);
    return st;
}

kg_status kg_sparse_crf_read(kg_sparse_crf *out, const char *path, size_t tags, kg_error *err) {
    kg_lines *lines;
    *out = (kg_sparse_crf){.tags = 0};
    kg_status st = kg_lines_open(&lines, path, 0, err);
    if (st != KG_OK)
        return st;
    st = kg_sparse_crf_read_lines(out, lines, tags, err);
    kg_lines_close(lines);
    return st;
}
