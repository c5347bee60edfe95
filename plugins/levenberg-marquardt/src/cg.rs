use flatbench_plugin::prelude::*;

/// Solves A x = b for a symmetric positive semidefinite A by conjugate gradients from 0, until the residual is `tolerance` of b or
/// `limit` products are done.
///
/// Where A is singular and b in its range, x is the solution of least norm: every iterate stays in the range.
///
/// # Errors
/// Those of `product`, which multiplies by A.
pub(crate) fn conjugate_gradients(
    b: &Parameters,
    tolerance: f64,
    limit: usize,
    mut product: impl FnMut(&Vector) -> Result<Vector>,
) -> Result<Vector> {
    let (mut x, mut residual, mut direction) = (b.zeros_like(), b.to_vector(), b.to_vector());
    let mut square = residual.dot(&residual);
    let enough = tolerance * tolerance * square;
    for _ in 0..limit {
        if square <= enough {
            break;
        }
        let image = product(&direction)?;
        let curvature = direction.dot(&image);
        // Rounding: what is left of b lies in the kernel.
        if curvature <= f64::EPSILON * image.norm() * direction.norm() {
            break;
        }
        let length = square / curvature;
        x.scaled_add(length, &direction);
        residual.scaled_add(-length, &image);
        let next = residual.dot(&residual);
        direction.scale(next / square);
        direction.scaled_add(1.0, &residual);
        square = next;
    }
    Ok(x)
}
