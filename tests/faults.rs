//! A failure in a worker stays where it happened: one outcome for every task, no other task touched,
//! nothing left behind.
//!
//! This program is its own worker, so that its workers have functions that misbehave.

use rotifer::execute::{On, Options, Outcome};
use rotifer::pool::memory::{Memory, Slab};
use rotifer::pool::messages::{Hello, Recipe, kind, put_done};
use rotifer::pool::transport::{Next, Peer, Transport};
use rotifer::pool::{Channel, Config, Handle, Notice, Pool, Prepared};
use rotifer::registry::wire::{Frame, HEADER, VERSION, Wire, registry_fingerprint, split_frame};
use rotifer::registry::*;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

op! {
    /// Does what a function must not do.
    pub struct Misbehave {
        /// The deed.
        how: String = "nothing".to_string();
        /// A file that says it was done; then nothing is done. Empty: it is done every time.
        once: String = String::new();
        /// Seconds, or bytes.
        amount: f64 = 0.0;
        /// A control group of the kernel, that the worker joins first.
        group: String = String::new();
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
        if !self.group.is_empty() {
            let procs = std::path::Path::new(&self.group).join("cgroup.procs");
            std::fs::write(procs, me.to_string()).expect("to join a group");
        }
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
            "limit" => {
                let pages = std::fs::read_to_string("/proc/self/statm").expect("the size of this process");
                let pages: u64 = pages.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
                let bytes = Some(4096 * pages + (256 << 20));
                let limit = rustix::process::Rlimit { current: bytes, maximum: bytes };
                rustix::process::setrlimit(rustix::process::Resource::As, limit).expect("a limit");
                grow();
            }
            "grow" => grow(),
            "lose_gpu" => return Err(Error::new(Code::Device, "as asked")),
            "stop" => signal(rustix::process::Signal::STOP),
            "sleep" => std::thread::sleep(Duration::from_secs_f64(self.amount)),
            "hang" => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            "start" => {
                // A program that starts one more.
                let sleep = format!("sleep {} & sleep {}", self.amount, self.amount);
                std::process::Command::new("sh").args(["-c", &sleep]).status().expect("a process");
            }
            "error" => return Err(Error::new(Code::Table, "as asked")),
            _ => {}
        }
        done
    }
}

