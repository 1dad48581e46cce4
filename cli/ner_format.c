#include "cli/ner_format.h"

void kg_ner_format_add(json_t *object, const kg_ner_format_settings *format) {
    static const char *const nested[] = {"error", "outermost", "innermost"};
    static const char *const offsets[] = {"auto", "characters", "utf16", "bytes"};
    if (format->token_column)
        json_object_set_new(object, "token_column", json_integer((json_int_t)format->token_column));
    if (format->tag_column)
        json_object_set_new(object, "tag_column", json_integer((json_int_t)format->tag_column));
    if (format->nested >= 0)
        json_object_set_new(object, "nested", json_string(nested[format->nested]));
    if (format->offsets >= 0)
        json_object_set_new(object, "offsets", json_string(offsets[format->offsets]));
}
