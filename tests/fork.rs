//! A forked child has the memory of its parent's GPU and pool, and neither of them: it is told so, at once. Host kernels
//! run there as they do in the parent.
//!
//! A program of its own, since it forks; and its own worker.

fn main() {
    #[cfg(unix)]
    unix::main();
}

#[cfg(unix)]
mod unix {
    use rotifer::execute::{On, Options, Outcome, run};
    use rotifer::pool::{Config, Pool, Prepared};
    use rotifer::registry::pipeline::{Checked, check};
    use rotifer::registry::{Code, Dtype, Error, Image, Kind, Pipeline, Step, Volume, VolumeMeta};
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::{Duration, Instant};

    const NAME: &str = "a_forked_child_is_refused";

    pub fn main() {
        rotifer::worker::serve_if_asked();
        let filters: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
        if filters.is_empty() || filters.iter().any(|f| NAME.contains(f.as_str())) {
            a_forked_child_is_refused();
            println!("test {NAME} ... ok");
        }
    }

    fn blur(checked: &Checked, image: &Image) -> Result<(), Error> {
        run(checked, image, &Options { on: On::Gpu, ..Options::default() }).map(drop)
    }

    /// On the threads of the process, which a child has to start anew.
    fn blur_on_host(checked: &Checked, image: &Image) -> Outcome {
        run(checked, image, &Options { on: On::Cpu, ..Options::default() }).expect("host kernels")
    }

    fn a_forked_child_is_refused() {
        let square = |side: usize| {
            let shape = [1, side, side];
            let meta = VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape, ndim: 2, spacing: None };
            let pixels = (0..side * side).map(|i| (i % 251) as f32).collect();
            Image::from(Volume::from_vec(&meta, pixels).expect("an image"))
        };
        let (image, large) = (square(8), square(1024));
        let pipeline = Pipeline::new(vec![Step::new("gaussian_filter")]);
        let checked = check(&pipeline).unwrap_or_else(|e| panic!("{}", e[0]));
        let prepared = Prepared::new(&pipeline, &Options::default()).expect("a pipeline");
        let pool = Pool::new(Config::workers(1)).expect("a pool");
        let blurred = blur_on_host(&checked, &large).outputs;
        blur(&checked, &image).expect("the parent has a GPU");
        pool.submit(&prepared, image.clone()).wait().expect("the parent has a pool");
        let open = pool.submit(&prepared, image.clone());
        // SAFETY: threads of the parent may hold locks that the child will never see released. The child asks for what is
        // refused before any lock, and ends without running what other code has registered for the end.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let refused = catch_unwind(AssertUnwindSafe(|| {
                assert_eq!(blur_on_host(&checked, &large).outputs, blurred);
                let refused = |error: Error, who: &str| {
                    assert!(error.code == Code::Unavailable && error.message.contains(who), "{error}");
                };
                refused(blur(&checked, &image).expect_err("no GPU"), "forked child");
                refused(
                    pool.submit(&prepared, image.clone()).wait().expect_err("no pool"),
                    "the process that made it",
                );
                assert!(pool.watch().recv().is_err(), "nothing happens here");
                open.cancel();
                refused(open.wait().expect_err("no worker will answer here"), "the process that made it");
                let all: Vec<_> = pool.map(&prepared, vec![image.clone(); 3]).collect();
                assert_eq!(all.len(), 3);
                all.into_iter()
                    .for_each(|one| refused(one.expect_err("no pool"), "the process that made it"));
                pool.shutdown();
            }));
            // SAFETY: ends this process and nothing else.
            unsafe { libc::_exit(if refused.is_ok() { 0 } else { 1 }) }
        }
        let child = Pid::from_raw(child).expect("a child");
        let start = Instant::now();
        let status = loop {
            if let Some((_, status)) = waitpid(Some(child), WaitOptions::NOHANG).expect("its end") {
                break status;
            }
            if start.elapsed() > Duration::from_secs(60) {
                let _ = kill_process(child, Signal::KILL);
                panic!("the child hangs");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.exit_status(), Some(0), "{status:?}");
        // The child's end took nothing away.
        open.wait().expect("the parent's task");
        blur(&checked, &image).expect("the parent's GPU");
        pool.submit(&prepared, image).wait().expect("the parent's pool");
        pool.shutdown();
    }
}
