//! Random numbers of a step: drawn by seed, step and element, so that tiles, workers and devices change nothing.
//!
//! The generator is Philox 4x64-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011), that of
//! `numpy.random.Philox`. Its key is seed and step. Its counter is 0, `x + 2^32 y`, `z + 2^32 t` and `c`; the draws of an element
//! count on from there, as numpy's do.

/// The random numbers of a step, from the first pixel that it sees on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Random {
    key: [u64; 2],
    frame: [usize; 2],
    first: [usize; 3],
}

impl Random {
    /// Those of the step with this index, from 0, in a pipeline with this seed.
    pub fn new(seed: u64, step: usize) -> Random {
        Random { key: [seed, step as u64], ..Random::default() }
    }

    /// Those of another seed.
    pub fn seeded(mut self, seed: u64) -> Random {
        self.key[0] = seed;
        self
    }

    /// Those of one time point and channel.
    pub fn in_frame(self, t: usize, c: usize) -> Random {
        Random { frame: [t, c], ..self }
    }

    /// Those of a part that begins at `first` along an axis: 0 for z, 1 for y, 2 for x.
    pub fn from(mut self, axis: usize, first: usize) -> Random {
        self.first[axis] += first;
        self
    }

    /// The numbers of the pixel at z, y, x of what the step sees. For other elements than pixels x is their index, z and y are 0.
    pub fn at(&self, at: [usize; 3]) -> Draws {
        let [z, y, x] = [0, 1, 2].map(|axis| (at[axis] + self.first[axis]) as u64);
        let [t, c] = self.frame.map(|n| n as u64);
        let counter = [0, x.wrapping_add(y << 32), z.wrapping_add(t << 32), c];
        Draws { key: self.key, counter, words: [0; 4], next: 4 }
    }
}

/// The random numbers of one element, as many as are asked for.
#[derive(Clone, Debug)]
pub struct Draws {
    key: [u64; 2],
    counter: [u64; 4],
    words: [u64; 4],
    next: usize,
}

impl Draws {
    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        if self.next == 4 {
            self.words = philox(self.counter, self.key);
            self.counter[0] += 1;
            self.next = 0;
        }
        self.next += 1;
        self.words[self.next - 1]
    }

    /// Uniform in \[0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and variance 1, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Poisson with this mean: by products of uniform numbers below 10, else by Hörmann's transformed rejection (PTRS, 1993).
    /// 0 where the mean is not positive; a mean of 2^53 or more is its own draw.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean.is_nan() || mean <= 0.0 {
            return if mean.is_nan() { mean } else { 0.0 };
        }
        if mean < 10.0 {
            return self.small_poisson(mean);
        }
        if mean >= (1u64 << 53) as f64 {
            return mean;
        }
        let root = mean.sqrt();
        let b = 0.931 + 2.53 * root;
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let near = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let distance = 0.5 - u.abs();
            let k = ((2.0 * a / distance + b) * u + mean + 0.43).floor();
            if distance >= 0.07 && v <= near {
                return k;
            }
            if k < 0.0 || (distance < 0.013 && v > distance) {
                continue;
            }
            let share = v.ln() + inverse_alpha.ln() - (a / (distance * distance) + b).ln();
            if share <= k * mean.ln() - mean - ln_factorial(k) {
                return k;
            }
        }
    }

    fn small_poisson(&mut self, mean: f64) -> f64 {
        let end = (-mean).exp();
        let mut count = 0.0;
        let mut product = self.uniform();
        while product > end {
            count += 1.0;
            product *= self.uniform();
        }
        count
    }
}

/// ln k! of a whole number: the sum below 10, else Stirling's series, whose error is below 1e-13 there.
fn ln_factorial(k: f64) -> f64 {
    if k < 10.0 {
        return (2..=k as u32).map(|i| f64::from(i).ln()).sum();
    }
    let x = k + 1.0;
    let inverse = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse / 1188.0)));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series / x
}

