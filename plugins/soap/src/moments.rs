use flatbench_plugin::ndarray::{Array2, ArrayView2};

use crate::basis::Basis;

/// What is kept of a factor's gradients, n × k.
pub(crate) struct Moments {
    /// Running mean of the gradient, in the factor's own coordinates.
    mean: Array2<f64>,
    /// Running mean of the squared gradient, in the bases.
    square: Array2<f64>,
    /// Left (n) and right (k); none for a vector.
    bases: Option<[Basis; 2]>,
}

impl Moments {
    pub(crate) fn new(gradient: ArrayView2<'_, f64>, beta: f64) -> Self {
        let (rows, cols) = gradient.dim();
        let matrix = rows > 1 && cols > 1;
        let bases = matrix.then(|| [Basis::new(gradient, beta), Basis::new(gradient.t(), beta)]);
        Moments { mean: Array2::zeros((rows, cols)), square: Array2::zeros((rows, cols)), bases }
    }

    /// Takes in a gradient, and returns the two means in the bases.
    pub(crate) fn updated(&mut self, gradient: ArrayView2<'_, f64>, beta1: f64, beta2: f64) -> [Array2<f64>; 2] {
        self.mean *= beta1;
        self.mean.scaled_add(1.0 - beta1, &gradient);
        let turned = self.turned(gradient);
        self.square *= beta2;
        self.square.scaled_add(1.0 - beta2, &(&turned * &turned));
        [self.turned(self.mean.view()), self.square.clone()]
    }

    /// Q_Lᵀ X Q_R.
    fn turned(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        match &self.bases {
            Some([left, right]) => left.vectors.t().dot(&x).dot(&right.vectors),
            None => x.to_owned(),
        }
    }

    /// Q_L X' Q_Rᵀ.
    pub(crate) fn back(&self, x: Array2<f64>) -> Array2<f64> {
        match &self.bases {
            Some([left, right]) => left.vectors.dot(&x).dot(&right.vectors.t()),
            None => x,
        }
    }

    /// Lets the bases see a gradient, and turn if it is time.
    pub(crate) fn follow(&mut self, gradient: ArrayView2<'_, f64>, beta: f64, turn: bool) {
        if let Some([left, right]) = &mut self.bases {
            left.follow(gradient, beta, turn);
            right.follow(gradient.t(), beta, turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    #[test]
    fn a_vector_keeps_its_own_coordinates() {
        let gradient = array![[3.0], [0.0], [-4.0]];
        for gradient in [gradient.clone(), gradient.t().to_owned()] {
            let mut moments = Moments::new(gradient.view(), 0.5);
            let [mean, square] = moments.updated(gradient.view(), 0.5, 0.75);
            assert_eq!(mean, &gradient * 0.5);
            assert_eq!(square, (&gradient * &gradient) * 0.25);
            moments.follow(gradient.view(), 0.5, true);
            assert_eq!(moments.back(mean.clone()), mean);
        }
    }

    #[test]
    fn a_first_gradient_is_diagonal_in_its_bases() {
        let gradient = array![[2.0, 1.0], [0.0, 3.0], [1.0, -1.0]];
        let mut moments = Moments::new(gradient.view(), 0.5);
        let [turned, _] = moments.updated(gradient.view(), 0.0, 0.0);
        assert!(turned.indexed_iter().all(|((i, j), x)| i == j || x.abs() < 1e-14), "{turned}");
        assert!((moments.back(turned) - &gradient).iter().all(|x| x.abs() < 1e-14));
    }
}
