use flatbench_plugin::host::{HostOracle, OracleError};

/// An oracle that writes down the batches that are asked for.
pub struct Recording<O> {
    oracle: O,
    batches: Vec<u8>,
}

impl<O> Recording<O> {
    pub fn new(oracle: O) -> Self {
        Recording { oracle, batches: Vec::new() }
    }

    /// The indices in the order they were asked for, each as eight bytes, the lowest first.
    pub fn batches(&self) -> &[u8] {
        &self.batches
    }
}

impl<O: HostOracle> HostOracle for Recording<O> {
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.oracle.loss(w)
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        self.oracle.gradient(w, out)
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        self.batches.extend(batch.iter().flat_map(|&index| (index as u64).to_le_bytes()));
        self.oracle.minibatch_gradient(w, batch, noise, out)
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.oracle.perturbed_gradient(w, noise, out)
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.oracle.hessian_vector(w, v, out)
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.oracle.hessian_trace(w)
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.oracle.hessian_trace_gradient(w, out)
    }

    fn progress(&self) -> f64 {
        self.oracle.progress()
    }

    fn remaining(&self) -> f64 {
        self.oracle.remaining()
    }

    fn measurements(&self) -> usize {
        self.oracle.measurements()
    }
}
