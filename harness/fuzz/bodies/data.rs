use flatbench_instances::data::{Duplicates, Keys, read};

const ENDINGS: [&str; 8] = ["csv", "tsv", "mtx", "npy", "npz", "txt", "dat", "csv.gz"];

/// A data file, its format and the keys that go with it chosen by the first byte, is refused in one line that names it, or
/// gives finite entries, each once and inside the matrix, as its reading says.
pub fn data(input: &[u8]) {
    let Some((first, content)) = input.split_first() else { return };
    let ending = ENDINGS[usize::from(first % 8)];
    let has = |bit: u8| first & bit != 0;
    let keys = Keys {
        header: has(8).then_some(true),
        index: has(16).then_some(true),
        decimal: has(32).then_some(','),
        columns: if has(64) { ["1", "2", "3"].map(str::to_owned).to_vec() } else { Vec::new() },
        duplicates: if has(128) { Duplicates::Mean } else { Duplicates::Refused },
        missing: if has(128) { vec!["3".to_owned()] } else { Vec::new() },
        ..Keys::default()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(format!("data.{ending}"));
    std::fs::write(&path, content).expect("a writable temporary folder");
    let (data, reading) = match read(&path, &keys) {
        Ok(read) => read,
        Err(error) => {
            let text = error.to_string();
            return assert!(text.contains("data.") && !text.contains('\n'), "{text:?}");
        }
    };
    let known = data.known();
    assert_eq!((reading.rows, reading.cols, reading.known), (data.shape().0, data.shape().1, known.len()));
    assert!(!reading.facts().is_empty() && (0.0..1.0).contains(&reading.missing_share()), "{reading:?}");
    let mut places: Vec<_> = known.iter().map(|entry| (entry.0, entry.1)).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), known.len(), "an entry is given twice");
    for (row, column, value) in known {
        assert!(row < reading.rows && column < reading.cols && value.is_finite(), "({row}, {column}) = {value}");
    }
}
