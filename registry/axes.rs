//! The axes of an image beside those in space.

use crate::image::RGB;
use serde::{Deserialize, Serialize};

/// Time and channels. An axis that an image does not have is of size 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    pub t: usize,
    pub c: usize,
    pub has_t: bool,
    pub has_c: bool,
    /// Names of the channels; empty where there are none.
    pub channels: Vec<String>,
    /// Seconds from one time point to the next, where the file gives them.
    pub interval: Option<f64>,
}

impl Axes {
    /// Neither time nor channels.
    pub const NONE: Axes =
        Axes { t: 1, c: 1, has_t: false, has_c: false, channels: Vec::new(), interval: None };

    /// `None` for an axis that does not exist.
    pub fn new(t: Option<usize>, c: Option<usize>) -> Axes {
        let (has_t, has_c) = (t.is_some(), c.is_some());
        Axes { t: t.unwrap_or(1), c: c.unwrap_or(1), has_t, has_c, ..Axes::NONE }
    }

    /// Volumes over both.
    pub fn frames(&self) -> usize {
        self.t * self.c
    }

    /// One time point is left, and no axis.
    pub fn drop_t(&mut self) {
        (self.t, self.has_t, self.interval) = (1, false, None);
    }

    /// One channel is left, and no axis.
    pub fn drop_c(&mut self) {
        (self.c, self.has_c, self.channels) = (1, false, Vec::new());
    }

    /// Colours become channels, three for each; red, green and blue where it is the only one.
    pub fn spread_rgb(&mut self) {
        if self.c == 1 {
            self.channels = RGB.map(String::from).to_vec();
        }
        (self.c, self.has_c) = (3 * self.c, true);
    }

    /// Takes over the time points of others.
    pub fn set_t(&mut self, other: &Axes) {
        (self.t, self.has_t, self.interval) = (other.t, other.has_t, other.interval);
    }

    /// Takes over the channels of others.
    pub fn set_c(&mut self, other: &Axes) {
        (self.c, self.has_c, self.channels) = (other.c, other.has_c, other.channels.clone());
    }
}
