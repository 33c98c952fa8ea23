"""Runs over files: as the command does them, resumed, told as they go."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import rotifer as rf
from inputs_of import blobs

PIPELINE = (
    rf.Pipeline(name="count")
    .threshold_otsu()
    .connected_components(as_="nuclei", save=True)
    .regionprops_table(from_=["nuclei", "input"], as_="cells", save=True)
)


@pytest.fixture
def plate(tmp_path):
    folder = tmp_path / "plate"
    for i, well in enumerate(["A01", "A02", "B01"]):
        image = (blobs((40, 50), i) > 0) * np.uint8(100) + np.arange(50, dtype=np.uint8)
        rf.imwrite(folder / f"P1_{well}_f0_d0.tif", image)
    return folder


def tables(out):
    """Tables without times."""
    return {p.name: p.read_text() for p in sorted(out.glob("*.csv")) if p.name not in ("images.csv", "wells.csv")}


def test_run_is_the_command(plate, tmp_path):
    events = []
    done = PIPELINE.run(plate, out=tmp_path / "here", workers=2, progress=events.append)
    assert (done["done"], done["failed"], done["not_run"]) == (3, 0, 0) and done["objects"] > 3
    assert [e["event"] for e in events][0] == "started" and events[-1]["event"] == "finished"
    assert sum(e["event"] == "image" for e in events) == 3
    (tmp_path / "p.toml").write_text(PIPELINE.to_toml())
    command = Path(sysconfig.get_path("scripts")) / "rotifer"
    there = ["run", tmp_path / "p.toml", plate, "-o", tmp_path / "there", "--workers", "2"]
    words = [command] if command.exists() else [sys.executable, "-c", "from rotifer._command import main; main()"]
    subprocess.run([*words, *there], check=True, capture_output=True)
    assert tables(tmp_path / "here") == tables(tmp_path / "there") != {}
    labels = rf.read(next((tmp_path / "here").glob("*A02*/nuclei.tif")))
    expected = PIPELINE(rf.read(next(plate.glob("*A02*")))).nuclei
    assert labels.data.tolist() == expected.tolist()


def test_existing_results(plate, tmp_path):
    out = tmp_path / "out"
    PIPELINE.run(plate, out=out, workers=1)
    before = tables(out)
    with pytest.raises(rf.Error, match="resume"):
        PIPELINE.run(plate, out=out, workers=1)
    again = PIPELINE.run(plate, out=out, workers=1, existing="resume")
    assert (again["done"], again["resumed"]) == (3, 3) and tables(out) == before


def test_a_bad_file_is_named(plate, tmp_path):
    (plate / "P1_C01_f0_d0.tif").write_bytes(b"II*\0 no image")
    done = PIPELINE.run(plate, out=tmp_path / "out", workers=1)
    assert (done["done"], done["failed"]) == (3, 1) and "C01" in done["failures"][0]["image"]


def test_an_exception_of_progress_ends_the_run(plate, tmp_path):
    def fail(event):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        PIPELINE.run(plate, out=tmp_path / "out", workers=1, progress=fail)


def test_sites(plate):
    rows = rf.sites(plate)
    assert [row["well"] for row in rows] == ["A01", "A02", "B01"] and {row["plate"] for row in rows} == {"P1"}
