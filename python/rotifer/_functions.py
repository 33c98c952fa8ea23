"""Operations as functions, made from the registry when they are first asked for."""

from __future__ import annotations

import inspect
import json
import textwrap

from . import _core
from ._arrays import columns, given, is_layer, taken

#: Words beside the arguments of an operation that every function takes.
COMMON = {
    "axes": ("str", None, "Axes of the arrays, a subset of ``tczyx``; ``yx`` or ``zyx`` where not given."),
    "spacing": (
        "sequence of float",
        None,
        "Micrometres from pixel to pixel along (z,) y, x, for lengths with a unit such as ``\"2 um\"``.",
    ),
    "dtype": ("str", None, 'Dtype of the first output: a name, ``"preserve"`` (that of the first input).'),
    "slice_by_slice": ("bool", False, "Treats every z plane as an image of its own."),
    "on": ("{'auto', 'cpu', 'gpu'}", "auto", "Where it runs; ``auto`` takes a hardware GPU where there is one."),
    "threads": ("int", None, "Threads of this call; those of the process where not given."),
    "out": ("numpy.ndarray", None, "Array that the first output is written to, and which is returned."),
}

_PORTS = {
    "image": "array_like",
    "mask": "array_like of bool",
    "labels": "array_like of integers",
    "mask or labels": "array_like of bool or integers",
    "rgb": "array_like, (..., 3)",
    "number": "float",
    "image or number": "array_like or float",
    "table": "mapping of columns",
}

_specs: dict[str, dict] = {}


def port_text(kind):
    """The values that a port of this kind takes, as documentation says it."""
    return _PORTS.get(kind, kind)


def families():
    """Families and the ids in them."""
    found = {}
    for op, family in _core.ids():
        found.setdefault(family, []).append(op)
    return found


def short(op):
    """The name of an operation's function: its id, without the crate that it is of."""
    return op.rsplit("/", 1)[-1]


_own: dict[str, str] = {}


def id_of(word):
    """The id that a name is of; an unknown name is itself."""
    if not _own:
        # Operations of Rotifer itself have the names that others share with them.
        _own.update(sorted(((short(op), op) for op, _ in _core.ids()), key=lambda pair: "/" not in pair[1]))
    return _own.get(word, word)


def spec(op):
    """The declaration of an operation, as a dict."""
    if op not in _specs:
        _specs[op] = json.loads(_core.spec(op))
    return _specs[op]


def settings(on="auto", threads=None):
    return {"on": on, "threads": threads}


class threads:
    """Sets the threads of computations: ``threads(4)``, or ``with threads(4): ...`` for a block."""

    def __init__(self, n):
        if n is not None and not (isinstance(n, int) and n > 0):
            raise ValueError(f"threads({n!r}): a positive whole number, or None")
        self._before = _core.set_threads(n)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _core.set_threads(self._before)


def common(declared):
    """Words that the function takes beside the operation's own; those that say how an image is read, where it takes one."""
    own = {a["name"] for a in declared["arguments"]} | {p["name"] for p in declared["inputs"]}
    images = any(p["kind"] not in ("table", "number") for p in declared["inputs"])
    reads = ("axes", "spacing", "slice_by_slice")
    return {name: of for name, of in COMMON.items() if name not in own and (images or name not in reads)}


def _port(kind, value, axes, spacing):
    """The value that a port is handed."""
    if value is None:
        return None
    if kind == "table":
        return columns(value)
    if kind in ("number", "image or number") and isinstance(value, (int, float)):
        return float(value)
    if kind in ("number", "image or number") and getattr(value, "ndim", 1) == 0:
        return float(value)
    if kind == "rgb" and not is_layer(value):
        import numpy as np

        data = np.asarray(getattr(value, "data", value) if hasattr(value, "_rotifer_image") else value)
        if axes is None and data.ndim in (3, 4) and data.shape[-1] in (3, 4):
            data = np.moveaxis(data[..., :3], -1, 0)
            axes = "czyx" if data.ndim == 4 else "cyx"
        return given(data, axes, spacing, ("red", "green", "blue"))
    return given(value, axes, spacing)


def evaluate(op, values, keys, *, axes=None, spacing=None, on="auto", threads=None):
    """Outputs with what is known of them: numbers, dicts of columns, `(array, axes, kind, spacing, channels, interval, origin)`; and notes."""
    kinds = [port["kind"] for port in spec(op)["inputs"]]
    inputs = [_port(kind, value, axes, spacing) for kind, value in zip(kinds, values)]
    return _core.apply(op, inputs, keys, settings(on, threads))


