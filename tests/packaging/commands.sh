#!/usr/bin/env bash
# Every command line of README's tour runs as written, in order, in a folder that sees the samples.
# usage: readme.sh SOURCE_DIR BUILD_DIR
set -u
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$build/cli/kg" "$work/bin/kg"
ln -s "$source/cli" "$source/plugins" "$work/"
cd "$work" || exit 2
export PATH=$work/bin:$PATH KG_PLUGIN_PATH=$build/lib/kg/plugins:$build/lib/kg
count=0
while IFS= read -r command; do
    if ! bash -c "$command" >out 2>&1; then
        echo "README's command failed: $command" >&2
        tail -n 20 out >&2
        exit 1
    fi
    count=$((count + 1))
done < <(grep -E '^    kg [a-z]' "$source/README.md" | sed 's/^    //')
echo "$count commands of README ran"
[[ $count -ge 10 ]]
