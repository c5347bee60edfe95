//! Plain dense linear algebra: cyclic Jacobi rotations, nothing shared with the code under test.

/// A matrix by rows.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    pub entries: Vec<f64>,
}

impl Matrix {
    pub fn new(rows: usize, cols: usize, entries: Vec<f64>) -> Self {
        assert_eq!(entries.len(), rows * cols);
        Matrix { rows, cols, entries }
    }

    pub fn from(rows: usize, cols: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        Matrix { rows, cols, entries: (0..rows * cols).map(|p| entry(p / cols, p % cols)).collect() }
    }

    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.entries[i * self.cols + j]
    }

    pub fn transposed(&self) -> Self {
        Matrix::from(self.cols, self.rows, |i, j| self.at(j, i))
    }

    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.rows);
        Matrix::from(self.rows, other.cols, |i, j| (0..self.cols).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    pub fn minus(&self, other: &Self) -> Self {
        Matrix::from(self.rows, self.cols, |i, j| self.at(i, j) - other.at(i, j))
    }

    pub fn trace(&self) -> f64 {
        (0..self.rows).map(|i| self.at(i, i)).sum()
    }

    pub fn norm(&self) -> f64 {
        norm(&self.entries)
    }

    /// Eigenvalues and eigenvectors (columns) of a symmetric matrix, in no order.
    pub fn eigen(&self) -> (Vec<f64>, Matrix) {
        let n = self.rows;
        let mut a = Matrix::from(n, n, |i, j| 0.5 * (self.at(i, j) + self.at(j, i)));
        let mut vectors = Matrix::from(n, n, |i, j| f64::from(i == j));
        for _ in 0..60 {
            let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a.at(i, j).powi(2)).sum();
            if off.sqrt() <= 1e-15 * a.norm() {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    a.rotate(p, q, &mut vectors);
                }
            }
        }
        ((0..n).map(|i| a.at(i, i)).collect(), vectors)
    }

    fn rotate(&mut self, p: usize, q: usize, vectors: &mut Matrix) {
        let coupling = self.at(p, q);
        if coupling == 0.0 {
            return;
        }
        let theta = 0.5 * (self.at(q, q) - self.at(p, p)) / coupling;
        let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
        let cosine = 1.0 / (t * t + 1.0).sqrt();
        let sine = t * cosine;
        let n = self.rows;
        let turn = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
        for k in 0..n {
            (self.entries[k * n + p], self.entries[k * n + q]) = turn(self.at(k, p), self.at(k, q));
        }
        for k in 0..n {
            (self.entries[p * n + k], self.entries[q * n + k]) = turn(self.at(p, k), self.at(q, k));
            (vectors.entries[k * n + p], vectors.entries[k * n + q]) = turn(vectors.at(k, p), vectors.at(k, q));
        }
    }

    /// Singular values, descending: the positive eigenvalues of [[0, X], [Xᵀ, 0]].
    pub fn singular_values(&self) -> Vec<f64> {
        let (r, c) = (self.rows, self.cols);
        let double = Matrix::from(r + c, r + c, |i, j| match (i < r, j < r) {
            (true, false) => self.at(i, j - r),
            (false, true) => self.at(j, i - r),
            _ => 0.0,
        });
        let mut values = double.eigen().0;
        values.sort_by(|a, b| b.total_cmp(a));
        values.truncate(r.min(c));
        values.iter().map(|value| value.max(0.0)).collect()
    }

    /// Sum of the singular values.
    pub fn nuclear_norm(&self) -> f64 {
        self.singular_values().iter().sum()
    }

    /// The square root of a positive semidefinite matrix.
    pub fn root(&self) -> Matrix {
        self.function(|value| value.max(0.0).sqrt())
    }

    /// The inverse of a positive definite matrix.
    pub fn inverse(&self) -> Matrix {
        self.function(|value| 1.0 / value)
    }

    /// The symmetric matrix with the same eigenvectors and changed eigenvalues.
    fn function(&self, f: impl Fn(f64) -> f64) -> Matrix {
        let (values, vectors) = self.eigen();
        Matrix::from(self.rows, self.rows, |i, j| {
            (0..self.rows).map(|k| vectors.at(i, k) * f(values[k]) * vectors.at(j, k)).sum()
        })
    }
}

pub fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
