#!/usr/bin/env bash
# A plugin built outside the tree, against what is installed, runs. usage: outside.sh BUILD_DIR CC
set -u
build=$1 cc=$2
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
kg=$work/prefix/bin/kg
header=$(find "$work/prefix" -name kg_plugin.h) source=$(find "$work/prefix" -name template.c)
[[ -x $kg && -n $header && -n $source ]] || { echo "kg, kg_plugin.h or template.c is not installed"; exit 1; }
include=${header%/kg/kg_plugin.h}

# As its comment says: copied, renamed, its mathematics replaced (here: another line to fit).
sed -e 's/"template"/"mine"/' -e 's/3 \* f->x/-2 * f->x/' "$source" >"$work/mine.c"
"$cc" -std=c17 -Wall -Wextra -Werror -O2 -fPIC -shared -fvisibility=hidden -DKG_INSTALLED \
    -I"$include" "$work/mine.c" -o "$work/mine.so" || exit 1

cd "$work" || exit 1
unset KG_PLUGIN_PATH
"$kg" train mine --plugin ./mine.so --set run.steps=500 --out by_file >out 2>log || { cat log; exit 1; }
KG_PLUGIN_PATH=$work "$kg" train mine --set run.steps=500 --out by_path >out2 2>log || { cat log; exit 1; }
grep -qE '^a	-(1\.9|2\.0)' out || { echo "the line was not found:"; cat out; exit 1; }
cmp by_file/last/line.txt by_path/last/line.txt || exit 1
KG_PLUGIN_PATH=$work "$kg" plugins | grep -q "^mine	trainer	1.0	1.0.0	$work/mine.so	" ||
    { echo "kg plugins does not list it"; exit 1; }
"$kg" plugins | grep -q '^template' && { echo "the template is installed as a plugin"; exit 1; }
echo "built apart, found, trained"