fn grow() -> ! {
    let mut all = Vec::new();
    loop {
        all.push(std::hint::black_box(vec![1u8; 32 << 20]));
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
    one_bad_of(&misbehave(&[("how", text(how)), ("amount", Value::Float(1e12))]), config)
}

fn one_bad_of(prepared: &Prepared, config: Config) -> Error {
    let pool = pool(config);
    let images = (0..40).map(|i| image(if i == 17 { 13.0 } else { i as f32 + 100.0 }, 16));
    let mut bad = None;
    for (i, result) in pool.map(prepared, images).enumerate() {
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

/// A pool that is killed does not wait for what a worker that was stopped will never read.
fn killed_with_unsent_messages() {
    let folder = tempfile::tempdir().expect("a folder");
    let once = folder.path().join("stopped");
    let pool = pool(Config { silence: Duration::from_secs(3600), ..Config::workers(1) });
    let stop = misbehave(&[("how", text("stop")), ("once", text(&once.to_string_lossy()))]);
    let mut handles = vec![pool.submit(&stop, image(13.0, 8))];
    while !once.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // More than any socket holds.
    handles.extend((0..3).map(|i| {
        let long = misbehave(&[("how", text("nothing")), ("group", text(&"g".repeat((8 << 20) + i)))]);
        pool.submit(&long, image(1.0, 8))
    }));
    let started = Instant::now();
    pool.kill();
    assert!(started.elapsed() < Duration::from_secs(20));
    for handle in handles {
        assert_eq!(handle.wait().err().map(|e| e.code), Some(Code::Cancelled));
    }
}

/// Processes that a function of a worker started end with the worker.
fn processes_of_a_worker() {
    let mark = 1e6 + f64::from(std::process::id());
    let prepared = misbehave(&[("how", text("start")), ("amount", Value::Float(mark))]);
    let pool = pool(Config { deadline: Some(Duration::from_secs(2)), ..Config::workers(1) });
    let handle = pool.submit(&prepared, image(13.0, 8));
    let sent = Instant::now();
    while sleepers(mark) < 2 {
        assert!(sent.elapsed() < Duration::from_secs(2), "nothing is started");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(handle.wait().err().map(|e| e.code), Some(Code::Cancelled));
    let killed = Instant::now();
    while sleepers(mark) > 0 {
        assert!(killed.elapsed() < Duration::from_secs(5), "what a worker started outlives it");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(pool.submit(&prepared, image(1.0, 8)).wait().is_ok());
}

/// Processes that sleep for so long.
fn sleepers(mark: f64) -> usize {
    let command = format!("sleep\0{mark}\0");
    let sleeps = |entry: &std::fs::DirEntry| {
        std::fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line == command)
    };
    std::fs::read_dir("/proc").expect("a list of processes").flatten().filter(sleeps).count()
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
    // Started like by `nohup`: SIGHUP is ignored.
    let mut parent = std::process::Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this program"))
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
    while pids.iter().any(&alive) || sleepers(1e6 + f64::from(parent.id())) > 0 {
        assert!(start.elapsed() < Duration::from_secs(1), "workers or what they started outlive their pool");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program that [`workers_end_with_their_pool`] kills: its workers are in the middle of a task.
fn parent() {
    let pool = pool(Config::workers(2));
    let mark = 1e6 + f64::from(std::process::id());
    let prepared = misbehave(&[("how", text("start")), ("amount", Value::Float(mark))]);
    let _handles = [0, 1].map(|_| pool.submit(&prepared, image(13.0, 4)));
    while sleepers(mark) < 4 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let pids: Vec<String> =
        children().iter().filter_map(|stat| stat.split_whitespace().next().map(String::from)).collect();
    println!("{}", pids.join(" "));
    std::thread::sleep(Duration::from_secs(60));
}

fn workers_recycled_and_killed_at_random() {
    let count: usize = std::env::var("ROTIFER_RECYCLE").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
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

fn out_of_memory_by_a_limit() {
    let error = one_bad("limit", Config::workers(2));
    assert_eq!(error.code, Code::Poisoned);
    assert!(error.message.contains("out of memory"), "{error}");
}

/// The kernel gives no reason when it ends a process for want of memory. To bring it to that takes a control group, which
/// only an administrator can make.
fn out_of_memory_by_the_kernel() {
    let name = format!("rotifer-{}", std::process::id());
    // Version 2 with all controllers in one tree, or version 1.
    let trees = [("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")];
    let made = trees.iter().find_map(|(root, limit)| {
        let group = std::path::Path::new(root).join(&name);
        std::fs::create_dir(&group).ok()?;
        let _ = std::fs::write(format!("{root}/cgroup.subtree_control"), "+memory");
        // To write this file there would make it where it is none.
        let limited = group.join(limit).exists() && std::fs::write(group.join(limit), "100000000").is_ok();
        if !limited {
            let _ = std::fs::remove_dir(&group);
        }
        limited.then_some(group)
    });
    let Some(group) = made else {
        println!("not seen: no control group with a limit on memory can be made here");
        return;
    };
    let grow = misbehave(&[("how", text("grow")), ("group", text(&group.to_string_lossy()))]);
    let error = one_bad_of(&grow, Config::workers(2));
    std::fs::remove_dir(&group).expect("an empty group");
    assert_eq!(error.code, Code::Poisoned);
    assert!(error.message.contains("signal 9 (killed): out of memory"), "{error}");
}

/// A GPU that is lost once costs a worker and no task; one that is lost each time ends the task that needs it, alone.
fn gpu_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let once = folder.path().join("once").to_string_lossy().into_owned();
    let spawned = Arc::new(Spawned::default());
    let pool = pool(Config { transport: tapped(spawned.clone()), ..Config::workers(1) });
    let lost = misbehave(&[("how", text("lose_gpu")), ("once", Value::Text(once))]);
    // Bytes that travel with it are none of its business.
    let images = (0..20).map(|i| image(if i == 7 { 13.0 } else { i as f32 + 50.0 }, 8));
    for (i, result) in pool.map(&lost, images).enumerate() {
        let first = if i == 7 { 13.0 } else { i as f32 + 50.0 };
        assert_eq!(result.expect("an outcome").outputs[0].1, Frames::from(&image(first, 8)));
    }
    assert_eq!(spawned.0.load(Ordering::SeqCst), 2, "the worker that lost its GPU, and one in its place");
    pool.shutdown();
    let error = one_bad("lose_gpu", Config::workers(2));
    assert_eq!((error.code, error.message.as_str()), (Code::Device, "as asked"));
}

fn device_memory_runs_out() {
    let steps = ["1.5", "0.7"].map(|sigma| Step::new("gaussian_filter").arg("sigma", Value::from_cli(sigma)));
    let pipeline = Pipeline::new(steps.into());
    let pixels = (0..400 * 64).map(|i| ((i * 7919) % 251) as f32).collect::<Vec<f32>>();
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 400, 64], ndim: 2, spacing: None };
    let image = Image::from(Volume::from_vec(&meta, pixels).expect("an image"));
    let pool = pool(Config::workers(1));
    let ran = |on, device_memory| {
        let options = Options { on, device_memory, ..Options::default() };
        let prepared = Prepared::new(&pipeline, &options).expect("a pipeline");
        pool.submit(&prepared, image.clone()).wait().expect("an outcome")
    };
    let all = |outcome: &Outcome, memory| outcome.report.steps.iter().all(|s| s.memory == memory);
    let on_host =
        |outcome: &Outcome| outcome.report.notes.iter().filter(|n| n.contains("ran on the host")).count();
    let host = ran(On::Cpu, None);
    let plenty = ran(On::Gpu, None);
    assert_eq!((all(&plenty, pipeline::Memory::Device), on_host(&plenty)), (true, 0));
    let peak = plenty.report.device_peak_bytes;
    let little = ran(On::Gpu, Some(peak / 3));
    assert!(all(&little, pipeline::Memory::Device) && little.report.submissions > 2, "{:?}", little.report);
    assert!(little.report.device_peak_bytes <= peak / 3);
    assert_eq!((&little.outputs, on_host(&little)), (&plenty.outputs, 0));
    let none = ran(On::Gpu, Some(1000));
    assert_eq!((all(&none, pipeline::Memory::Host), on_host(&none)), (true, 1));
    assert_eq!(none.outputs, host.outputs);
    pool.shutdown();
}

/// Someone between a pool and its workers.
trait Tap: Send + Sync {
    fn spawned(&self, _: &dyn Peer) {}
    /// Frames for a worker: what it gets.
    fn down(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<u8> {
        frames
    }
    fn sent(&self, _: &dyn Peer) {}
    /// Frames of a worker: what the pool gets, one after the other.
    fn up(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        vec![frames]
    }
    fn closing(&self, _: &dyn Peer) {}
}

struct Tapped<T> {
    tap: Arc<T>,
    inner: Arc<dyn Transport>,
}

/// The transport of the channel under test, with a tap in it.
fn tapped<T: Tap + 'static>(tap: Arc<T>) -> Option<Arc<dyn Transport>> {
    let (inner, _) = channel().open().expect("a channel");
    Some(Arc::new(Tapped { tap, inner }))
}

struct TappedPeer<T> {
    inner: Box<dyn Peer>,
    tap: Arc<T>,
    waiting: Mutex<VecDeque<Vec<u8>>>,
}

impl<T: Tap + 'static> Transport for Tapped<T> {
    fn spawn(&self, command: std::process::Command) -> Result<Box<dyn Peer>, Error> {
        let inner = self.inner.spawn(command)?;
        self.tap.spawned(&*inner);
        Ok(Box::new(TappedPeer { inner, tap: self.tap.clone(), waiting: Mutex::default() }))
    }
}

impl<T: Tap> Peer for TappedPeer<T> {
    fn pid(&self) -> u32 {
        self.inner.pid()
    }
    fn send(&self, frame: Vec<u8>, slab: Option<&dyn Slab>) {
        let frame = self.tap.down(&*self.inner, frame);
        self.inner.send(frame, slab);
        self.tap.sent(&*self.inner);
    }
    fn next(&self, timeout: Option<Duration>) -> Next {
        let mut waiting = self.waiting.lock().expect("no panic here");
        if waiting.is_empty() {
            match self.inner.next(timeout) {
                Next::Frame(bytes) => waiting.extend(self.tap.up(&*self.inner, bytes)),
                other => return other,
            }
        }
        waiting.pop_front().map_or(Next::Woken, Next::Frame)
    }
    fn wake(&self) {
        self.inner.wake();
    }
    fn close(&self) {
        self.tap.closing(&*self.inner);
        self.inner.close();
    }
    fn kill(&self) {
        self.inner.kill();
    }
}

/// Counts workers.
#[derive(Default)]
struct Spawned(AtomicUsize);

impl Tap for Spawned {
    fn spawned(&self, _: &dyn Peer) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The frames of a parcel, each changed.
fn each_frame(parcel: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), parcel);
    while !rest.is_empty() {
        let (frame, after) = split_frame(rest);
        out.extend(change(frame));
        rest = after;
    }
    out
}

/// A frame that says it is of another version of the wire form, and has the checksum for it.
fn of_version(frame: &[u8], version: u16) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    bytes[4..6].copy_from_slice(&version.to_le_bytes());
    // CRC32C, bit by bit.
    let summed = bytes[..28].iter().chain(&bytes[HEADER..]);
    let sum = !summed.fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1)))
    });
    bytes[28..32].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// A worker that speaks another version of the wire form.
