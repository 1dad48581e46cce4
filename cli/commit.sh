#!/bin/sh
# Writes a header with the commit that the sources are of: KG_COMMIT is " (0123456789ab)", "-dirty" in it where they
# were changed since, and "" where git does not keep them. A file that says so already is left as it is.
# usage: commit.sh SOURCE_DIR HEADER
commit=
if [ -e "$1/.git" ]; then # not the repository of someone who unpacked the sources in theirs
    commit=$(git -C "$1" describe --always --exclude '*' --abbrev=12 --dirty 2>/dev/null)
fi
line="#define KG_COMMIT \"${commit:+ ($commit)}\""
[ "$(cat "$2" 2>/dev/null)" = "$line" ] || echo "$line" >"$2"
