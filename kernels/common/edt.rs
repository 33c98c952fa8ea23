//! Squared distance to the nearest site, exact, one axis at a time, and what the nearest site carries.
//!
//! Axes go in the order z, y, x and ties to the smaller position, so that among sites equally near the one of the
//! smallest x counts, then y, then z: as scipy's feature transform decides.

use crate::common::put_by::PutBy;
use crate::common::threads;
use crate::common::written;
use bytemuck::{Pod, Zeroable};
use rotifer_registry::{
    Buffer, Code, Datum, Error, Inputs, Recorder, Room, Span, Streamed, Volume, VolumeMeta,
};
use rotifer_shaders::morphology::NEAREST_SITE;

/// How squared distances are kept; infinity where no site is near enough.
pub trait Square: Copy + PartialOrd + Send + Sync + 'static {
    fn of(value: f64) -> Self;
    fn to_f64(self) -> f64;
}

impl Square for f32 {
    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Square for f64 {
    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

/// The value that a site carries; `()` where only distances are asked for.
pub trait Cargo: Copy + Default + Send + Sync + 'static {
    /// Steps to a site and what it carries, as a value without padding.
    type Packed: Pod + Send + Sync;
    fn pack(steps: (i32, Self)) -> Self::Packed;
    fn unpack(packed: Self::Packed) -> (i32, Self);
}

impl Cargo for () {
    type Packed = i32;
    fn pack((steps, ()): (i32, ())) -> i32 {
        steps
    }
    fn unpack(packed: i32) -> (i32, ()) {
        (packed, ())
    }
}

impl Cargo for u32 {
    type Packed = [u32; 2];
    fn pack((steps, cargo): (i32, u32)) -> [u32; 2] {
        [steps as u32, cargo]
    }
    fn unpack([steps, cargo]: [u32; 2]) -> (i32, u32) {
        (steps as i32, cargo)
    }
}

/// Sites beside a part of an image: for each pixel of the line just before it, and of the one just after it, the steps to
/// the next site away from the part. `None` where the image ends.
pub struct Around<'a, C> {
    before: Option<&'a [(i32, C)]>,
    after: Option<&'a [(i32, C)]>,
}

impl<C> Around<'_, C> {
    /// Of an image that is all there.
    pub fn nothing() -> Self {
        Around { before: None, after: None }
    }
}

/// Whether float32 holds every squared distance in an image exactly.
pub fn exact_in_f32(meta: &VolumeMeta, sampling: [f64; 3]) -> bool {
    let largest: f64 = meta.shape.iter().map(|n| (n * n) as f64).sum();
    meta.axes().all(|a| sampling[a] == 1.0) && largest < (1 << 24) as f64
}

/// The largest squared distance whose root is at most `distance`.
pub fn squared_limit(distance: f64) -> f64 {
    let mut limit = distance * distance;
    if !limit.is_finite() {
        return f64::INFINITY;
    }
    while limit.sqrt() > distance {
        limit = limit.next_down();
    }
    while limit.next_up().sqrt() <= distance {
        limit = limit.next_up();
    }
    limit
}

/// Further than any pixel of a line.
const FAR: i32 = i32::MAX / 2;

/// Scratch of a thread for lines side by side.
struct Scratch<S, C> {
    /// For each pixel of a band, lines one after the other, the steps to the next site along the first axis.
    until: Vec<(i32, C)>,
    since: Vec<(i32, C)>,
    squares: Vec<S>,
    cargo: Vec<C>,
    columns: Vec<S>,
    carried: Vec<C>,
    hull: Vec<Parabola<C>>,
}

/// The result of `finish` on the squared distance to the nearest site of at most `limit` and on what that site carries;
/// infinity and the default where there is none.
///
/// The first axis goes over lines (rows of a plane, planes of a volume) in bands: each band knows how far the next sites
/// before and after it are, so that bands are independent, and what follows along the other axes is done while a line
/// is in the caches.
pub fn nearest<P: Copy + Sync, S: Square, C: Cargo, T: Copy + Default + Send>(
    pixels: &[P],
    site: impl Fn(P) -> Option<C> + Sync,
    meta: &VolumeMeta,
    sampling: [f64; 3],
    limit: f64,
    finish: impl Fn(S, C) -> T + Sync,
) -> Vec<T> {
    nearest_in_part(pixels, site, meta, (sampling, limit), &Around::nothing(), finish)
}

