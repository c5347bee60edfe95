use flatbench_records::Init;
use ndarray::{Array2, ArrayView2, s};

use crate::problem::Problem;
use crate::spectral;

/// blake3 over the bits of everything that is drawn: truth, measurements, targets and both starting points of `init_seed`.
pub fn instance_hash(problem: &dyn Problem, init_seed: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |numbers: &mut dyn Iterator<Item = f64>| {
        for number in numbers {
            hasher.update(&number.to_bits().to_le_bytes());
        }
    };
    if let Some(truth) = problem.truth() {
        add(&mut truth.iter().copied());
    }
    add(&mut problem.operator().to_array().iter().copied());
    add(&mut problem.targets().iter().copied());
    for init in [Init::Large, Init::Small] {
        add(&mut problem.initial_point(init, init_seed).into_iter());
    }
    hasher.finalize().to_hex().to_string()
}

/// ‖U_rᵀV_r‖_F²/r for the leading singular vectors of a square matrix: about r/d where left and right factors are
/// independent, 1 where they span the same space.
pub fn side_overlap(x: ArrayView2<'_, f64>, rank: usize) -> f64 {
    let Some(svd) = spectral::thin_svd(&x.to_owned()) else { return f64::NAN };
    let overlap: Array2<f64> = svd.u.slice(s![.., ..rank]).t().dot(&svd.v.slice(s![.., ..rank]));
    overlap.iter().map(|x| x * x).sum::<f64>() / rank as f64
}

/// (largest − smallest)/mean of some positive numbers.
pub fn relative_spread(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    (high - low) / (values.iter().sum::<f64>() / values.len() as f64)
}
