//! Oracles that cost nothing.

use flatbench_plugin::host::{self, HostOracle, OracleError};
use flatbench_problems::{Evaluator, NotSupported, Question};

/// An oracle that costs nothing, so that what is left is the way to it.
pub struct Free;

/// Touches a vector.
fn touch(out: &mut [f64]) {
    if let [first, ..] = out {
        *first = 1e-9;
    }
}

impl HostOracle for Free {
    fn answer(&mut self, _: &[f64], _: host::Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        touch(out);
        Ok(0.0)
    }

    fn progress(&self) -> f64 {
        0.5
    }

    fn remaining(&self) -> f64 {
        1e6
    }

    fn measurements(&self) -> usize {
        240
    }
}

impl Evaluator for Free {
    fn supports(&self, _: Question<'_>) -> Result<(), NotSupported> {
        Ok(())
    }

    fn answer(&mut self, _: &[f64], _: Question<'_>, out: &mut [f64]) -> f64 {
        touch(out);
        1.0
    }

    /// Not finite, so that nothing is spent on a way to zero loss.
    fn gauss_newton_vector(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) {
        out[0] = 1e-9;
    }

    fn residuals(&mut self, _: &[f64], out: &mut [f64]) {
        out.fill(f64::NAN);
    }

    fn jacobian_vector(&mut self, _: &[f64], _: &[f64], _: &mut [f64]) {}

    fn jacobian_transpose_vector(&mut self, _: &[f64], _: &[f64], _: &mut [f64]) {}
}
