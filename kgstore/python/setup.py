"""Builds the package: writes kgstore/_abi.py, what cffi knows of libkgstore, from its headers.

The headers are those of $KGSTORE_INCLUDE, or of the installation that pkg-config finds.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import cffi
from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))
from headers import declarations, version  # noqa: E402


def pkg_config(variable: str) -> str:
    command = [*shlex.split(os.environ.get("PKG_CONFIG", "pkg-config")), f"--variable={variable}", "kgstore"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit("pkg-config is not installed; it finds libkgstore's headers") from None
    if done.returncode != 0:
        raise SystemExit(
            f"pkg-config does not find libkgstore: {done.stderr.strip()}\n"
            "Install kg first, and if it is not under /usr, set PKG_CONFIG_PATH to its lib/pkgconfig"
        )
    return done.stdout.strip()


def include() -> Path:
    return Path(os.environ.get("KGSTORE_INCLUDE") or pkg_config("includedir"))


def write_abi(to: Path) -> None:
    given = os.environ.get("KGSTORE_INCLUDE")
    library = None if given else str(Path(pkg_config("libdir")) / "libkgstore.so.0")
    builder = cffi.FFI()
    builder.set_source("kgstore._abi", None)
    builder.cdef(declarations(include()))
    builder.cdef("void free(void *);")
    builder.emit_python_code(str(to / "_abi.py"))
    (to / "_built.py").write_text(
        '"""Where the library was when the package was built (None: nowhere yet), and its version."""\n\n'
        "from typing import Optional\n\n"
        f"LIBRARY: Optional[str] = {library!r}\n"
        f'VERSION = "{version(include())}"\n',
        encoding="utf-8",
    )


class Build(build_py):
    def run(self) -> None:
        super().run()
        write_abi(Path(self.build_lib) / "kgstore")


setup(version=version(include()), cmdclass={"build_py": Build})
