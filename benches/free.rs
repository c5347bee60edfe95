//! Oracles that cost nothing.

use flatbench_plugin::host::{HostOracle, OracleError};
use flatbench_problems::{Evaluator, NotSupported};

/// An oracle that costs nothing, so that what is left is the way to it.
pub struct Free;

impl HostOracle for Free {
    fn loss(&mut self, _: &[f64]) -> Result<f64, OracleError> {
        Ok(0.0)
    }

    fn gradient(&mut self, _: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        out[0] = 1e-9;
        Ok(0.0)
    }

    fn minibatch_gradient(
        &mut self,
        _: &[f64],
        _: &[usize],
        _: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        out[0] = 1e-9;
        Ok(())
    }

    fn perturbed_gradient(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out[0] = 1e-9;
        Ok(())
    }

    fn hessian_vector(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out[0] = 1e-9;
        Ok(())
    }

    fn hessian_trace(&mut self, _: &[f64]) -> Result<f64, OracleError> {
        Ok(0.0)
    }

    fn hessian_trace_gradient(&mut self, _: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        out[0] = 1e-9;
        Ok(())
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
    fn loss(&mut self, _: &[f64]) -> f64 {
        1.0
    }

    fn gradient(&mut self, _: &[f64], out: &mut [f64]) -> f64 {
        out[0] = 1e-9;
        1.0
    }

    fn minibatch_gradient(
        &mut self,
        _: &[f64],
        _: &[usize],
        _: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), NotSupported> {
        out[0] = 1e-9;
        Ok(())
    }

    fn perturbed_gradient(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        out[0] = 1e-9;
        Ok(())
    }

    fn hessian_vector(&mut self, _: &[f64], _: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        out[0] = 1e-9;
        Ok(())
    }

    fn hessian_trace(&mut self, _: &[f64]) -> Result<f64, NotSupported> {
        Ok(1.0)
    }

    fn hessian_trace_gradient(&mut self, _: &[f64], out: &mut [f64]) -> Result<f64, NotSupported> {
        out[0] = 1e-9;
        Ok(1.0)
    }

    fn residuals(&mut self, _: &[f64], _: &mut [f64]) -> Result<(), NotSupported> {
        Err(NOTHING)
    }

    fn jacobian_vector(&mut self, _: &[f64], _: &[f64], _: &mut [f64]) -> Result<(), NotSupported> {
        Err(NOTHING)
    }

    fn jacobian_transpose_vector(&mut self, _: &[f64], _: &[f64], _: &mut [f64]) -> Result<(), NotSupported> {
        Err(NOTHING)
    }
}

const NOTHING: NotSupported = NotSupported { call: "a residual", reason: "there are none" };
