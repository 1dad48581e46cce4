/* Where a sentence ends: a text that is cut is cut there, by the host and by plugins alike. */
#ifndef KG_COMMON_SENTENCE_H
#define KG_COMMON_SENTENCE_H

#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether a sentence ends at byte `end` of text, 0 < end <= text.len, behind which the next word
 * begins at byte `next` (end, where that is not known): before it stands an ideographic full stop,
 * or a full-width ! ? or ;, or, before white space, one of . ! ?; or a line ends before, or between
 * the two. */
static inline bool kg_sentence_ends(kg_str text, size_t end, size_t next) {
    static const char marks[4][4] = {"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F",
                                     "\xEF\xBC\x9B"};
    const char *at = text.data + end;
    for (size_t i = 0; end >= 3 && i < sizeof marks / sizeof *marks; i++)
        if (memcmp(at - 3, marks[i], 3) == 0)
            return true;
    if (at[-1] == '\n' || (next > end && memchr(at, '\n', next - end)))
        return true;
    return (at[-1] == '.' || at[-1] == '!' || at[-1] == '?') &&
           (end == text.len || (unsigned char)*at <= ' ');
}

#endif