/// [`nearest`] in a part of an image, by the spacing and the limit.
pub fn nearest_in_part<P: Copy + Sync, S: Square, C: Cargo, T: Copy + Default + Send>(
    pixels: &[P],
    site: impl Fn(P) -> Option<C> + Sync,
    meta: &VolumeMeta,
    (sampling, limit): ([f64; 3], f64),
    around: &Around<C>,
    finish: impl Fn(S, C) -> T + Sync,
) -> Vec<T> {
    let [_, ny, nx] = meta.shape;
    if meta.is_empty() {
        return Vec::new();
    }
    let axis = meta.axes().start;
    let length: usize = meta.shape[axis + 1..].iter().product();
    let lines = meta.shape[axis];
    // As much as a core's own cache holds, and enough bands for all threads.
    let height = ((1 << 17) / length).clamp(8, 128);
    let height = height.min(lines.div_ceil(4 * rayon::current_num_threads())).max(1);
    let (before, after) = around_bands(pixels, &site, length, height, around);

    let [first, y, x] = [axis, 1, 2].map(|a| Line { scale: sampling[a], limit });
    let init = || Scratch::<S, C> {
        until: vec![(FAR, C::default()); height * length],
        since: vec![(FAR, C::default()); length],
        squares: vec![S::of(0.0); length],
        cargo: vec![C::default(); length],
        columns: Vec::new(),
        carried: Vec::new(),
        hull: Vec::new(),
    };
    written::bands(lines, length, height, init, |scratch, band, to| {
        let pixels = &pixels[band * height * length..][..to.len() * length];
        let Scratch { until, since, squares, cargo, columns, carried, hull } = scratch;
        let carry = band * length..(band + 1) * length;
        let mut next = &after[carry.clone()];
        for (steps, line) in
            until[..pixels.len()].chunks_exact_mut(length).zip(pixels.chunks_exact(length)).rev()
        {
            approach(steps, next, line, &site);
            next = steps;
        }
        since.copy_from_slice(&before[carry]);
        for ((line, until), to) in
            pixels.chunks_exact(length).zip(until.chunks_exact(length)).zip(to.iter_mut())
        {
            for (since, pixel) in since.iter_mut().zip(line) {
                *since = step(*since, site(*pixel));
            }
            for ((square, cargo), (until, since)) in
                squares.iter_mut().zip(cargo.iter_mut()).zip(until.iter().zip(since.iter()))
            {
                // At a tie the site before counts.
                let (distance, carried) = if until.0 < since.0 { *until } else { *since };
                let along = distance as f64 * first.scale;
                let near = (distance < FAR) & (along * along <= limit);
                *square = S::of(if near { along * along } else { f64::INFINITY });
                *cargo = if near { carried } else { C::default() };
            }
            if axis == 0 {
                y.lower_columns(squares, cargo, [ny, nx], columns, carried, hull);
            }
            for (squares, cargo) in squares.chunks_exact_mut(nx).zip(cargo.chunks_exact_mut(nx)) {
                x.lower(squares, cargo, hull);
                to.write(nx, squares.iter().zip(cargo.iter()).map(|(s, c)| finish(*s, *c)));
            }
        }
    })
}

/// One step further from a site, or at one.
#[inline(always)]
fn step<C: Cargo>(from: (i32, C), site: Option<C>) -> (i32, C) {
    match site {
        Some(cargo) => (0, cargo),
        None => ((from.0 + 1).min(FAR), from.1),
    }
}

/// The steps of a line from those of its neighbour.
fn approach<P: Copy, C: Cargo>(
    to: &mut [(i32, C)],
    from: &[(i32, C)],
    line: &[P],
    site: &impl Fn(P) -> Option<C>,
) {
    for ((to, from), pixel) in to.iter_mut().zip(from).zip(line) {
        *to = step(*from, site(*pixel));
    }
}

