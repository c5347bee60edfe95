use flatbench_plugin::ndarray::{Array2, ArrayView2};

use crate::root::power;

/// The preconditioner of one side of a factor, n × n.
pub(crate) struct Side {
    gram: Array2<f64>,
    /// The power of the Gram matrix that the present steps are made with.
    root: Array2<f64>,
    exponent: f64,
}

impl Side {
    fn new(n: usize, exponent: f64, epsilon: f64) -> Self {
        Side { gram: Array2::eye(n) * epsilon, root: Array2::eye(n), exponent }
    }

    /// Left and right of a matrix; of a vector the long side alone.
    pub(crate) fn both(rows: usize, cols: usize, epsilon: f64) -> [Option<Self>; 2] {
        match (rows, cols) {
            (_, 1) => [Some(Side::new(rows, -0.5, epsilon)), None],
            (1, _) => [None, Some(Side::new(cols, -0.5, epsilon))],
            _ => [Some(Side::new(rows, -0.25, epsilon)), Some(Side::new(cols, -0.25, epsilon))],
        }
    }

    /// Takes in G Gᵀ of a `gradient` with n rows, and returns the root, computed anew if asked for.
    pub(crate) fn updated(&mut self, gradient: ArrayView2<'_, f64>, decay: f64, renew: bool) -> &Array2<f64> {
        self.gram *= decay;
        let weight = if decay == 1.0 { 1.0 } else { 1.0 - decay };
        self.gram.scaled_add(weight, &gradient.dot(&gradient.t()));
        if renew {
            self.root = power(&self.gram, self.exponent);
        }
        &self.root
    }
}
