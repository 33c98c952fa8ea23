"""A pipeline is a value: equal, hashed, pickled, printed, and the same in every process."""

import concurrent.futures
import copy
import faulthandler
import functools
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
from inputs_of import bits, blobs, cases, fitting, keys
from rotifer import _functions

LABELS = blobs((40, 52)).astype(np.uint8)
#: Seconds for one call in any process, and for all that are handed to a group of processes, which start in it.
WATCHDOG, TIMEOUT = 20, 120


def single(op, i):
    """An operation as a pipeline of one step, the image and the values by name for its ports, and what the function gives."""
    given, values = keys(op, i), fitting(op, i)
    expected = getattr(rf, op)(*values, **given)
    declared = _functions.spec(op)
    if "spacing" not in {a["name"] for a in declared["arguments"]}:
        spacing = given.pop("spacing", None)
    else:
        spacing = None
    names, inputs, image, named = [], {}, None, {}
    for port, value in zip(declared["inputs"], values):
        name = f"its_{port['name']}"
        if isinstance(value, np.ndarray):
            if port["kind"] == "rgb":
                value = rf.Image(np.moveaxis(value, -1, 0), "cyx", spacing, ["red", "green", "blue"])
            else:
                value = rf.Image(value, None, spacing, kind="labels" if port["kind"] == "labels" else None)
            if image is None:
                names.append(name)
                inputs[name], image = {}, value
                continue
        names.append(name)
        inputs[name], named[name] = {"given": True}, value
    if image is None and named:
        # Where there are inputs one of them is the image of the run.
        image = rf.Image(LABELS)
    step = {"op": op, **given} | ({"from": names} if names else {})
    document = {"steps": [step]} | ({"inputs": inputs} if inputs else {})
    return rf.Pipeline.from_dict(document), image, named, expected


def hangs(pipeline):
    print(f"no outcome after {WATCHDOG} s: {pipeline.to_toml()}", file=sys.__stderr__)
    faulthandler.dump_traceback(sys.__stderr__)
    os._exit(1)


def run_one(pipeline, image, named):
    """Its result, by a call that ends the process where it hangs."""
    watchdog = threading.Timer(WATCHDOG, hangs, [pipeline])
    watchdog.start()
    try:
        result = pipeline(image, **named)
    finally:
        watchdog.cancel()
    return bits(dict(result)) if isinstance(result, rf.Result) else bits(result)


def everything():
    """Every operation with every example, as pipelines with what is handed to them."""
    return [single(*case.values) for case in cases()]


def run_many(parcel):
    return [run_one(*one) for one in pickle.loads(parcel)]


@pytest.fixture(scope="module")
def all_of_them():
    return everything()


@pytest.fixture(scope="module")
def todo(all_of_them):
    return [one[:3] for one in all_of_them]


@pytest.fixture(scope="module")
def here(todo):
    return [run_one(*one) for one in todo]


def same(results, here, todo):
    assert len(results) == len(here)
    for result, expected, (pipeline, _, _) in zip(results, here, todo):
        assert result == expected, pipeline


def test_a_pipeline_of_one_step_is_the_function(all_of_them, here):
    assert {p.steps[0]["op"] for p, *_ in all_of_them} == set(rf.list())
    for (pipeline, _, _, expected), found in zip(all_of_them, here):
        (step,) = pipeline.steps
        if isinstance(expected, tuple):
            # The first output has the name of the step, others are named after it; images beside the first are not kept.
            names = [o["name"] for o in _functions.spec(step["op"])["outputs"]]
            known = {step["op"]: expected[0]} | {f"{step['op']}.{name}": value for name, value in zip(names[1:], expected[1:])}
            kept = {name: bits(value) for name, value in known.items() if name == step["op"] or not isinstance(value, np.ndarray)}
            assert found == (kept if len(kept) > 1 else kept[step["op"]]), pipeline
        else:
            assert found == bits(expected), pipeline


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


#: Blocks of other sizes than the image is a multiple of.
CHUNKS = (23, 31)


@pytest.fixture(scope="module")
def local(all_of_them):
    """Pipelines that make an array of the image's size, each pixel by those around it."""
    found = []
    for pipeline, image, named, expected in all_of_them:
        expected = expected[0] if isinstance(expected, tuple) else expected
        if image is None or named or image.axes != "yx" or getattr(expected, "shape", None) != image.shape:
            continue
        data = np.asarray(image)
        halo = pipeline.halo(data, spacing=image.spacing)
        if halo is not None:
            # Dask has no more around a block than there is.
            halo = tuple(min(h, n) for h, n in zip(halo, data.shape))
            found.append((functools.partial(pipeline, spacing=image.spacing), halo, data, expected))
    ops = {call.func.steps[0]["op"] for call, *_ in found}
    assert {"gaussian_filter", "median_filter", "binary_opening", "clip", "convolve", "sobel"} <= ops
    assert not {"threshold_otsu", "connected_components", "distance_transform"} & ops
    return found


