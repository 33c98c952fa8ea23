//! Connected components: runs of equal pixels along x, joined row by row; on the device, pixels hooked to the smallest index.

use crate::common::runs::{self, Label};
use crate::common::threads;
use crate::common::union_find::UnionFind;
use crate::common::written;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{
    Buffer, Code, Datum, Element, Error, Inputs, Recorder, Span, Streamed, Volume, VolumeMeta,
};
use rotifer_shaders::segmentation::{COMPONENTS, TOUCHING};
use std::collections::BTreeMap;

/// Pixels `start..end` of one row with one value.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub start: u32,
    pub end: u32,
    pub value: u32,
}

/// The connected components of a volume.
#[derive(Debug)]
pub struct Components {
    shape: [usize; 3],
    /// In raster order.
    runs: Vec<Run>,
    /// First run of each row; one more at the end.
    first: Vec<usize>,
    /// Component of each run, numbered from 0 in the raster order of first pixels.
    component: Vec<u32>,
    pub count: usize,
}

/// The connectivity that an argument asks for, on an image of this geometry: all neighbours where it is left out.
pub fn connectivity(asked: Option<u32>, meta: &VolumeMeta) -> Result<u32, Error> {
    match asked {
        None => Ok(meta.ndim as u32),
        Some(c) if (1..=meta.ndim as u32).contains(&c) => Ok(c),
        Some(c) => Err(Error::new(Code::Shape, "the connectivity is at most the number of spatial axes")
            .argument("connectivity")
            .value(c)
            .allowed(format!("1 to {}", meta.ndim))),
    }
}

/// Neighbouring rows that come before a row, as z, y, and how far aside along x a neighbour may lie.
fn earlier_rows(connectivity: u32) -> Vec<([isize; 2], u32)> {
    [([-1, -1], 2), ([-1, 0], 1), ([-1, 1], 2), ([0, -1], 1)]
        .into_iter()
        .filter(|(_, axes)| *axes <= connectivity)
        .map(|(row, axes)| (row, (axes < connectivity) as u32))
        .collect()
}

/// Consecutive rows, labelled by themselves.
struct Strip {
    runs: Vec<Run>,
    /// First run of each row of the strip; one more at the end.
    first: Vec<usize>,
    sets: UnionFind,
}

/// Which pixels of a mask are connected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Objects,
    Background,
}

impl Components {
    /// Components of a mask's objects or of its background.
    pub fn of_mask(pixels: &[u8], shape: [usize; 3], connectivity: u32, part: Part) -> Components {
        Components::new(pixels, shape, connectivity, |row, _, runs| {
            runs::of_mask(row, part == Part::Background, |start, end| {
                runs.push(Run { start: start as u32, end: end as u32, value: 1 });
            });
        })
    }

    /// Components of labels: neighbours of one label are connected, pixels of 0 belong to nothing.
    pub fn of_labels<T: Label>(pixels: &[T], shape: [usize; 3], connectivity: u32) -> Components {
        Components::new(pixels, shape, connectivity, |row, words, runs| {
            runs::of_labels(row, words, |start, end, value| {
                runs.push(Run { start: start as u32, end: end as u32, value });
            });
        })
    }

