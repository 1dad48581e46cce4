/* Values as JSON. */
#include "cli/output.h"

#include "kgstore/base/realtext.h"
#include "kgstore/base/utf8.h"

#include <inttypes.h>
#include <math.h>

/* What does not stand in JSON as it is. */
static void put_escaped(FILE *to, unsigned char c) {
    if (c == '"' || c == '\\')
        fprintf(to, "\\%c", c);
    else if (c == '\n')
        fputs("\\n", to);
    else if (c == '\t')
        fputs("\\t", to);
    else
        fprintf(to, "\\u%04x", c);
}

void kg_output_json_text(FILE *to, kg_str text) {
    size_t from = 0, at = 0; /* between them: what stands as it is */
    putc('"', to);
    while (at < text.len) {
        unsigned char c = (unsigned char)text.data[at];
        uint32_t code_point;
        size_t n = 1;
        bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        if (c >= 0x80)
            n = kg_utf8_decode(&code_point, &plain, text.data + at, text.len - at);
        if (!plain) {
            fwrite(text.data + from, 1, at - from, to);
            if (c >= 0x80)
                fputs("\xEF\xBF\xBD", to);
            else
                put_escaped(to, c);
            from = at + n;
        }
        at += n;
    }
    if (at > from)
        fwrite(text.data + from, 1, at - from, to);
    putc('"', to);
}

void kg_output_real(FILE *to, double value) {
    char text[32];
    if (!isfinite(value)) {
        fputs("null", to);
        return;
    }
    kg_real_text(text, value);
    fputs(text, to);
}

void kg_output_json_cell(FILE *to, const kg_cell *cell) {
    switch (cell->kind) {
    case KG_CELL_NONE:
        fputs("null", to);
        return;
    case KG_CELL_TEXT:
        kg_output_json_text(to, cell->as.text);
        return;
    case KG_CELL_INTEGER:
    case KG_CELL_ARROW:
        fprintf(to, "%" PRId64, cell->as.integer);
        return;
    case KG_CELL_REAL:
        kg_output_real(to, cell->as.real);
        return;
    case KG_CELL_BOOL:
        fputs(cell->as.yes ? "true" : "false", to);
        return;
    case KG_CELL_TEXTS:
        putc('[', to);
        for (size_t i = 0; i < cell->as.texts.count; ++i) {
            fputs(i ? ", " : "", to);
            kg_output_json_text(to, cell->as.texts.items[i]);
        }
        putc(']', to);
        return;
    case KG_CELL_LIST:
        putc('[', to);
        for (size_t i = 0; i < cell->as.list.count; ++i) {
            fputs(i ? ", " : "", to);
            kg_output_json_cell(to, &cell->as.list.items[i]);
        }
        putc(']', to);
        return;
    case KG_CELL_ITEM:
        kg_output_json_cell(to, cell->as.item.whole);
        return;
    case KG_CELL_MAP:
        putc('{', to);
        for (size_t i = 0; i < cell->as.map.count; ++i) {
            fputs(i ? ", " : "", to);
            kg_output_json_text(to, cell->as.map.keys[i]);
            fputs(": ", to);
            kg_output_json_cell(to, &cell->as.map.items[i]);
        }
        putc('}', to);
        return;
    }
}
