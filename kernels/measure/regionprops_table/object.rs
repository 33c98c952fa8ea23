//! One object and what follows from its sums.

use std::f64::consts::PI;

/// One object, in pixels.
#[derive(Clone, Default)]
pub struct Object {
    pub label: u32,
    pub area: f64,
    /// First pixel, and one past the last, along z, y, x.
    pub bbox: [[usize; 3]; 2],
    pub centroid: [f64; 3],
    /// Second central moments by area.
    pub covariance: [[f64; 3]; 3],
    pub euler: i64,
    pub perimeter: f64,
    /// Pixels of the convex hull.
    pub hull: f64,
    pub weighted: [f64; 3],
    pub mean: f64,
    pub min: f64,
    pub max: f64,
    pub std: f64,
}

impl Object {
    /// Eigenvalues of the second moments of pixels of this size, largest first.
    pub fn moments(&self, ndim: usize, um: [f64; 3]) -> [f64; 3] {
        let c: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| self.covariance[i][j] * um[i] * um[j]));
        if ndim == 3 {
            return eigenvalues(c);
        }
        let (middle, half) = ((c[1][1] + c[2][2]) / 2.0, (c[1][1] - c[2][2]) / 2.0);
        let root = half.hypot(c[1][2]);
        [middle + root, (middle - root).max(0.0), 0.0]
    }

    /// Major and minor axis: 4√λ of an ellipse, 2√5λ of an ellipsoid.
    pub fn axis_lengths(&self, ndim: usize, um: [f64; 3]) -> [f64; 2] {
        let moments = self.moments(ndim, um);
        let factor: f64 = if ndim == 2 { 16.0 } else { 20.0 };
        [moments[0], moments[ndim - 1]].map(|l| (factor * l).sqrt())
    }

    pub fn eccentricity(&self) -> f64 {
        let [major, minor, _] = self.moments(2, [1.0; 3]);
        if major == 0.0 { 0.0 } else { (1.0 - minor / major).sqrt() }
    }

    pub fn orientation(&self) -> f64 {
        let [_, [_, yy, yx], [_, _, xx]] = self.covariance;
        match (yy == xx, yx > 0.0) {
            (true, true) => PI / 4.0,
            (true, false) => -PI / 4.0,
            _ => 0.5 * f64::atan2(2.0 * yx, yy - xx),
        }
    }
}

/// Eigenvalues of a symmetric, positive matrix, largest first, by Jacobi's rotations.
fn eigenvalues(mut m: [[f64; 3]; 3]) -> [f64; 3] {
    for _ in 0..32 {
        let off = m[0][1].abs() + m[0][2].abs() + m[1][2].abs();
        if off <= 1e-17 * (m[0][0] + m[1][1] + m[2][2]) {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let (c, s) = (1.0 / (t * t + 1.0).sqrt(), t / (t * t + 1.0).sqrt());
            for row in &mut m {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            let (above, below) = (m[p], m[q]);
            m[p] = std::array::from_fn(|k| c * above[k] - s * below[k]);
            m[q] = std::array::from_fn(|k| s * above[k] + c * below[k]);
        }
    }
    let mut values = [m[0][0].max(0.0), m[1][1].max(0.0), m[2][2].max(0.0)];
    values.sort_by(|a, b| b.total_cmp(a));
    values
}
