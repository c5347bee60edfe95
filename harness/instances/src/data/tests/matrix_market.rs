use flatbench_problems::Unlisted;
use ndarray::array;

use super::*;

fn mtx(kind: &str, body: &str) -> String {
    format!("%%MatrixMarket matrix {kind}\n{body}")
}

#[test]
fn both_layouts_are_read() {
    let read = plainly("x.mtx", mtx("coordinate real symmetric", "% c\n2 2 2\n1 1 4\n2 1 5\n"));
    assert_eq!(read.0.unlisted, Unlisted::Zero);
    assert_eq!(entries(read), (2, 2, vec![(0, 0, 4.), (0, 1, 5.), (1, 0, 5.)]));
    assert_eq!(matrix("x.mtx", mtx("array real general", "2 2\n1\n2\n3\n4\n")).0, array![[1., 3.], [2., 4.]]);
    assert_eq!(matrix("x.mtx", mtx("array integer symmetric", "2 2\n1\n2\n3\n")).0, array![[1., 2.], [2., 3.]]);
}

#[test]
fn skew_symmetric_matrices_are_read() {
    let (x, reading) = matrix("x.mtx", mtx("array real skew-symmetric", "3 3\n1\n2\n3\n"));
    assert_eq!(x, array![[0., -1., -2.], [1., 0., -3.], [2., 3., 0.]]);
    assert!(reading.notes[0].contains("negative"));
    let read = plainly("x.mtx", mtx("coordinate real skew-symmetric", "2 2 1\n2 1 5\n"));
    assert_eq!(entries(read), (2, 2, vec![(0, 1, -5.), (1, 0, 5.)]));
    let diagonal = mtx("coordinate real skew-symmetric", "2 2 1\n1 1 5\n");
    assert!(refusal(&Keys::default(), "x.mtx", diagonal).contains("off the diagonal"));
}

#[test]
fn patterns_are_ones() {
    let read = plainly("x.mtx", mtx("coordinate pattern symmetric", "3 3 2\n2 1\n3 1\n"));
    assert_eq!(entries(read), (3, 3, vec![(0, 1, 1.), (0, 2, 1.), (1, 0, 1.), (2, 0, 1.)]));
    assert!(refusal(&Keys::default(), "x.mtx", mtx("array pattern general", "1 1\n1\n")).contains("array pattern"));
}

#[test]
fn comments_blank_lines_encodings_and_exponents_make_no_difference() {
    let content = b"%%matrixmarket MATRIX Coordinate Real General\r\n% G\xe4rtner\r\n\r\n2 2 2\r\n1 1 1.0D+00\r\n% more\r\n2 2 -2.5d-1\r\n";
    let read = plainly("x.mtx", content);
    assert!(read.1.notes.iter().any(|note| note.contains("Latin-1")));
    assert_eq!(entries(read), (2, 2, vec![(0, 0, 1.), (1, 1, -0.25)]));
    let several = mtx("array real general", "2 2\n1 2\n  3 4\n");
    assert_eq!(matrix("x.mtx", several).0, array![[1., 3.], [2., 4.]]);
}

#[test]
fn duplicates_and_missing_entries_follow_the_keys() {
    let twice = mtx("coordinate real general", "2 2 3\n1 1 4\n2 2 1\n1 1 6\n");
    assert!(refusal(&Keys::default(), "x.mtx", &twice).contains("`duplicates`"));
    assert_eq!(read_with(&duplicates(Duplicates::Mean), "x.mtx", &twice).unwrap().0.known(), [(0, 0, 5.), (1, 1, 1.)]);
    assert_eq!(read_with(&duplicates(Duplicates::Last), "x.mtx", &twice).unwrap().0.known(), [(0, 0, 6.), (1, 1, 1.)]);
    assert_eq!(
        read_with(&missing(&["1"]), "x.mtx", mtx("array real general", "1 2\n1\n2\n")).unwrap().0.known(),
        [(0, 1, 2.)]
    );
    assert_eq!(plainly("x.mtx", mtx("array real general", "1 2\nnan\n2\n")).0.known(), [(0, 1, 2.)]);
}

#[test]
fn what_is_no_real_matrix_is_refused_by_its_name() {
    for (kind, expected) in [
        ("coordinate complex general", "\"complex\""),
        ("array real hermitian", "\"hermitian\""),
        ("vector real general", "\"vector\" (coordinate and array are read)"),
    ] {
        let message = refusal(&Keys::default(), "x.mtx", mtx(kind, "1 1\n1\n"));
        assert!(message.contains(expected), "{message}");
    }
    assert!(refusal(&Keys::default(), "x.mtx", "1 1 1\n").contains("the first line is not"));
    let flat = mtx("array real general", "0 1000000000000\n");
    assert!(refusal(&Keys::default(), "x.mtx", flat).contains("too large"));
}
