// The k-th smallest pixel by its order key, some bits at a time from the highest: count a digit, pick its value,
// go on among the pixels that have it. Then the next larger one, and a point between the two.
#include "shared/grid.wgsl"
#include "shared/float.wgsl"
#include "shared/scan.wgsl"

struct Params {
    len: u32,
    values: u32, // 1: keys are whole numbers from `first`
    first: f32,
    digit_shift: u32, // of the digit that is counted
    prefix_shift: u32, // of the digits before it; 32 where there is none
    digits: u32, // values of the digit
    fraction: f32,
    padding: u32,
}

const MOST_DIGITS = 2048u;

struct State {
    prefix: u32, // the digits that are known
    rank: u32, // among the pixels with this prefix
    equal: u32, // pixels with this prefix
    next: u32, // smallest key above
    has_nan: u32,
}

struct AtomicState {
    prefix: u32,
    rank: u32,
    equal: u32,
    next: atomic<u32>,
    has_nan: atomic<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;

fn key_of(value: f32) -> u32 {
    if (params.values == 1u) {
        return u32(value - params.first);
    }
    return order_key(value);
}

fn value_of(key: u32) -> f32 {
    if (params.values == 1u) {
        return f32(key) + params.first;
    }
    return from_order_key(key);
}

@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read_write> shared_state: AtomicState;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>, MOST_DIGITS>;

var<workgroup> table: array<atomic<u32>, MOST_DIGITS>;

@compute @workgroup_size(256)
fn count_digit(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    let first_digit = params.prefix_shift >= 32u;
    let prefix = shared_state.prefix;
    let stride = groups.x * groups.y * 256u;
    for (var i = linear_index(thread); i < params.len; i += stride) {
        let key = key_of(pixels[i]);
        if (key == 0xffffffffu) {
            atomicOr(&shared_state.has_nan, 1u);
        }
        if (first_digit || (key >> (params.prefix_shift & 31u)) == prefix) {
            atomicAdd(&table[(key >> params.digit_shift) & (params.digits - 1u)], 1u);
        }
    }
    workgroupBarrier();
    for (var d = local; d < params.digits; d += 256u) {
        let n = atomicLoad(&table[d]);
        if (n > 0u) {
            atomicAdd(&counts[d], n);
        }
    }
}

@group(0) @binding(1) var<storage, read_write> state: State;
@group(0) @binding(2) var<storage, read_write> digit_counts: array<u32, MOST_DIGITS>;

// Finds the digit of the rank, one workgroup; leaves the counts at 0.
@compute @workgroup_size(256)
fn pick_digit(@builtin(local_invocation_index) local: u32) {
    let each = max(params.digits / 256u, 1u);
    var mine = 0u;
    if (local * each < params.digits) {
        for (var k = 0u; k < each; k++) {
            mine += digit_counts[local * each + k];
        }
    }
    let above = inclusive_scan(mine, local);
    let rank = state.rank;
    let prefix = state.prefix;
    // All threads have read the state before one of them writes it.
    storageBarrier();
    workgroupBarrier();
    var below = above - mine;
    if (rank >= below && rank < above) {
        for (var k = 0u; k < each; k++) {
            let digit = local * each + k;
            let n = digit_counts[digit];
            if (rank >= below && rank < below + n) {
                state.prefix = prefix * params.digits + digit;
                state.rank = rank - below;
                state.equal = n;
            }
            below += n;
        }
    }
    if (local * each < params.digits) {
        for (var k = 0u; k < each; k++) {
            digit_counts[local * each + k] = 0u;
        }
    }
}

var<workgroup> smallest: atomic<u32>;

// The smallest key above the one found, where the next rank does not have the same key.
@compute @workgroup_size(256)
fn find_next(thread: Thread, @builtin(num_workgroups) groups: vec3<u32>) {
    let local = thread.local;
    let key = shared_state.prefix;
    if (shared_state.rank + 1u < shared_state.equal) {
        return;
    }
    if (local == 0u) {
        atomicStore(&smallest, 0xffffffffu);
    }
    workgroupBarrier();
    var low = 0xffffffffu;
    let stride = groups.x * groups.y * 256u;
    for (var i = linear_index(thread); i < params.len; i += stride) {
        let other = key_of(pixels[i]);
        low = select(low, min(low, other), other > key);
    }
    atomicMin(&smallest, low);
    workgroupBarrier();
    if (local == 0u) {
        atomicMin(&shared_state.next, atomicLoad(&smallest));
    }
}

@group(0) @binding(2) var<storage, read_write> percentile: array<u32, 1>;

@compute @workgroup_size(1)
fn interpolate() {
    if (state.has_nan != 0u) {
        percentile[0] = 0x7fc00000u;
        return;
    }
    let a = value_of(state.prefix);
    let t = params.fraction;
    if (t == 0.0 || state.rank + 1u < state.equal) {
        percentile[0] = bitcast<u32>(a);
        return;
    }
    let b = value_of(state.next);
    // Between a number and an infinite one all is infinite; by bits, since compilers take infinity for out of reach.
    let is_infinite = (vec2(bitcast<u32>(a), bitcast<u32>(b)) & vec2(0x7fffffffu)) == vec2(0x7f800000u);
    if (is_infinite.x != is_infinite.y) {
        percentile[0] = bitcast<u32>(select(b, a, is_infinite.x));
        return;
    }
    percentile[0] = bitcast<u32>(select(b - (b - a) * (1.0 - t), a + (b - a) * t, t < 0.5));
}
