// Connected components: every pixel points at an earlier one of its component, in the end at the first.
#include "shared/grid.wgsl"
#include "shared/scan.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    connectivity: u32,
    background: u32,
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

const NONE = 0xffffffffu;
// Set in a root once it holds its label.
const NUMBERED = 0x80000000u;
// No loop runs longer than this; nested, they are as good as endless.
const LOOPS = 65535u;

@group(0) @binding(0) var<uniform> params: Params;

// Entry points that look at pixels.
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read_write> parent: array<atomic<u32>>;

// Entry points that look at roots.
@group(0) @binding(1) var<storage, read_write> root: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> begins: array<u32>;

// The scan of the number of roots in each group.
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
@group(0) @binding(2) var<storage, read_write> count: array<f32>;

// Labels from numbered roots.
@group(0) @binding(1) var<storage, read> numbered: array<u32>;
@group(0) @binding(2) var<storage, read_write> labels: array<u32>;

var<workgroup> run_start: array<u32, 256>;

fn pixel_count() -> u32 {
    return params.shape.x * params.shape.y * params.shape.z;
}

fn value_at(index: u32) -> u32 {
    let value = pixels[index];
    return select(value, u32(value == 0u), params.background == 1u);
}

// Each pixel points at the first of its run, as far as the workgroup sees it.
@compute @workgroup_size(256)
fn begin_runs(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    let inside = index < pixel_count();
    var value = 0u;
    var start = local;
    if (inside) {
        value = value_at(index);
        if (local > 0u && index % params.shape.z != 0u && value_at(index - 1u) == value) {
            start = 0u;
        }
    }
    run_start[local] = start;
    workgroupBarrier();
    for (var step = 1u; step < 256u; step = step * 2u) {
        if (local >= step) {
            start = max(start, run_start[local - step]);
        }
        workgroupBarrier();
        run_start[local] = start;
        workgroupBarrier();
    }
    if (inside) {
        atomicStore(&parent[index], select(index - local + start, NONE, value == 0u));
    }
}

fn find(start: u32) -> u32 {
    var at = start;
    for (var i = 0u; i < LOOPS; i++) {
        for (var j = 0u; j < LOOPS; j++) {
            let above = atomicLoad(&parent[at]);
            if (above == at) {
                return at;
            }
            // Halves the path for those who come after.
            let next = atomicLoad(&parent[above]);
            atomicMin(&parent[at], next);
            at = next;
        }
    }
    return at;
}

fn unite(first: u32, second: u32) {
    var a = first;
    var b = second;
    for (var i = 0u; i < LOOPS; i++) {
        a = find(a);
        b = find(b);
        if (a == b) {
            return;
        }
        let high = max(a, b);
        let low = min(a, b);
        let was = atomicMin(&parent[high], low);
        if (was == high) {
            return;
        }
        // Another thread hooked `high` first: what it was hooked to joins too.
        a = was;
        b = low;
    }
}

// Joins a pixel with the earlier row at dz, dy; what a neighbour in the same runs joins anyway is left out.
fn join_row(p: vec3<u32>, index: u32, value: u32, dz: i32, dy: i32, axes: u32) {
    let z = i32(p.x) + dz;
    let y = i32(p.y) + dy;
    if (axes > params.connectivity || z < 0 || y < 0 || y >= i32(params.shape.y)) {
        return;
    }
    let n = params.shape.z;
    let other = (u32(z) * params.shape.y + u32(y)) * n + p.z;
    let straight = value_at(other) == value;
    let before = p.z > 0u && value_at(index - 1u) == value;
    let other_before = p.z > 0u && value_at(other - 1u) == value;
    if (straight && !(before && other_before)) {
        unite(index, other);
    }
    if (straight || axes + 1u > params.connectivity) {
        return;
    }
    if (other_before && !before) {
        unite(index, other - 1u);
    }
    if (p.z + 1u < n && value_at(other + 1u) == value && value_at(index + 1u) != value) {
        unite(index, other + 1u);
    }
}

@compute @workgroup_size(256)
fn join_neighbours(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    if (index >= pixel_count()) {
        return;
    }
    let value = value_at(index);
    if (value == 0u) {
        return;
    }
    let p = position(index, params.shape);
    // Runs that the last pass cut at the border of a workgroup.
    if (local == 0u && p.z > 0u && value_at(index - 1u) == value) {
        unite(index, index - 1u);
    }
    join_row(p, index, value, 0, -1, 1u);
    join_row(p, index, value, -1, 0, 1u);
    join_row(p, index, value, -1, -1, 2u);
    join_row(p, index, value, -1, 1, 2u);
}

// Each pixel points at the first of its component; counts those that begin in each group.
@compute @workgroup_size(256)
fn find_roots(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    var begins_here = 0u;
    if (index < pixel_count()) {
        var at = atomicLoad(&root[index]);
        if (at != NONE) {
            begins_here = u32(at == index);
            for (var i = 0u; i < LOOPS; i++) {
                var done = false;
                for (var j = 0u; j < LOOPS; j++) {
                    let above = atomicLoad(&root[at]);
                    done = above == at;
                    if (done) {
                        break;
                    }
                    at = above;
                }
                if (done) {
                    break;
                }
            }
            atomicStore(&root[index], at);
        }
    }
    inclusive_scan(begins_here, local);
    let group = group_index(thread);
    if (local == 0u && group * 256u < pixel_count()) {
        begins[group] = scan_total();
    }
}

// One workgroup: the number of roots in each group becomes that of all groups before it.
@compute @workgroup_size(256)
fn scan_begins(@builtin(local_invocation_index) local: u32) {
    let n = (pixel_count() + 255u) / 256u;
    var before = 0u;
    for (var i = 0u; i < (n + 255u) / 256u; i++) {
        let at = i * 256u + local;
        var value = 0u;
        if (at < n) {
            value = sums[at];
        }
        let sum = inclusive_scan(value, local);
        if (at < n) {
            sums[at] = before + sum - value;
        }
        before += scan_total();
        workgroupBarrier();
    }
    if (local == 0u) {
        count[0] = f32(before);
    }
}

@compute @workgroup_size(256)
fn number_roots(thread: Thread) {
    let local = thread.local;
    let index = linear_index(thread);
    var begins_here = 0u;
    if (index < pixel_count()) {
        begins_here = u32(atomicLoad(&root[index]) == index);
    }
    let number = inclusive_scan(begins_here, local);
    if (begins_here == 1u) {
        atomicStore(&root[index], NUMBERED | (begins[group_index(thread)] + number));
    }
}

@compute @workgroup_size(256)
fn number_pixels(thread: Thread) {
    let index = linear_index(thread);
    if (index >= pixel_count()) {
        return;
    }
    let at = numbered[index];
    var label = 0u;
    if (at != NONE) {
        label = at;
        if ((at & NUMBERED) == 0u) {
            label = numbered[at];
        }
    }
    labels[index] = label & ~NUMBERED;
}
