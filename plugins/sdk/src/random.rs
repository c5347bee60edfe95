use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// The optimizer's own stream of random numbers, seeded by the host.
///
/// The generator is ChaCha with 8 rounds; it runs inside the plugin, so a number costs no call to the host. The same seed
/// gives the same numbers on every platform (normal numbers up to the rounding of its `exp` and `ln`). Which numbers is part
/// of this crate's contract, held by a test: a change is a new minor version.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Stream(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform on [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on 0, …, `n` − 1, without bias.
    ///
    /// # Panics
    /// If `n` is 0.
    #[track_caller]
    pub fn index(&mut self, n: usize) -> usize {
        assert!(n > 0, "no index can be drawn from none");
        // Lemire (2019), "Fast random integer generation in an interval": multiply, reject the few biased low words.
        let n = n as u64;
        let mut product = u128::from(self.0.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u64) < threshold {
                product = u128::from(self.0.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as usize
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Overwrites `out` with independent standard normal numbers.
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        for x in out {
            *x = self.normal();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_uniform() {
        let mut stream = Stream::new(1);
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[stream.index(7)] += 1;
        }
        // Six standard deviations of a binomial count around 10 000.
        assert!(counts.iter().all(|&c| c.abs_diff(10_000) < 560), "{counts:?}");
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut stream = Stream::new(2);
        let mut numbers = vec![0.0; 100_000];
        stream.fill_normal(&mut numbers);
        let mean = numbers.iter().sum::<f64>() / 1e5;
        let variance = numbers.iter().map(|x| x * x).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "mean {mean}, variance {variance}");
    }

    #[test]
    fn a_seed_always_gives_these_numbers() {
        let mut stream = Stream::new(42);
        let drawn = (stream.index(1000), stream.index(1000), stream.uniform(), stream.normal());
        assert_eq!(drawn, (681, 950, 0.4275164028565197, 0.4763469238088213));
    }

    #[test]
    fn uniform_numbers_fill_the_unit_interval() {
        let mut stream = Stream::new(3);
        let numbers: Vec<f64> = (0..10_000).map(|_| stream.uniform()).collect();
        assert!(numbers.iter().all(|x| (0.0..1.0).contains(x)));
        assert!((numbers.iter().sum::<f64>() / 1e4 - 0.5).abs() < 0.02);
    }
}
