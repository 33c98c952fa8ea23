//! The messages between a pool and its workers: bodies of frames. `docs/wire.md` lists their records.

use super::memory::Slab;
use crate::batch::{Target, Unit, paths};
use crate::execute::{On, Options, Outcome, Report, StepReport};
use rotifer_registry::wire::{
    ANCILLARY, Frame, HEADER, PixelSource, Reader, Stamped, VERSION, Wire, Writer, body, frames_pixels,
    get_frames, put_frames, registry_fingerprint, wrong,
};
use rotifer_registry::{Error, Frames, Image, Unfilled, Volume, VolumeMeta};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Kinds of frames.
pub mod kind {
    /// Worker to pool: who I am.
    pub const HELLO: u16 = 1;
    /// Pool to worker: how to run.
    pub const SETUP: u16 = 2;
    pub const PIPELINE: u16 = 3;
    pub const TASK: u16 = 4;
    /// Worker to pool: the outcome of a task.
    pub const DONE: u16 = 5;
    /// Either way: a frame could not be read.
    pub const REFUSED: u16 = 6;
    /// Pool to worker: a sign of life is wanted.
    pub const PING: u16 = 7;
    pub const PONG: u16 = 8;
    /// Pool to worker: the task of this frame is not wanted any more.
    pub const ABANDON: u16 = 9;
    /// Worker to pool: how far a task is.
    pub const PROGRESS: u16 = 10;
    /// Worker to pool: pixels of the answer that comes after.
    pub const PIXELS: u16 = 11;
}

/// Pixels up to this many bytes travel in the frame itself.
pub const INLINE: usize = 32 << 10;
/// Largest frame.
pub const FRAME_CAP: usize = 1 << 30;
/// Pixels of a result that has no room in its slab travel in frames of so many bytes.
const PIECE: usize = 4 << 20;

/// A worker's first words.
#[derive(Debug, PartialEq)]
pub struct Hello {
    pub software: String,
    /// Of all functions; where it differs from ours, steps are still refused one by one.
    pub fingerprint: u64,
    /// Versions of the wire form that it speaks, the oldest and the newest.
    pub versions: (u32, u32),
}

impl Hello {
    /// The first words of this program.
    pub fn ours() -> Hello {
        Hello {
            software: env!("CARGO_PKG_VERSION").into(),
            fingerprint: registry_fingerprint(),
            versions: (VERSION.into(), VERSION.into()),
        }
    }

    /// Refuses a worker that has no version of the wire form in common with us; both sides are shown.
    pub fn understood(&self) -> Result<(), Error> {
        let range = |(oldest, newest): (u32, u32)| match oldest == newest {
            true => oldest.to_string(),
            false => format!("{oldest} to {newest}"),
        };
        let ours = Hello::ours().versions;
        if self.versions.0 <= ours.1 && ours.0 <= self.versions.1 {
            return Ok(());
        }
        Err(wrong("the two sides speak different versions of the wire form")
            .value(range(self.versions))
            .allowed(range(ours)))
    }

    /// The complaint about a function that a worker does not have like us: nothing if it is the same program.
    pub fn differs(&self) -> Option<String> {
        let ours = Hello::ours();
        let who = |h: &Hello| format!("Rotifer {} with functions {:016x}", h.software, h.fingerprint);
        (self.fingerprint != ours.fingerprint).then(|| {
            format!("use the same program on both sides: the worker is {}, this is {}", who(self), who(&ours))
        })
    }
}

impl Wire for Hello {
    fn put(&self, out: &mut Vec<u8>) {
        let (oldest, newest) = &self.versions;
        let mut w = Writer::new(out);
        w.put(1, &self.software).put(2, &self.fingerprint);
        w.put(3 | ANCILLARY, oldest).put(4 | ANCILLARY, newest);
    }

    fn get(bytes: &[u8]) -> Result<Hello, Error> {
        let mut r = Reader::new("hello", bytes)?;
        let hello = Hello {
            software: r.required(1, "software")?,
            fingerprint: r.required(2, "fingerprint")?,
            // A worker that does not say speaks the first.
            versions: (r.optional(3, "oldest")?.unwrap_or(1), r.optional(4, "newest")?.unwrap_or(1)),
        };
        r.finish()?;
        Ok(hello)
    }
}

