# %% [markdown]
# # From pyclesperanto
#
# A workflow of tophat, blur, Voronoi-Otsu labelling and measurement, with the names that pyclesperanto has for them.

# %%
import numpy as np
import rotifer as rf

rng = np.random.default_rng(2)
yy, xx = np.mgrid[:200, :240]
image = rng.normal(100, 3, (200, 240)) + xx * 0.3
centres = [(y, x) for y in range(25, 200, 50) for x in range(25, 240, 50)]
for y, x in centres:
    image += 90 * np.exp(-((yy - y) ** 2 + (xx - x) ** 2) / 80)
image = image.astype(np.float32)

# %% [markdown]
# There: `cle.push`, `cle.top_hat_box(gpu, radius_x=15, radius_y=15)`, `cle.voronoi_otsu_labeling(gpu, spot_sigma=3, outline_sigma=2)`, `cle.pull`.
# Here arrays go in and come out; the host has every operation, and `on="gpu"` asks for the device, `on="auto"` takes it where there is one.

# %%
flat = rf.white_tophat(image, footprint="box", radius=15)
labels = rf.voronoi_otsu_labeling(flat, spot_sigma=3, outline_sigma=2)
assert labels.dtype == np.uint32 and labels.max() == len(centres)

# %% [markdown]
# One radius serves all axes; a list has one for each of z, y, x.

# %%
assert rf.mean_filter(image, radius=[1, 3]).shape == image.shape

# %% [markdown]
# Maps of measurements are images as they are there.

# %%
areas = rf.pixel_count_map(labels)
means = rf.mean_intensity_map(image, labels)
counts = np.bincount(labels.ravel())
np.testing.assert_array_equal(areas[labels > 0], counts[labels[labels > 0]])
one = labels == 1
np.testing.assert_allclose(means[one], image[one].mean(), rtol=1e-5)

# %% [markdown]
# A name of pyclesperanto leads to the operation.

# %%
for name in ("top_hat_box", "exclude_labels_on_edges"):
    assert name not in rf.list()
try:
    rf.voronoi_otsu_labelling
except AttributeError as error:
    print(error)
print(f"{labels.max()} nuclei, {areas.max():.0f} pixels the largest")
