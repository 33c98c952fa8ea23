"""The peer of benches/files: tifffile with imagecodecs, on two threads. `main.rs` starts it and asks by lines."""

import sys
import time
from pathlib import Path

import numpy as np
import tifffile


def make(folder):
    rng = np.random.default_rng(7)

    def cells(shape):
        """Soft cells on a noisy background, as cameras of 12 bits give them."""
        y, x = np.mgrid[:shape[-2], :shape[-1]]
        soft = 900 * np.exp(3 * (np.sin(x / 23) * np.sin(y / 19) - 1))
        return (soft + rng.normal(200, 9, shape)).clip(0, 4095).astype(np.uint16)

    images = {"2048x2048": cells((2048, 2048)), "64x512x512": cells((64, 512, 512))}
    for size, image in images.items():
        for codec in ["raw", "lzw", "zlib", "zstd"]:
            for place in ["strips", "tiles"]:
                layout = {"tile": (256, 256)} if place == "tiles" else {} if codec == "raw" else {"rowsperstrip": 64}
                path = Path(folder) / f"{size} {codec} {place}.tif"
                if not path.exists():
                    tifffile.imwrite(path, image, compression=None if codec == "raw" else codec,
                                     photometric="minisblack", metadata={"axes": "ZYX"[-image.ndim:]}, **layout)
                print(path.name, flush=True)
    print(flush=True)


make(sys.argv[1])
for line in sys.stdin:
    start = time.perf_counter()
    image = tifffile.imread(line.rstrip("\n"), maxworkers=2)
    seconds = time.perf_counter() - start
    print(seconds, int(image.sum(dtype=np.uint64)), flush=True)
    del image
