"""Arguments as magicgui widgets, by the types and ranges of the registry.

Every class here has `widget`, which is shown, `get(ndim)`, which gives the argument as an operation or a pipeline's
file takes it, and `set(value)`.
"""

from __future__ import annotations

import ast

from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, LineEdit, SpinBox
from rotifer._functions import range_text

UNITS = ("px", "nm", "um", "mm")
#: Spin boxes need ends: of numbers, and of whole ones.
FAR = 1e9
WHOLE = 2**53
NONE = "none"


def argument(declared, schema):
    """The widget of one argument: its declaration, and the JSON schema of its values."""
    made = _of(schema)
    if not declared["required"]:
        made.set(declared["default"])
    made.widget.name = declared["name"]
    made.widget.label = declared["name"]
    made.widget.tooltip = declared["doc"] + range_text(declared)
    return made


def _of(schema):
    choices = schema.get("anyOf")
    if choices is None:
        if "enum" in schema:
            return Choice(schema["enum"])
        of = {"boolean": Bool, "integer": Whole, "number": Number, "string": Text, "array": Literal}
        # A condition may be one of several types; people write it.
        return Text(schema) if isinstance(schema["type"], list) else of[schema["type"]](schema)
    first, second = choices
    if second.get("const") == NONE:
        return Optional(_of(first))
    if second.get("type") == "string":
        return Length(first)
    if "enum" in first:
        return Footprint(first["enum"])
    if second.get("minItems") == 2:
        return PerAxis(lambda: _of(first))
    return Literal(schema)


class Bool:
    def __init__(self, schema):
        self.widget = CheckBox()

    def get(self, ndim):
        return self.widget.value

    def set(self, value):
        self.widget.value = value


class Choice:
    def __init__(self, names):
        self.widget = ComboBox(choices=names)

    def get(self, ndim):
        return self.widget.value

    def set(self, value):
        self.widget.value = value


class Whole:
    def __init__(self, schema):
        low, high = (int(schema.get(key, end)) for key, end in (("minimum", -WHOLE), ("maximum", WHOLE)))
        self.widget = SpinBox(min=low, max=high, value=min(max(0, low), high))

    def get(self, ndim):
        return self.widget.value

    def set(self, value):
        self.widget.value = int(value)


class Number:
    def __init__(self, schema):
        self.low, self.high = schema.get("minimum", -FAR), schema.get("maximum", FAR)
        self.widget = FloatSpinBox(min=self.low, max=self.high, value=min(max(0, self.low), self.high), step=0.1)
        self._digits(4)

    def _digits(self, n):
        box = self.widget.native
        if n > box.decimals():
            box.setDecimals(n)

    def get(self, ndim):
        return float(self.widget.value)

    def set(self, value):
        text = f"{float(value):.12f}".rstrip("0")
        self._digits(len(text.partition(".")[2]))
        self.widget.min, self.widget.max = min(self.low, value), max(self.high, value)
        self.widget.value = float(value)


class Text:
    def __init__(self, schema):
        self.widget = LineEdit()

    def get(self, ndim):
        return self.widget.value

    def set(self, value):
        self.widget.value = str(value)


class Literal:
    """Lists and rows of numbers, written as Python writes them."""

    def __init__(self, schema):
        self.widget = LineEdit()

    def get(self, ndim):
        text = self.widget.value.strip()
        try:
            value = ast.literal_eval(text if text.startswith("[") or "," not in text else f"[{text}]")
        except (SyntaxError, ValueError):
            raise ValueError(f"{self.widget.label}: numbers, or lists such as [1, 2], are needed, found {text!r}") from None
        return value

    def set(self, value):
        self.widget.value = repr(value)


class Length:
    """A number and its unit."""

    def __init__(self, schema):
        self.number, self.unit = Number(schema), ComboBox(choices=UNITS)
        self._schema = schema
        self.widget = Container(widgets=[self.number.widget, self.unit], layout="horizontal", labels=False)
        self.unit.changed.connect(self._unit)

    def _unit(self, unit):
        # The range is one of pixels.
        ends = (self._schema.get("minimum", -FAR), self._schema.get("maximum", FAR)) if unit == "px" else (-FAR, FAR)
        self.number.widget.min, self.number.widget.max = ends

    def get(self, ndim):
        number = self.number.get(ndim)
        return number if self.unit.value == "px" else f"{number:g} {self.unit.value}"

    def set(self, value):
        if isinstance(value, str):
            number, _, unit = value.strip().partition(" ")
            unit = {"µm": "um", "pixel": "px", "pixels": "px"}.get(unit.strip(), unit.strip())
            if unit not in UNITS:
                raise ValueError(f"{value!r}: one of the units {', '.join(UNITS)} is needed")
            self.unit.value, value = unit, float(number)
        else:
            self.unit.value = "px"
        self.number.set(value)


class Footprint:
    """A shape by its name, or rows of 0 and 1."""

    ROWS = "rows"

    def __init__(self, names):
        self.name, self.rows = ComboBox(choices=[*names, self.ROWS]), Literal({})
        self.rows.widget.enabled = False
        self.name.changed.connect(lambda name: setattr(self.rows.widget, "enabled", name == self.ROWS))
        self.widget = Container(widgets=[self.name, self.rows.widget], layout="horizontal", labels=False)

    def get(self, ndim):
        return self.rows.get(ndim) if self.name.value == self.ROWS else self.name.value

    def set(self, value):
        if isinstance(value, str):
            self.name.value = value
        else:
            self.name.value = self.ROWS
            self.rows.set(value)


class PerAxis:
    """One value for all axes, or one for each of them."""

    def __init__(self, make):
        self.each = CheckBox(text="z, y, x")
        self.values = [make() for _ in range(3)]
        self.each.changed.connect(self._show)
        self.widget = Container(widgets=[self.values[0].widget, self.each], labels=False)
        self.widget.extend([value.widget for value in self.values[1:]])
        self._show(False)

    def _show(self, each):
        for value in self.values[1:]:
            value.widget.visible = each
            value.widget.enabled = each

    def get(self, ndim):
        if not self.each.value:
            return self.values[0].get(ndim)
        return [value.get(ndim) for value in self.values[-ndim:]]

    def set(self, value):
        self.each.value = isinstance(value, (list, tuple))
        self._show(self.each.value)
        if self.each.value:
            for box, one in zip(self.values[-len(value) :], value):
                box.set(one)
        else:
            self.values[0].set(value)


class Optional:
    """A value that may be left out."""

    def __init__(self, inner):
        self.given, self.inner = CheckBox(text="given"), inner
        self.widget = Container(widgets=[self.given, inner.widget], layout="horizontal", labels=False)
        self.given.changed.connect(lambda given: setattr(inner.widget, "enabled", given))
        inner.widget.enabled = False

    def get(self, ndim):
        return self.inner.get(ndim) if self.given.value else NONE

    def set(self, value):
        self.given.value = value not in (None, NONE)
        if self.given.value:
            self.inner.set(value)
        self.inner.widget.enabled = self.given.value
