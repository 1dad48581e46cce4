"""The store of the samples, and the program to compare with."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["KG_SOURCE"])
WORK = Path(os.environ["KG_WORK"])
KG = os.environ["KG"]
SAMPLES = SOURCE / "cli/samples"


def kg(*arguments, lines=""):
    """Run the program on lines of standard input; its standard output."""
    return subprocess.run([KG, *map(str, arguments)], input=lines, check=True, capture_output=True, text=True).stdout


def answer(store, verb, *names):
    """What `kg query --json` gives."""
    return json.loads(kg("query", store, verb, *names, "--json"))


def sample_store():
    """A ranked store of the samples, made once."""
    path = WORK / "sample"
    if not path.exists():
        columns = "head,head_type,relation,tail,tail_type"
        kg("import", path, "--columns", columns, "--aliases", SAMPLES / "aliases.tsv", SAMPLES / "triples.tsv")
        kg("rank", path, "--personalized")
    return path


def copy_of_sample():
    """A store of the samples to be written to."""
    path = Path(tempfile.mkdtemp(dir=WORK)) / "copy"
    shutil.copytree(sample_store(), path)
    return path
