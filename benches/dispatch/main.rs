//! Costs of a worker pool: `cargo bench --bench dispatch`. `peers.py` beside it takes the same figures of
//! Python's pools.

use rotifer::execute::{On, Options, run};
use rotifer::pool::{Channel, Config, Pool, Prepared};
use rotifer::registry::pipeline::check;
use rotifer::registry::*;
use std::time::{Duration, Instant};

op! {
    /// Ends its process the first time it is run.
    pub struct DieOnce {
        /// A file that says it was done.
        once: String = String::new();
    }
    id: "dispatch/die_once", revision: 1, family: Util,
    memory: host,
    inputs: { image: Image },
    outputs: { image: Image(Same) },
    agrees: Exact, follows: "nothing",
    python: "image",
    examples: [],
}

impl Host for DieOnce {
    fn run(&self, inputs: &Inputs) -> Result<Vec<Datum>, Error> {
        if std::fs::File::create_new(&self.once).is_ok() {
            std::process::abort();
        }
        Ok(vec![Datum::Volume(inputs.volume("image")?.clone())])
    }
}

/// Noise with soft blobs, uint16.
fn plate(side: usize, seed: u32) -> Image {
    let mut state = seed.wrapping_mul(2654435761).max(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut pixels: Vec<f32> = (0..side * side).map(|_| 300.0 + (next() % 64) as f32).collect();
    for _ in 0..side / 8 {
        let (cy, cx, r) = (next() as usize % side, next() as usize % side, 4 + next() as isize % 6);
        for dy in -2 * r..=2 * r {
            for dx in -2 * r..=2 * r {
                let (y, x) = (cy as isize + dy, cx as isize + dx);
                if (0..side as isize).contains(&y) && (0..side as isize).contains(&x) {
                    let d = (dy * dy + dx * dx) as f32 / (r * r) as f32;
                    pixels[y as usize * side + x as usize] += 2000.0 * (-d).exp();
                }
            }
        }
    }
    let pixels = pixels.into_iter().map(|v| v as u16).collect();
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::U16, shape: [1, side, side], ndim: 2, spacing: None };
    Volume::from_vec(&meta, pixels).expect("an image").into()
}

fn host() -> Options {
    Options { on: On::Cpu, ..Options::default() }
}

