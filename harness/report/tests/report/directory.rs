//! Run directories as they are found on disk.

use std::fs;
use std::io::Write;
use std::path::Path;

use flatbench_records::directory::{PACKED_TRAJECTORIES, PACKED_TRIALS};
use flatbench_records::{Init, Rule, Trial};
use flatbench_report::{Error, Naming, read, write, write_joined};

use crate::synthetic;

/// A run directory with all its files.
pub fn save(dir: &Path, input: &flatbench_report::Input) {
    let source = &input.sources[0];
    let lines: Vec<String> =
        source.records.iter().map(|r| serde_json::to_string(r).expect("records serialise")).collect();
    fs::create_dir_all(dir.join("trajectories")).expect("a temporary directory");
    fs::write(dir.join("records.jsonl"), lines.join("\n") + "\n").expect("a temporary directory");
    fs::write(
        dir.join("suite.toml"),
        "name = \"default\"\ndescription = \"Made up.\"\nbaseline = \"sam\"\n[tuning]\nrule = \"validation\"\n[[case]]\nname = \"matrix-sensing\"\n",
    )
    .expect("a temporary directory");
    let environment = serde_json::to_string(&source.environment).expect("it serialises");
    fs::write(dir.join("environment.json"), environment).expect("a temporary directory");
    for (key, trajectory) in &input.trajectories {
        let text = serde_json::to_string(trajectory).expect("trajectories serialise");
        fs::write(dir.join("trajectories").join(format!("{key}.json")), text).expect("a temporary directory");
    }
}

fn append(dir: &Path, text: &str) {
    let path = dir.join("records.jsonl");
    let old = fs::read_to_string(&path).expect("it was written");
    fs::write(path, old + text).expect("a temporary directory");
}

#[test]
fn a_directory_becomes_a_page_and_figures() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    save(dir.path(), &synthetic::with_tuning(synthetic::study(2, 3, 5)));
    let page = write(dir.path(), &[], &synthetic::families()).expect("it can be written");
    let html = fs::read_to_string(&page).expect("it was written");
    assert!(html.contains("Paired comparison with sam"));
    assert!(html.contains("Made up.") && html.contains("the rule “validation”"));
    assert!(html.contains("training loss along the way") && html.contains("Singular values along the way"));
    let figures = fs::read_dir(dir.path().join("figures")).expect("it was written").count();
    assert!(figures > 20, "{figures}");
    write(dir.path(), &[], &synthetic::families()).expect("it can be written again");
    assert_eq!(html, fs::read_to_string(&page).expect("it was written"));
    assert_eq!(figures, fs::read_dir(dir.path().join("figures")).expect("it was written").count());
}

/// `lines` compressed as an archive has them.
fn packed(lines: &[String]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(lines.join("\n").as_bytes()).expect("memory");
    packer.finish().expect("memory")
}

#[test]
fn what_an_archive_keeps_is_read_and_what_is_torn_is_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let input = synthetic::study(1, 1, 3);
    save(dir.path(), &input);
    fs::remove_dir_all(dir.path().join("trajectories")).expect("it was written");
    let trajectories: Vec<String> =
        input.trajectories.values().map(|own| serde_json::to_string(own).expect("it serialises")).collect();
    let trial = Trial {
        format: 1,
        suite: "default".to_owned(),
        optimizer: "gd".to_owned(),
        plugin: "gd".to_owned(),
        init: Init::Large,
        trial: 1,
        hyperparameters: Default::default(),
        rule: Rule::Validation,
        rungs: Vec::new(),
        chosen: true,
    };
    fs::write(dir.path().join(PACKED_TRAJECTORIES), packed(&trajectories)).expect("a temporary directory");
    let line = serde_json::to_string(&trial).expect("it serialises");
    fs::write(dir.path().join(PACKED_TRIALS), packed(std::slice::from_ref(&line))).expect("a temporary directory");
    let found = || read(&[(dir.path(), "mine")], &synthetic::families()).expect("it can be read");
    let all = found();
    assert_eq!(all.trajectories, input.trajectories);
    assert_eq!((all.sources[0].trials.as_slice(), all.sources[0].complaints.len()), (&[trial][..], 0));

    for name in [PACKED_TRAJECTORIES, PACKED_TRIALS] {
        let path = dir.path().join(name);
        let whole = fs::read(&path).expect("it was written");
        fs::write(&path, &whole[..whole.len() / 2]).expect("a temporary directory");
    }
    let torn = found();
    assert!(torn.trajectories.is_empty() && torn.sources[0].trials.is_empty());
    let places: Vec<&str> = torn.sources[0].complaints.iter().map(|own| own.place.as_str()).collect();
    assert_eq!(places, [PACKED_TRIALS, PACKED_TRAJECTORIES]);
}

