//! What is said about cases that make no sense.

use flatbench_problems::{Data, catalog, check, small_cases};
use flatbench_records::{CaseMistake, ParameterKind, Value};
use ndarray::{Array2, array};

use crate::support::case;

fn mistakes(family: &str, parameters: &[(&str, &str)], data: Option<&Data>) -> Vec<String> {
    let case = case(family, parameters);
    match check(&case.family, &case.parameters, data) {
        Ok(checked) => panic!("accepted: {checked:?}"),
        Err(mistakes) => mistakes.iter().map(CaseMistake::to_string).collect(),
    }
}

fn warnings(family: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let case = case(family, parameters);
    check(&case.family, &case.parameters, None).expect("accepted").warnings
}

/// Parameters of which a case says nothing where they are left out.
const OPEN: [&str; 7] =
    ["measurement", "center", "scale", "condition_number", "truth_condition", "truth_tail", "truth_noise"];

#[test]
fn spectra_of_truths_are_of_drawn_ones() {
    let spectrum = [("truth_condition", "3"), ("truth_tail", "0.1"), ("truth_noise", "0.1")];
    let of_file = [&spectrum[..], &[("truth_file", "x.npy"), ("measurements", "4")]].concat();
    let matrix = Data::matrix(array![[1.0, 2.0], [2.0, 1.0]]);
    let found = mistakes("matrix-sensing", &of_file, Some(&matrix));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("says how a truth is drawn, and `truth_file` is given"), "{found:?}");
    assert_eq!(mistakes("quadratic-network", &of_file, Some(&matrix)).len(), 3);
    let entries = [&spectrum[..], &[("file", "x.csv")]].concat();
    assert_eq!(mistakes("matrix-completion", &entries, None).len(), 3);
    let sizes = |rank, more: &[(&'static str, &'static str)]| {
        [&[("rows", "4"), ("cols", "3"), ("rank", rank), ("measurements", "5")][..], more].concat()
    };
    let full = mistakes("matrix-sensing", &sizes("3", &[("truth_tail", "0.1")]), None);
    assert!(full[0].contains("has no singular values beyond it"), "{full:?}");
    let low = mistakes("matrix-sensing", &sizes("2", &[("truth_condition", "0.5")]), None);
    assert!(low[0].contains("expected a number at least 1 and at most 100000000"), "{low:?}");
    // A Gaussian matrix would make a positive semidefinite truth indefinite.
    let definite = [("dimension", "4"), ("rank", "1"), ("measurements", "5"), ("truth_noise", "0.1")];
    assert!(mistakes("covariance-estimation", &definite, None)[0].contains("unknown parameter"));
}

#[test]
fn truths_of_full_rank_are_warned_about() {
    let sizes = |more: &[(&'static str, &'static str)]| {
        let sizes = [("rows", "8"), ("cols", "9"), ("rank", "2"), ("measurements", "40")];
        warnings("matrix-sensing", &[&sizes[..], more].concat())
    };
    assert!(sizes(&[("truth_condition", "3"), ("truth_tail", "0")]).is_empty());
    let tail = sizes(&[("truth_condition", "3"), ("truth_tail", "0.01")]);
    assert!(tail.len() == 1 && tail[0].contains("full rank 8"), "{tail:?}");
    let narrow = sizes(&[("truth_noise", "0.01"), ("factor_rank", "4")]);
    assert!(narrow.len() == 2 && narrow[1].contains("factors of 4 columns"), "{narrow:?}");
    let heavy = sizes(&[("truth_condition", "100"), ("truth_tail", "0.5")]);
    assert!(heavy.len() == 2 && heavy[1].contains("above its last singular value, 1.00e-2"), "{heavy:?}");
    let one = [("rows", "4"), ("cols", "4"), ("rank", "1"), ("measurements", "9"), ("truth_condition", "3")];
    assert!(warnings("matrix-sensing", &one)[0].contains("changes nothing but the draw"));
}

#[test]
fn all_mistakes_come_at_once() {
    let found = mistakes(
        "matrix-sensing",
        &[
            ("rows", "5"),
            ("cols", "-4"),
            ("rank", "7"),
            ("noise", "loud"),
            ("measurments", "9"),
            ("condition_number", "0.5"),
        ],
        None,
    );
    let expected = [
        "`cols`: found -4, expected a whole number from 1 to 100000000",
        "`condition_number`: found 0.5, expected a number at least 1",
        "`measurments`: unknown parameter of `matrix-sensing` (known: rows, cols, rank, factor_rank, measurements, \
         condition_number, noise, truth_file, truth_condition, truth_tail, truth_noise)",
        "`noise`: found \"loud\", expected a number at least 0",
        "`measurements`: missing (a whole number from 1 to 100000000)",
        "`rank`: 7 is above `rows` = 5 (choose at most 5)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ranks_fit_widths_and_sizes() {
    let sizes = [("rows", "5"), ("cols", "5"), ("rank", "3"), ("factor_rank", "2"), ("measurements", "9")];
    for family in ["matrix-sensing", "bilinear-sensing", "deep-matrix-factorization"] {
        assert_eq!(mistakes(family, &sizes, None), ["`rank`: 3 is above `factor_rank` = 2 (choose at most 2)"]);
    }
    let network = [("dimension", "3"), ("rank_positive", "2"), ("rank_negative", "2"), ("measurements", "4")];
    assert!(mistakes("quadratic-network", &network, None)[0].contains("2 + 2 is above `dimension` = 3"));
    let sparse = [("dimension", "3"), ("sparsity", "4"), ("measurements", "2"), ("depth", "1")];
    let found = mistakes("deep-sparse-recovery", &sparse, None);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        mistakes("matrix-recovery", &[], None)[0]
            .starts_with("unknown family `matrix-recovery` (known: matrix-sensing,")
    );
}

