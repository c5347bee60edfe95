use super::*;

#[test]
fn every_mistake_names_its_place() {
    let cases: [(&str, &[u8], &str); 17] = [
        ("x.csv", b"1,2\n3\n", "line 2: 1 fields where the lines before have 2"),
        ("x.csv", b"1,2\n3,x\n", "line 2: \"x\" is not a number"),
        ("x.csv", b",\nNA,nan\n", "all entries are missing"),
        ("x.csv", b"", "holds no entries"),
        ("x.csv", b"\"\n", "a quote is not closed"),
        ("x.csv", b"1,2\n\"3,4\n", "line 2: a quote is not closed"),
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
        let message = refusal(&Keys::default(), name, content);
        assert!(message.contains(expected), "{message:?} does not say {expected:?}");
    }
    let nowhere = read(std::path::Path::new("/nowhere/x.csv"), &Keys::default());
    assert!(nowhere.unwrap_err().to_string().contains("does not exist"));
    let folder = read(std::path::Path::new("/"), &Keys::default());
    assert!(folder.unwrap_err().to_string().contains("it is a folder"));
}

#[test]
fn other_formats_are_refused_with_a_way_out() {
    for (name, expected) in [
        ("x.mat", "scipy.io.loadmat"),
        ("x.xlsx", "save the sheet as CSV"),
        ("x.parquet", ".npy"),
        ("x", "known: .npy"),
    ] {
        let message = refusal(&Keys::default(), name, "1");
        assert!(message.contains("unknown ending") && message.contains(expected), "{message}");
    }
}

#[test]
fn line_numbers_count_what_is_skipped() {
    let message = refusal(&Keys::default(), "x.csv", "# a\n\n1,2\n\n3,x\n");
    assert!(message.contains("line 5: \"x\""), "{message}");
}
