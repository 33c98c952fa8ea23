// Labels numbered in the order in which they are met, and sums of the intensities of every object in fixed point.
#include "shared/columns.wgsl"
#include "shared/float.wgsl"
#include "shared/limbs.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    mask: u32, // slots of the table of labels, less one
    capacity: u32, // objects that are numbered
    stride: u32, // words of `sums` for each object: 4, or 18 with squares, range and moments
    padding: vec2<u32>,
}

const FINITE = 0x7f800000u;
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
fn collect(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own = column(linear_index(workgroup, groups, local), params.shape);
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
fn place(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own = column(linear_index(workgroup, groups, local), params.shape);
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
fn find_largest(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own = column(linear_index(workgroup, groups, local), params.shape);
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
    // Sums of the lower and upper halves of values, and of these times the rows from `begin`.
    low: u32,
    high: u32,
    low_along: u32,
    high_along: u32,
    squares: vec3<u32>,
    // Keys of the largest value, and complement of the key of the smallest.
    most: u32,
    least: u32,
}

fn of_halves(low: u32, high: u32) -> vec2<u32> {
    return wide_add(vec2<u32>(low, 0u), vec2<u32>(high << 16u, high >> 16u));
}

fn times(value: vec2<u32>, factor: u32) -> vec2<u32> {
    return wide_mul(value.x, factor) + vec2<u32>(0u, value.y * factor);
}

fn write_run(run: Run, z: u32, x: u32) {
    if (run.number == 0u) {
        return;
    }
    let at = (run.number - 1u) * params.stride;
    let sum = of_halves(run.low, run.high);
    add_limb(at, run.count);
    if (run.flags != 0u) {
        atomicOr(&sums[at + 1u], run.flags);
    }
    add_2_limbs(at + 2u, sum);
    if (params.stride == 4u) {
        return;
    }
    add_3_limbs(at + 4u, run.squares);
    atomicMax(&sums[at + 7u], run.most);
    atomicMax(&sums[at + 8u], run.least);
    let along = wide_add(times(sum, run.begin), of_halves(run.low_along, run.high_along));
    add_3_limbs(at + 9u, vec3<u32>(times(sum, z), 0u));
    add_3_limbs(at + 12u, vec3<u32>(along, 0u));
    add_3_limbs(at + 15u, vec3<u32>(times(sum, x), 0u));
}

// Adds the values, in units of 2^-30 of the power of two at or below the largest, and 2^31 so that none is negative.
@compute @workgroup_size(256)
fn add(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own = column(linear_index(workgroup, groups, local), params.shape);
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
        if (params.stride != 4u) {
            let key = order_key(bitcast<f32>(bits));
            run.most = max(run.most, key);
            run.least = max(run.least, ~key);
        }
        if (magnitude == FINITE) {
            run.flags |= select(1u, 2u, bits > FINITE);
            continue;
        }
        let value = bitcast<u32>(i32(round(bitcast<f32>(bits) * scale))) + 0x80000000u;
        let low = value & 0xffffu;
        let high = value >> 16u;
        run.low += low;
        run.high += high;
        if (params.stride != 4u) {
            run.low_along += low * (y - run.begin);
            run.high_along += high * (y - run.begin);
            let square = wide_mul(value, value);
            let sum = wide_add(run.squares.xy, square);
            let carry = u32(sum.y < square.y || (sum.y == square.y && sum.x < square.x));
            run.squares = vec3<u32>(sum, run.squares.z + carry);
        }
    }
    write_run(run, own.z, own.x);
}