/// Settings that a worker needs before its first task.
#[derive(Debug, PartialEq)]
pub struct Setup {
    /// Threads of host kernels.
    pub threads: usize,
}

impl Wire for Setup {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out).put(1, &self.threads);
    }

    fn get(bytes: &[u8]) -> Result<Setup, Error> {
        let mut r = Reader::new("setup", bytes)?;
        let setup = Setup { threads: r.required(1, "threads")? };
        r.finish()?;
        Ok(setup)
    }
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Frames done and frames in all, counted once for every step.
    pub done: u32,
    pub of: u32,
}

impl Wire for Progress {
    fn put(&self, out: &mut Vec<u8>) {
        Writer::new(out).put(1, &self.done).put(2, &self.of);
    }

    fn get(bytes: &[u8]) -> Result<Progress, Error> {
        let mut r = Reader::new("progress", bytes)?;
        let progress = Progress { done: r.required(1, "done")?, of: r.required(2, "of")? };
        r.finish()?;
        Ok(progress)
    }
}

/// A pipeline and how to run it, sent to a worker once; tasks name it by its number.
#[derive(Debug, PartialEq)]
pub struct Recipe {
    pub number: u64,
    pub pipeline: Stamped,
    pub options: Options,
    /// Where the worker writes what is kept; none: it gives it back.
    pub target: Option<Target>,
}

impl Wire for Recipe {
    fn put(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.put(1, &self.number).put(2, &self.pipeline).put(3, &self.options).put_some(4, &self.target);
    }

    fn get(bytes: &[u8]) -> Result<Recipe, Error> {
        let mut r = Reader::new("recipe", bytes)?;
        let recipe = Recipe {
            number: r.required(1, "number")?,
            pipeline: r.required(2, "pipeline")?,
            options: r.required(3, "options")?,
            target: r.optional(4, "target")?,
        };
        r.finish()?;
        Ok(recipe)
    }
}

impl Wire for Options {
    fn put(&self, out: &mut Vec<u8>) {
        let Options { on, max_binding, device_memory, timed, labels, part, memory, scratch } = self;
        let on = match on {
            On::Auto => "auto",
            On::Cpu => "cpu",
            On::Gpu => "gpu",
        };
        let mut writer = Writer::new(out);
        writer
            .put(1, &on.to_string())
            .put_some(2, max_binding)
            .put_some(3, &timed.then_some(true))
            .put_some(4, device_memory)
            .put_some(5, &labels.then_some(true))
            .put_some(6, &part.map(|rows| rows as u64))
            .put_some(7, memory);
        if let Some(folder) = scratch {
            writer.put_with(8, |out| out.extend(paths::to_bytes(folder).unwrap_or_default()));
        }
    }

    fn get(bytes: &[u8]) -> Result<Options, Error> {
        let mut r = Reader::new("options", bytes)?;
        let on: String = r.required(1, "on")?;
        let on = match on.as_str() {
            "auto" => On::Auto,
            "cpu" => On::Cpu,
            "gpu" => On::Gpu,
            other => return Err(wrong("no such choice of `on`").value(format!("\"{other}\""))),
        };
        let options = Options {
            on,
            max_binding: r.optional(2, "max_binding")?,
            timed: r.or_default(3, "timed")?,
            device_memory: r.optional(4, "device_memory")?,
            labels: r.or_default(5, "labels")?,
            part: r.optional::<u64>(6, "part")?.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)),
            memory: r.optional(7, "memory")?,
            scratch: r.bytes(8).map(paths::from_bytes).transpose()?,
        };
        r.finish()?;
        Ok(options)
    }
}

/// The inputs of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Pixels, which go to the worker through shared memory.
    Image(Image),
    /// A file, which the worker reads itself.
    File(PathBuf),
    /// An image of a batch, which the worker reads and whose results it writes.
    #[doc(hidden)]
    Written(Box<Unit>),
}

