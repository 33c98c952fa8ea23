"""The figures of benches/dispatch for Python's pools: python peers.py. Needs numpy; loky, dask and ray if installed."""

import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np


def same(x):
    return x


def median(call, times):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


def row(name, submit):
    image = np.zeros((2048, 2048), np.uint16)
    for _ in range(20):
        submit(0)
    print(f"{name:<24} empty task {median(lambda: submit(0), 1000):>10.1f} us   "
          f"8 MiB image {median(lambda: submit(image), 20):>10.1f} us")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        row("concurrent.futures", lambda x: pool.submit(same, x).result())
    try:
        import loky
        pool = loky.get_reusable_executor(1)
        row("loky", lambda x: pool.submit(same, x).result())
    except ImportError:
        print("loky is not installed")
    try:
        from dask.distributed import Client
        with Client(n_workers=1, threads_per_worker=1) as client:
            row("dask", lambda x: client.submit(same, x, pure=False).result())
    except ImportError:
        print("dask is not installed")
    try:
        import ray
        ray.init(num_cpus=1, logging_level="error")
        remote = ray.remote(same)
        row("ray", lambda x: ray.get(remote.remote(x)))
    except ImportError:
        print("ray is not installed")
