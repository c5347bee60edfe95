use half::f16;
use ndarray::{Array2, array};

use super::*;

/// A `.npy` file of a version, with a header as NumPy writes it.
fn npy(version: u8, descr: &str, order: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    bytes.extend(header.as_bytes());
    bytes.extend(numbers);
    bytes
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn arrays_of_every_real_and_whole_type_are_read() {
    macro_rules! bytes {
        ($type:ty, $convert:ident) => {
            [1, 2, 3, 4].into_iter().flat_map(|n: u8| <$type>::from(n).$convert()).collect::<Vec<u8>>()
        };
    }
    let cases: [(&str, Vec<u8>); 17] = [
        ("<f8", bytes!(f64, to_le_bytes)),
        (">f8", bytes!(f64, to_be_bytes)),
        ("<f4", bytes!(f32, to_le_bytes)),
        (">f4", bytes!(f32, to_be_bytes)),
        ("<f2", bytes!(f16, to_le_bytes)),
        (">f2", bytes!(f16, to_be_bytes)),
        ("<i8", bytes!(i64, to_le_bytes)),
        (">i8", bytes!(i64, to_be_bytes)),
        ("<i4", bytes!(i32, to_le_bytes)),
        (">i4", bytes!(i32, to_be_bytes)),
        ("<i2", bytes!(i16, to_le_bytes)),
        (">i2", bytes!(i16, to_be_bytes)),
        ("<u8", bytes!(u64, to_le_bytes)),
        ("<u4", bytes!(u32, to_le_bytes)),
        (">u2", bytes!(u16, to_be_bytes)),
        ("|u1", vec![1, 2, 3, 4]),
        ("|i1", vec![1, 2, 3, 4]),
    ];
    for (descr, numbers) in cases {
        for version in [1, 2, 3] {
            let (x, reading) = matrix("x.npy", npy(version, descr, "False", "(2, 2)", &numbers));
            assert_eq!(x, array![[1., 2.], [3., 4.]], "{descr} {}", reading.dtype);
        }
        let (x, _) = matrix("x.npy", npy(1, descr, "True", "(2, 2)", &numbers));
        assert_eq!(x, array![[1., 3.], [2., 4.]], "{descr}");
    }
    assert_eq!(matrix("x.npy", npy(1, "|b1", "False", "(1, 3)", &[0, 1, 1])).0, array![[0., 1., 1.]]);
    assert_eq!(matrix("x.npy", npy(1, "|i1", "False", "(1, 2)", &[255, 1])).0, array![[-1., 1.]]);
}

#[test]
fn the_precision_is_that_of_the_type() {
    for (descr, size, expected) in
        [("<f8", 8, f64::EPSILON), ("<f4", 4, f32::EPSILON.into()), ("<f2", 2, f16::EPSILON.into())]
    {
        let mut numbers = vec![0; size];
        numbers.extend(vec![0; size]);
        assert_eq!(plainly("x.npy", npy(1, descr, "False", "(2,)", &numbers)).0.precision, expected, "{descr}");
    }
}

#[test]
fn python_2_and_vectors_are_read() {
    let numbers = doubles(&[1., 2., 3., 4.]);
    assert_eq!(matrix("x.npy", npy(1, "<f8", "False", "(2L, 2L)", &numbers)).0, array![[1., 2.], [3., 4.]]);
    assert_eq!(matrix("x.npy", npy(1, "<f8", "False", "(4,)", &numbers)).0, array![[1.], [2.], [3.], [4.]]);
    assert_eq!(matrix("x.npy", npy(1, "<f8", "False", "(4L,)", &numbers)).0.dim(), (4, 1));
}

#[test]
fn what_numpy_wrote_itself_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.npy");
    ndarray_npy::write_npy(&path, &array![[1.0, f64::NAN], [2.0, 3.0]]).unwrap();
    assert_eq!(entries(read(&path, &Keys::default()).unwrap()), (2, 2, vec![(0, 0, 1.), (1, 0, 2.), (1, 1, 3.)]));
    ndarray_npy::write_npy(&path, &Array2::from_elem((2, 2), f64::INFINITY)).unwrap();
    assert!(matches!(read(&path, &Keys::default()), Err(DataError::NotFinite { row: 0, column: 0, .. })));
}

#[test]
fn numbers_may_stand_for_missing_entries() {
    let numbers = doubles(&[1., -1., 3., 0.]);
    let (data, reading) =
        read_with(&missing(&["-1", "0.0"]), "x.npy", npy(1, "<f8", "False", "(2, 2)", &numbers)).unwrap();
    assert_eq!(data.known(), [(0, 0, 1.), (1, 0, 3.)]);
    assert_eq!(reading.missing_share(), 0.5);
}

#[test]
fn headers_that_promise_too_much_are_refused_before_anything_is_allocated() {
    let numbers = doubles(&[1., 2.]);
    for (descr, shape, expected) in [
        ("<f8", "(10000000000, 1)", "which is too large"),
        ("<f8", "(10000000000,)", "which is too large"),
        ("<f8", "(4294967296, 4294967296)", "which is too large"),
        ("<f8", "(18446744073709551615, 18446744073709551615)", "which is too large"),
        ("<f8", "(99999999999999999999999999, 2)", "a size that none can have"),
        ("<f8", "(-1, 2)", "a size that none can have"),
        ("<f8", "(0, 1000000000000)", "which is too large"),
        ("<f8", "(20000, 10000)", "1600000000 bytes, but 16 follow"),
        ("<f8", "()", "a single number"),
        ("<f8", "(1, 1, 2)", "it has 3 dimensions"),
        ("<c16", "(1, 1)", "its type is \"<c16\""),
        ("<f16", "(1, 1)", "its type is \"<f16\""),
        ("|O", "(1, 1)", "its type is \"|O\""),
        ("<M8[ns]", "(1, 1)", "its type is"),
        ("|S3", "(1, 1)", "its type is"),
        ("|f8", "(1, 1)", "does not say the order of the bytes"),
        ("", "(1, 1)", "its type is"),
    ] {
        let message = refusal(&Keys::default(), "x.npy", npy(1, descr, "False", shape, &numbers));
        assert!(message.contains(expected), "{message}");
    }
    let wide = refusal(&Keys::default(), "x.npy", npy(1, "<i8", "False", "(1,)", &(1i64 << 53).to_le_bytes()));
    assert!(wide.contains("2^53"), "{wide}");
}

#[test]
fn broken_headers_are_refused() {
    let whole = npy(1, "<f8", "False", "(1, 1)", &doubles(&[1.]));
    for cut in 0..whole.len() {
        refusal(&Keys::default(), "x.npy", &whole[..cut]);
    }
    let nested = "(".repeat(5000);
    let mut long = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
    long.extend(nested.as_bytes());
    refusal(&Keys::default(), "x.npy", &long);
    assert!(refusal(&Keys::default(), "x.npy", npy(1, "<f8", "False", &nested, &[])).contains("too long"));
    assert!(refusal(&Keys::default(), "x.npy", npy(9, "<f8", "False", "(1,)", &[])).contains("version 9"));
    assert!(refusal(&Keys::default(), "x.npy", "1,2\n").contains("does not begin as"));
    let record = refusal(&Keys::default(), "x.npy", npy(1, "x", "False", "(1,)", &[]).escape_ascii().to_string());
    assert!(record.contains("cannot be read"));
    assert!(refusal(&header(true), "x.npy", &whole).contains("`header` means nothing for a .npy file"));
}
