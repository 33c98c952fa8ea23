//! Filters: smoothing, edges, ranks.

pub mod gaussian_filter;
