use faer::Mat;
use ndarray::ArrayView2;

use super::dense::{dot, require_finite, require_size, to_faer};
use super::error::{Axis, ReferenceError};
use super::operator::Operator;
use super::weight::Weight;

/// Linear measurements of X (rows × cols), in the cheapest form that describes them.
#[derive(Clone, Copy, Debug)]
pub enum Measurements<'a> {
    /// Any matrices: row i of the m × (rows·cols) array is A_i, row by row.
    Dense(ArrayView2<'a, f64>),
    /// A_i = a_i b_iᵀ, with a_i and b_i the rows of `left` (m × rows) and `right` (m × cols).
    RankOne {
        /// The vectors a_i.
        left: ArrayView2<'a, f64>,
        /// The vectors b_i.
        right: ArrayView2<'a, f64>,
    },
    /// Observed entries (row, column).
    Entries(&'a [(usize, usize)]),
}

impl Measurements<'_> {
    /// Number of measurements m.
    pub fn len(&self) -> usize {
        match self {
            Measurements::Dense(a) => a.nrows(),
            Measurements::RankOne { left, .. } => left.nrows(),
            Measurements::Entries(entries) => entries.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A(X), length m.
    pub fn apply(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        match self {
            Measurements::Dense(a) => {
                let flat: Vec<f64> = x.iter().copied().collect();
                a.rows().into_iter().map(|row| row.iter().zip(&flat).map(|(p, q)| p * q).sum()).collect()
            }
            Measurements::RankOne { left, right } => left
                .rows()
                .into_iter()
                .zip(right.rows())
                .map(|(a, b)| {
                    a.iter()
                        .zip(x.rows())
                        .map(|(ai, row)| ai * row.iter().zip(b).map(|(p, q)| p * q).sum::<f64>())
                        .sum()
                })
                .collect(),
            Measurements::Entries(entries) => entries.iter().map(|&(i, j)| x[[i, j]]).collect(),
        }
    }

    pub(super) fn validate(&self, rows: usize, cols: usize) -> Result<(), ReferenceError> {
        match self {
            Measurements::Dense(a) => {
                require_size("columns of the measurement array", rows * cols, a.ncols())?;
                require_finite("the measurement array", a.iter())
            }
            Measurements::RankOne { left, right } => {
                require_size("columns of the left vectors", rows, left.ncols())?;
                require_size("columns of the right vectors", cols, right.ncols())?;
                require_size("number of right vectors", left.nrows(), right.nrows())?;
                require_finite("the measurement vectors", left.iter().chain(right.iter()))
            }
            Measurements::Entries(entries) => {
                for &(i, j) in *entries {
                    if i >= rows {
                        return Err(ReferenceError::Entry { axis: Axis::Row, index: i, size: rows });
                    }
                    if j >= cols {
                        return Err(ReferenceError::Entry { axis: Axis::Column, index: j, size: cols });
                    }
                }
                Ok(())
            }
        }
    }

    /// The measurements as functions of Z = P X Q: B_i = P⁻¹ A_i Q⁻¹.
    pub(super) fn whitened(&self, rows: &Weight, cols: &Weight) -> Operator {
        let shape = (rows.dimension(), cols.dimension());
        match self {
            Measurements::Dense(a) => {
                let (d1, d2) = shape;
                let mut columns = vec![0.0; a.nrows() * d1 * d2];
                for (row, out) in a.rows().into_iter().zip(columns.chunks_exact_mut(d1 * d2)) {
                    let measurement = Mat::from_fn(d1, d2, |i, j| row[i * d2 + j]);
                    let b = super::weight::solve_both(rows, measurement.as_ref(), cols);
                    for (j, target) in out.chunks_exact_mut(d1).enumerate() {
                        for (i, value) in target.iter_mut().enumerate() {
                            *value = b[(i, j)];
                        }
                    }
                }
                Operator::Dense { shape, columns }
            }
            Measurements::RankOne { left, right } => Operator::RankOne {
                left: rows.solve(to_faer(left.t()).as_ref()),
                right: cols.solve(to_faer(right.t()).as_ref()),
            },
            Measurements::Entries(entries) => match (rows.diagonal(), cols.diagonal()) {
                (Some(p), Some(q)) => Operator::Entries {
                    shape,
                    entries: entries.iter().map(|&(i, j)| (i, j, 1.0 / (p[i] * q[j]))).collect(),
                },
                _ => {
                    let unit = |dimension: usize, pick: fn(&(usize, usize)) -> usize| {
                        Mat::from_fn(dimension, entries.len(), |i, j| f64::from(pick(&entries[j]) == i))
                    };
                    Operator::RankOne {
                        left: rows.solve(unit(shape.0, |e| e.0).as_ref()),
                        right: cols.solve(unit(shape.1, |e| e.1).as_ref()),
                    }
                }
            },
        }
    }
}

/// ‖A(X) − b‖ / ‖b‖.
pub(super) fn relative_residual(measurements: &Measurements<'_>, x: ArrayView2<'_, f64>, targets: &[f64]) -> f64 {
    let residual: Vec<f64> = measurements.apply(x).iter().zip(targets).map(|(p, t)| p - t).collect();
    let scale = dot(targets, targets).sqrt();
    if scale == 0.0 { dot(&residual, &residual).sqrt() } else { dot(&residual, &residual).sqrt() / scale }
}
