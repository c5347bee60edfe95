use flatbench_problems::Problem;
use flatbench_problems::limit::limit_point;
use flatbench_records::FactorizationKind;
use flatbench_records::protocol::Job;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::cases::{self, CaseError};
use crate::instance::start_of;

/// Gradients and Gauss-Newton products that the search for the zero-loss point may take.
const ALLOWANCE: usize = 10_000;

/// E[f(w + σε)] − f(w) at a zero-loss point, ε standard Gaussian: sampled, and by the formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightNoise {
    /// Exact tr ∇²f(w).
    pub hessian_trace: f64,
    /// (σ²/2) tr ∇²f(w).
    pub second_order: f64,
    /// σ⁴ (k/m) Σ ‖A_i‖²_F, all that is left for X = L Rᵀ.
    pub fourth_order: f64,
    /// Mean over the samples.
    pub sampled: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// f(w).
    pub base: f64,
}

/// Samples the loss around the zero-loss point next to the starting point of a job whose family has X = L Rᵀ: `pairs` times
/// at w + σε and at w − σε, which removes the odd orders.
///
/// # Errors
/// An instance that cannot be drawn.
///
/// # Panics
/// For a family with another factorization: the remainder is known for that one alone.
pub fn weight_noise(job: &Job, sigma: f64, pairs: usize, seed: u64) -> Result<WeightNoise, CaseError> {
    let problem = &*cases::draw(&job.case, job.instance_seed, &job.data_root)?;
    assert_eq!(problem.factorization(), FactorizationKind::LeftRight, "the fourth order is known for X = L Rᵀ");
    let start = start_of(problem, job)?;
    let mut evaluator = problem.evaluator();
    let start_loss = evaluator.loss(&start);
    let w = limit_point(problem, &mut *evaluator, &start, start_loss, ALLOWANCE).w;
    let base = evaluator.loss(&w);

    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut sum, mut squares) = (0.0, 0.0);
    let (mut plus, mut minus) = (w.clone(), w.clone());
    for _ in 0..pairs {
        for ((p, m), x) in plus.iter_mut().zip(&mut minus).zip(&w) {
            let noise: f64 = StandardNormal.sample(&mut random);
            *p = x + sigma * noise;
            *m = x - sigma * noise;
        }
        let rise = 0.5 * (evaluator.loss(&plus) + evaluator.loss(&minus)) - base;
        sum += rise;
        squares += rise * rise;
    }
    let count = pairs as f64;
    let sampled = sum / count;
    let variance = (squares / count - sampled * sampled).max(0.0);
    let hessian_trace = problem.hessian_trace_by_block(&w).iter().sum::<f64>();
    Ok(WeightNoise {
        hessian_trace,
        second_order: 0.5 * sigma * sigma * hessian_trace,
        fourth_order: sigma.powi(4) * fourth_moment(problem),
        sampled,
        standard_error: (variance / count).sqrt(),
        base,
    })
}

/// (k/m) Σ ‖A_i‖²_F.
fn fourth_moment(problem: &dyn Problem) -> f64 {
    let operator = problem.operator();
    let mut measurement = vec![0.0; operator.rows() * operator.cols()];
    let mut total = 0.0;
    for i in 0..operator.count() {
        operator.measurement(i, &mut measurement);
        total += measurement.iter().map(|a| a * a).sum::<f64>();
    }
    total * problem.dimensions().factor_rank as f64 / operator.count() as f64
}
