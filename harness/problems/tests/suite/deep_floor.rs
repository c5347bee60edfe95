//! The floor of deep chains against searches over their parameters, which know nothing of Gram matrices.

use crate::support::{case, drawn};
use flatbench_problems::{Evaluator, Problem, spectral};
use flatbench_records::Init;
use ndarray::Array2;

/// Three by three, as many measurements as entries: at zero loss X is the truth.
fn determined(depth: &str, width: &str, seed: u64) -> Box<dyn Problem> {
    let sizes = [("rows", "3"), ("cols", "3"), ("rank", "3"), ("measurements", "9"), ("factor_rank", width)];
    drawn(&case("deep-matrix-factorization", &[&sizes[..], &[("depth", depth)]].concat()), seed)
}

/// Solves the symmetric positive definite system by elimination.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in i + 1..n {
            let factor = a[j][i] / a[i][i];
            let row = a[i].clone();
            a[j].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            b[j] -= factor * b[i];
        }
    }
    for i in (0..n).rev() {
        let rest: f64 = (i + 1..n).map(|j| a[i][j] * b[j]).sum();
        b[i] = (b[i] - rest) / a[i][i];
    }
    b
}

/// The least v with J v = u.
fn least(evaluator: &mut dyn Evaluator, w: &[f64], u: &[f64]) -> Vec<f64> {
    let (m, n) = (u.len(), w.len());
    let mut rows = vec![vec![0.0; n]; m];
    for (i, row) in rows.iter_mut().enumerate() {
        let unit: Vec<f64> = (0..m).map(|j| f64::from(i == j)).collect();
        evaluator.jacobian_transpose_vector(w, &unit, row);
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let gram = rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect();
    let y = solve(gram, u.to_vec());
    (0..n).map(|j| (0..m).map(|i| rows[i][j] * y[i]).sum()).collect()
}

/// Gauss-Newton to zero loss; `None` where that fails.
fn to_zero_loss(evaluator: &mut dyn Evaluator, mut w: Vec<f64>, m: usize) -> Option<Vec<f64>> {
    let mut residuals = vec![0.0; m];
    for _ in 0..60 {
        evaluator.residuals(&w, &mut residuals);
        let size = residuals.iter().map(|r| r * r).sum::<f64>();
        if size < 1e-25 {
            return Some(w);
        }
        let step = least(evaluator, &w, &residuals);
        let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        w.iter_mut().zip(&step).for_each(|(w, s)| *w -= s * (0.3 / length).min(1.0));
    }
    None
}

/// The smallest trace that descent along the zero-loss set finds from `w`.
fn descend(evaluator: &mut dyn Evaluator, mut w: Vec<f64>, m: usize) -> f64 {
    let mut trace = evaluator.hessian_trace(&w);
    let mut step = 1e-2;
    for _ in 0..3000 {
        let mut gradient = vec![0.0; w.len()];
        evaluator.hessian_trace_gradient(&w, &mut gradient);
        let mut image = vec![0.0; m];
        evaluator.jacobian_vector(&w, &gradient, &mut image);
        let normal = least(evaluator, &w, &image);
        let moved = w.iter().zip(gradient.iter().zip(&normal)).map(|(w, (g, n))| w - step * (g - n)).collect();
        let next = to_zero_loss(evaluator, moved, m);
        let lower = next.and_then(|w| Some((Some(evaluator.hessian_trace(&w)).filter(|t| *t < trace)?, w)));
        match lower {
            Some((found, moved)) => {
                let fall = trace - found;
                (trace, w) = (found, moved);
                step *= 1.3;
                if fall < 1e-13 * trace {
                    break;
                }
            }
            None => step *= 0.4,
        }
        if step < 1e-14 {
            break;
        }
    }
    trace
}

#[test]
fn descent_over_all_parameters_ends_at_the_floor() {
    for (depth, width, seed) in [("3", "3", 0), ("3", "4", 1), ("4", "3", 2), ("5", "3", 3)] {
        let problem = determined(depth, width, seed);
        let truth = problem.truth().expect("drawn").to_owned();
        let floor = problem.flatness_floor(truth.view());
        let mut evaluator = problem.evaluator();
        let m = problem.dimensions().measurements;
        let mut from = |start: u64| {
            let w = to_zero_loss(&mut *evaluator, problem.initial_point(Init::Large, start), m)?;
            Some(descend(&mut *evaluator, w, m))
        };
        let found: Vec<f64> = (0..8).filter_map(&mut from).collect();
        assert!(found.len() >= 4, "{} of 8 reached zero loss", found.len());
        let best = found.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(found.iter().all(|trace| *trace >= floor * (1.0 - 1e-9)), "{found:?} below {floor}");
        assert!(best <= floor * (1.0 + 1e-5), "depth {depth}: {best} against {floor}");
        // There are no other minima: where descent has ended, it has ended there.
        let near = found.iter().filter(|trace| **trace <= floor * (1.0 + 1e-3)).count();
        assert!(2 * near >= found.len(), "depth {depth}: {found:?} against {floor}");
    }
}

/// The floor of the X of any parameters is at most their trace, also for wide layers, low ranks and bad conditions; and it
/// grows with X as the power 2(L − 1)/L.
#[test]
fn no_parameters_are_flatter_than_the_floor_of_their_matrix() {
    for depth in ["3", "4", "6"] {
        for (rank, width) in [("1", "2"), ("2", "2"), ("2", "5"), ("4", "7")] {
            let sizes = [("rows", "5"), ("cols", "4"), ("rank", rank), ("factor_rank", width), ("measurements", "14")];
            let problem = drawn(&case("deep-matrix-factorization", &[&sizes[..], &[("depth", depth)]].concat()), 1);
            for seed in 0..4 {
                let w = problem.initial_point(Init::Large, seed);
                let x = problem.end_to_end(&w);
                let floor = problem.flatness_floor(x.view());
                let trace = problem.evaluator().hessian_trace(&w);
                assert!(floor > 0.0 && trace >= floor * (1.0 - 1e-10), "depth {depth}: {trace} below {floor}");
                let layers: f64 = depth.parse().expect("a number");
                let doubled = problem.flatness_floor((&x * 2.0).view());
                let power = 2.0_f64.powf(2.0 * (layers - 1.0) / layers);
                assert!((doubled / floor / power - 1.0).abs() < 1e-12, "{doubled} {floor}");
            }
        }
    }
}

/// Moving the layers of the flattest chain, by exact changes of basis between them, only raises the trace.
#[test]
fn the_flattest_chain_is_a_minimum() {
    let sizes = [("rows", "5"), ("cols", "6"), ("rank", "2"), ("factor_rank", "3"), ("measurements", "25")];
    for depth in ["3", "4"] {
        let problem = drawn(&case("deep-matrix-factorization", &[&sizes[..], &[("depth", depth)]].concat()), 4);
        let truth = problem.truth().expect("drawn").to_owned();
        let floor = problem.flatness_floor(truth.view());
        let w = problem.flattest_factorization(truth.view()).expect("wide enough");
        let mut evaluator = problem.evaluator();
        let at = evaluator.hessian_trace(&w);
        assert!((at / floor - 1.0).abs() < 1e-12, "{at} against {floor}");
        for size in [1e-4, 1e-2, 0.3] {
            for entry in 0..9 {
                // W_1 → (I + εE) W_1 and W_2 → W_2 (I + εE)⁻¹.
                let mut change = Array2::<f64>::eye(3);
                change[[entry / 3, entry % 3]] += size;
                let mut back = Array2::<f64>::eye(3);
                let diagonal = entry / 3 == entry % 3;
                back[[entry / 3, entry % 3]] -= if diagonal { size / (1.0 + size) } else { size };
                let blocks = problem.blocks();
                let layer = |l: usize| {
                    let block = &blocks[l];
                    Array2::from_shape_vec((block.rows, block.cols), w[block.offset..][..block.len()].to_vec())
                        .expect("a block")
                };
                let mut moved = w.clone();
                for (l, changed) in [(0, change.dot(&layer(0))), (1, layer(1).dot(&back))] {
                    let target = &mut moved[blocks[l].offset..][..blocks[l].len()];
                    target.iter_mut().zip(changed.iter()).for_each(|(t, c)| *t = *c);
                }
                let x = problem.end_to_end(&moved);
                assert!((&x - &truth).iter().all(|d| d.abs() < 1e-12));
                let trace = evaluator.hessian_trace(&moved);
                assert!(trace >= at * (1.0 - 1e-12), "{trace} below {at}");
            }
        }
    }
}

/// Many isotropic measurements: 2L (d_0 d_L)^{1/L} ‖X‖_*^{2(L−1)/L}.
#[test]
fn the_deep_floor_has_the_known_limit() {
    for (depth, layers) in [("3", 3.0), ("4", 4.0_f64)] {
        let sizes = [("rows", "6"), ("cols", "5"), ("rank", "2"), ("measurements", "20000"), ("depth", depth)];
        let problem = drawn(&case("deep-matrix-factorization", &sizes), 0);
        let truth = problem.truth().expect("synthetic").to_owned();
        let nuclear = spectral::nuclear_norm(&truth);
        let limit = 2.0 * layers * 30.0_f64.powf(1.0 / layers) * nuclear.powf(2.0 * (layers - 1.0) / layers);
        let floor = problem.flatness_floor(truth.view());
        assert!((floor / limit - 1.0).abs() < 0.01, "{floor} against {limit}");
    }
}

#[test]
fn too_narrow_a_chain_has_no_flattest_one() {
    let sizes =
        [("rows", "5"), ("cols", "5"), ("rank", "2"), ("factor_rank", "2"), ("measurements", "20"), ("depth", "3")];
    let problem = drawn(&case("deep-matrix-factorization", &sizes), 0);
    assert!(problem.flattest_factorization(Array2::eye(5).view()).is_none());
    assert!(problem.flattest_factorization(problem.truth().expect("drawn")).is_some());
}
