"""Pipelines as values."""

from __future__ import annotations

import hashlib
import json
import keyword
from collections.abc import Mapping

from . import _core
from ._arrays import given, is_table, taken
from ._functions import _port, _say, id_of, parameters, settings, short, spec


def _named(inputs):
    """Inputs beside the image: tables and numbers as they are, all else as images."""
    return {name: _port("table" if is_table(value) else "image or number", value, None, None) for name, value in inputs.items()}


class Result(Mapping):
    """The kept outputs of a pipeline by name; also as attributes."""

    __slots__ = ("_outputs", "notes")

    def __init__(self, outputs, notes):
        self._outputs, self.notes = outputs, notes

    def __getitem__(self, name):
        return self._outputs[name]

    def __iter__(self):
        return iter(self._outputs)

    def __len__(self):
        return len(self._outputs)

    def __reduce__(self):
        return (Result, (self._outputs, self.notes))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._outputs[name]
        except KeyError:
            raise AttributeError(f"no output {name!r}; there are {', '.join(self._outputs)}") from None

    def __repr__(self):
        return f"<Result: {', '.join(self._outputs)}>"


class _Operations(type):
    """Gives the class a method for every operation when it is first asked for."""

    def __getattr__(cls, op):
        if op.startswith("_"):
            raise AttributeError(op)
        add = _method(op)
        setattr(cls, op, add)
        return add

    def __dir__(cls):
        return [*super().__dir__(), *(short(op) for op, _ in _core.ids())]


#: Keys of a step beside the arguments of its operation; `from` and `as` are words of Python.
_KEYS = ("from_", "as_", "save", "dtype", "slice_by_slice", "on", "over")


def _method(op):
    """The method that adds a step of an operation."""
    import inspect

    op = id_of(op)
    declared = spec(op)

    def add(self, **keys):
        return self.step(op, **keys)

    of = inspect.Parameter
    own = [p for p in parameters(declared) if p.kind is of.KEYWORD_ONLY]
    keys = [of(key, of.KEYWORD_ONLY, default=None) for key in _KEYS]
    add.__signature__ = inspect.Signature([of("self", of.POSITIONAL_OR_KEYWORD), *own, *keys])
    add.__name__, add.__qualname__ = short(op), f"Pipeline.{short(op)}"
    add.__module__, add.__doc__ = "rotifer", declared["doc"]
    return add


