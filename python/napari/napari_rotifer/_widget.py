"""The widget: a search over all operations, a form for the chosen one, and the pipeline that they add up to."""

from __future__ import annotations

import tomllib
from pathlib import Path

import rotifer
from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, Table
from napari.layers import Labels, Layer, Points
from napari.qt.threading import create_worker
from napari.utils.notifications import show_error, show_warning
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QApplication,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from rotifer import _functions
from rotifer._arrays import layer_axes, layer_spacing

from . import _layers
from ._arguments import argument

NUMBER, NONE = "(number)", "(none)"


class Port:
    """The choices of one input: layers, tables or a number."""

    def __init__(self, declared, widget):
        self.declared, self.name, self.kind = declared, declared["name"], declared["kind"]
        self._of = widget
        self.layer = self.number = None
        parts = []
        if self.kind != "number":
            self.layer = ComboBox(choices=self._choices, nullable=False)
            parts.append(self.layer)
        if self.kind in ("number", "image or number"):
            self.number = FloatSpinBox(value=1.0, min=-1e9, max=1e9, step=0.1)
            self.number.native.setDecimals(6)
            parts.append(self.number)
        self.widget = Container(widgets=parts, layout="horizontal", labels=False, label=self.name)
        self.reset()

    def _choices(self, _):
        layers = [layer for layer in self._of.viewer.layers if _layers.accepts(self.kind, layer)]
        chosen = self._of.viewer.layers.selection.active
        layers.sort(key=lambda layer: (*_layers.rank(self.kind, layer), layer is not chosen))
        found = [(layer.name, layer) for layer in layers]
        if self.kind == "table":
            found += [(name, name) for name in self._of.tables]
        if self.number is not None or self.kind == "image or number":
            found.append((NUMBER, NUMBER))
        return [(NONE, NONE), *found] if self.declared["optional"] else found

    def reset(self):
        if self.layer is not None:
            self.layer.reset_choices()

    def choose(self, value):
        """A layer, the name of a table, or a number."""
        if self.number is not None and isinstance(value, (int, float)):
            self.number.value = value
            value = NUMBER
        if self.layer is not None:
            self.layer.value = NONE if value is None else value

    @property
    def value(self):
        """The layer, table or number; None where it is left out."""
        chosen = NUMBER if self.layer is None else self.layer.value
        if chosen == NUMBER:
            return float(self.number.value)
        if chosen is None or chosen == NONE:
            if chosen is None and not self.declared["optional"]:
                raise ValueError(f"{self.name}: no layer here is {_functions.port_text(self.kind)}")
            return None
        return self._of.tables[chosen] if isinstance(chosen, str) else chosen


