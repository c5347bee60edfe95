mod archives;
mod matrix_market;
mod numpy;
mod ratings;
mod refusals;
mod tables;
mod text;

use std::path::PathBuf;

use flatbench_problems::{Data, Known};
use flatbench_records::Reading;
use ndarray::Array2;

use super::{DataError, Duplicates, Keys, read};

fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(name);
    std::fs::write(&path, content).expect("a writable temporary folder");
    (dir, path)
}

fn read_with(keys: &Keys, name: &str, content: impl AsRef<[u8]>) -> Result<(Data, Reading), DataError> {
    let (_dir, path) = file(name, content.as_ref());
    read(&path, keys)
}

fn plainly(name: &str, content: impl AsRef<[u8]>) -> (Data, Reading) {
    read_with(&Keys::default(), name, content).unwrap_or_else(|error| panic!("{error}"))
}

/// The full matrix in a file, and how it was read.
fn matrix(name: &str, content: impl AsRef<[u8]>) -> (Array2<f64>, Reading) {
    match plainly(name, content) {
        (Data { known: Known::Matrix(matrix), .. }, reading) => (matrix, reading),
        (other, reading) => panic!("{other:?} where a full matrix is expected ({reading:?})"),
    }
}

/// Shape and entries of a file, row by row.
fn entries(read: (Data, Reading)) -> (usize, usize, Vec<(usize, usize, f64)>) {
    let (rows, cols) = read.0.shape();
    let mut entries = read.0.known();
    entries.sort_by_key(|e| (e.0, e.1));
    (rows, cols, entries)
}

/// The message by which a file is refused, which is one line and names the file.
fn refusal(keys: &Keys, name: &str, content: impl AsRef<[u8]>) -> String {
    let message = match read_with(keys, name, content) {
        Err(error) => error.to_string(),
        Ok(read) => panic!("{read:?} where {name} has to be refused"),
    };
    assert!(message.contains(name) && !message.contains('\n'), "{message:?}");
    message
}

fn doubt(name: &str, content: impl AsRef<[u8]>) -> String {
    let message = refusal(&Keys::default(), name, content);
    assert!(message.contains("in two ways"), "{message:?}");
    message
}

fn header(given: bool) -> Keys {
    Keys { header: Some(given), ..Keys::default() }
}

fn index(given: bool) -> Keys {
    Keys { index: Some(given), ..Keys::default() }
}

fn columns(names: &[&str]) -> Keys {
    Keys { columns: names.iter().map(|name| (*name).to_owned()).collect(), ..Keys::default() }
}

fn missing(texts: &[&str]) -> Keys {
    Keys { missing: texts.iter().map(|text| (*text).to_owned()).collect(), ..Keys::default() }
}

fn duplicates(rule: Duplicates) -> Keys {
    Keys { duplicates: rule, ..Keys::default() }
}