    /// `find_runs` appends the runs of a row.
    fn new<T: Element>(
        pixels: &[T],
        shape: [usize; 3],
        connectivity: u32,
        find_runs: impl Fn(&[T], &mut Vec<u64>, &mut Vec<Run>) + Sync,
    ) -> Components {
        let [nz, ny, nx] = shape;
        let rows = nz * ny;
        let earlier = earlier_rows(connectivity);
        let before = |row: usize, [dz, dy]: [isize; 2]| -> Option<usize> {
            let (z, y) = ((row / ny).checked_add_signed(dz)?, (row % ny).checked_add_signed(dy)?);
            (y < ny).then_some(z * ny + y)
        };

        let height = rows.div_ceil(4 * rayon::current_num_threads()).max(16);
        let strips: Vec<Strip> =
            threads::collect(pixels.chunks((height * nx).max(1)).enumerate(), |(index, pixels)| {
                let top = index * height;
                let mut strip = Strip { runs: Vec::new(), first: vec![0], sets: UnionFind::default() };
                let (mut words, mut pairs) = (Vec::new(), Pairs::default());
                let mut is_one = true;
                for (r, row) in pixels.chunks_exact(nx).enumerate() {
                    let from = strip.runs.len();
                    find_runs(row, &mut words, &mut strip.runs);
                    strip.sets.grow(strip.runs.len());
                    strip.first.push(strip.runs.len());
                    is_one = is_one && strip.runs[from..].iter().all(|run| run.value == strip.runs[0].value);
                    let find = if is_one { find_touching::<true> } else { find_touching::<false> };
                    for &(offset, aside) in &earlier {
                        let Some(other) = before(top + r, offset).and_then(|o| o.checked_sub(top)) else {
                            continue;
                        };
                        let other = strip.first[other]..strip.first[other + 1];
                        find(&strip.runs, other, from..strip.runs.len(), aside, &mut pairs);
                    }
                    pairs.join(&mut strip.sets);
                    strip.sets.shorten(from);
                }
                strip
            });

        let total = strips.iter().map(|s| s.runs.len()).sum();
        let mut runs = Vec::with_capacity(total);
        let mut first = Vec::with_capacity(rows + 1);
        let mut sets = UnionFind::with_capacity(total);
        for strip in &strips {
            first.extend(strip.first[..strip.first.len() - 1].iter().map(|f| f + runs.len()));
            runs.extend_from_slice(&strip.runs);
            sets.append(&strip.sets);
        }
        // An image without pixels has no strips.
        first.resize(rows + 1, runs.len());
        // The seams: rows whose earlier neighbours lie in another strip.
        let mut pairs = Pairs::default();
        for top in (height..rows).step_by(height) {
            for row in top..rows.min(top + height.min(ny + 1)) {
                for &(offset, aside) in &earlier {
                    if let Some(other) = before(row, offset).filter(|o| *o < top) {
                        let other = first[other]..first[other + 1];
                        find_touching::<false>(&runs, other, first[row]..first[row + 1], aside, &mut pairs);
                    }
                }
            }
        }
        pairs.join(&mut sets);
        let (component, count) = sets.number();
        Components { shape, runs, first, component, count }
    }

    /// All runs, in raster order.
    pub fn all_runs(&self) -> &[Run] {
        &self.runs
    }

    /// The component of each of [`Components::all_runs`].
    pub fn component_of_runs(&self) -> &[u32] {
        &self.component
    }

    /// Which of [`Components::all_runs`] are those of a row.
    pub fn row(&self, row: usize) -> std::ops::Range<usize> {
        self.first[row]..self.first[row + 1]
    }

