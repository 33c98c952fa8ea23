mod lee;

use rotifer_registry::*;

op! {
    /// Thins a mask to lines one pixel wide that keep its shape and connections.
    ///
    /// In 2-D by Zhang and Suen (1984): two passes take turns until nothing changes. Each removes, all at once, the pixels
    /// with 2 to 6 of their 8 neighbours in the mask, in one row around the pixel; the first pass only those that have a
    /// neighbour missing at the east or south, or at both of north and west, the second one the other way round. In some
    /// patterns of corners and thin diagonals scikit-image removes more, or less: so does this. In 3-D by Lee, Kashyap and
    /// Chu (1994): from six sides in turn, voxels go that are no end of a line and whose going changes neither what hangs
    /// together nor tunnels nor cavities. Beyond the border nothing is in the mask.
    pub struct Skeletonize {}
    id: "skeletonize", revision: 1, family: Morphology,
    memory: host,
    inputs: { mask: Mask },
    outputs: { mask: Mask },
    agrees: Exact, follows: "skimage.morphology.skeletonize 0.26",
    python: "ski.morphology.skeletonize(mask)",
    examples: [],
}

/// Neighbours y, x in the order of the bits of a pattern: north first, clockwise.
const AROUND: [[isize; 2]; 8] = [[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]];

/// Patterns of neighbours whose pixel scikit-image removes in other passes than the published rule does.
const EXCEPTIONS: [(u8, u8); 25] = [
    (0b00000011, 1),
    (0b00000101, 1),
    (0b00000110, 1),
    (0b00000111, 1),
    (0b00001100, 2),
    (0b00001101, 2),
    (0b00010100, 3),
    (0b00011000, 0),
    (0b00011100, 2),
    (0b00110000, 2),
    (0b00110100, 2),
    (0b00110110, 2),
    (0b01000001, 3),
    (0b01000011, 1),
    (0b01010000, 3),
    (0b01011000, 2),
    (0b01100000, 2),
    (0b01100001, 1),
    (0b01100011, 1),
    (0b01110000, 2),
    (0b10000001, 1),
    (0b10000101, 1),
    (0b11000000, 0),
    (0b11000001, 1),
    (0b11010000, 1),
];

/// The passes that remove a pixel with these neighbours: 1 the first, 2 the second, 3 both, 0 none.
fn passes(pattern: u8) -> u8 {
    if let Some((_, passes)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == pattern) {
        return *passes;
    }
    let rows = (pattern & !pattern.rotate_left(1)).count_ones();
    if !(2..=6).contains(&pattern.count_ones()) || rows != 1 {
        return 0;
    }
    let holds = |bits: u8| pattern & bits == bits;
    let (north, east, south, west) = (1, 1 << 2, 1 << 4, 1 << 6);
    let first = !holds(north | east | south) && !holds(east | south | west);
    let second = !holds(north | east | west) && !holds(north | south | west);
    first as u8 | (second as u8) << 1
}

/// A plane of a mask, thinned.
pub fn thin_plane(mask: &[u8], ny: usize, nx: usize) -> Vec<u8> {
    let table: Vec<u8> = (0..=u8::MAX).map(passes).collect();
    let wide = nx + 2;
    let mut framed = vec![0u8; (ny + 2) * wide];
    for (to, from) in framed.chunks_mut(wide).skip(1).zip(mask.chunks(nx)) {
        to[1..=nx].copy_from_slice(from);
    }
    let around = AROUND.map(|[y, x]| y * wide as isize + x);
    let near = |i: usize, step: isize| i.wrapping_add_signed(step);
    let mut look_at: Vec<usize> = (0..framed.len()).filter(|i| framed[*i] != 0).collect();
    let mut before: Option<Vec<usize>> = None;
    for pass in 0.. {
        let doomed = |i: &usize| {
            if framed[*i] == 0 {
                return false;
            }
            let bits = around.iter().enumerate();
            let pattern = bits.fold(0, |p, (bit, s)| p | framed[near(*i, *s)] << bit);
            table[pattern as usize] >> (pass % 2) & 1 == 1
        };
        let removed: Vec<usize> = look_at.iter().copied().filter(doomed).collect();
        removed.iter().for_each(|i| framed[*i] = 0);
        // A pass that kept a pixel keeps it until its neighbours change.
        let Some(last) = before.replace(removed) else { continue };
        let removed = before.as_deref().unwrap_or_default();
        if last.is_empty() && removed.is_empty() {
            break;
        }
        look_at.clear();
        for i in last.iter().chain(removed) {
            look_at.extend(around.iter().map(|s| near(*i, *s)).filter(|j| framed[*j] != 0));
        }
        look_at.sort_unstable();
        look_at.dedup();
    }
    framed.chunks(wide).skip(1).take(ny).flat_map(|row| row[1..=nx].iter().copied()).collect()
}

/// [`thin_plane`], pass by pass over all pixels.
pub fn thin_plane_plain(mut grid: Grid) -> Grid {
    let mut unchanged = 0;
    for pass in 0.. {
        let next = grid.map_at(|[z, y, x]| {
            let at = |[dy, dx]: [isize; 2]| [z as isize, y as isize + dy, x as isize + dx];
            let set = |at| grid.sample(at, Edge::Constant, 0.0) != 0.0;
            let bits = AROUND.iter().enumerate();
            let pattern = bits.fold(0, |p, (bit, o)| p | (set(at(*o)) as u8) << bit);
            let removed = passes(pattern) >> (pass % 2) & 1 == 1;
            if removed { 0.0 } else { grid.at([z, y, x]) }
        });
        unchanged = if next == grid { unchanged + 1 } else { 0 };
        grid = next;
        if unchanged == 2 {
            break;
        }
    }
    grid
}

impl Host for Skeletonize {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let mask = inputs.volume("mask")?;
        let [_, ny, nx] = mask.shape();
        if mask.ndim() == 3 {
            return Ok(vec![Datum::Volume(mask.mask(lee::thin(mask.mask_slice()?, mask.shape()))?)]);
        }
        Ok(vec![Datum::Volume(mask.mask(thin_plane(mask.mask_slice()?, ny, nx))?)])
    }

    fn reference(&self, inputs: &Inputs) -> Option<Result<Vec<Plain>, Error>> {
        let thin = || {
            let grid = Grid::from(inputs.volume("mask")?);
            let thin = if grid.ndim == 3 { lee::thin_plain(&grid) } else { thin_plane_plain(grid) };
            Ok(vec![Plain::Image(thin)])
        };
        Some(thin())
    }

    fn effort(&self, inputs: &Metas) -> usize {
        inputs.first().map_or(1, |mask| mask.len().saturating_mul(200))
    }
}
