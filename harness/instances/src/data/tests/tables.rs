//! Dense matrices in text: header, row names, missing entries.

use ndarray::{Array2, array};

use super::*;

/// 10 × 10 numbers that are no counts.
fn numbers() -> Array2<f64> {
    Array2::from_shape_fn((10, 10), |(i, j)| (7 * i + 3 * j) as f64 / 8.0 - 2.0625)
}

fn lines(x: &Array2<f64>, delimiter: &str) -> Vec<String> {
    let line = |row: ndarray::ArrayView1<'_, f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(delimiter);
    x.rows().into_iter().map(line).collect()
}

#[test]
fn dense_table_with_and_without_missing_entries() {
    let (x, reading) = matrix("x.csv", "1,2,3\n4,5,6\n");
    assert_eq!(x, array![[1., 2., 3.], [4., 5., 6.]]);
    assert_eq!((reading.header, reading.index), (Some(vec![]), Some(false)));
    let read = plainly("x.csv", "a,b,c\n1,,3\nNA,5,nan\n");
    assert_eq!(read.1.header.as_deref().unwrap(), ["a", "b", "c"]);
    assert_eq!(
        read.1.missing.iter().map(|(token, n)| (token.as_str(), *n)).collect::<Vec<_>>(),
        [("", 1), ("NA", 1), ("nan", 1)]
    );
    assert_eq!(read.1.first, ["1 · 3", "· 5 ·"]);
    assert_eq!(entries(read), (2, 3, vec![(0, 0, 1.), (0, 2, 3.), (1, 1, 5.)]));
}

#[test]
fn pandas_writes_a_header_and_row_names() {
    let x = numbers();
    let body: String = lines(&x, ",").iter().enumerate().map(|(i, line)| format!("{i},{line}\n")).collect();
    let names = (0..10).map(|j| j.to_string()).collect::<Vec<_>>().join(",");
    let (read, reading) = matrix("x.csv", format!(",{names}\n{body}"));
    assert_eq!(read, x);
    assert_eq!((reading.header.unwrap().len(), reading.index), (11, Some(true)));
    // Named columns, and no header at all.
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].join(",");
    assert_eq!(matrix("x.csv", format!(",{letters}\n{body}")).0, x);
    let headless = doubt("x.csv", &body);
    assert!(headless.contains("`index`"), "{headless}");
    assert_eq!(read_with(&index(true), "x.csv", &body).unwrap().0, Data::matrix(x.clone()));
    assert_eq!(read_with(&index(false), "x.csv", &body).unwrap().0.shape(), (10, 11));
    // `index=False`: the names alone.
    let unnamed = format!("{names}\n{}", lines(&x, ",").join("\n"));
    assert!(doubt("x.csv", &unnamed).contains("`header`"));
    assert_eq!(read_with(&header(true), "x.csv", &unnamed).unwrap().0, Data::matrix(x.clone()));
    assert_eq!(read_with(&header(false), "x.csv", &unnamed).unwrap().0.shape(), (11, 10));
    // Row names under a name of their own.
    assert!(doubt("x.csv", format!("id,{letters}\n{body}")).contains("`index`"));
    assert!(doubt("x.csv", format!("id,{names}\n{body}")).contains("`header`"));
}

#[test]
fn r_writes_a_header_and_row_names() {
    let (x, reading) = matrix("x.csv", "\"\",\"V1\",\"V2\"\n\"1\",0.5,-1\n\"2\",3,0.25\n");
    assert_eq!((x, reading.index), (array![[0.5, -1.], [3., 0.25]], Some(true)));
    // `write.table`, whose header is one name short.
    let (x, reading) = matrix("x.txt", "\"V1\" \"V2\"\n\"1\" 0.5 -1\n\"2\" 3 0.25\n");
    assert_eq!((x, reading.delimiter.as_deref()), (array![[0.5, -1.], [3., 0.25]], Some("blanks")));
    assert!(reading.notes.iter().any(|note| note.contains("one name less")), "{:?}", reading.notes);
    // A trailing delimiter below a header is no such thing.
    assert_eq!(matrix("x.csv", "a,b\n1,2.5,\n3,4.5,\n").0, array![[1., 2.5], [3., 4.5]]);
}

#[test]
fn row_names_that_are_texts_are_recognised() {
    let (x, reading) = matrix("x.csv", "name,a,b\nx,1,2.5\ny,3,4\n");
    assert_eq!((x, reading.index), (array![[1., 2.5], [3., 4.]], Some(true)));
    assert_eq!(matrix("x.csv", "x,1,2.5\ny,3,4\n").0, array![[1., 2.5], [3., 4.]]);
    // Names that repeat are no names of rows.
    let repeated = refusal(&Keys::default(), "x.csv", "name,a,b\nx,1,2.5\nx,3,4\n");
    assert!(repeated.contains("line 2: \"x\" is not a number") && repeated.contains("`index`"), "{repeated}");
    assert_eq!(read_with(&index(true), "x.csv", "name,a,b\nx,1,2.5\nx,3,4\n").unwrap().0.shape(), (2, 2));
}