    /// Every run as z, y, the run, and its component.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, Run, usize)> {
        let ny = self.shape[1].max(1);
        (0..self.first.len() - 1).flat_map(move |row| {
            (self.first[row]..self.first[row + 1])
                .map(move |i| (row / ny, row % ny, self.runs[i], self.component[i] as usize))
        })
    }

    /// For each component, whether it comes within `margin` pixels of the image's border; 0 is the border itself.
    pub fn touching(&self, ndim: usize, margin: usize) -> Vec<bool> {
        self.touching_of(ndim, margin, [0; 3], self.shape)
    }

    /// [`Components::touching`] of a part that begins at `first` of an image of shape `whole`.
    fn touching_of(&self, ndim: usize, margin: usize, first: [usize; 3], whole: [usize; 3]) -> Vec<bool> {
        let [nz, ny, nx] = whole;
        let near = |i: usize, n: usize| i <= margin || i + margin + 1 >= n;
        let mut touching = vec![false; self.count];
        for (z, y, run, component) in self.runs() {
            touching[component] |= (ndim == 3 && near(z + first[0], nz))
                || near(y + first[1], ny)
                || run.start as usize <= margin
                || run.end as usize + margin >= nx;
        }
        touching
    }

    /// For each component, whether it has a pixel where the mask is 0.
    pub fn overlapping(&self, mask: &[u8]) -> Vec<bool> {
        let [_, ny, nx] = self.shape;
        let mut overlapping = vec![false; self.count];
        for (z, y, run, component) in self.runs() {
            let row = &mask[(z * ny + y) * nx..][run.start as usize..run.end as usize];
            overlapping[component] |= row.contains(&0);
        }
        overlapping
    }

    /// Pixels with `value(run, component)` in every run, and `T::default()` elsewhere.
    pub fn paint<T: Element>(&self, value: impl Fn(Run, usize) -> T + Sync) -> Vec<T> {
        self.paint_between(T::default(), value)
    }

    /// Pixels with `value(run, component)` in every run, and `elsewhere` between them.
    pub fn paint_between<T: Element>(&self, elsewhere: T, value: impl Fn(Run, usize) -> T + Sync) -> Vec<T> {
        let [nz, ny, nx] = self.shape;
        written::rows(nz * ny, nx, |row, to| {
            for i in self.row(row) {
                let run = self.runs[i];
                to.fill(run.start as usize - (nx - to.missing()), elsewhere);
                to.fill((run.end - run.start) as usize, value(run, self.component[i] as usize));
            }
            to.fill(to.missing(), elsewhere);
        })
    }
}

/// The components of an image that comes in parts, joined where the parts meet. All parts have the same numbers of rows or
/// planes each time they come.
pub struct Seams {
    connectivity: u32,
    /// The components of all parts, in raster order.
    sets: UnionFind,
    /// First component of each part, by where the part begins.
    first: BTreeMap<usize, u32>,
    /// The last plane (row) of the part before.
    last: Option<Border>,
    /// For each component, whether it is one that is marked, and its pixels.
    marked: Vec<bool>,
    sizes: Vec<u64>,
    /// Component of the whole image of each component of a part, and how many there are.
    numbered: Option<(Vec<u32>, usize)>,
}

/// Rows at the border of two parts: their runs, the first of each row, and the component of each.
struct Border {
    runs: Vec<Run>,
    first: Vec<usize>,
    component: Vec<u32>,
}

impl Seams {
    pub fn new(connectivity: u32) -> Seams {
        Seams {
            connectivity,
            sets: UnionFind::default(),
            first: BTreeMap::new(),
            last: None,
            marked: Vec::new(),
            sizes: Vec::new(),
            numbered: None,
        }
    }

    /// Takes the components of the next part, of which some are marked.
    pub fn add(&mut self, span: &Span, part: &Components, marked: &[bool]) {
        let offset = self.sets.len() as u32;
        self.sets.grow(self.sets.len() + part.count);
        self.marked.resize(self.sets.len(), false);
        self.marked[offset as usize..].iter_mut().zip(marked).for_each(|(all, mark)| *all = *mark);
        self.sizes.resize(self.sets.len(), 0);
        for (run, component) in part.runs.iter().zip(&part.component) {
            self.sizes[(offset + component) as usize] += (run.end - run.start) as u64;
        }
        self.first.insert(span.inner.start, offset);
        // Rows of a plane, or the one row.
        let rows = if span.axis == 0 { part.shape[1] } else { 1 };
        let border = |rows: std::ops::Range<usize>| {
            let all = part.first[rows.start]..part.first[rows.end];
            Border {
                runs: part.runs[all.clone()].to_vec(),
                first: part.first[rows.start..=rows.end].iter().map(|f| f - all.start).collect(),
                component: part.component[all].iter().map(|c| c + offset).collect(),
            }
        };
        if let Some(last) = self.last.take() {
            let next = border(0..rows);
            self.join(last, &next, span.axis);
        }
        let all = part.first.len() - 1;
        self.last = (all >= rows).then(|| border(all - rows..all));
    }

