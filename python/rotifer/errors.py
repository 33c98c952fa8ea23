"""Exceptions of Rotifer. Each says what is wrong, where, what was found, what is allowed, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "Error",
    "ArgumentError",
    "PipelineError",
    "ShapeError",
    "UnknownOpError",
    "FileError",
    "DeviceError",
    "WorkerDied",
    "Cancelled",
]

_FIELDS = ("code", "step", "op", "argument", "value", "allowed", "help", "line")


class Error(Exception):
    """The errors of Rotifer: what it refuses or fails at.

    Attributes: ``code`` (a stable word), ``step`` (index from 0), ``op``, ``argument``, ``value``, ``allowed``,
    ``help``, ``line``; ``errors`` has every mistake where there are several, the first one included.
    """

    code: str = "internal"
    step: int | None = None
    op: str | None = None
    argument: str | None = None
    value: str | None = None
    allowed: str | None = None
    help: str | None = None
    line: int | None = None

    def __init__(
        self,
        text: str = "",
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        others: Iterable[tuple[dict[str, Any], str]] = (),
    ) -> None:
        super().__init__(text)
        self._fields = dict(fields)
        self._others = tuple(others)
        for name in _FIELDS:
            if name in self._fields:
                setattr(self, name, self._fields[name])
        for _, other in self._others:
            self._note(other)

    def _note(self, text: str) -> None:
        if hasattr(self, "add_note"):
            self.add_note(text)

    @property
    def errors(self) -> list[Error]:
        """Every mistake, as exceptions."""
        return [self, *(_class(fields)(text, fields) for fields, text in self._others)]

    def __reduce__(self) -> Any:
        return (type(self), (self.args[0] if self.args else "", self._fields, self._others))


class ArgumentError(Error, ValueError):
    """An argument is missing, unknown, of the wrong type or out of range."""


class PipelineError(Error, ValueError):
    """A pipeline that cannot be read or wired."""


class ShapeError(Error, ValueError):
    """Shapes, axes, kinds or spacing of the inputs do not fit."""


class UnknownOpError(Error, AttributeError, LookupError):
    """No operation has this name."""


class FileError(Error, OSError):
    """A file cannot be read or written."""

    def __init__(
        self,
        text: str = "",
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        others: Iterable[tuple[dict[str, Any], str]] = (),
    ) -> None:
        Error.__init__(self, text, fields, others)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class DeviceError(Error, RuntimeError):
    """A GPU is missing, lost, or too small."""


class WorkerDied(Error, RuntimeError):
    """A worker process ended before its task."""


class Cancelled(Error, RuntimeError):
    """The task was cancelled, or its deadline passed."""


_CLASSES: dict[str, type[Error]] = {
    "syntax": PipelineError,
    "unknown_op": UnknownOpError,
    "unknown_argument": ArgumentError,
    "missing_argument": ArgumentError,
    "wrong_type": ArgumentError,
    "out_of_range": ArgumentError,
    "unknown_input": PipelineError,
    "input_count": PipelineError,
    "duplicate_name": PipelineError,
    "wrong_kind": ShapeError,
    "shape": ShapeError,
    "no_spacing": ShapeError,
    "missing_channel": ShapeError,
    "table": ShapeError,
    "unavailable": DeviceError,
    "device_memory": DeviceError,
    "device": DeviceError,
    "file": FileError,
    "worker_died": WorkerDied,
    "poisoned": WorkerDied,
    "cancelled": Cancelled,
}


def _class(fields: Mapping[str, Any]) -> type[Error]:
    if fields["code"] == "unavailable" and fields.get("op") and "another version" in fields.get("message", ""):
        return PipelineError
    return _CLASSES.get(fields["code"], Error)


def from_fields(mistakes: Sequence[dict[str, Any]]) -> Error:
    """The exception of one or several mistakes, each a dict with a ``text``."""
    first = mistakes[0]
    others = tuple((fields, fields["text"]) for fields in mistakes[1:])
    return _class(first)(first["text"], first, others)
