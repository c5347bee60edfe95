//! Drawn measurements have the law that a case asks for.

use flatbench_problems::{Problem, Structure, check};
use ndarray::Array2;

use crate::support::{case, drawn};

const FAMILIES: [(&str, &[(&str, &str)]); 4] = [
    ("bilinear-sensing", &[("rows", "6"), ("cols", "4"), ("rank", "1"), ("measurements", "10")]),
    ("covariance-estimation", &[("dimension", "6"), ("rank", "1"), ("measurements", "10")]),
    ("phase-retrieval", &[("dimension", "6"), ("measurements", "10")]),
    (
        "quadratic-network",
        &[("dimension", "6"), ("rank_positive", "1"), ("rank_negative", "1"), ("measurements", "10")],
    ),
];

fn with(family: &str, sizes: &[(&str, &str)], condition: &str) -> Box<dyn Problem> {
    drawn(&case(family, &[sizes, &[("condition_number", condition)]].concat()), 5)
}

fn vectors(problem: &dyn Problem) -> [Array2<f64>; 2] {
    match problem.operator().structure() {
        Structure::RankOne { left, right } => [left.to_owned(), right.to_owned()],
        other => panic!("{other:?}"),
    }
}

/// x_ij of C^½ g_i is g_ij times κ^{−j/(2(d−1))}, of vectors that are held out too.
#[test]
fn vectors_have_unequal_directions() {
    for (family, sizes) in FAMILIES {
        let (plain, uneven) = (drawn(&case(family, sizes), 5), with(family, sizes, "100"));
        for (isotropic, anisotropic) in vectors(&*plain).iter().zip(&vectors(&*uneven)) {
            let last = (isotropic.ncols() - 1) as f64;
            for ((i, j), g) in isotropic.indexed_iter() {
                let expected = g * 100.0_f64.powf(-0.5 * j as f64 / last);
                assert!((anisotropic[[i, j]] - expected).abs() <= 1e-14, "{family}: ({i}, {j})");
            }
        }
        let x = plain.truth().expect("drawn").to_owned();
        assert_eq!(uneven.truth().expect("drawn"), x, "{family}: the same truth");
        assert!(uneven.test_loss(x.view()).expect("held out") <= 1e-24, "{family}");
        // At X = 0 the loss is the mean square of what is measured: less, where directions are.
        let nothing = Array2::zeros(x.dim());
        let of = |problem: &dyn Problem| problem.test_loss(nothing.view()).expect("held out");
        assert!(of(&*uneven) < 0.8 * of(&*plain), "{family}: {} and {}", of(&*uneven), of(&*plain));
    }
}

/// (G + Gᵀ)/2: entries off the diagonal have half the variance of those on it, and ⟨A, X⟩ that of a Gaussian number times ‖X‖.
#[test]
fn symmetric_gaussian_matrices_have_their_law() {
    let sizes = [("dimension", "5"), ("measurements", "4000"), ("measurement", "gaussian")];
    for (family, ranks) in [
        ("covariance-estimation", &[("rank", "1")][..]),
        ("quadratic-network", &[("rank_positive", "1"), ("rank_negative", "1")]),
    ] {
        let of = |more: &[(&str, &str)]| drawn(&case(family, &[&sizes[..], ranks, more].concat()), 2);
        let (plain, uneven) = (of(&[]).operator().to_array(), of(&[("condition_number", "16")]).operator().to_array());
        for (place, (a, b)) in plain.columns().into_iter().zip(uneven.columns()).enumerate() {
            let (i, j) = (place / 5, place % 5);
            let variance = a.iter().map(|a| a * a).sum::<f64>() / 4000.0;
            let expected = if i == j { 1.0 } else { 0.5 };
            // Six standard deviations of a mean square.
            assert!(
                (variance / expected - 1.0).abs() <= 6.0 * (2.0_f64 / 4000.0).sqrt(),
                "{family}: {variance} at ({i}, {j})"
            );
            let factor = 16.0_f64.powf(-(i as f64 + j as f64) / 8.0);
            assert!(a.iter().zip(b).all(|(a, b)| (b - factor * a).abs() <= 1e-14), "{family}: ({i}, {j})");
        }
        let target = of(&[]).targets().iter().map(|b| b * b).sum::<f64>() / 4000.0;
        assert!((target - 1.0).abs() <= 0.15, "{family}: {target}");
    }
}

#[test]
fn what_is_measured_is_open_where_it_is_rank_one() {
    let sizes = [("dimension", "5"), ("rank", "1"), ("measurements", "9")];
    let of = |more: &[(&str, &str)]| {
        let case = case("covariance-estimation", &[&sizes[..], more].concat());
        check(&case.family, &case.parameters, None).expect("a case")
    };
    assert_eq!(of(&[]), of(&[("measurement", "rank-one")]));
    assert!(of(&[("measurement", "gaussian")]).work > of(&[]).work, "dense measurements take longer");
}

#[test]
fn a_condition_number_of_one_is_none() {
    for (family, sizes) in FAMILIES {
        let (plain, one) = (drawn(&case(family, sizes), 5), with(family, sizes, "1"));
        assert_eq!(plain.operator().to_array(), one.operator().to_array(), "{family}");
        assert_eq!(plain.targets(), one.targets(), "{family}");
        let of = |more: &[(&str, &str)]| {
            let case = case(family, &[sizes, more].concat());
            check(&case.family, &case.parameters, None).expect("a case").parameters
        };
        assert_eq!(of(&[]), of(&[("condition_number", "1.0")]), "{family}: nor has it a key of its own");
        assert_ne!(of(&[]), of(&[("condition_number", "2.0")]), "{family}");
    }
}
