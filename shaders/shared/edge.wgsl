// The continuation of an axis beyond its border; numbers as `Edge::code` gives them.

const EDGE_REFLECT = 0u;
const EDGE_NEAREST = 1u;
const EDGE_CONSTANT = 2u;
const EDGE_MIRROR = 3u;
const EDGE_WRAP = 4u;

fn floor_mod(i: i32, n: i32) -> i32 {
    let m = i % n;
    return select(m, m + n, m < 0);
}

// Index at which position i of an axis of n pixels is read; -1 where the constant stands.
fn edge_index(i: i32, n: i32, edge: u32) -> i32 {
    if (i >= 0 && i < n) {
        return i;
    }
    switch edge {
        case EDGE_NEAREST: {
            return clamp(i, 0, n - 1);
        }
        case EDGE_CONSTANT: {
            return -1;
        }
        case EDGE_WRAP: {
            return floor_mod(i, n);
        }
        case EDGE_MIRROR: {
            if (n == 1) {
                return 0;
            }
            let m = floor_mod(i, 2 * n - 2);
            return select(2 * n - 2 - m, m, m < n);
        }
        default: {
            let m = floor_mod(i, 2 * n);
            return select(2 * n - 1 - m, m, m < n);
        }
    }
}
