// Sums over the pixels of every object: how many there are, where they lie, and what surrounds them.
#include "shared/columns.wgsl"
#include "shared/limbs.wgsl"

struct Params {
    shape: vec3<u32>, // z, y, x
    ndim: u32,
}

// Words of `sums` for each object.
const STRIDE = 29u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<u32>; // number of each pixel's object from 1, 0 for none
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;

fn place_at(z: u32, y: u32, x: u32) -> u32 {
    if (z >= params.shape.x || y >= params.shape.y || x >= params.shape.z) {
        return 0u;
    }
    return places[offset(vec3<u32>(z, y, x), params.shape)];
}

// The pixels of an object in a column from `begin` on.
fn add_extent(number: u32, z: u32, begin: u32, end: u32, x: u32) {
    if (number == 0u) {
        return;
    }
    let at = (number - 1u) * STRIDE;
    let n = end - begin;
    add_limb(at, n);
    // Of the first ones the complement, so that all begin with 0.
    atomicMax(&sums[at + 1u], ~z);
    atomicMax(&sums[at + 2u], ~begin);
    atomicMax(&sums[at + 3u], ~x);
    atomicMax(&sums[at + 4u], z + 1u);
    atomicMax(&sums[at + 5u], end);
    atomicMax(&sums[at + 6u], x + 1u);
    // Sums of the rows from `begin`, and of their squares.
    let steps = n * (n - 1u) / 2u;
    let squares = steps * (2u * n - 1u) / 3u;
    let y = n * begin + steps;
    add_2_limbs(at + 7u, vec2<u32>(n * z, 0u));
    add_2_limbs(at + 9u, vec2<u32>(y, 0u));
    add_2_limbs(at + 11u, vec2<u32>(n * x, 0u));
    // zz, yy, xx, yx, zx, zy
    add_2_limbs(at + 13u, wide_mul(n * z, z));
    add_2_limbs(at + 15u, wide_add(wide_mul(y + steps, begin), vec2<u32>(squares, 0u)));
    add_2_limbs(at + 17u, wide_mul(n * x, x));
    add_2_limbs(at + 19u, wide_mul(y, x));
    add_2_limbs(at + 21u, wide_mul(n * z, x));
    add_2_limbs(at + 23u, wide_mul(y, z));
}

@compute @workgroup_size(256)
fn extent(thread: Thread) {
    let own = column(linear_index(thread), params.shape);
    var number = 0u;
    var begin = own.begin;
    for (var y = own.begin; y < own.end; y++) {
        let here = place_at(own.z, y, own.x);
        if (here != number) {
            add_extent(number, own.z, begin, y, own.x);
            number = here;
            begin = y;
        }
    }
    add_extent(number, own.z, begin, own.end, own.x);
}

@group(0) @binding(3) var<storage, read> weights: array<i32>; // by which of the pixels around a corner belong

fn add_weight(number: u32, weight: i32) {
    if (number != 0u) {
        add_limb((number - 1u) * STRIDE + 25u, bitcast<u32>(weight));
    }
}

// Weights of the corners of pixels in the Euler number.
@compute @workgroup_size(256)
fn euler(thread: Thread) {
    let solid = u32(params.ndim == 3u);
    let own = column(linear_index(thread), params.shape + vec3<u32>(solid, 1u, 1u));
    // Corner z, y, x lies between the pixels before it and those of its own index. In 2-D all are those before along z.
    let z = own.z - solid;
    let x = own.x - 1u;
    // Bits of the index: 1 the pixel right of the corner, 2 below, 4 behind.
    var around: array<u32, 8>;
    for (var k = 0u; k < 8u; k++) {
        if ((k & 2u) != 0u) {
            around[k] = place_at(z + (k >> 2u), own.begin - 1u, x + (k & 1u));
        }
    }
    var number = 0u;
    var sum = 0;
    for (var y = own.begin; y < own.end; y++) {
        var changes = 0u;
        for (var k = 0u; k < 8u; k++) {
            if ((k & 2u) == 0u) {
                around[k] = around[k + 2u];
                around[k + 2u] = place_at(z + (k >> 2u), y, x + (k & 1u));
                changes |= (around[k] ^ around[0]) | (around[k + 2u] ^ around[0]);
            }
        }
        if (changes == 0u) {
            continue;
        }
        for (var k = 0u; k < 8u; k++) {
            let here = around[k];
            var belongs = 0u;
            for (var p = 0u; p < 8u; p++) {
                belongs |= u32(around[p] == here) << p;
            }
            // The first pixel of an object speaks for it.
            if (here == 0u || (belongs & ((1u << k) - 1u)) != 0u) {
                continue;
            }
            if (here != number) {
                add_weight(number, sum);
                number = here;
                sum = 0;
            }
            sum += weights[belongs];
        }
    }
    add_weight(number, sum);
}

@group(0) @binding(2) var<storage, read_write> borders: array<u32>; // as `places`, of border pixels only

@compute @workgroup_size(256)
fn border(thread: Thread) {
    let i = linear_index(thread);
    let p = position(i, params.shape);
    if (p.x >= params.shape.x) {
        return;
    }
    let here = places[i];
    let inside = place_at(0u, p.y - 1u, p.z) == here && place_at(0u, p.y + 1u, p.z) == here
        && place_at(0u, p.y, p.z - 1u) == here && place_at(0u, p.y, p.z + 1u) == here;
    borders[i] = select(here, 0u, inside);
}

fn add_border(number: u32, kinds: vec3<u32>) {
    if (number != 0u) {
        let at = (number - 1u) * STRIDE + 26u;
        add_limb(at, kinds.x);
        add_limb(at + 1u, kinds.y);
        add_limb(at + 2u, kinds.z);
    }
}

// Counts border pixels by their neighbours in the border, which `places` shows alone: those that add 1, √2 and
// (1 + √2) / 2 to the perimeter.
@compute @workgroup_size(256)
fn perimeter(thread: Thread) {
    let own = column(linear_index(thread), params.shape);
    var number = 0u;
    var kinds = vec3<u32>(0u);
    for (var y = own.begin; y < own.end; y++) {
        let here = place_at(0u, y, own.x);
        if (here == 0u) {
            continue;
        }
        if (here != number) {
            add_border(number, kinds);
            number = here;
            kinds = vec3<u32>(0u);
        }
        let up = y - 1u;
        let down = y + 1u;
        let left = own.x - 1u;
        let right = own.x + 1u;
        let sides = u32(place_at(0u, up, own.x) == here) + u32(place_at(0u, down, own.x) == here)
            + u32(place_at(0u, y, left) == here) + u32(place_at(0u, y, right) == here);
        let diagonals = u32(place_at(0u, up, left) == here) + u32(place_at(0u, up, right) == here)
            + u32(place_at(0u, down, left) == here) + u32(place_at(0u, down, right) == here);
        switch 1u + 2u * sides + 10u * diagonals {
            case 5u, 7u, 15u, 17u, 25u, 27u: {
                kinds.x++;
            }
            case 21u, 33u: {
                kinds.y++;
            }
            case 13u, 23u: {
                kinds.z++;
            }
            default: {}
        }
    }
    add_border(number, kinds);
}
