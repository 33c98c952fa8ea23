//! Disjoint sets of numbers, each known by its smallest member.

/// Sets of `0..n`.
#[derive(Clone, Debug, Default)]
pub struct UnionFind {
    /// A member's parent is never larger than the member.
    parent: Vec<u32>,
}

impl UnionFind {
    pub fn with_capacity(n: usize) -> UnionFind {
        UnionFind { parent: Vec::with_capacity(n) }
    }

    pub fn len(&self) -> usize {
        self.parent.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Adds sets of one member until there are `n` members.
    pub fn grow(&mut self, n: usize) {
        self.parent.extend(self.parent.len() as u32..n as u32);
    }

    /// Adds the sets of `other`, its members after those that are here.
    pub fn append(&mut self, other: &UnionFind) {
        let offset = self.parent.len() as u32;
        self.parent.extend(other.parent.iter().map(|p| p + offset));
    }

    /// Joins the sets of `a` and `b`, by Rem's algorithm with splicing: both paths are shortened on the way up.
    #[inline]
    pub fn union(&mut self, mut a: u32, mut b: u32) {
        loop {
            let (above_a, above_b) = (self.parent[a as usize], self.parent[b as usize]);
            if above_a == above_b {
                return;
            }
            // The one with the larger parent goes below the other parent.
            if above_a < above_b {
                self.parent[b as usize] = above_a;
                if b == above_b {
                    return;
                }
                b = above_b;
            } else {
                self.parent[a as usize] = above_b;
                if a == above_a {
                    return;
                }
                a = above_a;
            }
        }
    }

    /// Hangs the members from `first` on nearer to the smallest of their set.
    pub fn shorten(&mut self, first: usize) {
        for i in first..self.parent.len() {
            self.parent[i] = self.parent[self.parent[i] as usize];
        }
    }

    /// The sets numbered from 0 in the order of their smallest members: the number of each member's set, and how many there are.
    pub fn number(mut self) -> (Vec<u32>, usize) {
        let mut count = 0;
        for i in 0..self.parent.len() {
            let parent = self.parent[i] as usize;
            // A parent comes before its children: here it holds the number already.
            self.parent[i] = if parent == i {
                count += 1;
                count - 1
            } else {
                self.parent[parent]
            };
        }
        (self.parent, count as usize)
    }
}
