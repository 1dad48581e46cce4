#!/usr/bin/env bash
# Prints every message of the program, a line each: file:line, tab, the format. For a person who reads them in one
# sitting: each is to say what was found, what was expected and what to do, and one thing is to have one name.
# usage: messages.sh SOURCE_DIR
set -u
cd "$1" || exit 2
find kgstore model plugins import cli -name '*.c' -print0 | sort -z | xargs -0 awk '
    # The formats are the text literals of a call, up to its semicolon.
    FNR == 1 { call = "" }
    call == "" && match($0, /(kg_error_set|kg_error_at|kg_error_prefix|kg_host_log|kg_lines_fail|kg_tool_fail|[a-z_]*(error|fail|complain|refuse)[a-z_]*|fprintf) ?\(/) {
        if ($0 ~ /fprintf/ && $0 !~ /stderr/) next
        call = substr($0, RSTART); at = FNR; next_line = 0
    }
    call != "" {
        if (FNR != at) call = call " " $0
        if ($0 !~ /;[ ]*(\/\*.*)?$/ && FNR - at < 12) next
        text = ""
        rest = call
        while (match(rest, /"([^"\\]|\\.)*"/)) {
            between = substr(rest, 1, RSTART - 1)
            if (text != "" && between ~ /,/) text = text "  |  "
            text = text substr(rest, RSTART + 1, RLENGTH - 2)
            rest = substr(rest, RSTART + RLENGTH)
        }
        if (text ~ / /) print FILENAME ":" at "\t" text
        call = ""
    }'
