use flatbench_plugin::host::{HostOracle, OracleError};

use super::Problem;

/// The kinds of call and what one costs here, in full-gradient equivalents; a mini-batch gradient costs B/m.
pub(crate) const PRICES: [(&str, f64); 7] = [
    ("loss", 0.5),
    ("gradient", 1.0),
    ("mini-batch gradient", 0.0),
    ("gradient with noise", 1.0),
    ("Hessian-vector product", 2.0),
    ("Hessian trace", 1.0),
    ("trace gradient", 1.0),
];

/// A problem's oracle with a budget and a count of every call.
pub(crate) struct Ledger<'a> {
    problem: &'a Problem,
    budget: f64,
    pub(crate) spent: f64,
    /// Answered calls by kind, in the order of [`PRICES`].
    pub(crate) answered: [usize; PRICES.len()],
    /// Calls refused for want of budget.
    pub(crate) refused: usize,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(problem: &'a Problem, budget: f64) -> Self {
        Ledger { problem, budget, spent: 0.0, answered: [0; PRICES.len()], refused: 0 }
    }

    /// All answered calls.
    pub(crate) fn calls(&self) -> usize {
        self.answered.iter().sum()
    }

    fn charge(&mut self, kind: usize, price: f64) -> Result<(), OracleError> {
        // Fractions of a gradient add up with rounding; a run is not to lose its last call by it.
        if self.spent + price > self.budget + 1e-9 {
            self.refused += 1;
            return Err(OracleError::Budget);
        }
        self.spent += price;
        self.answered[kind] += 1;
        Ok(())
    }

    fn charge_listed(&mut self, kind: usize) -> Result<(), OracleError> {
        self.charge(kind, PRICES[kind].1)
    }
}

impl HostOracle for Ledger<'_> {
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge_listed(0)?;
        Ok(self.problem.loss(w))
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        self.charge_listed(1)?;
        self.problem.gradient(w, 0..self.problem.measurements(), None, out);
        Ok(self.problem.loss(w))
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        self.charge(2, batch.len() as f64 / self.problem.measurements() as f64)?;
        self.problem.gradient(w, batch.iter().copied(), noise, out);
        Ok(())
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge_listed(3)?;
        self.problem.gradient(w, 0..self.problem.measurements(), Some(noise), out);
        Ok(())
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge_listed(4)?;
        self.problem.hessian_vector(w, v, out);
        Ok(())
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge_listed(5)?;
        Ok(self.problem.hessian_trace(w))
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge_listed(6)?;
        self.problem.hessian_trace_gradient(w, out);
        Ok(())
    }

    fn progress(&self) -> f64 {
        (self.spent / self.budget).min(1.0)
    }

    fn remaining(&self) -> f64 {
        self.budget - self.spent
    }

    fn measurements(&self) -> usize {
        self.problem.measurements()
    }
}
