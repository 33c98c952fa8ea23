//! The values of an image beyond its border.

use crate::choice;

choice! {
    /// Extension of an image beyond its border, named as `scipy.ndimage` names them.
    pub enum Edge {
        /// `d c b a | a b c d | d c b a`
        Reflect = "reflect",
        /// `a a a a | a b c d | d d d d`
        Nearest = "nearest",
        /// `k k k k | a b c d | k k k k`
        Constant = "constant",
        /// `d c b | a b c d | c b a`
        Mirror = "mirror",
        /// `a b c d | a b c d | a b c d`
        Wrap = "wrap",
    }
}

impl Edge {
    /// Where index `i` of an axis of `n` pixels is read; `None` where the constant stands.
    #[inline]
    pub fn index(self, i: isize, n: usize) -> Option<usize> {
        let len = n as isize;
        if (0..len).contains(&i) {
            return Some(i as usize);
        }
        Some(match self {
            Edge::Constant => return None,
            Edge::Nearest => i.clamp(0, len - 1),
            Edge::Wrap => i.rem_euclid(len),
            Edge::Reflect => {
                let m = i.rem_euclid(2 * len);
                if m < len { m } else { 2 * len - 1 - m }
            }
            Edge::Mirror if len == 1 => 0,
            Edge::Mirror => {
                let m = i.rem_euclid(2 * len - 2);
                if m < len { m } else { 2 * len - 2 - m }
            }
        } as usize)
    }

    /// Index of the pixel nearest to place `c` of an axis of `n` pixels, before [`Edge::index`]. At a tie it is the next
    /// one along the pixels that are read: along mirrored ones, the one before.
    #[inline]
    pub fn nearest(self, c: f64, n: usize) -> isize {
        let mirrored = match self {
            Edge::Reflect => (c + 0.5).div_euclid(n as f64) % 2.0 != 0.0,
            Edge::Mirror if n > 1 => c.div_euclid((n - 1) as f64) % 2.0 != 0.0,
            _ => false,
        };
        if mirrored { (c - 0.5).ceil() as isize } else { (c + 0.5).floor() as isize }
    }

    /// The number shaders know it by (`shared/edge.wgsl`).
    pub fn code(self) -> u32 {
        self as u32
    }
}
