"""Arrays of every layout and dtype give what their plain copies give."""

import inspect
import os
import threading

import numpy as np
import pytest

import rotifer as rf
from inputs_of import bits, cases, fitting, inputs, keys, run
from rotifer import _functions


def misaligned(a):
    raw = np.zeros(a.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(a.tobytes(), np.uint8)
    out = np.frombuffer(raw.data, a.dtype, count=a.size, offset=1).reshape(a.shape)
    assert a.itemsize == 1 or not out.flags.aligned
    return out


def readonly(a):
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS = {
    "fortran": np.asfortranarray,
    "sliced": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.shape[-1] > 4 else a[...],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "misaligned": misaligned,
    "readonly": readonly,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
}


@pytest.mark.parametrize("op, i", cases())
def test_layouts(op, i):
    values, given = fitting(op, i), keys(op, i)
    plain = bits(run(op, values, given))
    for name, layout in LAYOUTS.items():
        other = [layout(v) if isinstance(v, np.ndarray) else v for v in values]
        assert bits(run(op, other, given)) == plain, name


def test_no_layout_is_plain_by_chance():
    a = np.arange(12, dtype=np.float32).reshape(3, 4).repeat(2, 1)
    assert not LAYOUTS["sliced"](a).flags.c_contiguous and not LAYOUTS["fortran"](a).flags.c_contiguous
    assert LAYOUTS["reversed"](a).strides[0] < 0 and LAYOUTS["big-endian"](a).dtype.byteorder == ">"


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"])
def test_numbers_stay_numbers(dtype):
    image = np.array([[0, 1, 2], [100, 101, 127]], dtype)
    out = rf.clip(image, minimum=1, maximum=101)
    assert out.tolist() == [[1, 1, 2], [100, 101, 101]]


def test_masks_and_labels():
    mask = np.zeros((5, 6), bool)
    mask[1:3, 1:3] = mask[4, 4] = True
    labels = rf.connected_components(mask)
    labels = labels[0] if isinstance(labels, tuple) else labels
    assert labels.dtype == np.uint32 and labels.max() == 2
    opened = rf.binary_opening(mask)
    assert opened.dtype == bool


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        rf.absolute(np.array([[2**40, 1]]))
    with pytest.raises(TypeError, match="complex"):
        rf.absolute(np.ones((2, 2), complex))
    with pytest.raises(ValueError, match="axes"):
        rf.absolute(np.ones(3))
    with pytest.raises(ValueError, match="axes"):
        rf.absolute(np.ones((2, 2, 2, 2)))
    with pytest.raises(rf.errors.ArgumentError) as found:
        rf.gaussian_filter(np.ones((4, 4), np.float32), sigma=-1)
    assert found.value.argument == "sigma" and found.value.allowed and isinstance(found.value, ValueError)
    with pytest.raises(rf.errors.ArgumentError, match="sigma"):
        rf.gaussian_filter(np.ones((4, 4), np.float32), sigam=1)
    with pytest.raises(AttributeError, match="gaussian_filter"):
        rf.gausian_filter
    with pytest.raises(TypeError, match="image"):
        rf.gaussian_filter()


def test_units_need_a_pixel_size():
    image = np.random.default_rng(0).random((30, 30)).astype(np.float32)
    with pytest.raises(rf.errors.ShapeError):
        rf.gaussian_filter(image, sigma="1 um")
    assert bits(rf.gaussian_filter(image, sigma="1 um", spacing=0.5)) == bits(rf.gaussian_filter(image, sigma=2))


def test_time_and_channels():
    movie = np.random.default_rng(0).random((3, 2, 16, 17)).astype(np.float32)
    out = rf.gaussian_filter(movie, sigma=1, axes="tcyx")
    each = [[rf.gaussian_filter(c, sigma=1) for c in t] for t in movie]
    assert bits(out) == bits(np.array(each))
    last = rf.gaussian_filter(np.moveaxis(movie[0], 0, -1), sigma=1, axes="yxc")
    assert bits(last) == bits(out[0])


def test_out():
    image = np.random.default_rng(0).random((8, 9)).astype(np.float32)
    out = np.empty_like(image)
    assert rf.gaussian_filter(image, out=out) is out
    assert bits(out) == bits(rf.gaussian_filter(image))


def test_xarray():
    xarray = pytest.importorskip("xarray")
    image = np.random.default_rng(0).random((12, 10)).astype(np.float32)
    given = xarray.DataArray(image, dims=("y", "x"), coords={"y": np.arange(12) * 0.5, "x": np.arange(10) * 0.5}, attrs={"a": 1})
    out = rf.gaussian_filter(given, sigma="1 um")
    assert isinstance(out, xarray.DataArray) and out.dims == given.dims and out.attrs == {"a": 1}
    assert out.coords["y"].equals(given.coords["y"])
    assert bits(out.values) == bits(rf.gaussian_filter(image, sigma=2))
    again = rf.Pipeline().gaussian_filter(sigma="1 um")(given)
    assert again.identical(out)
    # Axes that are lost lose their coordinates; names of dims stay as they are written.
    stack = xarray.DataArray(
        np.random.default_rng(0).random((2, 5, 12, 10)).astype(np.float32), dims=("C", "Z", "Y", "X"),
        coords={"C": ["red", "green"], "Z": np.arange(5) * 2.0, "Y": np.arange(12) * 0.5, "X": np.arange(10) * 0.5},
    )
    flat = rf.maximum_projection(stack)
    assert flat.dims == ("C", "Y", "X") and set(flat.coords) == {"C", "Y", "X"}
    np.testing.assert_array_equal(flat.values, stack.values.max(1))
    blurred = rf.gaussian_filter(stack, sigma="1 um").sel(C="green").values
    assert bits(blurred) == bits(rf.gaussian_filter(stack.values[1], sigma=[0.5, 2, 2]))
    # Coordinates of what is cut out are those of its pixels.
    cut = rf.crop(stack, before=[1, 2, 3])
    for dim, first, step in (("Z", 2.0, 2.0), ("Y", 1.0, 0.5), ("X", 1.5, 0.5)):
        np.testing.assert_allclose(cut.coords[dim], first + step * np.arange(cut.sizes[dim]), rtol=1e-12)
    assert list(cut.coords["C"].values) == ["red", "green"]
    half = rf.Pipeline().downscale_local_mean(factors=2)(given)
    np.testing.assert_allclose(half.coords["x"], 0.25 + np.arange(5), rtol=1e-12)
    assert rf._arrays.given(cut[0, 0]).origin == [1.0, 1.5]
    assert rf._arrays.given(cut[0, 0], origin=[5.0, 6.0]).origin == [5.0, 6.0]
    bare = xarray.DataArray(image, dims=("y", "x"))
    assert not rf.crop(bare, before=2).coords
    masks = rf.greater(given, value=0.5)
    assert isinstance(masks, xarray.DataArray) and masks.dtype == bool


@pytest.mark.parametrize("op", rf.list())
def test_documentation(op):
    function = getattr(rf, op)
    assert function.__name__ == op and function.__module__ == "rotifer"
    assert "Parameters\n----------" in function.__doc__ and "Returns\n-------" in function.__doc__
    declared = _functions.spec(op)
    of = inspect.Parameter
    given = inspect.signature(function).parameters
    for name, parameter in given.items():
        assert f"\n{name} : " in function.__doc__, name
        # Inputs by position, options by name.
        is_input = name in [p["name"] for p in declared["inputs"]]
        assert parameter.kind == (of.POSITIONAL_OR_KEYWORD if is_input else of.KEYWORD_ONLY)
    text = " ".join(function.__doc__.split())
    for a in declared["arguments"]:
        # Units are part of the type: pixels, or a length.
        assert f"{a['name']} : {a['type']}" in text and _functions.range_text(a).strip() in text, a["name"]
        assert a["required"] or f"default {_functions._default(a)!r}" in function.__doc__
        assert (given[a["name"]].default is of.empty) == a["required"]
    assert f"Follows {declared['follows']}; agreement: {declared['agrees']}." in function.__doc__
    assert function.__doc__.count(f">>> rotifer.{op}(") == max(1, len(declared["examples"]))


def test_names():
    assert set(rf.list()) <= set(dir(rf))
    for family, ops in rf._functions.families().items():
        assert dir(getattr(rf, family)) == sorted(ops)
        assert all(getattr(getattr(rf, family), op) is getattr(rf, op) for op in ops)


def test_files(tmp_path):
    image = rf.Image(np.arange(60, dtype=np.uint16).reshape(3, 4, 5), "zyx", spacing=(2, 0.5, 0.5))
    rf.imwrite(tmp_path / "a.tif", image)
    back = rf.read(tmp_path / "a.tif")
    assert (back.axes, back.data.tolist()) == ("zyx", image.data.tolist())
    assert np.allclose(back.spacing, image.spacing) and back.interval is None
    movie = rf.Image(image.data, "tyx", interval=0.25)
    rf.imwrite(tmp_path / "movie.tif", movie)
    assert (rf.read(tmp_path / "movie.tif").interval, rf.Image(movie).interval) == (0.25, 0.25)
    rf.imwrite(tmp_path / "movie.tif", movie, interval=3)
    assert rf.read(tmp_path / "movie.tif").interval == 3.0
    placed = rf.Image(image.data[0], "yx", spacing=0.5, origin=[10.0, -20.0])
    rf.imwrite(tmp_path / "placed.tif", placed)
    assert (rf.read(tmp_path / "placed.tif").origin, rf.Image(placed).origin) == ([10.0, -20.0], [10.0, -20.0])
    with pytest.raises(ValueError, match="origin"):
        rf.Image(image.data[0], "yx", spacing=0.5, origin=[1.0])
    with pytest.raises(ValueError, match="needs a spacing"):
        rf.Image(image.data[0], "yx", origin=[1.0, 2.0])
    with pytest.raises(ValueError, match="interval"):
        rf.Image(image.data, "tyx", interval=-1)
    with pytest.raises(OSError, match="absent"):
        rf.read(tmp_path / "absent.tif")


def test_pictures_of_images(tmp_path):
    def picture(image):
        (tmp_path / "a.png").write_bytes(image._repr_png_())
        return rf.read(tmp_path / "a.png")

    # Of intensities the percentiles 1 and 99.8 are black and white; long sides are thinned out.
    ramp = np.linspace(1000, 3000, 600 * 512).reshape(600, 512).astype(np.float32)
    found = picture(rf.Image(ramp, spacing=0.5)).data
    assert found.dtype == np.uint8 and found.shape == (200, 171)
    low, high = np.percentile(ramp[::3, ::3], (1, 99.8))
    np.testing.assert_allclose(found, np.clip((ramp[::3, ::3] - low) / (high - low), 0, 1) * 255, atol=1)
    labels = np.zeros((20, 30), np.uint32)
    labels[2:5, 2:5], labels[9:12, 9:20] = 1, 2
    colours = picture(rf.Image(labels, kind="labels"))
    assert colours.axes == "cyx" and not colours.data[:, labels == 0].any()
    one, two = (np.unique(colours.data[:, labels == n], axis=1) for n in (1, 2))
    assert one.shape == two.shape == (3, 1) and (one != two).any()
    stack = np.stack([np.full((8, 9), z, np.uint8) for z in (0, 50, 9)])
    stack[1, 0, 0] = 0
    assert picture(rf.Image(stack, "zyx")).data[1, 1] == 255
    html = rf.Image(ramp, spacing=0.5)._repr_html_()
    assert "data:image/png;base64," in html and "600 x 512 float32" in html and "0.5 x 0.5 um" in html


def test_tables():
    labels = np.zeros((8, 9), np.uint32)
    labels[1:3, 1:4], labels[5:8, 5:8] = 1, 2
    image = np.arange(72, dtype=np.float32).reshape(8, 9)
    table = rf.regionprops_table(labels, image, properties="area, centroid, intensity_mean")
    assert dict(zip(table["label"].tolist(), table["area"].tolist())) == {1: 6, 2: 9} and table.rows == 2
    np.testing.assert_array_equal(table.points(), [[1.5, 2], [6, 6]])
    means = [image[labels == n].mean() for n in (1, 2)]
    np.testing.assert_allclose(table["intensity_mean"], means)
    for library, frame in (("pandas", table.to_pandas), ("polars", table.to_polars), ("pyarrow", table.to_arrow)):
        pytest.importorskip(library)
        made = frame()
        assert type(made).__module__.startswith(library)
        names = made.column_names if library == "pyarrow" else list(made.columns)
        assert names == list(table)
        for name in names:
            column = made[name].to_numpy() if library != "pyarrow" else made[name].to_numpy(zero_copy_only=False)
            np.testing.assert_array_equal(column, table[name], err_msg=f"{library} {name}")
        # And back.
        assert bits(rf._arrays.columns(made)) == bits(rf._arrays.columns(table))
    html = table._repr_html_()
    assert "<th>area</th>" in html and html.count("<tr>") == 3
    dots = np.zeros((30, 40), np.float32)
    dots[10, 8], dots[20, 25] = 1, 2
    points = rf.peak_local_max(dots).points.points()
    assert points.shape == (2, 2) and sorted(points.tolist()) == [[10, 8], [20, 25]]
    volume = np.zeros((15, 19, 19), np.float32)
    volume[7, 8, 9] = 1
    assert rf.peak_local_max(volume).points.points().tolist() == [[7, 8, 9]]
    with pytest.raises(ValueError, match="columns y, x"):
        rf.regionprops_table(labels, image, properties="area").points()


class Arrayed:
    """An object that knows how to be an array, and nothing else."""

    def __init__(self, data):
        self.data_ = data

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.data_, dtype=dtype)