#[derive(Clone, Copy, PartialEq)]
enum Skew {
    Pool,
    Workers,
    /// Workers that greet in ours, and say that they do not speak it otherwise.
    Greeting,
}

struct Skewed {
    skew: Skew,
    spawned: Spawned,
}

impl Tap for Skewed {
    fn spawned(&self, peer: &dyn Peer) {
        self.spawned.spawned(peer);
    }
    fn down(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<u8> {
        match self.skew {
            Skew::Pool => each_frame(&frames, |frame| of_version(frame, VERSION + 6)),
            _ => frames,
        }
    }
    fn up(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        let greeting = |frame: &[u8]| {
            let frame = Frame::decode(frame, frame.len()).expect("a frame of a worker");
            let mut body = frame.body.to_vec();
            if frame.kind == kind::HELLO {
                body.clear();
                let (oldest, newest) = (u32::from(VERSION) + 6, u32::from(VERSION) + 8);
                Hello { versions: (oldest, newest), ..Hello::ours() }.put(&mut body);
            }
            Frame { body: &body, ..frame }.encode()
        };
        vec![match self.skew {
            Skew::Pool => frames,
            Skew::Workers => each_frame(&frames, |frame| of_version(frame, VERSION + 6)),
            Skew::Greeting => each_frame(&frames, greeting),
        }]
    }
}

fn another_version_of_the_wire_form() {
    let same = Frame { kind: 4, task: 5, attempt: 1, incarnation: 2, body: b"body" }.encode();
    assert_eq!(of_version(&same, VERSION), same, "the checksum is right");
    for skew in [Skew::Pool, Skew::Workers, Skew::Greeting] {
        let tap = Arc::new(Skewed { skew, spawned: Spawned::default() });
        let config = Config { transport: tapped(tap.clone()), ..Config::workers(2) };
        let pool = pool(config);
        let results: Vec<_> = pool.map(&misbehave(&[]), (0..20).map(|i| image(i as f32, 8))).collect();
        assert_eq!(results.len(), 20);
        for result in results {
            let error = result.expect_err("nobody understands the other").to_string();
            assert!(
                error.contains("different versions") && error.contains(&format!("found {}", VERSION + 6)),
                "{error}"
            );
            assert!(error.contains(&format!("allowed {VERSION}")), "{error}");
        }
        // Two for a task, or as many as may fail in a row.
        let spawned = tap.spawned.0.load(Ordering::SeqCst);
        assert!(spawned <= 2 * 20 + 2 * 10, "{spawned} workers were started");
    }
}

/// Frames with what is done to every pipeline among them.
fn each_pipeline(frames: &[u8], change: impl Fn(&mut Recipe)) -> Vec<u8> {
    each_frame(frames, |bytes| {
        let frame = Frame::decode(bytes, bytes.len()).expect("a frame of ours");
        if frame.kind != kind::PIPELINE {
            return bytes.to_vec();
        }
        let mut recipe = Recipe::get(frame.body).expect("a pipeline of ours");
        change(&mut recipe);
        let mut body = Vec::new();
        recipe.put(&mut body);
        Frame { body: &body, ..frame }.encode()
    })
}

/// Workers of another program: its version is another one, and one function is.
struct OtherFunctions;

impl Tap for OtherFunctions {
    fn down(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<u8> {
        each_pipeline(&frames, |recipe| {
            for (step, stamp) in recipe.pipeline.pipeline.steps.iter().zip(&mut recipe.pipeline.stamps) {
                if let (true, Some(stamp)) = (step.op.contains('/'), stamp) {
                    stamp.fingerprint = Some(0xfeed);
                }
            }
        })
    }
    fn up(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        vec![each_frame(&frames, |bytes| {
            let frame = Frame::decode(bytes, bytes.len()).expect("a frame of a worker");
            if frame.kind != kind::HELLO {
                return bytes.to_vec();
            }
            let mut body = Vec::new();
            Hello { software: "99.0.0".into(), fingerprint: 0xfeed, ..Hello::ours() }.put(&mut body);
            Frame { body: &body, ..frame }.encode()
        })]
    }
}

fn another_version_of_a_function() {
    let config = Config { transport: tapped(Arc::new(OtherFunctions)), ..Config::workers(2) };
    let pool = pool(config);
    let absolute = Pipeline::new(vec![Step::new("absolute")]);
    let absolute = Prepared::new(&absolute, &Options::default()).expect("a pipeline");
    for _ in 0..3 {
        let error = pool.submit(&misbehave(&[]), image(1.0, 8)).wait().expect_err("another function");
        assert_eq!((error.code, error.op.as_deref()), (Code::Unavailable, Some("faults/misbehave")));
        let ours = find("faults/misbehave").expect("this function").spec.stamp(&Args::new(), 1);
        let error = error.to_string();
        assert!(error.contains("000000000000feed") && error.contains(&format!("{ours:016x}")), "{error}");
        // And which programs they are.
        let ours =
            format!("Rotifer {} with functions {:016x}", env!("CARGO_PKG_VERSION"), registry_fingerprint());
        assert!(error.contains("Rotifer 99.0.0 with functions") && error.contains(&ours), "{error}");
        pool.submit(&absolute, image(-1.0, 8)).wait().expect("the others are the same");
    }
}

/// Pipelines arrive with another argument than was checked here.
struct OtherArguments(Spawned);

impl Tap for OtherArguments {
    fn spawned(&self, peer: &dyn Peer) {
        self.0.spawned(peer);
    }
    fn down(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<u8> {
        each_pipeline(&frames, |recipe| {
            for (_, value) in recipe.pipeline.pipeline.steps.iter_mut().flat_map(|step| &mut step.args) {
                if *value == text("error") {
                    *value = Value::Int(3);
                }
            }
        })
    }
}

/// Wrong arguments are refused before a worker hears of them; those that only an image shows to be wrong, and those that
/// a worker finds although we did not, end their task alone.
fn wrong_arguments() {
    let prepare = |step| Prepared::new(&Pipeline::new(vec![step]), &Options::default());
    let errors = prepare(Step::new("faults/misbehave").arg("how", 3)).err().expect("no text");
    assert_eq!((errors[0].code, errors[0].argument.as_deref()), (Code::WrongType, Some("how")));

    let tap = Arc::new(OtherArguments(Spawned::default()));
    let pool = pool(Config { transport: tapped(tap.clone()), ..Config::workers(1) });
    let three = prepare(Step::new("gaussian_filter").arg("sigma", [1.0; 3])).expect("a pipeline");
    let changed = misbehave(&[("how", text("error"))]);
    let good = misbehave(&[]);
    let handles: Vec<[Handle; 3]> = (0..20)
        .map(|i| [&three, &changed, &good].map(|prepared| pool.submit(prepared, image(i as f32, 8))))
        .collect();
    for [three, changed, good] in handles {
        let error = three.wait().expect_err("three numbers for two axes");
        assert_eq!(
            (error.op.as_deref(), error.argument.as_deref()),
            (Some("gaussian_filter"), Some("sigma"))
        );
        let error = changed.wait().expect_err("a number for a text");
        assert_eq!((error.code, error.argument.as_deref()), (Code::WrongType, Some("how")));
        good.wait().expect("an outcome");
    }
    assert_eq!(tap.0.0.load(Ordering::SeqCst), 1, "no worker is the worse for it");
}

/// Gives every answer twice, and an old one of the same worker with it; once, one of another worker.
#[derive(Default)]
struct Repeating {
    old: Mutex<Vec<(u32, Vec<u8>)>>,
    strange: bool,
    given: AtomicUsize,
    strangers: AtomicUsize,
    spawned: Spawned,
}

impl Tap for Repeating {
    fn spawned(&self, peer: &dyn Peer) {
        self.spawned.spawned(peer);
    }
    fn up(&self, peer: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        let mut old = self.old.lock().expect("no panic here");
        let mut all = vec![frames.clone(), frames.clone()];
        let mine: Vec<&Vec<u8>> = old.iter().filter(|(pid, _)| *pid == peer.pid()).map(|(_, f)| f).collect();
        let n = self.given.fetch_add(1, Ordering::SeqCst);
        if !mine.is_empty() {
            all.push(mine[n * 31 % mine.len()].clone());
        }
        let other = old.iter().rfind(|(pid, f)| *pid != peer.pid() && f[6] == kind::DONE as u8);
        if let (true, Some((_, answer))) = (self.strange && mine.len() > 1, other)
            && self.strangers.fetch_add(1, Ordering::SeqCst) == 0
        {
            all.insert(0, answer.clone());
        }
        old.push((peer.pid(), frames));
        all
    }
}

fn answers_twice_and_late() {
    let folder = tempfile::tempdir().expect("a folder");
    for strange in [false, true] {
        let tap = Arc::new(Repeating { strange, ..Repeating::default() });
        let config = Config { transport: tapped(tap.clone()), ..Config::workers(2) };
        let pool = pool(config);
        let mut handles = Vec::new();
        for i in 0..60 {
            let once = folder.path().join(format!("{strange}{i}")).to_string_lossy().into_owned();
            let how = text(if i % 20 == 7 { "lose_gpu" } else { "nothing" });
            let prepared = misbehave(&[("how", how), ("once", Value::Text(once))]);
            let (first, side) =
                (if i % 20 == 7 { 13.0 } else { i as f32 + 50.0 }, if i % 5 == 1 { 300 } else { 8 });
            handles.push((pool.submit(&prepared, image(first, side)), image(first, side)));
        }
        for (i, (handle, input)) in handles.into_iter().enumerate() {
            let outcome = handle.wait().unwrap_or_else(|e| panic!("task {i}: {e}"));
            assert_eq!(outcome.outputs[0].1, Frames::from(&input), "task {i}");
        }
        pool.shutdown();
        let strangers = tap.strangers.load(Ordering::SeqCst).min(1);
        assert_eq!(strangers, strange as usize);
        // Two, one for each GPU lost, and one for that which gave the answer of another unless it was ending anyhow.
        let spawned = tap.spawned.0.load(Ordering::SeqCst);
        assert!((5..=5 + strangers).contains(&spawned), "{spawned} workers were started");
    }
}

/// Before every answer, one of the same worker to an attempt that was not made, with something else in it.
struct Confused;

impl Tap for Confused {
    fn up(&self, _: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        vec![each_frame(&frames, |bytes| {
            let frame = Frame::decode(bytes, bytes.len()).expect("a frame of a worker");
            if frame.kind != kind::DONE {
                return bytes.to_vec();
            }
            let other = Err(Error::new(Code::Table, "of another attempt"));
            let body = put_done(&other, None, false, false).expect("an answer");
            [Frame { attempt: frame.attempt + 1, body: &body, ..frame }.encode(), bytes.to_vec()].concat()
        })]
    }
}

fn answer_to_another_attempt() {
    let pool = pool(Config { transport: tapped(Arc::new(Confused)), ..Config::workers(2) });
    for (i, result) in pool.map(&misbehave(&[]), (0..100).map(|i| image(i as f32, 8))).enumerate() {
        let outcome = result.unwrap_or_else(|e| panic!("task {i}: {e}"));
        assert_eq!(outcome.outputs[0].1, Frames::from(&image(i as f32, 8)), "task {i}");
    }
}

/// An injury to a worker, or to the bytes that pass, at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    /// Dead before what happens happens.
    KilledBefore,
    KilledAfter,
    KilledLater,
    Stopped,
    Garbled,
}

/// Harms a worker at the n-th thing that happens on its channel, and never again.
struct HarmAt {
    at: usize,
    harm: Harm,
    happened: AtomicUsize,
}

impl HarmAt {
    fn before(&self, peer: &dyn Peer) {
        if self.happened.fetch_add(1, Ordering::SeqCst) != self.at {
            return;
        }
        let signal = |s| {
            let pid = rustix::process::Pid::from_raw(peer.pid() as i32).expect("a process");
            rustix::process::kill_process(pid, s).expect("a signal to a worker");
        };
        match self.harm {
            Harm::KilledBefore => {
                signal(rustix::process::Signal::KILL);
                while !ended(peer.pid()) {
                    std::thread::sleep(Duration::from_micros(100));
                }
            }
            Harm::Stopped => signal(rustix::process::Signal::STOP),
            Harm::KilledAfter | Harm::KilledLater | Harm::Garbled => {}
        }
    }

