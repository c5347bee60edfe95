//! Records of every format there ever was are read, and the present one is written as it is read.

use std::path::Path;

use flatbench_records::FORMAT;
use flatbench_runner::store::{RunDirectory, StoreError};

fn fixture(format: u32) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records");
    std::fs::read_to_string(folder.join(format!("format-{format}.jsonl"))).expect("a file of every format")
}

#[test]
fn records_of_every_format_are_read() {
    for format in 1..=FORMAT {
        let text = fixture(format);
        let (records, flaws) = RunDirectory::parse(text.as_bytes()).expect("no newer format");
        assert_eq!((records.len(), flaws), (text.lines().count(), Vec::new()), "format {format}");
        assert!(records.iter().all(|record| record.format == format));
    }
}

#[test]
fn the_present_format_is_written_as_it_is_read() {
    let text = fixture(FORMAT);
    let (records, _) = RunDirectory::parse(text.as_bytes()).expect("the present format");
    // Keys in alphabetical order: that of a line means nothing.
    let sorted = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON").to_string();
    for (record, line) in records.iter().zip(text.lines()) {
        let written = serde_json::to_string(record).expect("a line");
        assert_eq!(written.len(), line.len(), "a key is written twice, or a number in another way");
        assert!(sorted(&written) == sorted(line), "keys or values of {} have changed", record.key);
    }
}

#[test]
fn a_newer_format_is_refused_with_its_line_and_the_remedy() {
    let newer = fixture(FORMAT).replacen(&format!("\"format\":{FORMAT}"), &format!("\"format\":{}", FORMAT + 1), 2);
    let error = RunDirectory::parse(newer.as_bytes()).expect_err("a newer format");
    assert!(matches!(error, StoreError::Newer { line: 1, .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("records.jsonl:1: record format 2 is newer than 1") && text.contains("update flatbench"),
        "{text}"
    );
}

#[test]
fn fields_that_are_not_known_yet_do_no_harm() {
    let more = fixture(FORMAT).replace("{\"format\":1,", "{\"format\":1,\"added_later\":[1],");
    let (records, flaws) = RunDirectory::parse(more.as_bytes()).expect("the present format");
    assert_eq!((records.len(), flaws.len()), (more.lines().count(), 0));
}
