"""How many threads there are, and that they do not hold each other up."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import rotifer as rf

NAMES = ("ROTIFER_NUM_THREADS", "SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")

#: Says how many threads there are to be, and how many a computation has started.
COUNT = """
import os, numpy, rotifer, time
def count():
    return len(os.listdir("/proc/self/task"))
image = numpy.zeros((1024, 1024), "float32")
before = count()
PREPARE
rotifer.gaussian_filter(image, sigma=2, on="cpu"ARGUMENT)
time.sleep(0.2)
print(rotifer.info()["threads"], count() - before)
"""


def counted(variables=(), argument="", prepare="", bound=None):
    env = {k: v for k, v in os.environ.items() if k not in NAMES} | dict(variables)
    # BLAS has threads of its own.
    env["OPENBLAS_NUM_THREADS"] = "1"
    code = COUNT.replace("ARGUMENT", argument).replace("PREPARE", prepare)
    bind = (lambda: os.sched_setaffinity(0, bound)) if bound else None
    done = subprocess.run([sys.executable, "-c", code], env=env, preexec_fn=bind, capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def test_the_first_that_says_a_number_counts():
    rotifer, slurm, openmp = ("ROTIFER_NUM_THREADS", "2"), ("SLURM_CPUS_PER_TASK", "3"), ("OMP_NUM_THREADS", "4")
    assert counted([rotifer, slurm, openmp]) == [2, 2]
    assert counted([slurm, openmp]) == [3, 3]
    assert counted([openmp]) == [4, 4]
    assert counted([("OMP_NUM_THREADS", "5,2")]) == [5, 5]
    # A call, a block, and a program say it themselves: then there are others beside those of the process.
    assert counted([rotifer], argument=", threads=6") == [2, 2 + 6]
    assert counted([rotifer], prepare="rotifer.threads(7)") == [2, 2 + 7]
    assert counted([rotifer], prepare="rotifer.threads(7)", argument=", threads=6") == [2, 2 + 6]


def test_no_more_threads_than_processors_that_it_is_bound_to():
    mine = os.sched_getaffinity(0)
    assert counted(bound=mine) == [len(mine), len(mine)]
    assert counted(bound={min(mine)}) == [1, 1]


def test_no_more_threads_than_the_control_group_grants():
    """By groups of version 1, and of version 2."""
    for folder, quota in (("/sys/fs/cgroup/cpu", [("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "100000")]), ("/sys/fs/cgroup", [("cpu.max", "100000 100000")])):
        group = Path(folder, "rotifer-test")
        if not (group.parent / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            try:
                for name, value in quota:
                    (group / name).write_text(value)
            except OSError:
                continue
            env = {k: v for k, v in os.environ.items() if k not in NAMES}
            words = [sys.executable, "-c", "import rotifer; print(rotifer.info()['threads'])"]
            join = lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
            done = subprocess.run(words, env=env, preexec_fn=join, capture_output=True, text=True, check=True)
            assert done.stdout.strip() == "1"
            return
        finally:
            time.sleep(0.1)
            group.rmdir()
    pytest.skip("no control group with a quota of processors can be made here")


def test_threads_of_a_block():
    image = np.zeros((64, 64), np.float32)
    before = rf._core.set_threads(None)
    try:
        with rf.threads(3):
            with rf.threads(2):
                rf.gaussian_filter(image, sigma=1)
            assert rf._core.set_threads(3) == 3
        assert rf._core.set_threads(None) is None
    finally:
        rf._core.set_threads(before)
    for wrong in (0, -1, 1.5, "2"):
        with pytest.raises(ValueError, match="threads"):
            rf.threads(wrong)
        with pytest.raises(ValueError, match="threads"):
            rf.gaussian_filter(image, sigma=1, threads=wrong)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="two threads of Python need two processors")
def test_other_threads_of_python_run_meanwhile():
    image = np.random.default_rng(0).random((1000, 1000)).astype(np.float32)
    psf = np.ones((5, 5), np.float32)

    def speed(during):
        """Counts in a second, while `during` runs in a thread."""
        stop = threading.Event()
        thread = threading.Thread(target=during, args=(stop,))
        thread.start()
        time.sleep(0.1)
        start, n = time.perf_counter(), 0
        while time.perf_counter() - start < 0.6:
            n += 1
        taken = time.perf_counter() - start
        stop.set()
        thread.join()
        return n / taken

    def computes(stop):
        while not stop.is_set():
            rf.richardson_lucy(image, psf, num_iter=20, threads=1)

    ratios = []
    # With the lock held next to nothing is counted; a machine that is busy otherwise takes a share.
    for _ in range(5):
        ratios.append(speed(computes) / speed(lambda stop: stop.wait()))
        if ratios[-1] >= 0.3:
            break
    assert max(ratios) >= 0.3, ratios
