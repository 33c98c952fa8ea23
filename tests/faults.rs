//! What goes wrong in a worker stays where it happened: one outcome for every task, no other task touched,
//! nothing left behind.
//!
//! This program is its own worker, so that its workers have functions that misbehave.

use rotifer::execute::Options;
use rotifer::pool::memory::{Memory, Slab};
use rotifer::pool::transport::{Next, Peer, Transport};
use rotifer::pool::{Channel, Config, Notice, Pool, Prepared};
use rotifer::registry::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

op! {
    /// Does what a function must not do.
    pub struct Misbehave {
        /// What to do.
        how: String = "nothing".to_string();
        /// A file that says it was done; then nothing is done. Empty: it is done every time.
        once: String = String::new();
        /// Seconds, or bytes.
        amount: f64 = 0.0;
    }
    id: "faults/misbehave", revision: 1, family: Util,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "nothing",
    python: "image",
    examples: [],
}

impl Host for Misbehave {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        let image = inputs.volume("image")?;
        let done = Ok(vec![Datum::Volume(image.clone())]);
        // The first pixel says whether this image is one to misbehave on.
        if image.f32s()[0] != 13.0 {
            return done;
        }
        if !self.once.is_empty() && std::fs::File::create_new(&self.once).is_err() {
            return done;
        }
        let me = rustix::process::getpid();
        let signal = |s| rustix::process::kill_process(me, s).expect("a signal to myself");
        match self.how.as_str() {
            "kill" => signal(rustix::process::Signal::KILL),
            // Rust's own handler takes the first and steps aside.
            "segfault" => (0..2).for_each(|_| signal(rustix::process::Signal::SEGV)),
            "abort" => std::process::abort(),
            "panic" => panic!("as asked"),
            "panic_in_drop" => {
                struct Bad;
                impl Drop for Bad {
                    fn drop(&mut self) {
                        panic!("again");
                    }
                }
                let _bad = Bad;
                panic!("first");
            }
            "exit" => std::process::exit(0),
            "allocate" => {
                let mut all = vec![1u8; self.amount as usize];
                all[0] = 2;
                std::hint::black_box(&all);
            }
            "stop" => signal(rustix::process::Signal::STOP),
            "sleep" => std::thread::sleep(Duration::from_secs_f64(self.amount)),
            "hang" => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            "error" => return Err(Error::new(Code::Table, "as asked")),
            _ => {}
        }
        done
    }
}

fn image(first: f32, side: usize) -> Image {
    let mut pixels = vec![7.0f32; side * side];
    pixels[0] = first;
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, side, side], ndim: 2, spacing: None };
    Volume::from_vec(&meta, pixels).expect("an image").into()
}

fn misbehave(args: &[(&str, Value)]) -> Prepared {
    let step = args.iter().fold(Step::new("faults/misbehave"), |step, (k, v)| step.arg(k, v.clone()));
    Prepared::new(&Pipeline::new(vec![step]), &Options::default()).expect("a pipeline")
}

/// The channel that the suite is at.
static PORTABLE: AtomicBool = AtomicBool::new(false);

fn channel() -> Channel {
    if PORTABLE.load(Ordering::SeqCst) { Channel::Portable } else { Channel::Native }
}

fn pool(mut config: Config) -> Pool {
    config.channel = channel();
    config.environment.push(("RUST_BACKTRACE".into(), "0".into()));
    Pool::new(config).expect("a pool")
}

fn text(t: &str) -> Value {
    Value::Text(t.into())
}

