"""Rotifer: image-processing pipelines as data, on every core and any GPU.

Every operation is a function: ``rotifer.gaussian_filter(image, sigma=2)``, also by family:
``rotifer.filters.gaussian_filter``. A :class:`Pipeline` is a value that every kind of process can carry.
"""

from . import _core
from ._core import Watch
from .errors import Error

__version__ = _core.version

_LAZY = {
    "Pipeline": "_pipeline",
    "Result": "_pipeline",
    "Image": "_image",
    "read": "_image",
    "write": "_image",
    "imwrite": "_image",
    "sites": "_image",
    "Pool": "_pool",
    "Task": "_pool",
    "Table": "_table",
    "threads": "_functions",
}


def info():
    """Version, threads, and the GPU adapter or why there is none."""
    return _core.info()


def list(family=None):  # noqa: A001
    """Ids of all operations, or of those of a family."""
    return [op for op, of in _core.ids() if family in (None, of)]


def doc(op):
    """Prints the documentation of an operation."""
    from ._functions import function

    print(function(op).__doc__)


def __getattr__(name):
    import importlib

    if name in _LAZY:
        value = getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    elif name.startswith("_"):
        raise AttributeError(f"module 'rotifer' has no attribute {name!r}")
    else:
        from . import _functions

        families = _functions.families()
        result = _functions.result_class(name) if name.endswith("Result") else None
        if result is not None:
            value = result
        elif name in families:
            value = _Family(name, families[name])
        else:
            value = _functions.function(name)
    globals()[name] = value
    return value


def __dir__():
    from ._functions import families, short

    found = families()
    names = {n for n in globals() if not n.startswith("_")} | set(_LAZY) | set(found)
    return sorted(names.union(short(op) for ops in found.values() for op in ops))


class _Family:
    """The operations of one family."""

    def __init__(self, name, ops):
        from ._functions import short

        self.__name__, self._ops = f"rotifer.{name}", [short(op) for op in ops]
        self.__doc__ = f"Operations of the family {name}: {', '.join(ops)}."

    def __getattr__(self, op):
        if op in self.__dict__.get("_ops", ()):
            return getattr(__import__("rotifer"), op)
        raise AttributeError(f"{self.__name__} has no {op!r}; there are {', '.join(self.__dict__.get('_ops', ()))}")

    def __dir__(self):
        return sorted(self._ops)

    def __repr__(self):
        return f"<{self.__name__}: {', '.join(self._ops)}>"
