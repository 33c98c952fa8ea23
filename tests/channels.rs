//! The channels between a pool and its workers by themselves, and what the portable one leaves: nothing, or after a
//! kill what the next pool removes. The fault suite runs on both.
//!
//! This program is its own worker, so that its workers have a function that never ends.

use rotifer::execute::Options;
use rotifer::pool::transport::Next;
use rotifer::pool::{Channel, Config, Pool, Prepared};
use rotifer::registry::*;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

op! {
    /// Never ends.
    pub struct Hang {}
    id: "channels/hang", revision: 1, family: Util,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "nothing",
    python: "image",
    examples: [],
}

impl Host for Hang {
    fn run(&self, _: &Inputs) -> Result<Vec<Datum>, Error> {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

fn prepared(op: &str) -> Prepared {
    Prepared::new(&Pipeline::new(vec![Step::new(op)]), &Options::default()).expect("a pipeline")
}

fn image(side: usize) -> Image {
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, side, side], ndim: 2, spacing: None };
    Volume::from_vec(&meta, vec![7.0f32; side * side]).expect("an image").into()
}

fn portable(workers: usize) -> Config {
    Config { channel: Channel::Portable, ..Config::workers(workers) }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The things that a process has made for its workers: locks, folders and what is in them.
fn files(process: u32) -> Vec<PathBuf> {
    let prefix = format!("rotifer-{process}-");
    let bases = [Path::new("/dev/shm"), &std::env::temp_dir()].map(list).concat();
    let named = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&prefix));
    bases.into_iter().filter(named).flat_map(|path| [vec![path.clone()], list(&path)].concat()).collect()
}

fn named(ending: &str) -> Option<PathBuf> {
    files(std::process::id()).into_iter().find(|path| path.to_string_lossy().ends_with(ending))
}

/// Waits until something is there.
fn wait<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < limit, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}

fn what_a_killed_pool_left_is_removed_by_the_next() {
    let mut parent = Command::new(std::env::current_exe().expect("this program"))
        .arg("--parent")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second program");
    let mut line = String::new();
    let out = parent.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let pids: Vec<&str> = line.split_whitespace().collect();
    assert!(pids.len() == 2 && pids.iter().all(|pid| alive(pid)), "{line}");
    let left = files(parent.id());
    assert!(left.len() > 3, "{left:?}");

    // The folder of a living pool stays.
    drop(Pool::new(portable(1)).expect("a pool"));
    assert_eq!(files(parent.id()), left);

    parent.kill().expect("a signal");
    parent.wait().expect("its end");
    let gone = || (!pids.iter().any(|pid| alive(pid))).then_some(());
    wait("workers outlive their pool", Duration::from_secs(1), gone);
    let foreign = tempfile::Builder::new().prefix("rotifer-").tempdir().expect("a folder of someone else's");
    let lock = foreign.path().with_extension("lock");
    std::fs::write(&lock, "").expect("a file beside it");
    let pool = Pool::new(portable(1)).expect("a pool");
    assert_eq!(files(parent.id()), Vec::<PathBuf>::new());
    assert!(foreign.path().exists() && std::fs::remove_file(lock).is_ok());
    assert!(!files(std::process::id()).is_empty());
    drop(pool);
}

/// The program that is killed: its workers are in the middle of a task, with pixels in shared memory.
fn parent() {
    let pool = Pool::new(portable(2)).expect("a pool");
    let prepared = prepared("channels/hang");
    let _handles = [0, 1].map(|_| pool.submit(&prepared, image(700)));
    let slabs = || {
        let mine = files(std::process::id());
        let of = |ending: &str| mine.iter().filter(|path| path.to_string_lossy().ends_with(ending)).count();
        (of(".slab") == 2 && of(".socket") == 0).then_some(())
    };
    wait("two tasks", Duration::from_secs(10), slabs);
    std::thread::sleep(Duration::from_millis(100));
    let me = std::process::id().to_string();
    let stat = |path: PathBuf| std::fs::read_to_string(path.join("stat")).ok();
    let child =
        |stat: &String| stat.rsplit(')').next().and_then(|s| s.split_whitespace().nth(1)) == Some(&me);
    let children = list(Path::new("/proc")).into_iter().filter_map(stat).filter(child);
    let pids: Vec<String> =
        children.filter_map(|stat| stat.split_whitespace().next().map(String::from)).collect();
    println!("{}", pids.join(" "));
    std::thread::sleep(Duration::from_secs(60));
}

/// A program that never connects is given up in time, and who connects in its place is turned away.
fn only_the_worker_is_let_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("sleeps");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 60\n").expect("a script");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("a script to run");
    let config = Config { program: Some(program), start: Duration::from_millis(300), ..portable(1) };
    let pool = Pool::new(config).expect("a pool");
    let handle = pool.submit(&prepared("absolute"), image(4));
    let mut other = wait("a socket", Duration::from_secs(5), || UnixStream::connect(named(".socket")?).ok());
    other.write_all(&[0; 16]).expect("a wrong token");
    other.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    assert!(matches!(other.read(&mut [0]), Ok(0)), "a stranger is turned away");
    let error = handle.wait().expect_err("it never starts");
    assert!(error.code == Code::WorkerDied && error.message.contains("not ready yet"), "{error}");
}

