use flatbench_instances::data::read;

const ENDINGS: [&str; 4] = ["csv", "tsv", "mtx", "npy"];

/// A data file, its format chosen by the first byte, is refused in one line that names it, or it is read.
pub fn data(input: &[u8]) {
    let Some((first, content)) = input.split_first() else { return };
    let ending = ENDINGS[usize::from(*first) % ENDINGS.len()];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(format!("data.{ending}"));
    std::fs::write(&path, content).expect("a writable temporary folder");
    if let Err(error) = read(&path) {
        let text = error.to_string();
        assert!(text.contains("data.") && !text.contains('\n'), "{text:?}");
    }
}
