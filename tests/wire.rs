//! The wire form: round trips, peers that are older or newer, and every kind of damage.

use rotifer::execute::{On, Options, Outcome, Report, StepReport};
use rotifer::pool::memory::Slab;
use rotifer::pool::messages::{
    DoneBody, Hello, Piece, Progress, Recipe, Setup, TaskBody, put_done, put_task,
};
use rotifer::pool::{Channel, Job};
use rotifer::registry::pipeline::{DtypeRequest, Memory};
use rotifer::registry::wire::*;
use rotifer::registry::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;

/// Counts what this thread has allocated, so that a decoder can be held to its bound.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs something and gives the most bytes it had at one time.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    let value = f();
    (value, (PEAK.get() - before).max(0) as usize)
}

fn bytes_of(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

fn pipeline() -> Pipeline {
    let list = |items: &[Value]| Value::List(items.to_vec());
    let mut first = Step::new("gaussian_filter")
        .arg("sigma", list(&[Value::Float(0.0), Value::Int(2), Value::Text("0.5 um".into())]))
        .arg("edge", "wrap")
        .named("blurred")
        .saved();
    first.dtype = Some(DtypeRequest::To(Dtype::U16));
    first.on = Some(Memory::Host);
    let mut second = Step::new("greater").arg("value", -7).from(&["blurred", "input[c=1]"]);
    second.slice_by_slice = true;
    second.dtype = Some(DtypeRequest::Preserve);
    let odd =
        Step::new("not/here").arg("rows", list(&[list(&[Value::Bool(true)]), list(&[]), Value::Bool(false)]));
    Pipeline::new(vec![first, second, odd]).named("kerne µ")
}

fn volume(kind: Kind, dtype: Dtype, shape: [usize; 3]) -> Volume {
    let spacing = Some(Spacing::new([2.0, 0.5, 0.25], SpacingSource::OmeXml));
    let meta = VolumeMeta { kind, dtype, shape, ndim: if shape[0] == 1 { 2 } else { 3 }, spacing };
    let value = |i: usize| if kind == Kind::Mask { (i % 2) as u8 } else { i as u8 };
    Volume::from_bytes(&meta, &(0..meta.bytes()).map(value).collect::<Vec<u8>>()).expect("a volume")
}

fn image() -> Image {
    let planes = (0..6).map(|_| volume(Kind::Image, Dtype::I16, [2, 3, 5])).collect();
    Image::new(planes, Some(3), Some(2)).expect("an image").with_channels(vec!["DNA".into(), "actin".into()])
}

fn outcome() -> Outcome {
    let table = Table::new()
        .with("area", Values::Float(vec![1.5, f64::INFINITY, -0.0]))
        .and_then(|t| t.with("label", Values::Int(vec![1, i64::MIN, i64::MAX])))
        .and_then(|t| t.with("well", Values::Text(vec!["A01".into(), String::new(), "µ".into()])))
        .expect("a table");
    let plane = || volume(Kind::Image, Dtype::U8, [1, 4, 4]);
    let mut outputs = vec![
        ("image".to_string(), Frames::from(&image())),
        ("rgb".to_string(), Frames::from(Datum::Rgb([plane(), plane(), plane()]))),
        ("cells".to_string(), Frames::from(Datum::Table(table))),
        ("empty".to_string(), Frames::from(Datum::Table(Table::new()))),
        ("threshold".to_string(), Frames::from(Datum::Number(0.1))),
        ("mask".to_string(), Frames::from(Datum::Volume(volume(Kind::Mask, Dtype::U8, [1, 3, 3])))),
        ("labels".to_string(), Frames::from(Datum::Volume(volume(Kind::Labels, Dtype::U32, [1, 3, 3])))),
    ];
    outputs.extend(
        Dtype::ALL.map(|d| (d.to_string(), Frames::from(Datum::Volume(volume(Kind::Image, d, [1, 1, 7]))))),
    );
    let step = StepReport { name: "a".into(), op: "absolute".into(), memory: Memory::Device, seconds: 0.25 };
    let report = Report {
        steps: vec![step],
        notes: vec!["said once".into()],
        submissions: 1,
        uploads: 2,
        downloads: 3,
        upload_bytes: 4,
        download_bytes: 5,
        device_peak_bytes: 6,
        passes: vec![("separable".into(), 7.5)],
        skipped: None,
    };
    Outcome { outputs, report, written: None }
}

fn error() -> Error {
    Error::new(Code::OutOfRange, "out of range")
        .step(3)
        .op("gaussian_filter")
        .argument("sigma")
        .value(-1)
        .allowed("0 to 512")
        .help("smaller")
        .line(12)
}

fn recipe() -> Recipe {
    let options = Options { on: On::Gpu, max_binding: Some(1 << 27), timed: true, ..Options::default() };
    Recipe { number: 7, pipeline: Stamped::new(pipeline()), options, target: None }
}

fn hello() -> Hello {
    Hello { software: "0.1.0".into(), fingerprint: u64::MAX, versions: (1, 3) }
}

/// Writes what was read again.
type Again = Box<dyn FnOnce() -> Vec<u8>>;
type Decode = fn(&[u8]) -> Result<Again, Error>;

/// Whether a message is read.
fn read(decode: Decode, bytes: &[u8]) -> Result<(), Error> {
    decode(bytes).map(drop)
}

fn again<T: Wire + 'static>(bytes: &[u8]) -> Result<Again, Error> {
    T::get(bytes).map(|value| Box::new(move || bytes_of(&value)) as Again)
}

