#!/usr/bin/env bash
# An installation serves: the program runs from its prefix, and README's C program compiles against the
# installed library with pkg-config and prints neighbours; another ranks, by the module that the library finds.
# usage: install.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >/dev/null
libdir=$(find "$work/prefix" -name 'libkgstore.so' -printf '%h\n' | head -n 1)
kg=$work/prefix/bin/kg
"$kg" import "$work/store" --columns head,head_type,relation,tail,tail_type \
    "$source/cli/samples/triples.tsv" >/dev/null
"$kg" rank "$work/store" >/dev/null
sed -n '/^```c$/,/^```$/p' "$source/README.md" | sed '1d;$d' >"$work/best.c"
export PKG_CONFIG_PATH=$libdir/pkgconfig
flags=$(pkg-config --cflags --libs kgstore)
# shellcheck disable=SC2086
cc -Wall -Wextra -Werror "$work/best.c" -o "$work/best" $flags
LD_LIBRARY_PATH=$libdir "$work/best" "$work/store" 糖尿病 >"$work/out"
[[ $(wc -l <"$work/out") -eq 5 ]]
"$kg" query "$work/store" top 糖尿病 -k 5 --mode tsv | cut -f1 | diff - "$work/out"
echo "the installed library answers as the program does"

cat >"$work/rank.c" <<'END'
#include <kgstore/kgstore.h>
#include <stdio.h>
int main(int argc, char **argv) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    const kg_rank_options options = {.damping = 0.85};
    if (argc != 2 || kg_store_open(&store, argv[1], &err) != KG_OK ||
        kg_store_rank(store, &options, &err) != KG_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    kg_store_close(store);
}
END
"$kg" import "$work/again" --columns head,head_type,relation,tail,tail_type \
    "$source/cli/samples/triples.tsv" >/dev/null
# shellcheck disable=SC2086
cc -Wall -Wextra -Werror "$work/rank.c" -o "$work/rank" $flags
LD_LIBRARY_PATH=$libdir "$work/rank" "$work/again"
"$kg" query "$work/again" top 糖尿病 -k 5 --mode tsv | cut -f1 | diff - "$work/out"
echo "the installed library ranks"

# The server finds the module that speaks HTTP, and its unit the program.
"$kg" serve "$work/store" --port 0 --log none >"$work/address" &
server=$!
until [[ -s $work/address ]]; do sleep 0.05; done
curl -s "$(cat "$work/address")health" | grep -q '"ok"'
kill $server
wait $server
grep -q "^ExecStart=$kg serve " "$work/prefix/lib/systemd/system/kg-serve@.service"
echo "the installed server answers"

# The plugins share the model that was installed beside them, wherever that is.
for plugin in smedbert transr; do
    found=$(ldd "$libdir/kg/plugins/$plugin.so" | sed -n 's/.*libkgmodel\.so => \([^ ]*\).*/\1/p')
    [[ $found == "$libdir/kg/plugins/.."/* && -e $found ]] || {
        echo "$plugin.so does not find the installed libkgmodel.so" >&2
        ldd "$libdir/kg/plugins/$plugin.so" >&2
        exit 1
    }
done