def test_anything_that_is_an_array():
    image = np.random.default_rng(0).random((20, 24)).astype(np.float32)
    expected = bits(rf.gaussian_filter(image, sigma=2))
    for other in (Arrayed(image), memoryview(image), image.tolist(), rf.Image(image)):
        assert bits(rf.gaussian_filter(other, sigma=2)) == expected, type(other)
    array = pytest.importorskip("dask.array")
    assert bits(rf.gaussian_filter(array.from_array(image, chunks=7), sigma=2)) == expected
    with pytest.raises(ValueError, match="axes"):
        rf.gaussian_filter(np.float32(3), sigma=2)


def test_arrays_without_pixels():
    for op in ("gaussian_filter", "binary_opening", "connected_components", "subtract", "threshold_otsu", "rgb_to_gray"):
        values = inputs(op)
        whole = getattr(rf, op)(*values)
        for shape in ((0, 0), (0, 5), (4, 0)):
            empty = [np.zeros(shape + v.shape[2:], v.dtype) for v in values]
            out = getattr(rf, op)(*empty)
            for a, b in zip(out if isinstance(out, tuple) else (out,), whole if isinstance(whole, tuple) else (whole,)):
                if isinstance(b, np.ndarray):
                    assert (a.shape, a.dtype) == (shape, b.dtype), op
    array = pytest.importorskip("dask.array")
    image = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    # Dask asks what the function gives for an array without pixels.
    blocks = array.from_array(image, chunks=(20, 40)).map_blocks(rf.gaussian_filter, sigma=1)
    assert blocks.dtype == np.float32
    assert bits(blocks.compute()[:20]) == bits(rf.gaussian_filter(image[:20], sigma=1))


