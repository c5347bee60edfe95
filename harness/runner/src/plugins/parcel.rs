use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flatbench_records::PythonBuild;
use serde::Deserialize;
use zip::ZipArchive;

/// What stands in `parcel.json` of a parcel, as far as it is needed here.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    /// Version of Python that put it together.
    python: String,
    /// Versions of packages that it names.
    #[serde(default)]
    packages: BTreeMap<String, String>,
}

/// Most bytes that a label is read to.
const LONGEST: u64 = 16 << 20;

impl Label {
    /// Reads it. `None` for a file that is no parcel: whoever opens it says so.
    pub(super) fn read(parcel: &Path) -> Option<Self> {
        let mut archive = ZipArchive::new(File::open(parcel).ok()?).ok()?;
        let mut text = String::new();
        archive.by_name("parcel.json").ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// With the interpreter that opens it, as it stands in `environment.json`.
    pub(super) fn build(self, interpreter: &Path) -> PythonBuild {
        PythonBuild { interpreter: interpreter.to_owned(), version: self.python, packages: self.packages }
    }
}

/// A zip archive without the comment at its end and the length of that; all of what is no archive.
pub(super) fn without_comment(bytes: &[u8]) -> &[u8] {
    /// The record at the end of an archive: its first bytes, its length, where the length of the comment stands in it.
    const MARK: &[u8] = b"PK\x05\x06";
    const RECORD: usize = 22;
    const LENGTH: usize = 20;
    let longest = RECORD + usize::from(u16::MAX);
    let least = bytes.len().saturating_sub(longest);
    let is_end = |start: &usize| {
        let record = bytes.get(*start..).unwrap_or_default();
        let said = record.get(LENGTH..RECORD).and_then(|length| length.try_into().ok()).map(u16::from_le_bytes);
        record.starts_with(MARK) && said.is_some_and(|length| record.len() == RECORD + usize::from(length))
    };
    match (least..bytes.len()).rev().find(is_end) {
        Some(start) => bytes.get(..start + LENGTH).unwrap_or(bytes),
        None => bytes,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::without_comment;

    fn archive(content: &[u8], comment: &str) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a", SimpleFileOptions::default().last_modified_time(zip::DateTime::default())).unwrap();
        zip.write_all(content).unwrap();
        zip.set_comment(comment).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn where_the_sources_were_read_is_no_content() {
        let (here, there) = (archive(b"x = 1", "/home/a/"), archive(b"x = 1", "/scratch/somewhere/else/"));
        assert_ne!(here, there);
        assert_eq!(without_comment(&here), without_comment(&there));
        assert_ne!(without_comment(&here), without_comment(&archive(b"x = 2", "/home/a/")));
        // A comment that looks like an end is none.
        let tricky = archive(b"x = 1", "PK\u{5}\u{6}and more");
        assert_eq!(without_comment(&here), without_comment(&tricky));
        assert_eq!(without_comment(b"no archive"), b"no archive");
        assert_eq!(without_comment(b""), b"");
    }
}
