/* bzip2 by libbz2, in 4 MB at most. The one place that includes bzlib.h. */
#include "kgstore/base/container.h"

#include <bzlib.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

static void *open_bzip2(void) {
    bz_stream *z = calloc(1, sizeof *z);
    if (z && BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static bool restart(void *state) {
    BZ2_bzDecompressEnd(state);
    return BZ2_bzDecompressInit(state, 0, 0) == BZ_OK;
}

static kg_decode_result step(void *state, kg_decode_io *io) {
    bz_stream *z = state;
    unsigned in = io->in_len < UINT_MAX ? (unsigned)io->in_len : UINT_MAX;
    unsigned room = io->room < UINT_MAX ? (unsigned)io->room : UINT_MAX;
    z->next_in = (char *)(uintptr_t)io->in; /* libbz2 does not write there */
    z->avail_in = in;
    z->next_out = (char *)io->out;
    z->avail_out = room;
    int code = BZ2_bzDecompress(z);
    io->in += in - z->avail_in;
    io->in_len -= in - z->avail_in;
    io->out += room - z->avail_out;
    io->room -= room - z->avail_out;
    return code == BZ_STREAM_END  ? KG_DECODE_END
           : code == BZ_OK        ? KG_DECODE_GOES_ON
           : code == BZ_MEM_ERROR ? KG_DECODE_NO_MEMORY
                                  : KG_DECODE_DAMAGED;
}

static void close_bzip2(void *state) {
    BZ2_bzDecompressEnd(state);
    free(state);
}

const kg_decoder kg_decoder_bzip2 = {open_bzip2, restart, step, close_bzip2};
