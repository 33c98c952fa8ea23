use rotifer_kernels::common::threads;
use std::sync::Mutex;

/// Sizes around those at which threads start and items are put together.
const SIZES: [usize; 7] = [0, 1, 2, 63, 64, 1000, 70_001];

#[test]
fn results_stand_in_the_order_of_the_items() {
    for n in SIZES {
        let squares = threads::collect(0..n, |i| i * i);
        assert_eq!(squares, (0..n).map(|i| i * i).collect::<Vec<_>>());
    }
}

#[test]
fn a_thread_keeps_its_state() {
    let counts = Mutex::new(Vec::new());
    struct Count<'a>(usize, &'a Mutex<Vec<usize>>);
    impl Drop for Count<'_> {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    threads::share(0..100, || Count(0, &counts), |count, _| count.0 += 1);
    assert_eq!(counts.into_inner().unwrap().iter().sum::<usize>(), 100);
}

#[test]
fn chunks_and_rows_know_their_numbers() {
    for n in SIZES {
        for size in [0, 1, 7, 1 << 12, 1 << 17] {
            let mut pixels = vec![0; n];
            threads::each_row(&mut pixels, size, |row, pixels| pixels.fill(row));
            let rows: Vec<usize> = (0..n).map(|i| i / size.max(1)).collect();
            assert_eq!(pixels, rows);
            let found = threads::of_chunks(&pixels, size, |chunk, pixels| (chunk, pixels.to_vec()));
            let chunks = rows.chunks(size.max(1)).map(<[usize]>::to_vec);
            assert_eq!(found, chunks.enumerate().collect::<Vec<_>>());
        }
    }
}

#[test]
fn one_failure_is_enough() {
    for n in SIZES {
        assert!(threads::all(0..n, |_| true));
        assert_eq!(threads::all(0..n, |i| i + 1 != n), n == 0);
    }
}

#[test]
fn work_may_share_out_work() {
    let sums = threads::collect(0..50usize, |i| threads::collect(0..i, |k| k).into_iter().sum::<usize>());
    assert_eq!(sums, (0..50usize).map(|i| (0..i).sum()).collect::<Vec<usize>>());
}
