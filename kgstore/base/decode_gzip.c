/* gzip by zlib. The one place that includes zlib.h. */
#include "kgstore/base/container.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

static void *open_gzip(void) {
    z_stream *z = calloc(1, sizeof *z);
    if (z && inflateInit2(z, MAX_WBITS + 16) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static bool restart(void *state) {
    return inflateReset(state) == Z_OK;
}

static kg_decode_result step(void *state, kg_decode_io *io) {
    z_stream *z = state;
    uInt in = io->in_len < UINT_MAX ? (uInt)io->in_len : UINT_MAX;
    uInt room = io->room < UINT_MAX ? (uInt)io->room : UINT_MAX;
    z->next_in = io->in;
    z->avail_in = in;
    z->next_out = io->out;
    z->avail_out = room;
    int code = inflate(z, Z_NO_FLUSH);
    io->in += in - z->avail_in;
    io->in_len -= in - z->avail_in;
    io->out += room - z->avail_out;
    io->room -= room - z->avail_out;
    return code == Z_STREAM_END                  ? KG_DECODE_END
           : code == Z_OK || code == Z_BUF_ERROR ? KG_DECODE_GOES_ON
           : code == Z_MEM_ERROR                 ? KG_DECODE_NO_MEMORY
                                                 : KG_DECODE_DAMAGED;
}

static void close_gzip(void *state) {
    inflateEnd(state);
    free(state);
}

const kg_decoder kg_decoder_gzip = {open_gzip, restart, step, close_gzip};
