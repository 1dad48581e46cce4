#!/usr/bin/env bash
# check_completion.sh KG SOURCE: the completion offers what the tables hold.
set -u
kg=$1 bad=0
source "$2/cli/completion/kg.bash"

# complete_words WANTED WORDS...: complete the last of WORDS; WANTED must be offered.
complete_words() {
    local wanted=$1
    shift
    COMP_WORDS=("$kg" "$@")
    COMP_CWORD=$#
    _kg
    printf '%s\n' "${COMPREPLY[@]}" | grep -qx -e "$wanted" || {
        echo "kg $*: offered (${COMPREPLY[*]}), not $wanted"
        bad=1
    }
}

complete_words help he
complete_words --options help --op
complete_words markdown help --mode m
while IFS= read -r command; do
    # shellcheck disable=SC2206
    COMP_WORDS=("$kg" $command --)
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _kg
    # shellcheck disable=SC2086
    diff <(printf '%s\n' "${COMPREPLY[@]}") <("$kg" help --options $command | cut -f1) || {
        echo "kg $command --: offered (left) is not what its table holds (right)"
        bad=1
    }
done < <("$kg" help --commands)
exit $bad
