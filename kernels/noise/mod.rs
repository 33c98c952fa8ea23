//! Noise and random images. Numbers are drawn by seed, step and element.

pub mod random_noise;
