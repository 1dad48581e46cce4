"""What of libkgstore's headers cffi is to know: their declarations, without what is C alone.

The package holds no declarations of its own. setup.py asks here for those of the headers that are
installed, so that the package and the library which it is installed beside cannot drift apart.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOTS = ("kgstore/kgstore.h", "kgstore/cypher.h")


def headers(include: Path) -> list[Path]:
    """The public headers and what they include of ours, each after what it includes."""
    found: list[Path] = []

    def visit(name: str) -> None:
        path = include / name
        if path in found:
            return
        for inner in re.findall(r'^#include "(.*)"', path.read_text(encoding="utf-8"), re.M):
            visit(inner)
        if path not in found:
            found.append(path)

    for root in ROOTS:
        visit(root)
    return found


def version(include: Path) -> str:
    """The version that the headers are of, which is the package's too."""
    found = re.search(r'^#define KG_VERSION "(.*)"', (include / ROOTS[0]).read_text(encoding="utf-8"), re.M)
    if not found:
        raise SystemExit(f"{include / ROOTS[0]} tells no KG_VERSION; it is of another version than this package")
    return found[1]


def statements(text: str) -> list[str]:
    """The text cut after each ';' or function body at its top level."""
    parts: list[str] = []
    depth = start = 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        is_body = letter == "}" and depth == 0 and text[start:at].lstrip().startswith("static inline")
        if (letter == ";" and depth == 0) or is_body:
            parts.append(" ".join(text[start : at + 1].split()))
            start = at + 1
    return parts


def declarations(include: Path) -> str:
    """The types, constants and exported functions of the headers, for cffi."""
    kept = []
    for path in headers(include):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"\\\n", " ", text)
        text = re.sub(r"^#ifdef __cplusplus\n.*?^#endif", "", text, flags=re.S | re.M)
        text = re.sub(r"^#[^\n]*", "", text, flags=re.M)
        text = re.sub(r"\bKG_ARRAY\((\w+)\)", r"struct { \1 *data; size_t len, cap; }", text)
        for part in statements(text):
            exported = re.search(r"\bKG_API\b", part)
            if exported or re.match(r"(typedef|struct|enum)\b", part):
                kept.append(re.sub(r"\bKG_API\b ?", "", part))
    return "\n".join(kept) + "\n"
