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
