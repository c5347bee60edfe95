//! Centring and scaling of the entries of a file, against their definitions, and by training entries alone.

use std::collections::BTreeSet;

use flatbench_problems::{Data, Problem, Structure, check, draw};
use ndarray::Array2;

use crate::support::case;

const ROWS: usize = 14;
const COLS: usize = 5;

/// Entries of a 14 × 5 matrix far from zero, with columns of different sizes and holes; row 3 has one entry alone, and column 2 is 7
/// throughout.
fn entries() -> Vec<(usize, usize, f64)> {
    let value = |i: usize, j: usize| {
        let wave = ((i * 7 + j * 3) as f64).sin();
        if j == 2 { 7.0 } else { 20.0 + i as f64 + (j as f64 + 1.0).powi(3) * wave }
    };
    let all = (0..ROWS).flat_map(|i| (0..COLS).map(move |j| (i, j, value(i, j))));
    all.filter(|(i, j, _)| if *i == 3 { *j == 0 } else { (i * 5 + j) % 9 != 4 }).collect()
}

fn problem(center: &str, scale: &str, seed: u64, entries: &[(usize, usize, f64)]) -> Box<dyn Problem> {
    let parameters =
        [("file", "x"), ("center", center), ("scale", scale), ("validation_fraction", "0.0"), ("test_fraction", "0.3")];
    let data = Data::entries(ROWS, COLS, entries.to_vec());
    draw(&case("matrix-completion", &parameters), seed, Some(&data)).unwrap_or_else(|error| panic!("{error}"))
}

/// Where it is trained on, and the targets there.
fn training(problem: &dyn Problem) -> Vec<(usize, usize, f64)> {
    let Structure::Entries { positions, .. } = problem.operator().structure() else { panic!("entries are measured") };
    positions.into_iter().zip(problem.targets()).map(|((i, j), y)| (i, j, *y)).collect()
}

/// The mean of what a number of entries makes, where there are any.
fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let all: Vec<f64> = numbers.collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

#[test]
fn targets_are_what_center_and_scale_say() {
    let all = entries();
    let mut judged = 0;
    for center in ["none", "mean", "rows", "columns", "both"] {
        for scale in ["none", "rows", "columns"] {
            for seed in 0..4 {
                let problem = problem(center, scale, seed, &all);
                let own = problem.standardization().expect("a file was read");
                let training = training(&*problem);
                let context = format!("center {center}, scale {scale}, seed {seed}");
                for &(i, j, target) in &training {
                    let entry = all.iter().find(|e| (e.0, e.1) == (i, j)).expect("it is in the file").2;
                    assert!((own.shift(i, j) + own.factor(i, j) * target - entry).abs() < 1e-10, "{context}");
                }
                let rows = |i: usize| training.iter().filter(move |e| e.0 == i);
                let cols = |j: usize| training.iter().filter(move |e| e.1 == j);
                // In the units of the file, centred entries have mean zero over what they are centred by.
                let left = |e: &(usize, usize, f64)| own.factor(e.0, e.1) * e.2;
                let none = |mean: Option<f64>| mean.is_none_or(|mean| mean.abs() < 1e-9);
                match center {
                    "none" => assert!((0..ROWS).all(|i| (0..COLS).all(|j| own.shift(i, j) == 0.0)), "{context}"),
                    "mean" => assert!(none(mean(training.iter().map(left))), "{context}"),
                    _ => {
                        let by_rows = (0..ROWS).all(|i| none(mean(rows(i).map(left))));
                        let by_cols = (0..COLS).all(|j| none(mean(cols(j).map(left))));
                        assert_eq!((by_rows, by_cols), (center != "columns", center != "rows"), "{context}");
                    }
                }
                if scale == "none" {
                    let whole = mean(training.iter().map(|e| e.2 * e.2)).expect("some");
                    // Without either key the unit is that of all entries.
                    assert!(center == "none" || (whole - 1.0).abs() < 1e-12, "{context}: {whole}");
                    assert!((0..ROWS).all(|i| own.factor(i, 0) == own.factor(0, 0)), "{context}");
                    continue;
                }
                let whole = mean(training.iter().map(|e| e.2 * e.2)).expect("some");
                assert!((whole - 1.0).abs() < 1e-12, "{context}: {whole}");
                let count = if scale == "rows" { ROWS } else { COLS };
                let roots: Vec<f64> = (0..count)
                    .filter_map(|k| {
                        if scale == "rows" {
                            mean(rows(k).map(|e| e.2 * e.2))
                        } else {
                            mean(cols(k).map(|e| e.2 * e.2))
                        }
                    })
                    .map(f64::sqrt)
                    .filter(|root| *root > 1e-9)
                    .collect();
                assert!(roots.iter().all(|root| (root / roots[0] - 1.0).abs() < 1e-9), "{context}: {roots:?}");
                judged += roots.len();
            }
        }
    }
    assert!(judged > 100, "{judged} rows and columns");
}

