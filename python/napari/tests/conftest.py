"""One viewer for all tests: a real one, on whatever display there is."""

import sys
from pathlib import Path

import napari
import pytest

# Inputs and examples of every operation are those of the package's own tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))


@pytest.fixture(scope="session")
def application():
    viewer = napari.Viewer(show=False)
    yield viewer
    viewer.close()


@pytest.fixture
def viewer(application):
    application.layers.clear()
    return application


@pytest.fixture(scope="session")
def widget(application):
    _, widget = application.window.add_plugin_dock_widget("napari-rotifer", "Operations")
    return widget


@pytest.fixture
def operations(viewer, widget):
    widget.clear()
    widget.tables.clear()
    # The form of the test before keeps what it was set to.
    widget.op = None
    widget.search.clear()
    return widget
