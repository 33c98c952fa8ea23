"""Every operation through its widget, in a viewer, against the function."""

import time

import inputs_of
import napari
import numpy as np
import pandas as pd
import pytest
import rotifer as rf
from napari.layers import Image, Labels, Points
from napari_rotifer import _arguments, _families, _layers, _manifest
from qtpy.QtWidgets import QApplication
from rotifer import _functions


def wait(widget, seconds=60):
    """Until nothing is under way, as the event loop of a viewer would."""
    end = time.monotonic() + seconds
    while widget._worker is not None:
        QApplication.processEvents()
        assert time.monotonic() < end, "the worker does not end"
        time.sleep(0.001)
    QApplication.processEvents()


def layers_of(viewer, op, values, spacing=None):
    """Values as layers where they can be; tables and numbers as they are."""
    made = []
    for port, value in zip(_functions.spec(op)["inputs"], values):
        where = {} if spacing is None or not isinstance(value, np.ndarray) else {"scale": [spacing] * min(value.ndim, 2 if port["kind"] == "rgb" else 3)}
        if port["kind"] == "table":
            made.append({name: list(column) for name, column in value.items()})
        elif not isinstance(value, np.ndarray):
            made.append(value)
        elif port["kind"] == "rgb":
            made.append(viewer.add_layer(Image(value, rgb=True, name=port["name"], **where)))
        elif value.dtype in (bool, np.uint32):
            about = {"rotifer": {"kind": "mask"}} if value.dtype == bool else {}
            made.append(viewer.add_layer(Labels(value, name=port["name"], metadata=about, **where)))
        else:
            made.append(viewer.add_layer(Image(value, name=port["name"], **where)))
    return made


# A viewer takes a second: each operation once, its other examples as forms alone.
@pytest.mark.parametrize("op, i", [case for case in inputs_of.cases() if case.values[1] == 0])
def test_every_operation(viewer, operations, op, i):
    values, keys = inputs_of.fitting(op, i), inputs_of.keys(op, i)
    declared = _functions.spec(op)
    own = {a["name"] for a in declared["arguments"]}
    spacing = None if "spacing" in own else keys.get("spacing")
    expected = getattr(rf, op)(*values, **keys)
    expected = [expected] if len(declared["outputs"]) == 1 else list(expected)

    operations.choose(op)
    given = layers_of(viewer, op, values, spacing)
    for port, value in zip(operations.ports, given):
        if isinstance(value, dict):
            operations.tables[port.name] = value
            port.reset()
            value = port.name
        port.choose(value)
    operations.set(**{k: v for k, v in keys.items() if k in own})
    before = list(viewer.layers)
    operations.run()
    wait(operations)
    text = operations.message.text()
    new = [layer for layer in viewer.layers if layer not in before]
    for port, value in zip(declared["outputs"], expected):
        name = op if len(expected) == 1 else f"{op} {port['name']}"
        if isinstance(value, np.ndarray):
            layer = next((layer for layer in new if layer.metadata["rotifer"]["output"] == name), None)
            assert layer is not None, f"{name}: {text}"
            if port["kind"] in ("mask", "labels") or value.dtype in (bool, np.uint32):
                assert isinstance(layer, Labels)
            else:
                assert isinstance(layer, Image)
            if not (isinstance(layer, Image) and layer.rgb and value.dtype != np.uint8):
                np.testing.assert_array_equal(layer.data, value)
        elif isinstance(value, float):
            assert f"{name} = {value:g}" in text
        else:
            places = [layer for layer in new if isinstance(layer, Points) and layer.metadata["rotifer"]["output"] == name]
            features = [g.features for g in [*given, *new] if isinstance(g, Labels) and g.features.shape[1]]
            assert places or features or name in operations.tables, f"{name}: {text}"
            if places:
                assert len(places[0].data) == value.rows
                np.testing.assert_array_equal(places[0].data[:, -1], value["x"])
            elif name in operations.tables:
                assert list(operations.tables[name]) == list(value)
            else:
                assert set(value) - {"label"} <= set(features[0].columns)


@pytest.mark.parametrize("op, i", inputs_of.cases())
def test_forms_hold_every_example(op, i):
    """A form gives the values that it is set to."""
    declared = _functions.spec(op)
    example = inputs_of.examples(op)[i]
    for a in declared["arguments"]:
        made = _arguments.argument(a, declared["schema"]["properties"][a["name"]])
        if not a["required"]:
            assert made.get(3) == a["default"]
        if a["name"] in example:
            value = example[a["name"]]
            made.set(value)
            assert made.get(len(value) if isinstance(value, list) else 3) == value


