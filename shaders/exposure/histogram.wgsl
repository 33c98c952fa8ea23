// Counts of pixels over bins. Float images: extent, edges, then the counts; whole numbers: the counts at once.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"
#include "shared/pairs.wgsl"

struct Params {
    len: u32,
    bins: u32,
    tables: u32,
    masked: u32,
    values: u32, // 1: a bin for each value from `first`
    first: f32,
    zero: u32,
    padding: u32,
}

const SHARED_BINS = 1024u;

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> found: array<atomic<u32>, 2>; // order keys of smallest, largest

var<workgroup> smallest: atomic<u32>;
var<workgroup> largest: atomic<u32>;

@compute @workgroup_size(256)
fn find_extent(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    if (local == 0u) {
        atomicStore(&smallest, 0xffffffffu);
    }
    workgroupBarrier();
    var low = 0xffffffffu;
    var high = 0u;
    let stride = groups.x * groups.y * 256u;
    for (var i = linear_index(thread); i < params.len; i += stride) {
        let value = pixels[i];
        if (is_finite(value) && (params.masked == 0u || mask[i] != 0u)) {
            let key = order_key(value);
            low = min(low, key);
            high = max(high, key);
        }
    }
    atomicMin(&smallest, low);
    atomicMax(&largest, high);
    workgroupBarrier();
    if (local == 0u) {
        atomicMin(&found[0], atomicLoad(&smallest));
        atomicMax(&found[1], atomicLoad(&largest));
    }
}

@group(0) @binding(1) var<storage, read> extent: array<u32, 2>;
@group(0) @binding(2) var<storage, read_write> edges_out: array<f32>;

// a / n rounded as IEEE asks, n < 2^17: WGSL allows 2.5 ulp, and edges decide about counts. Below the normals: 0.
fn divide(a: f32, n: u32) -> f32 {
    let bits = bitcast<u32>(a);
    let exponent = (bits >> 23u) & 0xffu;
    if (exponent == 0u) {
        return 0.0;
    }
    let mantissa = (bits & 0x7fffffu) | 0x800000u;
    var quotient = mantissa / n;
    var rest = mantissa % n;
    var shift = 0u;
    while (quotient < 0x1000000u) {
        rest = rest << 1u;
        quotient = (quotient << 1u) | u32(rest >= n);
        rest -= select(0u, n, rest >= n);
        shift++;
    }
    if (exponent + 1u <= shift) {
        return 0.0;
    }
    let even = quotient >> 1u;
    let up = (quotient & 1u) & (u32(rest != 0u) | (even & 1u));
    return bitcast<f32>((bits & 0x80000000u) | (((exponent + 1u - shift) << 23u) + (even - 0x800000u) + up));
}

@compute @workgroup_size(256)
fn place_edges(thread: Thread) {
    let i = linear_index(thread);
    if (i > params.bins) {
        return;
    }
    var low = 0.0;
    var high = 1.0;
    if (extent[0] <= extent[1]) {
        low = from_order_key(extent[0]);
        high = from_order_key(extent[1]);
        if (low == high) {
            low -= 0.5;
            high += 0.5;
        }
    }
    let width = high - low;
    if (i == params.bins) {
        edges_out[i] = high;
    } else if (is_finite(width)) {
        // The product is not to be fused with the sum.
        edges_out[i] = kept(f32(i) * divide(width, params.bins)) + low;
    } else {
        edges_out[i] = wide_edge(i, low, high);
    }
}

