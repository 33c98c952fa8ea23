# Written by `python -m rotifer._stubs`; a test holds this file against the registry.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import builtins

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import errors as errors
from .errors import Error as Error

__version__: str

_On = Literal["auto", "cpu", "gpu"]
_list = builtins.list
_Array = ArrayLike | Image | Any

def info() -> dict[str, Any]: ...
def list(family: str | None = None) -> _list[str]: ...
def doc(op: str) -> None: ...
def read(path: str | Path) -> Image: ...
def sites(*inputs: str | Path, pattern: str | None = None, group: bool = True) -> Any: ...
def imwrite(
    path: str | Path,
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    channels: Sequence[str] | None = None,
    kind: str | None = None,
) -> None: ...

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
    def __init__(
        self,
        data: _Array,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        kind: str | None = None,
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

class Task:
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
    def __init__(self, document: Mapping[str, Any] | None = None, /, *, name: str | None = None) -> None: ...
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
    def steps(self) -> _list[dict[str, Any]]: ...
    @property
    def fingerprint(self) -> str: ...
    def check(self) -> Pipeline: ...
    def plan(
        self,
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        on: _On = "auto",
    ) -> dict[str, Any]: ...
    def halo(
        self, image: _Array, *, axes: str | None = None, spacing: float | Sequence[float] | None = None
    ) -> tuple[int, ...] | None: ...
    def __call__(
        self,
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        channels: Sequence[str] | None = None,
        on: _On = "auto",
        threads: int | None = None,
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
        progress: Callable[[dict[str, Any]], object] | None = None,
    ) -> dict[str, Any]: ...
    def __hash__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...
    def __len__(self) -> int: ...
    def absolute(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def absolute_difference(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def add(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def add_weighted(self, *, factor: float = 1.0, other_factor: float = 1.0, offset: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def affine_transform(self, *, matrix: Sequence[Sequence[float]] | NDArray[Any], order: int = 1, shape: int | Sequence[int] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def apply_label_mask(self, *, label: int = 1, fill: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def apply_mask(self, *, fill: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def binary_closing(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def binary_dilation(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def binary_erosion(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def binary_fill_holes(self, *, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def binary_opening(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def black_tophat(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def calculate(self, *, name: str, expression: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def ceil(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def clear_border(self, *, buffer_size: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def clip(self, *, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def closing(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def connected_components(self, *, connectivity: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def convert_bool(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def convert_float32(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def convert_uint16(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def convert_uint8(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def difference_of_gaussians(self, *, low_sigma: float | str | Sequence[float | str] = 1.0, high_sigma: float | str | Sequence[float | str] | None = None, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def dilation(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def distance_transform_edt(self, *, sampling: float | Sequence[float] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def divide(self, *, value: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def equalize_histogram(self, *, nbins: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def erosion(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def expand_labels(self, *, distance: float = 1.0, spacing: float | Sequence[float] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def exponential(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def fill(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def filter_labels(self, *, where: str, label: str = 'label', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def filter_labels_by_size(self, *, minimum_size: int = 0, maximum_size: int = 4294967295, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def filter_rows(self, *, where: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def floor(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def gamma_correction(self, *, gamma: float = 1.0, gain: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def gaussian_filter(self, *, sigma: float | str | Sequence[float | str] = 1.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def greater(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def greater_or_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def group_rows(self, *, by: str = '', columns: str = '', statistics: str = 'mean', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def histogram(self, *, nbins: int = 256, source_range: Literal["image", "dtype"] = 'image', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def hypot(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def invert_intensity(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def join_tables(self, *, by: str = 'label', keep: Literal["all", "matched"] = 'all', prefix: str = 'other_', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_maximum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_mean(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_minimum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_standard_deviation(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_sum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def label_to_rgb(self, *, alpha: float = 0.3, bg_label: int = 0, bg_color: Literal["black", "white", "none"] = 'black', image_alpha: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def less(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def less_or_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logarithm(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logarithm_1_plus(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logical_and(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logical_not(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logical_or(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logical_subtract(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def logical_xor(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def mask_labels(self, *, invert: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def maximum(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def maximum_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def maximum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def maximum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def mean_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def mean_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def mean_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def median_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def minimum(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def minimum_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def minimum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def minimum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def multiply(self, *, value: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def nan_to_num(self, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def negate(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def not_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def opening(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def overlay(self, *, low: float = 0.5, high: float = 99.8, color: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'gray', color_2: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'green', color_3: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'magenta', outline: Literal["distinct", "white", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'distinct', width: int = 1, scale_bar: bool = True, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def peak_local_max(self, *, min_distance: int = 1, threshold_abs: float | None = None, threshold_rel: float | None = None, exclude_border: int | None = None, num_peaks: int | None = None, num_peaks_per_label: int | None = None, footprint: str | Sequence[Any] | NDArray[Any] | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def percentile_of_all_pixels(self, *, percentile: float = 50.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def phase_cross_correlation(self, *, upsample_factor: int = 1, normalization: Literal["phase", "unweighted"] = 'phase', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def pixel_expression(self, *, expression: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def power(self, *, exponent: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def reciprocal(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def regionprops_table(self, *, properties: str = 'all', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def relabel_sequential(self, *, offset: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def relate_labels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def remove_small_holes(self, *, max_size: int = 63, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def remove_small_objects(self, *, max_size: int = 63, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def replace_value(self, *, value: float = 0.0, replacement: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def resize(self, *, shape: int | Sequence[int] | None = None, scale: float | Sequence[float] = 1.0, order: int = 1, anti_aliasing: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def rgb_to_gray(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def richardson_lucy(self, *, num_iter: int = 50, clip: bool = True, filter_epsilon: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def round(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def set_ramp(self, *, axis: Literal["x", "y", "z"] = 'x', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def sign(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def sobel(self, *, axis: Literal["z", "y", "x"] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def square(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def square_root(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def squared_difference(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def standard_deviation_of_all_pixels(self, *, ddof: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def standard_deviation_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, ddof: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def subtract(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def subtract_gaussian_background(self, *, sigma: float | str | Sequence[float | str] = 2.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def sum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def sum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def threshold_local(self, *, method: Literal["gaussian", "mean", "median"] = 'gaussian', block_size: int | Sequence[int] = 3, offset: float = 0.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def threshold_otsu(self, *, nbins: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def truncate(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def undefined_to_zero(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def unsharp_mask(self, *, radius: float | str | Sequence[float | str] = 1.0, amount: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def watershed(self, *, connectivity: int = 1, compactness: float = 0.0, watershed_line: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...
    def white_tophat(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None) -> Pipeline: ...


class ConnectedComponentsResult(NamedTuple):
    labels: NDArray[np.uint32]
    count: float  # type: ignore[assignment]


class FilterLabelsResult(NamedTuple):
    labels: NDArray[np.uint32]
    table: Table


class PeakLocalMaxResult(NamedTuple):
    points: Table
    markers: NDArray[np.uint32]


class RelateLabelsResult(NamedTuple):
    children: Table
    parents: Table


class ThresholdLocalResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdOtsuResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


def absolute(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def absolute_difference(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def add(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def add_weighted(
    image: _Array,
    other: _Array,
    *,
    factor: float = 1.0,
    other_factor: float = 1.0,
    offset: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def affine_transform(
    image: _Array,
    *,
    matrix: Sequence[Sequence[float]] | NDArray[Any],
    order: int = 1,
    shape: int | Sequence[int] | None = None,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def apply_label_mask(
    image: _Array,
    labels: _Array,
    *,
    label: int = 1,
    fill: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def apply_mask(
    image: _Array,
    mask: _Array,
    *,
    fill: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def binary_closing(
    mask: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def binary_dilation(
    mask: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def binary_erosion(
    mask: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def binary_fill_holes(
    mask: _Array,
    *,
    connectivity: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def binary_opening(
    mask: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def black_tophat(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def calculate(
    table: Mapping[str, Any],
    *,
    name: str,
    expression: str,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def ceil(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def clear_border(
    labels: _Array,
    mask: _Array | None = None,
    *,
    buffer_size: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def clip(
    image: _Array,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def closing(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def connected_components(
    mask: _Array,
    *,
    connectivity: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ConnectedComponentsResult: ...

def convert_bool(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def convert_float32(
    image: _Array,
    *,
    rescale: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def convert_uint16(
    image: _Array,
    *,
    rescale: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint16]: ...

def convert_uint8(
    image: _Array,
    *,
    rescale: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint8]: ...

def difference_of_gaussians(
    image: _Array,
    *,
    low_sigma: float | str | Sequence[float | str] = 1.0,
    high_sigma: float | str | Sequence[float | str] | None = None,
    truncate: float = 4.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def dilation(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def distance_transform_edt(
    mask: _Array,
    *,
    sampling: float | Sequence[float] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def divide(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def equal(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def equalize_histogram(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def erosion(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def expand_labels(
    labels: _Array,
    *,
    distance: float = 1.0,
    spacing: float | Sequence[float] = 1.0,
    axes: str | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def exponential(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def fill(
    image: _Array,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def filter_labels(
    labels: _Array,
    table: Mapping[str, Any],
    *,
    where: str,
    label: str = 'label',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> FilterLabelsResult: ...

def filter_labels_by_size(
    labels: _Array,
    *,
    minimum_size: int = 0,
    maximum_size: int = 4294967295,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def filter_rows(
    table: Mapping[str, Any],
    *,
    where: str,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def floor(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def gamma_correction(
    image: _Array,
    *,
    gamma: float = 1.0,
    gain: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def gaussian_filter(
    image: _Array,
    *,
    sigma: float | str | Sequence[float | str] = 1.0,
    truncate: float = 4.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def greater(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def greater_or_equal(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def group_rows(
    table: Mapping[str, Any],
    *,
    by: str = '',
    columns: str = '',
    statistics: str = 'mean',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def histogram(
    image: _Array,
    *,
    nbins: int = 256,
    source_range: Literal["image", "dtype"] = 'image',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def hypot(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def invert_intensity(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def join_tables(
    table: Mapping[str, Any],
    other: Mapping[str, Any],
    *,
    by: str = 'label',
    keep: Literal["all", "matched"] = 'all',
    prefix: str = 'other_',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_maximum(
    image: _Array,
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_mean(
    image: _Array,
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_minimum(
    image: _Array,
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_standard_deviation(
    image: _Array,
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_sum(
    image: _Array,
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_to_rgb(
    labels: _Array,
    image: _Array | None = None,
    *,
    alpha: float = 0.3,
    bg_label: int = 0,
    bg_color: Literal["black", "white", "none"] = 'black',
    image_alpha: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint8]: ...

def less(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def less_or_equal(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def logarithm(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def logarithm_1_plus(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def logical_and(
    mask: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def logical_not(
    mask: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def logical_or(
    mask: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def logical_subtract(
    mask: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def logical_xor(
    mask: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def mask_labels(
    labels: _Array,
    mask: _Array,
    *,
    invert: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def maximum(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def maximum_filter(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'box',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def maximum_of_all_pixels(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def maximum_projection(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'z',
    keep_dims: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def mean_filter(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'box',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def mean_of_all_pixels(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def mean_projection(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'z',
    keep_dims: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def median_filter(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'box',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def minimum(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def minimum_filter(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'box',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def minimum_of_all_pixels(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def minimum_projection(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'z',
    keep_dims: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def multiply(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def nan_to_num(
    image: _Array,
    *,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def negate(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def not_equal(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def opening(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def overlay(
    image: _Array,
    labels: _Array,
    image_2: _Array | None = None,
    image_3: _Array | None = None,
    *,
    low: float = 0.5,
    high: float = 99.8,
    color: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'gray',
    color_2: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'green',
    color_3: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'magenta',
    outline: Literal["distinct", "white", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'distinct',
    width: int = 1,
    scale_bar: bool = True,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint8]: ...

def peak_local_max(
    image: _Array,
    labels: _Array | None = None,
    *,
    min_distance: int = 1,
    threshold_abs: float | None = None,
    threshold_rel: float | None = None,
    exclude_border: int | None = None,
    num_peaks: int | None = None,
    num_peaks_per_label: int | None = None,
    footprint: str | Sequence[Any] | NDArray[Any] | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> PeakLocalMaxResult: ...

def percentile_of_all_pixels(
    image: _Array,
    *,
    percentile: float = 50.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def phase_cross_correlation(
    reference: _Array,
    moving: _Array,
    *,
    upsample_factor: int = 1,
    normalization: Literal["phase", "unweighted"] = 'phase',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def pixel_expression(
    image: _Array,
    other: _Array | None = None,
    third: _Array | None = None,
    *,
    expression: str,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def power(
    image: _Array,
    other: _Array | None = None,
    *,
    exponent: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def reciprocal(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def regionprops_table(
    labels: _Array,
    image: _Array | None = None,
    *,
    properties: str = 'all',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def relabel_sequential(
    labels: _Array,
    *,
    offset: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def relate_labels(
    children: _Array,
    parents: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> RelateLabelsResult: ...

def remove_small_holes(
    mask: _Array,
    *,
    max_size: int = 63,
    connectivity: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def remove_small_objects(
    mask: _Array,
    *,
    max_size: int = 63,
    connectivity: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def replace_value(
    image: _Array,
    *,
    value: float = 0.0,
    replacement: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def resize(
    image: _Array,
    *,
    shape: int | Sequence[int] | None = None,
    scale: float | Sequence[float] = 1.0,
    order: int = 1,
    anti_aliasing: bool = True,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def rgb_to_gray(
    rgb: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def richardson_lucy(
    image: _Array,
    psf: _Array,
    *,
    num_iter: int = 50,
    clip: bool = True,
    filter_epsilon: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def round(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def set_ramp(
    image: _Array,
    *,
    axis: Literal["x", "y", "z"] = 'x',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def sign(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def sobel(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] | None = None,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def square(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def square_root(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def squared_difference(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def standard_deviation_of_all_pixels(
    image: _Array,
    *,
    ddof: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def standard_deviation_projection(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'z',
    keep_dims: bool = False,
    ddof: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def subtract(
    image: _Array,
    other: _Array | None = None,
    *,
    value: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def subtract_gaussian_background(
    image: _Array,
    *,
    sigma: float | str | Sequence[float | str] = 2.0,
    truncate: float = 4.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def sum_of_all_pixels(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def sum_projection(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'z',
    keep_dims: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def threshold_local(
    image: _Array,
    *,
    method: Literal["gaussian", "mean", "median"] = 'gaussian',
    block_size: int | Sequence[int] = 3,
    offset: float = 0.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdLocalResult: ...

def threshold_otsu(
    image: _Array,
    *,
    nbins: int = 256,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdOtsuResult: ...

def truncate(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def undefined_to_zero(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def unsharp_mask(
    image: _Array,
    *,
    radius: float | str | Sequence[float | str] = 1.0,
    amount: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def watershed(
    image: _Array,
    markers: _Array,
    mask: _Array | None = None,
    *,
    connectivity: int = 1,
    compactness: float = 0.0,
    watershed_line: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def white_tophat(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
    radius: float | str | Sequence[float | str] = 1.0,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

class _Color:
    @staticmethod
    def label_to_rgb(
        labels: _Array,
        image: _Array | None = None,
        *,
        alpha: float = 0.3,
        bg_label: int = 0,
        bg_color: Literal["black", "white", "none"] = 'black',
        image_alpha: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint8]: ...
    @staticmethod
    def overlay(
        image: _Array,
        labels: _Array,
        image_2: _Array | None = None,
        image_3: _Array | None = None,
        *,
        low: float = 0.5,
        high: float = 99.8,
        color: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'gray',
        color_2: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'green',
        color_3: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'magenta',
        outline: Literal["distinct", "white", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'distinct',
        width: int = 1,
        scale_bar: bool = True,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint8]: ...
    @staticmethod
    def rgb_to_gray(
        rgb: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

color: _Color

class _Exposure:
    @staticmethod
    def equalize_histogram(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def gamma_correction(
        image: _Array,
        *,
        gamma: float = 1.0,
        gain: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def histogram(
        image: _Array,
        *,
        nbins: int = 256,
        source_range: Literal["image", "dtype"] = 'image',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def invert_intensity(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...

exposure: _Exposure

class _Feature:
    @staticmethod
    def peak_local_max(
        image: _Array,
        labels: _Array | None = None,
        *,
        min_distance: int = 1,
        threshold_abs: float | None = None,
        threshold_rel: float | None = None,
        exclude_border: int | None = None,
        num_peaks: int | None = None,
        num_peaks_per_label: int | None = None,
        footprint: str | Sequence[Any] | NDArray[Any] | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> PeakLocalMaxResult: ...

feature: _Feature

class _Filters:
    @staticmethod
    def difference_of_gaussians(
        image: _Array,
        *,
        low_sigma: float | str | Sequence[float | str] = 1.0,
        high_sigma: float | str | Sequence[float | str] | None = None,
        truncate: float = 4.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def gaussian_filter(
        image: _Array,
        *,
        sigma: float | str | Sequence[float | str] = 1.0,
        truncate: float = 4.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def maximum_filter(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'box',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def mean_filter(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'box',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def median_filter(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'box',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def minimum_filter(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'box',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def sobel(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] | None = None,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def subtract_gaussian_background(
        image: _Array,
        *,
        sigma: float | str | Sequence[float | str] = 2.0,
        truncate: float = 4.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def unsharp_mask(
        image: _Array,
        *,
        radius: float | str | Sequence[float | str] = 1.0,
        amount: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

filters: _Filters

class _Math:
    @staticmethod
    def absolute(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def absolute_difference(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def add(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def add_weighted(
        image: _Array,
        other: _Array,
        *,
        factor: float = 1.0,
        other_factor: float = 1.0,
        offset: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def apply_label_mask(
        image: _Array,
        labels: _Array,
        *,
        label: int = 1,
        fill: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def apply_mask(
        image: _Array,
        mask: _Array,
        *,
        fill: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def ceil(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def clip(
        image: _Array,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def divide(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def equal(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def exponential(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def floor(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def greater(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def greater_or_equal(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def hypot(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def less(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def less_or_equal(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def logarithm(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def logarithm_1_plus(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def logical_and(
        mask: _Array,
        other: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def logical_not(
        mask: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def logical_or(
        mask: _Array,
        other: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def logical_subtract(
        mask: _Array,
        other: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def logical_xor(
        mask: _Array,
        other: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def maximum(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def maximum_of_all_pixels(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def mean_of_all_pixels(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def minimum(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def minimum_of_all_pixels(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def multiply(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def nan_to_num(
        image: _Array,
        *,
        nan: float = 0.0,
        posinf: float | None = None,
        neginf: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def negate(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def not_equal(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def percentile_of_all_pixels(
        image: _Array,
        *,
        percentile: float = 50.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def pixel_expression(
        image: _Array,
        other: _Array | None = None,
        third: _Array | None = None,
        *,
        expression: str,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def power(
        image: _Array,
        other: _Array | None = None,
        *,
        exponent: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def reciprocal(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def round(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def sign(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def square(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def square_root(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def squared_difference(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def standard_deviation_of_all_pixels(
        image: _Array,
        *,
        ddof: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def subtract(
        image: _Array,
        other: _Array | None = None,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def sum_of_all_pixels(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def truncate(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def undefined_to_zero(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...

math: _Math

class _Measure:
    @staticmethod
    def label_maximum(
        image: _Array,
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def label_mean(
        image: _Array,
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def label_minimum(
        image: _Array,
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def label_standard_deviation(
        image: _Array,
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def label_sum(
        image: _Array,
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def regionprops_table(
        labels: _Array,
        image: _Array | None = None,
        *,
        properties: str = 'all',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...

measure: _Measure

class _Morphology:
    @staticmethod
    def binary_closing(
        mask: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def binary_dilation(
        mask: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def binary_erosion(
        mask: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def binary_fill_holes(
        mask: _Array,
        *,
        connectivity: int = 1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def binary_opening(
        mask: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def black_tophat(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def closing(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def dilation(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def distance_transform_edt(
        mask: _Array,
        *,
        sampling: float | Sequence[float] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def erosion(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def opening(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def remove_small_holes(
        mask: _Array,
        *,
        max_size: int = 63,
        connectivity: int = 1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def remove_small_objects(
        mask: _Array,
        *,
        max_size: int = 63,
        connectivity: int = 1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def white_tophat(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'ball',
        radius: float | str | Sequence[float | str] = 1.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...

morphology: _Morphology

class _Projection:
    @staticmethod
    def maximum_projection(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'z',
        keep_dims: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def mean_projection(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'z',
        keep_dims: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def minimum_projection(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'z',
        keep_dims: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def standard_deviation_projection(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'z',
        keep_dims: bool = False,
        ddof: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def sum_projection(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'z',
        keep_dims: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

projection: _Projection

class _Registration:
    @staticmethod
    def phase_cross_correlation(
        reference: _Array,
        moving: _Array,
        *,
        upsample_factor: int = 1,
        normalization: Literal["phase", "unweighted"] = 'phase',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...

registration: _Registration

class _Restoration:
    @staticmethod
    def richardson_lucy(
        image: _Array,
        psf: _Array,
        *,
        num_iter: int = 50,
        clip: bool = True,
        filter_epsilon: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

restoration: _Restoration

class _Segmentation:
    @staticmethod
    def clear_border(
        labels: _Array,
        mask: _Array | None = None,
        *,
        buffer_size: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def connected_components(
        mask: _Array,
        *,
        connectivity: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ConnectedComponentsResult: ...
    @staticmethod
    def expand_labels(
        labels: _Array,
        *,
        distance: float = 1.0,
        spacing: float | Sequence[float] = 1.0,
        axes: str | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def filter_labels_by_size(
        labels: _Array,
        *,
        minimum_size: int = 0,
        maximum_size: int = 4294967295,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def mask_labels(
        labels: _Array,
        mask: _Array,
        *,
        invert: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def relabel_sequential(
        labels: _Array,
        *,
        offset: int = 1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def relate_labels(
        children: _Array,
        parents: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> RelateLabelsResult: ...
    @staticmethod
    def watershed(
        image: _Array,
        markers: _Array,
        mask: _Array | None = None,
        *,
        connectivity: int = 1,
        compactness: float = 0.0,
        watershed_line: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...

segmentation: _Segmentation

class _Table:
    @staticmethod
    def calculate(
        table: Mapping[str, Any],
        *,
        name: str,
        expression: str,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def filter_labels(
        labels: _Array,
        table: Mapping[str, Any],
        *,
        where: str,
        label: str = 'label',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> FilterLabelsResult: ...
    @staticmethod
    def filter_rows(
        table: Mapping[str, Any],
        *,
        where: str,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def group_rows(
        table: Mapping[str, Any],
        *,
        by: str = '',
        columns: str = '',
        statistics: str = 'mean',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def join_tables(
        table: Mapping[str, Any],
        other: Mapping[str, Any],
        *,
        by: str = 'label',
        keep: Literal["all", "matched"] = 'all',
        prefix: str = 'other_',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...

table: _Table

class _Threshold:
    @staticmethod
    def threshold_local(
        image: _Array,
        *,
        method: Literal["gaussian", "mean", "median"] = 'gaussian',
        block_size: int | Sequence[int] = 3,
        offset: float = 0.0,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdLocalResult: ...
    @staticmethod
    def threshold_otsu(
        image: _Array,
        *,
        nbins: int = 256,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdOtsuResult: ...

threshold: _Threshold

class _Transform:
    @staticmethod
    def affine_transform(
        image: _Array,
        *,
        matrix: Sequence[Sequence[float]] | NDArray[Any],
        order: int = 1,
        shape: int | Sequence[int] | None = None,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def resize(
        image: _Array,
        *,
        shape: int | Sequence[int] | None = None,
        scale: float | Sequence[float] = 1.0,
        order: int = 1,
        anti_aliasing: bool = True,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

transform: _Transform

class _Util:
    @staticmethod
    def convert_bool(
        image: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def convert_float32(
        image: _Array,
        *,
        rescale: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def convert_uint16(
        image: _Array,
        *,
        rescale: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint16]: ...
    @staticmethod
    def convert_uint8(
        image: _Array,
        *,
        rescale: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint8]: ...
    @staticmethod
    def fill(
        image: _Array,
        *,
        value: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def replace_value(
        image: _Array,
        *,
        value: float = 0.0,
        replacement: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def set_ramp(
        image: _Array,
        *,
        axis: Literal["x", "y", "z"] = 'x',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...

util: _Util
