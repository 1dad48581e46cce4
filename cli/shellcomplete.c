/* What the Tab key offers in the shell: by what stands before the word, commands, options and their
 * values, files, or names of the store. */
#include "cli/cyphercomplete.h"
#include "cli/cyphershow.h"
#include "cli/shell.h"
#include "cli/shellcommands.h"
#include "cli/words.h"

#include <dirent.h>
#include <string.h>

/* An unfinished word, and who takes what may stand for it. */
typedef struct offering {
    kg_str prefix;
    uint32_t limit;
    kg_name_fn visit;
    void *context;
} offering;

static kg_status offer(const offering *o, kg_str word) {
    bool begins =
        word.len >= o->prefix.len && memcmp(word.data, o->prefix.data, o->prefix.len) == 0;
    return begins ? o->visit(o->context, word, KG_NO_ID) : KG_OK;
}

/* ---- Options, settings, files ---------------------------------------------------------------- */

/* Words between '|'. */
static kg_status offer_choices(const offering *o, const char *choices) {
    kg_status st;
    while (choices) {
        const char *bar = strchr(choices, '|');
        KG_TRY(st, offer(o, (kg_str){choices, bar ? (size_t)(bar - choices) : strlen(choices)}));
        choices = bar ? bar + 1 : NULL;
    }
    return KG_OK;
}

static kg_status offer_options(const offering *o, const kg_option *table) {
    kg_status st;
    for (; table->name; table++) {
        char name[48];
        int n = snprintf(name, sizeof name, "--%s", table->name);
        if (table->help)
            KG_TRY(st, offer(o, (kg_str){name, (size_t)n}));
    }
    return KG_OK;
}

/* The option that a word spells and that needs a value; NULL: it is none. */
static const kg_option *option_of(const char *word) {
    const kg_option *const tables[] = {kg_ask_options, kg_common_options};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const kg_option *t = tables[i]; t->name; t++) {
            bool letter = t->letter && word[1] == t->letter && word[2] == '\0';
            if (word[0] == '-' && t->kind != KG_OPTION_FLAG &&
                (letter || (word[1] == '-' && strcmp(word + 2, t->name) == 0)))
                return t;
        }
    return NULL;
}

static const char *choices_of(const char *option) {
    return option_of(option)->argument;
}

/* Files that a path may go on to; a folder's name ends with a slash. */
static kg_status offer_files(const offering *o) {
    kg_status st = KG_OK;
    const char *slash = o->prefix.len ? memrchr(o->prefix.data, '/', o->prefix.len) : NULL;
    size_t n = slash ? (size_t)(slash + 1 - o->prefix.data) : 0;
    bool hidden = o->prefix.len > n && o->prefix.data[n] == '.';
    char path[1024];
    if (n >= sizeof path)
        return KG_OK;
    memcpy(path, n ? o->prefix.data : "./", n ? n : 2);
    path[n ? n : 2] = '\0';
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && st == KG_OK && (e = readdir(folder));) {
        if ((e->d_name[0] == '.') != hidden)
            continue;
        int length =
            snprintf(path + n, sizeof path - n, "%s%s", e->d_name, e->d_type == DT_DIR ? "/" : "");
        if (length > 0 && (size_t)length < sizeof path - n)
            st = offer(o, (kg_str){path, n + (size_t)length});
    }
    if (folder)
        closedir(folder);
    return st;
}

/* ---- Names of the store ---------------------------------------------------------------------- */

static kg_status offer_names(const offering *o, kg_shell *shell, kg_kind kind) {
    kg_status st;
    kg_snapshot *snapshot = shell->session.snapshot;
    KG_TRY(st, kg_snapshot_renew(NULL, snapshot, NULL));
    st = kind == KG_ENTITY
             ? kg_entity_complete(snapshot, o->prefix, o->limit, o->visit, o->context)
             : kg_name_complete(snapshot, kind, o->prefix, o->limit, o->visit, o->context);
    kg_snapshot_rest(snapshot);
    return st;
}

