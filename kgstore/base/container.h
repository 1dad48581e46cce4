/* What a file is packed in, told from its first bytes: the compressions that are read as their
 * content is, and others, which a message names. */
#ifndef KG_BASE_CONTAINER_H
#define KG_BASE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/* Input and output of one step of a decoder, both moved on by what was taken and made. */
typedef struct kg_decode_io {
    const unsigned char *in;
    size_t in_len;
    unsigned char *out;
    size_t room;
} kg_decode_io;

typedef enum kg_decode_result {
    KG_DECODE_GOES_ON, /* all input was taken, or all room filled */
    KG_DECODE_END,     /* the member is whole; what follows it is not taken */
    KG_DECODE_DAMAGED,
    KG_DECODE_TOO_LARGE, /* it needs more memory than a reader may take */
    KG_DECODE_NO_MEMORY
} kg_decode_result;

/* A compression. Its memory is bounded whatever the input says. */
typedef struct kg_decoder {
    /* Ready for the first member; NULL: out of memory. */
    void *(*open)(void);
    /* Ready for a further member; false: out of memory. */
    bool (*restart)(void *state);
    kg_decode_result (*step)(void *state, kg_decode_io *io);
    void (*close)(void *state);
} kg_decoder;

extern const kg_decoder kg_decoder_gzip, kg_decoder_bzip2, kg_decoder_xz, kg_decoder_zstd;

typedef struct kg_container {
    const char *name;          /* "gzip data", "a zip archive" */
    const kg_decoder *decoder; /* NULL: not read */
    const char *unpack;        /* a command that unpacks it */
} kg_container;

/* The container that n bytes at the start of a file are of; NULL: none that is known. *more: a
 * container may begin so, ask again with more bytes. Static storage. */
const kg_container *kg_container_of(bool *more, const void *data, size_t n);

#endif
