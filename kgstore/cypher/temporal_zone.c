/* Time zones: a reader of TZif files.
 *
 * A file has a header and data with times of 32 bits, which are skipped, the same again with times
 * of 64 bits, and a line with a rule for what is later than all of them. Of the data are read: the
 * moments at which clocks change (transitions), the type that begins with each, and the offset of
 * each type. All counts are checked against the file's length before anything is read. */
#include "kgstore/cypher/temporal_zone.h"

#include "kgstore/cypher/temporal_rule.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { HEADER = 44, TYPE_BYTES = 6, FILE_MAX = 16384, OFFSET_MAX = 26 * 3600 };

typedef struct zone_data {
    const unsigned char *times, *types_at, *types;
    uint32_t n_times, n_types;
    kg_str rule; /* empty: none */
} zone_data;

static uint32_t load_be32(const unsigned char *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static int64_t load_be64(const unsigned char *from) {
    return (int64_t)((uint64_t)load_be32(from) << 32 | load_be32(from + 4));
}

/* The length of the data that a header announces, whose times have `width` bytes. */
static uint64_t data_length(const unsigned char *header, uint64_t width) {
    uint64_t utc = load_be32(header + 20), standard = load_be32(header + 24);
    uint64_t leaps = load_be32(header + 28), times = load_be32(header + 32);
    uint64_t types = load_be32(header + 36), letters = load_be32(header + 40);
    return times * (width + 1) + types * TYPE_BYTES + letters + leaps * (width + 4) + standard +
           utc;
}

static bool is_header(kg_str file) {
    return file.len >= HEADER && memcmp(file.data, "TZif", 4) == 0 && file.data[4] >= '2';
}

static bool read_zone(zone_data *zone, kg_str file) {
    if (!is_header(file))
        return false;
    uint64_t skip = HEADER + data_length((const unsigned char *)file.data, 4);
    if (skip > file.len)
        return false;
    file = (kg_str){file.data + skip, file.len - skip};
    if (!is_header(file))
        return false;
    const unsigned char *header = (const unsigned char *)file.data;
    uint64_t length = data_length(header, 8);
    if (length > file.len - HEADER)
        return false;
    zone->n_times = load_be32(header + 32);
    zone->n_types = load_be32(header + 36);
    zone->times = header + HEADER;
    zone->types_at = zone->times + (size_t)zone->n_times * 8;
    zone->types = zone->types_at + zone->n_times;
    kg_str rest = {file.data + HEADER + length, file.len - HEADER - length};
    const char *end =
        rest.len > 1 && rest.data[0] == '\n' ? memchr(rest.data + 1, '\n', rest.len - 1) : NULL;
    zone->rule = end ? (kg_str){rest.data + 1, (size_t)(end - rest.data - 1)} : (kg_str){NULL, 0};
    return zone->n_types > 0;
}

static bool offset_of_type(int32_t *offset, const zone_data *zone, uint32_t type) {
    if (type >= zone->n_types)
        return false;
    *offset = (int32_t)load_be32(zone->types + (size_t)type * TYPE_BYTES);
    return *offset >= -OFFSET_MAX && *offset <= OFFSET_MAX;
}

static bool offset_at(int32_t *offset, const zone_data *zone, int64_t utc) {
    uint32_t low = 0, high = zone->n_times; /* transitions that are not later than the moment */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (load_be64(zone->times + (size_t)middle * 8) <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->n_times && zone->rule.len)
        return cy_rule_offset(offset, zone->rule, utc);
    return offset_of_type(offset, zone, low ? zone->types_at[low - 1] : 0);
}

kg_status cy_zone_offset_in(int32_t *offset, kg_str file, int64_t utc) {
    zone_data zone;
    return read_zone(&zone, file) && offset_at(offset, &zone, utc) ? KG_OK : KG_ERR_FORMAT;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* A name that leads nowhere but to a file below the folder: it has no dots. */
static bool is_zone_name(kg_str name) {
    if (name.len == 0 || name.len > CY_ZONE_NAME_MAX || name.data[0] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-' && c != '+' && c != '/')
            return false;
    }
    return true;
}

/* The whole file; 0 bytes where there is none, or one that is too long to be a zone's. */
static size_t load_file(char buffer[FILE_MAX], kg_str name) {
    char path[sizeof CY_ZONE_FOLDER + 1 + CY_ZONE_NAME_MAX];
    size_t length = 0;
    ssize_t n = 0;
    if (!is_zone_name(name))
        return 0;
    snprintf(path, sizeof path, CY_ZONE_FOLDER "/%.*s", KG_STR_ARG(name));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (length < FILE_MAX && (n = read(fd, buffer + length, FILE_MAX - length)) > 0)
        length += (size_t)n;
    close(fd);
    return n < 0 || length == FILE_MAX ? 0 : length;
}

kg_status cy_zone_offset(int32_t *offset, kg_str zone, int64_t utc) {
    char buffer[FILE_MAX];
    kg_str file = {buffer, load_file(buffer, zone)};
    return cy_zone_offset_in(offset, file, utc) == KG_OK ? KG_OK : KG_ERR_NOT_FOUND;
}

kg_status cy_zone_move(cy_temporal *t, int64_t utc) {
    kg_status st = t->zone.len ? cy_zone_offset(&t->offset, t->zone, utc) : KG_OK;
    if (st == KG_OK)
        cy_set_local_seconds(t, utc + t->offset);
    return st;
}

kg_status cy_zone_settle(cy_temporal *t) {
    char buffer[FILE_MAX];
    zone_data zone;
    int32_t before, after, then;
    if (!t->zone.len)
        return KG_OK;
    int64_t local = cy_local_seconds(t);
    kg_str file = {buffer, load_file(buffer, t->zone)};
    if (!read_zone(&zone, file) || !offset_at(&before, &zone, local - CY_DAY_SECONDS) ||
        !offset_at(&after, &zone, local + CY_DAY_SECONDS))
        return KG_ERR_NOT_FOUND;
    const int32_t candidates[] = {t->offset, before, after};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (offset_at(&then, &zone, local - candidates[i]) && then == candidates[i]) {
            t->offset = then;
            return KG_OK;
        }
    cy_set_local_seconds(t, local + after - before);
    t->offset = after;
    return KG_OK;
}