#[test]
fn held_out_entries_decide_nothing_that_is_trained_on() {
    for (center, scale) in
        [("mean", "none"), ("rows", "columns"), ("columns", "rows"), ("both", "columns"), ("none", "rows")]
    {
        let all = entries();
        let before = problem(center, scale, 2, &all);
        let trained: BTreeSet<(usize, usize)> = training(&*before).into_iter().map(|(i, j, _)| (i, j)).collect();
        let mut changed = all.clone();
        let held_out = changed.iter_mut().filter(|(i, j, _)| !trained.contains(&(*i, *j)));
        assert!(held_out.map(|entry| entry.2 *= -900.0).count() > 10);
        let after = problem(center, scale, 2, &changed);
        assert_eq!(before.standardization(), after.standardization(), "{center}, {scale}");
        assert_eq!(before.targets(), after.targets(), "{center}, {scale}");
        let zero = Array2::zeros((ROWS, COLS));
        assert_ne!(before.test_rmse(zero.view()), after.test_rmse(zero.view()));
    }
}

#[test]
fn errors_are_in_the_units_of_the_file() {
    for (center, scale, unit) in
        [("none", "none", 1.0), ("both", "none", 1e200), ("columns", "columns", 1.0), ("none", "rows", 1e-200)]
    {
        let all: Vec<_> = entries().into_iter().map(|(i, j, x)| (i, j, x * unit)).collect();
        let problem = problem(center, scale, 1, &all);
        let trained: BTreeSet<(usize, usize)> = training(&*problem).into_iter().map(|(i, j, _)| (i, j)).collect();
        let own = problem.standardization().expect("a file was read");
        let Structure::Entries { amplitude, .. } = problem.operator().structure() else {
            panic!("entries are measured")
        };
        let x = Array2::from_shape_fn((ROWS, COLS), |(i, j)| 0.01 * (i as f64 - j as f64));
        let errors = all.iter().filter(|(i, j, _)| !trained.contains(&(*i, *j))).map(|&(i, j, entry)| {
            let predicted = own.shift(i, j) + own.factor(i, j) * amplitude * x[[i, j]];
            ((predicted - entry) / unit).powi(2)
        });
        let expected = mean(errors).expect("some").sqrt() * unit;
        let found = problem.test_rmse(x.view()).expect("held out");
        assert!((found / expected - 1.0).abs() < 1e-10, "{center}, {scale}: {found} against {expected}");
    }
    let drawn = case("matrix-completion", &[("rows", "5"), ("cols", "4"), ("rank", "1"), ("sampling_rate", "0.5")]);
    let drawn = draw(&drawn, 0, None).expect("drawn");
    assert!(drawn.test_rmse(Array2::zeros((5, 4)).view()).is_none() && drawn.standardization().is_none());
}

#[test]
fn a_row_without_training_entries_has_the_mean_of_all() {
    let all = entries();
    let seen = (0..40).filter(|seed| {
        let problem = problem("rows", "rows", *seed, &all);
        let training = training(&*problem);
        if training.iter().any(|entry| entry.0 == 3) {
            return false;
        }
        let own = problem.standardization().expect("a file was read");
        let trained: BTreeSet<(usize, usize)> = training.into_iter().map(|(i, j, _)| (i, j)).collect();
        let mean = mean(all.iter().filter(|(i, j, _)| trained.contains(&(*i, *j))).map(|e| e.2)).expect("some");
        assert!((own.shift(3, 0) - mean).abs() < 1e-12 && own.factor(3, 0) > 0.1);
        true
    });
    assert!(seen.count() > 3);
}

#[test]
fn keys_that_make_no_sense_are_refused() {
    let refused = |parameters: &[(&str, &str)], data: Option<&Data>| {
        let case = case("matrix-completion", parameters);
        let mistakes = check(&case.family, &case.parameters, data).expect_err("a mistake");
        mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let drawn = [("rows", "5"), ("cols", "4"), ("rank", "1"), ("sampling_rate", "0.5")];
    let text = refused(&[&drawn[..], &[("center", "rows"), ("scale", "none")]].concat(), None);
    assert!(text.contains("`center`") && text.contains("`scale`") && text.contains("the case has none"), "{text}");
    let text = refused(&[("truth_file", "x"), ("sampling_rate", "0.5"), ("center", "mean")], None);
    assert!(text.contains("a `truth_file` is taken as it is"), "{text}");
    let text = refused(&[("file", "x"), ("center", "users")], None);
    assert!(text.contains("\"rows\", \"columns\", \"both\""), "{text}");
    // One entry a row, a constant, and a sum of what belongs to rows and columns.
    let one_each = Data::entries(3, 1, vec![(0, 0, 0.1), (1, 0, 0.7), (2, 0, 5.0)]);
    let constant = Data::entries(2, 2, vec![(0, 0, 0.1), (1, 0, 0.1), (1, 1, 0.1)]);
    let sum = Data::matrix(Array2::from_shape_fn((6, 4), |(i, j)| 0.3 * i as f64 + (j as f64).sqrt()));
    for (center, data) in [("rows", one_each), ("mean", constant), ("both", sum)] {
        let text = refused(&[("file", "x"), ("center", center)], Some(&data));
        assert!(text.contains("`center`") && text.contains("nothing is left to complete"), "{text}");
    }
}

#[test]
fn none_is_what_a_case_without_the_keys_says() {
    let data = Data::entries(ROWS, COLS, entries());
    let plain = case("matrix-completion", &[("file", "x")]);
    let said = case("matrix-completion", &[("file", "x"), ("center", "none"), ("scale", "none")]);
    let checked = |case: &flatbench_records::Case| check(&case.family, &case.parameters, Some(&data)).expect("well");
    assert_eq!(checked(&plain), checked(&said));
    let targets = |case| draw(case, 3, Some(&data)).expect("drawn").targets().to_vec();
    assert_eq!(targets(&plain), targets(&said));
}