def tiled(call, halo, data, dtype):
    array = pytest.importorskip("dask.array")
    blocks = array.from_array(data, chunks=CHUNKS)
    if not any(halo):
        return blocks.map_blocks(call, dtype=dtype)
    return blocks.map_overlap(call, depth=halo, boundary="none", dtype=dtype)


def test_blocks_with_a_halo_make_the_whole(local):
    """Every local operation with every example, in blocks."""
    for call, halo, data, expected in local:
        found = tiled(call, halo, data, expected.dtype).compute(scheduler="threads", num_workers=2)
        assert bits(found) == bits(expected), call


def test_blocks_in_processes(local):
    dask = pytest.importorskip("dask")
    lazy = [tiled(call, halo, data, expected.dtype) for call, halo, data, expected in local]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        found = dask.compute(*lazy, scheduler="processes", pool=pool)
    for one, (call, _, data, expected) in zip(found, local):
        assert bits(one) == bits(expected), call


def test_several_steps_in_blocks():
    image = np.random.default_rng(0).random((96, 120)).astype(np.float32)
    whole = rf.Pipeline().gaussian_filter(sigma=1.5).median_filter(radius=1)
    assert whole.halo(image) == (7, 7)
    assert bits(tiled(whole, whole.halo(image), image, np.float32).compute()) == bits(whole(image))
    stack = np.random.default_rng(0).random((12, 40, 44)).astype(np.uint8)
    halo = whole.halo(stack)
    array = pytest.importorskip("dask.array")
    blocks = array.from_array(stack, chunks=(8, 20, 44)).map_overlap(whole, depth=halo, boundary="none", dtype=np.float32)
    assert len(halo) == 3 and bits(blocks.compute()) == bits(whole(stack))
    assert rf.Pipeline().gaussian_filter(sigma=2).threshold_otsu().halo(image) is None


def test_dask_knows_equal_pipelines():
    base = pytest.importorskip("dask.base")
    blur = rf.Pipeline().gaussian_filter(sigma=2)
    assert base.tokenize(blur) == base.tokenize(rf.Pipeline.from_toml(blur.to_toml())) == base.tokenize(pickle.loads(pickle.dumps(blur)))
    assert base.tokenize(blur) != base.tokenize(rf.Pipeline().gaussian_filter(sigma=3))


def test_dask_distributed(todo, here, local):
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
            lazy = [tiled(call, halo, data, expected.dtype) for call, halo, data, expected in local]
            for one, (call, _, data, expected) in zip(client.gather(client.compute(lazy)), local):
                assert bits(one) == bits(expected), call


def test_pool_of_our_own(todo, here):
    # A pool takes one image a task.
    at = [i for i, (_, image, named) in enumerate(todo) if image is not None and not named]
    assert len(at) > len(todo) / 2
    with rf.Pool(workers=2) as pool:
        tasks = [pool.submit(*todo[i][:2]) for i in at]
        assert {task for task in pool.as_completed(tasks, TIMEOUT)} == set(tasks)
        results = [task.result(0) for task in tasks]
        some = [todo[i][1] for i in at[:20]]
        blur = rf.Pipeline().gaussian_filter(sigma=1)
        mapped = list(pool.map(blur, some, ahead=4))
    same([bits(dict(r)) if isinstance(r, rf.Result) else bits(r) for r in results], [here[i] for i in at], [todo[i] for i in at])
    assert [bits(m) for m in mapped] == [bits(blur(image)) for image in some]


def test_workers_start_without_numpy():
    from rotifer._workers import PROGRAM

    program, words = PROGRAM
    # The program of a worker that no pool has started goes on.
    words = [*words[:3], words[3] + "; print(sorted(m for m in sys.modules if m.partition('.')[0] in ('numpy', 'rotifer')))", *words[4:]]
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=TIMEOUT)
    assert done.stdout.strip() == "['rotifer', 'rotifer._core', 'rotifer.errors']", done
    before = children()
    with rf.Pool(workers=1) as pool:
        pool.submit(rf.Pipeline().gaussian_filter(sigma=1), LABELS).result(TIMEOUT)
        maps = [open(f"/proc/{child}/maps").read() for child in children() - before]
        ours = [text for text in maps if "/rotifer/_core" in text]
        assert ours and not any("/numpy/" in text for text in ours)