#[test]
fn words_for_missing_entries_are_known_or_named() {
    for token in ["?", "null", "NULL", "None", "N/A", "n/a", "#N/A", "<NA>", "nan", "-", ".", ""] {
        let (data, reading) = plainly("x.csv", format!("1.5,2,{token}\n3,4,5\n"));
        assert_eq!((data.shape(), data.known().len()), ((2, 3), 5), "{token:?}");
        assert_eq!(reading.missing.get(token), Some(&1), "{reading:?}");
    }
    let unknown = doubt("x.csv", "1.5,unk,2\n3,4,5\n");
    assert!(unknown.contains("`missing` = [\"unk\"]") && unknown.contains("`header`"), "{unknown}");
    assert!(refusal(&Keys::default(), "x.csv", "1.5,2\n3,unk\n").contains("`missing`"));
    assert_eq!(read_with(&missing(&["unk"]), "x.csv", "1.5,unk,2\n3,4,5\n").unwrap().0.known().len(), 5);
    // A whole first row of an unknown word is no header.
    assert!(refusal(&Keys::default(), "x.csv", "unk,unk\n3,4\n").contains("line 1: \"unk\" is not a number"));
}

#[test]
fn numbers_may_stand_for_missing_entries() {
    let (data, reading) = read_with(&missing(&["-999", "0"]), "x.csv", "1.5,-999.0\n0,4\n").unwrap();
    assert_eq!(data.known(), [(0, 0, 1.5), (1, 1, 4.)]);
    assert_eq!(reading.missing.len(), 2);
    // Without the key it is a number, with a warning.
    let (data, reading) = plainly("x.csv", "1.5,-999.0\n0,4\n");
    assert_eq!(data.known().len(), 4);
    assert!(reading.warnings[0].contains("-999 occurs 1 times") && reading.warnings[0].contains("`missing` = [-999]"));
}

#[test]
fn empty_fields_at_the_end_of_all_lines_are_no_column() {
    let x = numbers();
    let trailing: String = lines(&x, ",").iter().map(|line| format!("{line},\n")).collect();
    let (read, reading) = matrix("x.csv", trailing);
    assert_eq!(read, x);
    assert!(reading.warnings[0].contains("every line ends with 1 empty"), "{:?}", reading.warnings);
    // Where one line has an entry there, it is one.
    assert_eq!(plainly("x.csv", "1.5,\n2,3\n").0.shape(), (2, 2));
    assert_eq!(plainly("x.csv", "a,b\n1.5,\n2,\n").0.shape(), (2, 2));
}

#[test]
fn counting_lines_and_columns_are_doubtful_only_where_they_may_be_names() {
    assert_eq!(matrix("x.csv", "0,1\n1,0\n").0, array![[0., 1.], [1., 0.]]);
    assert_eq!(matrix("x.csv", "0\n1\n2\n").0, array![[0.], [1.], [2.]]);
    assert_eq!(matrix("x.csv", "1,4\n2,5\n3,6\n").0.dim(), (3, 2));
    assert!(doubt("x.csv", "0\n0.5\n0.25\n").contains("`header`"));
    assert!(doubt("x.csv", "0,1,2\n3,4,5\n").contains("`header`"));
    assert!(doubt("x.csv", "1,0.4\n2,0.5\n3,0.6\n").contains("`index`"));
    // Years.
    assert!(doubt("x.csv", "1990,1995\n0.4,0.5\n0.6,0.7\n").contains("`header`"));
    assert!(doubt("x.csv", "a,b\n1990,0.4\n1995,0.5\n1993,0.6\n").contains("`index`"));
    assert_eq!(read_with(&index(false), "x.csv", "1,0.4\n2,0.5\n3,0.6\n").unwrap().0.shape(), (3, 2));
}

#[test]
fn a_blank_line_in_a_single_column_is_doubtful() {
    assert!(doubt("x.csv", "1.5\n\n2\n").contains("line 2 of a single column is blank"));
    assert_eq!(matrix("x.csv", "\n1.5\n2\n\n").0, array![[1.5], [2.]]);
    // As pandas writes a missing entry there.
    assert_eq!(plainly("x.csv", "1.5\n\"\"\n2\n").0.known(), [(0, 0, 1.5), (2, 0, 2.)]);
    assert_eq!(matrix("x.csv", "1.5,1\n\n2,2\n").0.dim(), (2, 2));
}
