//! What a run directory is read as, whoever reads it.

use std::io::Write;

use flatbench_records::directory::{self, Contents, FlawKind, Trajectories};
use flatbench_records::{Checkpoint, FORMAT, Trajectory};

fn fixture() -> Vec<String> {
    let text = include_str!("../../fixtures/records/format-1.jsonl");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_line_is_a_record_or_a_flaw() {
    let lines = fixture();
    let newer = lines[2].replacen("\"format\":1", "\"format\":2", 1);
    let strange = lines[2].replacen("\"key\":\"", "\"key\":\"../", 1);
    let text =
        [&lines[0], "", &lines[1], &lines[0], &newer, "{\"format\": 3, \"else\": 1}", &strange, "[]", &lines[2][..40]];
    let contents = Contents::parse(text.join("\n").as_bytes(), None);
    let keys: Vec<&str> = contents.records.iter().map(|record| record.key.as_str()).collect();
    assert!(keys.len() == 2 && lines.iter().zip(&keys).all(|(line, key)| line.contains(key)), "{keys:?}");
    assert!(contents.unfinished);
    let flaws: Vec<(usize, &FlawKind)> = contents.flaws.iter().map(|flaw| (flaw.line, &flaw.kind)).collect();
    let (duplicate, newer) = (FlawKind::Duplicate(1), [FlawKind::Newer(2), FlawKind::Newer(3)]);
    assert_eq!(flaws[..4], [(2, &FlawKind::Empty), (4, &duplicate), (5, &newer[0]), (6, &newer[1])]);
    assert!(
        matches!(flaws[4..], [(7, FlawKind::Corrupt(_)), (8, FlawKind::Corrupt(_)), (9, FlawKind::Torn)]),
        "{flaws:?}"
    );
    assert_eq!(contents.newer(), Some((5, FORMAT + 1)));
    assert_eq!(Contents::parse(b"", None), Contents::default());
}

#[test]
fn records_of_another_suite_are_flaws_where_one_is_asked_for() {
    let text = fixture().join("\n") + "\n";
    let contents = Contents::parse(text.as_bytes(), Some("another"));
    assert!(contents.records.is_empty() && !contents.unfinished);
    assert!(contents.flaws.iter().all(|flaw| flaw.kind == FlawKind::Foreign("default".to_owned())));
}

#[test]
fn a_trajectory_is_found_by_a_key_and_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    std::fs::create_dir(folder.join(directory::TRAJECTORIES)).expect("a temporary folder");
    let trajectory = Trajectory { format: FORMAT, key: "ab1".to_owned(), checkpoints: Vec::new() };
    let text = serde_json::to_string(&trajectory).expect("plain data has a JSON form");
    std::fs::write(directory::trajectory_file(folder, "ab1"), &text).expect("a temporary folder");
    std::fs::write(directory::trajectory_file(folder, "half"), &text[..9]).expect("a temporary folder");
    std::fs::write(folder.join("outside.json"), &text).expect("a temporary folder");
    let found = |key: &str| directory::trajectory(folder, key);
    assert_eq!(found("ab1").expect("it is whole"), Some(trajectory));
    for none in ["ab2", "", "../outside", "a.b"] {
        assert_eq!(found(none).expect("there is none"), None, "{none}");
    }
    assert!(found("half").is_err());
}

#[test]
fn packed_trajectories_stand_in_for_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let of = |key: &str, seconds: f64| Trajectory {
        format: FORMAT,
        key: key.to_owned(),
        checkpoints: vec![Checkpoint { seconds, ..Checkpoint::default() }],
    };
    let json = |trajectory: &Trajectory| serde_json::to_string(trajectory).expect("plain data has a JSON form");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let lines = [of("a1", 1.0), of("b2", 2.0)].each_ref().map(json).join("\n");
    packer.write_all(lines.as_bytes()).expect("memory");
    let bytes = packer.finish().expect("memory");
    std::fs::write(folder.path().join(directory::PACKED_TRAJECTORIES), &bytes).expect("a temporary folder");
    std::fs::create_dir(folder.path().join(directory::TRAJECTORIES)).expect("a temporary folder");
    std::fs::write(directory::trajectory_file(folder.path(), "b2"), json(&of("b2", 3.0))).expect("a temporary folder");
    let opened = Trajectories::open(folder.path()).expect("readable");
    for (key, expected) in [("a1", Some(of("a1", 1.0))), ("b2", Some(of("b2", 3.0))), ("c3", None), ("../a1", None)] {
        assert_eq!(opened.of(key).expect("readable"), expected, "{key}: a file of its own counts first");
        assert_eq!(directory::trajectory(folder.path(), key).expect("readable"), expected, "{key}");
    }
    std::fs::write(folder.path().join(directory::PACKED_TRAJECTORIES), &bytes[..20]).expect("a temporary folder");
    assert!(directory::trajectory(folder.path(), "a1").is_err(), "torn is not none");
}

#[test]
fn packed_records_are_the_same_lines_and_stand_alone() {
    use std::io::{Read, Seek, SeekFrom, Write};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let text = fixture().join("\n") + "\n";
    let none = directory::RecordsFile::open(folder).expect_err("there is no file");
    assert!(none.kind() == std::io::ErrorKind::NotFound && !directory::is_one(folder).expect("it can be told"));
    // Two members, as `cat a.gz b.gz` makes them.
    let mut bytes = Vec::new();
    let (first, second) = text.split_at(text.find('\n').expect("lines") + 1);
    for part in [first, second] {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(part.as_bytes()).expect("memory");
        bytes.extend(packer.finish().expect("memory"));
    }
    std::fs::write(folder.join(directory::PACKED), &bytes).expect("a temporary folder");
    assert!(directory::is_one(folder).expect("it can be told") && directory::is_packed(folder).expect("as well"));
    assert_eq!(Contents::of(folder, None).expect("it is whole"), Contents::parse(text.as_bytes(), None));
    assert_eq!(directory::count_records(folder).expect("it is whole"), fixture().len());
    let mut unpacked =
        directory::RecordsFile::open(folder).and_then(directory::RecordsFile::text).expect("it is whole");
    let mut rest = String::new();
    unpacked.seek(SeekFrom::Start(first.len() as u64)).expect("memory");
    unpacked.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, second);

    std::fs::write(folder.join(directory::PACKED), &bytes[..bytes.len() - 40]).expect("a temporary folder");
    assert!(Contents::of(folder, None).is_err(), "a file that was cut off is not taken for a shorter one");
    std::fs::write(folder.join(directory::RECORDS), &text).expect("a temporary folder");
    let both = directory::RecordsFile::open(folder).expect_err("one of them is not meant").to_string();
    assert!(both.contains("remove the one that is not meant"), "{both}");
}

#[test]
fn what_stands_beside_is_remembered_and_forgotten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = directory::Beside { name: "zoo".to_owned(), directory: "/archives/zoo".into() };
    assert_eq!(directory::beside(folder.path()).expect("nothing"), []);
    directory::set_beside(folder.path(), std::slice::from_ref(&one)).expect("a temporary folder");
    assert_eq!(directory::beside(folder.path()).expect("a file"), [one]);
    directory::set_beside(folder.path(), &[]).expect("a temporary folder");
    assert!(!folder.path().join(directory::BESIDE).exists());
    std::fs::write(folder.path().join(directory::BESIDE), r#"{"format": 2, "beside": []}"#).expect("a folder");
    let newer = directory::beside(folder.path()).expect_err("it cannot be understood").to_string();
    assert!(newer.contains("format 2 is newer"), "{newer}");
}
