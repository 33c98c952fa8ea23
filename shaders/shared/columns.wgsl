// Pixels down a column for each thread: neighbouring threads read neighbouring pixels, and a thread adds up what belongs
// to one object before it writes.
#include "shared/grid.wgsl"

const COLUMN = 32u;

struct Column {
    z: u32,
    x: u32,
    // Rows from here on, before `end`.
    begin: u32,
    end: u32,
}

// Columns stand in the order of z, bands of rows, x. Threads beyond the last have no pixels.
fn column(index: u32, shape: vec3<u32>) -> Column {
    let bands = (shape.y + COLUMN - 1u) / COLUMN;
    let p = position(index, vec3<u32>(shape.x, bands, shape.z));
    if (p.x >= shape.x) {
        return Column();
    }
    let begin = p.y * COLUMN;
    return Column(p.x, p.z, begin, min(begin + COLUMN, shape.y));
}
