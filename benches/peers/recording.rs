use flatbench_plugin::host::{HostOracle, OracleError, Question};

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
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        if let Question::MinibatchGradient { batch, .. } = question {
            self.batches.extend(batch.iter().flat_map(|&index| (index as u64).to_le_bytes()));
        }
        self.oracle.answer(w, question, out)
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
