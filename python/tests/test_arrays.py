"""Arrays of every layout and dtype give what their plain copies give."""

import inspect

import numpy as np
import pytest

import rotifer as rf
from conftest import bits, cases, fitting, keys, run


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


@pytest.mark.parametrize("op", rf.list())
def test_documentation(op):
    function = getattr(rf, op)
    assert function.__name__ == op and function.__module__ == "rotifer"
    assert "Parameters\n----------" in function.__doc__ and "Returns\n-------" in function.__doc__
    for name in inspect.signature(function).parameters:
        assert f"\n{name} : " in function.__doc__, name


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
    assert np.allclose(back.spacing, image.spacing)
    assert image._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(OSError, match="absent"):
        rf.read(tmp_path / "absent.tif")
