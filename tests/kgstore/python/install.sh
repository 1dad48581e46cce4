#!/usr/bin/env bash
# A user's way: kg installed in a folder, then the package beside it, from its sdist and from a wheel, each in a
# virtual environment of its own that has what Debian's packages give it and no network; what README shows runs.
# usage: install.sh SOURCE_DIR BUILD_DIR PYTHON VERSION
set -eu
source=$1 build=$2 python=$3 version=$4
"$python" -c 'import setuptools, wheel, pip, venv, cffi, numpy' 2>/dev/null || {
    echo "python3-cffi, python3-numpy, python3-pip, python3-setuptools or python3-wheel is not installed: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >/dev/null
libdir=$(find "$work/prefix" -name 'libkgstore.so' -printf '%h\n' | head -n 1)
kg=$work/prefix/bin/kg samples=$source/cli/samples
"$kg" import "$work/medical" "$samples/triples.tsv" --columns head,head_type,relation,tail,tail_type \
    --aliases "$samples/aliases.tsv" >/dev/null
"$kg" rank "$work/medical" >/dev/null
mkdir "$work/package"
cp -r "$source/kgstore/python/." "$work/package"
unset KGSTORE_LIBRARY KGSTORE_INCLUDE PYTHONPATH
export PKG_CONFIG_PATH=$libdir/pkgconfig PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# in_environment NAME: a virtual environment with Debian's modules, nothing else.
in_environment() {
    "$python" -m venv --system-site-packages --without-pip "$work/$1"
}

cd "$work/package"
"$python" -W ignore setup.py --quiet sdist --dist-dir "$work/dist" 2>/dev/null >&2
tar -tzf "$work/dist/kgstore-$version.tar.gz" | grep -q /headers.py
in_environment sdist
"$work/sdist/bin/python" -m pip install -q --no-build-isolation "$work/dist/kgstore-$version.tar.gz"
"$work/sdist/bin/python" -m pip wheel -q --no-build-isolation --no-deps -w "$work/dist" "$work/package"
in_environment wheel
"$work/wheel/bin/python" -m pip install -q "$work/dist/kgstore-$version-py3-none-any.whl"

# README's program, and its answers beside the program's.
awk '/^```python$/ {on = 1; next} /^```$/ {on = 0} on' "$source/kgstore/python/README.md" >"$work/readme.py"
"$kg" query "$work/medical" top 糖尿病 -k 5 --mode tsv | cut -f1 >"$work/expected"
for environment in sdist wheel; do
    cd "$work"
    "$work/$environment/bin/python" "$work/readme.py" >"$work/out"
    head -n 5 "$work/out" | cut -f2 | diff - "$work/expected"
    "$work/$environment/bin/python" -c "import kgstore; assert kgstore.__file__.startswith('$work/$environment'), kgstore.__file__"
    echo "the package answers, installed from its $environment"
done

if "$python" -c 'import torch' 2>/dev/null; then
    "$work/wheel/bin/python" "$source/kgstore/python/examples/train_types.py" "$work/medical" --epochs 3
else
    # It says what it needs.
    ! "$work/wheel/bin/python" "$source/kgstore/python/examples/train_types.py" "$work/medical" 2>"$work/out"
    grep -q 'needs PyTorch' "$work/out"
    echo "PyTorch is not installed: the example was not run"
fi