fn prepare(steps: Vec<Step>) -> Prepared {
    Prepared::new(&Pipeline::new(steps), &host()).expect("a pipeline")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn timed(mut f: impl FnMut()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

fn say(what: &str, time: Duration, target: &str) {
    println!("{what:<58} {:>10.1} us   {target}", time.as_secs_f64() * 1e6);
}

fn steps() -> Vec<Step> {
    vec![
        Step::new("gaussian_filter").arg("sigma", 1.0),
        Step::new("white_tophat").arg("radius", 15),
        Step::new("gaussian_filter").arg("sigma", 2.0),
        Step::new("greater").arg("value", 200.0),
        Step::new("connected_components"),
    ]
}

fn main() {
    rotifer::worker::serve_if_asked();
    rotifer::allocator::keep_memory();
    if std::env::args().any(|a| a == IN_PROCESS) {
        return in_process();
    }
    let workers = |n| Pool::new(Config::workers(n)).expect("a pool");
    let absolute = prepare(vec![Step::new("absolute")]);

    let small = plate(1, 1);
    let large = plate(2048, 2);
    let trip = |pool: &Pool, image: &Image| pool.submit(&absolute, image.clone()).wait().expect("an outcome");
    for (channel, small_target, large_target) in
        [(Channel::Native, "<= 50", "<= 3000"), (Channel::Portable, "", "")]
    {
        let one = Pool::new(Config { channel, ..Config::workers(1) }).expect("a pool");
        let median_of = |image: &Image, warm: usize, count: usize| {
            (0..warm).for_each(|_| drop(trip(&one, image)));
            median((0..count).map(|_| timed(|| drop(trip(&one, image)))).collect())
        };
        let what = |what: &str| format!("{what}, there and back, {channel:?}, median");
        say(&what("empty task"), median_of(&small, 200, 5000), small_target);
        say(&what("8 MiB image"), median_of(&large, 10, 60), large_target);
    }
    let checked = check(&Pipeline::new(vec![Step::new("absolute")])).expect("a pipeline");
    let times = (0..60).map(|_| timed(|| drop(run(&checked, &large, &host())))).collect();
    say("  of that the step itself", median(times), "");

    for n in [1, 2] {
        let pool = workers(n);
        let many = 20_000;
        let time = median(
            (0..5)
                .map(|_| {
                    timed(|| {
                        let done =
                            pool.run(&absolute, (0..many).map(|_| small.clone())).filter(|(_, r)| r.is_ok());
                        assert_eq!(done.count(), many);
                    })
                })
                .collect(),
        );
        say(&format!("empty task, {many} at once on {n} worker(s), each"), time / many as u32, "<= 5");
    }

    let times = (0..30).map(|_| {
        timed(|| {
            let pool = workers(1);
            drop(trip(&pool, &small));
            pool.kill();
        })
    });
    say("worker started, first result, ended, median", median(times.collect()), "<= 30000");

    for spares in [0, 1] {
        let directory = tempfile::tempdir().expect("a folder");
        let times = (0..20).map(|i| {
            let pool = Pool::new(Config { spares, ..Config::workers(1) }).expect("a pool");
            drop(trip(&pool, &small));
            std::thread::sleep(Duration::from_millis(30));
            let once = directory.path().join(i.to_string()).to_string_lossy().into_owned();
            let die = prepare(vec![Step::new("dispatch/die_once").arg("once", once)]);
            timed(|| drop(pool.submit(&die, small.clone()).wait().expect("an outcome")))
        });
        let what = format!("worker killed, task retried, {spares} warm spare(s), median");
        say(&what, median(times.collect()), "<= 25000");
    }

    // How fast a process is hangs by some percent on where its pages lie: every pair is of new processes, the two of a
    // pair one after the other, so that what else the machine does weighs on both.
    let images = plates();
    let prepared = prepare(steps());
    let pooled = || {
        let pool = workers(2);
        let run = |many: usize| {
            let jobs = (0..many).map(|i| images[i % images.len()].clone());
            assert_eq!(pool.run(&prepared, jobs).filter(|(_, r)| r.is_ok()).count(), many);
        };
        run(WARM);
        timed(|| run(PLATES))
    };
    let alone = || {
        let program = std::env::current_exe().expect("this program");
        let out = std::process::Command::new(program).arg(IN_PROCESS).output().expect("another process");
        let micros = String::from_utf8(out.stdout).ok().and_then(|text| text.trim().parse().ok());
        Duration::from_micros(micros.expect("its time"))
    };
    let mut pairs: Vec<(Duration, Duration)> = (0..15).map(|_| (alone(), pooled())).collect();
    let over = |(a, b): &(Duration, Duration)| (b.as_secs_f64() / a.as_secs_f64() - 1.0) * 100.0;
    pairs.sort_by(|x, y| over(x).total_cmp(&over(y)));
    let side = |side: fn(&(Duration, Duration)) -> Duration| median(pairs.iter().map(side).collect());
    say("1000 plate images, 5 steps, two threads of one process", side(|p| p.0), "");
    say("1000 plate images, 5 steps, two workers", side(|p| p.1), "");
    let [quarter, middle, three] = [1, 2, 3].map(|q| over(&pairs[pairs.len() * q / 4]));
    println!("overhead, median of 15 pairs {middle:.1} % (half of them {quarter:.1} to {three:.1})   <= 5 %");
}

/// Images that are timed, and images before them.
const PLATES: usize = 1000;
const WARM: usize = 100;
/// Asks this program for the time of the images in its own process, in microseconds.
const IN_PROCESS: &str = "--in-process";

fn plates() -> Vec<Image> {
    (0..16).map(|i| plate(512, i)).collect()
}

/// The same images on two threads of this process, without a pool.
fn in_process() {
    let (images, checked) = (plates(), check(&Pipeline::new(steps())).expect("a pipeline"));
    let pools = [(); 2].map(|()| rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread"));
    let run_all = |many: usize| {
        std::thread::scope(|scope| {
            for (half, threads) in pools.iter().enumerate() {
                let (images, checked) = (&images, &checked);
                scope.spawn(move || {
                    threads.install(|| {
                        for i in (half..many).step_by(2) {
                            run(checked, &images[i % images.len()], &host()).expect("an outcome");
                        }
                    })
                });
            }
        });
    };
    run_all(WARM);
    println!("{}", timed(|| run_all(PLATES)).as_micros());
}
