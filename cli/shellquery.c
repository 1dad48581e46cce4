/* Most queries only read, and whether one does is known when it has been parsed: so each is tried
 * in a session that reads, which keeps no other writer waiting, and one that writes once more. */
#include "cli/shellquery.h"

#include "cli/cyphershow.h"
#include "cli/progress.h"

static kg_status begin(kg_cypher **out, kg_shell *shell, bool write, kg_error *err) {
    const kg_cypher_options options = {.write = write, .cancelled = kg_interrupted};
    return kg_cypher_begin(out, shell->session.store, &options, err);
}

/* What a query that failed has changed cannot be told from the rest of the transaction; one that
 * was not right has changed nothing. */
static kg_status in_transaction(kg_shell *shell, kg_str text, kg_error *err) {
    bool ran;
    kg_status st = kg_cypher_show_query(&ran, shell->cypher, text, NULL, shell->mode, err);
    if (st == KG_OK || !ran)
        return st;
    kg_cypher_end(shell->cypher);
    shell->cypher = NULL;
    return kg_error_context(err, st, "the transaction is given up; nothing of it is kept");
}

static kg_status change(kg_shell *shell, kg_str text, kg_error *err) {
    kg_status st;
    kg_cypher *cypher;
    bool alone = !shell->edits.writer;
    if (shell->edited)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the transaction that is open holds edits, and queries that change the "
                            "graph need one of their own; commit or abort it first");
    kg_writer_abort(shell->edits.writer);
    shell->edits.writer = NULL;
    KG_TRY(st, begin(&cypher, shell, true, err));
    if (!alone) {
        shell->cypher = cypher;
        return in_transaction(shell, text, err);
    }
    st = kg_cypher_show_query(NULL, cypher, text, NULL, shell->mode, err);
    if (st == KG_OK)
        st = kg_cypher_commit(cypher, err);
    kg_cypher_end(cypher);
    return st;
}

kg_status kg_shell_query(kg_shell *shell, kg_str text, kg_error *err) {
    kg_status st;
    kg_cypher *cypher;
    if (shell->cypher)
        return in_transaction(shell, text, err);
    KG_TRY(st, begin(&cypher, shell, false, err));
    st = kg_cypher_show_query(NULL, cypher, text, NULL, shell->mode, err);
    kg_cypher_end(cypher);
    if (st != KG_ERR_ARGUMENT)
        return st;
    *err = (kg_error)KG_ERROR_INIT;
    return change(shell, text, err);
}
