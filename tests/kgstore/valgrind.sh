#!/usr/bin/env bash
# valgrind.sh TEST...: run tests under valgrind's memcheck, which must find no misuse of memory and,
# in the test itself, no leak. (A child of a test that ends by _exit leaves its memory behind.)
# More at will: valgrind.sh build/release/tests/kgstore/*/test_*
set -u
command -v valgrind >/dev/null || { echo "valgrind is not installed: skipped"; exit 77; }
logs=$(mktemp -d) bad=0
trap 'rm -rf "$logs"' EXIT
for test; do
    KG_VALGRIND=1 valgrind --leak-check=full --errors-for-leak-kinds=none --error-exitcode=99 \
        --log-file="$logs/%p" "$test" >"$logs/output" 2>&1 &
    wait $! || {
        # A build tuned for this processor may use instructions that this valgrind does not know.
        grep -qhE 'unhandled instruction bytes|unrecognised instruction' "$logs"/[0-9]* "$logs/output" &&
            { echo "valgrind does not know an instruction of this build (see KG_NATIVE): skipped"; exit 77; }
        cat "$logs/output" "$logs"/[0-9]* | tail -n 60
        bad=1
    }
    if grep -qE '(definitely|indirectly|possibly) lost: [1-9]' "$logs/$!"; then
        cat "$logs/$!"
        bad=1
    fi
    echo "$(basename "$test"): $(grep -c ' OK ' "$logs/output") tests, $(grep -o 'ERROR SUMMARY: .* contexts' "$logs/$!")"
    rm -f "$logs"/*
done
exit $bad
