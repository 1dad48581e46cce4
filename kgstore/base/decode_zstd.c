/* zstd by libzstd, with windows of up to 128 MB as the tool itself has them unless told. The one
 * place that includes zstd.h. */
#include "kgstore/base/container.h"

#include <zstd.h>
#include <zstd_errors.h>

static void *open_zstd(void) {
    return ZSTD_createDCtx();
}

static bool restart(void *state) {
    return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static kg_decode_result step(void *state, kg_decode_io *io) {
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->room, 0};
    size_t code = ZSTD_decompressStream(state, &out, &in);
    io->in += in.pos;
    io->in_len -= in.pos;
    io->out += out.pos;
    io->room -= out.pos;
    if (!ZSTD_isError(code))
        return code == 0 ? KG_DECODE_END : KG_DECODE_GOES_ON;
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return KG_DECODE_TOO_LARGE;
    case ZSTD_error_memory_allocation:
        return KG_DECODE_NO_MEMORY;
    default:
        return KG_DECODE_DAMAGED;
    }
}

static void close_zstd(void *state) {
    ZSTD_freeDCtx(state);
}

const kg_decoder kg_decoder_zstd = {open_zstd, restart, step, close_zstd};
