#include "cli/waiting.h"

#include "cli/progress.h"

#include <stdio.h>

static void say(void *context, const char *path, const char *holder) {
    (void)context;
    fprintf(stderr, "kg: waiting for %s, which is writing to %s\n", holder, path);
}

kg_wait kg_wait_for(double seconds) {
    return (kg_wait){
        .limited = seconds >= 0, .seconds = seconds, .waiting = say, .cancelled = kg_interrupted};
}

kg_status kg_store_open_to_write(kg_store **out, const char *path, double seconds, kg_error *err) {
    kg_status st;
    const kg_wait wait = kg_wait_for(seconds);
    KG_TRY(st, kg_store_open(out, path, err));
    kg_store_set_wait(*out, &wait);
    return KG_OK;
}
