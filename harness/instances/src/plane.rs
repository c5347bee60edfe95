//! Problems with two parameters and one number for X, at every point of a square: what can be drawn as it is.

use flatbench_problems::Problem;

/// Points along a side of the grid: odd, so that the origin is one of them.
const SIDE: usize = 121;
/// Directions in which a zero-loss point is looked for.
const DIRECTIONS: usize = 1440;

/// Loss and zero-loss points of such a problem.
#[derive(Clone, Debug)]
pub struct Plane {
    /// Names of the two parameters.
    pub names: [String; 2],
    /// Points along a side of the grid.
    pub side: usize,
    /// f at the grid on [−reach, reach]², row by row, the first parameter along a row.
    pub loss: Vec<f64>,
    /// Zero-loss points with tr H there, in the order of their angle, in pieces without a gap.
    pub valley: Vec<Vec<([f64; 2], f64)>>,
}

/// The problem on the square with corners (±reach, ±reach). `None` where it has other than two parameters, X is more than a number, or
/// no truth is known whose factorizations have zero loss, or there is no tr H.
///
/// X is homogeneous of degree two in w: on a ray it takes the value of the truth once, at √(x*/x(u)) for the unit vector u of the ray.
pub fn plane(problem: &dyn Problem, reach: f64) -> Option<Plane> {
    let dimensions = problem.dimensions();
    if (dimensions.parameters, dimensions.rows, dimensions.cols) != (2, 1, 1) || !problem.is_realisable() {
        return None;
    }
    if problem.least_absolute().is_some() {
        return None;
    }
    let truth = problem.truth()?[[0, 0]];
    let mut evaluator = problem.evaluator();
    let at = |i: usize| reach * (2.0 * i as f64 / (SIDE - 1) as f64 - 1.0);
    let mut loss = Vec::with_capacity(SIDE * SIDE);
    for j in 0..SIDE {
        loss.extend((0..SIDE).map(|i| evaluator.loss(&[at(i), at(j)])));
    }
    let mut valley: Vec<Vec<([f64; 2], f64)>> = vec![Vec::new()];
    for step in 0..=DIRECTIONS {
        let (y, x) = (std::f64::consts::TAU * step as f64 / DIRECTIONS as f64).sin_cos();
        let squared = truth / problem.end_to_end(&[x, y])[[0, 0]];
        if squared.is_finite() && squared > 0.0 {
            let w = [squared.sqrt() * x, squared.sqrt() * y];
            let trace = evaluator.hessian_trace(&w);
            if let Some(piece) = valley.last_mut() {
                piece.push((w, trace));
            }
        } else if valley.last().is_some_and(|piece| !piece.is_empty()) {
            valley.push(Vec::new());
        }
    }
    valley.retain(|piece| piece.len() > 1);
    Some(Plane { names: names(problem), side: SIDE, loss, valley })
}

/// Names of the entries of w: of the factors, numbered where a factor has several.
fn names(problem: &dyn Problem) -> [String; 2] {
    let blocks = problem.blocks();
    match blocks {
        [a, b] => [a.name.clone(), b.name.clone()],
        _ => {
            let name = blocks.first().map_or("w", |block| block.name.as_str());
            [format!("{name}1"), format!("{name}2")]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flatbench_records::{Case, Init, Value};

    use super::*;

    fn drawn(family: &str, sizes: &[(&str, i64)]) -> Box<dyn Problem> {
        let parameters: BTreeMap<_, _> = sizes.iter().map(|&(name, n)| (name.to_owned(), Value::Integer(n))).collect();
        let case = Case {
            name: "case".to_owned(),
            family: family.to_owned(),
            parameters,
            init: Init::Large,
            budget: 1.0,
            ..Case::default()
        };
        crate::draw(&case, 5, std::path::Path::new(".")).expect("a sound case")
    }

    #[test]
    fn the_valley_has_zero_loss_and_the_trace_is_least_where_factors_are_balanced() {
        let sizes = [("rows", 1), ("cols", 1), ("rank", 1), ("factor_rank", 1), ("measurements", 3)];
        let problem = drawn("matrix-sensing", &sizes);
        let plane = plane(&*problem, 2.0).expect("two parameters");
        let mut evaluator = problem.evaluator();
        let scale = evaluator.loss(&[0.0, 0.0]);
        assert_eq!((plane.valley.len(), plane.names.clone()), (2, ["L".to_owned(), "R".to_owned()]));
        let mut least = (f64::INFINITY, [0.0; 2]);
        for (w, trace) in plane.valley.iter().flatten() {
            assert!(evaluator.loss(w) <= 1e-20 * scale, "{w:?}");
            if *trace < least.0 {
                least = (*trace, *w);
            }
        }
        assert!((least.1[0].abs() - least.1[1].abs()).abs() < 1e-2, "{least:?}");
        assert_eq!(plane.loss[plane.side * plane.side / 2], scale);
    }

    #[test]
    fn a_control_has_a_circle_of_equal_traces_and_larger_problems_have_no_plane() {
        let circle =
            drawn("covariance-estimation", &[("dimension", 1), ("rank", 1), ("factor_rank", 2), ("measurements", 2)]);
        let plane = plane(&*circle, 2.0).expect("two parameters");
        let traces: Vec<f64> = plane.valley.iter().flatten().map(|point| point.1).collect();
        assert!(plane.valley.len() == 1 && traces.len() > 1000);
        assert!(traces.iter().all(|trace| (trace / traces[0] - 1.0).abs() < 1e-12));
        let larger =
            drawn("covariance-estimation", &[("dimension", 3), ("rank", 1), ("factor_rank", 1), ("measurements", 9)]);
        assert!(super::plane(&*larger, 2.0).is_none());
    }
}