/* What a word of an edit names, by what comes before it. */
static kg_kind kind_of_word(const char *verb, size_t n) {
    bool triple = strcmp(verb, "add") == 0 || strcmp(verb, "del") == 0;
    if (triple && n == 2)
        return KG_RELATION;
    if (n == 2 && (strcmp(verb, "type") == 0 || strcmp(verb, "untype") == 0))
        return KG_TYPE;
    return n == 2 && (strcmp(verb, "set") == 0 || strcmp(verb, "unset") == 0) ? KG_KEY : KG_ENTITY;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool is_query(const kg_shell *shell, kg_str text) {
    return shell->question.len > 0 || kg_cypher_begins(text);
}

const char *kg_shell_breaks(const kg_shell *shell, kg_str text) {
    return is_query(shell, text) ? KG_CYPHER_BREAKS : " \t";
}

/* What stands before the word: of the lines before, too. */
static kg_status complete_query(kg_shell *shell, kg_str text, size_t start, const offering *o) {
    kg_status st;
    kg_bytes whole = KG_ARRAY_INIT;
    size_t before = shell->question.len + start;
    st = kg_array_append(&whole, shell->question.data, shell->question.len);
    if (st == KG_OK)
        st = kg_array_append(&whole, text.data, text.len);
    if (st == KG_OK)
        st = kg_snapshot_renew(NULL, shell->session.snapshot, NULL);
    if (st == KG_OK)
        st = kg_cypher_complete(shell->session.snapshot, (kg_str){whole.data, whole.len}, before,
                                o->limit, o->visit, o->context);
    kg_snapshot_rest(shell->session.snapshot);
    kg_array_free(&whole);
    return st;
}

/* Behind n words, one at least. */
static kg_status complete_word(kg_shell *shell, const char *const *words, size_t n,
                               const offering *o) {
    kg_status st;
    const char *first = words[0];
    const kg_option *option = option_of(words[n - 1]);
    if (strcmp(first, ".mode") == 0)
        return offer_choices(o, choices_of("--mode"));
    if (strcmp(first, ".weights") == 0)
        return offer_choices(o, choices_of("--weights"));
    if (strcmp(first, ".timer") == 0)
        return offer_choices(o, "on|off");
    if (strcmp(first, ".read") == 0)
        return offer_files(o);
    if (strcmp(first, "help") == 0 || strcmp(first, "?") == 0)
        return kg_shell_complete_command(o->prefix, o->visit, o->context);
    if (option && option->kind == KG_OPTION_CHOICE)
        return offer_choices(o, option->argument);
    if (option)
        return option->kind == KG_OPTION_LIST ? offer_names(o, shell, KG_RELATION) : KG_OK;
    if (o->prefix.len && o->prefix.data[0] == '-') {
        KG_TRY(st, offer_options(o, kg_ask_options));
        return offer_options(o, kg_common_options);
    }
    return offer_names(o, shell, kind_of_word(first, n));
}

kg_status kg_shell_complete(kg_shell *shell, kg_str text, size_t start, uint32_t limit,
                            kg_name_fn visit, void *context) {
    const offering o = {{text.data + start, text.len - start}, limit, visit, context};
    if (is_query(shell, text))
        return complete_query(shell, text, start, &o);
    kg_words before;
    kg_status st = kg_words_split(&before, (kg_str){text.data, start}, NULL);
    const char *const *words = before.words.data;
    size_t n = before.words.len;
    if (n > 0 && strcmp(words[0], "explain") == 0)
        words++, n--;
    if (st == KG_ERR_MEMORY)
        n = 0;
    else if (n == 0)
        st = kg_shell_complete_command(o.prefix, visit, context);
    else
        st = complete_word(shell, words, n, &o);
    kg_words_free(&before);
    return st;
}
