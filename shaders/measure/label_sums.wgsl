// Labels numbered in the order in which they are met, and sums of the intensities of every object in fixed point.
#include "shared/columns.wgsl"
#include "shared/float.wgsl"
#include "shared/limbs.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    mask: u32, // slots of the table of labels, less one
    capacity: u32, // objects that are numbered
    stride: u32, // words of `sums` for each object: SUM, or 20 with squares, range and moments
    padding: vec2<u32>,
}

const FINITE = 0x7f800000u;
const SUM = 6u;
// A table that is not overfull has no longer search.
const PROBES = 60000u;

@group(0) @binding(0) var<uniform> params: Params;

// A table with open addressing.
fn slot_of(label: u32) -> u32 {
    var h = label * 0x9e3779b1u;
    h ^= h >> 15u;
    return h & params.mask;
}

@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> keys: array<atomic<u32>>; // label of each slot
@group(0) @binding(3) var<storage, read_write> numbers: array<u32>; // of the label of each slot, from 1
@group(0) @binding(4) var<storage, read_write> count: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> present: array<u32>; // label of each number

fn insert(label: u32) {
    var slot = slot_of(label);
    // With more labels than are numbered the table may be full.
    for (var probe = 0u; probe < PROBES && atomicLoad(&count[0]) <= params.capacity; probe++) {
        var found = atomicLoad(&keys[slot]);
        if (found == 0u) {
            let exchange = atomicCompareExchangeWeak(&keys[slot], 0u, label);
            if (exchange.exchanged) {
                let number = atomicAdd(&count[0], 1u);
                if (number < params.capacity) {
                    numbers[slot] = number + 1u;
                    present[number] = label;
                }
                return;
            }
            // A weak exchange may fail on an empty slot: then it is tried again.
            found = exchange.old_value;
        }
        if (found == label) {
            return;
        }
        if (found != 0u) {
            slot = (slot + 1u) & params.mask;
        }
    }
}

// Numbers the labels.
@compute @workgroup_size(256)
fn collect(thread: Thread) {
    let own = column(linear_index(thread), params.shape);
    var before = 0u;
    for (var y = own.begin; y < own.end; y++) {
        let label = labels[offset(vec3<u32>(own.z, y, own.x), params.shape)];
        if (label != 0u && label != before) {
            insert(label);
        }
        before = label;
    }
}

@group(0) @binding(2) var<storage, read> found_keys: array<u32>;
@group(0) @binding(3) var<storage, read> found_numbers: array<u32>;
@group(0) @binding(4) var<storage, read> found_count: array<u32>;
@group(0) @binding(5) var<storage, read_write> placed: array<u32>; // number of each pixel's label, 0 for none

// Writes numbers in place of labels; nothing where there are too many.
@compute @workgroup_size(256)
fn place(thread: Thread) {
    let own = column(linear_index(thread), params.shape);
    let overfull = found_count[0] > params.capacity;
    var before = 0u;
    var number = 0u;
    for (var y = own.begin; y < own.end; y++) {
        let i = offset(vec3<u32>(own.z, y, own.x), params.shape);
        let label = labels[i];
        if (label != before && !overfull) {
            number = 0u;
            if (label != 0u) {
                var slot = slot_of(label);
                for (var probe = 0u; probe < PROBES && found_keys[slot] != label; probe++) {
                    slot = (slot + 1u) & params.mask;
                }
                number = found_numbers[slot];
            }
            before = label;
        }
        placed[i] = number;
    }
}

@group(0) @binding(1) var<storage, read> image: array<u32>; // bits of f32
@group(0) @binding(2) var<storage, read> places: array<u32>; // number of each pixel's object, 0 for none
@group(0) @binding(3) var<storage, read_write> largest: array<atomic<u32>>; // bits of the largest finite |value|

var<workgroup> group_largest: atomic<u32>;

@compute @workgroup_size(256)
fn find_largest(thread: Thread) {
    let local = thread.local;
    let own = column(linear_index(thread), params.shape);
    var most = 0u;
    for (var y = own.begin; y < own.end; y++) {
        let i = offset(vec3<u32>(own.z, y, own.x), params.shape);
        let magnitude = image[i] & 0x7fffffffu;
        if (places[i] != 0u && magnitude < FINITE) {
            most = max(most, magnitude);
        }
    }
    atomicMax(&group_largest, most);
    workgroupBarrier();
    if (local == 0u) {
        atomicMax(&largest[0], atomicLoad(&group_largest));
    }
}

@group(0) @binding(3) var<storage, read> found_largest: array<u32>;
@group(0) @binding(4) var<storage, read_write> sums: array<atomic<u32>>;

