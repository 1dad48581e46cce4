# The Debian 12 packages that the program and its tests need; sourced by cli/quickstart and tests/run-all.

BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config liblmdb-dev libigraph-dev libopenblas-openmp-dev
    libdnnl-dev libjansson-dev libutf8proc-dev libserd-dev zlib1g-dev libbz2-dev liblzma-dev libzstd-dev libzip-dev
    libreadline-dev libmicrohttpd-dev)
TEST_PACKAGES=(libcmocka-dev g++ clang libclang-rt-14-dev clang-format-14 clang-tidy-14 libomp-14-dev libopenmpi-dev openmpi-bin man-db groff-base
    python3 python3-cffi python3-numpy python3-pip python3-setuptools python3-wheel curl doxygen dpkg-dev file git lintian bzip2 xz-utils zstd)

# install_packages PACKAGE...: what is missing of them; as root, or through sudo, or by telling which.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
            missing+=("$package")
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0
    local command=(apt-get)
    if [[ $(id -u) -ne 0 ]]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            command=(sudo apt-get)
        else
            echo "These Debian packages are missing, and installing them needs root:" >&2
            echo "    apt-get install ${missing[*]}" >&2
            return 1
        fi
    fi
    echo "== installing ${#missing[@]} packages and what they need (a minute or so): ${missing[*]}"
    "${command[@]}" update -qq &&
        DEBIAN_FRONTEND=noninteractive "${command[@]}" install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null
}
