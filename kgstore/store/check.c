#include "kgstore/store/check.h"

#include "kgstore/store/generation.h"
#include "kgstore/store/pages.h"
#include "kgstore/store/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- What the parts share -------------------------------------------------------------------- */

kg_status kg_check_each(kg_check *c, kg_db db, kg_check_fn visit, void *context) {
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    kg_status st = kg_cursor_open(&cursor, c->txn, db);
    if (st != KG_OK)
        return kg_error_set(c->err, st, "cannot walk %s", kg_db_name(db));
    c->sums[db] = (kg_sum){0, 0};
    st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK && !kg_problems_enough(c->problems)) {
        kg_sum_add(&c->sums[db], db, key, value);
        st = visit(c, context, key, value);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

kg_id kg_check_key(kg_check *c, kg_db db, kg_str key) {
    kg_id entity = key.len == 4 ? kg_load_u32(key.data) : KG_NO_ID;
    if (entity >= c->state.entities)
        kg_problems_add(c->problems, "%s: a record of no id of the store", kg_db_name(db));
    else if (kg_entity_there(c->txn, &c->state, entity) == KG_ERR_NOT_FOUND)
        kg_problems_add(c->problems, "%s: a record of entity %u, which was deleted", kg_db_name(db),
                        entity);
    else
        return entity;
    return KG_NO_ID;
}

void kg_check_count(kg_check *c, const char *what, uint64_t recorded, uint64_t found) {
    if (recorded != found && !kg_problems_enough(c->problems))
        kg_problems_add(c->problems, "%llu %s recorded, %llu found", (unsigned long long)recorded,
                        what, (unsigned long long)found);
}

/* ---- Records --------------------------------------------------------------------------------- */

static void compare_sums(kg_check *c) {
    char buffer[KG_META_KEY_MAX];
    kg_sum recorded;
    kg_str value;
    for (int i = KG_DB_META + 1; i < KG_DB_COUNT && !kg_problems_enough(c->problems); i++) {
        kg_db db = (kg_db)i;
        if (!kg_txn_has(c->txn, db))
            continue;
        if (kg_txn_get(&value, c->txn, KG_DB_META, kg_sum_key(buffer, db)) != KG_OK ||
            !kg_sum_decode(&recorded, value))
            kg_problems_add(c->problems, "meta: the checksum of %s is missing", kg_db_name(db));
        else if (recorded.records != c->sums[db].records || recorded.sum != c->sums[db].sum)
            kg_problems_add(c->problems, "%s: its checksum does not match its %llu records",
                            kg_db_name(db), (unsigned long long)c->sums[db].records);
    }
}

static kg_status check_records(const kg_txn *txn, uint64_t generation, kg_problems *problems,
                               kg_error *err) {
    kg_check c = {.txn = txn, .problems = problems, .err = err};
    kg_error detail = KG_ERROR_INIT;
    kg_status st = kg_state_load(&c.state, txn, &detail);
    if (st == KG_ERR_CORRUPT) {
        kg_problems_add(problems, "%s", detail.text);
        return KG_OK;
    }
    if (st != KG_OK)
        return kg_error_set(err, st, "%s", detail.text);
    if (c.state.generation != generation)
        kg_problems_add(problems, "state: generation %llu in the folder of %llu",
                        (unsigned long long)c.state.generation, (unsigned long long)generation);
    KG_TRY(st, kg_check_weights(&c));
    KG_TRY(st, kg_check_names(&c));
    KG_TRY(st, kg_check_aliases(&c));
    KG_TRY(st, kg_check_edges(&c));
    KG_TRY(st, kg_check_properties(&c));
    KG_TRY(st, kg_check_derived(&c));
    compare_sums(&c);
    return KG_OK;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* No reader's slot holds the pages still yet (LMDB may not look at them before this has), so a
 * writer may reuse pages of an older transaction meanwhile. Those of the newest never change: what
 * is found is damage only if the transaction looked at is still the newest. */
enum { ATTEMPTS = 3 };

static kg_status try_pages(bool *moved, int fd, kg_problems *problems, kg_error *err) {
    kg_page_meta meta, newest;
    kg_page_report report;
    kg_problems ignored = {NULL, NULL, 0};
    kg_status st;
    *moved = false;
    KG_TRY(st, kg_pages_meta(&meta, fd, 0, problems, err));
    st = kg_pages_check(&report, fd, &meta, problems, err);
    if (st != KG_OK && kg_pages_meta(&newest, fd, 0, &ignored, NULL) == KG_OK)
        *moved = newest.transaction != meta.transaction;
    return st;
}

static kg_status check_pages(const char *path, int fd, kg_problems *problems, kg_error *err) {
    bool moved = true;
    kg_status st = KG_OK;
    for (int i = 0; i < ATTEMPTS && moved; i++) {
        kg_problems quiet = {NULL, NULL, 0};
        st = try_pages(&moved, fd, &quiet, err);
        if (st != KG_ERR_CORRUPT)
            return st;
    }
    /* Damage, or a busy writer: in either case once more while nobody may write in place. */
    kg_status held = kg_hold_take(fd, NULL);
    st = try_pages(&moved, fd, problems, err);
    if (held == KG_OK)
        kg_hold_release(fd);
    if (st != KG_OK && moved)
        return kg_error_set(err, held != KG_OK ? held : KG_ERR_BUSY,
                            "%s is being written to and cannot be locked; try again", path);
    return st;
}

static kg_status open_data(int *fd, const char *path, uint64_t generation, kg_error *err) {
    kg_status st;
    char folder[PATH_MAX], file[PATH_MAX];
    KG_TRY(st, kg_generation_folder(folder, path, generation, err));
    if (snprintf(file, sizeof file, "%s/data.mdb", folder) >= (int)sizeof file)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", path);
    *fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*fd >= 0)
        return KG_OK;
    bool missing = errno == ENOENT;
    st = kg_error_errno(err, "open", file);
    return missing ? KG_ERR_NOT_FOUND : st;
}

/* ---- Both ------------------------------------------------------------------------------------ */

static kg_status check_generation(const char *path, uint64_t generation, kg_problems *problems,
                                  kg_error *err) {
    kg_status st;
    int fd = -1;
    char folder[PATH_MAX];
    kg_env *env;
    kg_txn *txn;
    KG_TRY(st, open_data(&fd, path, generation, err));
    st = check_pages(path, fd, problems, err);
    close(fd);
    if (st != KG_OK)
        return st;
    KG_TRY(st, kg_generation_folder(folder, path, generation, err));
    KG_TRY(st, kg_env_open(&env, folder, err));
    st = kg_txn_begin(&txn, env, false, err);
    if (st == KG_OK) {
        st = check_records(txn, generation, problems, err);
        kg_txn_abort(txn);
    }
    kg_env_release(env);
    return st;
}

kg_status kg_store_check(const char *path, kg_problem_fn problem, void *context, kg_error *err) {
    kg_problems problems = {problem, context, 0};
    uint64_t generation, before = 0;
    kg_status st = KG_ERR_NOT_FOUND;
    /* A generation may be replaced and removed between reading CURRENT and opening it. */
    for (int i = 0; i < ATTEMPTS && st == KG_ERR_NOT_FOUND; i++) {
        KG_TRY(st, kg_current_read(&generation, path, err));
        if (i > 0 && generation == before) {
            st = KG_ERR_NOT_FOUND;
            break;
        }
        before = generation;
        st = check_generation(path, generation, &problems, err);
    }
    if (st == KG_ERR_NOT_FOUND) {
        kg_problems_add(&problems, "CURRENT names gen-%llu, which is not there",
                        (unsigned long long)generation);
        st = KG_ERR_CORRUPT;
    }
    if (st == KG_ERR_CORRUPT && problems.count == 0)
        kg_problems_add(&problems, "%s", err && err->text[0] ? err->text : kg_strerror(st));
    if (problems.count == 0 || (st != KG_OK && st != KG_ERR_CORRUPT))
        return st;
    return kg_error_set(err, KG_ERR_CORRUPT,
                        "%s is damaged: %u problem%s; restore it from a backup", path,
                        problems.count, problems.count == 1 ? "" : "s");
}