    fn join(&mut self, before: Border, after: &Border, axis: usize) {
        let n = before.runs.len();
        let mut runs = before.runs;
        runs.extend_from_slice(&after.runs);
        let component = |i: u32| match (i as usize).checked_sub(n) {
            None => before.component[i as usize],
            Some(i) => after.component[i],
        };
        let rows = after.first.len() - 1;
        let mut pairs = Pairs::default();
        for row in 0..rows {
            for ([dz, dy], aside) in earlier_rows(self.connectivity) {
                // Of rows of one image the step is along y; of planes along z.
                let step = if axis == 0 { (dz == -1).then_some(dy) } else { (dz == 0).then_some(0) };
                let other = step.and_then(|dy| row.checked_add_signed(dy)).filter(|other| *other < rows);
                let Some(other) = other else { continue };
                let earlier = before.first[other]..before.first[other + 1];
                let these = n + after.first[row]..n + after.first[row + 1];
                find_touching::<false>(&runs, earlier, these, aside, &mut pairs);
            }
        }
        for [a, b] in &pairs.pairs[..pairs.count] {
            self.sets.union(component(*a), component(*b));
        }
    }

    /// All parts were taken: numbers the components of the whole image in the raster order of their first pixels, and marks
    /// all of one that is marked anywhere.
    pub fn end(&mut self) {
        let (of, count) = std::mem::take(&mut self.sets).number();
        let mut marked = vec![false; count];
        of.iter().zip(&self.marked).for_each(|(whole, mark)| marked[*whole as usize] |= mark);
        self.marked = marked;
        let mut sizes = vec![0; count];
        of.iter().zip(&self.sizes).for_each(|(whole, size)| sizes[*whole as usize] += size);
        self.sizes = sizes;
        self.last = None;
        self.numbered = Some((of, count));
    }

    pub fn count(&self) -> usize {
        self.numbered.as_ref().map_or(0, |(_, count)| *count)
    }

    /// The component of the whole image that each component of a part belongs to.
    pub fn of(&self, span: &Span) -> Result<impl Fn(usize) -> Whole + Sync, Error> {
        let internal = || Error::new(Code::Internal, "a part that was not seen before");
        let first = *self.first.get(&span.inner.start).ok_or_else(internal)? as usize;
        let (of, _) = self.numbered.as_ref().ok_or_else(internal)?;
        let (marked, sizes) = (&self.marked, &self.sizes);
        Ok(move |component: usize| {
            let number = of[first + component];
            Whole { number, marked: marked[number as usize], size: sizes[number as usize] }
        })
    }
}

/// An operation on the connected components of an image that comes in parts.
pub struct ByComponents<F, M, P> {
    pub seams: Seams,
    /// The components of a part.
    pub find: F,
    /// Which of them are marked.
    pub mark: M,
    /// The output over a part, from its components, and from what each is in the whole image.
    pub paint: P,
    /// Whether their number is an output.
    pub counted: bool,
}

/// A component of the whole image.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    pub number: u32,
    /// Whether any part of it is marked.
    pub marked: bool,
    /// Its pixels.
    pub size: u64,
}

/// The component of the whole image that a component of a part belongs to.
pub type InWhole<'a> = &'a (dyn Fn(usize) -> Whole + Sync);

impl<F, M, P> Streamed for ByComponents<F, M, P>
where
    F: Fn(&Inputs) -> Result<Components, Error> + Send,
    M: Fn(&Span, &Inputs, &Components) -> Result<Vec<bool>, Error> + Send,
    P: Fn(&Inputs, &Components, InWhole) -> Result<Volume, Error> + Send,
{
    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let part = (self.find)(inputs)?;
        let marked = (self.mark)(span, inputs, &part)?;
        self.seams.add(span, &part, &marked);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        self.seams.end();
        Ok(false)
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let part = (self.find)(inputs)?;
        (self.paint)(inputs, &part, &self.seams.of(span)?).map(Datum::Volume)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        let count = Datum::Number(self.seams.count() as f64);
        Ok(self.counted.then_some(count).into_iter().collect())
    }
}