/// For each band the steps of the line just before it, and of the line just after it.
#[allow(clippy::type_complexity)]
fn around_bands<P: Copy + Sync, C: Cargo>(
    pixels: &[P],
    site: &(impl Fn(P) -> Option<C> + Sync),
    length: usize,
    height: usize,
    around: &Around<C>,
) -> (Vec<(i32, C)>, Vec<(i32, C)>) {
    let none = vec![(FAR, C::default()); length];
    let [first, last] = [around.before, around.after].map(|line| line.unwrap_or(&none));
    let bands = pixels.len().div_ceil(height * length);
    let mut before = vec![(FAR, C::default()); bands * length];
    let mut after = before.clone();
    // Each band for itself: the steps from its last site to its end, and from its first site to its beginning.
    threads::each(
        before.chunks_mut(length).zip(after.chunks_mut(length)).zip(pixels.chunks(height * length)),
        |((last, first), pixels)| {
            for line in pixels.chunks_exact(length) {
                for (last, pixel) in last.iter_mut().zip(line) {
                    *last = step(*last, site(*pixel));
                }
            }
            for line in pixels.chunks_exact(length).rev() {
                for (first, pixel) in first.iter_mut().zip(line) {
                    *first = step(*first, site(*pixel));
                }
            }
        },
    );
    // A band without site passes on what comes from the one before.
    let pass = |from: &[(i32, C)], own: &mut [(i32, C)], lines: usize| {
        for (from, own) in from.iter().zip(own) {
            if own.0 >= FAR {
                *own = ((from.0 + lines as i32).min(FAR), from.1);
            }
        }
    };
    let lines = |band: usize| (pixels.len() / length - band * height).min(height);
    for band in 0..bands {
        let (done, own) = before.split_at_mut(band * length);
        let from = if band == 0 { first } else { &done[(band - 1) * length..] };
        pass(from, &mut own[..length], lines(band));
    }
    for band in (0..bands).rev() {
        let (own, done) = after.split_at_mut((band + 1) * length);
        let from = if band + 1 == bands { last } else { &done[..length] };
        pass(from, &mut own[band * length..], lines(band));
    }
    // Of each band the neighbour's.
    before.copy_within(..(bands - 1) * length, length);
    before[..length].copy_from_slice(first);
    after.copy_within(length.., 0);
    after[(bands - 1) * length..].copy_from_slice(last);
    (before, after)
}

/// The nearest sites of an image in parts. One pass from the last part to the first notes how far the next site behind each
/// part is; those before a part are known as its turn comes.
pub struct NearestInParts<P, C: Cargo, F> {
    /// Of the whole image.
    meta: VolumeMeta,
    /// The pixels among the inputs, and which of them are sites.
    pixels: for<'a> fn(&Inputs<'a>) -> Result<&'a [P], Error>,
    site: fn(P) -> Option<C>,
    /// The output over a part; the last argument says whether the image has a site at all.
    paint: F,
    /// Steps from the line beside the part that comes next to the next site on.
    steps: Vec<(i32, C)>,
    behind: PutBy<C::Packed>,
    has_site: bool,
}

impl<P, C: Cargo, F> NearestInParts<P, C, F>
where
    P: Copy + Send + Sync,
    F: Fn(&Span, &Inputs, &Around<C>, bool) -> Result<Volume, Error> + Send,
{
    pub fn new(
        meta: &VolumeMeta,
        pixels: for<'a> fn(&Inputs<'a>) -> Result<&'a [P], Error>,
        site: fn(P) -> Option<C>,
        paint: F,
    ) -> Self {
        let steps = vec![(FAR, C::default()); meta.len() / meta.shape[Span::axis_of(meta)].max(1)];
        let behind = PutBy::new(meta);
        NearestInParts { meta: meta.clone(), pixels, site, paint, steps, behind, has_site: false }
    }

    /// Goes over the lines of a part, from the first to the last or the other way.
    fn pass(&mut self, pixels: &[P], is_backward: bool) {
        let (length, site) = (self.steps.len(), self.site);
        let lines = pixels.len() / length.max(1);
        let share = length.div_ceil(rayon::current_num_threads()).max(1 << 10);
        threads::each(self.steps.chunks_mut(share).enumerate(), |(k, steps)| {
            for line in 0..lines {
                let line = if is_backward { lines - 1 - line } else { line };
                let pixels = &pixels[line * length + k * share..];
                steps.iter_mut().zip(pixels).for_each(|(steps, p)| *steps = step(*steps, site(*p)));
            }
        });
    }

    fn is_end(&self, line: usize) -> bool {
        line == self.meta.shape[Span::axis_of(&self.meta)]
    }
}

