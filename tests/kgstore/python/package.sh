#!/usr/bin/env bash
# The package, built from the source tree's headers, against the library of the build tree.
# usage: package.sh SOURCE_DIR BUILD_DIR PYTHON VERSION
set -eu
source=$1 build=$2 python=$3 version=$4
"$python" -c 'import setuptools, cffi, numpy' 2>/dev/null || {
    echo "python3-cffi, python3-numpy or python3-setuptools is not installed: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
cp -r "$source/kgstore/python/." "$work/source"
cd "$work/source"
KGSTORE_INCLUDE=$source "$python" -W ignore setup.py --quiet build_py --build-lib "$work/lib" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
export KG=$build/cli/kg KG_SOURCE=$source KG_VERSION=$version KG_WORK=$work
export KGSTORE_LIBRARY=$build/kgstore/libkgstore.so.0 PYTHONPATH=$work/lib PYTHONDONTWRITEBYTECODE=1
cd "$source/tests/kgstore/python"
"$python" -W error::ResourceWarning -m unittest "${@:5}"
