# Written by `rotifer stubs`; a test holds this file against the registry.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, final

import builtins

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import errors as errors
from .errors import Error as Error

__version__: str

_On = Literal["auto", "cpu", "gpu"]
_list = builtins.list
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
    def absolute(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def absolute_difference(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def add(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def add_weighted(self, *, factor: float = 1.0, other_factor: float = 1.0, offset: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def affine_transform(self, *, matrix: Sequence[Sequence[float]] | NDArray[Any], order: int = 1, shape: int | Sequence[int] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def anisotropic_diffusion(self, *, num_iter: int = 10, kappa: float = 20.0, step: float = 0.15, conduction: Literal["exponential", "quadratic"] = 'exponential', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def apply_label_mask(self, *, label: int = 1, fill: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def apply_mask(self, *, fill: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def assemble_tiles(self, *, columns: int = 3, order: Literal["rows", "snake"] = 'rows', overlap: float = 0.1, blending: Literal["linear", "mean", "maximum", "first"] = 'linear', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def background_by_local_minimum(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 25.0, sigma: float | str | Sequence[float | str] = 10.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def basic_flatfield(self, *, size: int = 64, smoothness: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def bilateral_filter(self, *, sigma_spatial: float = 1.0, sigma_color: float | None = None, radius: int | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def binary_closing(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def binary_dilation(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def binary_erosion(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def binary_fill_holes(self, *, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def binary_opening(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def black_tophat(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def blob_dog(self, *, threshold: float, min_sigma: float = 1.0, max_sigma: float = 50.0, sigma_ratio: float = 1.6, overlap: float = 0.5, exclude_border: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def blob_doh(self, *, threshold: float, min_sigma: float = 1.0, max_sigma: float = 30.0, num_sigma: int = 10, overlap: float = 0.5, log_scale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def blob_log(self, *, threshold: float, min_sigma: float = 1.0, max_sigma: float = 50.0, num_sigma: int = 10, overlap: float = 0.5, log_scale: bool = False, exclude_border: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def block_reduce(self, *, block_size: int | Sequence[int] = 2, statistic: Literal["mean", "sum", "minimum", "maximum", "median"] = 'sum', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def calculate(self, *, name: str, expression: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def call_barcodes(self, *, columns: str, letters: str = 'ACGT', barcode: str = 'barcode', name: str = 'name', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def canny(self, *, sigma: float | str | Sequence[float | str] = 1.0, low_threshold: float = 0.1, high_threshold: float = 0.2, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def ceil(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def cellprofiler_names(self, *, module: Literal["MeasureObjectSizeShape", "MeasureObjectIntensity", "MeasureTexture", "MeasureObjectIntensityDistribution", "MeasureGranularity", "MeasureColocalization", "MeasureObjectNeighbors", "MeasureObjectSkeleton", "MeasureImageQuality", "TrackObjects", "RelateObjects"], image: str = 'Image', other: str = 'Other', scale: str = '3', levels: int = 256, bins: int = 4, parent: str = 'Parent', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def center_of_mass(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def central_pixel(self, *, label: str = 'label', weight: str | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def centroids_of_labels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def circle_hough_map(self, *, radius: float = 10.0, angles: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def clahe(self, *, block_size: int | Sequence[int] | None = None, clip_limit: float = 0.01, nbins: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def classify_by_measurement(self, *, column: str, bounds: str, names: str = '', name: str = 'class', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def clear_border(self, *, buffer_size: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def clip(self, *, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def closing(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def co_occurrence(self, *, coordinates: str = 'y, x', group: str = 'class', maximum_distance: float = 100.0, steps: int = 10, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def colocalization_per_object(self, *, threshold: float = 15.0, costes: bool = False, maximum: float | None = None, steps: int = 65535, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def combine_labels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def compensate_channels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def concatenate(self, *, axis: Literal["z", "y", "x"] = 'x', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def connected_components(self, *, connectivity: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convert_bool(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convert_float32(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convert_uint16(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convert_uint8(self, *, rescale: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convex_hull_background(self, *, levels: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def convolve(self, *, kernel: Sequence[Sequence[float]] | NDArray[Any], edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def costes_randomisation(self, *, block: int = 4, permutations: int = 200, seed: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def create(self, *, shape: int | Sequence[int], value: float = 0.0, pixel_size: float | Sequence[float] | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def create_like(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def crop(self, *, before: int | Sequence[int] = 0, after: int | Sequence[int] = 0, shape: int | Sequence[int] | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def denoise_nl_means(self, *, h: float, patch_size: int = 7, patch_distance: int = 11, fast_mode: bool = True, sigma: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def denoise_tv_chambolle(self, *, weight: float = 0.1, eps: float = 0.0002, max_num_iter: int = 200, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def deskew(self, *, angle: float = 30.0, axis: Literal["y", "x"] = 'y', step: float | None = None, order: int = 1, constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def difference_of_gaussians(self, *, low_sigma: float | str | Sequence[float | str] = 1.0, high_sigma: float | str | Sequence[float | str] | None = None, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def dilation(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def distance_matrix(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def distance_transform_edt(self, *, sampling: float | Sequence[float] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def divide(self, *, value: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def divide_by_gaussian_background(self, *, sigma: float | str | Sequence[float | str] = 2.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def downscale_local_mean(self, *, factors: int | Sequence[int] = 2, constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def draw_disk(self, *, shape: int | Sequence[int], center: float | Sequence[float], radius: float, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def draw_ellipse(self, *, shape: int | Sequence[int], center: float | Sequence[float], radius: float | Sequence[float], rotation: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def draw_line(self, *, shape: int | Sequence[int], start: int | Sequence[int], end: int | Sequence[int], from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def draw_rectangle(self, *, shape: int | Sequence[int], start: int | Sequence[int], end: int | Sequence[int], from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def equalize_histogram(self, *, nbins: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def erode_labels(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def erosion(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def expand_labels(self, *, distance: float = 1.0, spacing: float | Sequence[float] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def exponential(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def extend_labeling_via_voronoi(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def feret_diameter(self, *, points: Literal["corners", "centers"] = 'corners', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def fill(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def filter_labels(self, *, where: str, label: str = 'label', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def filter_labels_by_size(self, *, minimum_size: int = 0, maximum_size: int = 4294967295, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def filter_rows(self, *, where: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def find_boundaries(self, *, connectivity: int = 1, mode: Literal["thick", "inner", "outer"] = 'thick', background: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def find_contours(self, *, level: float | None = None, fully_connected: Literal["low", "high"] = 'low', positive_orientation: Literal["low", "high"] = 'low', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def fit_line(self, *, coordinates: str = 'y, x', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def fit_polynomial_surface(self, *, degree: int = 2, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def flag(self, *, where: bool | float | str, skip: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def flip(self, *, axis: Literal["z", "y", "x"] = 'x', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def floor(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def frangi(self, *, min_sigma: float = 1.0, max_sigma: float = 9.0, num_sigma: int = 5, alpha: float = 0.5, beta: float = 0.5, gamma: float | None = None, black_ridges: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def gamma_correction(self, *, gamma: float = 1.0, gain: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def gaussian_filter(self, *, sigma: float | str | Sequence[float | str] = 1.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def gaussian_gradient_magnitude(self, *, sigma: float | str | Sequence[float | str] = 1.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def geodesic_diameter(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def gradient(self, *, axis: Literal["z", "y", "x"] = 'x', edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def granularity_spectrum(self, *, subsample: float = 0.25, background_subsample: float = 0.25, background_radius: int = 10, length: int = 16, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def graph_centrality(self, *, group: str = 'class', label: str = 'label', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def greater(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def greater_or_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def group_rows(self, *, by: str = '', columns: str = '', statistics: str = 'mean', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def h_maxima(self, *, h: float = 1.0, connectivity: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def h_minima(self, *, h: float = 1.0, connectivity: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def haralick_texture_per_object(self, *, scale: int = 3, levels: int = 256, minimum: float = 0.0, maximum: float | None = None, directions: Literal["each", "mean"] = 'each', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def hed_to_rgb(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def hessian_eigenvalues(self, *, eigenvalue: Literal["largest", "middle", "smallest"] = 'largest', sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def hessian_matrix(self, *, axis: Literal["z", "y", "x"] = 'x', other_axis: Literal["z", "y", "x"] = 'x', sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def histogram(self, *, nbins: int = 256, source_range: Literal["image", "dtype"] = 'image', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def hypot(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def image_quality_metrics(self, *, scale: int = 20, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def intensity_per_object(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def interaction_matrix(self, *, group: str = 'class', label: str = 'label', weight: str | None = None, normalized: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def intersection_coefficient(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def inverse_gaussian_gradient(self, *, alpha: float = 100.0, sigma: float | str | Sequence[float | str] = 5.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def invert_intensity(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def jaccard_index(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def join_tables(self, *, by: str = 'label', keep: Literal["all", "matched"] = 'all', prefix: str = 'other_', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_maximum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_mean(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_minimum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_overlap_count(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_overlap_fraction(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_spots(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_standard_deviation(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_sum(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def label_to_rgb(self, *, alpha: float = 0.3, bg_label: int = 0, bg_color: Literal["black", "white", "none"] = 'black', image_alpha: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def labels_to_points(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def laplace(self, *, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def laplacian_of_gaussian(self, *, sigma: float | str | Sequence[float | str] = 1.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def less(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def less_or_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def local_maxima(self, *, connectivity: int | None = None, allow_borders: bool = True, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def local_minima(self, *, connectivity: int | None = None, allow_borders: bool = True, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logarithm(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logarithm_1_plus(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logical_and(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logical_not(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logical_or(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logical_subtract(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def logical_xor(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def make_isotropic(self, *, target_spacing: float | None = None, current_spacing: float | Sequence[float] | None = None, order: int = 1, anti_aliasing: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def manders_colocalization(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def manders_overlap(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def map_coordinates(self, *, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def map_values(self, *, pairs: Sequence[Sequence[float]] | NDArray[Any], from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mask_labels(self, *, invert: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def masked_voronoi_labeling(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum_intensity_map(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum_of_touching_neighbors(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def maximum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_intensity_map(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_of_touching_neighbors(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def mean_squared_error(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def median_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def median_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def meijering(self, *, min_sigma: float = 1.0, max_sigma: float = 9.0, num_sigma: int = 5, alpha: float | None = None, black_ridges: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def merge_labels_by_border_intensity(self, *, minimum_value: float = 0.0, maximum_value: float = 100.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum_filter(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum_intensity_map(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum_of_touching_neighbors(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def minimum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def ml_classifier(self, *, columns: str = '', group: str = 'class', name: str = 'predicted', trees: int = 100, depth: int = 12, seed: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def montage(self, *, grid_shape: int | Sequence[int] | None = None, padding_width: int = 0, constant: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def multiply(self, *, value: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def nan_to_num(self, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def negate(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def neighbor_statistics_table(self, *, method: Literal["adjacent", "expanded", "within"] = 'adjacent', distance: int = 5, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def neighborhood_enrichment(self, *, group: str = 'class', label: str = 'label', permutations: int = 1000, seed: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def normalize(self, *, low_percentile: float = 0.0, high_percentile: float = 100.0, clip: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def not_equal(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def opening(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def overlay(self, *, low: float = 0.5, high: float = 99.8, color: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'gray', color_2: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'green', color_3: Literal["gray", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'magenta', outline: Literal["distinct", "white", "red", "green", "blue", "cyan", "magenta", "yellow"] = 'distinct', width: int = 1, scale_bar: bool = True, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pad(self, *, before: int | Sequence[int] = 0, after: int | Sequence[int] = 0, shape: int | Sequence[int] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def peak_local_max(self, *, min_distance: int = 1, threshold_abs: float | None = None, threshold_rel: float | None = None, exclude_border: int | None = None, num_peaks: int | None = None, num_peaks_per_label: int | None = None, footprint: str | Sequence[Any] | NDArray[Any] | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def peak_signal_noise_ratio(self, *, data_range: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pearson_correlation(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def percentile_filter(self, *, percentile: float = 50.0, footprint: str | Sequence[Any] | NDArray[Any] = 'box', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def percentile_of_all_pixels(self, *, percentile: float = 50.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def percentile_projection(self, *, percentile: float = 50.0, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def phase_cross_correlation(self, *, upsample_factor: int = 1, normalization: Literal["phase", "unweighted"] = 'phase', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pivot_table(self, *, name: str, value: str, by: str = 'label', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pixel_classifier(self, *, scales: int = 2, trees: int = 20, depth: int = 12, samples: int = 500, seed: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pixel_count_map(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pixel_expression(self, *, expression: str, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def pixel_graph(self, *, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def power(self, *, exponent: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def prewitt(self, *, axis: Literal["z", "y", "x"] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def propagate_labels(self, *, regularization: float = 0.05, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def proximal_neighbor_count(self, *, minimum_distance: float = 0.0, maximum_distance: float = 25.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def proximal_other_labels_count(self, *, minimum_distance: float = 0.0, maximum_distance: float = 25.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def radial_distribution(self, *, bins: int = 4, scaled: bool = True, maximum_radius: float = 100.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def random_noise(self, *, mode: Literal["gaussian", "speckle", "poisson", "salt", "pepper", "s&p"] = 'gaussian', mean: float = 0.0, var: float = 0.01, amount: float = 0.05, salt_vs_pepper: float = 0.5, gain: float = 1.0, seed: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def read_values_at_positions(self, *, column: str = 'value', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def reciprocal(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def reconstruction(self, *, method: Literal["dilation", "erosion"] = 'dilation', connectivity: int | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def reduce_labels_to_centroids(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def reduce_labels_to_label_edges(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def regionprops_table(self, *, properties: str = 'all', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def register_mutual_information(self, *, bins: int = 256, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def relabel_sequential(self, *, offset: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def relate_labels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_labels(self, *, remove: int | Sequence[int] = (), from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_labels_with_values_out_of_range(self, *, minimum_value: float = 0.0, maximum_value: float = 100.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_labels_with_values_within_range(self, *, minimum_value: float = 0.0, maximum_value: float = 100.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_objects_by_distance(self, *, min_distance: float, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_outliers(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'disk', radius: float | str | Sequence[float | str] = 2.0, threshold: float = 50.0, outliers: Literal["bright", "dark", "both"] = 'bright', edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_small_holes(self, *, max_size: int = 63, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def remove_small_objects(self, *, max_size: int = 63, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def replace_value(self, *, value: float = 0.0, replacement: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def replace_values_by_index(self, *, column: str, label: str = 'label', elsewhere: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rescale(self, *, scale: float | Sequence[float], order: int = 1, anti_aliasing: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rescale_intensity(self, *, in_minimum: float | None = None, in_maximum: float | None = None, out_minimum: float | None = None, out_maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def resize(self, *, shape: int | Sequence[int] | None = None, scale: float | Sequence[float] = 1.0, order: int = 1, anti_aliasing: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def resize_labels(self, *, shape: int | Sequence[int] | None = None, scale: float | Sequence[float] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def reslice_radial(self, *, angle: float = 360.0, step: float = 1.0, center: float | Sequence[float] | None = None, length: int | None = None, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rgb_to_gray(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rgb_to_hed(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def richardson_lucy(self, *, num_iter: int = 50, clip: bool = True, filter_epsilon: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rigid_transform(self, *, angle_z: float = 0.0, angle_y: float = 0.0, angle_x: float = 0.0, shift: float | str | Sequence[float | str] = 0.0, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def ripleys_k(self, *, coordinates: str = 'y, x', radius_step: float = 5.0, radii: int = 20, window: float | Sequence[float] | None = None, correction: Literal["none", "translation"] = 'translation', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rolling_ball(self, *, radius: float, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def rotate(self, *, angle: float, axis: Literal["z", "y", "x"] = 'z', resize: bool = False, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def round(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sato(self, *, min_sigma: float = 1.0, max_sigma: float = 9.0, num_sigma: int = 5, black_ridges: bool = True, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def scharr(self, *, axis: Literal["z", "y", "x"] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def set_ramp(self, *, axis: Literal["x", "y", "z"] = 'x', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def shape_index(self, *, sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def shape_per_object(self, *, moments: bool = True, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sholl_analysis(self, *, center: float | Sequence[float] | None = None, first_radius: float = 1.0, radius_step: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sign(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def skeleton_branch_analysis(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def skeletonize(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def smooth_labels(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sobel(self, *, axis: Literal["z", "y", "x"] | None = None, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def spatial_graph(self, *, coordinates: str = 'y, x', label: str = 'label', method: Literal["knn", "radius", "delaunay", "gabriel"] = 'knn', k: int = 6, radius: float = 50.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def spots_to_points(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def square(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def square_root(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def squared_difference(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def standard_deviation_intensity_map(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def standard_deviation_of_all_pixels(self, *, ddof: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def standard_deviation_of_touching_neighbors(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def standard_deviation_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, ddof: int = 0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def stitch_linear_blending(self, *, columns: int = 3, order: Literal["rows", "snake"] = 'rows', overlap: float = 0.1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def straighten_objects(self, *, width: int = 20, length: int = 256, count: int = 50, control_points: int = 21, align: Literal["any", "top", "bottom"] = 'any', segments: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def structure_tensor(self, *, axis: Literal["z", "y", "x"] = 'x', other_axis: Literal["z", "y", "x"] = 'x', sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def structure_tensor_eigenvalues(self, *, eigenvalue: Literal["largest", "middle", "smallest"] = 'largest', sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def subtract(self, *, value: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def subtract_gaussian_background(self, *, sigma: float | str | Sequence[float | str] = 2.0, truncate: float = 4.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sum_of_all_pixels(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def sum_projection(self, *, axis: Literal["z", "y", "x"] = 'z', keep_dims: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_adaptive_block(self, *, method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu', block_size: int | Sequence[int] = 50, lowest: float = 0.7, highest: float = 1.5, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_huang(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_hysteresis(self, *, low: float, high: float, connectivity: int = 1, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_isodata(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_li(self, *, initial_guess: float | None = None, tolerance: float | None = None, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_local(self, *, method: Literal["gaussian", "mean", "median"] = 'gaussian', block_size: int | Sequence[int] = 3, offset: float = 0.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_max_entropy(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_mean(self, *, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_minimum(self, *, nbins: int = 256, iterations: int = 10000, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_minimum_error(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_mixture_of_gaussians(self, *, object_fraction: float = 0.2, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_multiotsu(self, *, classes: int = 3, nbins: int = 256, background_classes: int = 1, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_niblack(self, *, block_size: int | Sequence[int] = 15, k: float = 0.2, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_otsu(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_per_object(self, *, method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu', nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_phansalkar(self, *, block_size: int | Sequence[int] = 15, k: float = 0.25, r: float = 0.5, p: float = 2.0, q: float = 10.0, white: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_robust_background(self, *, lower_fraction: float = 0.05, upper_fraction: float = 0.05, average: Literal["mean", "median", "mode"] = 'mean', spread: Literal["standard_deviation", "median_absolute_deviation"] = 'standard_deviation', deviations: float = 2.0, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_sauvola(self, *, block_size: int | Sequence[int] = 15, k: float = 0.2, r: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_triangle(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def threshold_yen(self, *, nbins: int = 256, factor: float = 1.0, minimum: float | None = None, maximum: float | None = None, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def tile_grid_statistics(self, *, rows: int = 8, columns: int = 8, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def tile_positions(self, *, columns: int = 3, order: Literal["rows", "snake"] = 'rows', overlap: float = 0.1, reach: int = 10, minimum_correlation: float = 0.3, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def touch_matrix(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def touching_neighbor_count(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def track_objects(self, *, coordinates: str = 'y, x', time: str = 't', max_distance: float = 15.0, gap: int = 0, divisions: bool = False, merges: bool = False, assignment: Literal["greedy", "optimal"] = 'greedy', label: str = 'label', remove_drift: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def translate(self, *, shift: float | str | Sequence[float | str] = 0.0, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def transpose(self, *, axes: Literal["yx", "zx", "zy"] = 'yx', from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def truncate(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def tubeness(self, *, sigma: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def undefined_to_zero(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def unsharp_mask(self, *, radius: float | str | Sequence[float | str] = 1.0, amount: float = 1.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def untangle_worms(self, *, min_area: float = 100.0, max_area: float = 1000.0, median_area: float = 500.0, min_length: float = 50.0, max_length: float = 150.0, max_segment_length: float = 100.0, max_radius: float = 5.0, max_cost: float = 100.0, control_points: int = 21, mean: Sequence[Sequence[float]] | NDArray[Any] | None = None, inverse_covariance: Sequence[Sequence[float]] | NDArray[Any] | None = None, radii: Sequence[Sequence[float]] | NDArray[Any] | None = None, overlap_weight: float = 5.0, leftover_weight: float = 10.0, max_segments: int = 400, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def voronoi_labeling(self, *, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def voronoi_otsu_labeling(self, *, spot_sigma: float | str | Sequence[float | str] = 2.0, outline_sigma: float | str | Sequence[float | str] = 2.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def warp(self, *, order: int = 1, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def watershed(self, *, connectivity: int = 1, compactness: float = 0.0, watershed_line: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def white_tophat(self, *, footprint: str | Sequence[Any] | NDArray[Any] = 'ball', radius: float | str | Sequence[float | str] = 1.0, edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'reflect', constant: float = 0.0, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...
    def zernike_moments(self, *, degree: int = 9, phase: bool = False, from_: str | Sequence[str] | None = None, as_: str | None = None, save: bool | Sequence[str] | None = None, dtype: str | None = None, slice_by_slice: bool | None = None, on: str | None = None, over: str | None = None) -> Pipeline: ...


class ClassifyByMeasurementResult(NamedTuple):
    table: Table
    counts: Table


class CompensateChannelsResult(NamedTuple):
    image: NDArray[np.float32]
    second: NDArray[np.float32]
    third: NDArray[np.float32]
    fourth: NDArray[np.float32]


class ConnectedComponentsResult(NamedTuple):
    labels: NDArray[np.uint32]
    count: float  # type: ignore[assignment]


class FilterLabelsResult(NamedTuple):
    labels: NDArray[np.uint32]
    table: Table


class PeakLocalMaxResult(NamedTuple):
    points: Table
    markers: NDArray[np.uint32]


class PixelClassifierResult(NamedTuple):
    labels: NDArray[np.uint32]
    confidence: NDArray[np.float32]


class PixelGraphResult(NamedTuple):
    points: Table
    edges: Table


class PropagateLabelsResult(NamedTuple):
    labels: NDArray[np.uint32]
    distances: NDArray[np.float32]


class RelateLabelsResult(NamedTuple):
    children: Table
    parents: Table


class StraightenObjectsResult(NamedTuple):
    image: NDArray[np.float32]
    labels: NDArray[np.uint32]
    objects: Table


class ThresholdAdaptiveBlockResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdHuangResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdIsodataResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdLiResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdLocalResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdMaxEntropyResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdMeanResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdMinimumResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdMinimumErrorResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdMixtureOfGaussiansResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdMultiotsuResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float
    classes: NDArray[np.uint32]
    thresholds: Table


class ThresholdNiblackResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdOtsuResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdPerObjectResult(NamedTuple):
    mask: NDArray[np.bool_]
    thresholds: Table


class ThresholdPhansalkarResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdRobustBackgroundResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdSauvolaResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: NDArray[np.float32]


class ThresholdTriangleResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class ThresholdYenResult(NamedTuple):
    mask: NDArray[np.bool_]
    threshold: float


class TilePositionsResult(NamedTuple):
    tiles: Table
    pairs: Table


class UntangleWormsResult(NamedTuple):
    labels: NDArray[np.uint32]
    overlapping: NDArray[np.uint32]
    worms: Table


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
) -> NDArray[Any]: ...

def anisotropic_diffusion(
    image: _Array,
    *,
    num_iter: int = 10,
    kappa: float = 20.0,
    step: float = 0.15,
    conduction: Literal["exponential", "quadratic"] = 'exponential',
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

def assemble_tiles(
    image: _Array,
    points: _Columns | None = None,
    *,
    columns: int = 3,
    order: Literal["rows", "snake"] = 'rows',
    overlap: float = 0.1,
    blending: Literal["linear", "mean", "maximum", "first"] = 'linear',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def background_by_local_minimum(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'box',
    radius: float | str | Sequence[float | str] = 25.0,
    sigma: float | str | Sequence[float | str] = 10.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def basic_flatfield(
    image: _Array,
    *,
    size: int = 64,
    smoothness: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def bilateral_filter(
    image: _Array,
    *,
    sigma_spatial: float = 1.0,
    sigma_color: float | None = None,
    radius: int | None = None,
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

def blob_dog(
    image: _Array,
    *,
    threshold: float,
    min_sigma: float = 1.0,
    max_sigma: float = 50.0,
    sigma_ratio: float = 1.6,
    overlap: float = 0.5,
    exclude_border: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def blob_doh(
    image: _Array,
    *,
    threshold: float,
    min_sigma: float = 1.0,
    max_sigma: float = 30.0,
    num_sigma: int = 10,
    overlap: float = 0.5,
    log_scale: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def blob_log(
    image: _Array,
    *,
    threshold: float,
    min_sigma: float = 1.0,
    max_sigma: float = 50.0,
    num_sigma: int = 10,
    overlap: float = 0.5,
    log_scale: bool = False,
    exclude_border: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def block_reduce(
    image: _Array,
    *,
    block_size: int | Sequence[int] = 2,
    statistic: Literal["mean", "sum", "minimum", "maximum", "median"] = 'sum',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def calculate(
    table: _Columns,
    *,
    name: str,
    expression: str,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def call_barcodes(
    points: _Columns,
    library: _Columns,
    *,
    columns: str,
    letters: str = 'ACGT',
    barcode: str = 'barcode',
    name: str = 'name',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def canny(
    image: _Array,
    *,
    sigma: float | str | Sequence[float | str] = 1.0,
    low_threshold: float = 0.1,
    high_threshold: float = 0.2,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

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

def cellprofiler_names(
    table: _Columns,
    *,
    module: Literal["MeasureObjectSizeShape", "MeasureObjectIntensity", "MeasureTexture", "MeasureObjectIntensityDistribution", "MeasureGranularity", "MeasureColocalization", "MeasureObjectNeighbors", "MeasureObjectSkeleton", "MeasureImageQuality", "TrackObjects", "RelateObjects"],
    image: str = 'Image',
    other: str = 'Other',
    scale: str = '3',
    levels: int = 256,
    bins: int = 4,
    parent: str = 'Parent',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def center_of_mass(
    image: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def central_pixel(
    points: _Columns,
    edges: _Columns,
    *,
    label: str = 'label',
    weight: str | None = None,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def centroids_of_labels(
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

def circle_hough_map(
    image: _Array,
    *,
    radius: float = 10.0,
    angles: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def clahe(
    image: _Array,
    *,
    block_size: int | Sequence[int] | None = None,
    clip_limit: float = 0.01,
    nbins: int = 256,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def classify_by_measurement(
    table: _Columns,
    *,
    column: str,
    bounds: str,
    names: str = '',
    name: str = 'class',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ClassifyByMeasurementResult: ...

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

def co_occurrence(
    points: _Columns,
    *,
    coordinates: str = 'y, x',
    group: str = 'class',
    maximum_distance: float = 100.0,
    steps: int = 10,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def colocalization_per_object(
    image: _Array,
    other: _Array,
    labels: _Array,
    *,
    threshold: float = 15.0,
    costes: bool = False,
    maximum: float | None = None,
    steps: int = 65535,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def combine_labels(
    labels: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def compensate_channels(
    image: _Array,
    second: _Array,
    third: _Array | None = None,
    fourth: _Array | None = None,
    mask: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> CompensateChannelsResult: ...

def concatenate(
    image: _Array,
    other: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'x',
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

def convex_hull_background(
    image: _Array,
    mask: _Array | None = None,
    *,
    levels: int = 256,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def convolve(
    image: _Array,
    *,
    kernel: Sequence[Sequence[float]] | NDArray[Any],
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

def costes_randomisation(
    image: _Array,
    other: _Array,
    mask: _Array | None = None,
    *,
    block: int = 4,
    permutations: int = 200,
    seed: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def create(
    *,
    shape: int | Sequence[int],
    value: float = 0.0,
    pixel_size: float | Sequence[float] | None = None,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def create_like(
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

def crop(
    image: _Array,
    *,
    before: int | Sequence[int] = 0,
    after: int | Sequence[int] = 0,
    shape: int | Sequence[int] | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def denoise_nl_means(
    image: _Array,
    *,
    h: float,
    patch_size: int = 7,
    patch_distance: int = 11,
    fast_mode: bool = True,
    sigma: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def denoise_tv_chambolle(
    image: _Array,
    *,
    weight: float = 0.1,
    eps: float = 0.0002,
    max_num_iter: int = 200,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def deskew(
    image: _Array,
    *,
    angle: float = 30.0,
    axis: Literal["y", "x"] = 'y',
    step: float | None = None,
    order: int = 1,
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def distance_matrix(
    points: _Columns,
    other_points: _Columns | None = None,
    *,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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

def divide_by_gaussian_background(
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

def downscale_local_mean(
    image: _Array,
    *,
    factors: int | Sequence[int] = 2,
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def draw_disk(
    *,
    shape: int | Sequence[int],
    center: float | Sequence[float],
    radius: float,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def draw_ellipse(
    *,
    shape: int | Sequence[int],
    center: float | Sequence[float],
    radius: float | Sequence[float],
    rotation: float = 0.0,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def draw_line(
    *,
    shape: int | Sequence[int],
    start: int | Sequence[int],
    end: int | Sequence[int],
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def draw_rectangle(
    *,
    shape: int | Sequence[int],
    start: int | Sequence[int],
    end: int | Sequence[int],
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

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

def erode_labels(
    labels: _Array,
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
) -> NDArray[np.uint32]: ...

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

def extend_labeling_via_voronoi(
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def feret_diameter(
    labels: _Array,
    *,
    points: Literal["corners", "centers"] = 'corners',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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
    table: _Columns,
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
    table: _Columns,
    *,
    where: str,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def find_boundaries(
    labels: _Array,
    *,
    connectivity: int = 1,
    mode: Literal["thick", "inner", "outer"] = 'thick',
    background: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def find_contours(
    image: _Array,
    *,
    level: float | None = None,
    fully_connected: Literal["low", "high"] = 'low',
    positive_orientation: Literal["low", "high"] = 'low',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def fit_line(
    points: _Columns,
    *,
    coordinates: str = 'y, x',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def fit_polynomial_surface(
    image: _Array,
    mask: _Array | None = None,
    *,
    degree: int = 2,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def flag(
    *,
    where: bool | float | str,
    skip: bool = False,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def flip(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'x',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def frangi(
    image: _Array,
    *,
    min_sigma: float = 1.0,
    max_sigma: float = 9.0,
    num_sigma: int = 5,
    alpha: float = 0.5,
    beta: float = 0.5,
    gamma: float | None = None,
    black_ridges: bool = True,
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

def gaussian_gradient_magnitude(
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

def geodesic_diameter(
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

def gradient(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'x',
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

def granularity_spectrum(
    image: _Array,
    labels: _Array | None = None,
    *,
    subsample: float = 0.25,
    background_subsample: float = 0.25,
    background_radius: int = 10,
    length: int = 16,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def graph_centrality(
    points: _Columns,
    edges: _Columns,
    *,
    group: str = 'class',
    label: str = 'label',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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
    table: _Columns,
    *,
    by: str = '',
    columns: str = '',
    statistics: str = 'mean',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def h_maxima(
    image: _Array,
    *,
    h: float = 1.0,
    connectivity: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def h_minima(
    image: _Array,
    *,
    h: float = 1.0,
    connectivity: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def haralick_texture_per_object(
    image: _Array,
    labels: _Array,
    *,
    scale: int = 3,
    levels: int = 256,
    minimum: float = 0.0,
    maximum: float | None = None,
    directions: Literal["each", "mean"] = 'each',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def hed_to_rgb(
    hed: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint8]: ...

def hessian_eigenvalues(
    image: _Array,
    *,
    eigenvalue: Literal["largest", "middle", "smallest"] = 'largest',
    sigma: float | str | Sequence[float | str] = 1.0,
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

def hessian_matrix(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'x',
    other_axis: Literal["z", "y", "x"] = 'x',
    sigma: float | str | Sequence[float | str] = 1.0,
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

def image_quality_metrics(
    image: _Array,
    *,
    scale: int = 20,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def intensity_per_object(
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

def interaction_matrix(
    points: _Columns,
    edges: _Columns,
    *,
    group: str = 'class',
    label: str = 'label',
    weight: str | None = None,
    normalized: bool = False,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def intersection_coefficient(
    mask: _Array,
    other: _Array,
    within: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def inverse_gaussian_gradient(
    image: _Array,
    *,
    alpha: float = 100.0,
    sigma: float | str | Sequence[float | str] = 5.0,
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

def jaccard_index(
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
) -> float: ...

def join_tables(
    table: _Columns,
    other: _Columns,
    *,
    by: str = 'label',
    keep: Literal["all", "matched"] = 'all',
    prefix: str = 'other_',
    dtype: Any = None,
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

def label_overlap_count(
    labels: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_overlap_fraction(
    labels: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def label_spots(
    mask: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

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

def labels_to_points(
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

def laplace(
    image: _Array,
    *,
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

def laplacian_of_gaussian(
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

def local_maxima(
    image: _Array,
    *,
    connectivity: int | None = None,
    allow_borders: bool = True,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def local_minima(
    image: _Array,
    *,
    connectivity: int | None = None,
    allow_borders: bool = True,
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

def make_isotropic(
    image: _Array,
    *,
    target_spacing: float | None = None,
    current_spacing: float | Sequence[float] | None = None,
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
) -> NDArray[Any]: ...

def manders_colocalization(
    image: _Array,
    other: _Array,
    mask: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def manders_overlap(
    image: _Array,
    other: _Array,
    mask: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def map_coordinates(
    image: _Array,
    y: _Array,
    x: _Array,
    z: _Array | None = None,
    *,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def map_values(
    labels: _Array,
    *,
    pairs: Sequence[Sequence[float]] | NDArray[Any],
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

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

def masked_voronoi_labeling(
    spots: _Array,
    mask: _Array,
    *,
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

def maximum_intensity_map(
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
) -> NDArray[np.float32]: ...

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

def maximum_of_touching_neighbors(
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

def mean_intensity_map(
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

def mean_of_touching_neighbors(
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

def mean_squared_error(
    image: _Array,
    other: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

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

def median_projection(
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

def meijering(
    image: _Array,
    *,
    min_sigma: float = 1.0,
    max_sigma: float = 9.0,
    num_sigma: int = 5,
    alpha: float | None = None,
    black_ridges: bool = True,
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

def merge_labels_by_border_intensity(
    labels: _Array,
    image: _Array,
    *,
    minimum_value: float = 0.0,
    maximum_value: float = 100.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

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

def minimum_intensity_map(
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
) -> NDArray[np.float32]: ...

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

def minimum_of_touching_neighbors(
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

def ml_classifier(
    points: _Columns,
    training: _Columns,
    *,
    columns: str = '',
    group: str = 'class',
    name: str = 'predicted',
    trees: int = 100,
    depth: int = 12,
    seed: int = 0,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def montage(
    image: _Array,
    *,
    grid_shape: int | Sequence[int] | None = None,
    padding_width: int = 0,
    constant: float | None = None,
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

def neighbor_statistics_table(
    labels: _Array,
    *,
    method: Literal["adjacent", "expanded", "within"] = 'adjacent',
    distance: int = 5,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def neighborhood_enrichment(
    points: _Columns,
    edges: _Columns,
    *,
    group: str = 'class',
    label: str = 'label',
    permutations: int = 1000,
    seed: int = 0,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def normalize(
    image: _Array,
    *,
    low_percentile: float = 0.0,
    high_percentile: float = 100.0,
    clip: bool = False,
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

def pad(
    image: _Array,
    *,
    before: int | Sequence[int] = 0,
    after: int | Sequence[int] = 0,
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
) -> NDArray[Any]: ...

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

def peak_signal_noise_ratio(
    image: _Array,
    other: _Array,
    *,
    data_range: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def pearson_correlation(
    image: _Array,
    other: _Array,
    mask: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> float: ...

def percentile_filter(
    image: _Array,
    *,
    percentile: float = 50.0,
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

def percentile_projection(
    image: _Array,
    *,
    percentile: float = 50.0,
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

def pivot_table(
    table: _Columns,
    *,
    name: str,
    value: str,
    by: str = 'label',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def pixel_classifier(
    image: _Array,
    training: _Array,
    annotations: _Array,
    *,
    scales: int = 2,
    trees: int = 20,
    depth: int = 12,
    samples: int = 500,
    seed: int = 0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> PixelClassifierResult: ...

def pixel_count_map(
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

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

def pixel_graph(
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
) -> PixelGraphResult: ...

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

def prewitt(
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

def propagate_labels(
    image: _Array,
    markers: _Array,
    mask: _Array | None = None,
    *,
    regularization: float = 0.05,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> PropagateLabelsResult: ...

def proximal_neighbor_count(
    labels: _Array,
    *,
    minimum_distance: float = 0.0,
    maximum_distance: float = 25.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def proximal_other_labels_count(
    labels: _Array,
    other: _Array,
    *,
    minimum_distance: float = 0.0,
    maximum_distance: float = 25.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def radial_distribution(
    image: _Array,
    labels: _Array,
    *,
    bins: int = 4,
    scaled: bool = True,
    maximum_radius: float = 100.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def random_noise(
    image: _Array,
    variance: _Array | None = None,
    *,
    mode: Literal["gaussian", "speckle", "poisson", "salt", "pepper", "s&p"] = 'gaussian',
    mean: float = 0.0,
    var: float = 0.01,
    amount: float = 0.05,
    salt_vs_pepper: float = 0.5,
    gain: float = 1.0,
    seed: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def read_values_at_positions(
    image: _Array,
    points: _Columns,
    *,
    column: str = 'value',
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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

def reconstruction(
    seed: _Array,
    mask: _Array,
    *,
    method: Literal["dilation", "erosion"] = 'dilation',
    connectivity: int | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def reduce_labels_to_centroids(
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def reduce_labels_to_label_edges(
    labels: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

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

def register_mutual_information(
    reference: _Array,
    moving: _Array,
    *,
    bins: int = 256,
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

def remove_labels(
    labels: _Array,
    *,
    remove: int | Sequence[int] = (),
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def remove_labels_with_values_out_of_range(
    labels: _Array,
    image: _Array,
    *,
    minimum_value: float = 0.0,
    maximum_value: float = 100.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def remove_labels_with_values_within_range(
    labels: _Array,
    image: _Array,
    *,
    minimum_value: float = 0.0,
    maximum_value: float = 100.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def remove_objects_by_distance(
    labels: _Array,
    *,
    min_distance: float,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def remove_outliers(
    image: _Array,
    *,
    footprint: str | Sequence[Any] | NDArray[Any] = 'disk',
    radius: float | str | Sequence[float | str] = 2.0,
    threshold: float = 50.0,
    outliers: Literal["bright", "dark", "both"] = 'bright',
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def replace_values_by_index(
    labels: _Array,
    table: _Columns,
    *,
    column: str,
    label: str = 'label',
    elsewhere: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def rescale(
    image: _Array,
    *,
    scale: float | Sequence[float],
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
) -> NDArray[Any]: ...

def rescale_intensity(
    image: _Array,
    *,
    in_minimum: float | None = None,
    in_maximum: float | None = None,
    out_minimum: float | None = None,
    out_maximum: float | None = None,
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
) -> NDArray[Any]: ...

def resize_labels(
    labels: _Array,
    image: _Array | None = None,
    *,
    shape: int | Sequence[int] | None = None,
    scale: float | Sequence[float] = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def reslice_radial(
    image: _Array,
    *,
    angle: float = 360.0,
    step: float = 1.0,
    center: float | Sequence[float] | None = None,
    length: int | None = None,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def rgb_to_hed(
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

def rigid_transform(
    image: _Array,
    *,
    angle_z: float = 0.0,
    angle_y: float = 0.0,
    angle_x: float = 0.0,
    shift: float | str | Sequence[float | str] = 0.0,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def ripleys_k(
    points: _Columns,
    *,
    coordinates: str = 'y, x',
    radius_step: float = 5.0,
    radii: int = 20,
    window: float | Sequence[float] | None = None,
    correction: Literal["none", "translation"] = 'translation',
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def rolling_ball(
    image: _Array,
    *,
    radius: float,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.float32]: ...

def rotate(
    image: _Array,
    *,
    angle: float,
    axis: Literal["z", "y", "x"] = 'z',
    resize: bool = False,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def sato(
    image: _Array,
    *,
    min_sigma: float = 1.0,
    max_sigma: float = 9.0,
    num_sigma: int = 5,
    black_ridges: bool = True,
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

def scharr(
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

def shape_index(
    image: _Array,
    *,
    sigma: float | str | Sequence[float | str] = 1.0,
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

def shape_per_object(
    labels: _Array,
    *,
    moments: bool = True,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def sholl_analysis(
    mask: _Array,
    *,
    center: float | Sequence[float] | None = None,
    first_radius: float = 1.0,
    radius_step: float = 1.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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

def skeleton_branch_analysis(
    skeleton: _Array,
    labels: _Array | None = None,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def skeletonize(
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

def smooth_labels(
    labels: _Array,
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
) -> NDArray[np.uint32]: ...

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

def spatial_graph(
    points: _Columns,
    *,
    coordinates: str = 'y, x',
    label: str = 'label',
    method: Literal["knn", "radius", "delaunay", "gabriel"] = 'knn',
    k: int = 6,
    radius: float = 50.0,
    dtype: Any = None,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def spots_to_points(
    mask: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

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

def standard_deviation_intensity_map(
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

def standard_deviation_of_touching_neighbors(
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

def stitch_linear_blending(
    image: _Array,
    *,
    columns: int = 3,
    order: Literal["rows", "snake"] = 'rows',
    overlap: float = 0.1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def straighten_objects(
    image: _Array,
    labels: _Array,
    alignment: _Array | None = None,
    *,
    width: int = 20,
    length: int = 256,
    count: int = 50,
    control_points: int = 21,
    align: Literal["any", "top", "bottom"] = 'any',
    segments: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> StraightenObjectsResult: ...

def structure_tensor(
    image: _Array,
    *,
    axis: Literal["z", "y", "x"] = 'x',
    other_axis: Literal["z", "y", "x"] = 'x',
    sigma: float | str | Sequence[float | str] = 1.0,
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

def structure_tensor_eigenvalues(
    image: _Array,
    *,
    eigenvalue: Literal["largest", "middle", "smallest"] = 'largest',
    sigma: float | str | Sequence[float | str] = 1.0,
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

def threshold_adaptive_block(
    image: _Array,
    mask: _Array | None = None,
    *,
    method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu',
    block_size: int | Sequence[int] = 50,
    lowest: float = 0.7,
    highest: float = 1.5,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdAdaptiveBlockResult: ...

def threshold_huang(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdHuangResult: ...

def threshold_hysteresis(
    image: _Array,
    *,
    low: float,
    high: float,
    connectivity: int = 1,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.bool_]: ...

def threshold_isodata(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdIsodataResult: ...

def threshold_li(
    image: _Array,
    mask: _Array | None = None,
    *,
    initial_guess: float | None = None,
    tolerance: float | None = None,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdLiResult: ...

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

def threshold_max_entropy(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMaxEntropyResult: ...

def threshold_mean(
    image: _Array,
    mask: _Array | None = None,
    *,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMeanResult: ...

def threshold_minimum(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    iterations: int = 10000,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMinimumResult: ...

def threshold_minimum_error(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMinimumErrorResult: ...

def threshold_mixture_of_gaussians(
    image: _Array,
    mask: _Array | None = None,
    *,
    object_fraction: float = 0.2,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMixtureOfGaussiansResult: ...

def threshold_multiotsu(
    image: _Array,
    mask: _Array | None = None,
    *,
    classes: int = 3,
    nbins: int = 256,
    background_classes: int = 1,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdMultiotsuResult: ...

def threshold_niblack(
    image: _Array,
    *,
    block_size: int | Sequence[int] = 15,
    k: float = 0.2,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdNiblackResult: ...

def threshold_otsu(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdOtsuResult: ...

def threshold_per_object(
    image: _Array,
    labels: _Array,
    *,
    method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu',
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdPerObjectResult: ...

def threshold_phansalkar(
    image: _Array,
    *,
    block_size: int | Sequence[int] = 15,
    k: float = 0.25,
    r: float = 0.5,
    p: float = 2.0,
    q: float = 10.0,
    white: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdPhansalkarResult: ...

def threshold_robust_background(
    image: _Array,
    mask: _Array | None = None,
    *,
    lower_fraction: float = 0.05,
    upper_fraction: float = 0.05,
    average: Literal["mean", "median", "mode"] = 'mean',
    spread: Literal["standard_deviation", "median_absolute_deviation"] = 'standard_deviation',
    deviations: float = 2.0,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdRobustBackgroundResult: ...

def threshold_sauvola(
    image: _Array,
    *,
    block_size: int | Sequence[int] = 15,
    k: float = 0.2,
    r: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdSauvolaResult: ...

def threshold_triangle(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdTriangleResult: ...

def threshold_yen(
    image: _Array,
    mask: _Array | None = None,
    *,
    nbins: int = 256,
    factor: float = 1.0,
    minimum: float | None = None,
    maximum: float | None = None,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> ThresholdYenResult: ...

def tile_grid_statistics(
    image: _Array,
    *,
    rows: int = 8,
    columns: int = 8,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def tile_positions(
    image: _Array,
    *,
    columns: int = 3,
    order: Literal["rows", "snake"] = 'rows',
    overlap: float = 0.1,
    reach: int = 10,
    minimum_correlation: float = 0.3,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> TilePositionsResult: ...

def touch_matrix(
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

def touching_neighbor_count(
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

def track_objects(
    points: _Columns,
    labels: _Array | None = None,
    *,
    coordinates: str = 'y, x',
    time: str = 't',
    max_distance: float = 15.0,
    gap: int = 0,
    divisions: bool = False,
    merges: bool = False,
    assignment: Literal["greedy", "optimal"] = 'greedy',
    label: str = 'label',
    remove_drift: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

def translate(
    image: _Array,
    *,
    shift: float | str | Sequence[float | str] = 0.0,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

def transpose(
    image: _Array,
    *,
    axes: Literal["yx", "zx", "zy"] = 'yx',
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def tubeness(
    image: _Array,
    *,
    sigma: float | str | Sequence[float | str] = 1.0,
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

def untangle_worms(
    mask: _Array,
    *,
    min_area: float = 100.0,
    max_area: float = 1000.0,
    median_area: float = 500.0,
    min_length: float = 50.0,
    max_length: float = 150.0,
    max_segment_length: float = 100.0,
    max_radius: float = 5.0,
    max_cost: float = 100.0,
    control_points: int = 21,
    mean: Sequence[Sequence[float]] | NDArray[Any] | None = None,
    inverse_covariance: Sequence[Sequence[float]] | NDArray[Any] | None = None,
    radii: Sequence[Sequence[float]] | NDArray[Any] | None = None,
    overlap_weight: float = 5.0,
    leftover_weight: float = 10.0,
    max_segments: int = 400,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> UntangleWormsResult: ...

def voronoi_labeling(
    mask: _Array,
    *,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def voronoi_otsu_labeling(
    image: _Array,
    *,
    spot_sigma: float | str | Sequence[float | str] = 2.0,
    outline_sigma: float | str | Sequence[float | str] = 2.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[np.uint32]: ...

def warp(
    image: _Array,
    along_y: _Array,
    along_x: _Array,
    along_z: _Array | None = None,
    *,
    order: int = 1,
    edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
    constant: float = 0.0,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...

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

def zernike_moments(
    labels: _Array,
    image: _Array | None = None,
    *,
    degree: int = 9,
    phase: bool = False,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    dtype: Any = None,
    slice_by_slice: bool = False,
    on: _On = "auto",
    threads: int | None = None,
    out: NDArray[Any] | None = None,
) -> Table: ...

class _Color:
    @staticmethod
    def hed_to_rgb(
        hed: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint8]: ...
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
    @staticmethod
    def rgb_to_hed(
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

class _Draw:
    @staticmethod
    def draw_disk(
        *,
        shape: int | Sequence[int],
        center: float | Sequence[float],
        radius: float,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def draw_ellipse(
        *,
        shape: int | Sequence[int],
        center: float | Sequence[float],
        radius: float | Sequence[float],
        rotation: float = 0.0,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def draw_line(
        *,
        shape: int | Sequence[int],
        start: int | Sequence[int],
        end: int | Sequence[int],
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def draw_rectangle(
        *,
        shape: int | Sequence[int],
        start: int | Sequence[int],
        end: int | Sequence[int],
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...

draw: _Draw

class _Exposure:
    @staticmethod
    def clahe(
        image: _Array,
        *,
        block_size: int | Sequence[int] | None = None,
        clip_limit: float = 0.01,
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
    @staticmethod
    def normalize(
        image: _Array,
        *,
        low_percentile: float = 0.0,
        high_percentile: float = 100.0,
        clip: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def rescale_intensity(
        image: _Array,
        *,
        in_minimum: float | None = None,
        in_maximum: float | None = None,
        out_minimum: float | None = None,
        out_maximum: float | None = None,
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
    def blob_dog(
        image: _Array,
        *,
        threshold: float,
        min_sigma: float = 1.0,
        max_sigma: float = 50.0,
        sigma_ratio: float = 1.6,
        overlap: float = 0.5,
        exclude_border: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def blob_doh(
        image: _Array,
        *,
        threshold: float,
        min_sigma: float = 1.0,
        max_sigma: float = 30.0,
        num_sigma: int = 10,
        overlap: float = 0.5,
        log_scale: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def blob_log(
        image: _Array,
        *,
        threshold: float,
        min_sigma: float = 1.0,
        max_sigma: float = 50.0,
        num_sigma: int = 10,
        overlap: float = 0.5,
        log_scale: bool = False,
        exclude_border: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def canny(
        image: _Array,
        *,
        sigma: float | str | Sequence[float | str] = 1.0,
        low_threshold: float = 0.1,
        high_threshold: float = 0.2,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def circle_hough_map(
        image: _Array,
        *,
        radius: float = 10.0,
        angles: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def hessian_eigenvalues(
        image: _Array,
        *,
        eigenvalue: Literal["largest", "middle", "smallest"] = 'largest',
        sigma: float | str | Sequence[float | str] = 1.0,
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
    def hessian_matrix(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'x',
        other_axis: Literal["z", "y", "x"] = 'x',
        sigma: float | str | Sequence[float | str] = 1.0,
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
    @staticmethod
    def shape_index(
        image: _Array,
        *,
        sigma: float | str | Sequence[float | str] = 1.0,
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
    def structure_tensor(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'x',
        other_axis: Literal["z", "y", "x"] = 'x',
        sigma: float | str | Sequence[float | str] = 1.0,
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
    def structure_tensor_eigenvalues(
        image: _Array,
        *,
        eigenvalue: Literal["largest", "middle", "smallest"] = 'largest',
        sigma: float | str | Sequence[float | str] = 1.0,
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

feature: _Feature

class _Filters:
    @staticmethod
    def bilateral_filter(
        image: _Array,
        *,
        sigma_spatial: float = 1.0,
        sigma_color: float | None = None,
        radius: int | None = None,
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
    def convolve(
        image: _Array,
        *,
        kernel: Sequence[Sequence[float]] | NDArray[Any],
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
    def divide_by_gaussian_background(
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
    def frangi(
        image: _Array,
        *,
        min_sigma: float = 1.0,
        max_sigma: float = 9.0,
        num_sigma: int = 5,
        alpha: float = 0.5,
        beta: float = 0.5,
        gamma: float | None = None,
        black_ridges: bool = True,
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
    def gaussian_gradient_magnitude(
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
    def gradient(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'x',
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
    def laplace(
        image: _Array,
        *,
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
    def laplacian_of_gaussian(
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
    def meijering(
        image: _Array,
        *,
        min_sigma: float = 1.0,
        max_sigma: float = 9.0,
        num_sigma: int = 5,
        alpha: float | None = None,
        black_ridges: bool = True,
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
    def percentile_filter(
        image: _Array,
        *,
        percentile: float = 50.0,
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
    def prewitt(
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
    def remove_outliers(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'disk',
        radius: float | str | Sequence[float | str] = 2.0,
        threshold: float = 50.0,
        outliers: Literal["bright", "dark", "both"] = 'bright',
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'nearest',
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
    def sato(
        image: _Array,
        *,
        min_sigma: float = 1.0,
        max_sigma: float = 9.0,
        num_sigma: int = 5,
        black_ridges: bool = True,
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
    def scharr(
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
    def tubeness(
        image: _Array,
        *,
        sigma: float | str | Sequence[float | str] = 1.0,
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

class _Graph:
    @staticmethod
    def central_pixel(
        points: _Columns,
        edges: _Columns,
        *,
        label: str = 'label',
        weight: str | None = None,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def distance_matrix(
        points: _Columns,
        other_points: _Columns | None = None,
        *,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def maximum_of_touching_neighbors(
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
    def mean_of_touching_neighbors(
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
    def minimum_of_touching_neighbors(
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
    def neighbor_statistics_table(
        labels: _Array,
        *,
        method: Literal["adjacent", "expanded", "within"] = 'adjacent',
        distance: int = 5,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def pixel_graph(
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
    ) -> PixelGraphResult: ...
    @staticmethod
    def proximal_neighbor_count(
        labels: _Array,
        *,
        minimum_distance: float = 0.0,
        maximum_distance: float = 25.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def proximal_other_labels_count(
        labels: _Array,
        other: _Array,
        *,
        minimum_distance: float = 0.0,
        maximum_distance: float = 25.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def standard_deviation_of_touching_neighbors(
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
    def touch_matrix(
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
    def touching_neighbor_count(
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

graph: _Graph

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
    def block_reduce(
        image: _Array,
        *,
        block_size: int | Sequence[int] = 2,
        statistic: Literal["mean", "sum", "minimum", "maximum", "median"] = 'sum',
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
    def center_of_mass(
        image: _Array,
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
    def centroids_of_labels(
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
    def colocalization_per_object(
        image: _Array,
        other: _Array,
        labels: _Array,
        *,
        threshold: float = 15.0,
        costes: bool = False,
        maximum: float | None = None,
        steps: int = 65535,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def costes_randomisation(
        image: _Array,
        other: _Array,
        mask: _Array | None = None,
        *,
        block: int = 4,
        permutations: int = 200,
        seed: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def feret_diameter(
        labels: _Array,
        *,
        points: Literal["corners", "centers"] = 'corners',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def find_contours(
        image: _Array,
        *,
        level: float | None = None,
        fully_connected: Literal["low", "high"] = 'low',
        positive_orientation: Literal["low", "high"] = 'low',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def fit_line(
        points: _Columns,
        *,
        coordinates: str = 'y, x',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def geodesic_diameter(
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
    def granularity_spectrum(
        image: _Array,
        labels: _Array | None = None,
        *,
        subsample: float = 0.25,
        background_subsample: float = 0.25,
        background_radius: int = 10,
        length: int = 16,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def haralick_texture_per_object(
        image: _Array,
        labels: _Array,
        *,
        scale: int = 3,
        levels: int = 256,
        minimum: float = 0.0,
        maximum: float | None = None,
        directions: Literal["each", "mean"] = 'each',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def image_quality_metrics(
        image: _Array,
        *,
        scale: int = 20,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def intensity_per_object(
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
    def intersection_coefficient(
        mask: _Array,
        other: _Array,
        within: _Array | None = None,
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
    def label_overlap_count(
        labels: _Array,
        other: _Array,
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
    def label_overlap_fraction(
        labels: _Array,
        other: _Array,
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
    def manders_colocalization(
        image: _Array,
        other: _Array,
        mask: _Array | None = None,
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
    def manders_overlap(
        image: _Array,
        other: _Array,
        mask: _Array | None = None,
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
    def maximum_intensity_map(
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
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def mean_intensity_map(
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
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def minimum_intensity_map(
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
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def pearson_correlation(
        image: _Array,
        other: _Array,
        mask: _Array | None = None,
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
    def pixel_count_map(
        labels: _Array,
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
    def radial_distribution(
        image: _Array,
        labels: _Array,
        *,
        bins: int = 4,
        scaled: bool = True,
        maximum_radius: float = 100.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def read_values_at_positions(
        image: _Array,
        points: _Columns,
        *,
        column: str = 'value',
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
    @staticmethod
    def replace_values_by_index(
        labels: _Array,
        table: _Columns,
        *,
        column: str,
        label: str = 'label',
        elsewhere: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def shape_per_object(
        labels: _Array,
        *,
        moments: bool = True,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def sholl_analysis(
        mask: _Array,
        *,
        center: float | Sequence[float] | None = None,
        first_radius: float = 1.0,
        radius_step: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def skeleton_branch_analysis(
        skeleton: _Array,
        labels: _Array | None = None,
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
    def standard_deviation_intensity_map(
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
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def tile_grid_statistics(
        image: _Array,
        *,
        rows: int = 8,
        columns: int = 8,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def zernike_moments(
        labels: _Array,
        image: _Array | None = None,
        *,
        degree: int = 9,
        phase: bool = False,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...

measure: _Measure

class _Metrics:
    @staticmethod
    def jaccard_index(
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
    ) -> float: ...
    @staticmethod
    def mean_squared_error(
        image: _Array,
        other: _Array,
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
    def peak_signal_noise_ratio(
        image: _Array,
        other: _Array,
        *,
        data_range: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...

metrics: _Metrics

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
    def h_maxima(
        image: _Array,
        *,
        h: float = 1.0,
        connectivity: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def h_minima(
        image: _Array,
        *,
        h: float = 1.0,
        connectivity: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def local_maxima(
        image: _Array,
        *,
        connectivity: int | None = None,
        allow_borders: bool = True,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def local_minima(
        image: _Array,
        *,
        connectivity: int | None = None,
        allow_borders: bool = True,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
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
    def reconstruction(
        seed: _Array,
        mask: _Array,
        *,
        method: Literal["dilation", "erosion"] = 'dilation',
        connectivity: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def remove_objects_by_distance(
        labels: _Array,
        *,
        min_distance: float,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
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
    def skeletonize(
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

class _Noise:
    @staticmethod
    def random_noise(
        image: _Array,
        variance: _Array | None = None,
        *,
        mode: Literal["gaussian", "speckle", "poisson", "salt", "pepper", "s&p"] = 'gaussian',
        mean: float = 0.0,
        var: float = 0.01,
        amount: float = 0.05,
        salt_vs_pepper: float = 0.5,
        gain: float = 1.0,
        seed: int | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...

noise: _Noise

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
    def median_projection(
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
    def percentile_projection(
        image: _Array,
        *,
        percentile: float = 50.0,
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
    @staticmethod
    def register_mutual_information(
        reference: _Array,
        moving: _Array,
        *,
        bins: int = 256,
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
    def anisotropic_diffusion(
        image: _Array,
        *,
        num_iter: int = 10,
        kappa: float = 20.0,
        step: float = 0.15,
        conduction: Literal["exponential", "quadratic"] = 'exponential',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def background_by_local_minimum(
        image: _Array,
        *,
        footprint: str | Sequence[Any] | NDArray[Any] = 'box',
        radius: float | str | Sequence[float | str] = 25.0,
        sigma: float | str | Sequence[float | str] = 10.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def basic_flatfield(
        image: _Array,
        *,
        size: int = 64,
        smoothness: float = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def compensate_channels(
        image: _Array,
        second: _Array,
        third: _Array | None = None,
        fourth: _Array | None = None,
        mask: _Array | None = None,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> CompensateChannelsResult: ...
    @staticmethod
    def convex_hull_background(
        image: _Array,
        mask: _Array | None = None,
        *,
        levels: int = 256,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def denoise_nl_means(
        image: _Array,
        *,
        h: float,
        patch_size: int = 7,
        patch_distance: int = 11,
        fast_mode: bool = True,
        sigma: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def denoise_tv_chambolle(
        image: _Array,
        *,
        weight: float = 0.1,
        eps: float = 0.0002,
        max_num_iter: int = 200,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def fit_polynomial_surface(
        image: _Array,
        mask: _Array | None = None,
        *,
        degree: int = 2,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
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
    @staticmethod
    def rolling_ball(
        image: _Array,
        *,
        radius: float,
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
    def combine_labels(
        labels: _Array,
        other: _Array,
        *,
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
    def erode_labels(
        labels: _Array,
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
    ) -> NDArray[np.uint32]: ...
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
    def extend_labeling_via_voronoi(
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
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
    def find_boundaries(
        labels: _Array,
        *,
        connectivity: int = 1,
        mode: Literal["thick", "inner", "outer"] = 'thick',
        background: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.bool_]: ...
    @staticmethod
    def inverse_gaussian_gradient(
        image: _Array,
        *,
        alpha: float = 100.0,
        sigma: float | str | Sequence[float | str] = 5.0,
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
    def label_spots(
        mask: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def labels_to_points(
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
    def masked_voronoi_labeling(
        spots: _Array,
        mask: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def merge_labels_by_border_intensity(
        labels: _Array,
        image: _Array,
        *,
        minimum_value: float = 0.0,
        maximum_value: float = 100.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def pixel_classifier(
        image: _Array,
        training: _Array,
        annotations: _Array,
        *,
        scales: int = 2,
        trees: int = 20,
        depth: int = 12,
        samples: int = 500,
        seed: int = 0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> PixelClassifierResult: ...
    @staticmethod
    def propagate_labels(
        image: _Array,
        markers: _Array,
        mask: _Array | None = None,
        *,
        regularization: float = 0.05,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> PropagateLabelsResult: ...
    @staticmethod
    def reduce_labels_to_centroids(
        labels: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def reduce_labels_to_label_edges(
        labels: _Array,
        *,
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
    def remove_labels(
        labels: _Array,
        *,
        remove: int | Sequence[int] = (),
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def remove_labels_with_values_out_of_range(
        labels: _Array,
        image: _Array,
        *,
        minimum_value: float = 0.0,
        maximum_value: float = 100.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def remove_labels_with_values_within_range(
        labels: _Array,
        image: _Array,
        *,
        minimum_value: float = 0.0,
        maximum_value: float = 100.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def smooth_labels(
        labels: _Array,
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
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def spots_to_points(
        mask: _Array,
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
    def untangle_worms(
        mask: _Array,
        *,
        min_area: float = 100.0,
        max_area: float = 1000.0,
        median_area: float = 500.0,
        min_length: float = 50.0,
        max_length: float = 150.0,
        max_segment_length: float = 100.0,
        max_radius: float = 5.0,
        max_cost: float = 100.0,
        control_points: int = 21,
        mean: Sequence[Sequence[float]] | NDArray[Any] | None = None,
        inverse_covariance: Sequence[Sequence[float]] | NDArray[Any] | None = None,
        radii: Sequence[Sequence[float]] | NDArray[Any] | None = None,
        overlap_weight: float = 5.0,
        leftover_weight: float = 10.0,
        max_segments: int = 400,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> UntangleWormsResult: ...
    @staticmethod
    def voronoi_labeling(
        mask: _Array,
        *,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def voronoi_otsu_labeling(
        image: _Array,
        *,
        spot_sigma: float | str | Sequence[float | str] = 2.0,
        outline_sigma: float | str | Sequence[float | str] = 2.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
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
        table: _Columns,
        *,
        name: str,
        expression: str,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def call_barcodes(
        points: _Columns,
        library: _Columns,
        *,
        columns: str,
        letters: str = 'ACGT',
        barcode: str = 'barcode',
        name: str = 'name',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def cellprofiler_names(
        table: _Columns,
        *,
        module: Literal["MeasureObjectSizeShape", "MeasureObjectIntensity", "MeasureTexture", "MeasureObjectIntensityDistribution", "MeasureGranularity", "MeasureColocalization", "MeasureObjectNeighbors", "MeasureObjectSkeleton", "MeasureImageQuality", "TrackObjects", "RelateObjects"],
        image: str = 'Image',
        other: str = 'Other',
        scale: str = '3',
        levels: int = 256,
        bins: int = 4,
        parent: str = 'Parent',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def classify_by_measurement(
        table: _Columns,
        *,
        column: str,
        bounds: str,
        names: str = '',
        name: str = 'class',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ClassifyByMeasurementResult: ...
    @staticmethod
    def co_occurrence(
        points: _Columns,
        *,
        coordinates: str = 'y, x',
        group: str = 'class',
        maximum_distance: float = 100.0,
        steps: int = 10,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def filter_labels(
        labels: _Array,
        table: _Columns,
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
        table: _Columns,
        *,
        where: str,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def graph_centrality(
        points: _Columns,
        edges: _Columns,
        *,
        group: str = 'class',
        label: str = 'label',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def group_rows(
        table: _Columns,
        *,
        by: str = '',
        columns: str = '',
        statistics: str = 'mean',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def interaction_matrix(
        points: _Columns,
        edges: _Columns,
        *,
        group: str = 'class',
        label: str = 'label',
        weight: str | None = None,
        normalized: bool = False,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def join_tables(
        table: _Columns,
        other: _Columns,
        *,
        by: str = 'label',
        keep: Literal["all", "matched"] = 'all',
        prefix: str = 'other_',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def ml_classifier(
        points: _Columns,
        training: _Columns,
        *,
        columns: str = '',
        group: str = 'class',
        name: str = 'predicted',
        trees: int = 100,
        depth: int = 12,
        seed: int = 0,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def neighborhood_enrichment(
        points: _Columns,
        edges: _Columns,
        *,
        group: str = 'class',
        label: str = 'label',
        permutations: int = 1000,
        seed: int = 0,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def pivot_table(
        table: _Columns,
        *,
        name: str,
        value: str,
        by: str = 'label',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def ripleys_k(
        points: _Columns,
        *,
        coordinates: str = 'y, x',
        radius_step: float = 5.0,
        radii: int = 20,
        window: float | Sequence[float] | None = None,
        correction: Literal["none", "translation"] = 'translation',
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def spatial_graph(
        points: _Columns,
        *,
        coordinates: str = 'y, x',
        label: str = 'label',
        method: Literal["knn", "radius", "delaunay", "gabriel"] = 'knn',
        k: int = 6,
        radius: float = 50.0,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> Table: ...
    @staticmethod
    def track_objects(
        points: _Columns,
        labels: _Array | None = None,
        *,
        coordinates: str = 'y, x',
        time: str = 't',
        max_distance: float = 15.0,
        gap: int = 0,
        divisions: bool = False,
        merges: bool = False,
        assignment: Literal["greedy", "optimal"] = 'greedy',
        label: str = 'label',
        remove_drift: bool = False,
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
    def threshold_adaptive_block(
        image: _Array,
        mask: _Array | None = None,
        *,
        method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu',
        block_size: int | Sequence[int] = 50,
        lowest: float = 0.7,
        highest: float = 1.5,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdAdaptiveBlockResult: ...
    @staticmethod
    def threshold_huang(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdHuangResult: ...
    @staticmethod
    def threshold_hysteresis(
        image: _Array,
        *,
        low: float,
        high: float,
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
    def threshold_isodata(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdIsodataResult: ...
    @staticmethod
    def threshold_li(
        image: _Array,
        mask: _Array | None = None,
        *,
        initial_guess: float | None = None,
        tolerance: float | None = None,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdLiResult: ...
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
    def threshold_max_entropy(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMaxEntropyResult: ...
    @staticmethod
    def threshold_mean(
        image: _Array,
        mask: _Array | None = None,
        *,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMeanResult: ...
    @staticmethod
    def threshold_minimum(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        iterations: int = 10000,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMinimumResult: ...
    @staticmethod
    def threshold_minimum_error(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMinimumErrorResult: ...
    @staticmethod
    def threshold_mixture_of_gaussians(
        image: _Array,
        mask: _Array | None = None,
        *,
        object_fraction: float = 0.2,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMixtureOfGaussiansResult: ...
    @staticmethod
    def threshold_multiotsu(
        image: _Array,
        mask: _Array | None = None,
        *,
        classes: int = 3,
        nbins: int = 256,
        background_classes: int = 1,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdMultiotsuResult: ...
    @staticmethod
    def threshold_niblack(
        image: _Array,
        *,
        block_size: int | Sequence[int] = 15,
        k: float = 0.2,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdNiblackResult: ...
    @staticmethod
    def threshold_otsu(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdOtsuResult: ...
    @staticmethod
    def threshold_per_object(
        image: _Array,
        labels: _Array,
        *,
        method: Literal["otsu", "multiotsu_low", "multiotsu_high", "li", "yen", "triangle", "isodata", "mean", "robust_background"] = 'otsu',
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdPerObjectResult: ...
    @staticmethod
    def threshold_phansalkar(
        image: _Array,
        *,
        block_size: int | Sequence[int] = 15,
        k: float = 0.25,
        r: float = 0.5,
        p: float = 2.0,
        q: float = 10.0,
        white: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdPhansalkarResult: ...
    @staticmethod
    def threshold_robust_background(
        image: _Array,
        mask: _Array | None = None,
        *,
        lower_fraction: float = 0.05,
        upper_fraction: float = 0.05,
        average: Literal["mean", "median", "mode"] = 'mean',
        spread: Literal["standard_deviation", "median_absolute_deviation"] = 'standard_deviation',
        deviations: float = 2.0,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdRobustBackgroundResult: ...
    @staticmethod
    def threshold_sauvola(
        image: _Array,
        *,
        block_size: int | Sequence[int] = 15,
        k: float = 0.2,
        r: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdSauvolaResult: ...
    @staticmethod
    def threshold_triangle(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdTriangleResult: ...
    @staticmethod
    def threshold_yen(
        image: _Array,
        mask: _Array | None = None,
        *,
        nbins: int = 256,
        factor: float = 1.0,
        minimum: float | None = None,
        maximum: float | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> ThresholdYenResult: ...

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
    ) -> NDArray[Any]: ...
    @staticmethod
    def assemble_tiles(
        image: _Array,
        points: _Columns | None = None,
        *,
        columns: int = 3,
        order: Literal["rows", "snake"] = 'rows',
        overlap: float = 0.1,
        blending: Literal["linear", "mean", "maximum", "first"] = 'linear',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def concatenate(
        image: _Array,
        other: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'x',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def crop(
        image: _Array,
        *,
        before: int | Sequence[int] = 0,
        after: int | Sequence[int] = 0,
        shape: int | Sequence[int] | None = None,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def deskew(
        image: _Array,
        *,
        angle: float = 30.0,
        axis: Literal["y", "x"] = 'y',
        step: float | None = None,
        order: int = 1,
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
    def downscale_local_mean(
        image: _Array,
        *,
        factors: int | Sequence[int] = 2,
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
    def flip(
        image: _Array,
        *,
        axis: Literal["z", "y", "x"] = 'x',
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def make_isotropic(
        image: _Array,
        *,
        target_spacing: float | None = None,
        current_spacing: float | Sequence[float] | None = None,
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
    ) -> NDArray[Any]: ...
    @staticmethod
    def map_coordinates(
        image: _Array,
        y: _Array,
        x: _Array,
        z: _Array | None = None,
        *,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
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
    def pad(
        image: _Array,
        *,
        before: int | Sequence[int] = 0,
        after: int | Sequence[int] = 0,
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
    ) -> NDArray[Any]: ...
    @staticmethod
    def rescale(
        image: _Array,
        *,
        scale: float | Sequence[float],
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
    ) -> NDArray[Any]: ...
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
    ) -> NDArray[Any]: ...
    @staticmethod
    def resize_labels(
        labels: _Array,
        image: _Array | None = None,
        *,
        shape: int | Sequence[int] | None = None,
        scale: float | Sequence[float] = 1.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.uint32]: ...
    @staticmethod
    def reslice_radial(
        image: _Array,
        *,
        angle: float = 360.0,
        step: float = 1.0,
        center: float | Sequence[float] | None = None,
        length: int | None = None,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
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
    def rigid_transform(
        image: _Array,
        *,
        angle_z: float = 0.0,
        angle_y: float = 0.0,
        angle_x: float = 0.0,
        shift: float | str | Sequence[float | str] = 0.0,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
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
    def rotate(
        image: _Array,
        *,
        angle: float,
        axis: Literal["z", "y", "x"] = 'z',
        resize: bool = False,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
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
    def stitch_linear_blending(
        image: _Array,
        *,
        columns: int = 3,
        order: Literal["rows", "snake"] = 'rows',
        overlap: float = 0.1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def straighten_objects(
        image: _Array,
        labels: _Array,
        alignment: _Array | None = None,
        *,
        width: int = 20,
        length: int = 256,
        count: int = 50,
        control_points: int = 21,
        align: Literal["any", "top", "bottom"] = 'any',
        segments: int = 1,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> StraightenObjectsResult: ...
    @staticmethod
    def tile_positions(
        image: _Array,
        *,
        columns: int = 3,
        order: Literal["rows", "snake"] = 'rows',
        overlap: float = 0.1,
        reach: int = 10,
        minimum_correlation: float = 0.3,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> TilePositionsResult: ...
    @staticmethod
    def translate(
        image: _Array,
        *,
        shift: float | str | Sequence[float | str] = 0.0,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
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
    def transpose(
        image: _Array,
        *,
        axes: Literal["yx", "zx", "zy"] = 'yx',
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...
    @staticmethod
    def warp(
        image: _Array,
        along_y: _Array,
        along_x: _Array,
        along_z: _Array | None = None,
        *,
        order: int = 1,
        edge: Literal["reflect", "nearest", "constant", "mirror", "wrap"] = 'constant',
        constant: float = 0.0,
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]: ...

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
    def create(
        *,
        shape: int | Sequence[int],
        value: float = 0.0,
        pixel_size: float | Sequence[float] | None = None,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def create_like(
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
    def flag(
        *,
        where: bool | float | str,
        skip: bool = False,
        dtype: Any = None,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> float: ...
    @staticmethod
    def map_values(
        labels: _Array,
        *,
        pairs: Sequence[Sequence[float]] | NDArray[Any],
        axes: str | None = None,
        spacing: float | Sequence[float] | None = None,
        dtype: Any = None,
        slice_by_slice: bool = False,
        on: _On = "auto",
        threads: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]: ...
    @staticmethod
    def montage(
        image: _Array,
        *,
        grid_shape: int | Sequence[int] | None = None,
        padding_width: int = 0,
        constant: float | None = None,
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
