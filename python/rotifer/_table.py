"""Tables: columns by name."""

from __future__ import annotations

from collections.abc import Mapping


class Table(Mapping):
    """Columns of equal length by name; numpy arrays, or lists of texts."""

    __slots__ = ("_columns",)

    def __init__(self, columns):
        self._columns = dict(columns)

    def __reduce__(self):
        return (Table, (self._columns,))

    def __getitem__(self, name):
        return self._columns[name]

    def __iter__(self):
        return iter(self._columns)

    def __len__(self):
        return len(self._columns)

    @property
    def rows(self):
        """How many rows there are."""
        return len(next(iter(self._columns.values()), ()))

    def points(self):
        """Columns z, y, x (or those named centroid) as one array of shape (n, ndim)."""
        import numpy as np

        for prefix, axes in (("", "zyx"), ("centroid_", "zyx"), ("centroid-", "zyx"), ("centroid-", "012")):
            names = [prefix + a for a in axes if prefix + a in self._columns]
            if len(names) >= 2:
                return np.stack([np.asarray(self._columns[n]) for n in names], axis=1)
        raise ValueError(f"a table of points has columns y, x; this one has {', '.join(self)}")

    def to_pandas(self):
        """A pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self._columns)

    def to_polars(self):
        """A polars DataFrame."""
        import polars

        return polars.DataFrame(self._columns)

    def to_arrow(self):
        """A pyarrow Table."""
        import pyarrow

        return pyarrow.table(self._columns)

    def __repr__(self):
        return f"<Table of {self.rows} rows: {', '.join(self)}>"

    def _repr_html_(self):
        from html import escape

        head = "".join(f"<th>{escape(n)}</th>" for n in self)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(str(c[i]))}</td>" for c in self._columns.values()) + "</tr>"
            for i in range(min(self.rows, 20))
        )
        more = f"<p>{self.rows} rows</p>" if self.rows > 20 else ""
        return f"<table><tr>{head}</tr>{body}</table>{more}"
