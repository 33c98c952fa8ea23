# %% [markdown]
# # A plate with Dask
#
# A pipeline is a value: it pickles, so that Dask's workers, threads or processes, run it. Without Dask, `Pipeline.run` does the same from files to files.

# %%
import tempfile
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pandas as pd
import rotifer as rf


def field(seed, cells):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:160, :160]
    image = rng.normal(300, 10, (160, 160))
    places = [(20 + 40 * (i // 4), 20 + 40 * (i % 4)) for i in range(cells)]
    for y, x in places:
        image += 2000 * np.exp(-((yy - y) ** 2 + (xx - x) ** 2) / 50)
    return image.astype(np.uint16)


cells = {"A01": 3, "A02": 8, "B01": 12, "B02": 16}
folder = Path(tempfile.mkdtemp())
for well, n in cells.items():
    for i in range(2):
        rf.imwrite(folder / f"P1_{well}_f{i}_d0.tif", rf.Image(field(i, n), "yx", spacing=0.65))

# %%
nuclei = (
    rf.Pipeline(name="nuclei")
    .gaussian_filter(sigma="1 um")
    .threshold_otsu()
    .connected_components(as_="nuclei", save=True)
    .regionprops_table(from_=["nuclei", "input"], properties="area, intensity_mean", as_="cells", save=True)
)

# %% [markdown]
# `sites` says of which well and field each file is. Each file is a task.

# %%
sites = rf.sites(folder)


@dask.delayed
def measured(site):
    table = nuclei(rf.read(site["path"])).cells.to_pandas()
    return table.assign(well=site["well"], field=site["field"])


# Forked processes need no `if __name__ == "__main__"` around a notebook; Rotifer works in them at once.
with dask.config.set({"multiprocessing.context": "fork"}):
    frame = pd.concat(dask.compute(*[measured(site) for site in sites], scheduler="processes", num_workers=2))
counts = frame.groupby("well")["label"].count()
assert counts.to_dict() == {well: 2 * n for well, n in cells.items()}
print(counts)

# %% [markdown]
# The same from files to files, in Rotifer's own workers, with tables that say well and field.

# %%
done = nuclei.run(folder, out=folder / "out", workers=2)
table = pd.read_csv(folder / "out" / "cells.csv")
assert done["failed"] == 0 and table.groupby("well")["label"].count().to_dict() == counts.to_dict()

# %% [markdown]
# An image too large for memory is an array of blocks. `halo` is the overlap with which blocks give what the whole gives, bit for bit; it is `None` where a
# step needs all pixels, as Otsu's threshold does.

# %%
large = np.random.default_rng(0).random((900, 700)).astype(np.float32)
smooth = rf.Pipeline().gaussian_filter(sigma=2).median_filter(radius=1)
blocks = da.from_array(large, chunks=(256, 256))
tiled = blocks.map_overlap(smooth, depth=smooth.halo(large), boundary="none", dtype=np.float32)
np.testing.assert_array_equal(tiled.compute(), smooth(large))
assert nuclei.halo(rf.Image(large, spacing=0.65)) is None