fn slabs_are_there_or_refused() {
    let (_transport, memory) = Channel::Portable.open().expect("a channel");
    assert!(memory.slab(1 << 50).is_err(), "more than any disk has");
    assert_eq!(named(".slab"), None);
    let slab = memory.slab(1 << 20).expect("a slab");
    let there = named(".slab").expect("its file").metadata().expect("its size");
    assert!(there.len() == 1 << 20 && there.blocks() * 512 >= 1 << 20, "{there:?}");
    let folder = named(".slab").and_then(|path| path.parent()?.metadata().ok()).expect("its folder");
    assert_eq!(folder.mode() & 0o777, 0o700);
    let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 1, 1], ndim: 2, spacing: None };
    let read = |at| Volume::from_fill(&meta, |pixels| slab.read(at, 4, pixels));
    let bytes = 1.5f32.to_ne_bytes();
    slab.write((1 << 20) - 4, &bytes).expect("the last bytes");
    assert_eq!(read((1 << 20) - 4).expect("the last bytes").f32s()[0], 1.5);
    assert!(slab.write((1 << 20) - 3, &bytes).is_err());
    assert!(read((1 << 20) - 3).is_err() && read(u64::MAX).is_err());
    drop(slab);
    assert_eq!(named(".slab"), None);
}

/// Messages that a worker sent before its end are read, and then how it ended.
fn the_end_comes_last() {
    for channel in [Channel::Native, Channel::Portable] {
        let (transport, _memory) = channel.open().expect("a channel");
        let spawn = || {
            transport.spawn(Command::new(std::env::current_exe().expect("this program"))).expect("a worker")
        };
        let limit = Some(Duration::from_secs(10));
        let killed = spawn();
        std::thread::sleep(Duration::from_millis(200));
        killed.kill();
        std::thread::sleep(Duration::from_millis(50));
        assert!(matches!(killed.next(limit), Next::Frame(_)), "{channel:?}: its hello");
        assert!(matches!(killed.next(limit), Next::Ended(s) if s.signal() == Some(9)), "{channel:?}");

        let closed = spawn();
        closed.wake();
        // Its hello may be here before.
        let both = [closed.next(limit), closed.next(limit)];
        let count = |is: fn(&Next) -> bool| both.iter().filter(|next| is(next)).count();
        let (woken, hello) = (count(|n| matches!(n, Next::Woken)), count(|n| matches!(n, Next::Frame(_))));
        assert_eq!((woken, hello), (1, 1), "{channel:?}");
        assert!(matches!(closed.next(Some(Duration::from_millis(1))), Next::Timeout), "{channel:?}");
        closed.close();
        assert!(matches!(closed.next(limit), Next::Ended(s) if s.code() == Some(0)), "{channel:?}");
    }
}

/// A worker that begins a frame and never ends it is given up.
fn a_frame_without_end_is_given_up() {
    for channel in [Channel::Native, Channel::Portable] {
        let program = Some(std::env::current_exe().expect("this program"));
        let arguments = vec!["--endless".to_string()];
        let pool = Pool::new(Config { program, arguments, channel, ..Config::workers(1) }).expect("a pool");
        let error = pool.submit(&prepared("absolute"), image(4)).wait().expect_err("no answer");
        assert!(error.message.contains("without end"), "{channel:?}: {error}");
    }
}

/// The worker of [`a_frame_without_end_is_given_up`].
fn endless() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.last().map(String::as_str) {
        // Packets that say that more follow, and have nothing in them.
        Some("seqpacket") => {
            while rustix::net::send(std::io::stdin(), &[1], rustix::net::SendFlags::NOSIGNAL).is_ok() {}
        }
        Some(socket) => {
            let mut token = [0; 16];
            std::io::stdin().read_exact(&mut token).expect("a token");
            let mut stream = UnixStream::connect(socket).expect("the pool");
            stream.write_all(&token).expect("the pool");
            // A frame of 4 GiB.
            while stream.write_all(&[0xff, 0xff, 0xff, 0xff, 0, 0]).is_ok() {}
        }
        None => {}
    }
}

const TESTS: &[(&str, fn())] = &[
    ("a_frame_without_end_is_given_up", a_frame_without_end_is_given_up),
    ("what_a_killed_pool_left_is_removed_by_the_next", what_a_killed_pool_left_is_removed_by_the_next),
    ("only_the_worker_is_let_in", only_the_worker_is_let_in),
    ("slabs_are_there_or_refused", slabs_are_there_or_refused),
    ("the_end_comes_last", the_end_comes_last),
];

fn main() {
    if std::env::args().any(|a| a == "--endless") {
        return endless();
    }
    rotifer::worker::serve_if_asked();
    if std::env::args().any(|a| a == "--parent") {
        return parent();
    }
    let filter: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let mut failed = false;
    for (name, test) in TESTS {
        if !filter.is_empty() && !filter.iter().any(|f| name.contains(f.as_str())) {
            continue;
        }
        let ok = std::panic::catch_unwind(|| {
            let [fds, tasks] = ["/proc/self/fd", "/proc/self/task"].map(Path::new);
            let before = (list(fds).len(), list(tasks).len());
            test();
            let clean = || {
                let none = files(std::process::id()).is_empty();
                (list(fds).len() <= before.0 && list(tasks).len() <= before.1 && none).then_some(())
            };
            wait("descriptors, threads or files are left", Duration::from_secs(2), clean);
        });
        println!("test {name} ... {}", if ok.is_ok() { "ok" } else { "FAILED" });
        failed |= ok.is_err();
    }
    std::process::exit(failed.into());
}
