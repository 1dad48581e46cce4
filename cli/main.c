#include "cli/command.h"
#include "cli/terminal.h"
#include "kgstore/base/descriptors.h"
#include "kgstore/kgstore.h"

#include <kg_commit.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "kg ner" alone: tell the commands whose first word it is; false where there is none. */
static bool tell_family(const char *word) {
    size_t n = strlen(word);
    bool any = false;
    for (const kg_command *const *c = kg_commands; *c; ++c)
        if (strncmp((*c)->name, word, n) == 0 && (*c)->name[n] == ' ') {
            if (!any)
                fprintf(stderr, "kg: %s needs a second word:", word);
            fprintf(stderr, "%s kg %s", any ? "," : "", (*c)->name);
            any = true;
        }
    if (any)
        fputc('\n', stderr);
    return any;
}

static int unknown_command(const char *word) {
    const char *nearest = kg_command_nearest(word);
    if (tell_family(word))
        return kg_exit_status(KG_ERR_ARGUMENT);
    if (nearest)
        fprintf(stderr, "kg: unknown command %s; did you mean kg %s?\n", word, nearest);
    else
        fprintf(stderr, "kg: unknown command %s\n", word);
    fputs("Try kg help\n", stderr);
    return kg_exit_status(KG_ERR_ARGUMENT);
}

int main(int argc, char **argv) {
    static const char *const help[] = {"help"};
    const char *const *words = (const char *const *)argv + 1;
    size_t n_words = argc > 0 ? (size_t)argc - 1 : 0, taken;
    kg_descriptors_guard();
    setlocale(LC_CTYPE, "");
    kg_store_guard();
    kg_terminal_guard();
    /* OpenMP's threads spin while they wait. Where anything else wants a processor, that makes
     * training ten times slower; asleep they cost 2 %. Read when a plugin brings OpenMP in. */
    setenv("OMP_WAIT_POLICY", "passive", 0);
    if (n_words == 0) {
        fputs("kg: no command given\nTry kg help\n", stderr);
        return kg_exit_status(KG_ERR_ARGUMENT);
    }
    if (strcmp(words[0], "--version") == 0) {
        puts("kg " KG_VERSION KG_COMMIT);
        return 0;
    }
    if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)
        return kg_command_run(kg_command_find(help, 1, &taken), words + 1, 0);
    const kg_command *command = kg_command_find(words, n_words, &taken);
    if (!command)
        return unknown_command(words[0]);
    return kg_command_run(command, words + taken, n_words - taken);
}