impl From<Image> for Job {
    fn from(image: Image) -> Job {
        Job::Image(image)
    }
}

impl From<Volume> for Job {
    fn from(volume: Volume) -> Job {
        Job::Image(volume.into())
    }
}

impl From<PathBuf> for Job {
    fn from(path: PathBuf) -> Job {
        Job::File(path)
    }
}

impl From<&std::path::Path> for Job {
    fn from(path: &std::path::Path) -> Job {
        Job::File(path.into())
    }
}

impl Job {
    /// Bytes of pixels to send.
    pub fn bytes(&self) -> usize {
        match self {
            Job::Image(image) => image.volumes().iter().map(|v| v.bytes().len()).sum(),
            Job::File(_) | Job::Written(_) => 0,
        }
    }
}

/// The body of a task. Where there is no slab the pixels go with it.
pub fn put_task(recipe: u64, job: &Job, slab: Option<u64>) -> Result<Vec<u8>, Error> {
    // A name that is not UTF-8 goes as bytes.
    let (path, bytes) = match job {
        Job::File(path) => match path.to_str() {
            Some(path) => (Some(path.to_string()), None),
            None => (None, Some(paths::to_bytes(path)?)),
        },
        Job::Image(_) | Job::Written(_) => (None, None),
    };
    let body = body(|w| {
        w.put(1, &recipe).put_some(2, &path);
        if let Job::Image(image) = job {
            let frames = Frames::from(image);
            w.put_with(3, |out| put_frames(&frames, out));
            if slab.is_none() {
                w.put_with(4, |out| frames_pixels(&frames).for_each(|p| out.extend_from_slice(p)));
            }
        }
        w.put_some(5, &slab);
        if let Some(bytes) = &bytes {
            w.put_with(6, |out| out.extend_from_slice(bytes));
        }
        if let Job::Written(unit) = job {
            w.put(7, &**unit);
        }
    });
    sized(body, "a task")
}

/// A body that fits a frame, and so all its records do; a longer one is an error here, not cut.
pub(super) fn sized(body: Vec<u8>, what: &str) -> Result<Vec<u8>, Error> {
    if body.len() > FRAME_CAP - HEADER {
        return Err(wrong(format!("{what} is too large without its pixels"))
            .value(format!("{} bytes", body.len()))
            .allowed(format!("{} bytes", FRAME_CAP - HEADER)));
    }
    Ok(body)
}

/// A task as the worker reads it.
pub struct TaskBody<'a> {
    pub recipe: u64,
    pub path: Option<PathBuf>,
    /// An image that is read here, and its results written.
    pub unit: Option<Unit>,
    frames: Option<&'a [u8]>,
    pixels: Option<&'a [u8]>,
    /// Bytes of the slab that comes with it.
    pub slab: Option<u64>,
}

impl<'a> TaskBody<'a> {
    pub fn get(bytes: &'a [u8]) -> Result<TaskBody<'a>, Error> {
        let mut r = Reader::new("task", bytes)?;
        let mut task = TaskBody {
            recipe: r.required(1, "recipe")?,
            path: r.optional::<String>(2, "path")?.map(PathBuf::from),
            unit: None,
            frames: r.bytes(3),
            pixels: r.bytes(4),
            slab: r.optional(5, "slab")?,
        };
        if let Some(path) = r.bytes(6) {
            task.path = Some(paths::from_bytes(path)?);
        }
        task.unit = r.optional(7, "unit")?;
        r.finish()?;
        Ok(task)
    }

    /// The image, its pixels from the frame or from `slab`.
    pub fn image(&self, slab: Option<&dyn Slab>) -> Result<Image, Error> {
        let frames = self.frames.ok_or_else(|| wrong("a task has an image or a path"))?;
        let slab = slab.filter(|_| self.pixels.is_none());
        let end = slab.map_or(0, |s| s.capacity());
        let mut none = Pieces::default();
        let rest = self.pixels.unwrap_or(&[]);
        let mut pixels = Pixels { slab, at: 0, end, ahead: &mut none, rest };
        let frames = get_frames(frames, &mut |meta| pixels.volume(meta))?;
        frames.to_image().unwrap_or_else(|| Err(wrong("a task runs on an image")))
    }
}

/// Some of the pixels that go ahead of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// Bytes of all pieces.
    pub all: u64,
    pub bytes: &'a [u8],
}

