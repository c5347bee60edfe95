//! Delimiters, decimal signs, encodings, comments, quotes.

use ndarray::array;

use super::*;

#[test]
fn the_delimiter_is_found_and_said() {
    for (name, content, delimiter) in [
        ("x.csv", "1.5;2\n3;4\n", ";"),
        ("x.csv", "1.5\t2\n3\t4\n", "tab"),
        ("x.csv", "1.5|2\n3|4\n", "|"),
        ("x.csv", "1.5 2\n3 4\n", "blanks"),
        ("x.txt", "  1.5   2\n 3\t4  \n", "blanks"),
        ("x.tsv", "1.5,2\n3,4\n", ","),
        ("x.csv", "1.5, 2\n3, 4\n", ","),
        ("x.dat", "1.5::2\n3::4\n", "::"),
        ("x.csv", "sep=;\n1.5;2\n3;4\n", ";"),
    ] {
        let (x, reading) = matrix(name, content);
        assert_eq!(x, array![[1.5, 2.], [3., 4.]], "{content:?}");
        assert_eq!(reading.delimiter.as_deref(), Some(delimiter), "{content:?}");
    }
    let keys = Keys { delimiter: Some("/".into()), ..Keys::default() };
    assert_eq!(read_with(&keys, "x.csv", "1/2\n").unwrap().0, Data::matrix(array![[1., 2.]]));
}

#[test]
fn decimal_commas_are_recognised_or_refused() {
    let (x, reading) = matrix("x.csv", "1,5;2\n3;4,25\n");
    assert_eq!((x, reading.decimal.as_deref()), (array![[1.5, 2.], [3., 4.25]], Some(",")));
    assert!(doubt("x.csv", "1,5;2.5\n3;4\n").contains("`decimal`"));
    assert!(doubt("x.csv", "1,500;2,250\n").contains("thousands"));
    assert!(doubt("x.csv", "3,05\n1,25\n").contains("`decimal`"));
    let keys = Keys { delimiter: Some(",".into()), ..Keys::default() };
    assert_eq!(read_with(&keys, "x.csv", "3,05\n1,25\n").unwrap().0, Data::matrix(array![[3., 5.], [1., 25.]]));
    assert_eq!(matrix("x.csv", "\"1,5\",\"2\"\n\"3\",\"4,25\"\n").0, array![[1.5, 2.], [3., 4.25]]);
    let keys = Keys { decimal: Some(','), ..Keys::default() };
    assert_eq!(read_with(&keys, "x.csv", "3,05\n1,25\n").unwrap().0, Data::matrix(array![[3.05], [1.25]]));
    assert_eq!(read_with(&keys, "x.csv", "1,500;2,250\n").unwrap().0, Data::matrix(array![[1.5, 2.25]]));
    assert!(refusal(&keys, "x.csv", "1,5;2\n1,5;2.5\n").contains("\"2.5\" is not a number"));
}

#[test]
fn encodings_and_line_ends_make_no_difference() {
    let expected = array![[1.5, 2.], [3., 4.]];
    assert_eq!(matrix("x.csv", b"\xef\xbb\xbf1.5,2\r\n3,4\r\n").0, expected);
    assert_eq!(matrix("x.csv", "1.5,2\r3,4\r").0, expected);
    let utf_16 =
        |unit: fn(u16) -> [u8; 2]| -> Vec<u8> { "\u{feff}1.5\t2\n3\t4\n".encode_utf16().flat_map(unit).collect() };
    for content in [utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
        let (x, reading) = matrix("x.txt", content);
        assert_eq!(x, expected);
        assert!(reading.notes[0].contains("UTF-16"));
    }
    assert_eq!(matrix("x.csv", b"gr\xfc\xdf,b\n1.5,2\n3,4\n").0, expected);
}

#[test]
fn comments_are_skipped_and_counted() {
    let (x, reading) = matrix("x.txt", "# a b c\n% 1\n1.5 2\n# one more comment\n3 4\n# end\n");
    assert_eq!(x, array![[1.5, 2.], [3., 4.]]);
    assert!(reading.notes.contains(&"4 comment lines skipped".to_owned()), "{:?}", reading.notes);
    assert_eq!(matrix("x.txt", "1.5\n# end\n").0, array![[1.5]]);
    // A label is no comment.
    let labels = "user,item,rating\na,x,1\n#1,x,2\n";
    assert_eq!(plainly("x.csv", labels).0.known().len(), 2);
}

#[test]
fn quotes_are_understood_and_have_to_be_closed() {
    assert_eq!(matrix("x.csv", "\"1.5\",\"2\"\n\"3\",4\n").0, array![[1.5, 2.], [3., 4.]]);
    for content in ["1,2\n3,\"4\n5,6\n", "\"1,2\n3,4\n", "1,2\n3,\"4"] {
        let message = refusal(&Keys::default(), "x.csv", content);
        assert!(message.contains("a quote is not closed"), "{message}");
    }
}
