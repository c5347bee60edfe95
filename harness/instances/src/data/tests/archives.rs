use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ndarray::array;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A vector of two numbers as a `.npy` file.
fn vector(first: f64) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x40\x00".to_vec();
    bytes.extend(format!("{:<63}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }").as_bytes());
    bytes.extend([first, 2.].iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn archive(names: &[&str]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (place, name) in names.iter().enumerate() {
        // `savez` stores, `savez_compressed` deflates.
        let method = if place == 0 { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        writer.start_file(format!("{name}.npy"), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(&vector(place as f64)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn compressed_files_are_read_whatever_they_are_called() {
    let expected = array![[1.5, 2.], [3., 4.]];
    for name in ["x.csv.gz", "x.csv", "X.CSV.GZ"] {
        let (x, reading) = matrix(name, packed(b"1.5,2\n3,4\n"));
        assert_eq!((x, reading.format.as_str()), (expected.clone(), "delimited text, gzip"));
    }
    assert_eq!(matrix("x.npy.gz", packed(&vector(1.))).0, array![[1.], [2.]]);
    let mtx = b"%%MatrixMarket matrix array real general\n2 2\n1.5\n3\n2\n4\n";
    assert_eq!(matrix("x.mtx.gz", packed(mtx)).0, expected);
    // Two members, as `cat a.gz b.gz` makes them.
    assert_eq!(matrix("x.csv.gz", [packed(b"1.5,2\n"), packed(b"3,4\n")].concat()).0, expected);
    let cut = packed(b"1.5,2\n3,4\n");
    assert!(refusal(&Keys::default(), "x.csv.gz", &cut[..cut.len() - 9]).contains("gzip"));
}

#[test]
fn archives_of_one_array_are_read_and_of_more_by_choice() {
    let (x, reading) = matrix("x.npz", archive(&["arr_0"]));
    assert_eq!((x, reading.format.as_str()), (array![[0.], [2.]], "NumPy archive, array `arr_0`"));
    let message = refusal(&Keys::default(), "x.npz", archive(&["a", "b"]));
    assert!(message.contains("`array` has to choose one of the arrays in the archive: a, b"), "{message}");
    let of = |name: &str| Keys { array: Some(name.to_owned()), ..Keys::default() };
    assert_eq!(read_with(&of("b"), "x.npz", archive(&["a", "b"])).unwrap().0, Data::matrix(array![[1.], [2.]]));
    assert!(refusal(&of("c"), "x.npz", archive(&["a", "b"])).contains("it holds a, b"));
    assert!(refusal(&Keys::default(), "x.npz", archive(&["indices", "indptr", "data"])).contains("scipy.io.mmwrite"));
    assert!(refusal(&Keys::default(), "x.npz", archive(&[])).contains("holds no arrays"));
    assert!(refusal(&Keys::default(), "x.npz", "PK").contains("the archive"));
    assert!(refusal(&of("a"), "x.npy", vector(1.)).contains("`array` means nothing"));
}