impl<'a> Piece<'a> {
    pub fn body(&self) -> Vec<u8> {
        body(|w| {
            w.put(1, &self.all).put_with(2, |out| out.extend_from_slice(self.bytes));
        })
    }

    pub fn get(bytes: &'a [u8]) -> Result<Piece<'a>, Error> {
        let mut r = Reader::new("pixels", bytes)?;
        let all = r.required(1, "bytes")?;
        let bytes = r.bytes(2).ok_or_else(|| wrong("pixels.piece is missing (record 2)"))?;
        r.finish()?;
        Ok(Piece { all, bytes })
    }
}

/// Pixels that came before the answer they belong to.
#[derive(Default)]
pub struct Pieces {
    /// Task and attempt.
    of: (u64, u32),
    pieces: VecDeque<Vec<u8>>,
    /// Bytes of the first piece that are read.
    read: usize,
    bytes: u64,
    /// Bytes that were announced.
    all: u64,
}

impl Pieces {
    /// Takes a piece. It is an error if more comes than was announced.
    pub fn add(&mut self, frame: &Frame) -> Result<(), Error> {
        let Piece { all, bytes } = Piece::get(frame.body)?;
        let piece = bytes.to_vec();
        if self.of != (frame.task, frame.attempt) || self.all != all {
            *self = Pieces { of: (frame.task, frame.attempt), all, ..Pieces::default() };
        }
        self.bytes += piece.len() as u64;
        if self.bytes > all || piece.is_empty() {
            return Err(wrong("more pixels come than were announced")
                .value(self.bytes)
                .allowed(all.to_string()));
        }
        self.pieces.push_back(piece);
        Ok(())
    }

    /// The answer to this task and attempt.
    pub fn take(&mut self, frame: &Frame) -> Pieces {
        let taken = std::mem::take(self);
        if taken.of == (frame.task, frame.attempt) { taken } else { Pieces::default() }
    }

    /// Bytes that are still to be read.
    fn left(&self) -> u64 {
        self.bytes
    }

    fn read(&mut self, into: &mut Unfilled) -> Result<(), Error> {
        while into.missing() > 0
            && let Some(piece) = self.pieces.front()
        {
            let some = &piece[self.read..];
            let some = &some[..some.len().min(into.missing())];
            into.put(some)?;
            self.bytes -= some.len() as u64;
            self.read += some.len();
            if self.read == piece.len() {
                self.pieces.pop_front();
                self.read = 0;
            }
        }
        Ok(())
    }
}

/// The pixels of a message: first those in the slab, then those that came before it, then those in the frame.
struct Pixels<'a> {
    slab: Option<&'a dyn Slab>,
    at: u64,
    /// Bytes of the slab that hold pixels.
    end: u64,
    ahead: &'a mut Pieces,
    rest: &'a [u8],
}

impl Pixels<'_> {
    fn volume(&mut self, meta: &VolumeMeta) -> Result<Volume, Error> {
        let bytes = meta.bytes() as u64;
        let shared = self.end.saturating_sub(self.at);
        if bytes > shared + self.ahead.left() + self.rest.len() as u64 {
            return Err(wrong(format!("{bytes} bytes of pixels are announced, and they are not there")));
        }
        Volume::from_fill(meta, |pixels| {
            let first = pixels.missing().min(shared as usize);
            if let (Some(slab), true) = (self.slab, first > 0) {
                slab.read(self.at, first, pixels)?;
                self.at += first as u64;
            }
            self.ahead.read(pixels)?;
            let (inline, rest) = self.rest.split_at(pixels.missing().min(self.rest.len()));
            self.rest = rest;
            pixels.put(inline)
        })
    }
}

