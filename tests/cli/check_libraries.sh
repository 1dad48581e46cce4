#!/usr/bin/env bash
# check_libraries.sh KG SOURCE: the program starts without the heavy libraries that only modules use.
set -u
if ldd "$1" | grep -E 'igraph|kgmodel|blas|dnnl|libmpi|libgomp|lapack|microhttpd'; then
    echo "$1 links a library that belongs in a module"
    exit 1
fi
