#!/usr/bin/env bash
# A user who may not write to a store, not even to its table of readers, exports it again and again while its owner adds
# and ranks: every export is a whole state of the store. usage: two_users.sh KG [EXPORTS]
set -u
kg=$1 exports=${2:-12}
[[ $(id -u) -eq 0 ]] || { echo "another user is needed, and only root can be one: skipped"; exit 77; }
work=$(mktemp -d) && trap 'touch "$work/done"; wait; rm -rf "$work"' EXIT
chmod 755 "$work" && mkdir -m 777 "$work/out"
other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
"${other[@]}" "$kg" --version >/dev/null 2>&1 || { echo "another user cannot run the program: skipped"; exit 77; }

lines=20000
awk -v n=$lines 'BEGIN { for (i = 0; i < n; i++) printf "head %d\tr%d\ttail %d\n", i % 997, i % 7, i }' >"$work/graph.tsv"
"$kg" import "$work/store" "$work/graph.tsv" --columns head,relation,tail >/dev/null 2>&1 || exit 2
"$kg" stats "$work/store" >/dev/null || exit 2 # lock.mdb is there, and the owner's

write() {
    local i
    for ((i = 0; ; i++)); do
        [[ -e $work/done ]] && break
        "$kg" add "$work/store" "new $i" likes "tail $i" >/dev/null || echo "add $i"
        [[ $((i % 10)) -eq 5 ]] && { "$kg" rank "$work/store" >/dev/null 2>&1 || echo "rank $i"; }
    done
    echo "$i" >"$work/added"
}
write >"$work/failed" 2>&1 &
writer=$!

whole=0
for ((i = 0; i < exports; i++)); do
    "${other[@]}" "$kg" export "$work/store" "$work/out/$i" >/dev/null 2>"$work/message" ||
        { echo "export $i: status $?: $(head -c 300 "$work/message")"; continue; }
    # What was there at first is there, and of the new ones a beginning without gaps.
    tail -n +2 "$work/out/$i/triples.tsv" | cut -f1,2,3 | sort -u >"$work/export"
    old=$(sort -u "$work/graph.tsv" | comm -12 - "$work/export" | wc -l)
    new=$(wc -l <"$work/export")
    new=$((new - old))
    last=$(sed -n 's/^new \([0-9]*\)\t.*/\1/p' "$work/export" | sort -n | tail -1)
    if [[ $old -eq $lines && $new -eq $((${last:--1} + 1)) ]]; then whole=$((whole + 1)); else echo "export $i: $old old, $new new, the last $last"; fi
    rm -r "$work/out/$i"
done
touch "$work/done"
wait $writer
"$kg" check "$work/store" 2>/dev/null || { echo "the store is damaged"; exit 1; }
echo "$whole of $exports exports whole beside $(cat "$work/added") writes; failed writes: $(wc -l <"$work/failed")"
cat "$work/failed"
[[ $whole -eq $exports && ! -s $work/failed && $(cat "$work/added") -gt 0 ]]
