"""Every operation of Rotifer as a widget of napari."""

__all__ = ["Operations"]


def __getattr__(name):
    # Qt is imported when the widget is opened, not when napari reads the manifest.
    if name == "Operations":
        from ._widget import Operations

        return Operations
    raise AttributeError(f"module 'napari_rotifer' has no attribute {name!r}")
