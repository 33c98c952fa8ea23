//! The parts that operations share, held against plain sums and sorts. As a crate of its own the tests need no second build of all operations.

mod assignment;
mod column_histograms;
mod fft;
mod fresh;
mod functions;
mod linear;
mod minmax;
mod over_window;
mod parts;
mod reconstruct;
mod separable;
mod small_median;
mod threads;
mod transform;
mod window_mean;