// The least float that is not below an edge which itself is no float: pixels are on the same side of both. Of halves, so
// that nothing overflows; in pairs, which hold what float64 does here.
fn wide_edge(i: u32, low: f32, high: f32) -> f32 {
    if (i == 0u) {
        return low;
    }
    let first = vec2<f32>(0.5 * low, 0.0);
    let width = pair_add(vec2<f32>(0.5 * high, 0.0), -first);
    let most = divide(width.x, params.bins);
    let rest = pair_add(width, -pair_mul(vec2<f32>(most, 0.0), vec2<f32>(f32(params.bins), 0.0)));
    let step = joined(most, divide(rest.x, params.bins));
    let edge = pair_add(pair_mul(vec2<f32>(f32(i), 0.0), step), first);
    let bits = bitcast<u32>(edge.x);
    let up = select(bits + 1u, bits - 1u, (bits >> 31u) == 1u);
    return 2.0 * select(edge.x, bitcast<f32>(select(up, 1u, edge.x == 0.0)), edge.y > 0.0);
}

@group(0) @binding(1) var<storage, read> edges_in: array<f32>;
@group(0) @binding(2) var<storage, read_write> centers: array<f32>;

@compute @workgroup_size(256)
fn find_centers(thread: Thread) {
    let i = linear_index(thread);
    if (i >= params.bins) {
        return;
    }
    if (params.values == 1u) {
        centers[i] = params.first + f32(i);
    } else {
        let sum = edges_in[i] + edges_in[i + 1u];
        // Not to be made half of the sum.
        let halves = kept(edges_in[i] * 0.5) + kept(edges_in[i + 1u] * 0.5);
        centers[i] = select(halves, sum * 0.5, is_finite(sum));
    }
}

@group(0) @binding(3) var<storage, read> edges: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;

// The largest i with edge i <= value; the number of bins for a value that is in none.
fn bin_of(value: f32) -> u32 {
    let n = params.bins;
    if (params.values == 1u) {
        return u32(clamp(value - params.first, 0.0, f32(n - 1u)));
    }
    let first = edges[0];
    let last = edges[n];
    if (!is_finite(value) || value < first || value > last) {
        return n;
    }
    // Arithmetic gives the bin within rounding, the edges decide. A range may be no float; a quarter of it is.
    let part = select(0.25, 1.0, is_finite(last - first));
    let begin = kept(part * first);
    let along = kept(part * value) - begin;
    var bin = u32(clamp(along * (f32(n) / (kept(part * last) - begin)), 0.0, f32(n - 1u)));
    bin = min(bin, n - 1u);
    while (bin > 0u && value < edges[bin]) {
        bin--;
    }
    while (bin + 1u < n && value >= edges[bin + 1u]) {
        bin++;
    }
    return bin;
}

var<workgroup> table: array<atomic<u32>, SHARED_BINS>;

@compute @workgroup_size(256)
fn count(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    let bins = params.bins;
    let narrow = bins <= SHARED_BINS;
    // As many tables as fit into workgroup memory, so that neighbours seldom meet in one counter.
    let copies = max(SHARED_BINS / bins, 1u);
    let mine = (local % copies) * bins;
    let spread = (group_index(thread) % params.tables) * bins;
    let stride = groups.x * groups.y * 256u;
    for (var i = linear_index(thread); i < params.len; i += stride) {
        if (params.masked == 0u || mask[i] != 0u) {
            let bin = bin_of(pixels[i]);
            if (bin < bins) {
                if (narrow) {
                    atomicAdd(&table[mine + bin], 1u);
                } else {
                    atomicAdd(&counts[spread + bin], 1u);
                }
            }
        }
    }
    workgroupBarrier();
    if (narrow) {
        for (var bin = local; bin < bins; bin += 256u) {
            var sum = 0u;
            for (var copy = 0u; copy < copies; copy++) {
                sum += atomicLoad(&table[copy * bins + bin]);
            }
            if (sum > 0u) {
                atomicAdd(&counts[bin], sum);
            }
        }
    }
}

@group(0) @binding(1) var<storage, read> spread_counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;

@compute @workgroup_size(256)
fn sum_tables(thread: Thread) {
    let bin = linear_index(thread);
    if (bin >= params.bins) {
        return;
    }
    var sum = 0u;
    for (var t = 0u; t < params.tables; t++) {
        sum += spread_counts[t * params.bins + bin];
    }
    sums[bin] = sum;
}
