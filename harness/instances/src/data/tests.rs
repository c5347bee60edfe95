use std::path::PathBuf;

use flatbench_problems::Data;
use ndarray::{Array2, array};

use super::{DataError, read};

fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(name);
    std::fs::write(&path, content).expect("a writable temporary folder");
    (dir, path)
}

fn entries(data: Data) -> (usize, usize, Vec<(usize, usize, f64)>) {
    match data {
        Data::Entries { rows, cols, mut entries } => {
            entries.sort_by_key(|e| (e.0, e.1));
            (rows, cols, entries)
        }
        Data::Matrix(x) => panic!("a full matrix {x:?} where entries are expected"),
    }
}

#[test]
fn dense_table_with_and_without_missing_entries() {
    let (_dir, path) = file("x.csv", b"1,2,3\n4,5,6\n");
    assert!(matches!(read(&path), Ok(Data::Matrix(x)) if x == array![[1., 2., 3.], [4., 5., 6.]]));
    let (_dir, path) = file("x.csv", b"a,b,c\n1,,3\nNA,5,nan\n");
    assert_eq!(entries(read(&path).unwrap()), (2, 3, vec![(0, 0, 1.), (0, 2, 3.), (1, 1, 5.)]));
}

#[test]
fn npy_of_several_types() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.npy");
    ndarray_npy::write_npy(&path, &array![[1.0, f64::NAN], [2.0, 3.0]]).unwrap();
    assert_eq!(entries(read(&path).unwrap()), (2, 2, vec![(0, 0, 1.), (1, 0, 2.), (1, 1, 3.)]));
    ndarray_npy::write_npy(&path, &array![[1u8, 2], [3, 255]]).unwrap();
    assert!(matches!(read(&path), Ok(Data::Matrix(x)) if x == array![[1., 2.], [3., 255.]]));
    ndarray_npy::write_npy(&path, &array![1.0, 2.0]).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("two-dimensional"));
    ndarray_npy::write_npy(&path, &Array2::from_elem((2, 2), f64::INFINITY)).unwrap();
    assert!(matches!(read(&path), Err(DataError::NotFinite { row: 0, column: 0, .. })));
}

#[test]
fn triplets_by_index_and_by_label() {
    let (_dir, path) = file("x.csv", b"row,column,value\n0,2,1.5\n3,0,-2\n");
    assert_eq!(entries(read(&path).unwrap()), (4, 3, vec![(0, 2, 1.5), (3, 0, -2.)]));
    let (_dir, path) = file("r.csv", b"userId,movieId,rating,timestamp\n10,7,4,0\n2,7,3,0\n10,100,5,0\n");
    assert_eq!(entries(read(&path).unwrap()), (2, 2, vec![(0, 0, 3.), (1, 0, 4.), (1, 1, 5.)]));
}

#[test]
fn matrix_market_both_layouts() {
    let (_dir, path) = file("x.mtx", b"%%MatrixMarket matrix coordinate real symmetric\n% c\n2 2 2\n1 1 4\n2 1 5\n");
    assert_eq!(entries(read(&path).unwrap()), (2, 2, vec![(0, 0, 4.), (0, 1, 5.), (1, 0, 5.)]));
    let (_dir, path) = file("x.mtx", b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n");
    assert!(matches!(read(&path), Ok(Data::Matrix(x)) if x == array![[1., 3.], [2., 4.]]));
}

#[test]
fn every_mistake_names_its_place() {
    let cases: [(&str, &[u8], &str); 15] = [
        ("x.csv", b"1,2\n3\n", "line 2: 1 fields where the lines before have 2"),
        ("x.csv", b"1,2\n3,x\n", "line 2: \"x\" is not a number"),
        ("x.csv", b",\nNA,nan\n", "all entries are missing"),
        ("x.csv", b"", "holds no entries"),
        ("x.csv", b"1,inf\n", "row 0, column 1 (from 0) is inf"),
        ("x.csv", b"row,column,value\n0,-1,2\n", "line 2: \"-1\" is not an index"),
        ("x.csv", b"row,column,value\n0,1,NaN\n", "line 2: \"NaN\" is not a finite number"),
        ("x.csv", b"row,column,value\n0,1,1\n0,1,1\n", "line 3: entry (0, 1) is given twice"),
        (
            "x.mtx",
            b"%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 4\n",
            "line 3: index (3, 1) is outside the declared 2\u{d7}2",
        ),
        (
            "x.mtx",
            b"%%MatrixMarket matrix coordinate real symmetric\n5 2 1\n5 1 4\n",
            "a symmetric matrix cannot be 5\u{d7}2",
        ),
        ("x.mtx", b"%%MatrixMarket matrix array real general\n4294967296 4294967296\n", "which is too large"),
        ("x.mtx", b"%%MatrixMarket matrix coordinate real general\n9000000000 9 1\n1 1 4\n", "which is too large"),
        ("x.csv", b"row,column,value\n18446744073709551615,1,1\n", "which is too large"),
        ("x.npy", b"not an array", "cannot be read"),
        ("x.xlsx", b"", "unknown ending"),
    ];
    for (name, content, expected) in cases {
        let (_dir, path) = file(name, content);
        let message = read(&path).expect_err(expected).to_string();
        assert!(message.contains(expected), "{message:?} does not say {expected:?}");
        assert!(message.contains(name), "{message:?} does not name the file");
        assert!(!message.contains('\n'), "{message:?} is one line");
    }
    assert!(read(std::path::Path::new("/nowhere/x.csv")).unwrap_err().to_string().contains("does not exist"));
}