fn task(bytes: &[u8], slab: Option<&dyn Slab>) -> Result<Again, Error> {
    let task = TaskBody::get(bytes)?;
    let job = match &task.path {
        Some(path) => Job::File(path.clone()),
        None => Job::Image(task.image(slab.filter(|_| task.slab.is_some()))?),
    };
    let recipe = task.recipe;
    Ok(Box::new(move || put_task(recipe, &job, None).expect("a task")))
}

fn done(bytes: &[u8], slab: Option<&dyn Slab>) -> Result<Again, Error> {
    let DoneBody { result, retire, lost } = DoneBody::get(bytes, slab)?;
    Ok(Box::new(move || put_done(&result, None, retire, lost).expect("an answer")))
}

/// Shared memory with a few bytes in it.
fn slab() -> &'static dyn Slab {
    static SLAB: OnceLock<Box<dyn Slab>> = OnceLock::new();
    let made = || {
        let (_, memory) = Channel::default().open().expect("a channel");
        let slab = memory.slab(32 << 10).expect("shared memory");
        slab.write(0, &[1; 32 << 10]).expect("its bytes");
        slab
    };
    &**SLAB.get_or_init(made)
}

/// A result too large for its frame, and the first of its bytes in shared memory.
fn shared() -> Vec<u8> {
    let outputs =
        vec![("large".into(), Frames::from(Datum::Volume(volume(Kind::Image, Dtype::U8, [1, 33, 1000]))))];
    put_done(&Ok(Outcome { outputs, ..outcome() }), Some(slab()), false, false).expect("an answer")
}

