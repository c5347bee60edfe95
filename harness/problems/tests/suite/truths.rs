//! Drawn truths have the spectrum that a case asks for.

use flatbench_problems::{Problem, spectral};
use ndarray::Array2;

use crate::support::{case, drawn};

const RECTANGULAR: [&str; 5] =
    ["matrix-sensing", "bilinear-sensing", "matrix-completion", "robust-pca", "deep-matrix-factorization"];

fn truth(problem: &dyn Problem) -> Array2<f64> {
    problem.truth().expect("drawn").to_owned()
}

fn rectangular(family: &str, more: &[(&str, &str)], seed: u64) -> Box<dyn Problem> {
    let amount = match family {
        "matrix-completion" => ("sampling_rate", "0.5"),
        "robust-pca" => ("outlier_fraction", "0.1"),
        _ => ("measurements", "30"),
    };
    let sizes = [("rows", "9"), ("cols", "7"), ("rank", "3"), amount];
    drawn(&case(family, &[&sizes[..], more].concat()), seed)
}

fn dot(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn close(found: &[f64], expected: &[f64], context: &str) {
    assert_eq!(found.len(), expected.len(), "{context}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-12, "{context}: {found} for {expected}");
    }
}

/// The singular values of a leading part that falls to 1/κ and of a tail of norm τ, descending, of norm one together.
fn expected(condition: f64, rank: usize, tail: f64, full: usize) -> Vec<f64> {
    let mut leading: Vec<f64> = (0..rank).map(|i| condition.powf(-(i as f64) / (rank - 1) as f64)).collect();
    let size = norm(&leading);
    leading.iter_mut().for_each(|x| *x /= size);
    let harmonic: Vec<f64> = (1..=full - rank).map(|j| 1.0 / j as f64).collect();
    let size = norm(&harmonic);
    leading.extend(harmonic.iter().map(|x| tail * x / size));
    let size = norm(&leading);
    leading.iter_mut().for_each(|x| *x /= size);
    leading.sort_by(|a, b| b.total_cmp(a));
    leading
}

#[test]
fn leading_values_fall_to_their_condition_number() {
    for family in RECTANGULAR {
        for (key, condition) in [("1", 1.0), ("50", 50.0), ("50.0", 50.0)] {
            let problem = rectangular(family, &[("truth_condition", key)], 4);
            let x = truth(&*problem);
            close(&spectral::singular_values(&x), &expected(condition, 3, 0.0, 7), family);
            assert_eq!(problem.dimensions().rank, Some(3), "{family}");
        }
    }
}

#[test]
fn a_tail_has_its_norm_and_its_law() {
    for family in RECTANGULAR {
        let problem = rectangular(family, &[("truth_condition", "5"), ("truth_tail", "0.1")], 4);
        close(&spectral::singular_values(&truth(&*problem)), &expected(5.0, 3, 0.1, 7), family);
        let dimensions = problem.dimensions();
        assert_eq!(dimensions.rank, Some(7), "{family}: the truth has full rank");
        let oversampling = dimensions.measurements as f64 / 63.0;
        assert_eq!(dimensions.oversampling, Some(oversampling), "{family}: and as many degrees of freedom as entries");
        // Behind Gaussian factors the leading values are theirs, and the tail keeps to its norm.
        let plain = spectral::singular_values(&truth(&*rectangular(family, &[], 4)));
        let with = spectral::singular_values(&truth(&*rectangular(family, &[("truth_tail", "0.001")], 4)));
        let shrunk = (1.0_f64 + 1e-6).sqrt();
        close(&with[..3], &plain[..3].iter().map(|x| x / shrunk).collect::<Vec<_>>(), family);
        assert!((norm(&with[3..]) / norm(&with[..3]) - 0.001).abs() <= 1e-12, "{family}");
    }
}

#[test]
fn noise_on_the_truth_has_its_norm() {
    let sizes = [("rows", "20"), ("cols", "30"), ("rank", "2"), ("measurements", "9")];
    let of =
        |noise: &str| truth(&*drawn(&case("matrix-sensing", &[&sizes[..], &[("truth_noise", noise)]].concat()), 2));
    let plain = of("0");
    assert_eq!(plain, truth(&*drawn(&case("matrix-sensing", &sizes), 2)), "noise of size 0 is none");
    // X(ν) = (X + νN)/s with ‖N‖ = 1: of two of them, N and the scale follow.
    let (one, two) = (of("0.2"), of("0.4"));
    let tangent = |x: &Array2<f64>| {
        let along = dot(x, &plain);
        ((x - &(&plain * along)) / along, along)
    };
    let ((first, _), (second, _)) = (tangent(&one), tangent(&two));
    let cosine = dot(&first, &second) / (dot(&first, &first) * dot(&second, &second)).sqrt();
    assert!((cosine - 1.0).abs() <= 1e-12, "the same matrix is added: {cosine}");
    // tan = ν√(1 − c²)/(1 + νc) with c = ⟨N, X⟩, which two angles decide.
    let (t1, t2) = (dot(&first, &first).sqrt(), dot(&second, &second).sqrt());
    let c = (0.5 * t2 / t1 - 1.0) / (0.2 - 0.2 * t2 / t1);
    assert!((t1 - 0.2 * (1.0 - c * c).sqrt() / (1.0 + 0.2 * c)).abs() <= 1e-10, "{t1} and {t2}");
    assert_eq!(spectral::numerical_rank(&one, 1e-10), 20);
}

#[test]
fn left_and_right_directions_are_independent() {
    let sizes = [("rows", "60"), ("cols", "60"), ("rank", "2"), ("measurements", "1"), ("truth_condition", "1")];
    let x = truth(&*drawn(&case("matrix-sensing", &sizes), 1));
    // With equal singular values X is UVᵀ/√2, and UᵀV would be orthogonal were the two the same space.
    let overlap = dot(&x.dot(&x), &x.dot(&x)).sqrt();
    assert!(overlap < 0.15, "{overlap} of at most {}", 0.5_f64.sqrt());
}

#[test]
fn other_streams_are_as_without() {
    for family in ["matrix-sensing", "bilinear-sensing", "matrix-completion", "deep-matrix-factorization"] {
        let (plain, with) = (rectangular(family, &[], 3), rectangular(family, &[("truth_condition", "9")], 3));
        assert_eq!(plain.operator().to_array(), with.operator().to_array(), "{family}: the measurements");
        assert_ne!(plain.targets(), with.targets(), "{family}: and another truth");
    }
}

#[test]
fn symmetric_truths_have_their_inertia() {
    let spectrum = |family: &str, ranks: &[(&str, &str)], more: &[(&str, &str)]| {
        let sizes = [("dimension", "8"), ("measurements", "20")];
        let x = truth(&*drawn(&case(family, &[&sizes[..], ranks, more].concat()), 6));
        assert_eq!(x, x.t().to_owned(), "{family}");
        // Shifted by more than its norm, the matrix has its eigenvalues in the order of its singular values.
        let shifted = &x + &(Array2::<f64>::eye(8) * 2.0);
        spectral::singular_values(&shifted).into_iter().map(|value| value - 2.0).collect::<Vec<_>>()
    };
    let condition = ("truth_condition", "4");
    let size = norm(&[1.0, 0.5, 0.25]);
    let definite = spectrum("covariance-estimation", &[("rank", "3")], &[condition]);
    let leading: Vec<f64> = [1.0, 0.5, 0.25].iter().map(|x| x / size).collect();
    close(&definite, &[&leading[..], &[0.0; 5]].concat(), "covariance-estimation");
    let tailed = spectrum("covariance-estimation", &[("rank", "3")], &[condition, ("truth_tail", "0.1")]);
    close(&tailed, &expected(4.0, 3, 0.1, 8), "covariance-estimation with a tail");
    let ranks = [("rank_positive", "2"), ("rank_negative", "1")];
    // Signs take turns: 1, −1/2, 1/4, and in the tail +, −, +, −, +.
    let signed = spectrum("quadratic-network", &ranks, &[condition]);
    close(&signed, &[leading[0], leading[2], 0.0, 0.0, 0.0, 0.0, 0.0, -leading[1]], "quadratic-network");
    let tailed = spectrum("quadratic-network", &ranks, &[condition, ("truth_tail", "0.1")]);
    let magnitudes = expected(4.0, 3, 0.1, 8);
    let m = |i: usize| magnitudes[i];
    close(&tailed, &[m(0), m(2), m(3), m(5), m(7), -m(6), -m(4), -m(1)], "quadratic-network with a tail");
    let noisy = spectrum("quadratic-network", &ranks, &[("truth_noise", "0.3")]);
    assert!(noisy.iter().all(|value| value.abs() > 1e-6), "{noisy:?}");
}
