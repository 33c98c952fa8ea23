"""Writes the manifest: ``python -m napari_rotifer._manifest > napari_rotifer/napari.yaml``.

The families of the registry are submenus of napari's own menus.
"""

from rotifer import _functions

#: Where a family stands in napari's Layers menu.
MENUS = {
    "color": "filter",
    "exposure": "filter",
    "feature": "annotate",
    "filters": "filter",
    "measure": "measure",
    "metrics": "measure",
    "projection": "project",
    "registration": "register",
    "restoration": "filter",
    "segmentation": "segment",
    "threshold": "segment",
    "transform": "transform",
    "morphology": "segment",
    "table": "measure",
    "graph": "measure",
}


def text():
    """The manifest."""
    families = sorted(_functions.families())
    lines = [
        "# Written by `python -m napari_rotifer._manifest`; a test holds this file against the registry.",
        "name: napari-rotifer",
        "display_name: Rotifer",
        "contributions:",
        "  commands:",
        "    - id: napari-rotifer.operations",
        "      title: Operations",
        "      python_name: napari_rotifer:Operations",
    ]
    for family in families:
        lines += [
            f"    - id: napari-rotifer.{family}",
            f"      title: 'Rotifer: {family}'",
            f"      python_name: napari_rotifer._families:{family}",
        ]
    lines += [
        "  widgets:",
        "    - command: napari-rotifer.operations",
        "      display_name: Operations",
        "  menus:",
    ]
    places = {}
    for family in families:
        places.setdefault(MENUS.get(family, "data"), []).append(family)
    for place, here in sorted(places.items()):
        lines.append(f"    napari/layers/{place}:")
        lines += [f"      - command: napari-rotifer.{family}" for family in here]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(text(), end="")
