/* The table's blocks, and flock on the data file. Waiting is by asking again: flock alone waits
 * for ever. */
#include "kgstore/store/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What LMDB 0.9 wants for KG_SLOTS readers: two mutexes and a cache line for each. */
enum { TABLE_BYTES = 64 * (KG_SLOTS + 2) };

enum { HOLD_WAIT_MS = 30000, LONGEST_SLEEP_MS = 10 };

static off_t bytes_wanted(const struct stat *info) {
    return info->st_size > TABLE_BYTES ? info->st_size : TABLE_BYTES;
}

static bool has_blocks(const struct stat *info) {
    return S_ISREG(info->st_mode) && (off_t)info->st_blocks * 512 >= bytes_wanted(info);
}

/* Blocks may lie beyond the end of the file: it is LMDB that gives it its size. */
static int allocate(int fd) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return errno;
    if (!S_ISREG(info.st_mode))
        return EINVAL;
    if (has_blocks(&info))
        return 0;
    int rc;
    do
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes_wanted(&info));
    while (rc != 0 && errno == EINTR);
    /* A file system that cannot promise blocks. */
    return rc == 0 || errno == EOPNOTSUPP || errno == ENOSYS ? 0 : errno;
}

static int table_path(char path[PATH_MAX], const char *folder) {
    return snprintf(path, PATH_MAX, "%s/lock.mdb", folder) >= PATH_MAX ? ENAMETOOLONG : 0;
}

bool kg_slots_are_there(const char *folder) {
    char path[PATH_MAX];
    struct stat info;
    return table_path(path, folder) == 0 && lstat(path, &info) == 0 && has_blocks(&info);
}

int kg_slots_prepare(const char *folder) {
    char path[PATH_MAX];
    int code = table_path(path, folder);
    if (code != 0)
        return code;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    code = allocate(fd);
    close(fd);
    return code;
}

bool kg_slots_can_do_without(int code) {
    return code == EACCES || code == EPERM || code == EROFS || code == ENOSPC || code == EDQUOT;
}

static int lock_now(int fd, int operation) {
    int rc;
    do
        rc = flock(fd, operation | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    return rc == 0 ? 0 : errno;
}

static void sleep_ms(unsigned ms) {
    struct timespec t = {0, (long)ms * 1000000};
    nanosleep(&t, NULL);
}

kg_status kg_hold_take(int fd, kg_error *err) {
    int code = lock_now(fd, LOCK_SH);
    for (unsigned waited = 0, ms = 1; code == EWOULDBLOCK && waited < HOLD_WAIT_MS; waited += ms) {
        ms = waited / 8 + 1 < LONGEST_SLEEP_MS ? waited / 8 + 1 : LONGEST_SLEEP_MS;
        sleep_ms(ms);
        code = lock_now(fd, LOCK_SH);
    }
    if (code == EWOULDBLOCK)
        return kg_error_set(err, KG_ERR_BUSY,
                            "a writer has been at work on the store for half a minute, and this "
                            "reader cannot have a slot in its table of readers; try again");
    if (code != 0)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "the store can be read safely neither by a slot in its table of "
                            "readers nor by a lock on its data; ask its owner for leave to write "
                            "lock.mdb, or for a copy (kg backup)");
    return KG_OK;
}

kg_status kg_hold_claim(int fd) {
    /* Where there are no such locks there are no such readers. */
    return lock_now(fd, LOCK_EX) == EWOULDBLOCK ? KG_ERR_BUSY : KG_OK;
}

void kg_hold_release(int fd) {
    flock(fd, LOCK_UN);
}
