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

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    /// (G Gᵀ + εI)^(−1/2) G = G/√(‖G‖² + ε).
    #[test]
    fn of_a_vector_only_the_long_side_is_kept() {
        let gradient = array![[3.0], [0.0], [-4.0]];
        for (gradient, place) in [(gradient.clone(), 0), (gradient.t().to_owned(), 1)] {
            let mut sides = Side::both(gradient.nrows(), gradient.ncols(), 11.0);
            assert!(sides[1 - place].is_none());
            let side = sides[place].as_mut().expect("the long side");
            let tall = if place == 0 { gradient.view() } else { gradient.t() };
            let step = side.updated(tall, 1.0, true).dot(&tall);
            assert!((step - array![[0.5], [0.0], [-4.0 / 6.0]]).iter().all(|x| x.abs() < 1e-12));
        }
    }

    #[test]
    fn roots_wait_until_they_are_asked_for() {
        let [Some(mut left), Some(_)] = Side::both(2, 3, 1.0) else { panic!("a matrix has two sides") };
        let gradient = array![[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let first = left.updated(gradient.view(), 1.0, true).clone();
        assert_eq!(left.updated(gradient.view(), 1.0, false), first);
        assert!((left.updated(gradient.view(), 1.0, true)[[0, 0]] - 4_f64.powf(-0.25)).abs() < 1e-15);
    }
}
