use flatbench_records::{Case, FactorizationKind};
use ndarray::Array2;

use crate::problem::{Block, Problem};
use crate::spectral::{symmetric_eigen, thin_svd};

/// Where runs of a case start that is given no point: the point of its regime for this seed, times its [`init_scale`](Case::init_scale) where it has one.
pub fn starting_point(problem: &dyn Problem, case: &Case, seed: u64) -> Vec<f64> {
    let mut w = problem.initial_point(case.init, seed);
    if let Some(factor) = case.init_scale {
        w.iter_mut().for_each(|x| *x *= factor);
    }
    w
}

/// The spectral start: balanced factors of the best approximation of [`estimate`] that they have room for.
///
/// L = U S^½ and R = V S^½ of its leading singular pairs (Jain, Netrapalli and Sanghavi 2013); for layers W_L = U S^{1/L}, W_1 = S^{1/L} Vᵀ
/// and S^{1/L} between them; for U Uᵀ its leading positive eigenpairs (Candès, Li and Soltanolkotabi 2015; Li, Ma, Chen and Chi 2019), for a
/// factor that is subtracted its leading negative ones. What there is no pair for is zero.
///
/// # Panics
/// For a vector, which has none, and measurements that are not finite; a family that has no such start
/// [says so](flatbench_records::FamilyDescription::no_spectral_start).
pub(crate) fn spectral_point(problem: &dyn Problem) -> Vec<f64> {
    let x = estimate(problem);
    let blocks = problem.blocks();
    let mut w = Vec::with_capacity(problem.dimensions().parameters);
    let svd = || thin_svd(&x).expect("measurements are finite");
    match problem.factorization() {
        FactorizationKind::LeftRight => {
            let svd = svd();
            let pairs: Vec<(usize, f64)> = svd.values.iter().map(|s| s.sqrt()).enumerate().collect();
            for (block, vectors) in blocks.iter().zip([&svd.u, &svd.v]) {
                w.extend(columns(block, vectors, &pairs));
            }
        }
        FactorizationKind::Chain => {
            let (svd, depth) = (svd(), blocks.len());
            let pairs: Vec<(usize, f64)> = svd.values.iter().map(|s| s.powf(1.0 / depth as f64)).enumerate().collect();
            for (l, block) in blocks.iter().enumerate() {
                if l == 0 {
                    let transposed = Block { rows: block.cols, cols: block.rows, ..block.clone() };
                    w.extend(columns(&transposed, &svd.v, &pairs).t().iter());
                } else if l + 1 == depth {
                    w.extend(columns(block, &svd.u, &pairs));
                } else {
                    let root = |i: usize| pairs.get(i).map_or(0.0, |pair| pair.1);
                    w.extend(Array2::from_shape_fn(
                        (block.rows, block.cols),
                        |(i, j)| if i == j { root(i) } else { 0.0 },
                    ));
                }
            }
        }
        FactorizationKind::Gram { signs } => {
            let (values, vectors) = symmetric_eigen(&x).expect("measurements are finite");
            for (block, &sign) in blocks.iter().zip(&signs) {
                let of_sign = values.iter().map(|value| f64::from(sign) * value).enumerate();
                let mut pairs: Vec<(usize, f64)> = of_sign.filter(|pair| pair.1 > 0.0).collect();
                pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
                pairs.iter_mut().for_each(|pair| pair.1 = pair.1.sqrt());
                w.extend(columns(block, &vectors, &pairs));
            }
        }
        FactorizationKind::Hadamard => panic!("a vector has no spectral start"),
    }
    w
}

/// A factor of as many of these columns of `vectors`, each times its number, as it has.
fn columns(block: &Block, vectors: &Array2<f64>, pairs: &[(usize, f64)]) -> Array2<f64> {
    let mut factor = Array2::zeros((block.rows, block.cols));
    for (mut column, &(place, root)) in factor.columns_mut().into_iter().zip(pairs) {
        column.scaled_add(root, &vectors.column(place));
    }
    factor
}

/// What the measurements say of X* at first sight, without bias where they are the same in all directions: Σ b_i A_i · d1 d2 / Σ ‖A_i‖_F²,
/// that is 1/m Σ b_i A_i for Gaussian measurements and the known entries over their share for sampled ones. For quadratic measurements by
/// Gaussian x_i, of which 1/m Σ b_i x_i x_iᵀ tends to 2 X* + tr(X*) I, ½ (1/m Σ b_i x_i x_iᵀ − mean(b) I).
fn estimate(problem: &dyn Problem) -> Array2<f64> {
    let (operator, targets) = (problem.operator(), problem.targets());
    let (rows, cols) = (operator.rows(), operator.cols());
    let mut g = vec![0.0; operator.matrix_len()];
    operator.adjoint(targets, &mut g);
    g.truncate(rows * cols);
    let mut x = Array2::from_shape_vec((rows, cols), g).expect("a matrix, row by row");
    let m = targets.len() as f64;
    if let FactorizationKind::Gram { .. } = problem.factorization() {
        let mean = targets.iter().sum::<f64>() / m;
        x.mapv_inplace(|entry| entry / (2.0 * m));
        x.diag_mut().mapv_inplace(|entry| entry - 0.5 * mean);
    } else {
        let squares: f64 = operator.moments().0.to_array().diag().sum();
        let scale = (rows * cols) as f64 / squares;
        x.mapv_inplace(|entry| scale * entry);
    }
    x
}
