// Sums of the pixels of every label in 64-bit fixed point: the same in any order of additions.
#include "shared/grid.wgsl"

struct Params {
    len: u32,
    mask: u32, // slots of the table of labels, less one
    padding: vec2<u32>,
}

const RUN = 16u;
const FINITE = 0x7f800000u;

@group(0) @binding(0) var<uniform> params: Params;

fn slot_of(label: u32) -> u32 {
    var h = label * 0x9e3779b1u;
    h ^= h >> 15u;
    return h & params.mask;
}

@group(0) @binding(1) var<storage, read> survey_image: array<u32>; // bits of f32
@group(0) @binding(2) var<storage, read> survey_labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> survey_keys: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> survey_totals: array<atomic<u32>>; // largest |value|, labels

var<workgroup> largest: atomic<u32>;

// Puts every label into a table with open addressing, and finds the largest finite |value|.
@compute @workgroup_size(256)
fn survey(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = linear_index(workgroup, groups, local);
    if (index < params.len) {
        let label = survey_labels[index];
        let magnitude = survey_image[index] & 0x7fffffffu;
        // The first pixel of a run speaks for it.
        var first = label != 0u;
        if (index > 0u) {
            first = first && survey_labels[index - 1u] != label;
        }
        if (label != 0u && magnitude < FINITE) {
            atomicMax(&largest, magnitude);
        }
        if (first) {
            var slot = slot_of(label);
            for (var probe = 0u; probe < 60000u; probe++) {
                let found = atomicCompareExchangeWeak(&survey_keys[slot], 0u, label);
                if (found.exchanged || found.old_value == label) {
                    break;
                }
                // A weak exchange may fail on an empty slot: then it is tried again.
                if (found.old_value != 0u) {
                    slot = (slot + 1u) & params.mask;
                }
            }
        }
    }
    workgroupBarrier();
    if (local == 0u) {
        atomicMax(&survey_totals[0], atomicLoad(&largest));
    }
}

@group(0) @binding(1) var<storage, read> number_keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> number_numbers: array<u32>;
@group(0) @binding(3) var<storage, read_write> number_totals: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> number_present: array<u32>;

// Numbers the labels that were found.
@compute @workgroup_size(256)
fn number(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = linear_index(workgroup, groups, local);
    if (slot > params.mask || number_keys[slot] == 0u) {
        return;
    }
    let place = atomicAdd(&number_totals[1], 1u);
    number_numbers[slot] = place;
    number_present[place] = number_keys[slot];
}

@group(0) @binding(1) var<storage, read> add_image: array<u32>; // bits of f32
@group(0) @binding(2) var<storage, read> add_labels: array<u32>;
@group(0) @binding(3) var<storage, read> add_keys: array<u32>;
@group(0) @binding(4) var<storage, read> add_numbers: array<u32>;
@group(0) @binding(5) var<storage, read> add_totals: array<u32>;
@group(0) @binding(6) var<storage, read_write> add_sums: array<atomic<u32>>; // low, high with flags, count

fn add_to(label: u32, low: u32, high: u32, count: u32) {
    if (label == 0u) {
        return;
    }
    var slot = slot_of(label);
    for (var probe = 0u; probe < 60000u && add_keys[slot] != label; probe++) {
        slot = (slot + 1u) & params.mask;
    }
    let at = 3u * add_numbers[slot];
    let before = atomicAdd(&add_sums[at], low);
    let carry = select(0u, 1u, before + low < before);
    atomicAdd(&add_sums[at + 1u], (high & 0x1fffffffu) + carry);
    atomicOr(&add_sums[at + 1u], high & 0xe0000000u);
    atomicAdd(&add_sums[at + 2u], count);
}

// Adds the pixels, runs of one label at once. Flags above the sum: infinity, minus infinity, NaN.
@compute @workgroup_size(256)
fn add(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = linear_index(workgroup, groups, local) * RUN;
    let exponent = 29 - clamp(i32(add_totals[0] >> 23u) - 127, -90, 127);
    let scale = bitcast<f32>(u32(exponent + 127) << 23u);
    var label = 0u;
    var low = 0u;
    var high = 0u;
    var count = 0u;
    for (var index = first; index < min(first + RUN, params.len); index++) {
        let own = add_labels[index];
        if (own != label) {
            add_to(label, low, high, count);
            label = own;
            low = 0u;
            high = 0u;
            count = 0u;
        }
        let bits = add_image[index];
        let magnitude = bits & 0x7fffffffu;
        if (magnitude < FINITE) {
            let fixed = u32(i32(round(bitcast<f32>(bits) * scale)) + 0x40000000);
            low += fixed;
            high += select(0u, 1u, low < fixed);
        } else if (magnitude > FINITE) {
            high |= 0x80000000u;
        } else {
            high |= select(0x20000000u, 0x40000000u, bits > FINITE);
        }
        count++;
    }
    add_to(label, low, high, count);
}
