"""Menu commands: one for each family of operations, by its name."""

from __future__ import annotations

import napari.viewer
from rotifer import _functions

WIDGET = ("napari-rotifer", "Operations")


def __getattr__(family):
    if family not in _functions.families():
        raise AttributeError(f"no family {family!r}; there are {', '.join(sorted(_functions.families()))}")

    def show(viewer: napari.viewer.Viewer) -> None:
        _, widget = viewer.window.add_plugin_dock_widget(*WIDGET)
        widget.show_family(family)

    show.__name__ = show.__qualname__ = family
    # The annotation is looked up by name where napari injects the viewer.
    show.__annotations__ = {"viewer": napari.viewer.Viewer, "return": None}
    return show
