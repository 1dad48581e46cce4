/* A safetensors file: each tensor that its header tells of is read, or refused with a reason. */
#include "tests/fuzz/fuzz.h"

#include "model/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void read_all(kg_safetensors *file) {
    for (size_t i = 0; i < kg_safetensors_count(file); i++) {
        kg_error err = KG_ERROR_INIT;
        const kg_tensor_info *t = kg_safetensors_at(file, i);
        float *to = malloc((t->count ? t->count : 1) * sizeof *to);
        if (!to)
            abort();
        if (kg_safetensors_read(to, file, t, &err) != KG_OK) {
            if (err.text[0] == '\0')
                abort();
        } else {
            for (size_t k = 0; k < t->count; k++)
                if (!isfinite(to[k]))
                    abort();
        }
        free(to);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    char path[32];
    kg_safetensors *file;
    kg_error err = KG_ERROR_INIT;
    if (fd < 0)
        fd = memfd_create("tensors", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (kg_safetensors_open(&file, path, &err) == KG_OK)
        read_all(file);
    else if (err.text[0] == '\0' && err.status != KG_ERR_MEMORY)
        abort();
    kg_safetensors_close(file);
    return 0;
}
