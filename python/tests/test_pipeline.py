"""A pipeline is a value: equal, hashed, pickled, printed, and the same in every process."""

import concurrent.futures
import copy
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import rotifer as rf
from inputs_of import bits, blobs, cases, keys
from rotifer import _functions

LABELS = blobs((40, 52)).astype(np.uint8)
VOLUME = blobs((7, 20, 26)).astype(np.uint8)
TIMEOUT = 60


def single(op, i, every=False):
    """The operation as a pipeline of one step, every needed port, or every port, fed by the image."""
    given = keys(op, i)
    own = "spacing" in {a["name"] for a in _functions.spec(op)["arguments"]}
    spacing = None if own else given.pop("spacing", None)
    ports = [p for p in _functions.spec(op)["inputs"] if every or not p["optional"]]
    wires = {"from_": ["input"] * len(ports)} if ports else {}
    return rf.Pipeline().step(op, **wires, **given), spacing


def image_for(op):
    kinds = [p["kind"] for p in _functions.spec(op)["inputs"] if not p["optional"]]
    if not set(kinds) <= {"image", "mask", "labels", "mask or labels", "image or number", "rgb"}:
        return None
    if "rgb" in kinds:
        return rf.Image(np.stack([LABELS * 20, LABELS * 10, LABELS]), "cyx", channels=["red", "green", "blue"])
    return LABELS


def run_one(pipeline, image, spacing):
    result = pipeline(image, spacing=spacing)
    return bits(dict(result)) if isinstance(result, rf.Result) else bits(result)


def everything():
    """Pipelines of all operations and examples, with what they give here."""
    todo = []
    for case in cases():
        op, i = case.values
        image = image_for(op)
        if image is None:
            continue
        pipeline, spacing = single(op, i)
        try:
            run_one(pipeline, image, spacing)
        except rf.errors.ShapeError:
            # An example for volumes.
            image = VOLUME
        except rf.errors.PipelineError:
            # An example that names its optional inputs.
            pipeline, spacing = single(op, i, every=True)
        todo.append((pipeline, image, spacing))
    assert len({p.steps[0]["op"] for p, _, _ in todo}) >= 0.8 * len(rf.list())
    return todo


def run_many(parcel):
    return [run_one(*one) for one in pickle.loads(parcel)]


@pytest.fixture(scope="module")
def todo():
    return everything()


@pytest.fixture(scope="module")
def here(todo):
    return [run_one(*one) for one in todo]


def same(results, here, todo):
    assert len(results) == len(here)
    for result, expected, (pipeline, _, _) in zip(results, here, todo):
        assert result == expected, pipeline


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_process_pools(method, todo, here):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"{method} is not to be had here")
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        half = len(todo) // 2
        parts = pool.map(run_many, [pickle.dumps(todo[:half]), pickle.dumps(todo[half:])], timeout=TIMEOUT)
        same([r for part in parts for r in part], here, todo)


def test_loky_and_joblib(todo, here):
    joblib = pytest.importorskip("joblib")
    for backend in ("loky", "threading"):
        parts = joblib.Parallel(2, backend=backend, timeout=TIMEOUT)(
            joblib.delayed(run_many)(pickle.dumps(todo[i::2])) for i in (0, 1)
        )
        for i in (0, 1):
            same(parts[i], here[i::2], todo[i::2])


def test_dask(todo):
    array = pytest.importorskip("dask.array")
    image = np.random.default_rng(0).random((96, 120)).astype(np.float32)
    whole = rf.Pipeline().gaussian_filter(sigma=1.5).median_filter(radius=1)
    halo = whole.halo(image)
    blocks = array.from_array(image, chunks=(40, 50))
    for scheduler in ("threads", "processes"):
        tiled = blocks.map_overlap(whole, depth=halo, boundary="none", dtype=np.float32)
        assert bits(tiled.compute(scheduler=scheduler)) == bits(whole(image)), scheduler