/// Every message: its name, its bytes, and what reads it.
fn corpus() -> Vec<(&'static str, Vec<u8>, Decode)> {
    let frame =
        Frame { kind: 5, task: 1 << 40, attempt: 2, incarnation: 3, body: &bytes_of(&error()) }.encode();
    let file = Job::File("plate/A01.tif".into());
    vec![
        ("frame", frame, |b| {
            let Frame { kind, task, attempt, incarnation, body } = Frame::decode(b, 1 << 20)?;
            let body = Error::get(body)?;
            Ok(Box::new(move || Frame { kind, task, attempt, incarnation, body: &bytes_of(&body) }.encode()))
        }),
        ("file", compile(&pipeline()), |b| {
            let stamped = decompile(b)?;
            Ok(Box::new(move || compile(&stamped.pipeline)))
        }),
        ("pipeline", bytes_of(&Stamped::new(pipeline())), again::<Stamped>),
        ("value", bytes_of(&pipeline().steps[2].args[0].1), again::<Value>),
        ("recipe", bytes_of(&recipe()), again::<Recipe>),
        ("hello", bytes_of(&hello()), again::<Hello>),
        ("progress", bytes_of(&Progress { done: 3, of: 1000 }), again::<Progress>),
        ("setup", bytes_of(&Setup { threads: 3 }), again::<Setup>),
        ("error", bytes_of(&error()), again::<Error>),
        ("report", bytes_of(&outcome().report), again::<Report>),
        ("task", put_task(7, &Job::Image(image()), None).expect("a task"), |b| task(b, None)),
        ("task_of_a_file", put_task(7, &file, None).expect("a task"), |b| task(b, None)),
        ("task_in_shared_memory", put_task(7, &Job::Image(image()), Some(32 << 10)).expect("a task"), |b| {
            task(b, Some(slab()))
        }),
        ("done", put_done(&Ok(outcome()), None, false, false).expect("an answer"), |b| done(b, None)),
        ("done_in_shared_memory", shared(), |b| done(b, Some(slab()))),
        ("pixels", Piece { all: 100, bytes: &[7; 20] }.body(), |b| {
            let Piece { all, bytes } = Piece::get(b)?;
            let bytes = bytes.to_vec();
            Ok(Box::new(move || Piece { all, bytes: &bytes }.body()))
        }),
        ("failed", put_done(&Err(error()), None, true, true).expect("an answer"), |b| done(b, None)),
    ]
}

