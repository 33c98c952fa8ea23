"""A crate's own operations, in a wheel of its own: as functions, in pipelines, in other processes and in workers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import concurrent.futures, multiprocessing, pickle, sys
import numpy as np
import rotifer as rf

def run(pipeline, image):
    return pipeline(image)

if __name__ == "__main__":
    assert rf.__file__.startswith(sys.argv[1]), rf.__file__
    image = np.array([[90, 100, 105], [150, 350, 600]], np.uint16)
    expected = np.array([[0, 0, 2], [20, 100, 200]], np.float32)
    assert "own_wheel/photons" in rf.list() and "gaussian_filter" in rf.list() and "photons" in dir(rf)
    assert (rf.photons(image, gain=2.5, offset=100) == expected).all()
    assert rf.restoration.photons is rf.photons and pickle.loads(pickle.dumps(rf.photons)) is rf.photons
    assert "Grey values of one photon." in rf.photons.__doc__
    try:
        rf.photons(image, gain=0)
    except rf.errors.ArgumentError as error:
        assert error.argument == "gain"
    pipeline = rf.Pipeline().photons(gain=2.5, offset=100).clip(maximum=150)
    assert "own_wheel/photons" in pipeline.to_toml()
    bounded = np.minimum(expected, 150)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert (pool.submit(run, pipeline, image).result(60) == bounded).all()
    with rf.Pool(workers=1) as pool:
        assert (pool.submit(pipeline, image).result(60) == bounded).all()
    print("done")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the installed wheel."""
    folder = tmp_path_factory.mktemp("own")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([sys.executable, ROOT / "examples" / "own_wheel" / "wheel.py", folder], check=True)
    (wheel,) = folder.glob("*.whl")
    assert wheel.name.startswith("rotifer_own_wheel-") and wheel.stat().st_size <= 10_000_000
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def test_its_operations_are_those_of_the_package(site, tmp_path):
    (tmp_path / "use.py").write_text(PROGRAM)
    there = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, tmp_path / "use.py", site], env=there, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "done\n", done.stderr
    code = "import sys; sys.argv[0] = 'rotifer'; from rotifer._command import main; main()"
    words = [sys.executable, "-c", code, "doc", "own_wheel/photons"]
    told = subprocess.run(words, env=there, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "(image - offset) / gain" in told


def test_the_package_itself_is_without_them():
    import rotifer

    assert "own_wheel/photons" not in rotifer.list()
    with pytest.raises(AttributeError):
        rotifer.photons