/// One bad image among good ones: what it ends as, and all the others right.
fn one_bad(how: &str, config: Config) -> Error {
    let pool = pool(config);
    let prepared = misbehave(&[("how", text(how)), ("amount", Value::Float(1e12))]);
    let images = (0..40).map(|i| image(if i == 17 { 13.0 } else { i as f32 + 100.0 }, 16));
    let mut bad = None;
    for (i, result) in pool.map(&prepared, images).enumerate() {
        match result {
            Ok(outcome) => {
                let Datum::Volume(v) = &outcome.outputs[0].1.items[0] else { panic!("an image") };
                assert_eq!(v.f32s()[0], i as f32 + 100.0);
            }
            Err(error) => {
                assert_eq!(i, 17, "only the bad image fails: {error}");
                bad = Some(error);
            }
        }
    }
    pool.shutdown();
    bad.expect("the bad image fails")
}

fn works() {
    let pool = pool(Config::workers(2));
    let prepared = misbehave(&[]);
    for side in [1, 5, 300, 1500] {
        let input = image(3.0, side);
        let outcome = pool.submit(&prepared, input.clone()).wait().expect("an outcome");
        assert_eq!(outcome.outputs[0].1, Frames::from(&input));
    }
    pool.shutdown();
}

fn killed() {
    let error = one_bad("kill", Config::workers(2));
    assert_eq!(error.code, Code::Poisoned);
    assert!(error.message.contains("signal 9"), "{error}");
}

fn segfault() {
    assert!(one_bad("segfault", Config::workers(2)).message.contains("signal 11"));
}

fn aborted() {
    assert!(one_bad("abort", Config::workers(2)).message.contains("signal 6"));
}

fn panicked() {
    let error = one_bad("panic", Config::workers(2));
    assert_eq!(error.code, Code::Internal);
    assert!(error.message.contains("as asked"), "{error}");
}

fn panicked_in_drop() {
    assert_eq!(one_bad("panic_in_drop", Config::workers(2)).code, Code::Poisoned);
}

fn exited() {
    assert!(one_bad("exit", Config::workers(2)).message.contains("exit code 0"));
}

fn out_of_memory() {
    let error = one_bad("allocate", Config::workers(2));
    assert!(error.message.contains("out of memory"), "{error}");
}

fn typed_error() {
    let started = Instant::now();
    assert_eq!(one_bad("error", Config::workers(2)).code, Code::Table);
    assert!(started.elapsed() < Duration::from_secs(20));
}

fn deadline() {
    for how in ["hang", "stop"] {
        let error = one_bad(how, Config { deadline: Some(Duration::from_millis(300)), ..Config::workers(2) });
        assert_eq!(error.code, Code::Cancelled);
        assert!(error.message.contains("0.300 s"), "{error}");
    }
}

/// Descriptors of this process.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a list of descriptors").count()
}

/// Threads of this process.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("a list of threads").count()
}

/// Files and folders that this process has made for its workers.
fn files() -> Vec<std::path::PathBuf> {
    let mine = format!("rotifer-{}-", std::process::id());
    let list = |base| std::fs::read_dir(base).into_iter().flatten().flatten();
    let all = list("/dev/shm".into()).chain(list(std::env::temp_dir()));
    all.filter(|entry| entry.file_name().to_string_lossy().starts_with(&mine)).map(|e| e.path()).collect()
}

/// Processes whose parent is this one.
fn children() -> Vec<String> {
    let me = std::process::id().to_string();
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let all = std::fs::read_dir("/proc").expect("a list of processes").flatten().filter_map(stat);
    all.filter(|stat| stat.rsplit(')').next().and_then(|s| s.split_whitespace().nth(1)) == Some(&me))
        .collect()
}

fn poison_among_a_thousand() {
    let pool = pool(Config::workers(2));
    let prepared = misbehave(&[("how", text("kill"))]);
    let images = (0..1001).map(|i| image(if i == 500 { 13.0 } else { 1000.0 + i as f32 }, 8));
    let (mut good, mut bad) = (0, Vec::new());
    for (i, result) in pool.run(&prepared, images) {
        match result {
            Ok(_) => good += 1,
            Err(error) => bad.push((i, error.code)),
        }
    }
    assert_eq!((good, bad), (1000, vec![(500, Code::Poisoned)]));
}