def _nothing(op, args, kwargs):
    """Arrays without pixels give arrays without pixels, of the dtype and axes that outcomes have: libraries ask so."""
    import numpy as np

    ports = [port["name"] for port in spec(op)["inputs"]]
    values = dict(zip(ports, args)) | (kwargs or {})
    values.pop("out", None)
    sizes = {}
    for name in ports:
        shape = getattr(values.get(name), "shape", ())
        if 0 in shape:
            full = tuple(max(n, 1) for n in shape)
            # Colour, the last axis, is gone where an outcome has none.
            sizes |= {full: tuple(shape), full[:-1]: tuple(shape[:-1])}
            values[name] = np.zeros(full, values[name].dtype)
    results = function(op)(**values)
    several = isinstance(results, tuple)
    emptied = [
        np.zeros(sizes[r.shape], r.dtype) if isinstance(r, np.ndarray) and r.shape in sizes else r
        for r in (results if several else (results,))
    ]
    return type(results)(*emptied) if several else emptied[0]


_said: set[str] = set()


def _say(notes):
    for note in notes:
        if note not in _said and "no hardware GPU" not in note:
            _said.add(note)
            import warnings

            warnings.warn(note, stacklevel=3)


_results: dict[str, type] = {}


def result_name(op):
    """`ThresholdOtsuResult`."""
    return "".join(part.title() for part in op.replace("/", "_").split("_")) + "Result"


def _result(op):
    """The named tuple of several outputs."""
    if op not in _results:
        from collections import namedtuple

        fields = [o["name"] for o in spec(op)["outputs"]]
        _results[op] = namedtuple(result_name(op), fields, module="rotifer")
    return _results[op]


def result_class(name):
    """The named tuple of this name, or None: where a pickle names it."""
    op = next((op for op, _ in _core.ids() if result_name(op) == name), None)
    return _result(op) if op and len(spec(op)["outputs"]) > 1 else None


def function(op):
    """The function of an operation, with its signature and documentation."""
    op = id_of(op)
    declared = spec(op)
    compute = _core.Function(op)

    def run(*args, **kwargs):
        return compute(*args, **kwargs)

    run.__name__ = run.__qualname__ = short(op)
    run.__module__ = "rotifer"
    run.__doc__ = _doc(declared)
    run.__signature__ = _signature(declared)
    return run


def _default(argument):
    value = argument["default"]
    return None if value == "none" else tuple(value) if isinstance(value, list) else value


def parameters(declared):
    """The parameters of an operation's own: its inputs, then its arguments, required ones first."""
    empty = inspect.Parameter.empty
    found = [
        inspect.Parameter(
            p["name"], inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None if p["optional"] else empty
        )
        for p in declared["inputs"]
    ]
    for a in sorted(declared["arguments"], key=lambda a: not a["required"]):
        default = empty if a["required"] else _default(a)
        found.append(inspect.Parameter(a["name"], inspect.Parameter.KEYWORD_ONLY, default=default))
    return found


def _signature(declared):
    others = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, (_, default, _) in common(declared).items()
    ]
    return inspect.Signature([*parameters(declared), *others])


def range_text(argument):
    """The range of an argument; that of all numbers says nothing."""
    text = argument["range"] or ""
    return f" Range: {text}." if 0 < len(text) < 100 else ""


def _wrapped(text, indent="    "):
    return "\n".join(textwrap.fill(line, 92, initial_indent=indent, subsequent_indent=indent) for line in text.splitlines())


def _doc(declared):
    lines = [declared["doc"], "", "Parameters", "----------"]
    for p in declared["inputs"]:
        lines.append(f"{p['name']} : {port_text(p['kind'])}{', optional' if p['optional'] else ''}")
    for a in declared["arguments"]:
        default = "" if a["required"] else f", default {_default(a)!r}"
        lines.append(f"{a['name']} : {a['type']}{default}")
        text = a["doc"] + range_text(a)
        lines.append(_wrapped(text))
    for name, (kind, default, text) in common(declared).items():
        lines += [f"{name} : {kind}, default {default!r}", _wrapped(text)]
    lines += ["", "Returns", "-------"]
    for o in declared["outputs"]:
        lines += [f"{o['name']} : {o['description']}"]
    lines += ["", "Notes", "-----", f"Follows {declared['follows']}; agreement: {declared['agrees']}."]
    lines += ["", "Examples", "--------"]
    inputs = ", ".join(p["name"] for p in declared["inputs"] if not p["optional"])
    # One without arguments is an example by itself.
    for toml in [example["toml"] for example in declared["examples"]] or [""]:
        keys = [part.strip() for part in toml.strip().splitlines() if part.strip()]
        keys = [k.replace(" = ", "=", 1).replace("=true", "=True").replace("=false", "=False") for k in keys]
        words = ", ".join([inputs, *keys] if inputs else keys)
        lines.append(f">>> rotifer.{short(declared['id'])}({words})  # doctest: +SKIP")
    return "\n".join(lines)