def test_dask_distributed(todo, here):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            futures = [client.submit(run_many, pickle.dumps(todo[i::2])) for i in (0, 1)]
            for i in (0, 1):
                same(futures[i].result(timeout=TIMEOUT), here[i::2], todo[i::2])
            image = client.scatter(np.random.default_rng(0).random((64, 64)).astype(np.float32))
            blur = rf.Pipeline().gaussian_filter(sigma=2)
            result = client.submit(blur, image).result(timeout=TIMEOUT)
            assert bits(result) == bits(blur(image.result()))


def test_pool_of_our_own(todo, here):
    with rf.Pool(workers=2) as pool:
        tasks = [pool.submit(p, image, spacing=spacing) for p, image, spacing in todo]
        results = [task.result(TIMEOUT) for task in tasks]
    same([bits(dict(r)) if isinstance(r, rf.Result) else bits(r) for r in results], here, todo)


def test_two_hundred_forks_under_running_threads():
    image = np.random.default_rng(0).random((200, 200)).astype(np.float32)
    blur = rf.Pipeline().gaussian_filter(sigma=3).threshold_otsu()
    expected, stop = bits(blur(image)), threading.Event()

    def busy():
        while not stop.is_set():
            blur(image)

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(200):
            child = os.fork()
            if child == 0:
                os._exit(0 if bits(blur(image)) == expected else 1)
            end = time.monotonic() + 20
            while (done := os.waitpid(child, os.WNOHANG))[0] == 0:
                if time.monotonic() > end:
                    os.kill(child, signal.SIGKILL)
                    pytest.fail("a forked child hangs")
                time.sleep(0.001)
            assert done[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def resident():
    """Bytes of this process that lie in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_many_threads():
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    expected = bits(rf.gaussian_filter(image, sigma=2))
    start = threading.Barrier(64)
    wrong, after = [], []

    def work():
        for i in range(200):
            if i % 50 == 0 and start.wait(TIMEOUT) == 0:
                after.append(resident())
            if bits(rf.gaussian_filter(image, sigma=2)) != expected:
                wrong.append(i)

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after.append(resident())
    assert not wrong and len(after) == 5
    # The first calls fill what every thread keeps; nothing is added to it.
    assert max(after[2:]) - after[1] < 8 << 20, after


def test_interrupt():
    code = (
        "import numpy, rotifer, signal, threading, os, time\n"
        "image = numpy.random.default_rng(0).random((1024, 1024)).astype('float32')\n"
        "psf = numpy.ones((5, 5), 'float32')\n"
        "def hit():\n"
        "    time.sleep(0.5); times.append(time.monotonic()); os.kill(os.getpid(), signal.SIGINT)\n"
        "times = []; threading.Thread(target=hit).start()\n"
        "try:\n"
        "    CALL; print('went on')\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', time.monotonic() - times[0], flush=True); os._exit(0)\n"
    )
    steps = "rotifer.Pipeline().richardson_lucy(from_=['input', 'psf'], num_iter=1000)"
    for call in (
        "rotifer.richardson_lucy(image, psf, num_iter=1000)",
        "rotifer.Pipeline.from_dict({'inputs': {'input': {}, 'psf': {'given': True}}, 'steps': " + steps + ".steps})(image, psf=psf)",
    ):
        waits = []
        # A busy machine may keep one try waiting.
        for _ in range(3):
            done = subprocess.run([sys.executable, "-c", code.replace("CALL", call)], capture_output=True, text=True, timeout=TIMEOUT)
            words = done.stdout.split()
            assert words[:1] == ["stopped"], done
            waits.append(float(words[1]))
            if waits[-1] < 0.1:
                break
        assert min(waits) < 0.1, (call, waits)


def test_a_watch_tells_and_ends():
    movie = np.random.default_rng(0).random((30, 300, 300)).astype(np.float32)
    watch, seen = rf.Watch(), set()

    def look():
        while not watch.cancelled:
            done, of = watch.progress
            seen.add(of)
            if done >= 3:
                watch.cancel()

    thread = threading.Thread(target=look)
    thread.start()
    with pytest.raises(rf.errors.Cancelled):
        with watch:
            rf.median_filter(movie, radius=9, axes="tyx")
    thread.join()
    assert 30 in seen and watch.progress[0] < 30
    # A watch is one of its block and its thread.
    assert rf.median_filter(movie[:2], radius=1, axes="tyx").shape == (2, 300, 300)
    with watch, pytest.raises(rf.errors.Cancelled):
        rf.Pipeline().gaussian_filter(sigma=2)(movie, axes="tyx")
    with rf.Watch() as other:
        rf.Pipeline().gaussian_filter(sigma=2).median_filter(radius=1)(movie[:4], axes="tyx")
    assert other.progress == (8, 8)


def test_value():
    p = rf.Pipeline().gaussian_filter(sigma=2).threshold_otsu(as_="mask")
    assert p == rf.Pipeline().gaussian_filter(sigma=2.0).threshold_otsu(as_="mask") or p.to_toml()
    assert p != rf.Pipeline().gaussian_filter(sigma=3).threshold_otsu(as_="mask")
    for other in (pickle.loads(pickle.dumps(p)), copy.copy(p), copy.deepcopy(p), rf.Pipeline.from_toml(p.to_toml()),
                  rf.Pipeline.from_json(p.to_json()), rf.Pipeline.from_dict(p.to_dict()), rf.Pipeline.from_bytes(p.to_bytes())):
        assert other == p and hash(other) == hash(p) and other.fingerprint == p.fingerprint
    assert "gaussian_filter" in repr(p) and "<table>" in p._repr_html_() and len(p) == 2
    assert pickle.loads(pickle.dumps(rf.Pipeline())) == rf.Pipeline()


def test_results_travel():
    p = rf.Pipeline().connected_components(as_="n", save=True).regionprops_table(from_=["n", "input"], as_="t", save=True)
    result = p(LABELS)
    back = pickle.loads(pickle.dumps(result))
    assert bits(dict(back)) == bits(dict(result)) and back.t.rows == result.t.rows > 0
    image = rf.Image(LABELS, spacing=0.5)
    assert pickle.loads(pickle.dumps(image)).spacing == image.spacing
    peaks = rf.peak_local_max(LABELS.astype(np.float32))
    assert bits(pickle.loads(pickle.dumps(peaks))) == bits(peaks)


def test_ray(todo, here):
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error", log_to_driver=False)
    try:
        run = ray.remote(run_many)
        tasks = [run.remote(pickle.dumps(todo[i::2])) for i in (0, 1)]
        for i, results in enumerate(ray.get(tasks, timeout=TIMEOUT)):
            same(results, here[i::2], todo[i::2])
        # Arrays that Ray hands out are read-only.
        blur = rf.Pipeline().gaussian_filter(sigma=2)
        image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
        blurred = ray.get(ray.remote(lambda p, a: (p(a), a.flags.writeable)).remote(blur, ray.put(image)), timeout=TIMEOUT)
        assert bits(blurred[0]) == bits(blur(image)) and not blurred[1]
    finally:
        ray.shutdown()


def test_check():
    with pytest.raises(rf.errors.ArgumentError) as found:
        rf.Pipeline().gaussian_filter(sigma=-2).clip(minimun=3).check()
    assert [e.step for e in found.value.errors] == [0, 1]
    with pytest.raises(rf.Error) as found:
        rf.Pipeline.from_toml("[[steps]]\nop = 'gaussian_filter'\nsigam = 2\n")
    assert found.value.line == 3 and "sigma" in found.value.help
    again = pickle.loads(pickle.dumps(found.value))
    assert type(again) is type(found.value) and str(again) == str(found.value) and again.line == 3


def test_empty_arrays():
    blur = rf.Pipeline().gaussian_filter(sigma=2)
    assert blur(np.zeros((0, 0), np.float32)).shape == (0, 0)
    assert blur(np.zeros((0, 4), np.uint8)).dtype == blur(np.zeros((3, 4), np.uint8)).dtype