def children():
    """Processes that this one has started."""
    found = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            found.update(file.read().split())
    return found


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


INTERRUPTED = """
import numpy, os, pathlib, rotifer, signal, sys, threading, time
def pixels(side):
    return numpy.random.default_rng(0).random((side, side)).astype("float32")
psf = numpy.ones((5, 5), "float32")
folder = pathlib.Path(sys.argv[1])
sharpen = rotifer.Pipeline.from_dict({"inputs": {"input": {}, "psf": {"given": True}}, "steps": [
    {"op": "richardson_lucy", "from": ["input", "psf"], "num_iter": 3000}]})
long = rotifer.Pipeline().median_filter(radius=60, save=True)
times = []
def hit():
    while not go.wait(0.01):
        pass
    time.sleep(0.5)
    times.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
go = threading.Event()
threading.Thread(target=hit, daemon=True).start()
PREPARE
try:
    go.set()
    CALL
    print("went on")
except KeyboardInterrupt:
    print("stopped", time.monotonic() - times[0], flush=True)
    LAST
"""
#: What happens before, the call, and what happens after it.
CALLS = {
    "function": ("image = pixels(1024)", "rotifer.richardson_lucy(image, psf, num_iter=3000)", ""),
    # A short call of the same function before does not mean that the next is short.
    "small": ("image = pixels(400); rotifer.richardson_lucy(image, psf, num_iter=1)", "rotifer.richardson_lucy(image, psf, num_iter=3000)", ""),
    "larger": (
        "image = pixels(500); rotifer.richardson_lucy(image[:16, :16], psf, num_iter=300)", "rotifer.richardson_lucy(image, psf, num_iter=300)", "",
    ),
    "pipeline": ("image = pixels(400)", "sharpen(image, psf=psf)", ""),
    "run": (
        "[rotifer.write(folder / f'in/{i}.tif', pixels(1500)) for i in range(6)]",
        "long.run(folder / 'in', out=folder / 'out', workers=1, threads=1)",
        "done = long.run(folder / 'in', out=folder / 'out', workers=2, existing='resume'); assert done['done'] == 6 and done['resumed'] > 0, done",
    ),
    "pool": (
        "pool = rotifer.Pool(workers=1); tasks = [pool.submit(long, pixels(2000)) for _ in range(4)]",
        "pool.shutdown()",
        "",
    ),
    "task": (
        "pool = rotifer.Pool(workers=1); task = pool.submit(long, pixels(3000))",
        "task.result()",
        "pool.shutdown(kill=True)",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_interrupt(case, tmp_path):
    before, call, last = CALLS[case]
    code = INTERRUPTED.replace("PREPARE", before).replace("CALL", call).replace("LAST", last or "pass")
    waits = []
    # A busy machine may keep one try waiting.
    for i in range(3):
        folder = tmp_path / str(i)
        done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=TIMEOUT)
        words = done.stdout.split()
        assert words[:1] == ["stopped"] and done.returncode == 0, done
        waits.append(float(words[1]))
        if waits[-1] < 0.1:
            break
    assert min(waits) < 0.5, (case, waits)


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
    assert len(pickle.dumps(p)) < 400


def with_revision(compiled, op, revision):
    """A compiled pipeline whose function had another revision, as another version of Rotifer would have made it."""
    changed = bytearray(compiled[:-8])
    at = changed.index(op.encode()) + len(op)
    assert changed[at : at + 6] == bytes([2, 0, 1, 0, 0, 0]) and changed[at + 6] == _functions.spec(op)["revision"]
    changed[at + 6] = revision
    # The sums of the frame and of the file.
    changed[28:32] = crc32c(bytes(changed[:28] + changed[32:])).to_bytes(4, "little")
    fnv = 0xCBF29CE484222325
    for byte in changed:
        fnv = (fnv ^ byte) * 0x100000001B3 % (1 << 64)
    return bytes(changed) + fnv.to_bytes(8, "little")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_another_revision_is_refused_by_name():
    p = rf.Pipeline().gaussian_filter(sigma=2).clip(minimum=1)
    ours = _functions.spec("clip")["revision"]
    assert rf.Pipeline.from_bytes(with_revision(p.to_bytes(), "clip", ours)) == p
    with pytest.raises(rf.errors.PipelineError) as found:
        rf.Pipeline.from_bytes(with_revision(p.to_bytes(), "clip", ours + 100))
    error = found.value
    assert (error.op, error.step) == ("clip", 1)
    assert f"revision {ours + 100}," in error.value and f"revision {ours}," in error.allowed
    assert str(ours + 100) in str(error) and "clip" in str(error)


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