class Operations(QWidget):
    """Every operation of Rotifer, and the pipeline that they are appended to."""

    def __init__(self, napari_viewer):
        super().__init__()
        self.viewer = napari_viewer
        #: Tables that belong to no layer, by name.
        self.tables = {}
        #: Steps of the pipeline; names of the layers that the pipeline's values are, by the names that steps use.
        self.steps, self._names = [], {}
        self.op, self.ports, self.arguments = None, [], {}
        self._worker = self._watch = None
        self._build()
        self._fill()
        events = self.viewer.layers.events
        for event in (events.inserted, events.removed, events.renamed):
            event.connect(self._layers_changed)
        self.destroyed.connect(lambda: [e.disconnect(self._layers_changed) for e in (events.inserted, events.removed, events.renamed)])

    # The window.

    def _build(self):
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Search {len(rotifer.list())} operations")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(lambda: self.list.setCurrentRow(0))
        families = QToolButton()
        families.setText("Families")
        families.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        families.setMenu(self._families())
        self.families = families
        self.list = QListWidget()
        self.list.currentTextChanged.connect(lambda op: op and self.choose(op))
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.form = QScrollArea()
        self.form.setWidgetResizable(True)
        self.run_button = self._button("Run", self.run)
        self.cancel_button = self._button("Cancel", self.cancel)
        self.cancel_button.setEnabled(False)
        self.progress = QProgressBar()
        self.progress.setVisible(False)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = Table()
        self.table.native.setVisible(False)

        outer = QVBoxLayout(self)
        for row in (
            self._row(self.search, families),
            self.list,
            self.about,
            self.form,
            self._row(self.run_button, self.cancel_button, self.progress),
            self.message,
            self.table.native,
            self._row(self._button("Append to pipeline", self.append), self._button("Copy as TOML", self.copy_step)),
            self._pipeline_box(),
        ):
            outer.addLayout(row) if isinstance(row, QHBoxLayout) else outer.addWidget(row)
        outer.setStretchFactor(self.list, 1)
        outer.setStretchFactor(self.form, 3)

    @staticmethod
    def _button(text, clicked):
        button = QPushButton(text)
        button.clicked.connect(lambda: clicked())
        return button

    @staticmethod
    def _row(*widgets):
        row = QHBoxLayout()
        for widget in widgets:
            row.addWidget(widget)
        return row

    def _families(self):
        menu = QMenu(self)
        for family, ops in sorted(_functions.families().items()):
            submenu = menu.addMenu(family)
            for op in ops:
                submenu.addAction(op).triggered.connect(lambda _=False, op=op: self.choose(op))
        return menu

    def _pipeline_box(self):
        box = QGroupBox("Pipeline")
        inner = QVBoxLayout(box)
        self.step_list = QListWidget()
        self.step_list.setMaximumHeight(120)
        inner.addWidget(self.step_list)
        inner.addLayout(
            self._row(
                self._button("Run pipeline", self.run_pipeline),
                self._button("Remove last", self.remove_last),
                self._button("Clear", self.clear),
            )
        )
        inner.addLayout(
            self._row(
                self._button("Copy as TOML", self.copy_pipeline),
                self._button("Save…", self.save_pipeline),
                self._button("Open…", self.open_pipeline),
            )
        )
        return box

    # Which operation.

    def _fill(self, *_):
        """Lists the operations that the search finds: by name first, then by what is said of them."""
        text = self.search.text().strip().lower().replace(" ", "_")
        words = text.split("_")
        named, told = [], []
        for op, family in rotifer._core.ids():
            if family == text or all(word in op for word in words):
                named.append(op)
            elif all(word in f"{op} {_functions.spec(op)['doc']} {_functions.spec(op)['follows']}".lower() for word in words):
                told.append(op)
        named.sort(key=lambda op: (op != text, not op.startswith(text), text not in op))
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([*named, *told])
        self.list.blockSignals(False)
        self._mark()

    def _mark(self):
        """Marks the chosen operation in the list, where it is in there."""
        self.list.blockSignals(True)
        found = self.list.findItems(self.op or "", Qt.MatchFlag.MatchExactly)
        if found:
            self.list.setCurrentItem(found[0])
        else:
            self.list.setCurrentRow(-1)
        self.list.blockSignals(False)

    def show_family(self, family):
        """Lists the operations of one family."""
        self.search.setText(family)

    def choose(self, op):
        """Shows the form of an operation."""
        if op == self.op:
            return
        self.op, declared = op, _functions.spec(op)
        self._mark()
        self.about.setText(declared["doc"].split("\n")[0])
        self.about.setToolTip(declared["doc"])
        properties = declared["schema"]["properties"]
        self.ports = [Port(port, self) for port in declared["inputs"]]
        self.arguments = {a["name"]: argument(a, properties[a["name"]]) for a in declared["arguments"]}
        self.planes = CheckBox(text="slice by slice", tooltip=_functions.COMMON["slice_by_slice"][2])
        self.on = ComboBox(choices=["auto", "cpu", "gpu"], label="on", tooltip=_functions.COMMON["on"][2])
        parts = [*(p.widget for p in self.ports), *(a.widget for a in self.arguments.values())]
        self._container = Container(widgets=[*parts, self.planes, self.on])
        self.form.setWidget(self._container.native)

    def port(self, name):
        """The input of this name."""
        return next(port for port in self.ports if port.name == name)

    def set(self, **arguments):
        """Sets arguments of the chosen operation."""
        for name, value in arguments.items():
            self.arguments[name].set(value)

    def _layers_changed(self, *_):
        for port in self.ports:
            port.reset()

    # What is asked for.

    def _like(self, values):
        """The layer that outputs lie on."""
        layers = [v for v in values if isinstance(v, Layer)]
        return next((v for v in layers if not isinstance(v, Points)), layers[0] if layers else None)

    def _keys(self, like):
        """Arguments that differ from their defaults."""
        ndim = 3 if like is not None and "z" in layer_axes(like) else 2
        keys = {name: a.get(ndim) for name, a in self.arguments.items()}
        declared = {a["name"]: a for a in _functions.spec(self.op)["arguments"]}
        keys = {k: v for k, v in keys.items() if declared[k]["required"] or v != declared[k]["default"]}
        if self.planes.value:
            keys["slice_by_slice"] = True
        return keys

    def run(self):
        """Runs the operation beside the viewer; its outputs become layers."""
        if self.op is None:
            return
        try:
            values = [port.value for port in self.ports]
            like = self._like(values)
            keys = self._keys(like)
        except ValueError as error:
            self._failed(error)
            return
        op, on = self.op, self.on.value
        sources = [v for v in values if isinstance(v, Layer)]

        def compute(watch):
            with watch:
                return _functions.evaluate(op, values, keys, on=on)

        def finished(result):
            outputs, notes = result
            self._add(op, outputs, like, sources)
            for note in notes:
                show_warning(note)

        self._start(compute, finished)

    def run_pipeline(self):
        """Runs the pipeline on the layer that is its image, and on those that are its other inputs."""
        try:
            pipeline = self.pipeline().check()
            image, others = self._inputs()
        except (ValueError, LookupError) as error:
            self._failed(error)
            return

        def compute(watch):
            with watch:
                return pipeline._raw(image, others)

        def finished(result):
            outputs, _ = result
            sources = [image, *(v for v in others.values() if isinstance(v, Layer))]
            for name, output in outputs.items():
                self._place(name, output, image, sources)

        self._start(compute, finished)

    def _start(self, compute, finished):
        if self._worker is not None:
            show_warning("Rotifer is computing; cancel it first")
            return
        self._watch = watch = rotifer.Watch()
        self.run_button.setEnabled(False)
        self.cancel_button.setEnabled(True)
        self.progress.setVisible(True)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tell)
        self._timer.start(100)
        self.message.setText("")
        def returned(result):
            # Qt ends the program where a slot raises.
            try:
                finished(result)
            except Exception as error:
                self._failed(error)

        self._worker = create_worker(
            compute,
            watch,
            _start_thread=False,
            _connect={"returned": returned, "errored": self._failed, "finished": self._ended},
        )
        self._worker.start()

    def _tell(self):
        done, of = self._watch.progress
        # One frame has no parts to count: the bar then only moves.
        self.progress.setRange(0, of if of > 1 else 0)
        self.progress.setValue(done)

    def cancel(self):
        """Ends what is under way: the wait at once, the work at its next frame or tile."""
        if self._watch is not None:
            self._watch.cancel()

    def _ended(self):
        self._timer.stop()
        self._worker = self._watch = None
        self.run_button.setEnabled(True)
        self.cancel_button.setEnabled(False)
        self.progress.setVisible(False)

    def _failed(self, error):
        if isinstance(error, rotifer.errors.Cancelled):
            self.message.setText("Cancelled.")
            return
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])
        self.message.setText(text)
        if not isinstance(error, (ValueError, LookupError, TypeError, rotifer.Error)):
            show_error(text)

    # What came out.

    def _add(self, op, outputs, like, sources):
        declared = _functions.spec(op)["outputs"]
        for port, output in zip(declared, outputs):
            name = op if len(declared) == 1 else f"{op} {port['name']}"
            self._place(name, output, like, sources)

    def _place(self, name, output, like, sources):
        """An output as a layer, as features, as a table, or as a line of text."""
        if isinstance(output, dict):
            labels = [s for s in sources if isinstance(s, Labels) and "label" in output]
            if labels:
                _layers.set_features(labels[0], output)
            if _layers.is_points(output):
                layer = _layers.add_points(self.viewer, name, output, like)
                self._from(layer, name)
            if not labels or not _layers.is_points(output):
                self.tables[name] = output
                self.table.value = {k: list(v) for k, v in output.items()}
                self.table.native.setVisible(True)
                self._layers_changed()
        elif isinstance(output, tuple):
            layer = _layers.add_image(self.viewer, name, output, like, layer_spacing(like) if like is not None else None)
            self._from(layer, name)
            if output[2] == "labels":
                sources.insert(0, layer)
        else:
            self._say(f"{name} = {output:g}")

    def _from(self, layer, name):
        """A layer remembers which output of which call it is, so that steps can be wired to each other."""
        layer.metadata[_layers.KEY] |= {"op": self.op, "output": name}

    def _say(self, line):
        self.message.setText("\n".join(filter(None, [self.message.text(), line])))

    # The pipeline.

    def step(self):
        """The operation as it is set, as a step of the pipeline so far."""
        values = [port.value for port in self.ports]
        while values and values[-1] is None:
            values.pop()
        if any(v is None for v in values):
            raise ValueError("an input that is left out has to be the last one in a pipeline")
        names = [self._name(v) for v in values]
        step = {"op": self.op}
        if names and names != [self._last()]:
            step["from"] = names
        return step | self._keys(self._like(values)), names

    def _last(self):
        return self.steps[-1].get("as", "") if self.steps else "input"

    def _name(self, value):
        """The name of a value within the pipeline: of the step that made it, else of an input."""
        if isinstance(value, float):
            raise ValueError("a number at an input of a pipeline is the output of a step; numbers are given as arguments")
        name = value.name if isinstance(value, Layer) else next(k for k, v in self.tables.items() if v is value)
        made = value.metadata.get(_layers.KEY, {}).get("output") if isinstance(value, Layer) else name
        if made is not None:
            for step in reversed(self.steps):
                outputs = _functions.spec(step["op"])["outputs"]
                for i, output in enumerate(outputs):
                    if made == (step["op"] if len(outputs) == 1 else f"{step['op']} {output['name']}"):
                        return step["as"] if i == 0 else f"{step['as']}.{output['name']}"
        for known, held in self._names.items():
            if held is value:
                return known
        known = "input" if "input" not in self._names and isinstance(value, Layer) and not isinstance(value, Points) else None
        if known is None:
            word = "".join(c if c.isalnum() else "_" for c in name).strip("_") or "other"
            taken = {*self._names, *(s.get("as") for s in self.steps)}
            known = next(n for i in range(len(taken) + 2) if (n := word if i == 0 else f"{word}_{i + 1}") not in taken)
        self._names[known] = value
        return known

    def append(self):
        """Appends the operation as it is set to the pipeline."""
        if self.op is None:
            return
        before = dict(self._names)
        try:
            step, _ = self.step()
            taken = {s["as"] for s in self.steps} | set(self._names)
            word = self.op.rsplit("/", 1)[-1]
            step["as"] = next(n for i in range(len(taken) + 2) if (n := word if i == 0 else f"{word}_{i + 1}") not in taken)
            self._pipeline([*self.steps, step]).check()
        except ValueError as error:
            self._names = before
            self._failed(error)
            return
        self.steps.append(step)
        self._show_steps()

    def _pipeline(self, steps):
        document = {"steps": [dict(step) for step in steps]}
        if steps:
            document["steps"][-1]["save"] = True
        others = [name for name in self._names if name != "input"]
        if others:
            document["inputs"] = {"input": {}} | {name: {"given": True} for name in others}
        return rotifer.Pipeline.from_dict(document)

    def pipeline(self):
        """The pipeline so far."""
        if not self.steps:
            raise ValueError("the pipeline has no steps yet: append some")
        return self._pipeline(self.steps)

    def _inputs(self):
        """The layers that the pipeline runs on."""
        held = {name: value for name, value in self._names.items() if not isinstance(value, Layer) or value in self.viewer.layers}
        image = self.viewer.layers.selection.active
        if not (isinstance(image, Layer) and (_layers.accepts("image", image) or _layers.accepts("rgb", image))):
            image = held.get("input")
        if image is None:
            raise ValueError("select the layer that the pipeline is to run on")
        return image, {name: value for name, value in held.items() if name != "input"}

    def _show_steps(self):
        self.step_list.clear()
        for i, step in enumerate(self.steps, 1):
            keys = ", ".join(f"{k} = {v}" for k, v in step.items() if k not in ("op", "as", "from"))
            self.step_list.addItem(f"{i}. {step['op']}" + (f" ({keys})" if keys else ""))

    def remove_last(self):
        """Removes the last step."""
        if self.steps:
            self.steps.pop()
            self._show_steps()
        if not self.steps:
            self._names = {}

    def clear(self):
        """Removes all steps."""
        self.steps, self._names = [], {}
        self._show_steps()

    def copy_step(self):
        """Copies the operation as it is set, as a pipeline of one step."""
        steps, names = self.steps, dict(self._names)
        self.steps, self._names = [], {}
        try:
            step, _ = self.step()
            self._copy(self._pipeline([step]).check().to_toml())
        except ValueError as error:
            self._failed(error)
        finally:
            self.steps, self._names = steps, names

    def copy_pipeline(self):
        """Copies the pipeline as TOML."""
        try:
            self._copy(self.pipeline().to_toml())
        except ValueError as error:
            self._failed(error)

    def _copy(self, text):
        QApplication.clipboard().setText(text)
        self._say("Copied.")

    def save_pipeline(self, path=None):
        """Writes the pipeline to a file."""
        path = path or QFileDialog.getSaveFileName(self, "Save pipeline", "pipeline.toml", "TOML (*.toml)")[0]
        if path:
            try:
                Path(path).write_text(self.pipeline().to_toml(), encoding="utf-8")
            except (OSError, ValueError) as error:
                self._failed(error)

    def open_pipeline(self, path=None):
        """Reads a pipeline from a file."""
        path = path or QFileDialog.getOpenFileName(self, "Open pipeline", "", "TOML (*.toml)")[0]
        if path:
            try:
                document = rotifer.Pipeline.from_toml(Path(path)).to_dict()
            except (OSError, ValueError, tomllib.TOMLDecodeError) as error:
                self._failed(error)
                return
            self._opened(document)

    def _opened(self, document):
        self.steps = [dict(step) for step in document["steps"]]
        self._names = {}
        self._show_steps()
