// Squared distance to the nearest site, one axis at a time, and the label it carries.
#include "shared/grid.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    axis: u32,
    weight: u32,
    limit: u32,
    span: u32,
    float: u32,
    sites: u32,
    root: f32,
    flat_image: u32,
    padding: u32,
    sampling: vec3<f32>,
    padding_end: u32,
}

// No site: above every number and the bits of every f32.
const NONE = 0xffffffffu;

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read_write> marked: array<u32>;

@group(0) @binding(1) var<storage, read> squares: array<u32>;
@group(0) @binding(2) var<storage, read_write> next_squares: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> next_labels: array<u32>;

@group(0) @binding(2) var<storage, read_write> distances: array<f32>;

fn pixel_count() -> u32 {
    return params.shape.x * params.shape.y * params.shape.z;
}

@compute @workgroup_size(256)
fn mark_sites(thread: Thread) {
    let index = linear_index(thread);
    if (index < pixel_count()) {
        let zero = pixels[index] == 0u;
        marked[index] = select(NONE, 0u, zero == (params.sites == 1u));
    }
}

// Non-negative floats are ordered as their bits.
fn plus_steps(square: u32, k: u32) -> u32 {
    if (params.float == 1u) {
        let steps = f32(k);
        return bitcast<u32>(bitcast<f32>(square) + bitcast<f32>(params.weight) * steps * steps);
    }
    return square + params.weight * k * k;
}

struct Nearest {
    square: u32,
    site: u32,
}

// Outward from the pixel until no site can be nearer; at a tie the smaller position counts.
fn nearest(index: u32) -> Nearest {
    let shape = params.shape;
    let n = shape[params.axis];
    let at = position(index, shape)[params.axis];
    let stride = select(select(shape.z, 1u, params.axis == 2u), shape.y * shape.z, params.axis == 0u);
    var best = NONE;
    var site = index;
    if (squares[index] <= params.limit) {
        best = squares[index];
    }
    for (var k = 1u; k <= params.span; k++) {
        if (plus_steps(0u, k) > min(best, params.limit) || (k > at && at + k >= n)) {
            break;
        }
        if (k <= at) {
            let before = squares[index - k * stride];
            if (before != NONE) {
                let square = plus_steps(before, k);
                if (square <= min(best, params.limit)) {
                    best = square;
                    site = index - k * stride;
                }
            }
        }
        if (at + k < n) {
            let after = squares[index + k * stride];
            if (after != NONE) {
                let square = plus_steps(after, k);
                if (square < best && square <= params.limit) {
                    best = square;
                    site = index + k * stride;
                }
            }
        }
    }
    return Nearest(best, site);
}

@compute @workgroup_size(256)
fn search(thread: Thread) {
    let index = linear_index(thread);
    if (index < pixel_count()) {
        next_squares[index] = nearest(index).square;
    }
}

@compute @workgroup_size(256)
fn search_labels(thread: Thread) {
    let index = linear_index(thread);
    if (index < pixel_count()) {
        let found = nearest(index);
        next_squares[index] = found.square;
        next_labels[index] = select(labels[found.site], 0u, found.square == NONE);
    }
}

// Distances; of an image without a site those to one pixel before the first.
@compute @workgroup_size(256)
fn root(thread: Thread) {
    let index = linear_index(thread);
    if (index >= pixel_count()) {
        return;
    }
    let square = squares[index];
    if (square == NONE) {
        var p = vec3<f32>(position(index, params.shape));
        p += select(vec3<f32>(1.0, 0.0, 0.0), vec3<f32>(0.0, 1.0, 0.0), params.flat_image == 1u);
        distances[index] = length(p * params.sampling);
    } else if (params.float == 1u) {
        distances[index] = sqrt(bitcast<f32>(square));
    } else {
        distances[index] = sqrt(f32(square)) * params.root;
    }
}
