//! Data files as cases name them: keys, hashes, precision, range.

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_instances::{catalog, check_case, draw};
use flatbench_records::{Case, CaseMistake, CheckedCase, Init, ParameterKind, READING_KEYS, Value};
use ndarray::{Array2, array};

/// A folder with one file.
fn folder(name: &str, content: impl AsRef<[u8]>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join(name), content).expect("a writable temporary folder");
    dir
}

fn parameters(given: &[(&str, Value)]) -> BTreeMap<String, Value> {
    given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn case(family: &str, parameters: BTreeMap<String, Value>) -> Case {
    Case {
        name: family.to_owned(),
        family: family.to_owned(),
        parameters,
        init: Init::Large,
        budget: 1.0,
        ..Case::default()
    }
}

fn checked(family: &str, given: &[(&str, Value)], root: &Path) -> CheckedCase {
    check_case(family, &parameters(given), root).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn mistakes(family: &str, given: &[(&str, Value)], root: &Path) -> Vec<CaseMistake> {
    check_case(family, &parameters(given), root).expect_err("a mistake")
}

/// The matrix as a `.npy` file of float32.
fn single_precision(matrix: &Array2<f64>) -> Vec<u8> {
    let (rows, cols) = matrix.dim();
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(matrix.iter().flat_map(|x| (*x as f32).to_le_bytes()));
    bytes
}

/// 12 × 12 of rank two; the wave numbers make no entry round.
fn of_rank_two() -> Array2<f64> {
    Array2::from_shape_fn((12, 12), |(i, j)| {
        let (i, j) = (i as f64, j as f64);
        (0.7 * i).sin() * (1.1 * j).cos() + (0.3 * i + 1.0).cos() * (1.9 * j).sin()
    })
}

#[test]
fn every_family_with_a_file_has_the_keys() {
    for family in catalog() {
        let has = |name: &str| family.parameters.iter().any(|parameter| parameter.name == name);
        let reads = family.parameters.iter().any(|parameter| parameter.kind == ParameterKind::File);
        assert!(READING_KEYS.iter().all(|key| has(key) == reads), "{}", family.name);
    }
}

#[test]
fn keys_decide_the_reading_and_the_numbers_the_hash() {
    let plain = folder("x.csv", "1.5,-9\n2,4\n");
    let other = folder("x.csv", "a;b\n1,5;?\n2;4\n");
    let read = |root: &Path, more: &[(&str, Value)]| {
        let given = [&[("file", text("x.csv")), ("factor_rank", Value::Integer(1))], more].concat();
        checked("matrix-completion", &given, root)
    };
    let hash = |checked: &CheckedCase| checked.data_hash.clone().expect("a file was read");
    let with_keys = read(plain.path(), &[("missing", texts(&["-9"])), ("header", Value::Bool(false))]);
    assert_eq!(with_keys.parameters["missing"], texts(&["-9"]));
    assert_eq!(with_keys.parameters["header"], Value::Bool(false));
    assert_eq!(hash(&with_keys), hash(&read(other.path(), &[])));
    assert_ne!(hash(&with_keys), hash(&read(plain.path(), &[])));
    let reading = with_keys.reading.expect("a file was read");
    assert_eq!((reading.file.as_str(), reading.known, reading.missing["-9"]), ("x.csv", 3, 1));
    // What was checked is drawn, and checks again to the same.
    let parameters = with_keys.parameters;
    let drawn = draw(&case("matrix-completion", parameters.clone()), 1, plain.path()).expect("drawn");
    assert_eq!(drawn.dimensions().measurements, 3);
    assert_eq!(
        read(plain.path(), &parameters.iter().map(|(k, v)| (k.as_str(), v.clone())).collect::<Vec<_>>()).parameters["missing"],
        texts(&["-9"])
    );
}

#[test]
fn what_may_not_be_meant_is_a_warning_of_the_case() {
    let root = folder("x.csv", "1.5,-999,\n2,4,\n");
    let checked =
        checked("matrix-completion", &[("file", text("x.csv")), ("factor_rank", Value::Integer(1))], root.path());
    for expected in ["`file`: -999 occurs 1 times", "`file`: every line ends with 1 empty fields"] {
        assert!(checked.warnings.iter().any(|warning| warning.starts_with(expected)), "{:?}", checked.warnings);
    }
}

#[test]
fn keys_are_blamed_where_they_are_at_fault() {
    let root = folder("x.csv", "user,item,rating\n1,1,4\n1,1,5\n");
    let with = |more: (&str, Value)| mistakes("matrix-completion", &[("file", text("x.csv")), more], root.path());
    assert_eq!(with(("columns", texts(&["user", "item", "stars"])))[0].parameter.as_deref(), Some("columns"));
    assert_eq!(with(("array", text("x")))[0].parameter.as_deref(), Some("array"));
    assert_eq!(with(("header", Value::Integer(1)))[0].parameter.as_deref(), Some("file"), "the duplicate comes first");
    assert!(with(("index", Value::Bool(true)))[0].message.contains("means nothing where every line is an entry"));
    let idle = mistakes(
        "matrix-completion",
        &[("sampling_rate", Value::Real(0.5)), ("header", Value::Bool(true))],
        root.path(),
    );
    assert_eq!(idle[0].parameter.as_deref(), Some("header"));
    assert!(idle[0].message.contains("the case has none"));
}

#[test]
fn ranks_are_judged_at_the_precision_of_the_file() {
    let matrix = of_rank_two();
    let root = folder("x.npy", single_precision(&matrix));
    let sensing = [("truth_file", text("x.npy")), ("measurements", Value::Integer(60)), ("rank", Value::Integer(2))];
    let sensed = checked("matrix-sensing", &sensing, root.path());
    assert_eq!(sensed.parameters["rows"], Value::Integer(12));
    assert_eq!(
        draw(&case("matrix-sensing", sensed.parameters), 1, root.path()).expect("drawn").dimensions().rank,
        Some(2)
    );
    // Positive semidefinite, with eigenvalues of either sign after rounding.
    let root = folder("x.npy", single_precision(&matrix.dot(&matrix.t())));
    let covariance = [("truth_file", text("x.npy")), ("measurements", Value::Integer(60))];
    let estimated = checked("covariance-estimation", &covariance, root.path());
    assert_eq!(estimated.parameters["rank"], Value::Integer(2));
    // In double precision the same rounding is no rounding.
    let written: String =
        matrix.rows().into_iter().map(|row| row.map(|x| (*x as f32).to_string()).to_vec().join(",") + "\n").collect();
    let root = folder("x.csv", written);
    let sensing = [("truth_file", text("x.csv")), ("measurements", Value::Integer(60)), ("rank", Value::Integer(2))];
    assert!(
        mistakes("matrix-sensing", &sensing, root.path())[0].message.contains("2 is given but `truth_file` has 12")
    );
}

#[test]
fn huge_and_tiny_entries_make_the_same_instance() {
    let targets = |scale: f64| {
        let lines: String = of_rank_two()
            .rows()
            .into_iter()
            .map(|row| row.map(|x| (x * scale).to_string()).to_vec().join(",") + "\n")
            .collect();
        let root = folder("x.csv", lines);
        let mut all = Vec::new();
        for (family, parameter) in [("matrix-sensing", "truth_file"), ("matrix-completion", "file")] {
            let sizes = if parameter == "file" { ("factor_rank", 2) } else { ("measurements", 60) };
            let given = [(parameter, text("x.csv")), (sizes.0, Value::Integer(sizes.1))];
            let checked = checked(family, &given, root.path());
            if parameter == "truth_file" {
                assert_eq!(checked.parameters["rank"], Value::Integer(2), "{scale}");
            }
            all.extend(draw(&case(family, checked.parameters), 3, root.path()).expect("drawn").targets().to_vec());
        }
        all
    };
    let plain = targets(1.0);
    for scale in [1e200, 1e-200, 1e300, 1e-300] {
        let scaled = targets(scale);
        let off = plain.iter().zip(&scaled).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-12, "{scale}: {off}");
    }
    // A power of two changes no bit.
    assert_eq!(plain, targets(2.0_f64.powi(600)));
}

#[test]
fn instances_that_are_not_finite_are_refused() {
    let root = folder("x.csv", "1.5,2\n3,4.5\n");
    let given = [("truth_file", text("x.csv")), ("measurements", Value::Integer(3)), ("noise", Value::Real(1e308))];
    let checked = checked("matrix-sensing", &given, root.path());
    let mut refused = 0;
    for seed in 0..20 {
        if let Err(error) = draw(&case("matrix-sensing", checked.parameters.clone()), seed, root.path()) {
            assert!(error.to_string().contains("is not finite"), "{error}");
            refused += 1;
        }
    }
    assert!(refused > 0);
}

#[test]
fn sparse_files_are_ground_truths() {
    let mut listed = "%%MatrixMarket matrix coordinate real general\n3 2 6\n".to_owned();
    for (i, j) in (1..=3).flat_map(|i| (1..=2).map(move |j| (i, j))) {
        listed += &format!("{i} {j} {}.5\n", i * j);
    }
    let root = folder("x.mtx", listed);
    let given = [("truth_file", text("x.mtx")), ("measurements", Value::Integer(4))];
    let complete = checked("matrix-sensing", &given, root.path());
    assert_eq!((complete.parameters["rows"].clone(), complete.warnings.len()), (Value::Integer(3), 0));
    draw(&case("matrix-sensing", complete.parameters), 0, root.path()).expect("drawn");

    let root = folder("x.mtx", "%%MatrixMarket matrix coordinate real general\n10 1 2\n3 1 1\n5 1 2.0D+00\n");
    let vector = checked("deep-sparse-recovery", &given, root.path());
    assert_eq!(vector.parameters["sparsity"], Value::Integer(2));
    assert!(
        vector.warnings.iter().any(|w| w.contains("lists 2 entries; the other 8 are zero")),
        "{:?}",
        vector.warnings
    );
    let drawn = draw(&case("deep-sparse-recovery", vector.parameters), 0, root.path()).expect("drawn");
    let truth = drawn.truth().expect("a truth").to_owned() * 5.0_f64.sqrt();
    let expected = array![0., 0., 1., 0., 2., 0., 0., 0., 0., 0.];
    assert!((truth.column(0).to_owned() - expected).iter().all(|x| x.abs() < 1e-15));

    // Entries of a table are another matter: nobody says that the others are zero.
    let root = folder("x.csv", "row,column,value\n0,0,1\n1,1,2\n");
    let given = [("truth_file", text("x.csv")), ("measurements", Value::Integer(2))];
    assert!(mistakes("matrix-sensing", &given, root.path())[0].message.contains("2 of 4 entries are given"));
}

#[test]
fn the_files_of_movielens_are_cases_as_they_are() {
    // The first lines of the files as they are distributed; the time stamp is no part of the matrix.
    let small = "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n244\t51\t2\t880606923\n\
                 166\t346\t1\t886397596\n298\t474\t4\t884182806\n115\t265\t2\t881171488\n253\t465\t5\t891628467\n";
    let large = "1::1193::5::978300760\n1::661::3::978302109\n1::914::3::978301968\n1::3408::4::978300275\n\
                 1::2355::5::978824291\n2::1357::5::978298709\n2::3068::4::978299000\n2::1537::4::978299620\n";
    for (name, content, shape, first) in [
        ("u.data", small, (8, 8), (1.0, 22)),
        ("u1.base", small, (8, 8), (1.0, 22)),
        ("ratings.dat", large, (2, 8), (3.0, 1)),
    ] {
        let root = folder(name, content);
        let given = [("file", text(name)), ("factor_rank", Value::Integer(1)), ("center", text("mean"))];
        let case_of = checked("matrix-completion", &given, root.path());
        let reading = case_of.reading.clone().expect("a file was read");
        assert_eq!(((reading.rows, reading.cols), reading.known), (shape, 8), "{name}: {reading:?}");
        assert_eq!(reading.range, Some([if name == "ratings.dat" { 3.0 } else { 1.0 }, 5.0]), "{name}");
        assert!(reading.layout.contains(&format!("\"{}\"", first.1)), "{name}: {}", reading.layout);
        // Six of eight ratings are trained on, and one is tested, in stars.
        let drawn = draw(&case("matrix-completion", case_of.parameters), 1, root.path()).expect("drawn");
        assert_eq!(drawn.dimensions().measurements, 6, "{name}");
        let error = drawn.test_rmse(Array2::zeros(shape).view()).expect("held out");
        assert!((0.0..4.0).contains(&error), "{name}: {error}");
    }
}