impl<P, C: Cargo, F> Streamed for NearestInParts<P, C, F>
where
    P: Copy + Send + Sync,
    F: Fn(&Span, &Inputs, &Around<C>, bool) -> Result<Volume, Error> + Send,
{
    fn spills(&self, parts: usize) -> u64 {
        self.behind.bytes(parts)
    }

    fn begin(&mut self, room: Room) -> Result<(), Error> {
        self.behind.begin(room)
    }

    fn is_backward(&self) -> bool {
        true
    }

    fn see(&mut self, span: &Span, inputs: &Inputs) -> Result<(), Error> {
        let packed: Vec<C::Packed> = self.steps.iter().map(|steps| C::pack(*steps)).collect();
        self.behind.write(span.inner.start, &packed)?;
        self.pass((self.pixels)(inputs)?, true);
        Ok(())
    }

    fn again(&mut self) -> Result<bool, Error> {
        self.has_site = self.steps.iter().any(|(steps, _)| *steps < FAR);
        self.steps.fill((FAR, C::default()));
        Ok(false)
    }

    fn makes(&self) -> bool {
        true
    }

    fn make(&mut self, span: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let start = span.inner.start;
        let after: Vec<(i32, C)> = self.behind.read(start..start + 1)?.into_iter().map(C::unpack).collect();
        let around = Around {
            before: (start > 0).then_some(&self.steps[..]),
            after: (!self.is_end(span.inner.end)).then_some(&after[..]),
        };
        let made = (self.paint)(span, inputs, &around, self.has_site)?;
        self.pass((self.pixels)(inputs)?, false);
        Ok(Datum::Volume(made))
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        Ok(Vec::new())
    }
}

/// An image of one plane is flat: parts of it follow each other along y, the first axis then.
pub fn flat(meta: &VolumeMeta) -> VolumeMeta {
    VolumeMeta { ndim: if meta.shape[0] == 1 { 2 } else { meta.ndim }, ..meta.clone() }
}

/// Labels that grow into the background of a part, by spacing and limit; `whole` is the whole image's geometry.
pub fn grown(
    labels: &Volume,
    whole: &VolumeMeta,
    spacing: [f64; 3],
    limit: f64,
    around: &Around<u32>,
) -> Result<Volume, Error> {
    let (pixels, mut meta) = (labels.label_slice()?, labels.meta());
    meta.ndim = flat(whole).ndim;
    let by = (spacing, limit);
    labels.labels(if exact_in_f32(whole, spacing) {
        nearest_in_part(pixels, is_label, &meta, by, around, |_: f32, label| label)
    } else {
        nearest_in_part(pixels, is_label, &meta, by, around, |_: f64, label| label)
    })
}

fn is_label(v: u32) -> Option<u32> {
    (v != 0).then_some(v)
}

/// [`grown`] of an image in parts, which is the input `labels`.
pub fn grown_in_parts(meta: &VolumeMeta, spacing: [f64; 3], limit: f64) -> Box<dyn Streamed> {
    fn pixels<'a>(inputs: &Inputs<'a>) -> Result<&'a [u32], Error> {
        inputs.volume("labels")?.label_slice()
    }
    let whole = meta.clone();
    let paint = move |_: &Span, inputs: &Inputs, around: &Around<u32>, _: bool| {
        grown(inputs.volume("labels")?, &whole, spacing, limit, around)
    };
    Box::new(NearestInParts::new(meta, pixels, is_label, paint))
}

/// A site as a line sees it: position, squared distance to the line's other axes, and what it carries.
type Parabola<C> = (f64, f64, C);

/// A line of pixels `scale` apart.
#[derive(Clone, Copy)]
struct Line {
    scale: f64,
    limit: f64,
}

impl Line {
    /// [`Line::lower`] along y, columns side by side.
    fn lower_columns<S: Square, C: Cargo>(
        self,
        squares: &mut [S],
        cargo: &mut [C],
        [ny, nx]: [usize; 2],
        columns: &mut Vec<S>,
        carried: &mut Vec<C>,
        hull: &mut Vec<Parabola<C>>,
    ) {
        const COLUMNS: usize = 16;
        columns.resize(COLUMNS * ny, S::of(0.0));
        carried.resize(COLUMNS * ny, C::default());
        for left in (0..nx).step_by(COLUMNS) {
            let width = COLUMNS.min(nx - left);
            for y in 0..ny {
                for x in 0..width {
                    columns[x * ny + y] = squares[y * nx + left + x];
                    carried[x * ny + y] = cargo[y * nx + left + x];
                }
            }
            for x in 0..width {
                self.lower(&mut columns[x * ny..][..ny], &mut carried[x * ny..][..ny], hull);
            }
            for y in 0..ny {
                for x in 0..width {
                    squares[y * nx + left + x] = columns[x * ny + y];
                    cargo[y * nx + left + x] = carried[x * ny + y];
                }
            }
        }
    }

