use flatbench_plugin::ndarray::{Array1, Array2, ArrayView2, Axis};

/// A running mean of the squared gradient of a factor.
pub(crate) enum SecondMoment {
    /// Sums over the rows (n) and over the columns (k) of an n × k factor.
    Factored { rows: Array1<f64>, cols: Array1<f64> },
    /// All entries, of a factor with one row or column.
    Full(Array2<f64>),
}

impl SecondMoment {
    pub(crate) fn new(rows: usize, cols: usize) -> Self {
        if rows > 1 && cols > 1 {
            SecondMoment::Factored { rows: Array1::zeros(rows), cols: Array1::zeros(cols) }
        } else {
            SecondMoment::Full(Array2::zeros((rows, cols)))
        }
    }

    /// Takes in a gradient: mean ← `beta` · mean + (1 − `beta`) · (G² + `epsilon`).
    pub(crate) fn update(&mut self, gradient: ArrayView2<'_, f64>, beta: f64, epsilon: f64) {
        let square = gradient.mapv(|g| g * g + epsilon);
        match self {
            SecondMoment::Factored { rows, cols } => {
                *rows *= beta;
                rows.scaled_add(1.0 - beta, &square.sum_axis(Axis(1)));
                *cols *= beta;
                cols.scaled_add(1.0 - beta, &square.sum_axis(Axis(0)));
            }
            SecondMoment::Full(mean) => {
                *mean *= beta;
                mean.scaled_add(1.0 - beta, &square);
            }
        }
    }

    /// G/√V with V the mean, or r s/(1ᵀr) for its sums r and s.
    pub(crate) fn scaled(&self, gradient: ArrayView2<'_, f64>) -> Array2<f64> {
        match self {
            SecondMoment::Factored { rows, cols } => {
                let total = rows.sum();
                // Roots first: a product of two means that are near ε₁ leaves the range of numbers.
                let at = |(i, j): (usize, usize)| gradient[[i, j]] / ((rows[i] / total).sqrt() * cols[j].sqrt());
                Array2::from_shape_fn(gradient.dim(), at)
            }
            SecondMoment::Full(mean) => &gradient / &mean.mapv(f64::sqrt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    #[test]
    fn a_square_of_rank_one_loses_nothing_by_its_factors() {
        let gradient = array![[1.0, -2.0], [3.0, 6.0], [-0.5, 1.0]];
        let mut moment = SecondMoment::new(3, 2);
        moment.update(gradient.view(), 0.0, 1e-30);
        assert!((moment.scaled(gradient.view()) - gradient.mapv(f64::signum)).iter().all(|x| x.abs() < 1e-15));
    }

    #[test]
    fn a_vector_keeps_all_of_its_squares() {
        for (rows, cols) in [(1, 3), (3, 1), (1, 1)] {
            let gradient = Array2::from_shape_fn((rows, cols), |(i, j)| 1.0 + (i + 2 * j) as f64);
            let mut moment = SecondMoment::new(rows, cols);
            moment.update(gradient.view(), 0.0, 1e-30);
            moment.update((&gradient * 2.0).view(), 0.5, 1e-30);
            let expected = 1.0 / 2.5_f64.sqrt();
            assert!(moment.scaled(gradient.view()).iter().all(|x| (x - expected).abs() < 1e-15));
        }
    }

    #[test]
    fn squares_of_a_vanishing_gradient_stay_in_the_range_of_numbers() {
        let mut moment = SecondMoment::new(2, 2);
        moment.update(Array2::zeros((2, 2)).view(), 0.0, 1e-300);
        assert_eq!(moment.scaled(Array2::zeros((2, 2)).view()), Array2::<f64>::zeros((2, 2)));
    }
}