#[test]
fn determined_problems_are_warned_about() {
    let network = |m| [("dimension", "4"), ("rank_positive", "1"), ("rank_negative", "1"), ("measurements", m)];
    assert!(warnings("quadratic-network", &network("9")).is_empty());
    assert!(warnings("quadratic-network", &network("10"))[0].contains("every interpolant is the truth"));
    let sensing = [("rows", "4"), ("cols", "3"), ("rank", "1"), ("measurements", "12")];
    assert_eq!(warnings("matrix-sensing", &sensing).len(), 1);
}

#[test]
fn files_are_checked_against_the_rules() {
    let file = [("truth_file", "x.npy"), ("measurements", "4")];
    let holes = Data::matrix(array![[1.0, f64::NAN], [0.0, 1.0]]);
    assert!(mistakes("matrix-sensing", &file, Some(&holes))[0].contains("may not have missing or infinite entries"));
    let skew = Data::matrix(array![[1.0, 2.0], [3.0, 1.0]]);
    assert!(mistakes("quadratic-network", &file, Some(&skew))[0].contains("not symmetric"));
    let indefinite = Data::matrix(array![[0.0, 2.0], [2.0, 0.0]]);
    assert!(mistakes("covariance-estimation", &file, Some(&indefinite))[0].contains("negative eigenvalues"));
    let entries = |entries: Vec<(usize, usize, f64)>| Data::entries(2, 2, entries);
    let some = mistakes("matrix-sensing", &file, Some(&entries(vec![(0, 1, 1.0)])));
    assert!(some[0].contains("1 of 4 entries are given: a ground truth may not have missing ones"), "{some:?}");
    let completion = [("file", "x.csv")];
    for (entries, message) in [
        (entries(vec![]), "no entry is known"),
        (entries(vec![(0, 2, 1.0)]), "outside the 2 × 2 matrix"),
        (entries(vec![(0, 1, f64::INFINITY)]), "have to be finite"),
        (entries(vec![(0, 1, 1.0), (0, 1, 2.0)]), "more than once"),
        (entries(vec![(0, 1, 0.0)]), "every known entry is zero"),
    ] {
        let found = mistakes("matrix-completion", &completion, Some(&entries));
        assert!(found.iter().any(|m| m.contains(message)), "{found:?} lacks {message}");
    }
    let all_missing = Data::matrix(Array2::from_elem((3, 3), f64::NAN));
    assert!(mistakes("matrix-completion", &completion, Some(&all_missing))[0].contains("no entry is known"));
    let both = [("file", "x.csv"), ("rank", "2"), ("sampling_rate", "0.5")];
    assert_eq!(mistakes("matrix-completion", &both, None).len(), 2);
}

#[test]
fn a_truth_file_decides_the_sizes() {
    let data = Data::matrix(array![[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]);
    let case = case("matrix-sensing", &[("truth_file", "x.npy"), ("measurements", "4")]);
    let checked = check(&case.family, &case.parameters, Some(&data)).expect("accepted");
    for (name, value) in [("rows", 2), ("cols", 3), ("rank", 1), ("factor_rank", 2)] {
        assert_eq!(checked.parameters[name], Value::Integer(value), "{name}");
    }
    let again = check(&case.family, &checked.parameters, Some(&data)).expect("accepted again");
    assert_eq!(again, checked);
}

#[test]
fn checking_fills_in_defaults_and_is_stable() {
    for case in small_cases() {
        let checked = check(&case.family, &case.parameters, None).expect("a small case makes sense");
        assert_eq!(check(&case.family, &checked.parameters, None), Ok(checked.clone()));
        let description = catalog().into_iter().find(|d| d.name == case.family).expect("listed");
        for parameter in description.parameters {
            // Whatever is left open is a file, or something of which a case without the key says nothing.
            let said_only_where_given = OPEN.contains(&&*parameter.name) && parameter.default.is_none();
            let open = parameter.kind == ParameterKind::File || said_only_where_given;
            let filled_in = checked.parameters.contains_key(&parameter.name);
            assert!(open || filled_in, "{}: {} is open", case.family, parameter.name);
        }
    }
}
