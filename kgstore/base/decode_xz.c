/* xz by liblzma, in bounded memory: xz -9 needs 65 MB to be read. The one place that includes
 * lzma.h. */
#include "kgstore/base/container.h"

#include <lzma.h>
#include <stdlib.h>

static const uint64_t MAX_MEMORY = (uint64_t)256 << 20;

static bool restart(void *state) {
    return lzma_stream_decoder(state, MAX_MEMORY, 0) == LZMA_OK;
}

static void close_xz(void *state) {
    lzma_end(state);
    free(state);
}

static void *open_xz(void) {
    lzma_stream *z = calloc(1, sizeof *z);
    if (z && !restart(z)) {
        close_xz(z);
        return NULL;
    }
    return z;
}

static kg_decode_result step(void *state, kg_decode_io *io) {
    lzma_stream *z = state;
    z->next_in = io->in;
    z->avail_in = io->in_len;
    z->next_out = io->out;
    z->avail_out = io->room;
    lzma_ret code = lzma_code(z, LZMA_RUN);
    io->in = z->next_in;
    io->in_len = z->avail_in;
    io->out = z->next_out;
    io->room = z->avail_out;
    return code == LZMA_STREAM_END                     ? KG_DECODE_END
           : code == LZMA_OK || code == LZMA_BUF_ERROR ? KG_DECODE_GOES_ON
           : code == LZMA_MEMLIMIT_ERROR               ? KG_DECODE_TOO_LARGE
           : code == LZMA_MEM_ERROR                    ? KG_DECODE_NO_MEMORY
                                                       : KG_DECODE_DAMAGED;
}

const kg_decoder kg_decoder_xz = {open_xz, restart, step, close_xz};
