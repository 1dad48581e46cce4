#!/usr/bin/env bash
# Which room may include what, the one file that may include each foreign header, and who may include that file.
# usage: includes.sh SOURCE_DIR
set -u
cd "$1" || exit 2
failures=0

fail() {
    echo "$1" >&2
    failures=$((failures + 1))
}

# room ROOM ALLOWED-PREFIX...: every include "x/y.h" in ROOM begins with one of the prefixes.
room() {
    local folder=$1 allowed=$2 file line included
    while IFS=: read -r file line included; do
        included=${included#*\"}
        included=${included%%\"*}
        [[ $included =~ ^($allowed) ]] ||
            fail "$file:$line: includes \"$included\"; $folder may include only $allowed"
    done < <(grep -rnE '^#include "' --include='*.[ch]' "$folder" 2>/dev/null)
}

room kgstore/base 'kgstore/base/'
room kgstore/store 'kgstore/(kgstore\.h|base/|store/)'
room kgstore/graph 'kgstore/(kgstore\.h|base/|store/|graph/)'
room kgstore/link 'kgstore/(kgstore\.h|base/|store/|link/)'
room kgstore/search 'kgstore/(kgstore\.h|base/|store/|search/)'
room kgstore/query 'kgstore/(kgstore\.h|base/|store/|graph/|link/|search/|query/)'
room kgstore/cypher 'kgstore/(kgstore\.h|cypher\.h|base/|store/idmap\.h|cypher/)'
room import 'kgstore/(kgstore\.h|base/)|import/'
room model 'kgstore/base/|model/'
room plugins/abi 'plugins/abi/'
room plugins/common 'kgstore/base/|plugins/(abi|common)/'
room plugins/host 'kgstore/(kgstore\.h|base/)|plugins/(abi|common|host)/'
room plugins/transr 'kgstore/base/|model/|plugins/(abi|common|transr)/'
room plugins/smedbert 'kgstore/base/|model/|plugins/(abi|common|smedbert)/'
smedbert='kgstore/base/|model/|plugins/(abi|common)/'
room plugins/smedbert/reading "$smedbert|plugins/smedbert/reading/"
for upper in pretrain tune use; do
    room plugins/smedbert/$upper "$smedbert|plugins/smedbert/(reading|$upper)/"
done
for task in ner texts; do
    room plugins/smedbert/tasks/$task "$smedbert|plugins/smedbert/(reading|tune|tasks/$task)/"
done
room plugins/smedbert/export "$smedbert|plugins/smedbert/(reading|tune|tasks|export)/"
room plugins/template 'plugins/(abi|template)/'
room cli 'kgstore/(kgstore\.h|cypher\.h|base/)|model/tokenizer/|import/|plugins/(abi|host)/|cli/'

# foreign PATTERN ROOM: exactly one source file of the program includes the header, in that room.
foreign() {
    local files
    files=$(grep -rlE "^#include <($1)>" --include='*.[ch]' kgstore model plugins import cli)
    [[ $(wc -w <<<"$files") -le 1 ]] || fail "<$1> is included by more than one file:" $files
    local file
    for file in $files; do
        [[ $file == $2/* ]] || fail "$file: <$1> belongs in $2/"
    done
}

foreign 'lmdb\.h' kgstore/store
foreign 'igraph.*\.h' kgstore/graph
foreign 'zlib\.h' kgstore/base
foreign 'bzlib\.h' kgstore/base
foreign 'lzma\.h' kgstore/base
foreign 'zstd\.h' kgstore/base
foreign 'utf8proc\.h' kgstore/base
foreign 'cblas\.h' model
foreign 'zip\.h' model
foreign '(oneapi/)?dnnl/?.*\.h' model
foreign 'mpi\.h' plugins/host
foreign 'dlfcn\.h' kgstore/base
foreign 'serd/.*|serd\.h' import
foreign 'microhttpd\.h' cli/serve

# inner HEADER SOURCE...: only these sources include the header that stands between them and a foreign one.
inner() {
    local header=$1 file
    shift
    for file in $(grep -rlF "#include \"$header\"" --include='*.[ch]' kgstore model plugins import cli tests); do
        [[ " $* " == *" $file "* ]] || fail "$file: includes \"$header\"; only $* may"
    done
}

inner kgstore/store/mdb.h kgstore/store/env.c kgstore/store/txn.c

files=$(grep -rlE '^#include <readline/' --include='*.[ch]' kgstore model plugins import cli)
[[ $(wc -w <<<"$files") -le 1 ]] || fail "readline is included by more than one file: $files"

[[ $failures -eq 0 ]] && echo "every include is allowed"
exit $((failures > 0))
