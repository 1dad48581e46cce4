# Bash completion of kg. Commands, options and their choices come from the program's own tables.

_kg_words() {
    COMPREPLY=()
    while IFS= read -r word; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

_kg() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} program=${COMP_WORDS[0]}
    local command=${COMP_WORDS[1]} choices name letter argument
    if ((COMP_CWORD == 1)); then
        _kg_words < <("$program" help --commands 2>/dev/null | cut -d' ' -f1 | sort -u)
        return
    fi
    if ((COMP_CWORD == 2)); then
        _kg_words < <("$program" help --commands 2>/dev/null | sed -n "s/^$command //p")
        ((${#COMPREPLY[@]})) && return
    fi
    if "$program" help --commands 2>/dev/null | grep -qx "$command ${COMP_WORDS[2]}"; then
        command="$command ${COMP_WORDS[2]}"
    fi
    while IFS=$'\t' read -r name letter argument; do
        if [[ $prev == "$name" && $argument == *"|"* ]]; then
            _kg_words < <(tr '|' '\n' <<<"$argument")
            return
        fi
    done < <("$program" help --options $command 2>/dev/null | sed 's/\t\t/\t-\t/')
    if [[ $cur == -* ]]; then
        _kg_words < <("$program" help --options $command 2>/dev/null | cut -f1)
    else
        compopt -o default 2>/dev/null
        COMPREPLY=()
    fi
}

complete -F _kg kg
