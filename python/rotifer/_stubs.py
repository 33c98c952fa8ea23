"""Writes the type stubs of the package from the registry: ``rotifer stubs > rotifer/__init__.pyi``."""

from __future__ import annotations

from ._functions import common, families, result_name, short, spec

HEAD = '''\
# Written by `rotifer stubs`; a test holds this file against the registry.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import errors as errors
from .errors import Error as Error

__version__: str

_On = Literal["auto", "cpu", "gpu"]
_Array = ArrayLike | Image | Any
_Columns = Mapping[str, Any] | NDArray[Any] | Any

def info() -> dict[str, Any]: ...
def list(family: str | None = None) -> _list[str]: ...
def doc(op: str) -> None: ...
def read(path: str | Path) -> Image: ...
def sites(*inputs: str | Path, pattern: str | None = None, group: bool = True) -> Any: ...
def write(
    path: str | Path,
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    channels: Sequence[str] | None = None,
    kind: str | None = None,
    interval: float | None = None,
    origin: Sequence[float] | None = None,
) -> None: ...

imwrite = write

class threads:
    def __init__(self, n: int | None) -> None: ...
    def __enter__(self) -> threads: ...
    def __exit__(self, *_: object) -> None: ...

class Table(Mapping[str, Any]):
    def __init__(self, columns: Mapping[str, Any]) -> None: ...
    def __getitem__(self, name: str) -> Any: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    @property
    def rows(self) -> int: ...
    def points(self) -> NDArray[Any]: ...
    def to_pandas(self) -> Any: ...
    def to_polars(self) -> Any: ...
    def to_arrow(self) -> Any: ...

class Image:
    data: NDArray[Any]
    axes: str
    kind: str
    spacing: _list[float] | None
    channels: _list[str] | None
    interval: float | None
    origin: _list[float] | None
    def __init__(
        self,
        data: _Array,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        kind: str | None = None,
        interval: float | None = None,
        origin: Sequence[float] | None = None,
    ) -> None: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def ndim(self) -> int: ...
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]: ...

class Result(Mapping[str, Any]):
    notes: _list[str]
    def __init__(self, outputs: Mapping[str, Any], notes: _list[str]) -> None: ...
    def __getitem__(self, name: str) -> Any: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __getattr__(self, name: str) -> Any: ...

@final
class Watch:
    def __init__(self) -> None: ...
    def cancel(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...
    @property
    def progress(self) -> tuple[int, int]: ...
    def __enter__(self) -> Watch: ...
    def __exit__(self, *_exception: object) -> None: ...

class Task:
    def __init__(self, handle: Any, pipeline: Pipeline, like: Any) -> None: ...
    def done(self) -> bool: ...
    def cancel(self) -> None: ...
    def result(self, timeout: float | None = None) -> Any: ...

class Pool:
    def __init__(
        self,
        workers: int | None = None,
        *,
        threads: int | None = None,
        deadline: float | None = None,
        recycle: int | None = None,
    ) -> None: ...
    def submit(
        self,
        pipeline: Pipeline,
        image: _Array | str | Path,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        on: _On = "auto",
    ) -> Task: ...
    def map(self, pipeline: Pipeline, images: Iterable[Any], *, ahead: int = 16, **keys: Any) -> Iterator[Any]: ...
    @staticmethod
    def as_completed(tasks: Iterable[Task], timeout: float | None = None) -> Iterator[Task]: ...
    def shutdown(self, kill: bool = False) -> None: ...
    def __enter__(self) -> Pool: ...
    def __exit__(self, kind: object, *_: object) -> None: ...

class Pipeline:
    def __init__(self, document: Mapping[str, Any] | None = None, /, *, name: str | None = None, seed: int | None = None) -> None: ...
    @classmethod
    def from_toml(cls, source: str | Path) -> Pipeline: ...
    @classmethod
    def from_json(cls, source: str | Path) -> Pipeline: ...
    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Pipeline: ...
    @classmethod
    def from_bytes(cls, compiled: bytes) -> Pipeline: ...
    def to_toml(self) -> str: ...
    def to_json(self) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_bytes(self) -> bytes: ...
    def step(self, op: str, /, **keys: Any) -> Pipeline: ...
    @property
    def name(self) -> str | None: ...
    @property
    def seed(self) -> int: ...
    @property
    def steps(self) -> _list[dict[str, Any]]: ...
    @property
    def fingerprint(self) -> str: ...
    def check(self) -> Pipeline: ...
    def plan(
        self,
        image: _Array | None = None,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        on: _On = "auto",
        **inputs: Any,
    ) -> dict[str, Any]: ...
    def halo(
        self,
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        **inputs: Any,
    ) -> tuple[int, ...] | None: ...
    def __call__(
        self,
        image: _Array | None = None,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        on: _On = "auto",
        threads: int | None = None,
        **inputs: Any,
    ) -> Any: ...
    def run(
        self,
        images: str | Path | Iterable[str | Path] = (),
        *,
        out: str | Path,
        existing: Literal["refuse", "resume", "overwrite"] = "refuse",
        workers: int | None = None,
        threads: int | None = None,
        on: _On = "auto",
        sites: str | Path | None = None,
        pattern: str | None = None,
        group: bool = True,
        missing: Literal["error", "skip", "blank"] = "error",
        spacing: float | Sequence[float] | None = None,
        labels: bool = False,
        inputs: Mapping[str, str | Path] | None = None,
        progress: Callable[[dict[str, Any]], object] | None = None,
    ) -> dict[str, Any]: ...
    def __copy__(self) -> Pipeline: ...
    def __deepcopy__(self, memo: object) -> Pipeline: ...
    def __dask_tokenize__(self) -> tuple[str, str]: ...
    def __hash__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...
    def __len__(self) -> int: ...
'''

