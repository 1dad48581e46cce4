#!/usr/bin/env python3
"""Draws README's picture of the shell from what the program really prints.

usage: draw.py KG RESULTS      RESULTS as cli/quickstart leaves them; writes shell.svg beside this file
"""
import html
import pathlib
import re
import subprocess
import sys
import unicodedata

QUESTIONS = ["top 糖尿病 -k 5", "path 糖尿病 阿司匹林", "similar 糖尿病 -k 4", "MATCH (d:disease)-[:has_symptom]->({name: '胸痛'}) RETURN d LIMIT 4;"]
WIDE, HIGH = 8.4, 19  # a column and a line of 14 px monospaced text


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def line_of_text(line, y):
    """Each cell stands at its own column, whatever the reader's font makes of wide characters."""
    for cell in re.finditer(r"\S+(?: \S+)*", line):
        x = 16 + WIDE * columns(line[: cell.start()])
        style = ' class="p"' if line.startswith("kg> ") else ""
        yield f'<text x="{x:.1f}" y="{y}"{style}>{html.escape(cell.group())}</text>'


def draw_shell(program, store):
    lines = []
    for question in QUESTIONS:
        answer = subprocess.run([program, "shell", store, "--mode", "table", "-c", question], check=True,
                                capture_output=True, text=True).stdout.rstrip().split("\n")
        lines += [f"kg> {question}", *answer, ""]
    width, height = 32 + WIDE * max(map(columns, lines)), 20 + HIGH * len(lines)
    body = [text for i, line in enumerate(lines) for text in line_of_text(line, 26 + HIGH * i)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">\n'
            "<style>text{font:14px monospace;fill:#ddd;white-space:pre}.p{fill:#8fd18f}</style>\n"
            f'<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>\n' + "\n".join(body) + "\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, results = sys.argv[1], pathlib.Path(sys.argv[2])
    here = pathlib.Path(__file__).parent
    (here / "shell.svg").write_text(draw_shell(program, results / "store"))


main()
