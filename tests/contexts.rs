//! GPU contexts: none before a device step, one for each thread alive, handed on. Its own process, since it counts.

use rotifer::context;
use rotifer::execute::{On, Options, run};
use rotifer::plan::plan;
use rotifer::registry::pipeline::check;
use rotifer::registry::{Dtype, Image, Kind, Pipeline, Step, Volume, VolumeMeta, entries};
use std::sync::{Arc, Barrier};

fn blur(place: On, image: &Image) {
    let checked =
        check(&Pipeline::new(vec![Step::new("gaussian_filter")])).unwrap_or_else(|e| panic!("{}", e[0]));
    run(&checked, image, &Options { on: place, ..Options::default() }).unwrap();
}

#[test]
fn contexts_appear_at_the_first_device_step_of_a_thread() {
    let meta =
        VolumeMeta { kind: Kind::Image, dtype: Dtype::F32, shape: [1, 16, 16], ndim: 2, spacing: None };
    let image = Image::from(Volume::from_vec(&meta, (0..256).map(|i| i as f32).collect()).unwrap());

    // Listing, checking, planning and host work open none.
    assert!(!entries().is_empty());
    let checked =
        check(&Pipeline::new(vec![Step::new("gaussian_filter")])).unwrap_or_else(|e| panic!("{}", e[0]));
    plan(&checked, &image.meta(), &Options { on: On::Gpu, ..Options::default() }).unwrap();
    blur(On::Cpu, &image);
    assert_eq!(context::opened(), 0);

    // One after another: the next thread takes over the ended one's context.
    for _ in 0..4 {
        let image = image.clone();
        std::thread::spawn(move || blur(On::Gpu, &image)).join().unwrap();
    }
    assert_eq!(context::opened(), 1);

    // At once: one each, never more.
    let barrier = Arc::new(Barrier::new(3));
    for _ in 0..2 {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (image, barrier) = (image.clone(), barrier.clone());
                std::thread::spawn(move || {
                    barrier.wait();
                    blur(On::Gpu, &image);
                    barrier.wait();
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(context::opened(), 3);
    }
}
