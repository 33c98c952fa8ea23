"""The worker pool: tasks run in other interpreters, each of which has imported this package and nothing else."""

from __future__ import annotations

from pathlib import Path

from . import _core
from ._arrays import given
from ._functions import settings
from ._workers import PROGRAM


class Task:
    """One image on its way."""

    __slots__ = ("_handle", "_pipeline", "_like", "_result")

    def __init__(self, handle, pipeline, like):
        self._handle, self._pipeline, self._like, self._result = handle, pipeline, like, None

    def done(self):
        """Whether the outcome is here."""
        return self._handle.done()

    def cancel(self):
        """Ends the task; its result is then :class:`rotifer.errors.Cancelled`."""
        self._handle.cancel()

    def result(self, timeout=None):
        """Waits for the outcome; ``TimeoutError`` after so many seconds."""
        if self._result is None:
            found = self._handle.result(timeout)
            if found is None:
                raise TimeoutError(f"no outcome after {timeout} s")
            self._result = self._pipeline._result(*found, self._like)
        return self._result


class Pool:
    """Worker processes. A worker that crashes costs its task one more try and nothing else.

    >>> with Pool(workers=2) as pool:                      # doctest: +SKIP
    ...     labels = list(pool.map(pipeline, images))
    """

    def __init__(self, workers=None, *, threads=None, deadline=None, recycle=None):
        self._pool = _core.Pool(*PROGRAM, workers, threads, deadline, recycle)

    def submit(self, pipeline, image, *, axes=None, spacing=None, channels=None, on="auto"):
        """Hands in an array, or the path of a file, which the worker reads; gives a :class:`Task`."""
        if isinstance(image, (str, Path)):
            return Task(self._pool.submit(pipeline._compiled, Path(image), settings(on)), pipeline, None)
        g = given(image, axes, spacing, channels)
        return Task(self._pool.submit(pipeline._compiled, g, settings(on)), pipeline, g.like)

    def map(self, pipeline, images, *, ahead=16, **keys):
        """Results in the order of the images, which are taken only as workers need them."""
        from collections import deque

        tasks = deque()
        for image in images:
            tasks.append(self.submit(pipeline, image, **keys))
            if len(tasks) >= ahead:
                yield tasks.popleft().result()
        while tasks:
            yield tasks.popleft().result()

    @staticmethod
    def as_completed(tasks, timeout=None):
        """Tasks as they are finished."""
        import time

        end = None if timeout is None else time.monotonic() + timeout
        waiting = list(tasks)
        while waiting:
            ready = [t for t in waiting if t.done()]
            waiting = [t for t in waiting if t not in ready]
            yield from ready
            if not ready:
                if end is not None and time.monotonic() > end:
                    raise TimeoutError(f"{len(waiting)} tasks are not done after {timeout} s")
                time.sleep(0.0005)

    def shutdown(self, kill=False):
        """Waits for all tasks and ends the workers; ``kill`` does not wait."""
        self._pool.shutdown(kill)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.shutdown(kill=kind is not None)