impl Components {
    /// [`Components::touching`] of a part of an image.
    pub fn touching_in(&self, span: &Span, ndim: usize, margin: usize) -> Vec<bool> {
        let mut whole = self.shape;
        whole[span.axis] = span.length;
        self.touching_of(ndim, margin, span.origin(), whole)
    }
}

/// Pairs of places among runs.
#[derive(Default)]
struct Pairs {
    /// Those from `count` on do not count.
    pairs: Vec<[u32; 2]>,
    count: usize,
}

impl Pairs {
    fn join(&mut self, sets: &mut UnionFind) {
        self.pairs[..self.count].iter().for_each(|[a, b]| sets.union(*a, *b));
        self.count = 0;
    }
}

/// Finds the runs of a row that touch runs of an earlier one. `ONE`: all have one value, so that none begins where another
/// of its row ends.
fn find_touching<const ONE: bool>(
    runs: &[Run],
    earlier: std::ops::Range<usize>,
    row: std::ops::Range<usize>,
    aside: u32,
    found: &mut Pairs,
) {
    if row.is_empty() || earlier.is_empty() {
        return;
    }
    let touch = |a: &Run, b: &Run| {
        (ONE | (a.value == b.value)) & (a.start < b.end + aside) & (b.start < a.end + aside)
    };
    // Each step ends a run; a pair is written in any case and counts where it touches: few branches to guess.
    let most = found.count + 2 * (row.len() + earlier.len()) + 3;
    if found.pairs.len() < most {
        found.pairs.resize(most, [0; 2]);
    }
    let pairs = &mut found.pairs[..most];
    let (first, before) = (row.start as u32, earlier.start as u32);
    let (row, earlier) = (&runs[row], &runs[earlier]);
    let (mut i, mut j, mut count) = (0, 0, found.count);
    while i < row.len() && j < earlier.len() {
        let (a, b) = (&row[i], &earlier[j]);
        let pair = [first + i as u32, before + j as u32];
        pairs[count] = pair;
        count += touch(a, b) as usize;
        // The run that ends first touches none that come later, but of two that end together each may touch the
        // next of the other row, which begins at that end.
        if !ONE && aside > 0 && a.end == b.end {
            if let Some(next) = earlier.get(j + 1) {
                pairs[count] = [pair[0], pair[1] + 1];
                count += touch(a, next) as usize;
            }
            if let Some(next) = row.get(i + 1) {
                pairs[count] = [pair[0] + 1, pair[1]];
                count += touch(next, b) as usize;
            }
        }
        let (a, b) = (a.end, b.end);
        i += (a <= b) as usize;
        j += (b <= a) as usize;
    }
    found.count = count;
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    connectivity: u32,
    /// 1: components of the background, whose pixels are 0.
    background: u32,
    padding: [u32; 3],
}

/// Components on the device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceComponents {
    /// For each pixel the index of the first pixel of its component; `u32::MAX` where there is none.
    pub root: Buffer,
    /// Number of components that begin in each group of 256 pixels.
    begin: Buffer,
}

/// Records the connected components of masks or labels (u32), or of their background.
pub fn record_components(
    recorder: &mut Recorder,
    pixels: Buffer,
    shape: [usize; 3],
    connectivity: u32,
    background: bool,
) -> Result<DeviceComponents, Error> {
    let n: usize = shape.iter().product();
    if n > i32::MAX as usize {
        return Err(Error::new(Code::DeviceMemory, "components of at most 2^31 pixels").value(n));
    }
    let params = Params {
        shape: shape.map(|n| n as u32),
        connectivity,
        background: background as u32,
        padding: [0; 3],
    };
    let root = recorder.buffer(n);
    let begin = recorder.buffer(n.div_ceil(256));
    recorder.pass(&COMPONENTS).entry("begin_runs").uniform(&params).bind(&[pixels, root]).over(n)?;
    recorder.pass(&COMPONENTS).entry("join_neighbours").uniform(&params).bind(&[pixels, root]).over(n)?;
    recorder.pass(&COMPONENTS).entry("find_roots").uniform(&params).bind(&[root, begin]).over(n)?;
    Ok(DeviceComponents { root, begin })
}

