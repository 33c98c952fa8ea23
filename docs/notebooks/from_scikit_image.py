# %% [markdown]
# # From scikit-image
#
# The same nuclei, counted with scikit-image and with Rotifer. Cells begin with `# %%`: an editor or Jupytext opens this file as a notebook.

# %%
import numpy as np
import rotifer as rf
from skimage import filters, measure, morphology

rng = np.random.default_rng(1)
yy, xx = np.mgrid[:256, :256]
image = rng.normal(20, 2, (256, 256))
centres = [(y, x) for y in range(24, 256, 42) for x in range(24, 256, 42)]
for y, x in centres:
    image += 80 * np.exp(-((yy - y) ** 2 + (xx - x) ** 2) / 60)
image = image.astype(np.float32)

# %% [markdown]
# Names and arguments are those of scikit-image where it has the operation; `docs/names.md` lists them side by side.

# %%
theirs = measure.label(filters.gaussian(image, sigma=1.5, preserve_range=True) > 50)
labels, count = rf.connected_components(rf.greater(rf.gaussian_filter(image, sigma=1.5), value=50))
assert count == labels.max() == theirs.max() == len(centres)
assert ((labels > 0) == (theirs > 0)).mean() > 0.999

# %% [markdown]
# A table has the columns of `regionprops_table`, as a mapping, or as a frame of pandas, polars or pyarrow.

# %%
table = rf.regionprops_table(labels, image, properties="area, intensity_mean")
expected = measure.regionprops_table(labels, image, properties=("label", "area", "intensity_mean"))
np.testing.assert_array_equal(table["area"], expected["area"])
np.testing.assert_allclose(table["intensity_mean"], expected["intensity_mean"], rtol=1e-5)
frame = table.to_pandas()
assert len(frame) == len(centres)

# %% [markdown]
# Three differences. A number stays a number: nothing is rescaled to 0..1. A boolean array is a mask, and labels are uint32. Lengths may have a unit,
# where the pixel size is known.

# %%
counts = (image * 100).astype(np.uint16)
assert rf.median_filter(counts, radius=1).dtype == np.uint16
opened = rf.binary_opening(labels > 0, radius=1)
assert opened.dtype == bool
np.testing.assert_array_equal(
    rf.gaussian_filter(image, sigma="0.65 um", spacing=0.325), rf.gaussian_filter(image, sigma=2)
)
np.testing.assert_array_equal(
    rf.opening(counts, footprint="disk", radius=3), morphology.opening(counts, morphology.disk(3))
)

# %% [markdown]
# What was called step by step is a pipeline as well: a value that is checked, saved as a file, run on folders, and sent to other processes.

# %%
pipeline = rf.Pipeline().gaussian_filter(sigma=1.5).threshold_otsu().connected_components(as_="nuclei")
print(pipeline.to_toml())
found = pipeline(image)
assert found.nuclei.max() == found["nuclei.count"] == len(centres)
print(f"{len(centres)} nuclei")