def test_ranges_are_those_of_the_registry():
    schema = _functions.spec("gaussian_filter")["schema"]["properties"]
    declared = {a["name"]: a for a in _functions.spec("gaussian_filter")["arguments"]}
    truncate = _arguments.argument(declared["truncate"], schema["truncate"])
    assert (truncate.widget.min, truncate.widget.max, truncate.widget.value) == (1, 8, 4)
    with pytest.raises(ValueError):
        truncate.widget.value = 9
    sigma = _arguments.argument(declared["sigma"], schema["sigma"])
    assert sigma.get(3) == 1.0
    sigma.set([1.0, "0.5 um", 2.0])
    assert sigma.get(3) == [1.0, "0.5 um", 2.0]
    edge = _arguments.argument(declared["edge"], schema["edge"])
    assert set(edge.widget.choices) == {"reflect", "nearest", "constant", "mirror", "wrap"}


def test_layers_lie_where_their_source_lies(viewer, operations):
    volume = np.random.default_rng(0).random((6, 20, 30)).astype(np.float32)
    source = viewer.add_image(volume, scale=(2, 0.5, 0.5), translate=(10, -3, 7), units=("um",) * 3, axis_labels=("z", "y", "x"))
    operations.choose("gaussian_filter")
    operations.port("image").choose(source)
    operations.set(sigma="1 um")
    operations.run()
    wait(operations)
    smooth = viewer.layers["gaussian_filter"]
    np.testing.assert_array_equal(smooth.data, rf.gaussian_filter(volume, sigma=[0.5, 2, 2]))
    for layer in (smooth,):
        assert tuple(layer.scale) == (2, 0.5, 0.5) and tuple(layer.translate) == (10, -3, 7)
        assert layer.units == source.units and layer.axis_labels == ("z", "y", "x")

    # A projection loses the axis that it goes along, a resampled image changes its scale.
    operations.choose("maximum_projection")
    operations.port("image").choose(source)
    operations.run()
    wait(operations)
    flat = viewer.layers["maximum_projection"]
    assert flat.ndim == 2 and tuple(flat.scale) == (0.5, 0.5) and tuple(flat.translate) == (-3, 7)
    operations.choose("make_isotropic")
    operations.port("image").choose(source)
    operations.run()
    wait(operations)
    cubes = viewer.layers["make_isotropic"]
    assert len(set(np.round(cubes.scale, 9))) == 1 and cubes.data.shape != volume.shape
    assert np.allclose(cubes.scale * cubes.data.shape, source.scale * source.data.shape, rtol=0.1)
    # The middle of the first of thinner planes is nearer to the border of both.
    np.testing.assert_allclose(cubes.translate, (9.25, -3, 7), rtol=1e-12)


def test_tables_are_features_and_points(viewer, operations):
    data = inputs_of.blobs((40, 52))
    labels = viewer.add_labels(data, scale=(0.5, 0.5))
    picture = viewer.add_image((data > 0).astype(np.float32) + np.arange(52, dtype=np.float32), scale=(0.5, 0.5))
    operations.choose("regionprops_table")
    for port in operations.ports:
        port.choose(labels if port.kind == "labels" else picture)
    operations.set(properties="area, intensity_mean")
    operations.run()
    wait(operations)
    expected = rf.regionprops_table(data, picture.data, properties="area, intensity_mean", spacing=0.5).to_pandas()
    features = labels.features
    assert features["index"].tolist() == expected["label"].tolist()
    np.testing.assert_array_equal(features["area"], expected["area"])
    # Features come back as a table: labels of a value of it.
    assert rf._arrays.columns(labels)["label"] == expected["label"].tolist()

    operations.choose("peak_local_max")
    operations.port("image").choose(picture)
    operations.run()
    wait(operations)
    peaks = rf.peak_local_max(picture.data)
    points = next(layer for layer in viewer.layers if isinstance(layer, Points))
    np.testing.assert_array_equal(points.data, peaks.points.points())
    assert tuple(points.scale) == (0.5, 0.5)


def test_colour(viewer, operations):
    picture = np.random.default_rng(0).integers(0, 255, (20, 24, 4), np.uint8)
    source = viewer.add_image(picture, rgb=True, scale=(3, 3))
    operations.choose("rgb_to_gray")
    operations.run()
    wait(operations)
    np.testing.assert_array_equal(viewer.layers["rgb_to_gray"].data, rf.rgb_to_gray(picture[..., :3]))
    assert tuple(viewer.layers["rgb_to_gray"].scale) == (3, 3) and operations.ports[0].value is source