class Exchanged:
    """An array of another library that knows DLPack and nothing else of numpy."""

    def __init__(self, data):
        self.data_ = data

    def __dlpack__(self, **keys):
        return self.data_.__dlpack__(**keys)

    def __dlpack_device__(self):
        return self.data_.__dlpack_device__()


class Elsewhere(Exchanged):
    """An array in the memory of a GPU."""

    def __dlpack__(self, **keys):
        raise BufferError("the array lies on the device")

    def __dlpack_device__(self):
        return (2, 0)


def test_dlpack():
    image = np.random.default_rng(0).random((20, 24)).astype(np.float32)
    expected = bits(rf.gaussian_filter(image, sigma=2))
    assert bits(rf.gaussian_filter(Exchanged(image), sigma=2)) == expected
    assert bits(rf.gaussian_filter(Exchanged(image[:, ::2]), sigma=2)) == bits(rf.gaussian_filter(image[:, ::2].copy(), sigma=2))
    with pytest.raises(TypeError, match="CPU"):
        rf.gaussian_filter(Elsewhere(image), sigma=2)


def test_zarr():
    zarr = pytest.importorskip("zarr")
    movie = np.random.default_rng(0).random((3, 16, 18)).astype(np.float32)
    plain = zarr.create_array(zarr.storage.MemoryStore(), data=movie, chunks=(1, 8, 8))
    assert bits(rf.gaussian_filter(plain, sigma=1)) == bits(rf.gaussian_filter(movie, sigma=1))
    named = zarr.create_array(zarr.storage.MemoryStore(), data=movie, chunks=(1, 8, 8), dimension_names=("t", "y", "x"))
    assert bits(rf.gaussian_filter(named, sigma=1)) == bits(rf.gaussian_filter(movie, sigma=1, axes="tyx"))
    assert bits(rf.Pipeline().gaussian_filter(sigma=1)(named)) == bits(rf.gaussian_filter(movie, sigma=1, axes="tyx"))


