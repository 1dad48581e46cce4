#!/usr/bin/env bash
# A training that ends by writing into the store is refused at its start where the store cannot be
# written to, and leaves nothing behind. usage: read_only_store.sh KG
set -u
kg=$1
work=$(mktemp -d) && trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
chmod 777 "$work" && cd "$work" || exit 1
printf 'a\tr\tb\nb\tr\tc\nc\tr\ta\n' >triples
"$kg" import store --columns head,relation,tail triples >/dev/null 2>&1 || exit 1
as=()
if [[ $(id -u) -eq 0 ]]; then
    as=(setpriv --reuid 65534 --clear-groups --)
    "${as[@]}" "$kg" plugins 2>&1 | grep -q transr || { echo "another user cannot run $kg: skipped"; exit 77; }
fi
chmod -R a-w store
"${as[@]}" "$kg" embed --store store --out run --set run.steps=2 >/dev/null 2>message
status=$?
[[ $status -eq 3 ]] && grep -q 'cannot write to store: Permission denied' message && [[ ! -e run ]] ||
    { echo "status $status, said:"; cat message; ls run 2>&1; exit 1; }
echo "refused before it began"
