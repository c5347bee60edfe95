use faer::{Mat, Side};
use flatbench_plugin::ndarray::{Array2, ArrayView2};

/// An orthonormal basis that follows the eigenvectors of a running mean of G Gᵀ.
pub(crate) struct Basis {
    gram: Array2<f64>,
    /// Its columns are the basis.
    pub(crate) vectors: Array2<f64>,
}

impl Basis {
    /// The eigenvectors for a first gradient with n rows, those of the largest eigenvalues first.
    pub(crate) fn new(gradient: ArrayView2<'_, f64>, beta: f64) -> Self {
        let gram = gradient.dot(&gradient.t()) * (1.0 - beta);
        let n = gram.nrows();
        let faer = Mat::from_fn(n, n, |i, j| gram[[i, j]]);
        let eigen = faer.is_all_finite().then(|| faer.self_adjoint_eigen(Side::Lower).ok()).flatten();
        let vectors = eigen.map_or(Array2::from_elem((n, n), f64::NAN), |eigen| {
            Array2::from_shape_fn((n, n), |(i, j)| eigen.U()[(i, n - 1 - j)])
        });
        Basis { gram, vectors }
    }

    /// Takes in a gradient and, if it is time to `turn`, does a step of orthogonal iteration.
    pub(crate) fn follow(&mut self, gradient: ArrayView2<'_, f64>, beta: f64, turn: bool) {
        self.gram *= beta;
        self.gram.scaled_add(1.0 - beta, &gradient.dot(&gradient.t()));
        if turn {
            let image = self.gram.dot(&self.vectors);
            let n = image.nrows();
            // Where columns vanish, as at a solution, reflections still give an orthonormal basis.
            let q = Mat::from_fn(n, n, |i, j| image[[i, j]]).qr().compute_Q();
            self.vectors = Array2::from_shape_fn((n, n), |(i, j)| q[(i, j)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    fn is_orthonormal(vectors: &Array2<f64>) -> bool {
        (vectors.t().dot(vectors) - Array2::<f64>::eye(vectors.nrows())).iter().all(|x| x.abs() < 1e-14)
    }

    #[test]
    fn turns_to_the_eigenvectors() {
        let gradient = array![[2.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.5, 0.25]];
        let mut basis = Basis::new(array![[1.0], [1.0], [1.0]].view(), 0.5);
        for _ in 0..200 {
            basis.follow(gradient.view(), 0.5, true);
        }
        let diagonal = basis.vectors.t().dot(&basis.gram).dot(&basis.vectors);
        assert!(is_orthonormal(&basis.vectors));
        assert!(diagonal.indexed_iter().all(|((i, j), x)| i == j || x.abs() < 1e-12), "{diagonal}");
        assert!(diagonal[[0, 0]] > diagonal[[1, 1]] && diagonal[[1, 1]] > diagonal[[2, 2]]);
    }

    #[test]
    fn stays_a_basis_where_the_gradient_vanishes() {
        let zero = Array2::zeros((3, 2));
        let mut basis = Basis::new(zero.view(), 0.5);
        basis.follow(zero.view(), 0.5, true);
        assert!(is_orthonormal(&basis.vectors));
    }
}