fn killed_once_is_retried() {
    let folder = tempfile::tempdir().expect("a folder");
    for how in ["kill", "exit", "segfault"] {
        let once = folder.path().join(how).to_string_lossy().into_owned();
        let prepared = misbehave(&[("how", text(how)), ("once", Value::Text(once))]);
        let pool = pool(Config { spares: 1, ..Config::workers(1) });
        let outcome = pool.submit(&prepared, image(13.0, 900)).wait().expect("the second attempt");
        assert_eq!(outcome.outputs[0].1, Frames::from(&image(13.0, 900)));
    }
}

fn slow_is_not_hung() {
    let prepared = misbehave(&[("how", text("sleep")), ("amount", Value::Float(0.3))]);
    let pool = pool(Config { deadline: Some(Duration::from_secs(20)), ..Config::workers(1) });
    pool.submit(&prepared, image(13.0, 4)).wait().expect("slow and within the deadline");
}

fn cancelled() {
    let pool = pool(Config::workers(1));
    let hang = pool.submit(&misbehave(&[("how", text("hang"))]), image(13.0, 4));
    let waiting = pool.submit(&misbehave(&[]), image(13.0, 4));
    std::thread::sleep(Duration::from_millis(100));
    hang.cancel();
    assert_eq!(hang.wait().expect_err("it was cancelled").code, Code::Cancelled);
    waiting.wait().expect("what waited behind it");
}

/// An image of so many frames.
fn frames(first: f32, frames: usize) -> Image {
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 2, 2], ndim: 2, spacing: None };
    let volumes = (0..frames).map(|_| Volume::from_vec(&meta, vec![first; 4]).expect("a frame")).collect();
    Image::new(volumes, Some(frames), None).expect("a movie")
}

fn progress_is_told_and_a_running_task_leaves_off() {
    let pool = pool(Config::workers(1));
    let notices = pool.watch();
    let nap = misbehave(&[("how", text("sleep")), ("amount", Value::Float(0.05))]);
    let short = pool.submit(&nap, frames(13.0, 12));
    let short_id = short.id();
    short.wait().expect("a movie of 12 naps");
    let movie = pool.submit(&nap, frames(13.0, 10_000));
    let running = movie.id();
    let mut pids = children();
    // Before its first frame is done it may have told that none is.
    let told =
        notices.iter().find(|n| matches!(n, Notice::Progress { task, done: 1.., .. } if *task == running));
    assert!(
        matches!(told, Some(Notice::Progress { done: 1..10_000, of: 10_000, attempt: 0, .. })),
        "{told:?}"
    );
    movie.cancel();
    assert_eq!(movie.wait().expect_err("it was cancelled").code, Code::Cancelled);
    pool.submit(&nap, image(1.0, 4)).wait().expect("what comes after it");
    let mut now = children();
    pids.iter_mut().chain(&mut now).for_each(|p| p.truncate(p.find(')').unwrap_or(0)));
    assert_eq!(pids, now, "the worker left off and lives");
    assert!(notices.try_iter().any(|n| n == Notice::Done { task: running }));
    assert!(short_id != running);
}

/// A worker that was stopped and has no deadline is found by its silence; one that is slow is not.
fn silence() {
    let silence = Duration::from_millis(400);
    let folder = tempfile::tempdir().expect("a folder");
    let once = folder.path().join("stop").to_string_lossy().into_owned();
    let stopping = pool(Config { silence, ..Config::workers(1) });
    let notices = stopping.watch();
    let stop = misbehave(&[("how", text("stop")), ("once", Value::Text(once))]);
    let outcome = stopping.submit(&stop, image(13.0, 4)).wait().expect("the second attempt");
    assert_eq!(outcome.outputs[0].1, Frames::from(&image(13.0, 4)));
    let cause = notices.try_iter().find_map(|n| match n {
        Notice::Retried { cause, .. } => Some(cause),
        _ => None,
    });
    assert!(cause.as_ref().is_some_and(|c| c.message.contains("no sign of life")), "{cause:?}");
    let slow = pool(Config { silence, ..Config::workers(1) });
    let notices = slow.watch();
    let sleep = misbehave(&[("how", text("sleep")), ("amount", Value::Float(1.5))]);
    slow.submit(&sleep, image(13.0, 4)).wait().expect("slow, and it answers");
    assert!(!notices.try_iter().any(|n| matches!(n, Notice::Retried { .. })));
}