#[test]
fn lines_that_are_no_records_are_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let input = synthetic::study(1, 1, 3);
    save(dir.path(), &input);
    let newer = serde_json::to_string(&input.sources[0].records[0]).expect("it serialises").replacen(
        "\"format\":1",
        "\"format\":9",
        1,
    );
    append(dir.path(), &format!("\n{{\"a\": 1}}\nnonsense \u{fffd}\n{newer}\n{{\"format\":1,\"key\":\"ab"));
    let source = &read(&[(dir.path(), ".")], &synthetic::families()).expect("the rest can be read").sources[0];
    assert_eq!(source.records.len(), 6);
    let told: Vec<String> = source.complaints.iter().map(|c| format!("{} {}", c.place, c.problem)).collect();
    assert_eq!(
        told,
        [
            "records.jsonl:8 is not a record",
            "records.jsonl:9 is not a record",
            "records.jsonl:10 has format 9, newer than 1 (use a newer flatbench)",
            "records.jsonl:11 is torn: the run was interrupted while writing it (run again to continue)",
        ]
    );
    let page = write(dir.path(), &[], &synthetic::families()).expect("it can be written");
    assert!(fs::read_to_string(page).expect("it was written").contains("is torn"));
}

#[test]
fn the_first_record_of_a_key_counts() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let input = synthetic::study(1, 1, 2);
    save(dir.path(), &input);
    let mut again = input.sources[0].records[0].clone();
    again.result.steps = 77;
    append(dir.path(), &serde_json::to_string(&again).expect("it serialises"));
    let source = &read(&[(dir.path(), ".")], &synthetic::families()).expect("it can be read").sources[0];
    assert_eq!(source.records, input.sources[0].records);
    let told: Vec<String> = source.complaints.iter().map(|c| format!("{} {}", c.place, c.problem)).collect();
    assert_eq!(told, ["records.jsonl:5 has the key of line 1, which counts"]);
}

#[test]
fn directories_are_joined() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (a, b, out) = (dir.path().join("a"), dir.path().join("b c"), dir.path().join("out"));
    save(&a, &synthetic::study(2, 2, 3));
    let mut other = synthetic::study(2, 2, 3);
    for (index, record) in other.sources[0].records.iter_mut().enumerate() {
        record.suite = "other".to_owned();
        // The first half is the same work as in the other directory.
        if index >= 12 {
            record.key = format!("other{index}");
        }
    }
    save(&b, &other);
    let page = write_joined(&[a, b], &[], &out, Naming::Absolute, &synthetic::families(), &mut |_| ())
        .expect("it can be written");
    let html = fs::read_to_string(page).expect("it was written");
    assert!(html.contains("12 runs are also in an earlier directory"));
    assert!(html.contains("other &#x2f; anisotropic") || html.contains("other / anisotropic"));
    assert!(html.contains("b c&#x27;") || html.contains("b c&#39;"), "a directory with a space is quoted in commands");
}

#[test]
fn what_cannot_be_reported_says_what_to_do() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let error = write(dir.path(), &[], &synthetic::families()).expect_err("there are no records").to_string();
    assert!(error.contains("does not exist (write records first"), "{error}");
    assert!(matches!(write_joined(&[], &[], dir.path(), Naming::Here, &[], &mut |_| ()), Err(Error::Nothing)));
    fs::write(dir.path().join("records.jsonl"), "{\"format\": 7}\n{\"format\": 8}\n").expect("a temporary directory");
    let error = write(dir.path(), &[], &synthetic::families()).expect_err("all are newer").to_string();
    assert!(error.contains("all 2 records") && error.contains("have format 8"), "{error}");
}

#[test]
fn an_empty_file_of_records_is_a_page() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join("records.jsonl"), "").expect("a temporary directory");
    let page = write(dir.path(), &[], &synthetic::families()).expect("it can be written");
    let html = fs::read_to_string(page).expect("it was written");
    assert!(html.contains("There are no records yet") && html.contains("environment.json"));
}