    /// Squares along the axes so far become squares with this axis: the lower envelope of parabolas.
    fn lower<S: Square, C: Cargo>(self, squares: &mut [S], cargo: &mut [C], hull: &mut Vec<Parabola<C>>) {
        let zero = S::of(0.0);
        let n = squares.len();
        let mut start = 0;
        while start < n {
            if squares[start] == zero {
                start += 1;
                continue;
            }
            // Between two sites on the line no other site beyond them can be nearer.
            let end = squares[start..].iter().position(|s| *s == zero).map_or(n, |i| start + i);
            hull.clear();
            for i in start.saturating_sub(1)..n.min(end + 1) {
                let square = squares[i].to_f64();
                if square < f64::INFINITY {
                    self.push(hull, (i as f64, square, cargo[i]));
                }
            }
            if !hull.is_empty() {
                let mut at = 0;
                for i in start..end {
                    let mut square = self.square(&hull[at], i);
                    while at + 1 < hull.len() {
                        let next = self.square(&hull[at + 1], i);
                        if square <= next {
                            break;
                        }
                        square = next;
                        at += 1;
                    }
                    let near = square <= self.limit;
                    squares[i] = S::of(if near { square } else { f64::INFINITY });
                    cargo[i] = if near { hull[at].2 } else { C::default() };
                }
            }
            start = end + 1;
        }
    }

    #[inline(always)]
    fn square<C>(self, (position, square, _): &Parabola<C>, i: usize) -> f64 {
        let t = (position - i as f64) * self.scale;
        square + t * t
    }

    /// Adds a parabola and drops those that it hides.
    #[inline(always)]
    fn push<C: Cargo>(self, hull: &mut Vec<Parabola<C>>, new: Parabola<C>) {
        while let [.., u, v] = hull.as_slice() {
            let a = (v.0 - u.0) * self.scale;
            let b = (new.0 - v.0) * self.scale;
            let c = a + b;
            if c * v.1 - b * u.1 - a * new.1 - a * b * c <= 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(new);
    }
}

/// How squared distances are counted on the device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Units {
    /// Whole numbers: squared spacings along z, y, x, in units of `unit`.
    Whole { weights: [u32; 3], unit: f64 },
    /// float32.
    Float { weights: [f32; 3] },
}

impl Units {
    /// Whole numbers where squared spacings have a small common measure and no sum over `span` pixels overflows.
    pub fn new(sampling: [f64; 3], span: [usize; 3]) -> Units {
        let used = (0..3).filter(|&a| span[a] > 0);
        let least = used.clone().map(|a| sampling[a]).fold(f64::INFINITY, f64::min);
        if least == f64::INFINITY {
            return Units::Whole { weights: [1; 3], unit: 1.0 };
        }
        for parts in 1..=64 {
            let exact = |a: usize| (sampling[a] / least).powi(2) * parts as f64;
            let whole = used.clone().all(|a| (exact(a) - exact(a).round()).abs() <= 1e-9 * exact(a));
            let sum: f64 = used.clone().map(|a| exact(a).round() * (span[a] as f64).powi(2)).sum();
            if whole && sum < u32::MAX as f64 {
                let weights = [0, 1, 2].map(|a| if span[a] > 0 { exact(a).round() as u32 } else { 0 });
                return Units::Whole { weights, unit: least * least / parts as f64 };
            }
        }
        Units::Float { weights: sampling.map(|s| (s * s) as f32) }
    }

