//! Medians of 3 × 3 and 5 × 5 pixels: few enough to be ordered in registers, many windows at once.

use crate::common::ranked::{Lanes, Ranked};
use crate::simd;

/// Orders places of an array: the lesser value comes to the first of each pair. Values that are not read afterwards cost nothing.
macro_rules! order {
    ($v:ident, $(($low:literal, $high:literal))*) => {$(
        ($v[$low], $v[$high]) = ($v[$low].min($v[$high]), $v[$low].max($v[$high]));
    )*};
}

/// Five values in order.
#[inline(always)]
pub fn five<K: Lanes>(mut v: [K; 5]) -> [K; 5] {
    order!(v, (0, 3)(1, 4)(0, 2)(1, 3)(0, 1)(2, 4)(1, 2)(3, 4)(2, 3));
    v
}

/// Five lines at one place, in order.
#[inline(always)]
fn across<K: Lanes>(lines: &[&[K]; 5], x: usize) -> [K; 5] {
    five([lines[0][x], lines[1][x], lines[2][x], lines[3][x], lines[4][x]])
}

simd! {
    /// The medians of one row, from the three rows around it, with one pixel more at either end.
    ///
    /// Of the columns in order: the median is that of the largest of the least, the middle of the middle, the least of
    /// the largest.
    pub fn of_3_by_3<T: Ranked>(rows: &[&[T::Key]], ordered: &mut Vec<Vec<T::Key>>, out: &mut [T]) {
        let n = out.len();
        ordered.resize(3, Vec::new());
        ordered.iter_mut().for_each(|line| line.resize(n + 2, T::Key::default()));
        let [r0, r1, r2] = std::array::from_fn(|i| &rows[i][..n + 2]);
        let Some([least, middle, largest]) = ordered.first_chunk_mut::<3>() else { return };
        let [least, middle, largest] = [least, middle, largest].map(|line| &mut line[..n + 2]);
        for x in 0..n + 2 {
            let mut v = [r0[x], r1[x], r2[x]];
            order!(v, (0, 1)(1, 2)(0, 1));
            [least[x], middle[x], largest[x]] = v;
        }
        let [l, m, h] = [&*least, &*middle, &*largest].map(|line| [0, 1, 2].map(|j| &line[j..j + n]));
        for (x, out) in out.iter_mut().enumerate() {
            let mut v = [m[0][x], m[1][x], m[2][x]];
            order!(v, (0, 1)(1, 2)(0, 1));
            let most = l[0][x].max(l[1][x]).max(l[2][x]);
            let mut v = [most, v[1], h[0][x].min(h[1][x]).min(h[2][x])];
            order!(v, (0, 1)(1, 2)(0, 1));
            *out = T::from_key(v[1]);
        }
    }

    /// The medians of one row, from the five rows around it, with two pixels more at either end.
    ///
    /// With the columns in order, and then the values of each rank in order along the row, 13 of the 25 can be the
    /// median. The exchanges that find it were searched for; all 252 ways to part such a table in small and large
    /// prove them.
    pub fn of_5_by_5<T: Ranked>(rows: &[&[T::Key]], ordered: &mut Vec<Vec<T::Key>>, out: &mut [T]) {
        let n = out.len();
        ordered.resize(5, Vec::new());
        ordered.iter_mut().for_each(|line| line.resize(n + 4, T::Key::default()));
        let r: [&[T::Key]; 5] = std::array::from_fn(|i| &rows[i][..n + 4]);
        let Some(lines) = ordered.first_chunk_mut::<5>() else { return };
        let [o0, o1, o2, o3, o4] = lines.each_mut().map(|line| &mut line[..n + 4]);
        for x in 0..n + 4 {
            [o0[x], o1[x], o2[x], o3[x], o4[x]] = across(&r, x);
        }
        let at = [&*o0, &*o1, &*o2, &*o3, &*o4].map(|line| [0, 1, 2, 3, 4].map(|j| &line[j..j + n]));
        for (x, out) in out.iter_mut().enumerate() {
            let [.., a3, a4] = across(&at[0], x);
            let [_, _, b2, b3, b4] = across(&at[1], x);
            let [_, c1, c2, c3, _] = across(&at[2], x);
            let [d0, d1, d2, ..] = across(&at[3], x);
            let [e0, e1, ..] = across(&at[4], x);
            let mut v = [a3, a4, b2, b3, b4, c1, c2, c3, d0, d1, d2, e0, e1];
            order!(v, (3, 6)(4, 12)(7, 9)(1, 10)(5, 4)(0, 8)(11, 5)(3, 4)(7, 2)(3, 8));
            order!(v, (6, 5)(9, 2)(6, 8)(1, 9)(8, 7)(5, 1)(4, 9)(6, 5)(4, 7)(5, 4));
            *out = T::from_key(v[4]);
        }
    }
}