fn function_missing_in_the_worker() {
    let program = Some(env!("CARGO_BIN_EXE_rotifer").into());
    let pool = pool(Config { program, ..Config::workers(1) });
    let error = pool.submit(&misbehave(&[]), image(1.0, 4)).wait().expect_err("no such function there");
    assert_eq!((error.code, error.op.as_deref()), (Code::UnknownOp, None));
    assert!(error.message.contains("faults/misbehave"), "{error}");
    let absolute = Pipeline::new(vec![Step::new("absolute")]);
    let absolute = Prepared::new(&absolute, &Options::default()).expect("a pipeline");
    pool.submit(&absolute, image(-1.0, 4)).wait().expect("the others are there");
}

fn program_that_is_no_worker() {
    let program = Some("/bin/false".into());
    let pool = pool(Config { program, ..Config::workers(2) });
    let error = pool.submit(&misbehave(&[]), image(1.0, 4)).wait().expect_err("it never starts");
    assert_eq!(error.code, Code::WorkerDied);
    assert!(error.message.contains("/bin/false") && error.message.contains("exit code 1"), "{error}");
}

/// Gives slabs only now and then.
struct Scarce(Arc<dyn Memory>, AtomicUsize);

impl Memory for Scarce {
    fn slab(&self, bytes: u64) -> std::io::Result<Box<dyn Slab>> {
        if self.1.fetch_add(1, Ordering::SeqCst) % 5 < 3 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0.slab(bytes)
    }
}

/// Gives none.
struct Full;

