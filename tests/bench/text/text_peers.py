#!/usr/bin/env python3
"""The peers of bench_text, on one thread: prints characters a second of processor time, best of 2.

usage: text_peers.py link|encode_batch|encode_batch_fast CORPUS VOCABULARY NAMES

The tokenizer is given thousands of lines a call, so that what is timed is its own work.
"""
import gzip
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"


def best_rate(work, characters):
    rates = []
    for _ in range(2):
        start = time.process_time()
        work()
        rates.append(characters / (time.process_time() - start))
    return max(rates)


def linker(names_path):
    from daachorse import CharwiseDoubleArrayAhoCorasick, MATCH_KIND_LEFTMOST_LONGEST

    with open(names_path, encoding="utf-8") as file:
        names = {line.rstrip("\n").lower() for line in file}
    names = sorted(name for name in names if len(name) > 1)
    automaton = CharwiseDoubleArrayAhoCorasick(names, MATCH_KIND_LEFTMOST_LONGEST)
    return automaton.find


def tokenizer(vocabulary, call):
    from tokenizers import BertWordPieceTokenizer

    made = BertWordPieceTokenizer(vocabulary, lowercase=True)._tokenizer
    encode = getattr(made, call)
    return lambda lines: encode(lines, add_special_tokens=False)


def main():
    what, corpus, vocabulary, names = sys.argv[1:5]
    with gzip.open(corpus, "rt", encoding="utf-8", newline="\n") as file:
        lines = [line.rstrip("\n") for line in file]
    characters = sum(map(len, lines))
    try:
        if what == "link":
            find = linker(names)
            lines = [line.lower() for line in lines]
            rate = best_rate(lambda: [find(line) for line in lines], characters)
        else:
            encode = tokenizer(vocabulary, what)
            part = lines[::8]
            rate = best_rate(lambda: encode(part), sum(map(len, part)))
    except (ImportError, AttributeError):
        return
    print(rate)


main()