def test_tables_of_other_libraries():
    columns = {"y": [1.0, 4.0, 8.0], "x": [2.0, 6.0, 9.0]}
    expected = bits(rf.distance_matrix(columns))
    for library, make in (("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "table")):
        table = getattr(pytest.importorskip(library), make)(columns)
        assert bits(rf.distance_matrix(table)) == expected, library
    assert bits(rf.distance_matrix(np.array([[1.0, 2], [4, 6], [8, 9]]))) == expected
    with pytest.raises(TypeError, match="columns"):
        rf.distance_matrix(np.ones((2, 2, 2)))


def memory():
    """Bytes of this process that lie in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def peak(work):
    """How far memory rises while something runs, as another thread sees it."""
    seen, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            seen.append(memory())

    before = memory()
    thread = threading.Thread(target=look)
    thread.start()
    try:
        work()
    finally:
        stop.set()
        thread.join()
    return max(seen) - before


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is counted by /proc")
def test_plain_arrays_are_not_copied():
    side = 6000
    image = np.ones((side, side), np.float32)
    assert rf.sum_of_all_pixels(image) == side * side
    plain = peak(lambda: [rf.sum_of_all_pixels(image) for _ in range(3)])
    assert plain < image.nbytes / 4, f"{plain} bytes for an image of {image.nbytes}"
    readonly_ = image.view()
    readonly_.flags.writeable = False
    assert peak(lambda: rf.sum_of_all_pixels(readonly_)) < image.nbytes / 4
    stack = image.reshape(4, 2, side // 4, side // 2)
    assert peak(lambda: rf.sum_of_all_pixels(stack, axes="tcyx")) < image.nbytes / 4
    # The measure sees a copy where there has to be one.
    strided = image[:, ::2]
    assert peak(lambda: rf.sum_of_all_pixels(strided)) > strided.size * 3


def test_what_is_read_where_it_lies_is_never_written():
    for op, keys in (("clip", {"minimum": 2}), ("pad", {"before": 0, "after": 0}), ("crop", {"start": 0}), ("binary_opening", {})):
        if op not in rf.list() or set(keys) - {a["name"] for a in rf._functions.spec(op)["arguments"]}:
            continue
        image = np.arange(64, dtype=np.uint8).reshape(8, 8) % (2 if op == "binary_opening" else 64)
        before = image.copy()
        out = getattr(rf, op)(image, **keys)
        assert (image == before).all() and not np.shares_memory(out, image)
        out[...] = 0
        assert (image == before).all()


def test_an_array_lives_as_long_as_it_is_read():
    expected = bits(rf.gaussian_filter(np.full((700, 700), 3, np.float32), sigma=2))
    for _ in range(20):
        # Nobody but the call holds this array.
        assert bits(rf.gaussian_filter(np.full((700, 700), 3, np.float32), sigma=2)) == expected