def test_search_and_families(viewer, operations):
    def found():
        return [operations.list.item(i).text() for i in range(operations.list.count())]

    assert found() == rf.list()
    operations.search.setText("gaussian")
    assert "gaussian_filter" in found() and len(found()) < 40
    operations.search.setText("otsu")
    assert {"threshold_otsu", "threshold_multiotsu"} <= set(found()[:5])
    operations.search.setText("zzz no such word")
    assert found() == []
    menu = {a.text(): a.menu() for a in operations.families.menu().actions()}
    for family, ops in _functions.families().items():
        assert [a.text() for a in menu[family].actions()] == ops
    next(a for a in menu["filters"].actions() if a.text() == "median_filter").trigger()
    assert operations.op == "median_filter"
    operations.search.setText("threshold_otsu")
    operations.search.returnPressed.emit()
    assert operations.op == "threshold_otsu"


def test_menus_of_the_viewer(viewer, operations):
    _families.threshold(viewer)
    shown = [operations.list.item(i).text() for i in range(operations.list.count())]
    assert shown[: len(rf.list("threshold"))] == rf.list("threshold")
    from napari._app_model import get_app_model

    commands = get_app_model().commands
    assert {f"napari-rotifer.{family}" for family in _functions.families()} <= {c for c, _ in commands}
    commands.execute_command("napari-rotifer.morphology").result()
    assert operations.search.text() == "morphology"


def test_manifest_is_that_of_the_registry():
    import npe2
    from napari_rotifer import __path__ as where

    path = f"{where[0]}/napari.yaml"
    assert open(path).read() == _manifest.text(), "python -m napari_rotifer._manifest > napari_rotifer/napari.yaml"
    manifest = npe2.PluginManifest.from_file(path)
    manifest.validate_imports()


def test_mistakes_are_said_and_nothing_is_added(viewer, operations):
    operations.choose("subtract")
    operations.run()
    assert "no layer here" in operations.message.text()
    viewer.add_image(np.ones((8, 9), np.float32), name="a")
    viewer.add_image(np.ones((5, 9), np.float32), name="b")
    operations.port("image").choose(viewer.layers["a"])
    operations.ports[1].choose(viewer.layers["b"])
    operations.run()
    wait(operations)
    with pytest.raises(rf.Error) as found:
        rf.subtract(viewer.layers["a"].data, viewer.layers["b"].data)
    assert operations.message.text().startswith(str(found.value)) and len(viewer.layers) == 2
    assert operations.run_button.isEnabled()


def test_cancel(viewer, operations):
    viewer.add_image(np.random.default_rng(0).random((1024, 1024)).astype(np.float32), name="image")
    viewer.add_image(np.ones((5, 5), np.float32), name="psf")
    operations.choose("richardson_lucy")
    operations.port("image").choose(viewer.layers["image"])
    operations.port("psf").choose(viewer.layers["psf"])
    operations.set(num_iter=1000)
    operations.run()
    assert operations.cancel_button.isEnabled() and not operations.run_button.isEnabled()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        QApplication.processEvents()
    assert operations.progress.isVisibleTo(operations)
    start = time.monotonic()
    operations.cancel_button.click()
    wait(operations, 5)
    assert time.monotonic() - start < 1
    assert operations.message.text() == "Cancelled." and len(viewer.layers) == 2
    assert operations.run_button.isEnabled()


def test_progress_counts_frames(viewer, operations):
    movie = np.random.default_rng(0).random((40, 200, 200)).astype(np.float32)
    viewer.add_image(movie, axis_labels=("t", "y", "x"))
    operations.choose("median_filter")
    operations.set(radius=8)
    operations.run()
    seen = set()
    while operations._worker is not None:
        QApplication.processEvents()
        if operations._watch is not None:
            seen.add(operations._watch.progress)
    assert max(of for _, of in seen) == 40 and len({done for done, _ in seen}) > 2
    np.testing.assert_array_equal(viewer.layers["median_filter"].data, rf.median_filter(movie, radius=8, axes="tyx"))


def pipeline_of(operations):
    return rf.Pipeline.from_toml(QApplication.clipboard().text())


