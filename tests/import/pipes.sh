#!/usr/bin/env bash
# A graph with properties, labels in languages and aliases, exported in each format that import reads from files: what
# comes by standard input, by <(...) and by a FIFO, tables beside it likewise, gives the store that the files give.
# usage: pipes.sh KG [TRIPLES]
set -u
kg=$1 n=${2:-20000}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failures=0
seq 0 $((n - 1)) | awk 'BEGIN {print "head\trelation\ttail\tweight:float"}
    {print "entity " $1 % 2000 "\tr" $1 % 7 "\tentity " $1 * 7919 % 1997 "\t" $1 % 100 / 8}' >edges.tsv
seq 0 1999 | awk 'BEGIN {print "id\tlabel\ttypes\tlabel^^\taliases^^\tnote\trank:int"}
    {printf "entity %d\tname %d\tT%d\t", $1, $1, $1 % 5
    printf $1 % 9 ? "\t\t" : "(\"name %d\"@en \"Name %d\"@de)\t(\"one, \\\"two\\\"\" \"drei\"@de)\t", $1, $1
    print "a note; of " $1 "\t" $1}' >nodes.tsv
"$kg" import store edges.tsv --nodes nodes.tsv >/dev/null || exit 2
mkfifo fifo

sum_of() { "$kg" export "$1" - --format nquads | md5sum; }
check() { # how, store
    [ "$(sum_of "$2" 2>&1)" = "$wanted" ] || { echo "$format $1: another graph than the files'"; failures=$((failures + 1)); }
    rm -rf "$2"
}
for format in ntriples nquads turtle tsv csv neo4j; do
    "$kg" export store out --format $format >/dev/null || exit 2
    case $format in
    tsv | csv) main=out/triples.$format beside=(--nodes out/nodes.$format --aliases out/aliases.$format) ;;
    neo4j) main=out/relationships.csv beside=() ;;
    *) main=out beside=() ;;
    esac
    first=()
    [ $format = neo4j ] && first=(out/nodes.csv)
    "$kg" import file "${first[@]}" $main "${beside[@]}" >/dev/null || exit 2
    wanted=$(sum_of file)
    rm -rf file
    "$kg" import dash "${first[@]}" - "${beside[@]}" <$main >/dev/null && check "by <" dash
    cat $main | "$kg" import dash "${first[@]}" - "${beside[@]}" >/dev/null && check "by |" dash
    cat $main >fifo &
    "$kg" import fifo.store "${first[@]}" fifo "${beside[@]}" >/dev/null && check "by a FIFO" fifo.store
    wait
    case $format in
    tsv | csv) "$kg" import process <(cat $main) --nodes <(cat out/nodes.$format) --aliases <(cat out/aliases.$format) >/dev/null ;;
    neo4j) "$kg" import process <(cat out/nodes.csv) <(cat $main) >/dev/null ;;
    *) "$kg" import process <(cat $main) >/dev/null ;;
    esac && check "by <()" process
    echo "$format: $(wc -c <$main) bytes, four ways"
    rm -rf out
done
exit $((failures > 0))