class Pipeline(metaclass=_Operations):
    """A list of steps, each an operation and its arguments.

    Immutable: adding a step gives another pipeline. Equal steps make equal pipelines, with equal hashes. Pickles by
    value, so that every kind of process can carry it; an operation of another revision is refused by name.

    >>> p = Pipeline().gaussian_filter(sigma=2).threshold_otsu(as_="mask")
    """

    __slots__ = ("_document", "_made", "__weakref__")

    def __init__(self, document=None, /, *, name=None, seed=None):
        document = dict(document or {"steps": []})
        if name is not None:
            document["name"] = name
        if seed is not None:
            document["seed"] = seed
        self._document, self._made = document, None

    # Made from, and made into.

    @classmethod
    def from_toml(cls, source):
        """From TOML: a text, or the path of a file."""
        return cls._from_text(source, "toml")

    @classmethod
    def from_json(cls, source):
        """From JSON: a text, or the path of a file."""
        return cls._from_text(source, "json")

    @classmethod
    def _from_text(cls, source, form):
        from pathlib import Path

        is_path = not isinstance(source, str) or ("\n" not in source and source.strip()[:1] not in ("{", "[") and "=" not in source)
        text = Path(source).read_text(encoding="utf-8") if is_path else source
        return cls._of(_core.Compiled.from_text(text, form))

    @classmethod
    def from_dict(cls, document):
        """From the keys of a document."""
        return cls._of(_core.Compiled.from_dict(document))

    @classmethod
    def from_bytes(cls, compiled):
        """From the compiled form."""
        if not compiled:
            return cls()
        return cls._of(_core.Compiled.from_bytes(compiled))

    @classmethod
    def _of(cls, made):
        self = cls(made.to_dict())
        self._made = made
        return self

    def to_toml(self):
        """The steps as TOML."""
        return self._compiled.to_text("toml")

    def to_json(self):
        """The steps as JSON."""
        return self._compiled.to_text("json")

    def to_dict(self):
        """The keys of the document."""
        return self._compiled.to_dict() if self._document["steps"] else dict(self._document)

    def to_bytes(self):
        """The compiled form: steps with the revision of every operation."""
        return self._compiled.to_bytes() if self._document["steps"] else b""

    @property
    def _compiled(self):
        if self._made is None:
            self._made = _core.Compiled.from_dict(self._document)
        return self._made

    # Built step by step.

    def step(self, op, /, **keys):
        """One more step. ``as_`` and ``from_`` stand for the keys ``as`` and ``from``."""
        step = {"op": op}
        for key, value in keys.items():
            key = key[:-1] if key.endswith("_") and keyword.iskeyword(key[:-1]) else key
            if value is None:
                continue
            if key == "from" and isinstance(value, str):
                value = [value]
            step[key] = list(value) if isinstance(value, tuple) else value
        return Pipeline({**self._document, "steps": [*self._document["steps"], step]})

    def __getattr__(self, op):
        return getattr(type(self), op).__get__(self)

    def __dir__(self):
        return sorted({*super().__dir__(), *dir(type(self))})

    # What it says of itself.

    @property
    def name(self):
        """The pipeline's name."""
        return self._document.get("name")

    @property
    def seed(self):
        """The seed of the random numbers of its steps."""
        return self._document.get("seed", 0)

    @property
    def steps(self):
        """The steps, each a dict."""
        return [dict(step) for step in self._document["steps"]]

    @property
    def fingerprint(self):
        """A hash of the steps and of the revisions of their operations."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def check(self):
        """Raises every mistake that can be found without an image; gives the pipeline."""
        self._compiled
        return self

    def plan(self, image=None, *, axes=None, spacing=None, channels=None, on="auto", **inputs):
        """The work of the pipeline on an image: per step where it runs, shape, dtype, halo, and the peak memory."""
        g = None if image is None else given(image, axes, spacing, channels)
        return json.loads(self._compiled.plan(g, _named(inputs), settings(on)))

    def halo(self, image, *, axes=None, spacing=None, **inputs):
        """Pixels along (z,) y, x that one pixel of the outcome depends on, or None where it depends on all."""
        g = given(image, axes, spacing)
        total = [0, 0, 0]
        steps = json.loads(self._compiled.plan(g, _named(inputs), settings("cpu")))["steps"]
        for declared, step in zip(self._document["steps"], steps):
            # Wrapping reads the far side of the image.
            if declared.get("edge") == "wrap" or step["halo"] is None and not step["reach"].startswith(("point", "window")):
                return None
            total = [a + b for a, b in zip(total, step["halo"] or (0, 0, 0))]
        return tuple(total[3 - (3 if "z" in g.axes else 2) :])

    # Run.

    def __call__(self, image=None, *, axes=None, spacing=None, channels=None, on="auto", threads=None, **inputs):
        """Runs on one image: the output, or a :class:`Result` where several are kept. Without an image where no step takes one.

        ``inputs`` are the others that the pipeline names, in place of the files that it names: arrays or tables.
        """
        g = None if image is None else given(image, axes, spacing, channels)
        if not self._document["steps"]:
            raise ValueError("a pipeline without steps does nothing")
        if g is not None and g.data.size == 0:
            return self._nothing(g)
        outputs, notes = self._raw(g, inputs, on, threads)
        _say(notes)
        return self._result(outputs, notes, None if g is None else g.like)

    def _raw(self, image, inputs, on="auto", threads=None):
        """Outputs by name with what is known of them, and notes."""
        g = None if image is None else given(image)
        return self._compiled.run(g, _named(inputs), settings(on, threads))

    def run(
        self,
        images=(),
        *,
        out,
        existing="refuse",
        workers=None,
        threads=None,
        on="auto",
        sites=None,
        pattern=None,
        group=True,
        missing="error",
        spacing=None,
        labels=False,
        inputs=None,
        progress=None,
    ):
        """Runs on files, folders or patterns in worker processes, as ``rotifer run`` does; results go to ``out``. A pipeline none of whose
        steps takes an image runs without.

        ``existing`` says what becomes of an earlier run's results there: ``"refuse"``, ``"resume"`` or ``"overwrite"``.
        ``sites`` is a site table in place of ``images``; ``inputs`` has paths of inputs that the pipeline names, with
        ``{well}``, ``{field}`` or ``{name}`` in them where each image has its own; ``progress`` is called with a dict for each event. Gives a dict:
        how many images are done and failed, the tables, the failures.

        Ctrl-C, and an exception of ``progress``, are raised at once. The run takes no further images; those under way are finished behind,
        and another run into ``out`` waits for them.
        """
        import os

        from ._workers import PROGRAM

        _core.workers_are(*PROGRAM)
        if isinstance(images, (str, bytes, os.PathLike)):
            images = [images]
        how = {
            "inputs": [os.fspath(image) for image in images],
            "sites": sites,
            "pattern": pattern,
            "group": group,
            "missing": missing,
            "out": out,
            "existing": existing,
            "workers": workers,
            "spacing": [float(spacing)] if isinstance(spacing, (int, float)) else spacing,
            "labels": labels,
            "named": {name: os.fspath(path) for name, path in (inputs or {}).items()},
        }
        tell = None if progress is None else lambda event: progress(json.loads(event))
        return json.loads(_core.run(self._compiled, how, settings(on, threads), tell))

    @staticmethod
    def _result(outputs, notes, like):
        outputs = {name: taken(o, like) for name, o in outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else Result(outputs, notes)

    def _nothing(self, g):
        """An array without pixels gives one without pixels, of the dtype that the outcome has."""
        import numpy as np

        shape = tuple(max(n, 1) for n in g.data.shape)
        result = self(np.zeros(shape, g.data.dtype), axes=g.axes, spacing=g.spacing, on="cpu")
        if isinstance(result, np.ndarray) and result.shape == shape:
            return np.zeros(g.data.shape, result.dtype)
        return result

    # As a value.

    def __reduce__(self):
        return (Pipeline.from_bytes, (self.to_bytes(),)) if self._document["steps"] else (Pipeline, (self._document,))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __eq__(self, other):
        return isinstance(other, Pipeline) and self.to_bytes() == other.to_bytes()

    def __hash__(self):
        return hash(self.to_bytes())

    def __dask_tokenize__(self):
        return ("rotifer.Pipeline", self.fingerprint)

    def __len__(self):
        return len(self._document["steps"])

    def __repr__(self):
        return f"<Pipeline{f' {self.name}' if self.name else ''}: {' -> '.join(s['op'] for s in self.steps)}>"

    def _repr_html_(self):
        from html import escape

        rows = "".join(
            f"<tr><td>{i}</td><td>{escape(s['op'])}</td><td>"
            + escape(", ".join(f"{k} = {v!r}" for k, v in s.items() if k != "op"))
            + "</td></tr>"
            for i, s in enumerate(self.steps, 1)
        )
        return f"<table><tr><th></th><th>step</th><th>arguments</th></tr>{rows}</table>"