/// Philox 4x64-10.
fn philox(mut counter: [u64; 4], mut key: [u64; 2]) -> [u64; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
    const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
    for _ in 0..10 {
        let [a, b, c, d] = counter;
        let first = u128::from(MULTIPLIERS[0]) * u128::from(a);
        let second = u128::from(MULTIPLIERS[1]) * u128::from(c);
        counter = [
            (second >> 64) as u64 ^ b ^ key[0],
            second as u64,
            (first >> 64) as u64 ^ d ^ key[1],
            first as u64,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123; numpy.random.Philox gives the same.
    #[test]
    fn philox_gives_the_known_answers() {
        let none =
            [0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b, 0x7e68_b68a_ec7b_a23b];
        let all =
            [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0];
        let pi = [0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5, 0x57bd_43b5_e52b_7fe6];
        let digits =
            [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];
        assert_eq!(philox([0; 4], [0; 2]), none);
        assert_eq!(philox([u64::MAX; 4], [u64::MAX; 2]), all);
        assert_eq!(philox(digits, [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c]), pi);
    }

    /// numpy.random.Generator(Philox(counter, key)).poisson(mean) of the element's counter and key.
    #[test]
    fn poisson_draws_are_those_of_numpy() {
        let random = Random::new(1, 4).in_frame(3, 1);
        let means = [0.5, 3.0, 9.5, 12.0, 250.0, 1e5, 1e9];
        let drawn = means.iter().enumerate().map(|(y, mean)| random.at([2, y, 5]).poisson(*mean));
        assert_eq!(drawn.collect::<Vec<_>>(), [1.0, 2.0, 8.0, 14.0, 234.0, 99903.0, 1000047262.0]);
    }

    #[test]
    fn draws_hang_on_the_element_alone() {
        let whole = Random::new(7, 3);
        let part = whole.from(1, 5).from(2, 2);
        assert_eq!(part.at([0, 1, 1]).word(), whole.at([0, 6, 3]).word());
        let mut seen = std::collections::HashSet::new();
        for (t, c, at) in
            [(0, 0, [0, 0, 1]), (0, 0, [0, 1, 0]), (0, 0, [1, 0, 0]), (1, 0, [0; 3]), (0, 1, [0; 3])]
        {
            assert!(seen.insert(whole.in_frame(t, c).at(at).word()));
        }
        assert!(
            seen.insert(Random::new(7, 4).at([0; 3]).word())
                && seen.insert(Random::new(8, 3).at([0; 3]).word())
        );
    }

    #[test]
    fn draws_have_their_means_and_variances() {
        let n = 100_000;
        let moments = |draw: &dyn Fn(&mut Draws) -> f64| {
            let all: Vec<f64> = (0..n).map(|x| draw(&mut Random::new(1, 0).at([0, 0, x]))).collect();
            let mean = all.iter().sum::<f64>() / n as f64;
            (mean, all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64)
        };
        // Five standard errors of the mean, and as many of the variance.
        let near = |(mean, variance): (f64, f64), (m, v, kurtosis): (f64, f64, f64)| {
            let n = n as f64;
            assert!((mean - m).abs() < 5.0 * (v / n).sqrt(), "mean {mean} of {m}");
            assert!(
                (variance - v).abs() < 5.0 * v * ((kurtosis - 1.0) / n).sqrt(),
                "variance {variance} of {v}"
            );
        };
        near(moments(&|d| d.uniform()), (0.5, 1.0 / 12.0, 1.8));
        near(moments(&|d| d.normal()), (0.0, 1.0, 3.0));
        for mean in [0.3, 4.0, 9.9, 10.1, 250.0, 1e6] {
            near(moments(&|d| d.poisson(mean)), (mean, mean, 3.0 + 1.0 / mean));
        }
    }

    #[test]
    fn factorials_agree_with_their_sums() {
        let mut sum = 0.0;
        for k in 1..200u32 {
            sum += f64::from(k).ln();
            assert!((ln_factorial(f64::from(k)) - sum).abs() < 1e-11 * sum.max(1.0), "{k}");
        }
    }
}
