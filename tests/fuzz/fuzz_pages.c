/* The page verifier on a data file in memory. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/store/pages.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int fd = memfd_create("data", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    kg_page_meta meta;
    kg_page_report report;
    kg_problems problems = {NULL, NULL, 0};
    if (kg_pages_meta(&meta, fd, 0, &problems, NULL) == KG_OK)
        kg_pages_check(&report, fd, &meta, &problems, NULL);
    close(fd);
    return 0;
}