impl Memory for Full {
    fn slab(&self, _: u64) -> std::io::Result<Box<dyn Slab>> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

fn shared_memory_full() {
    let prepared = misbehave(&[]);
    let tight = pool(Config { memory: Some(1), ..Config::workers(2) });
    let all = tight.map(&prepared, (0..12).map(|i| image(i as f32, 700)));
    assert_eq!(all.filter(Result::is_ok).count(), 12, "one at a time is enough");
    let (_, memory) = channel().open().expect("a channel");
    let slabs: Arc<dyn Memory> = Arc::new(Scarce(memory, AtomicUsize::new(3)));
    let scarce = pool(Config { slabs: Some(slabs), ..Config::workers(2) });
    // Where there is none at all a task may fail, and says why; there is an outcome for every one.
    let mut outcomes = 0;
    for result in scarce.map(&prepared, (0..20).map(|i| image(i as f32, 700))) {
        outcomes += 1;
        if let Err(error) = result {
            assert!(error.message.contains("no shared memory"), "{error}");
        }
    }
    assert_eq!(outcomes, 20);
    let full = pool(Config { slabs: Some(Arc::new(Full)), ..Config::workers(2) });
    let error = full.submit(&prepared, image(1.0, 700)).wait().expect_err("there is none");
    assert!(error.message.contains("no shared memory"), "{error}");
    full.submit(&prepared, image(1.0, 4)).wait().expect("a small image needs none");
}

/// A channel that damages what passes through it: one frame in so many, either way.
struct Damaging {
    inner: Arc<dyn Transport>,
    every: usize,
    cut: bool,
    passed: Arc<AtomicUsize>,
}

struct DamagingPeer {
    inner: Box<dyn Peer>,
    every: usize,
    cut: bool,
    passed: Arc<AtomicUsize>,
}

impl DamagingPeer {
    fn damage(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        // The first frames set a worker up.
        let n = self.passed.fetch_add(1, Ordering::SeqCst);
        if n > 4 && n.is_multiple_of(self.every) {
            let at = n * 31 % bytes.len();
            if self.cut {
                bytes.truncate(at.max(1));
            } else {
                bytes[at] ^= 1 << (n % 8);
            }
        }
        bytes
    }
}

impl Transport for Damaging {
    fn spawn(&self, command: std::process::Command) -> Result<Box<dyn Peer>, Error> {
        let inner = self.inner.spawn(command)?;
        Ok(Box::new(DamagingPeer { inner, every: self.every, cut: self.cut, passed: self.passed.clone() }))
    }
}

impl Peer for DamagingPeer {
    fn pid(&self) -> u32 {
        self.inner.pid()
    }
    fn send(&self, frame: Vec<u8>, slab: Option<&dyn Slab>) {
        self.inner.send(self.damage(frame), slab);
    }
    fn next(&self, timeout: Option<Duration>) -> Next {
        match self.inner.next(timeout) {
            Next::Frame(bytes) => Next::Frame(self.damage(bytes)),
            other => other,
        }
    }
    fn wake(&self) {
        self.inner.wake();
    }
    fn close(&self) {
        self.inner.close();
    }
    fn kill(&self) {
        self.inner.kill();
    }
}

fn damaged_frames() {
    for cut in [false, true] {
        let (inner, _) = channel().open().expect("a channel");
        let transport = Arc::new(Damaging { inner, every: 17, cut, passed: Arc::default() });
        let pool = pool(Config { transport: Some(transport), ..Config::workers(2) });
        let prepared = misbehave(&[]);
        let mut outcomes = 0;
        for (i, result) in pool.map(&prepared, (0..200).map(|i| image(i as f32 + 50.0, 8))).enumerate() {
            match result {
                Ok(outcome) => assert_eq!(outcome.outputs[0].1, Frames::from(&image(i as f32 + 50.0, 8))),
                Err(error) => assert!(matches!(error.code, Code::Wire | Code::Poisoned), "{error}"),
            }
            outcomes += 1;
        }
        assert_eq!(outcomes, 200);
    }
}

fn workers_end_with_their_pool() {
    let mut parent = std::process::Command::new(std::env::current_exe().expect("this program"))
        .arg("--parent")
        .arg(format!("{:?}", channel()))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a second program");
    let mut line = String::new();
    let out = parent.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
    let pids: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(pids.len(), 2, "{line}");
    parent.kill().expect("a signal");
    parent.wait().expect("its end");
    let start = Instant::now();
    let alive = |pid: &&str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z")
    };
    while pids.iter().any(&alive) {
        assert!(start.elapsed() < Duration::from_secs(1), "workers outlive their pool");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program that [`workers_end_with_their_pool`] kills: its workers are in the middle of a task.
fn parent() {
    let pool = pool(Config::workers(2));
    let prepared = misbehave(&[("how", text("hang"))]);
    let _handles = [0, 1].map(|_| pool.submit(&prepared, image(13.0, 4)));
    std::thread::sleep(Duration::from_millis(300));
    let pids: Vec<String> =
        children().iter().filter_map(|stat| stat.split_whitespace().next().map(String::from)).collect();
    println!("{}", pids.join(" "));
    std::thread::sleep(Duration::from_secs(60));
}

fn workers_recycled_and_killed_at_random() {
    let count: usize = std::env::var("ROTIFER_RECYCLE").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let folder = tempfile::tempdir().expect("a folder");
    let pool = pool(Config { recycle: Some(1), spares: 2, ..Config::workers(2) });
    let good = misbehave(&[]);
    let mut handles = Vec::new();
    for i in 0..count {
        if i % 7 == 3 {
            let once = folder.path().join(i.to_string()).to_string_lossy().into_owned();
            let bad = misbehave(&[("how", text("kill")), ("once", Value::Text(once))]);
            handles.push(pool.submit(&bad, image(13.0, 8)));
        } else {
            handles.push(pool.submit(&good, image(1.0, 8)));
        }
    }
    for (i, handle) in handles.into_iter().enumerate() {
        if let Err(error) = handle.wait() {
            panic!("task {i}: {error}");
        }
    }
    pool.shutdown();
}

fn a_file_is_read_by_the_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    rotifer::io::write_image(&path, &image(5.0, 40)).expect("a file");
    let pool = pool(Config::workers(1));
    let outcome = pool.submit(&misbehave(&[]), path.as_path()).wait().expect("an outcome");
    assert_eq!(outcome.outputs[0].1, Frames::from(&image(5.0, 40)));
    let missing = folder.path().join("missing.tif");
    let error = pool.submit(&misbehave(&[]), missing.as_path()).wait().expect_err("no such file");
    assert_eq!(error.code, Code::File);
}

const TESTS: &[(&str, fn())] = &[
    ("poison_among_a_thousand", poison_among_a_thousand),
    ("killed_once_is_retried", killed_once_is_retried),
    ("slow_is_not_hung", slow_is_not_hung),
    ("cancelled", cancelled),
    ("progress_is_told_and_a_running_task_leaves_off", progress_is_told_and_a_running_task_leaves_off),
    ("silence", silence),
    ("function_missing_in_the_worker", function_missing_in_the_worker),
    ("program_that_is_no_worker", program_that_is_no_worker),
    ("shared_memory_full", shared_memory_full),
    ("damaged_frames", damaged_frames),
    ("workers_end_with_their_pool", workers_end_with_their_pool),
    ("workers_recycled_and_killed_at_random", workers_recycled_and_killed_at_random),
    ("a_file_is_read_by_the_worker", a_file_is_read_by_the_worker),
    ("works", works),
    ("killed", killed),
    ("segfault", segfault),
    ("aborted", aborted),
    ("panicked", panicked),
    ("panicked_in_drop", panicked_in_drop),
    ("exited", exited),
    ("out_of_memory", out_of_memory),
    ("typed_error", typed_error),
    ("deadline", deadline),
];

fn main() {
    rotifer::worker::serve_if_asked();
    let mut arguments = std::env::args();
    if arguments.any(|a| a == "--parent") {
        PORTABLE.store(arguments.next().as_deref() == Some("Portable"), Ordering::SeqCst);
        return parent();
    }
    let filter: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut failed = 0;
    let both = [Channel::Native, Channel::Portable];
    for (channel, (name, test)) in both.iter().flat_map(|c| TESTS.iter().map(move |test| (c, test))) {
        let name = format!("{name} ({channel:?})");
        PORTABLE.store(*channel == Channel::Portable, Ordering::SeqCst);
        if !filter.is_empty() && !filter.iter().any(|f| name.contains(f.as_str())) {
            continue;
        }
        let started = Instant::now();
        let counts = || (descriptors(), threads(), children().len(), files().len());
        let before = counts();
        let more = |(a, b, c, d)| a > before.0 || b > before.1 || c > before.2 || d > before.3;
        let mut ok = std::panic::catch_unwind(test).is_ok();
        // Threads that read a worker's last words end a moment after it.
        let waited = Instant::now();
        while more(counts()) && waited.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if more(counts()) {
            println!(
                "left behind: descriptors, threads, processes, files {before:?} -> {:?}, {:?}, {:?}",
                counts(),
                children(),
                files()
            );
            ok = false;
        }
        println!(
            "test {name} ... {} ({:.2} s)",
            if ok { "ok" } else { "FAILED" },
            started.elapsed().as_secs_f64()
        );
        failed += !ok as usize;
    }
    std::process::exit(if failed == 0 { 0 } else { 1 });
}
