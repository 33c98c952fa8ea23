// Share of the pixels up to each bin, and every pixel's place in it by linear interpolation between bin centers.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"
#include "shared/scan.wgsl"

struct Params {
    len: u32,
    bins: u32,
    values: u32, // 1: bin i is of value first + i
    first: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> share_out: array<f32>;

var<workgroup> least: atomic<u32>;

// One workgroup. Of whole numbers, those before the first that is counted have its share: bins begin there.
@compute @workgroup_size(256)
fn accumulate(@builtin(local_invocation_index) local: u32) {
    let each = (params.bins + 255u) / 256u;
    let begin = min(local * each, params.bins);
    let end = min(begin + each, params.bins);
    if (local == 0u) {
        atomicStore(&least, 0xffffffffu);
    }
    var mine = 0u;
    for (var i = begin; i < end; i++) {
        mine += counts[i];
    }
    var sum = inclusive_scan(mine, local) - mine;
    let total = max(scan_total(), 1u);
    // The thread with the first counted bin tells the others.
    if (sum == 0u && mine > 0u) {
        var i = begin;
        while (counts[i] == 0u) {
            i++;
        }
        atomicMin(&least, counts[i]);
    }
    workgroupBarrier();
    let lowest = atomicLoad(&least);
    for (var i = begin; i < end; i++) {
        sum += counts[i];
        let before = params.values == 1u && sum == 0u && lowest != 0xffffffffu;
        share_out[i] = f32(select(sum, lowest, before)) / f32(total);
    }
}

@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read> centers: array<f32>;
@group(0) @binding(3) var<storage, read> share: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

fn share_of(value: f32) -> f32 {
    let last = params.bins - 1u;
    if (params.values == 1u) {
        return share[min(u32(value - params.first), last)];
    }
    if (is_nan(value)) {
        return value;
    }
    let low = centers[0];
    let high = centers[last];
    if (value <= low) {
        return share[0];
    }
    if (value >= high) {
        return share[last];
    }
    // The distance of the first from the last center may be no float; a quarter of it is.
    let part = select(0.25, 1.0, is_finite(high - low));
    let along = (part * value - part * low) / (part * high - part * low);
    var bin = min(u32(clamp(along * f32(last), 0.0, f32(last))), last - 1u);
    while (bin > 0u && value < centers[bin]) {
        bin--;
    }
    while (bin + 1u < last && value >= centers[bin + 1u]) {
        bin++;
    }
    let t = (value - centers[bin]) / (centers[bin + 1u] - centers[bin]);
    return share[bin] + (share[bin + 1u] - share[bin]) * t;
}

@compute @workgroup_size(256)
fn equalize(thread: Thread) {
    let i = linear_index(thread);
    if (i < params.len) {
        output[i] = share_of(pixels[i]);
    }
}