def test_pipelines(viewer, operations, tmp_path):
    data = inputs_of.blobs((40, 52))
    picture = (np.random.default_rng(0).random((40, 52)) * 20 + (data > 0) * 100).astype(np.float32)
    image = last = viewer.add_image(picture, name="picture")
    ops = ["gaussian_filter", "threshold_otsu", "connected_components"]
    for op, arguments in zip(ops, ({"sigma": 1.5}, {}, {})):
        operations.choose(op)
        operations.ports[0].choose(last)
        operations.set(**arguments)
        operations.append()
        before = list(viewer.layers)
        operations.run()
        wait(operations)
        (last,) = [layer for layer in viewer.layers if layer not in before]
    operations.choose("regionprops_table")
    operations.port("labels").choose(last)
    operations.port("image").choose(image)
    operations.set(properties="area, intensity_mean")
    operations.append()
    assert operations.message.text() == "connected_components count = 4" and operations.step_list.count() == 4
    operations.copy_pipeline()
    pipeline = pipeline_of(operations)
    assert [s["op"] for s in pipeline.steps] == [*ops, "regionprops_table"] and pipeline.steps[0]["sigma"] == 1.5
    assert pipeline.steps[3]["from"] == ["connected_components", "input"]
    labels = rf.connected_components(rf.threshold_otsu(rf.gaussian_filter(picture, sigma=1.5)).mask).labels
    np.testing.assert_array_equal(last.data, labels)
    expected = rf.regionprops_table(labels, picture, properties="area, intensity_mean")
    found = pipeline(picture)
    assert list(found) == list(expected)
    np.testing.assert_array_equal(found["intensity_mean"], expected["intensity_mean"])

    operations.save_pipeline(tmp_path / "p.toml")
    operations.clear()
    operations.open_pipeline(tmp_path / "p.toml")
    assert operations.step_list.count() == 4
    operations.copy_pipeline()
    assert pipeline_of(operations) == pipeline
    viewer.layers.selection.active = image
    operations.run_pipeline()
    wait(operations)
    (table,) = operations.tables.values()
    np.testing.assert_array_equal(table["area"], expected["area"])
    operations.remove_last()
    assert operations.step_list.count() == 3


def test_other_layers_are_inputs_of_the_pipeline(viewer, operations):
    picture = viewer.add_image(np.full((8, 9), 7, np.float32), name="picture")
    flat = viewer.add_image(np.full((8, 9), 2, np.float32), name="flat field")
    operations.choose("subtract")
    operations.ports[0].choose(picture)
    operations.ports[1].choose(flat)
    operations.append()
    operations.copy_pipeline()
    pipeline = pipeline_of(operations)
    assert (pipeline(picture.data, flat_field=flat.data) == 5).all()
    viewer.layers.selection.active = picture
    operations.run_pipeline()
    wait(operations)
    assert (viewer.layers["subtract"].data == 5).all()


def test_copy_as_toml(viewer, operations):
    viewer.add_image(np.ones((8, 9), np.float32))
    operations.choose("gaussian_filter")
    operations.set(sigma=[0.0, 2.5], edge="wrap")
    operations.copy_step()
    pipeline = pipeline_of(operations)
    assert pipeline.steps == [{"op": "gaussian_filter", "sigma": [0.0, 2.5], "edge": "wrap", "save": True}]
    assert operations.step_list.count() == 0


def test_layers_are_taken_by_functions(viewer):
    data = np.random.default_rng(0).random((3, 16, 18)).astype(np.float32)
    layer = Image(data, scale=(2, 500, 500), units=("um", "nm", "nm"))
    np.testing.assert_array_equal(rf.gaussian_filter(layer, sigma="1 um"), rf.gaussian_filter(data, sigma=[0.5, 2, 2]))
    plain = Image(data[0])
    with pytest.raises(rf.errors.ShapeError):
        rf.gaussian_filter(plain, sigma="1 um")
    movie = Image(data, axis_labels=("t", "y", "x"))
    np.testing.assert_array_equal(rf.gaussian_filter(movie, sigma=1)[1], rf.gaussian_filter(data[1], sigma=1))
    pyramid = Image([data[0], data[0][::2, ::2]], multiscale=True)
    np.testing.assert_array_equal(rf.gaussian_filter(pyramid, sigma=1), rf.gaussian_filter(data[0], sigma=1))
    points = Points(np.array([[1.0, 2.0], [4.0, 6.0]]), features=pd.DataFrame({"class": ["a", "b"]}))
    assert rf._arrays.columns(points) == {"y": [1.0, 4.0], "x": [2.0, 6.0], "class": ["a", "b"]}
    assert _layers.accepts("table", points) and napari is not None
