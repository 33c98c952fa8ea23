//! Memory that pixels lie in, and who owns it.

use ndarray::Array3;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Memory of others that pixels may lie in: an array of another language, a part of a mapped file.
///
/// It stays where it is and as it is for as long as its owner lives.
pub trait Owner<T>: Send + Sync {
    fn pixels(&self) -> &[T];
}

enum Owned<T> {
    Here(Vec<T>),
    There(Box<dyn Owner<T>>),
}

/// Pixels in z, y, x order, next to each other. Clones, planes, and rows of one plane share the memory.
#[derive(Clone)]
pub struct Held<T> {
    owner: Arc<Owned<T>>,
    start: usize,
    shape: [usize; 3],
}

impl<T> Held<T> {
    /// Pixels that lie in memory of others, from its beginning; `None` where there are fewer.
    pub fn there(owner: Box<dyn Owner<T>>, shape: [usize; 3]) -> Option<Held<T>> {
        let fits = shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side))? <= owner.pixels().len();
        fits.then(|| Held { owner: Arc::new(Owned::There(owner)), start: 0, shape })
    }

    fn here(pixels: Vec<T>, shape: [usize; 3]) -> Held<T> {
        Held { owner: Arc::new(Owned::Here(pixels)), start: 0, shape }
    }

    /// Pixels along z, y, x.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }
}

impl<T: Copy> Held<T> {
    /// The pixels by themselves: those that nobody shares are handed over, others are copied.
    pub fn into_vec(self) -> Vec<T> {
        let len = self.len();
        match Arc::try_unwrap(self.owner) {
            Ok(Owned::Here(pixels)) if pixels.len() == len => pixels,
            Ok(owner) => Held { owner: Arc::new(owner), start: self.start, shape: self.shape }.to_vec(),
            Err(owner) => Held { owner, start: self.start, shape: self.shape }.to_vec(),
        }
    }

    /// The part in a range of one axis, copied only where it does not lie in one piece.
    pub(crate) fn cut(&self, axis: usize, range: Range<usize>) -> Held<T> {
        let mut shape = self.shape;
        shape[axis] = range.len();
        let inner: usize = self.shape[axis + 1..].iter().product();
        let outer: usize = self.shape[..axis].iter().product();
        if outer == 1 {
            return Held { owner: self.owner.clone(), start: self.start + range.start * inner, shape };
        }
        let pieces = (0..outer).map(|i| i * self.shape[axis] * inner);
        let part = |at: usize| &self[at + range.start * inner..at + range.end * inner];
        Held::here(pieces.flat_map(part).copied().collect(), shape)
    }
}

impl<T> Deref for Held<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let all = match &*self.owner {
            Owned::Here(pixels) => pixels,
            Owned::There(owner) => owner.pixels(),
        };
        &all[self.start..self.start + self.shape.iter().product::<usize>()]
    }
}

impl<T: Clone> From<Array3<T>> for Held<T> {
    fn from(array: Array3<T>) -> Held<T> {
        let (z, y, x) = array.dim();
        let array = if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() };
        let len = array.len();
        let (mut pixels, offset) = array.into_raw_vec_and_offset();
        // A view that was cut out of a larger array keeps what lies around it.
        let offset = offset.unwrap_or(0);
        if offset > 0 {
            pixels.drain(..offset);
        }
        pixels.truncate(len);
        Held::here(pixels, [z, y, x])
    }
}

impl<T: PartialEq> PartialEq for Held<T> {
    fn eq(&self, other: &Held<T>) -> bool {
        self.shape == other.shape && **self == **other
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "pixels of {:?}", self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, s};
    use std::sync::atomic::{AtomicUsize, Ordering};

    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    struct Lent(Vec<u16>);

    impl Owner<u16> for Lent {
        fn pixels(&self) -> &[u16] {
            &self.0
        }
    }

    impl Drop for Lent {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn memory_of_others_is_read_where_it_lies_and_given_back() {
        let lent = Lent((0..24).collect());
        let at = lent.0.as_ptr();
        assert!(Held::there(Box::new(Lent(vec![0; 3])), [1, 2, 2]).is_none());
        let before = DROPPED.load(Ordering::SeqCst);
        let held = Held::there(Box::new(lent), [2, 3, 4]).unwrap();
        assert_eq!(held.as_ptr(), at);
        let plane = held.cut(0, 1..2);
        assert_eq!((plane.as_ptr(), plane[0]), (at.wrapping_add(12), 12));
        let row = plane.cut(1, 1..2);
        assert_eq!((row.as_ptr(), row.to_vec()), (at.wrapping_add(16), vec![16, 17, 18, 19]));
        let columns = held.cut(2, 1..3);
        assert_eq!((columns.shape(), &columns[..4]), ([2, 3, 2], &[1, 2, 5, 6][..]));
        drop(held);
        // Pixels that others own are copied, and never taken from them.
        assert_eq!((plane.into_vec(), row.to_vec()), ((12..24).collect(), vec![16, 17, 18, 19]));
        assert_eq!(DROPPED.load(Ordering::SeqCst), before);
        drop(row);
        assert_eq!(DROPPED.load(Ordering::SeqCst), before + 1);
    }

    #[test]
    fn pixels_of_our_own_are_handed_over_once_nobody_shares_them() {
        let array = Array3::from_shape_vec((1, 2, 3), vec![1u8, 2, 3, 4, 5, 6]).unwrap();
        let at = array.as_ptr();
        let held = Held::from(array);
        let other = held.clone();
        let copied = held.into_vec();
        let handed_over = other.into_vec();
        assert_ne!(copied.as_ptr(), at);
        assert_eq!((handed_over.as_ptr(), copied), (at, vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn arrays_of_every_layout_are_put_in_order() {
        let array = Array3::from_shape_fn((2, 3, 4), |(z, y, x)| 100 * z + 10 * y + x);
        let turned = array.clone().permuted_axes([0, 2, 1]);
        assert_eq!(Held::from(turned)[..4], [0, 10, 20, 1]);
        let part = array.slice_move(s![1.., .., ..]);
        assert_eq!(Held::from(part)[..3], [100, 101, 102]);
    }
}