/// Every kind of message that `docs/wire.md` gives records has a sample here.
#[test]
fn every_kind_of_message_has_a_sample() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/wire.md");
    let text = std::fs::read_to_string(path).expect("the description of the wire form");
    let (_, table) = text.split_once("| kind | from | records |").expect("the table of kinds");
    let corpus = corpus();
    let mut seen = 0;
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        for kind in cells[1].split(',').filter(|_| !cells[3].starts_with("none")) {
            let name = match kind.trim().split_once(' ').expect("a number and a name").1 {
                "refused" => "error",
                "pipeline" => "recipe",
                name => name,
            };
            assert!(corpus.iter().any(|(n, ..)| *n == name), "{row}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "{table}");
}

#[test]
fn everything_comes_back_as_it_went() {
    assert_eq!(Recipe::get(&bytes_of(&recipe())), Ok(recipe()));
    assert_eq!(Error::get(&bytes_of(&error())), Ok(error()));
    assert_eq!(decompile(&compile(&pipeline())).map(|s| s.pipeline), Ok(pipeline()));
    assert_eq!(Hello::get(&bytes_of(&hello())), Ok(hello()));
    let place = Spacing { origin: [1.5, -2.0, 0.0], ..Spacing::new([1.0; 3], SpacingSource::Given) };
    let volumes = image().into_volumes().into_iter().map(|v| v.with_spacing(Some(place)));
    let placed = Image::over(volumes.collect(), image().axes().clone()).expect("an image");
    for image in [image(), placed] {
        let task = put_task(7, &Job::Image(image.clone()), None).expect("a task");
        assert_eq!(TaskBody::get(&task).and_then(|t| t.image(None)), Ok(image));
    }
    let mut movie = outcome();
    movie.outputs[0].1.axes.interval = Some(0.1);
    for outcome in [outcome(), movie] {
        let done = put_done(&Ok(outcome.clone()), None, false, false).expect("an answer");
        assert_eq!(DoneBody::get(&done, None).and_then(|d| d.result), Ok(outcome));
    }
    let values = [f64::NAN, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE / 2.0].map(Value::Float);
    for value in values.into_iter().chain([i64::MIN, -1, 0, 1, i64::MAX].map(Value::Int)) {
        assert_eq!(format!("{:?}", Value::get(&bytes_of(&value))), format!("{:?}", Ok::<_, Error>(value)));
    }
}

#[test]
fn a_compiled_file_is_run_by_the_functions_it_was_made_for() {
    let mut mine = pipeline();
    mine.steps.truncate(2);
    assert_eq!(read_pipeline(&compile(&mine)), Ok(mine.clone()));
    let mut stamped = Stamped::new(mine);
    assert_eq!(verify(&stamped), Ok(()));
    for stamp in stamped.stamps.iter_mut().flatten() {
        stamp.fingerprint = stamp.fingerprint.map(|f| f ^ 1);
    }
    let errors = verify(&stamped).expect_err("other functions");
    assert_eq!(errors.len(), 2);
    let (value, allowed) =
        (errors[0].value.clone().unwrap_or_default(), errors[0].allowed.clone().unwrap_or_default());
    assert_eq!(errors[0].op.as_deref(), Some("gaussian_filter"));
    assert!(value.contains("fingerprint") && allowed.contains("fingerprint") && value != allowed);
    // Files from before there was a fingerprint of what a step uses have the revision.
    for stamp in stamped.stamps.iter_mut().flatten() {
        stamp.fingerprint = None;
    }
    assert_eq!(verify(&stamped), Ok(()));
    stamped.stamps.iter_mut().flatten().for_each(|stamp| stamp.revision += 1);
    assert_eq!(verify(&stamped).map_err(|errors| errors.len()), Err(2));
}

#[test]
fn both_versions_are_shown() {
    let mut frame = Frame { kind: 1, task: 0, attempt: 0, incarnation: 0, body: &[] }.encode();
    frame[4] = 9;
    let error = Frame::decode(&frame, 100).expect_err("another version").to_string();
    assert!(error.contains('9') && error.contains(&VERSION.to_string()), "{error}");
}

/// The memory that a decoder may allocate for damaged bytes.
fn allowed(input: usize) -> usize {
    input + (1 << 20)
}

#[test]
fn every_truncation_is_an_error() {
    for (name, bytes, decode) in corpus() {
        assert_eq!(read(decode, &bytes), Ok(()), "{name}");
        for cut in 0..bytes.len() {
            let (result, peak) = peak(|| read(decode, &bytes[..cut]));
            // Records at the end that may be left out are no loss; a frame has a length.
            assert!(result.is_err() || !["frame", "file"].contains(&name), "{name} cut at {cut}");
            assert!(peak <= allowed(bytes.len()), "{name} cut at {cut} took {peak} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_is_survived_and_found_where_there_is_a_checksum() {
    for (name, mut bytes, decode) in corpus() {
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (result, peak) = peak(|| read(decode, &bytes));
            assert!(result.is_err() || !["frame", "file"].contains(&name), "{name}, bit {bit}");
            assert!(peak <= allowed(bytes.len()), "{name}, bit {bit} took {peak} bytes");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// Laws for any bytes: no panic, a bound on memory, and what is read is written as something that is read
/// and written the same.
fn survive(name: &str, decode: Decode, bytes: &[u8]) {
    let (result, peak) = peak(|| decode(bytes));
    assert!(peak <= allowed(bytes.len()), "{name} of {} bytes took {peak}", bytes.len());
    if let Ok(again) = result {
        let once = again();
        let twice = decode(&once).unwrap_or_else(|e| panic!("{name} writes what it does not read: {e}"))();
        assert!(once == twice, "{name} is not what it was:\n{once:02x?}\n{twice:02x?}");
    }
}

/// Gives a frame, or a file, the length and the checksums that its bytes need to be looked at any further.
fn sealed(name: &str, mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() < HEADER + 8 || !["frame", "file"].contains(&name) {
        return bytes;
    }
    let file = name == "file";
    bytes.truncate(bytes.len() - if file { 8 } else { 0 });
    let word = |b: &[u8]| u32::from_le_bytes(b.try_into().expect("four bytes"));
    let kind = u16::from_le_bytes([bytes[6], bytes[7]]);
    let (attempt, incarnation) = (word(&bytes[20..24]), word(&bytes[24..28]));
    let task = u64::from(word(&bytes[12..16])) | u64::from(word(&bytes[16..20])) << 32;
    let mut bytes = Frame { kind, task, attempt, incarnation, body: &bytes[HEADER..] }.encode();
    if file {
        // FNV-1a
        let hash = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
        bytes.extend_from_slice(&hash.to_le_bytes());
    }
    bytes
}

/// One piece of damage. Positions count from the start, and again from there where they are beyond the end.
#[derive(Clone, Debug, bolero::TypeGenerator)]
enum Damage {
    Set {
        at: u16,
        to: u8,
    },
    Flip {
        at: u16,
        bit: u8,
    },
    /// Four bytes, as lengths and counts have.
    Word {
        at: u16,
        to: u32,
    },
    Ones {
        at: u16,
        len: u8,
    },
    Insert {
        at: u16,
        byte: u8,
    },
    Remove {
        at: u16,
        len: u8,
    },
    Cut {
        at: u16,
    },
    /// A piece of another message in place of one of this.
    Splice {
        at: u16,
        len: u8,
        other: u8,
        from: u16,
        other_len: u8,
    },
}

fn damage(bytes: &mut Vec<u8>, damage: &Damage, corpus: &[(&str, Vec<u8>, Decode)]) {
    fn piece(whole: usize, at: u16, len: u8) -> std::ops::Range<usize> {
        let at = at as usize % (whole + 1);
        at..(at + len as usize).min(whole)
    }
    let n = bytes.len();
    match *damage {
        Damage::Set { at, to } => bytes[piece(n, at, 1)].fill(to),
        Damage::Flip { at, bit } => bytes[piece(n, at, 1)].iter_mut().for_each(|b| *b ^= 1 << (bit % 8)),
        Damage::Word { at, to } => {
            bytes[piece(n, at, 4)].iter_mut().zip(to.to_le_bytes()).for_each(|(b, new)| *b = new);
        }
        Damage::Ones { at, len } => bytes[piece(n, at, len)].fill(0xff),
        Damage::Insert { at, byte } => bytes.insert(piece(n, at, 0).start, byte),
        Damage::Remove { at, len } => drop(bytes.drain(piece(n, at, len))),
        Damage::Cut { at } => bytes.truncate(piece(n, at, 0).start),
        Damage::Splice { at, len, other, from, other_len } => {
            let other = &corpus[other as usize % corpus.len()].1;
            let new = other[piece(other.len(), from, other_len)].to_vec();
            drop(bytes.splice(piece(n, at, len), new));
        }
    }
}

/// Time of each fuzz test where bolero's own variable does not say otherwise: `BOLERO_RANDOM_TEST_TIME_MS=600000`.
const FUZZED: std::time::Duration = std::time::Duration::from_millis(1500);

/// Samples that were damaged a few times, checksums set right.
#[test]
fn random_damage_is_survived() {
    let corpus = corpus();
    bolero::check!().with_type::<(u8, Vec<Damage>)>().with_test_time(FUZZED).for_each(|(which, all)| {
        let (name, bytes, decode) = &corpus[*which as usize % corpus.len()];
        let mut bytes = bytes.clone();
        all.iter().for_each(|d| damage(&mut bytes, d, &corpus));
        survive(name, *decode, &sealed(name, bytes));
    });
}

/// Any bytes to every decoder: the files of `tests/__fuzz__`, then random ones. `tests/fuzz` is led by what is reached.
#[test]
fn any_bytes_are_survived() {
    let corpus = corpus();
    bolero::check!().with_test_time(FUZZED).for_each(|bytes: &[u8]| {
        for (name, _, decode) in &corpus {
            survive(name, *decode, bytes);
            survive(name, *decode, &sealed(name, bytes.to_vec()));
        }
    });
}

fn samples() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/__fuzz__/any_bytes_are_survived/corpus")
}

/// Where a message was added: `cargo test --release --test wire write_samples -- --ignored`.
#[test]
fn fuzzing_begins_with_every_message() {
    for (name, _, decode) in corpus() {
        let bytes =
            std::fs::read(samples().join(name)).unwrap_or_else(|e| panic!("no sample of {name}: {e}"));
        assert_eq!(read(decode, &bytes), Ok(()), "{name}");
    }
}

#[test]
#[ignore = "only when a message is added"]
fn write_samples() {
    std::fs::create_dir_all(samples()).expect("a folder");
    for (name, bytes, _) in corpus() {
        std::fs::write(samples().join(name), bytes).expect("a file");
    }
}

/// A value of one byte is one of 32 in memory, and lists grow by halves of what they are: no more than that.
#[test]
fn memory_is_bounded_by_the_input_however_it_is_spent() {
    let n = 1 << 20;
    let flat = Value::List(vec![Value::Bool(true); n]);
    let nested = Value::List((0..n / 8).map(|_| Value::List(vec![Value::Bool(true)])).collect());
    for value in [flat, nested] {
        let bytes = bytes_of(&value);
        let (read, peak) = peak(|| Value::get(&bytes));
        assert_eq!(read, Ok(value));
        assert!(peak <= 64 * bytes.len(), "{} bytes took {peak}", bytes.len());
    }
}

type Records = Vec<(u16, Vec<u8>)>;

/// The records of a message.
fn records(mut bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let length = u32::from_le_bytes(bytes[2..6].try_into().expect("four bytes")) as usize;
        all.push((u16::from_le_bytes([bytes[0], bytes[1]]), bytes[6..6 + length].to_vec()));
        bytes = &bytes[6 + length..];
    }
    all
}

fn joined(records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let record = |(tag, content): &(u16, Vec<u8>)| {
        [&tag.to_le_bytes()[..], &(content.len() as u32).to_le_bytes(), content].concat()
    };
    records.iter().flat_map(record).collect()
}

/// Changes the records of a message that lies `path` deep: each part of it is a tag, and an item where it is a list.
fn change(bytes: &[u8], path: &[(u16, Option<usize>)], f: &mut dyn FnMut(&mut Records)) -> Vec<u8> {
    let mut all = records(bytes);
    match path {
        [] => f(&mut all),
        [(tag, item), rest @ ..] => {
            let content = &mut all.iter_mut().find(|(t, _)| t & !ANCILLARY == *tag).expect("this record").1;
            *content = match item {
                None => change(content, rest, f),
                Some(item) => {
                    let (count, mut left) = (content[..4].to_vec(), &content[4..]);
                    let mut out = count;
                    let mut i = 0;
                    while !left.is_empty() {
                        let length = u32::from_le_bytes(left[..4].try_into().expect("four bytes")) as usize;
                        let piece = &left[4..4 + length];
                        let piece = if i == *item { change(piece, rest, f) } else { piece.to_vec() };
                        out.extend_from_slice(&(piece.len() as u32).to_le_bytes());
                        out.extend_from_slice(&piece);
                        left = &left[4 + length..];
                        i += 1;
                    }
                    out
                }
            };
        }
    }
    joined(&all)
}

type Path = &'static [(u16, Option<usize>)];

/// Every message within a message.
fn depths() -> Vec<(&'static str, Path)> {
    const IMAGE: Option<usize> = Some(0);
    vec![
        ("recipe", &[]),
        ("recipe", &[(2, None)]),
        ("recipe", &[(2, None), (2, Some(0))]),
        ("recipe", &[(2, None), (2, Some(0)), (4, Some(1))]),
        ("recipe", &[(3, None)]),
        ("error", &[]),
        ("task", &[]),
        ("task", &[(3, None)]),
        ("task", &[(3, None), (1, Some(2))]),
        ("task", &[(3, None), (1, Some(2)), (1, None)]),
        ("task", &[(3, None), (1, Some(2)), (1, None), (5, None)]),
        ("done", &[]),
        ("done", &[(1, None)]),
        ("done", &[(1, None), (1, IMAGE)]),
        ("done", &[(1, None), (1, IMAGE), (2, None)]),
        ("done", &[(1, None), (1, Some(2)), (2, None), (1, Some(0)), (3, None)]),
        ("done", &[(1, None), (1, Some(2)), (2, None), (1, Some(0)), (3, None), (1, Some(1))]),
        ("done", &[(1, None), (2, None)]),
        ("done", &[(1, None), (2, None), (1, Some(0))]),
        ("failed", &[(2, None)]),
    ]
}

#[test]
fn what_is_new_is_ignored_where_it_may_be_and_refused_where_not() {
    let corpus = corpus();
    for (name, path) in depths() {
        let (_, bytes, decode) = corpus.iter().find(|(n, ..)| *n == name).expect("this message");
        assert_eq!(&change(bytes, path, &mut |_| {}), bytes, "{name} {path:?}");
        let newer = |tag: u16| change(bytes, path, &mut |all| all.push((tag, b"from the future".to_vec())));
        assert_eq!(read(*decode, &newer(0x7001 | ANCILLARY)), Ok(()), "{name} {path:?}");
        let error = read(*decode, &newer(0x7001)).expect_err("a critical record").to_string();
        assert!(error.contains("28673"), "{name} {path:?}: {error}");
    }
}

#[test]
fn what_is_missing_is_its_default_or_named() {
    let corpus = corpus();
    for (name, path) in depths() {
        let (_, bytes, decode) = corpus.iter().find(|(n, ..)| *n == name).expect("this message");
        let mut here = Vec::new();
        change(bytes, path, &mut |all| here = all.iter().map(|(t, _)| *t).collect());
        for gone in here {
            let older = change(bytes, path, &mut |all| all.retain(|(t, _)| *t != gone));
            match read(*decode, &older) {
                Ok(()) => {}
                Err(error) => {
                    assert!(gone & ANCILLARY == 0, "{name} {path:?}: record {gone} is not needed: {error}");
                    assert_eq!(error.code, Code::Wire);
                }
            }
        }
    }
    let nothing = Stamped::get(&body(|w| {
        w.put(2, &Vec::<String>::new());
    }));
    assert_eq!(nothing.map(|s| s.pipeline), Ok(Pipeline::default()));
    let error = Stamped::get(&[]).expect_err("no steps").to_string();
    assert!(error.contains("steps"), "{error}");
}

#[test]
fn records_out_of_order_or_twice_are_refused() {
    let corpus = corpus();
    for (name, path) in depths() {
        let (_, bytes, decode) = corpus.iter().find(|(n, ..)| *n == name).expect("this message");
        let twice = change(bytes, path, &mut |all| {
            let last = all.last().cloned();
            all.extend(last);
        });
        assert!(read(*decode, &twice).is_err(), "{name} {path:?}");
        let mut several = false;
        let turned = change(bytes, path, &mut |all| {
            several = all.len() > 1;
            all.reverse();
        });
        assert!(read(*decode, &turned).is_err() || !several, "{name} {path:?}");
    }
}

#[test]
fn lists_within_lists_end_somewhere() {
    let deep = |n: usize| (0..n).fold(Value::Int(1), |v, _| Value::List(vec![v]));
    assert_eq!(Value::get(&bytes_of(&deep(30))), Ok(deep(30)));
    let bytes = [[5u8, 1].repeat(100_000), vec![0]].concat();
    let error = Value::get(&bytes).expect_err("too deep");
    assert_eq!(error.allowed.as_deref(), Some("32 deep"));
}

/// Bytes that were written by version 1 of the wire form. They are never written again: what reads them may change,
/// they may not.
#[test]
fn the_bytes_of_each_version_are_still_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire-1");
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    assert_eq!(decompile(&file("pipeline.rotifer")).map(|s| s.pipeline), Ok(pipeline()));
    assert_eq!(Error::get(&file("error.bin")), Ok(error()));
    assert_eq!(TaskBody::get(&file("task.bin")).and_then(|t| t.image(None)), Ok(image()));
    let done = file("done.bin");
    assert_eq!(DoneBody::get(&done, None).and_then(|d| d.result), Ok(outcome()));
    // A recipe holds fingerprints of functions, which change with them.
    let read = Recipe::get(&file("recipe.bin")).expect("a recipe");
    assert_eq!((read.pipeline.pipeline, read.options), (recipe().pipeline.pipeline, recipe().options));
}

/// Writes the files of [`the_bytes_of_each_version_are_still_read`] for a new version of the wire form.
#[test]
#[ignore = "only when the version of the wire form changes"]
fn write_golden_bytes() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/wire-{VERSION}"));
    std::fs::create_dir(&folder).expect("golden bytes are written once");
    for (name, bytes, _) in corpus() {
        let name = match name {
            "file" => "pipeline.rotifer".to_string(),
            "done" | "error" | "recipe" | "task" => format!("{name}.bin"),
            _ => continue,
        };
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
}
