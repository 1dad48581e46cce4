#!/usr/bin/env bash
# check_version.sh KG SOURCE: kg tells the version of the public header, and the commit where there is one; other places
# that must name the version name the same.
set -eu
kg=$1 source=$2
version=$(sed -n 's/^#define KG_VERSION "\(.*\)"/\1/p' "$source/kgstore/kgstore.h")
[[ $("$kg" --version) =~ ^"kg $version"(\ \([0-9a-f]{12}(-dirty)?\))?$ ]]
grep -q "\"version\": \"$version\"" "$source/schemas/openapi.json"
grep -q "^## $version" "$source/CHANGELOG.md"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
told() {
    sh "$source/cli/commit.sh" "$work" "$work/commit.h"
    diff - "$work/commit.h" <<<"#define KG_COMMIT \"$1\""
}
told ''
cd "$work"
git init -q .
told ''
git -c user.name=kg -c user.email=kg@example.org commit -q --allow-empty -m one
told " ($(git rev-parse --short=12 HEAD))"
touch -d '2001-01-01' commit.h
told " ($(git rev-parse --short=12 HEAD))"
[[ commit.h -ot .git/HEAD ]] # not written again
git add commit.h
told " ($(git rev-parse --short=12 HEAD)-dirty)"
mkdir inner
work=$work/inner
told ''
