#!/usr/bin/env bash
# Every command line that is shown runs as written: README's, in order, in a folder that sees the
# samples; or the manual's examples, each page's in a folder of its own that holds what a user's would.
# usage: commands.sh SOURCE_DIR BUILD_DIR readme|manual
set -u
source=$1 build=$2 what=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$build/cli/kg" "$work/bin/kg"
export PATH=$work/bin:$PATH KG_SOURCE=$source LC_ALL=C.UTF-8
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
count=0 failures=0

# run_lines PLACE: run each line of standard input in the current folder; stop at the first that fails,
# since others may build on it.
run_lines() {
    local command
    while IFS= read -r command; do
        if [[ $command == mpirun* && ! -e $build/lib/kg/kg_collective_mpi.so ]]; then
            echo "$1: left out, MPI is not built in: $command"
            continue
        fi
        count=$((count + 1))
        if [[ $command == python3* && ! $python ]]; then
            echo "$1: left out, Python has no cffi or numpy: $command"
            continue
        fi
        bash -o pipefail -c "$command" >"$work/out" 2>&1 </dev/null && continue
        echo "$1: this command failed: $command" >&2
        tail -n 20 "$work/out" >&2
        failures=$((failures + 1))
        return
    done
}

# page_examples PAGE: the lines between .nf and .fi of its EXAMPLES, as a reader sees them.
page_examples() {
    awk '/^\.SH/ {inside = /EXAMPLES/; next} inside && /^\.nf/ {on = 1; next} /^\.fi/ {on = 0} inside && on' "$1" |
        sed -e 's/\\-/-/g' -e 's/\\e/\\/g' -e "s/\\\\(aq/'/g"
}

# What runs Python, where the package can be made.
python=$(PATH=/usr/bin:$PATH command -v python3) || python=
if [[ $python ]] && "$python" -c 'import setuptools, cffi, numpy' 2>/dev/null; then
    ln -s "$python" "$work/bin/python3"
    cp -r "$source/kgstore/python" "$work/package"
    (cd "$work/package" && KGSTORE_INCLUDE=$source python3 -W ignore setup.py -q build_py --build-lib "$work/python") \
        >/dev/null 2>&1
    export KGSTORE_LIBRARY=$build/kgstore/libkgstore.so.0 PYTHONPATH=$work/python
else
    python=
fi

case $what in
readme)
    ln -s "$source/cli" "$source/plugins" "$source/import" "$source/tests" "$work/"
    cd "$work" || exit 2
    # A command goes on in the next line behind a backslash, and within quotes.
    run_lines README.md < <(awk '
        /^## / { inside = /A tour|If you know/ }
        inside && (/^    [a-z]/ || whole != "") {
            sub(/^ +/, "")
            whole = whole $0
            quotes = whole
            if (sub(/\\$/, "", whole) == 0) {
                if (gsub(/\047/, "", quotes) % 2 == 0) { print whole; whole = "" } else { whole = whole " " }
            }
        }' "$source/README.md")
    least=20
    ;;
manual)
    "$(dirname "$0")/user_folder.sh" "$source" "$work/user" >"$work/out" 2>&1 || {
        tail -n 20 "$work/out" >&2
        exit 1
    }
    for page in "$source"/cli/man/*.[157]; do
        rm -rf "$work/page" && cp -a "$work/user" "$work/page" && cd "$work/page" || exit 2
        before=$count
        run_lines "$(basename "$page")" < <(page_examples "$page")
        [[ $count -gt $before ]] || {
            echo "$(basename "$page") shows no example" >&2
            failures=$((failures + 1))
        }
    done
    least=60
    ;;
esac
echo "$count commands ran, $failures failed"
[[ $failures -eq 0 && $count -ge $least ]]
