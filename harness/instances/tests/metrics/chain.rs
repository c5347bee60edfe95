//! The least Σ_l Σ_i ‖(W_L⋯W_{l+1})ᵀ A_i (W_{l−1}⋯W_1)ᵀ‖² over all chains of a given product, in its Gram matrices.

use crate::dense::Matrix;

fn sum(matrices: impl Iterator<Item = Matrix>) -> Matrix {
    matrices
        .reduce(|mut sum, next| {
            sum.entries.iter_mut().zip(&next.entries).for_each(|(s, n)| *s += n);
            sum
        })
        .expect("at least one measurement")
}

/// Alternating minimisation over M_2..M_L in W_{l−1}⋯W_1 = M_l^{½} Vᵀ (up to a rotation), with the closed form of a block:
/// tr(F M⁻¹) + tr(E M) is least at M = E^{−½} (E^{½} F E^{½})^{½} E^{−½}.
pub fn least_chain(x: &Matrix, measurements: &[Matrix], depth: usize) -> f64 {
    let (values, vectors) = x.transposed().times(x).eigen();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> = (0..values.len()).filter(|&i| values[i] > 1e-12 * largest).collect();
    let right = Matrix::from(x.cols, kept.len(), |i, j| vectors.at(i, kept[j]));
    let left = x.times(&right);
    let within = |p: &Matrix, a: Matrix, q: &Matrix| p.transposed().times(&a).times(q);
    let first = within(&left, sum(measurements.iter().map(|a| a.times(&a.transposed()))), &left);
    let last = within(&right, sum(measurements.iter().map(|a| a.transposed().times(a))), &right);
    let inner: Vec<Matrix> = measurements.iter().map(|a| within(&left, a.clone(), &right)).collect();
    let forward = |m: &Matrix| sum(inner.iter().map(|c| c.times(m).times(&c.transposed())));
    let backward = |k: &Matrix| sum(inner.iter().map(|c| c.transposed().times(k).times(c)));
    let r = kept.len();
    let mut grams = vec![Matrix::from(r, r, |i, j| f64::from(i == j)); depth - 1];
    let mut least = f64::INFINITY;
    for _ in 0..500 {
        for l in 0..depth - 1 {
            let f = if l == 0 { first.clone() } else { forward(&grams[l - 1]) };
            let e = if l + 2 == depth { last.clone() } else { backward(&grams[l + 1].inverse()) };
            let (root, inverse) = (e.root(), e.root().inverse());
            grams[l] = inverse.times(&root.times(&f).times(&root).root()).times(&inverse);
        }
        let ends = first.times(&grams[0].inverse()).trace() + last.times(&grams[depth - 2]).trace();
        let between = (1..depth - 1).map(|l| forward(&grams[l - 1]).times(&grams[l].inverse()).trace());
        let value = ends + between.sum::<f64>();
        if value >= least * (1.0 - 1e-14) {
            break;
        }
        least = value;
    }
    least
}
