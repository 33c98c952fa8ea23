"""Operations as functions, made from the registry when they are first asked for."""

from __future__ import annotations

import inspect
import json
import textwrap

from . import _core
from ._arrays import given, taken

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

_specs = {}


def families():
    """Families and the ids in them."""
    found = {}
    for op, family in _core.ids():
        found.setdefault(family, []).append(op)
    return found


def spec(op):
    """The declaration of an operation, as a dict."""
    if op not in _specs:
        _specs[op] = json.loads(_core.spec(op))
    return _specs[op]


def settings(on="auto", threads=None):
    if on not in ("auto", "cpu", "gpu"):
        raise ValueError(f"on={on!r}: one of 'auto', 'cpu', 'gpu'")
    if threads is None:
        threads = _threads
    elif not (isinstance(threads, int) and threads > 0):
        raise ValueError(f"threads={threads!r}: a positive whole number")
    return {"on": on, "threads": threads}


_threads = None


class threads:
    """Sets the threads of computations: ``threads(4)``, or ``with threads(4): ...`` for a block."""

    def __init__(self, n):
        global _threads
        if n is not None and not (isinstance(n, int) and n > 0):
            raise ValueError(f"threads({n!r}): a positive whole number, or None")
        self._before, _threads = _threads, n

    def __enter__(self):
        return self

    def __exit__(self, *_):
        global _threads
        _threads = self._before


def _port(kind, value, axes, spacing):
    """What a port is handed."""
    if value is None:
        return None
    if kind == "table":
        return {name: list(column) for name, column in value.items()}
    if kind in ("number", "image or number") and isinstance(value, (int, float)):
        return float(value)
    if kind == "image or number" and getattr(value, "ndim", 1) == 0:
        return float(value)
    if kind == "rgb":
        import numpy as np

        data = np.asarray(getattr(value, "data", value) if hasattr(value, "_rotifer_image") else value)
        if axes is None and data.ndim in (3, 4) and data.shape[-1] in (3, 4):
            data = np.moveaxis(data[..., :3], -1, 0)
            axes = "czyx" if data.ndim == 4 else "cyx"
        return given(data, axes, spacing, ("red", "green", "blue"))
    return given(value, axes, spacing)


def call(op, declared, values, keys, axes, spacing, on, threads, out):
    """Runs an operation on the values of its ports."""
    kinds = [port["kind"] for port in declared["inputs"]]
    inputs = [_port(kind, value, axes, spacing) for kind, value in zip(kinds, values)]
    like = next((i.like for i in inputs if getattr(i, "like", None) is not None), None)
    *outputs, notes = _core.apply(op, inputs, keys, settings(on, threads))
    _say(notes)
    outputs = [taken(o, like) for o in outputs]
    if out is not None:
        import numpy as np

        np.copyto(out, outputs[0], casting="same_kind")
        outputs[0] = out
    return outputs[0] if len(outputs) == 1 else _result(op, declared)(*outputs)


_said = set()


def _say(notes):
    for note in notes:
        if note not in _said and "no hardware GPU" not in note:
            _said.add(note)
            import warnings

            warnings.warn(note, stacklevel=4)


_results = {}


def result_name(op):
    """`ThresholdOtsuResult`."""
    return "".join(part.title() for part in op.replace("/", "_").split("_")) + "Result"


def _result(op, declared):
    """The named tuple of several outputs."""
    if op not in _results:
        from collections import namedtuple

        fields = [o["name"] for o in declared["outputs"]]
        _results[op] = namedtuple(result_name(op), fields, module="rotifer")
    return _results[op]


def result_class(name):
    """The named tuple of this name, or None: where a pickle names it."""
    op = next((op for op, _ in _core.ids() if result_name(op) == name), None)
    return _result(op, spec(op)) if op and len(spec(op)["outputs"]) > 1 else None


