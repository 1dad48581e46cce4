#include "kgstore/base/failpoint.h"

#ifdef KG_FAILPOINTS

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
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

kg_status kg_failpoint_pass(const char *name, kg_error *err) {
    static atomic_ulong passes;
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
    return atomic_fetch_add(&passes, 1) + 1 == count ? act(name, action, err) : KG_OK;
}

#else

/* ISO C wants a declaration in every unit. */
typedef int kg_failpoint_absent;

#endif