/// Writes pixels one after the other into a slab; gives the bytes written and what did not fit.
pub fn fill<'p>(
    slab: Option<&dyn Slab>,
    pixels: impl Iterator<Item = &'p [u8]>,
) -> std::io::Result<(u64, Vec<&'p [u8]>)> {
    let (mut at, mut rest) = (0, Vec::new());
    for bytes in pixels {
        let room = slab.map_or(0, |s| s.capacity()).saturating_sub(at) as usize;
        let (first, second) = bytes.split_at(bytes.len().min(if rest.is_empty() { room } else { 0 }));
        if let (Some(slab), false) = (slab, first.is_empty()) {
            slab.write(at, first)?;
            at += first.len() as u64;
        }
        if !second.is_empty() {
            rest.push(second);
        }
    }
    Ok((at, rest))
}

/// An answer: what goes ahead of it, and its body.
pub struct Answer<'a> {
    /// Pixels that have no room in the slab and are too many for the body.
    ahead: Vec<&'a [u8]>,
    pub body: Vec<u8>,
}

impl Answer<'_> {
    /// The bodies of the frames that go before it.
    pub fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let all: u64 = self.ahead.iter().map(|p| p.len() as u64).sum();
        self.ahead
            .iter()
            .flat_map(|pixels| pixels.chunks(PIECE))
            .map(move |bytes| Piece { all, bytes }.body())
    }
}

/// An answer. Large results lie in the slab as far as they fit, and the rest goes ahead in pieces.
pub fn put_answer<'a>(
    result: &'a Result<Outcome, Error>,
    slab: Option<&dyn Slab>,
    retire: bool,
    lost: bool,
) -> Result<Answer<'a>, Error> {
    let mut shared = 0;
    let mut rest: Vec<&[u8]> = Vec::new();
    if let Ok(outcome) = result {
        let pixels: Vec<&[u8]> =
            outcome.outputs.iter().flat_map(|(_, frames)| frames_pixels(frames)).collect();
        let total: usize = pixels.iter().map(|p| p.len()).sum();
        let slab = slab.filter(|_| total > INLINE);
        (shared, rest) = fill(slab, pixels.into_iter())
            .map_err(|e| wrong(format!("shared memory cannot be written: {e}")))?;
    }
    let short = rest.iter().map(|p| p.len()).sum::<usize>() <= PIECE;
    let (inline, ahead) = if short { (rest, Vec::new()) } else { (Vec::new(), rest) };
    let body = body(|w| {
        match result {
            Ok(outcome) => w.put_with(1, |out| put_outcome(outcome, out)),
            Err(error) => w.put(2, error),
        };
        if !inline.is_empty() {
            w.put_with(3, |out| inline.iter().for_each(|p| out.extend_from_slice(p)));
        }
        w.put_some(4, &(shared > 0).then_some(shared));
        w.put_some(5, &retire.then_some(true)).put_some(6, &lost.then_some(true));
    });
    Ok(Answer { ahead, body: sized(body, "a result")? })
}

/// The body of an answer that nothing goes ahead of.
pub fn put_done(
    result: &Result<Outcome, Error>,
    slab: Option<&dyn Slab>,
    retire: bool,
    lost: bool,
) -> Result<Vec<u8>, Error> {
    match put_answer(result, slab, retire, lost)? {
        Answer { ahead, body } if ahead.is_empty() => Ok(body),
        _ => Err(wrong("the pixels of a result do not fit one frame")),
    }
}

/// An answer as the pool reads it.
pub struct DoneBody {
    pub result: Result<Outcome, Error>,
    /// The worker ends after this.
    pub retire: bool,
    /// The GPU was lost on the way.
    pub lost: bool,
}

impl DoneBody {
    pub fn get(bytes: &[u8], slab: Option<&dyn Slab>) -> Result<DoneBody, Error> {
        DoneBody::after(bytes, slab, &mut Pieces::default())
    }

