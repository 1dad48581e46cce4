"""What goes wrong, as exceptions with the library's words.

Every status of the library but KG_OK has its class, so that `except kgstore.NotFound` reads as it
should; `except kgstore.KgError` takes them all.
"""

from __future__ import annotations

from typing import Optional


class KgError(Exception):
    """Something that libkgstore could not do; str() is its sentence.

    status: the number of the status, as in kgstore/base/status.h.
    file, line: what is at fault, where it is a place in a file; else "" and 0.
    """

    status: int = 0
    #: The library's name of the status.
    name: str = ""

    def __init__(self, message: str, status: int = 0, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.file = file
        self.line = line


class OutOfMemory(KgError, MemoryError):
    """An allocation failed."""

    name = "KG_ERR_MEMORY"


class BadArgument(KgError, ValueError):
    """An argument makes no sense."""

    name = "KG_ERR_ARGUMENT"


class Misuse(BadArgument):
    """A handle was used after it was closed, or by two threads at once."""


class NotFound(KgError, LookupError):
    """The thing named does not exist."""

    name = "KG_ERR_NOT_FOUND"


class Exists(KgError):
    """The thing to be made exists already."""

    name = "KG_ERR_EXISTS"


class SystemFailed(KgError):
    """The system refused to read or write."""

    name = "KG_ERR_IO"


class NoRoom(KgError):
    """The disk, the map or the table of readers is full."""

    name = "KG_ERR_FULL"


class Malformed(KgError, ValueError):
    """Input is not what its format says."""

    name = "KG_ERR_FORMAT"


class QueryError(Malformed):
    """A query in Cypher is wrong.

    kind, detail: in openCypher's words ("SyntaxError", "UndefinedVariable"); None: not known.
    line, column: where in the query, from 1; 0: not known.
    """

    def __init__(
        self,
        message: str,
        status: int,
        kind: Optional[str] = None,
        detail: Optional[str] = None,
        line: int = 0,
        column: int = 0,
    ) -> None:
        super().__init__(message, status, line=line)
        self.kind = kind
        self.detail = detail
        self.column = column


class Damaged(KgError):
    """The store is damaged: see kg-recovery(7)."""

    name = "KG_ERR_CORRUPT"


class WrongVersion(KgError):
    """The store is of a version that this library does not read."""

    name = "KG_ERR_VERSION"


class Busy(KgError):
    """Another process holds the store."""

    name = "KG_ERR_BUSY"


class Stale(KgError):
    """The store was opened before a fork, or by a process whose disk failed: open it again."""

    name = "KG_ERR_STALE"


class LimitPassed(KgError):
    """A limit was passed: of time, rows or memory of a query, or of a transaction."""

    name = "KG_ERR_LIMIT"


class NotFinite(KgError, ArithmeticError):
    """A computation gave NaN or infinity."""

    name = "KG_ERR_NUMERIC"


class Cancelled(KgError):
    """It was stopped."""

    name = "KG_ERR_CANCELLED"


class Unsupported(KgError):
    """Not available on this machine."""

    name = "KG_ERR_UNSUPPORTED"


class PluginFault(KgError):
    """A module of the library's broke its contract."""

    name = "KG_ERR_PLUGIN"


#: The class of each status, by the library's name of it.
BY_NAME = {
    cls.name: cls
    for cls in (
        OutOfMemory, BadArgument, NotFound, Exists, SystemFailed, NoRoom, Malformed, Damaged, WrongVersion,
        Busy, Stale, LimitPassed, NotFinite, Cancelled, Unsupported, PluginFault,
    )
}  # fmt: skip
