//! The certified references of drawn instances, judged by the instance's own oracles.

use crate::support::{case, drawn};
use flatbench_problems::reference::{Settings, flattest, norm_minimal};
use flatbench_records::Case;

fn cases() -> Vec<Case> {
    let square = [("rows", "12"), ("cols", "12"), ("rank", "1"), ("factor_rank", "12")];
    let with = |more: &[(&'static str, &'static str)]| [&square[..], more].concat();
    vec![
        case("matrix-sensing", &with(&[("measurements", "80")])),
        case("matrix-sensing", &with(&[("measurements", "60"), ("condition_number", "100.0")])),
        case(
            "matrix-sensing",
            &[("rows", "8"), ("cols", "14"), ("rank", "2"), ("factor_rank", "8"), ("measurements", "90")],
        ),
        case("bilinear-sensing", &with(&[("measurements", "90")])),
        case("matrix-completion", &with(&[("sampling_rate", "0.8")])),
        case("robust-pca", &with(&[("outlier_fraction", "0.03")])),
        case(
            "quadratic-network",
            &[("dimension", "12"), ("rank_positive", "1"), ("rank_negative", "1"), ("measurements", "60")],
        ),
        case(
            "quadratic-network",
            &[
                ("dimension", "12"),
                ("rank_positive", "1"),
                ("rank_negative", "1"),
                ("measurements", "60"),
                ("measurement", "gaussian"),
            ],
        ),
        case(
            "covariance-estimation",
            &[("dimension", "12"), ("rank", "2"), ("measurements", "40"), ("measurement", "gaussian")],
        ),
        case(
            "covariance-estimation",
            &[
                ("dimension", "12"),
                ("rank", "1"),
                ("measurements", "14"),
                ("measurement", "gaussian"),
                ("condition_number", "100.0"),
            ],
        ),
        case("deep-matrix-factorization", &with(&[("measurements", "80"), ("depth", "2")])),
        case("deep-sparse-recovery", &[("dimension", "40"), ("sparsity", "2"), ("measurements", "25")]),
        case("deep-sparse-recovery", &[("dimension", "40"), ("sparsity", "2"), ("measurements", "25"), ("depth", "3")]),
    ]
}

#[test]
fn the_flattest_point_fits_is_certified_and_no_sharper_than_the_truth() {
    for case in cases() {
        for seed in 0..3 {
            let problem = drawn(&case, seed);
            let name = format!("{} seed {seed} {:?}", case.name, case.parameters);
            let point = flattest(&*problem, &Settings::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let x = point.x.expect("a program was solved");
            assert!(point.certified && point.attained, "{name}: gap {:?}", point.gap);
            let truth = problem.truth().expect("a drawn truth");
            let floor = problem.flatness_floor(truth);
            assert!(point.hessian_trace <= floor * (1.0 + 1e-8), "{name}: {} above {floor}", point.hessian_trace);

            // A factorization of it has that trace, and no loss: judged by the oracles, which know nothing of the program.
            let w = problem.flattest_factorization(x.view()).expect("the factors are wide enough");
            let mut evaluator = problem.evaluator();
            let loss = evaluator.loss(&w);
            let scale = evaluator.loss(&vec![0.0; w.len()]);
            assert!(loss <= 1e-15 * scale, "{name}: loss {loss} of {scale}");
            let trace = evaluator.hessian_trace(&w);
            assert!((trace - point.hessian_trace).abs() <= 1e-6 * trace, "{name}: {trace} and {}", point.hessian_trace);
        }
    }
}

#[test]
fn the_norm_minimal_point_fits_and_is_never_flatter() {
    for case in cases() {
        let problem = drawn(&case, 5);
        let flat = flattest(&*problem, &Settings::default()).expect("well-posed");
        let minimal = norm_minimal(&*problem, &Settings::default()).expect("well-posed");
        let x = minimal.x.expect("a program was solved");
        assert!(minimal.certified && minimal.attained, "{}: gap {:?}", case.name, minimal.gap);
        assert!(
            minimal.hessian_trace >= flat.hessian_trace * (1.0 - 1e-7),
            "{} is flatter than the flattest",
            case.name
        );
        let w = problem.flattest_factorization(x.view()).expect("the factors are wide enough");
        let mut evaluator = problem.evaluator();
        let (loss, scale) = (evaluator.loss(&w), evaluator.loss(&vec![0.0; w.len()]));
        assert!(loss <= 1e-15 * scale, "{}: loss {loss} of {scale}", case.name);
    }
}

/// A factor U makes only positive semidefinite X, so that is where the smallest norm is sought.
#[test]
fn the_norm_minimal_point_of_a_gram_matrix_is_one() {
    for (family, rank) in [("phase-retrieval", None), ("covariance-estimation", Some(("rank", "2")))] {
        for seed in 0..3 {
            let sizes = [("dimension", "20"), ("measurements", "40")].into_iter().chain(rank).collect::<Vec<_>>();
            let problem = drawn(&case(family, &sizes), seed);
            let minimal = norm_minimal(&*problem, &Settings::default()).expect("the truth fits");
            let x = minimal.x.expect("a program was solved");
            assert!(minimal.certified && minimal.attained, "{family}: gap {:?}", minimal.gap);
            let truth = problem.truth().expect("a drawn truth");
            assert!(x.diag().sum() <= truth.diag().sum() * (1.0 + 1e-8), "{family} seed {seed}");
            let w = problem.flattest_factorization(x.view()).expect("positive semidefinite");
            let mut evaluator = problem.evaluator();
            let (loss, scale) = (evaluator.loss(&w), evaluator.loss(&vec![0.0; w.len()]));
            assert!(loss <= 1e-15 * scale, "{family} seed {seed}: loss {loss} of {scale}");
            let trace = evaluator.hessian_trace(&w);
            assert!((trace / minimal.hessian_trace - 1.0).abs() <= 1e-6, "{trace} and {}", minimal.hessian_trace);
        }
    }
}