/// Numbers components from 1 in the raster order of their first pixels: labels (u32), and how many there are (f32).
/// Takes the place of the roots.
pub fn record_numbering(
    recorder: &mut Recorder,
    components: DeviceComponents,
    shape: [usize; 3],
) -> Result<(Buffer, Buffer), Error> {
    let DeviceComponents { root, begin } = components;
    let params = Params { shape: shape.map(|n| n as u32), connectivity: 0, background: 0, padding: [0; 3] };
    let labels = recorder.buffer(root.len);
    let count = recorder.buffer(1);
    recorder.pass(&COMPONENTS).entry("scan_begins").uniform(&params).bind(&[begin, count]).groups(1)?;
    recorder.pass(&COMPONENTS).entry("number_roots").uniform(&params).bind(&[root, begin]).over(root.len)?;
    recorder
        .pass(&COMPONENTS)
        .entry("number_pixels")
        .uniform(&params)
        .bind(&[root, labels])
        .over(root.len)?;
    Ok((labels, count))
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct TouchingParams {
    shape: [u32; 3],
    margin: u32,
    ndim: u32,
    padding: [u32; 3],
}

impl TouchingParams {
    fn new(meta: &VolumeMeta, margin: usize) -> TouchingParams {
        let shape = meta.shape.map(|n| n as u32);
        TouchingParams { shape, margin: margin as u32, ndim: meta.ndim as u32, padding: [0; 3] }
    }
}

impl DeviceComponents {
    /// Records which components come within `margin` pixels of the border: 1 at their roots.
    pub fn record_touching(
        &self,
        recorder: &mut Recorder,
        meta: &VolumeMeta,
        margin: usize,
    ) -> Result<Buffer, Error> {
        let mark = recorder.zeros(self.root.len);
        let params = TouchingParams::new(meta, margin);
        let pass = recorder.pass(&TOUCHING).entry("mark_border").uniform(&params);
        pass.bind(&[self.root, mark]).over(mark.len)?;
        Ok(mark)
    }

    /// Records which components have a pixel where the mask is 0: 1 at their roots.
    pub fn record_overlapping(
        &self,
        recorder: &mut Recorder,
        meta: &VolumeMeta,
        mask: Buffer,
    ) -> Result<Buffer, Error> {
        let mark = recorder.zeros(self.root.len);
        let params = TouchingParams::new(meta, 0);
        let pass = recorder.pass(&TOUCHING).entry("mark_outside").uniform(&params);
        pass.bind(&[self.root, mark, mask]).over(mark.len)?;
        Ok(mark)
    }

    /// Records the labels without the marked components.
    pub fn record_clear(
        &self,
        recorder: &mut Recorder,
        meta: &VolumeMeta,
        labels: Buffer,
        marked: Buffer,
    ) -> Result<Buffer, Error> {
        let out = recorder.buffer(labels.len);
        let params = TouchingParams::new(meta, 0);
        let pass = recorder.pass(&TOUCHING).entry("clear").uniform(&params);
        pass.bind(&[self.root, marked, out, labels]).over(out.len)?;
        Ok(out)
    }

    /// Records a mask that is 0 only in the marked components.
    pub fn record_fill(
        &self,
        recorder: &mut Recorder,
        meta: &VolumeMeta,
        marked: Buffer,
    ) -> Result<Buffer, Error> {
        let out = recorder.buffer(self.root.len);
        let params = TouchingParams::new(meta, 0);
        let pass = recorder.pass(&TOUCHING).entry("fill").uniform(&params);
        pass.bind(&[self.root, marked, out]).over(out.len)?;
        Ok(out)
    }
}
