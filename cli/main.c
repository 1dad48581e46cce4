#include "cli/command.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int unknown_command(const char *word) {
    const char *nearest = kg_command_nearest(word);
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
    setlocale(LC_CTYPE, "");
    /* OpenMP's threads spin while they wait. Where anything else wants a processor, that makes
     * training ten times slower; asleep they cost 2 %. Read when a plugin brings OpenMP in. */
    setenv("OMP_WAIT_POLICY", "passive", 0);
    if (n_words == 0) {
        fputs("kg: no command given\nTry kg help\n", stderr);
        return kg_exit_status(KG_ERR_ARGUMENT);
    }
    if (strcmp(words[0], "--version") == 0) {
        puts("kg " KG_VERSION);
        return 0;
    }
    if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)
        return kg_command_run(kg_command_find(help, 1, &taken), words + 1, 0);
    const kg_command *command = kg_command_find(words, n_words, &taken);
    if (!command)
        return unknown_command(words[0]);
    return kg_command_run(command, words + taken, n_words - taken);
}