// Neighbours in a column that belong to one object.
struct Run {
    number: u32,
    begin: u32,
    count: u32,
    flags: u32, // 1 infinity, 2 minus infinity, 4 NaN
    // Sums of the 16-bit parts of values, lowest first, and of these times the rows from `begin`.
    parts: vec3<u32>,
    along: vec3<u32>,
    // Of the values without their lowest part.
    squares: vec3<u32>,
    // Keys of the largest value, and complement of the key of the smallest.
    most: u32,
    least: u32,
}

fn joined(parts: vec3<u32>) -> vec2<u32> {
    return wide_add(vec2<u32>(parts.x, parts.z), vec2<u32>(parts.y << 16u, parts.y >> 16u));
}

// value * factor + more
fn moment(value: vec2<u32>, factor: u32, more: vec2<u32>) -> vec3<u32> {
    let low = wide_mul(value.x, factor);
    let high = wide_add(wide_mul(value.y, factor), vec2<u32>(low.y, 0u));
    let sum = wide_add(vec2<u32>(low.x, high.x), more);
    return vec3<u32>(sum, high.y + u32(sum.y < more.y || (sum.y == more.y && sum.x < more.x)));
}

fn write_run(run: Run, z: u32, x: u32) {
    if (run.number == 0u) {
        return;
    }
    let at = (run.number - 1u) * params.stride;
    add_limb(at, run.count);
    if (run.flags != 0u) {
        atomicOr(&sums[at + 1u], run.flags);
    }
    add_2_limbs(at + 2u, joined(vec3<u32>(run.parts.yz, 0u)));
    add_2_limbs(at + 4u, vec2<u32>(run.parts.x, 0u));
    if (params.stride == SUM) {
        return;
    }
    add_3_limbs(at + 6u, run.squares);
    atomicMax(&sums[at + 9u], run.most);
    atomicMax(&sums[at + 10u], run.least);
    let sum = joined(run.parts);
    add_3_limbs(at + 11u, moment(sum, z, vec2<u32>(0u)));
    add_3_limbs(at + 14u, moment(sum, run.begin, joined(run.along)));
    add_3_limbs(at + 17u, moment(sum, x, vec2<u32>(0u)));
}

// A finite number in units of 2^-46 of the power of two at or below the largest, and 2^47 so that it is not negative.
fn fixed(bits: u32, scale: f32) -> vec2<u32> {
    let x = bitcast<f32>(bits & 0x7fffffffu) * scale;
    let whole = floor(x);
    let fraction = u32(round((x - whole) * 65536.0));
    var value = wide_add(vec2<u32>(u32(whole) << 16u, u32(whole) >> 16u), vec2<u32>(fraction, 0u));
    if ((bits >> 31u) == 1u) {
        value = wide_add(~value, vec2<u32>(1u, 0u));
    }
    return value + vec2<u32>(0u, 0x8000u);
}

// Adds the values of every object.
@compute @workgroup_size(256)
fn add(thread: Thread) {
    let own = column(linear_index(thread), params.shape);
    let exponent = 30 - clamp(i32(found_largest[0] >> 23u) - 127, -90, 127);
    let scale = bitcast<f32>(u32(exponent + 127) << 23u);
    var run: Run;
    for (var y = own.begin; y < own.end; y++) {
        let i = offset(vec3<u32>(own.z, y, own.x), params.shape);
        let number = places[i];
        if (number != run.number) {
            write_run(run, own.z, own.x);
            run = Run();
            run.number = number;
            run.begin = y;
        }
        let bits = image[i];
        let magnitude = bits & 0x7fffffffu;
        run.count++;
        if (magnitude > FINITE) {
            run.flags |= 4u;
            continue;
        }
        if (params.stride != SUM) {
            let key = order_key(bitcast<f32>(bits));
            run.most = max(run.most, key);
            run.least = max(run.least, ~key);
        }
        if (magnitude == FINITE) {
            run.flags |= select(1u, 2u, bits > FINITE);
            continue;
        }
        let value = fixed(bits, scale);
        let parts = vec3<u32>(value.x & 0xffffu, value.x >> 16u, value.y);
        run.parts += parts;
        if (params.stride != SUM) {
            run.along += parts * (y - run.begin);
            let upper = (parts.z << 16u) | parts.y;
            let square = wide_mul(upper, upper);
            let sum = wide_add(run.squares.xy, square);
            let carry = u32(sum.y < square.y || (sum.y == square.y && sum.x < square.x));
            run.squares = vec3<u32>(sum, run.squares.z + carry);
        }
    }
    write_run(run, own.z, own.x);
}
