"""Operations without an input, and random numbers."""

import numpy as np
import pytest
import rotifer as rf


def drawn(shape, seed, step, draw):
    """By a generator of numpy for each pixel."""
    found = np.empty(shape)
    for y, x in np.ndindex(*shape):
        # numpy counts up before it draws.
        counter = ((x + (y << 32)) << 64) - 1
        key = seed | step << 64
        found[y, x] = draw(np.random.Generator(np.random.Philox(key=key, counter=counter % (1 << 256))))
    return found


def test_images_are_made_of_arguments():
    made = rf.create(shape=(3, 4), value=2.5)
    assert made.dtype == np.float32 and (made == 2.5).all() and made.shape == (3, 4)
    made = rf.create(shape=(2, 3, 4), value=300, dtype="uint8")
    assert made.dtype == np.uint8 and (made == 255).all() and made.shape == (2, 3, 4)
    disk = rf.draw_disk(shape=(20, 21), center=(10, 9), radius=5)
    y, x = np.ogrid[:20, :21]
    assert disk.dtype == bool and (disk == ((y - 10) ** 2 + (x - 9) ** 2 < 25)).all()
    with pytest.raises(rf.Error, match="two or three axes"):
        rf.create(shape=(3,))


def test_a_function_draws_by_its_seed():
    image = np.full((5, 6), 40, np.uint16)
    noisy = rf.random_noise(image, mode="poisson", seed=9)
    assert noisy.dtype == np.uint16
    assert (noisy == drawn(image.shape, 9, 0, lambda g: g.poisson(40))).all()
    assert (noisy == rf.random_noise(image, mode="poisson", seed=9)).all()
    assert (noisy != rf.random_noise(image, mode="poisson", seed=10)).any()


def test_a_pipeline_that_makes_its_images_runs_without_any(tmp_path):
    pipeline = rf.Pipeline(seed=3).create(shape=(5, 6), value=40).random_noise(mode="poisson", as_="counts", save=True)
    expected = drawn((5, 6), 3, 1, lambda g: g.poisson(40))
    assert pipeline.seed == 3
    assert (pipeline() == expected).all()
    assert (rf.Pipeline.from_toml(pipeline.to_toml())() == expected).all()
    assert (rf.Pipeline.from_bytes(pipeline.to_bytes())() == expected).all()
    assert pipeline.plan()["steps"][1]["outputs"][0]["shape"]
    done = pipeline.run(out=tmp_path / "out", workers=1)
    assert done["done"] == 1
    assert (np.asarray(rf.read(tmp_path / "out" / "pipeline" / "counts.tif")) == expected).all()
    with pytest.raises(rf.Error, match="`input` is not given"):
        rf.Pipeline().gaussian_filter(sigma=1)()