    /// [`DoneBody::get`] of an answer with pixels that came before it.
    pub fn after(bytes: &[u8], slab: Option<&dyn Slab>, ahead: &mut Pieces) -> Result<DoneBody, Error> {
        let mut r = Reader::new("answer", bytes)?;
        let outcome = r.bytes(1);
        let error: Option<Error> = r.optional(2, "error")?;
        let inline = r.bytes(3).unwrap_or(&[]);
        let shared: u64 = r.or_default(4, "shared")?;
        let (retire, lost) = (r.or_default(5, "retire")?, r.or_default(6, "lost")?);
        r.finish()?;
        if shared > slab.map_or(0, |s| s.capacity()) {
            return Err(wrong("an answer says more shared memory than it was given"));
        }
        let result = match (outcome, error) {
            (Some(outcome), None) => {
                let mut pixels = Pixels { slab, at: 0, end: shared, ahead, rest: inline };
                Ok(get_outcome(outcome, &mut |meta| pixels.volume(meta))?)
            }
            (None, Some(error)) => Err(error),
            _ => return Err(wrong("an answer has an outcome or an error")),
        };
        Ok(DoneBody { result, retire, lost })
    }
}

fn put_outcome(outcome: &Outcome, out: &mut Vec<u8>) {
    let output = |(name, frames): &(String, Frames), out: &mut Vec<u8>| {
        Writer::new(out).put(1, name).put_with(2, |out| put_frames(frames, out));
    };
    let mut w = Writer::new(out);
    w.put_each(1, &outcome.outputs, output).put(2, &outcome.report).put_some(3, &outcome.written);
}

fn get_outcome(bytes: &[u8], source: &mut PixelSource) -> Result<Outcome, Error> {
    let mut r = Reader::new("outcome", bytes)?;
    let outputs = r.each(1, "outputs", |item| {
        let mut r = Reader::new("output", item)?;
        let name = r.required(1, "name")?;
        let frames = r.bytes(2).ok_or_else(|| wrong("output.frames is missing (record 2)"))?;
        r.finish()?;
        Ok((name, get_frames(frames, source)?))
    })?;
    let report = r.required(2, "report")?;
    let written = r.optional(3, "written")?;
    r.finish()?;
    Ok(Outcome { outputs, report, written })
}

impl Wire for Report {
    fn put(&self, out: &mut Vec<u8>) {
        let Report {
            steps,
            notes,
            submissions,
            uploads,
            downloads,
            upload_bytes,
            download_bytes,
            device_peak_bytes,
            passes,
            skipped,
        } = self;
        let mut w = Writer::new(out);
        let numbers = [submissions, uploads, downloads, upload_bytes, download_bytes, device_peak_bytes];
        w.put_unless_default(1 | ANCILLARY, steps).put_unless_default(2 | ANCILLARY, notes);
        for (tag, number) in (3..).zip(numbers) {
            w.put_unless_default(tag | ANCILLARY, number);
        }
        w.put_unless_default(9 | ANCILLARY, passes).put_some(10 | ANCILLARY, skipped);
    }

    fn get(bytes: &[u8]) -> Result<Report, Error> {
        let mut r = Reader::new("report", bytes)?;
        let report = Report {
            steps: r.or_default(1, "steps")?,
            notes: r.or_default(2, "notes")?,
            submissions: r.or_default(3, "submissions")?,
            uploads: r.or_default(4, "uploads")?,
            downloads: r.or_default(5, "downloads")?,
            upload_bytes: r.or_default(6, "upload_bytes")?,
            download_bytes: r.or_default(7, "download_bytes")?,
            device_peak_bytes: r.or_default(8, "device_peak_bytes")?,
            passes: r.or_default(9, "passes")?,
            skipped: r.optional(10, "skipped")?,
        };
        r.finish()?;
        Ok(report)
    }
}

impl Wire for StepReport {
    fn put(&self, out: &mut Vec<u8>) {
        let StepReport { name, op, memory, seconds } = self;
        Writer::new(out).put(1, name).put(2, op).put(3, memory).put(4 | ANCILLARY, seconds);
    }

    fn get(bytes: &[u8]) -> Result<StepReport, Error> {
        let mut r = Reader::new("step report", bytes)?;
        let report = StepReport {
            name: r.required(1, "name")?,
            op: r.required(2, "op")?,
            memory: r.required(3, "memory")?,
            seconds: r.or_default(4, "seconds")?,
        };
        r.finish()?;
        Ok(report)
    }
}
