"""Errors are of Python's classes, say what is wrong, where, what is allowed and the way out, and travel."""

import copy
import os
import pickle

import numpy as np
import pytest
import rotifer as rf
from rotifer import errors

IMAGE = np.arange(30, dtype=np.float32).reshape(5, 6)


def crash():
    """A worker that is killed twice takes its task with it."""
    with rf.Pool(workers=1) as pool:
        task = pool.submit(rf.Pipeline().median_filter(radius=60), np.zeros((4000, 4000), np.float32))
        import signal
        import threading

        def kill():
            while not task.done():
                for child in children():
                    os.kill(child, signal.SIGKILL)
                end.wait(0.02)

        end = threading.Event()
        thread = threading.Thread(target=kill)
        thread.start()
        try:
            task.result(60)
        finally:
            end.set()
            thread.join()


def children():
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children") as file:
                for child in map(int, file.read().split()):
                    with open(f"/proc/{child}/cmdline") as line:
                        if "rotifer._core" in line.read():
                            yield child
        except (FileNotFoundError, ProcessLookupError):
            pass


def late():
    with rf.Pool(workers=1, deadline=0.2) as pool:
        pool.submit(rf.Pipeline().median_filter(radius=60), np.zeros((4000, 4000), np.float32)).result(60)


#: A call, the class of Rotifer, that of Python, and fields of the error.
CASES = {
    "range": (lambda: rf.gaussian_filter(IMAGE, sigma=-1), errors.ArgumentError, ValueError, {"op": "gaussian_filter", "argument": "sigma", "value": "-1", "allowed": "0"}),
    "type": (lambda: rf.gaussian_filter(IMAGE, sigma="wide"), errors.ArgumentError, ValueError, {"argument": "sigma", "value": "wide"}),
    "unknown argument": (lambda: rf.gaussian_filter(IMAGE, sigam=1), errors.ArgumentError, ValueError, {"argument": "sigam", "help": "sigma"}),
    "missing argument": (lambda: rf.create(), errors.ArgumentError, ValueError, {"argument": "shape"}),
    "in a pipeline": (lambda: rf.Pipeline().clip(maximum=1).gaussian_filter(sigma=-2)(IMAGE), errors.ArgumentError, ValueError, {"step": 1, "op": "gaussian_filter", "argument": "sigma"}),
    "unknown operation": (lambda: rf.gausian_filter, errors.UnknownOpError, AttributeError, {"help": "gaussian_filter"}),
    "unknown step": (lambda: rf.Pipeline().step("gausian_filter").check(), errors.UnknownOpError, LookupError, {"step": 0, "help": "gaussian_filter"}),
    "syntax": (lambda: rf.Pipeline.from_toml("[[steps]]\nop = \n"), errors.PipelineError, ValueError, {"line": "2"}),
    "wires": (lambda: rf.Pipeline().clip(from_="nothing").check(), errors.PipelineError, ValueError, {"step": 0, "argument": "from", "help": "input"}),
    "shapes": (lambda: rf.subtract(IMAGE, IMAGE[1:]), errors.ShapeError, ValueError, {"op": "subtract"}),
    "units": (lambda: rf.gaussian_filter(IMAGE, sigma="2 um"), errors.ShapeError, ValueError, {"op": "gaussian_filter", "help": ""}),
    "file": (lambda: rf.read("absent.tif"), errors.FileError, OSError, {}),
    "folder": (lambda: rf.write("absent/folder/\0.tif", IMAGE), (errors.FileError, ValueError), (OSError, ValueError), {}),
    "worker": (crash, errors.WorkerDied, RuntimeError, {}),
    "deadline": (late, errors.Cancelled, RuntimeError, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_classes_and_fields(case):
    call, ours, python, fields = CASES[case]
    with pytest.raises(ours) as found:
        call()
    error = found.value
    assert isinstance(error, python)
    if not isinstance(error, rf.Error):
        return
    for name, text in fields.items():
        value = getattr(error, name)
        assert value is not None and text in str(value) if isinstance(text, str) else value == text, (name, value, str(error))
    assert error.code and str(error)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error) and str(again) == str(error) and again.args == error.args
        assert all(getattr(again, name) == getattr(error, name) for name in errors._FIELDS)
        assert getattr(again, "__notes__", []) == getattr(error, "__notes__", [])


def test_every_mistake_is_told():
    with pytest.raises(errors.ArgumentError) as found:
        rf.Pipeline().gaussian_filter(sigma=-2).clip(minimun=3).threshold_otsu().median_filter(radius="far").check()
    error = found.value
    assert [(e.step, e.argument) for e in error.errors] == [(0, "sigma"), (1, "minimun"), (3, "radius")]
    assert all(isinstance(e, errors.ArgumentError) for e in error.errors)
    if hasattr(error, "__notes__"):
        assert len(error.__notes__) == 2 and "minimun" in error.__notes__[0]
    assert pickle.loads(pickle.dumps(error)).errors[1].argument == "minimun"


def test_mistakes_of_a_file_have_their_lines():
    text = "[[steps]]\nop = 'gaussian_filter'\nsigma = -1\n\n[[steps]]\nop = 'clip'\nminimun = 3\n"
    with pytest.raises(rf.Error) as found:
        rf.Pipeline.from_toml(text)
    assert [e.line for e in found.value.errors] == [3, 7]


def raise_in_child():
    rf.gaussian_filter(IMAGE, sigma=-1)


def test_errors_cross_processes():
    import concurrent.futures
    import multiprocessing

    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(errors.ArgumentError) as found:
            pool.submit(raise_in_child).result(60)
    assert found.value.argument == "sigma" and found.value.op == "gaussian_filter"


def test_every_code_has_a_class():
    """A code that none is chosen for is a defect, or one of Rotifer's own."""
    assert set(errors._CLASSES.values()) == {getattr(errors, name) for name in errors.__all__} - {rf.Error}
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), rf.Error)
