use ndarray::Array2;

use super::draws::*;
use crate::reference::{
    Axis, Measurements, ReferenceError, Weight, flattest_factors, flattest_hadamard_factors, flattest_layers,
    flattest_signed_factors, weighted_nuclear_norm,
};

fn trace(s: &Array2<f64>, factor: &Array2<f64>) -> f64 {
    (factor.t().dot(s).dot(factor)).diag().sum()
}

#[test]
fn two_factors_reach_the_floor() {
    let rng = &mut generator(1);
    let (d1, d2, m) = (7, 5, 30);
    let x = low_rank(rng, d1, d2, 2);
    let a = normal(rng, m, d1 * d2);
    let (s1, s2) = moments(&Measurements::Dense(a.view()), d1, d2);
    let rows = Weight::square_root(s1.view(), Axis::Row).expect("full rank");
    let cols = Weight::square_root(s2.view(), Axis::Column).expect("full rank");
    let floor = 4.0 / m as f64 * weighted_nuclear_norm(x.view(), &rows, &cols).expect("sizes agree");
    for width in [2, 5, 9] {
        let (left, right) = flattest_factors(x.view(), &rows, &cols, width).expect("wide enough");
        assert_eq!((left.dim(), right.dim()), ((d1, width), (d2, width)));
        assert!(relative_error(&left.dot(&right.t()), &x) < 1e-13);
        let direct = 2.0 / m as f64 * (trace(&s1, &left) + trace(&s2, &right));
        assert!((direct / floor - 1.0).abs() < 1e-12, "width {width}: {direct} against {floor}");
        // Stretching one factor and shrinking the other keeps the matrix and costs flatness.
        for stretch in [0.8, 1.3] {
            let bent = 2.0 / m as f64 * (trace(&s1, &(&left * stretch)) + trace(&s2, &(&right / stretch)));
            assert!(bent > floor * 1.01, "stretched by {stretch}: {bent} against {floor}");
        }
    }
    assert_eq!(
        flattest_factors(x.view(), &rows, &cols, 1).expect_err("too narrow"),
        ReferenceError::Width { width: 1, rank: 2 }
    );
}

#[test]
fn robust_pca_factors_balance_the_sizes() {
    let (d1, d2) = (9, 4);
    let x = low_rank(&mut generator(2), d1, d2, 2);
    let rows = Weight::scaled_identity(d1, (d2 as f64).sqrt());
    let cols = Weight::scaled_identity(d2, (d1 as f64).sqrt());
    let (left, right) = flattest_factors(x.view(), &rows, &cols, 4).expect("wide enough");
    let size = |f: &Array2<f64>| frobenius(f.view()).powi(2);
    let direct = 2.0 / (d1 * d2) as f64 * (d1 as f64 * size(&right) + d2 as f64 * size(&left));
    let nuclear = weighted_nuclear_norm(x.view(), &Weight::identity(d1), &Weight::identity(d2)).expect("sizes agree");
    let floor = 4.0 / ((d1 * d2) as f64).sqrt() * nuclear;
    assert!((direct / floor - 1.0).abs() < 1e-12, "{direct} against {floor}");
}

#[test]
fn signed_factors_split_the_eigenvalues() {
    let rng = &mut generator(3);
    let (d, m) = (8, 40);
    let x = signed(rng, d, 2, 1);
    let inputs = normal(rng, m, d);
    let mut second = Array2::<f64>::zeros((d, d));
    for row in inputs.rows() {
        second += &(Array2::from_shape_fn((d, d), |(i, j)| row[i] * row[j]) * (row.dot(&row) / m as f64));
    }
    let weight = Weight::square_root(second.view(), Axis::Row).expect("full rank");
    let (u1, u2) = flattest_signed_factors(x.view(), &weight, 3, 2).expect("wide enough");
    assert!(relative_error(&(u1.dot(&u1.t()) - u2.dot(&u2.t())), &x) < 1e-13);
    let direct = 8.0 * (trace(&second, &u1) + trace(&second, &u2));
    let floor = 8.0 * weighted_nuclear_norm(x.view(), &weight, &weight).expect("sizes agree");
    assert!((direct / floor - 1.0).abs() < 1e-12, "{direct} against {floor}");
    assert!(matches!(flattest_signed_factors(x.view(), &weight, 1, 2), Err(ReferenceError::Width { .. })));
}

#[test]
fn layers_reach_the_isotropic_limit() {
    let (rows, cols) = (6, 4);
    let x = low_rank(&mut generator(4), rows, cols, 2) * 3.0;
    let nuclear =
        weighted_nuclear_norm(x.view(), &Weight::identity(rows), &Weight::identity(cols)).expect("sizes agree");
    for hidden in [vec![4], vec![5, 3], vec![4, 6, 5], vec![3, 3, 3, 3]] {
        let layers = flattest_layers(x.view(), &hidden).expect("wide enough");
        let depth = layers.len();
        let product = |from: usize, to: usize, size: usize| {
            layers[from..to].iter().fold(Array2::<f64>::eye(size), |p, w| w.dot(&p))
        };
        assert!(relative_error(&product(0, depth, cols), &x) < 1e-12, "depth {depth}");
        // E ‖after · A · before‖² over standard Gaussian A, twice and summed over the layers.
        let isotropic: f64 = (0..depth)
            .map(|l| {
                let after = product(l + 1, depth, layers[l].nrows());
                let before = product(0, l, cols);
                2.0 * frobenius(after.view()).powi(2) * frobenius(before.view()).powi(2)
            })
            .sum();
        let l = depth as f64;
        let limit = 2.0 * l * ((rows * cols) as f64).powf(1.0 / l) * nuclear.powf(2.0 * (l - 1.0) / l);
        assert!((isotropic / limit - 1.0).abs() < 1e-12, "depth {depth}: {isotropic} against {limit}");
    }
}

#[test]
fn hadamard_factors_multiply_to_the_vector() {
    let x = [1.5, 0.0, -0.2, -8.0];
    let c = [1.0, 2.0, 0.5, 0.1];
    for k in 1..6 {
        let factors = flattest_hadamard_factors(&x, k).expect("at least one");
        for (j, value) in x.iter().enumerate() {
            let product: f64 = factors.iter().map(|v| v[j]).product();
            assert!((product - value).abs() < 1e-13, "{k} factors: {product} against {value}");
        }
        let direct: f64 = (0..k)
            .map(|l| {
                let others =
                    |j: usize| factors.iter().enumerate().filter(|(i, _)| *i != l).map(|(_, v)| v[j]).product::<f64>();
                2.0 * (0..4).map(|j| c[j] * others(j).powi(2)).sum::<f64>()
            })
            .sum();
        if k > 1 {
            let exponent = 2.0 - 2.0 / k as f64;
            let floor: f64 = 2.0 * k as f64 * x.iter().zip(&c).map(|(x, c)| c * x.abs().powf(exponent)).sum::<f64>();
            assert!((direct / floor - 1.0).abs() < 1e-12, "{k} factors: {direct} against {floor}");
        }
    }
}
