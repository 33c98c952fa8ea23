//! Disjoint sets of numbers, each known by its smallest member.

/// Sets of `0..n`.
#[derive(Clone, Debug, Default)]
pub struct UnionFind {
    /// A member's parent is never larger than the member.
    parent: Vec<u32>,
}

impl UnionFind {
    /// `n` sets of one member.
    pub fn new(n: usize) -> UnionFind {
        UnionFind { parent: (0..n as u32).collect() }
    }

    pub fn len(&self) -> usize {
        self.parent.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Adds a set of one member and gives that member.
    pub fn push(&mut self) -> u32 {
        let member = self.parent.len() as u32;
        self.parent.push(member);
        member
    }

    /// Adds the sets of `other`, its members after those that are here.
    pub fn append(&mut self, other: &UnionFind) {
        let offset = self.parent.len() as u32;
        self.parent.extend(other.parent.iter().map(|p| p + offset));
    }

    /// Smallest member of the set of `a`.
    #[inline]
    pub fn find(&mut self, mut a: u32) -> u32 {
        loop {
            let parent = self.parent[a as usize];
            if parent == a {
                return a;
            }
            let above = self.parent[parent as usize];
            self.parent[a as usize] = above;
            a = above;
        }
    }

    /// Joins the sets of `a` and `b`, and gives the smallest member of both.
    #[inline]
    pub fn union(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.find(a), self.find(b));
        let (root, child) = (a.min(b), a.max(b));
        self.parent[child as usize] = root;
        root
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
