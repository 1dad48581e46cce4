#include "kgstore/base/failpoint.h"

#ifdef KG_FAILPOINTS

#include "kgstore/base/hash.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void log_pass(const char *name) {
    const char *path = getenv("KG_FAILPOINT_LOG");
    if (!path)
        return;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    dprintf(fd, "%s\n", name);
    close(fd);
}

static kg_status act(const char *name, const char *action, kg_error *err) {
    static const struct {
        const char *name;
        kg_status status;
    } statuses[] = {
        {"io", KG_ERR_IO},
        {"full", KG_ERR_FULL},
        {"memory", KG_ERR_MEMORY},
        {"cancelled", KG_ERR_CANCELLED},
    };
    if (strcmp(action, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(action, "exit") == 0)
        _exit(70);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (strcmp(action, statuses[i].name) == 0)
            return kg_error_set(err, statuses[i].status, "failpoint %s", name);
    return kg_error_set(err, KG_ERR_ARGUMENT, "failpoint %s: unknown action %s", name, action);
}

/* Which pass of the point that `wanted` names this is. A new setting counts anew. */
static unsigned long count_pass(const char *wanted) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t setting;
    static unsigned long passes;
    uint64_t hash = kg_hash_bytes(wanted, strlen(wanted), 0);
    pthread_mutex_lock(&lock);
    passes = hash == setting ? passes + 1 : 1;
    setting = hash;
    unsigned long pass = passes;
    pthread_mutex_unlock(&lock);
    return pass;
}

kg_status kg_failpoint_pass(const char *name, kg_error *err) {
    log_pass(name);
    const char *wanted = getenv("KG_FAILPOINT");
    size_t n = strlen(name);
    if (!wanted || strncmp(wanted, name, n) != 0 || (wanted[n] != '\0' && wanted[n] != ':'))
        return KG_OK;
    unsigned long count = 1;
    const char *action = "kill";
    if (wanted[n] == ':') {
        char *end;
        count = strtoul(wanted + n + 1, &end, 10);
        if (*end == ':')
            action = end + 1;
    }
    return count_pass(wanted) == count ? act(name, action, err) : KG_OK;
}

#else

/* ISO C wants a declaration in every unit. */
typedef int kg_failpoint_absent;

#endif