    /// The largest squared distance within `distance`, as the shader counts it.
    fn limit(&self, distance: f64) -> u32 {
        match self {
            Units::Whole { unit, .. } => {
                let mut limit = (distance * distance / unit).min((u32::MAX - 2) as f64).floor();
                if ((limit + 1.0) * unit).sqrt() <= distance && limit < (u32::MAX - 2) as f64 {
                    limit += 1.0;
                }
                if (limit * unit).sqrt() > distance {
                    limit -= 1.0;
                }
                limit as u32
            }
            Units::Float { .. } => (squared_limit(distance) as f32).min(f32::MAX).to_bits(),
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    shape: [u32; 3],
    axis: u32,
    /// Squared spacing along the axis, u32 or the bits of an f32.
    weight: u32,
    limit: u32,
    /// Farthest pixel along the axis that counts.
    span: u32,
    /// 1: squares are the bits of f32.
    float: u32,
    /// 1: sites are the pixels that are 0; 0: those that are not.
    sites: u32,
    /// Length of a step of the root, for `Units::Whole`.
    root: f32,
    /// 1: there are only two axes.
    flat: u32,
    padding: u32,
    /// Spacing along z, y, x.
    sampling: [f32; 3],
    padding_end: u32,
}

/// How the nearest site is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    pub sampling: [f64; 3],
    /// Sites farther than this do not count.
    pub distance: f64,
}

impl Search {
    fn units(&self, meta: &VolumeMeta) -> (Units, [usize; 3]) {
        let span = [0, 1, 2].map(|a| {
            let near = self.distance / self.sampling[a];
            let last = meta.shape[a] - 1;
            if near < last as f64 { near.floor() as usize + 1 } else { last }.min(last)
        });
        (Units::new(self.sampling, span), span)
    }

    fn params(&self, meta: &VolumeMeta, axis: usize, sites_are_zero: bool) -> Params {
        let (units, span) = self.units(meta);
        let (weight, float, root) = match units {
            Units::Whole { weights, unit } => (weights[axis], 0, unit.sqrt() as f32),
            Units::Float { weights } => (weights[axis].to_bits(), 1, 1.0),
        };
        Params {
            shape: meta.shape.map(|n| n as u32),
            axis: axis as u32,
            weight,
            limit: units.limit(self.distance),
            span: span[axis] as u32,
            float,
            sites: sites_are_zero as u32,
            root,
            flat: (meta.ndim == 2) as u32,
            padding: 0,
            sampling: self.sampling.map(|s| s as f32),
            padding_end: 0,
        }
    }

    fn check(&self, meta: &VolumeMeta) -> Result<(), Error> {
        // A shader loop has at most 65,535 rounds.
        match meta.shape.iter().find(|n| **n > 65_535) {
            Some(n) => Err(Error::new(Code::DeviceMemory, "distances along at most 65,535 pixels").value(n)),
            None => Ok(()),
        }
    }

    /// Records the distance (f32) of each pixel of a mask to the nearest one that is 0.
    pub fn record_distances(
        &self,
        recorder: &mut Recorder,
        mask: Buffer,
        meta: &VolumeMeta,
    ) -> Result<Buffer, Error> {
        self.check(meta)?;
        let n = mask.len;
        let mut squares = recorder.buffer(n);
        let params = self.params(meta, 0, true);
        recorder.pass(&NEAREST_SITE).entry("mark_sites").uniform(&params).bind(&[mask, squares]).over(n)?;
        for axis in meta.axes() {
            let next = recorder.buffer(n);
            let params = self.params(meta, axis, true);
            recorder.pass(&NEAREST_SITE).entry("search").uniform(&params).bind(&[squares, next]).over(n)?;
            squares = next;
        }
        let distances = recorder.buffer(n);
        recorder.pass(&NEAREST_SITE).entry("root").uniform(&params).bind(&[squares, distances]).over(n)?;
        Ok(distances)
    }

    /// Records for each pixel the label of the nearest labelled one; 0 where none is near enough.
    pub fn record_labels(
        &self,
        recorder: &mut Recorder,
        labels: Buffer,
        meta: &VolumeMeta,
    ) -> Result<Buffer, Error> {
        self.check(meta)?;
        let n = labels.len;
        let mut squares = recorder.buffer(n);
        let mut labels = labels;
        let params = self.params(meta, 0, false);
        recorder.pass(&NEAREST_SITE).entry("mark_sites").uniform(&params).bind(&[labels, squares]).over(n)?;
        for axis in meta.axes() {
            let (next, carried) = (recorder.buffer(n), recorder.buffer(n));
            let params = self.params(meta, axis, false);
            recorder
                .pass(&NEAREST_SITE)
                .entry("search_labels")
                .uniform(&params)
                .bind(&[squares, next, labels, carried])
                .over(n)?;
            (squares, labels) = (next, carried);
        }
        Ok(labels)
    }
}
