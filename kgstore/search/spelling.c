#include "kgstore/search/spelling.h"

#include "kgstore/base/utf8.h"

#include <string.h>

/* Where a character is, or would be. There are twice as many slots as characters. */
static uint32_t slot_of(const kg_spelling *s, uint32_t c) {
    uint32_t slot = c * UINT32_C(0x9E3779B1) >> 25;
    while (s->places[slot] && s->characters[slot] != c)
        slot = (slot + 1) % KG_SPELLING_SLOTS;
    return slot;
}

void kg_spelling_init(kg_spelling *s, kg_str word) {
    memset(s, 0, sizeof *s);
    for (size_t at = 0; at < word.len; s->size++) {
        uint32_t c;
        if (s->size == KG_SPELLING_LONGEST) {
            s->size = 0;
            return;
        }
        at += kg_utf8_next(&c, word.data + at, word.len - at);
        uint32_t slot = slot_of(s, c);
        s->characters[slot] = c;
        s->places[slot] |= UINT64_C(1) << s->size;
    }
}

uint32_t kg_spelling_distance(const kg_spelling *s, kg_str name) {
    const uint64_t last = UINT64_C(1) << (s->size - 1);
    uint64_t higher = ~UINT64_C(0), lower = 0; /* where the distance is one more, or one less, than
                                                  that of the place before in the column */
    uint64_t kept = 0, matches_before = 0;     /* where it is that of the diagonal */
    uint32_t distance = s->size;
    for (size_t at = 0; at < name.len;) {
        uint32_t c;
        at += kg_utf8_next(&c, name.data + at, name.len - at);
        uint64_t matches = s->places[slot_of(s, c)];
        uint64_t swapped = (~kept & matches) << 1 & matches_before;
        kept = (((matches & higher) + higher) ^ higher) | matches | lower | swapped;
        uint64_t more = lower | ~(kept | higher), less = higher & kept;
        distance += (more & last) != 0;
        distance -= (less & last) != 0;
        more = more << 1 | 1;
        less <<= 1;
        higher = less | ~(kept | more);
        lower = more & kept;
        matches_before = matches;
    }
    return distance;
}
