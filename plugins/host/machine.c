#include "plugins/host/machine.h"

#include "kgstore/kgstore.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of the first line "key<blank>: value" (or key=value) of a file; "" where there is none.
 */
static void value_of(char *out, size_t size, const char *path, const char *key) {
    char line[512];
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        size_t n = strlen(key);
        if (strncmp(line, key, n) != 0 || !strchr(" \t:=", line[n]))
            continue;
        const char *value = line + n + strspn(line + n, " \t:=\"");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\"\n"), value);
        break;
    }
    if (f)
        fclose(f);
}

size_t kg_machine_facts(kg_machine_fact facts[8]) {
    struct utsname system;
    char name[128];
    size_t n = 0;
    facts[n].name = "program";
    snprintf(facts[n++].value, sizeof facts->value, "kg %s", KG_VERSION);
    facts[n].name = "compiler";
    snprintf(facts[n++].value, sizeof facts->value, "%s",
#ifdef __clang__
             __VERSION__
#else
             "GCC " __VERSION__
#endif
    );
    value_of(name, sizeof name, "/etc/os-release", "PRETTY_NAME");
    facts[n].name = "system";
    if (uname(&system) == 0)
        snprintf(facts[n++].value, sizeof facts->value, "%s%s%.40s %.40s %.16s", name,
                 *name ? ", " : "", system.sysname, system.release, system.machine);
    value_of(name, sizeof name, "/proc/cpuinfo", "model name");
    facts[n].name = "processor";
    if (*name)
        snprintf(facts[n++].value, sizeof facts->value, "%s", name);
    facts[n].name = "processors";
    snprintf(facts[n++].value, sizeof facts->value, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    facts[n].name = "memory";
    snprintf(facts[n++].value, sizeof facts->value, "%.1f GiB",
             (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGE_SIZE) / 0x1p30);
    return n;
}
