use flatbench_instances::weight_noise;

use super::answers::SUITE;
use super::check::Check;
use super::suites::Bench;
use crate::status::Failure;

const PAIRS: usize = 20_000;
/// Standard errors that the mean may lie from the formula.
const ERRORS: f64 = 4.0;
/// Largest standard error, relative, for the sampling to say anything.
const RESOLUTION: f64 = 0.005;
/// Largest share of the fourth order in the formula, for the second to be what is tested.
const REMAINDER: f64 = 0.01;

/// Gaussian noise on the weights raises the loss by (σ²/2) tr H, exactly but for one term in σ⁴ where X = L Rᵀ.
pub fn checks(bench: &Bench, keep: &mut dyn FnMut(Check)) -> Result<(), Failure> {
    let suite = bench.suite("verification/answers.toml", SUITE)?;
    for case in ["sensing", "completion"] {
        let job = bench.draw(&suite, case)?;
        let sigma = 1e-2;
        let noise = weight_noise(&job, sigma, PAIRS, 1).map_err(Failure::trouble)?;
        let expected = noise.second_order + noise.fourth_order;
        let ratio = noise.sampled / expected;
        let error = noise.standard_error / expected;
        let share = noise.fourth_order / expected;
        let detail = format!(
            "sampled over predicted {ratio:.5} ± {error:.5} (allowed {ERRORS} standard errors) at σ = {sigma}, {PAIRS} \
             pairs, tr H {:.3}; {:.2} % of the prediction is the term in σ⁴",
            noise.hessian_trace,
            100.0 * share
        );
        let passed = (ratio - 1.0).abs() <= ERRORS * error && error <= RESOLUTION && share <= REMAINDER;
        let numbers =
            [("ratio", ratio), ("standard_error", error), ("fourth_order_share", share), ("loss_at_start", noise.base)];
        let name = format!("{case}: Gaussian weight noise raises the loss by (σ²/2) · tr H");
        keep(Check::new(name, passed, detail, &numbers));
    }
    Ok(())
}
