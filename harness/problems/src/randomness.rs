//! Named random streams: every drawn thing has its own, so that adding one never changes another.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The stream `name` of `seed`: a pure function of both.
pub(crate) fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new_derive_key("flatbench problem instance streams 1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// `count` independent N(0, σ²) numbers from the stream `name` of `seed`.
pub(crate) fn gaussians(seed: u64, name: &str, count: usize, sigma: f64) -> Vec<f64> {
    let mut rng = stream(seed, name);
    (0..count).map(|_| sigma * sample_normal(&mut rng)).collect()
}

/// One N(0, 1) number.
pub(crate) fn sample_normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}