    fn pass(&self, mut frames: Vec<u8>) -> Vec<u8> {
        if self.harm == Harm::Garbled && self.happened.load(Ordering::SeqCst) == self.at + 1 {
            let middle = frames.len() / 2;
            frames[middle] ^= 16;
        }
        frames
    }

    fn after(&self, peer: &dyn Peer) {
        if self.happened.load(Ordering::SeqCst) == self.at + 1 {
            match self.harm {
                Harm::KilledAfter => peer.kill(),
                Harm::KilledLater => {
                    std::thread::sleep(Duration::from_millis(5));
                    peer.kill();
                }
                Harm::KilledBefore | Harm::Stopped | Harm::Garbled => {}
            }
        }
    }
}

/// Whether a process is gone or waits to be buried.
fn ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z")
}

impl Tap for HarmAt {
    fn spawned(&self, peer: &dyn Peer) {
        self.before(peer);
        self.after(peer);
    }
    fn down(&self, peer: &dyn Peer, frames: Vec<u8>) -> Vec<u8> {
        self.before(peer);
        self.pass(frames)
    }
    fn sent(&self, peer: &dyn Peer) {
        self.after(peer);
    }
    fn up(&self, peer: &dyn Peer, frames: Vec<u8>) -> Vec<Vec<u8>> {
        self.before(peer);
        let frames = self.pass(frames);
        self.after(peer);
        vec![frames]
    }
    fn closing(&self, peer: &dyn Peer) {
        self.before(peer);
        self.after(peer);
    }
}

/// Harms a worker in every state of the protocol in turn: as it starts, before its greeting, idle, with pixels on their
/// way, in the middle of a task, after an answer, while the pool closes. A task that loses its worker once has its
/// outcome all the same, and so has every other.
fn harmed_in_every_state() {
    let sleep = misbehave(&[("how", text("sleep")), ("amount", Value::Float(0.02))]);
    let good = misbehave(&[]);
    for harm in [Harm::KilledBefore, Harm::KilledAfter, Harm::KilledLater, Harm::Stopped, Harm::Garbled] {
        for at in 0.. {
            let tap = Arc::new(HarmAt { at, harm, happened: AtomicUsize::new(0) });
            let pool = pool(Config {
                transport: tapped(tap.clone()),
                start: Duration::from_secs(1),
                silence: Duration::from_millis(600),
                ..Config::workers(1)
            });
            let check = |(handle, input): (Handle, Image)| {
                let outcome = handle.wait().unwrap_or_else(|e| panic!("{harm:?} {at}: {e}"));
                assert_eq!(outcome.outputs[0].1, Frames::from(&input), "{harm:?} {at}");
            };
            // Small and large, short and long, several at a time; then one by itself, after a pause.
            let inputs = [
                (&good, image(1.0, 8)),
                (&sleep, image(13.0, 8)),
                (&good, image(2.0, 300)),
                (&good, image(3.0, 300)),
                (&good, image(4.0, 8)),
            ];
            let handles = inputs.map(|(prepared, input)| (pool.submit(prepared, input.clone()), input));
            handles.into_iter().for_each(check);
            std::thread::sleep(Duration::from_millis(3));
            check((pool.submit(&good, image(5.0, 300)), image(5.0, 300)));
            pool.shutdown();
            if tap.happened.load(Ordering::SeqCst) <= at {
                // Start, setup, greeting, six tasks and answers of which some travel together, close.
                assert!(at >= 10, "{at} states");
                break;
            }
        }
    }
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
    ("killed_with_unsent_messages", killed_with_unsent_messages),
    ("processes_of_a_worker", processes_of_a_worker),
    ("workers_end_with_their_pool", workers_end_with_their_pool),
    ("workers_recycled_and_killed_at_random", workers_recycled_and_killed_at_random),
    ("a_file_is_read_by_the_worker", a_file_is_read_by_the_worker),
    ("out_of_memory_by_a_limit", out_of_memory_by_a_limit),
    ("out_of_memory_by_the_kernel", out_of_memory_by_the_kernel),
    ("gpu_lost", gpu_lost),
    ("device_memory_runs_out", device_memory_runs_out),
    ("another_version_of_the_wire_form", another_version_of_the_wire_form),
    ("another_version_of_a_function", another_version_of_a_function),
    ("wrong_arguments", wrong_arguments),
    ("answers_twice_and_late", answers_twice_and_late),
    ("answer_to_another_attempt", answer_to_another_attempt),
    ("harmed_in_every_state", harmed_in_every_state),
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
    // Threads that share large copies stay once they are there.
    rayon::join(|| (), || ());
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