_KEYS = (
    "from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, "
    "dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None"
)


def _type(text):
    """The Python type of an argument that `rotifer doc` describes so."""
    if text.endswith(" (may be left out)"):
        return _type(text.removesuffix(" (may be left out)")) + " | None"
    if text.endswith("; one for all axes or a list in z, y, x order"):
        inner = _type(text.split(";")[0])
        return f"{inner} | Sequence[{inner}]"
    known = {
        "true or false": "bool",
        "integer": "int",
        "number": "float",
        "text": "str",
        "expression of numbers of earlier steps": "bool | float | str",
        "list of integers": "int | Sequence[int]",
        "rows of numbers": "Sequence[Sequence[float]] | NDArray[Any]",
    }
    if text in known:
        return known[text]
    if text.startswith("pixels"):
        return "float | str"
    if "rows of 0 and 1" in text:
        return "str | Sequence[Any] | NDArray[Any]"
    words = text.split(" | ")
    if all(w.translate(str.maketrans("", "", "_-&")).isalnum() for w in words):
        return f"Literal[{', '.join(map(repr, words))}]".replace("'", '"')
    return "Any"


def _output(o):
    kind, text = o["kind"], o["description"]
    if kind == "number":
        return "float"
    if kind == "table":
        return "Table"
    if kind == "mask":
        return "NDArray[np.bool_]"
    if kind == "labels":
        return "NDArray[np.uint32]"
    dtype = text.rsplit(", ", 1)[-1]
    return f"NDArray[np.{dtype}]" if dtype in ("float32", "uint8", "uint16") else "NDArray[Any]"


def _literal(value):
    if value == "none" or value is None:
        return "None"
    return repr(tuple(value) if isinstance(value, list) else value)


def _arguments(declared):
    for a in sorted(declared["arguments"], key=lambda a: not a["required"]):
        default = "" if a["required"] else f" = {_literal(a['default'])}"
        yield f"{a['name']}: {_type(a['type'])}{default}"


def _function(declared, indent=""):
    ports = []
    for p in declared["inputs"]:
        of = "float" if p["kind"] == "number" else "_Columns" if p["kind"] == "table" else "_Array"
        ports.append(f"{p['name']}: {of}" + (" | None = None" if p["optional"] else ""))
    texts = {
        "axes": "axes: str | None = None",
        "spacing": "spacing: float | Sequence[float] | None = None",
        "dtype": "dtype: Any = None",
        "slice_by_slice": "slice_by_slice: bool = False",
        "on": 'on: _On = "auto"',
        "threads": "threads: int | None = None",
        "out": "out: NDArray[Any] | None = None",
    }
    options = [*_arguments(declared), *(texts[name] for name in common(declared))]
    outputs = [_output(o) for o in declared["outputs"]]
    result = outputs[0] if len(outputs) == 1 else result_name(declared["id"])
    lines = [f"{indent}def {short(declared['id'])}("]
    lines += [f"{indent}    {p}," for p in [*ports, "*", *options]]
    return "\n".join([*lines, f"{indent}) -> {result}: ..."])


def _clash(name):
    """Fields called as a method of tuples hide it."""
    return "  # type: ignore[assignment]" if name in ("count", "index") else ""


def text():
    """The stubs."""
    found = families()
    declared = [spec(op) for ops in found.values() for op in ops]
    declared.sort(key=lambda d: d["id"])
    parts = [HEAD.replace("_Array = ArrayLike", "_list = __builtins_list\n_Array = ArrayLike")]
    parts[0] = parts[0].replace("import numpy as np\n", "import builtins\n\nimport numpy as np\n", 1)
    parts[0] = parts[0].replace("_list = __builtins_list", "_list = builtins.list")
    methods = []
    for d in declared:
        arguments = "".join(f"{a}, " for a in _arguments(d))
        methods.append(f"    def {short(d['id'])}(self, *, {arguments}{_KEYS}) -> Pipeline: ...")
    parts[0] += "\n".join(methods) + "\n"
    for d in declared:
        if len(d["outputs"]) > 1:
            fields = "".join(f"    {o['name']}: {_output(o)}{_clash(o['name'])}\n" for o in d["outputs"])
            parts.append(f"class {result_name(d['id'])}(NamedTuple):\n{fields}")
    parts += [_function(d) for d in declared]
    for family, ops in sorted(found.items()):
        lines = [f"class _{family.title()}:"]
        for op in ops:
            lines += ["    @staticmethod", _function(spec(op), "    ").replace("(\n", "(\n", 1)]
        parts.append("\n".join(lines))
        parts.append(f"{family}: _{family.title()}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(text(), end="")
