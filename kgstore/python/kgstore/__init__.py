"""A knowledge graph of kg's, read and changed from Python.

    import kgstore

    with kgstore.open("medical") as kg:
        for neighbor in kg.top("糖尿病", k=5):
            print(neighbor.relation, neighbor.name, neighbor.weight)
        best = kg.top_many(kg.entities_of("疾病"), k=7)      # numpy arrays
        rows = kg.cypher("MATCH (d:疾病)-->(s:症状) RETURN s.name, count(*) ORDER BY count(*) DESC LIMIT 3")

kg-python(7) and README.md tell more.
"""

from . import errors
from ._answers import NEIGHBOR, Edges, Found, Label, Mention, Neighbor, Similar, TopMany
from ._cypher import Limits, Node, Path, Relationship, Row, Rows, Transaction
from ._native import VERSION as __version__
from ._reader import verbs
from ._table import Table
from .errors import (
    BadArgument,
    Busy,
    Cancelled,
    Damaged,
    Exists,
    KgError,
    LimitPassed,
    Malformed,
    Misuse,
    NoRoom,
    NotFinite,
    NotFound,
    OutOfMemory,
    PluginFault,
    QueryError,
    Stale,
    SystemFailed,
    Unsupported,
    WrongVersion,
)
from .store import Snapshot, Store, open

__all__ = [
    "BadArgument", "Busy", "Cancelled", "Damaged", "Edges", "Exists", "Found", "KgError", "Label", "LimitPassed",
    "Limits", "Malformed", "Mention", "Misuse", "NEIGHBOR", "Neighbor", "NoRoom", "Node", "NotFinite", "NotFound",
    "OutOfMemory", "Path", "PluginFault", "QueryError", "Relationship", "Row", "Rows", "Similar", "Snapshot", "Stale",
    "Store", "SystemFailed", "Table", "TopMany", "Transaction", "Unsupported", "WrongVersion", "__version__",
    "errors", "open", "verbs",
]  # fmt: skip
