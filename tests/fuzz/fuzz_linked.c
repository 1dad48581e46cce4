/* Input: a line of text already linked. Mentions must lie in the text, in order, at the borders of
 * characters. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/utf8.h"
#include "plugins/host/linked.h"

#include <stdio.h>
#include <stdlib.h>

/* A store of one triple, whose files are gone from sight once it is open. */
static kg_snapshot *snapshot(void) {
    static kg_snapshot *made;
    char folder[] = "/tmp/kg_fuzz_XXXXXX", path[64], command[64];
    kg_store *store;
    kg_bulk *bulk;
    kg_bulk_report report;
    const kg_bulk_options options = {.threads = 1};
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    if (made)
        return made;
    s.head = KG_STR("a");
    s.relation = KG_STR("r");
    s.tail = KG_STR("病");
    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof path, "%s/store", folder);
    if (kg_bulk_begin(&bulk, path, &options, NULL) != KG_OK ||
        kg_bulk_statement(bulk, &s, NULL) != KG_OK ||
        kg_bulk_finish(&report, bulk, NULL) != KG_OK ||
        kg_store_open(&store, path, NULL) != KG_OK ||
        kg_snapshot_begin(&made, store, NULL) != KG_OK)
        abort();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        abort();
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_linked linked = {.snapshot = snapshot()};
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_linked_read(&linked, (kg_str){(const char *)data, size}, &err);
    if (st != KG_OK && (err.text[0] == '\0' || (st != KG_ERR_FORMAT && st != KG_ERR_NOT_FOUND)))
        abort();
    uint32_t before = 0;
    for (size_t i = 0; st == KG_OK && i < linked.mentions.len; i++) {
        const kg_mention *m = &linked.mentions.data[i];
        if (m->byte_start < before || m->byte_start >= m->byte_end ||
            m->byte_end > linked.text.len || m->entity > 1 ||
            kg_utf8_length(linked.text.data, m->byte_start) != m->start ||
            kg_utf8_length(linked.text.data, m->byte_end) != m->end)
            abort();
        before = m->byte_end;
    }
    kg_linked_free(&linked);
    return 0;
}