def function(op):
    """The function of an operation, with its signature and documentation."""
    declared = spec(op)
    signature = _signature(declared)
    ports = [p["name"] for p in declared["inputs"]]
    arguments = {a["name"] for a in declared["arguments"]}

    def run(*args, **kwargs):
        if len(args) > len(ports):
            raise TypeError(f"{op}() takes {len(ports)} inputs by position ({', '.join(ports)}); options have names")
        values = dict(zip(ports, args))
        keys = {}
        common = {name: default for name, (_, default, _) in COMMON.items()}
        for name, value in kwargs.items():
            if name in ports:
                if name in values:
                    raise TypeError(f"{op}() has two values for {name!r}")
                values[name] = value
            elif name in arguments:
                keys[name] = value
            elif name in common:
                common[name] = value
            else:
                # The registry says which names are near.
                keys[name] = value
        for port in declared["inputs"]:
            if values.get(port["name"]) is None and not port["optional"]:
                raise TypeError(f"{op}() needs {port['name']!r}")
        if common["dtype"] is not None:
            dtype = common["dtype"]
            keys["dtype"] = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", None) or str(dtype)
        if common["slice_by_slice"]:
            keys["slice_by_slice"] = True
        values = [values.get(port) for port in ports]
        return call(op, declared, values, keys, *(common[k] for k in ("axes", "spacing", "on", "threads", "out")))

    name = op.rsplit("/", 1)[-1]
    run.__name__ = run.__qualname__ = name
    run.__module__ = "rotifer"
    run.__doc__ = _doc(declared)
    run.__signature__ = signature
    return run


def _default(argument):
    value = argument["default"]
    return None if value == "none" else tuple(value) if isinstance(value, list) else value


def _signature(declared):
    empty = inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            p["name"], inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None if p["optional"] else empty
        )
        for p in declared["inputs"]
    ]
    for a in sorted(declared["arguments"], key=lambda a: not a["required"]):
        default = empty if a["required"] else _default(a)
        parameters.append(inspect.Parameter(a["name"], inspect.Parameter.KEYWORD_ONLY, default=default))
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, (_, default, _) in COMMON.items()
        if name not in {p.name for p in parameters}
    ]
    return inspect.Signature(parameters)


def _wrapped(text, indent="    "):
    return "\n".join(textwrap.fill(line, 92, initial_indent=indent, subsequent_indent=indent) for line in text.splitlines())


def _doc(declared):
    lines = [declared["doc"], "", "Parameters", "----------"]
    for p in declared["inputs"]:
        lines.append(f"{p['name']} : {_PORTS.get(p['kind'], p['kind'])}{', optional' if p['optional'] else ''}")
    for a in declared["arguments"]:
        default = "" if a["required"] else f", default {_default(a)!r}"
        lines.append(f"{a['name']} : {a['type']}{default}")
        text = a["doc"] + (f" Range: {a['range']}." if a["range"] else "")
        lines.append(_wrapped(text))
    for name, (kind, default, text) in COMMON.items():
        lines += [f"{name} : {kind}, default {default!r}", _wrapped(text)]
    lines += ["", "Returns", "-------"]
    for o in declared["outputs"]:
        lines += [f"{o['name']} : {o['description']}"]
    lines += ["", "Notes", "-----", f"Follows {declared['follows']}; agreement: {declared['agrees']}."]
    if declared["examples"]:
        lines += ["", "Examples", "--------"]
        inputs = ", ".join(p["name"] for p in declared["inputs"] if not p["optional"])
        for example in declared["examples"]:
            keys = [part.strip() for part in example["toml"].strip().splitlines() if part.strip()]
            keys = [k.replace(" = ", "=", 1).replace("=true", "=True").replace("=false", "=False") for k in keys]
            words = ", ".join([inputs, *keys] if inputs else keys)
            lines.append(f">>> rotifer.{declared['id']}({words})  # doctest: +SKIP")
    return "\n".join(lines)
