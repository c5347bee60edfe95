//! Files of a run directory that were damaged while nobody looked.

use rand::{Rng, RngExt};

use crate::history::Undisturbed;
use crate::support::{Bench, shown};
use crate::{aloud, full, moments, suite};

/// Damages a records file in one of the ways of crashes, copies and editors.
fn damage(text: &mut Vec<u8>, random: &mut impl Rng) -> &'static str {
    let place = random.random_range(0..text.len());
    match random.random_range(0..6) {
        0 => {
            text.truncate(place);
            "cut off"
        }
        1 => {
            let end = text.len().min(place + random.random_range(1..5000));
            text[place..end].fill(0);
            "zeros, as after a power failure"
        }
        2 => {
            let copy: Vec<u8> = text[..place].to_vec();
            text.extend_from_slice(&copy);
            "its beginning again"
        }
        3 => {
            text.splice(place..place, *b"\n{\"format\":1,\"key\":\"../../etc\"}\n\xff\xfe\n[]\nnull\n");
            "foreign text"
        }
        4 => {
            let end = text.len().min(place + random.random_range(1..20_000));
            text.drain(place..end);
            "a hole"
        }
        _ => {
            text.clear();
            "emptied"
        }
    }
}

#[test]
fn damaged_records_are_set_aside_and_done_again() {
    let bench = Bench::new(&suite(4, 300));
    let undisturbed = Undisturbed::run(&bench);
    let mut random = moments();
    let rounds = if full() { 40 } else { 6 };
    let file = bench.path("undisturbed/records.jsonl");
    for round in 1..=rounds {
        let mut text = std::fs::read(&file).expect("records");
        let how = damage(&mut text, &mut random);
        std::fs::write(&file, &text).expect("a writable file");
        let output = bench.run("undisturbed", &["--jobs", "2", "--no-build"]);
        let said = shown(&output);
        assert_eq!(output.status.code(), Some(0), "{how}: {said}");
        assert_eq!(undisturbed.differences(&bench, "undisturbed"), Default::default(), "round {round}, {how}: {said}");
    }
    aloud(&format!("damage: records.jsonl damaged {rounds} times: 0 records lost, 0 wrong"));
}

#[test]
fn flawed_lines_are_named_by_number_and_kept() {
    let bench = Bench::new(&suite(1, 100));
    let undisturbed = Undisturbed::run(&bench);
    let file = bench.path("undisturbed/records.jsonl");
    let text = std::fs::read_to_string(&file).expect("records");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1] = "{\"format\":1,\"key\":".to_owned();
    lines[3] = lines[0].clone();
    lines[5] = lines[5].replace("\"suite\":\"faults\"", "\"suite\":\"another\"");
    std::fs::write(&file, lines.join("\n") + "\n{\"torn").expect("a writable file");
    let output = bench.run("undisturbed", &["--no-build"]);
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let last = lines.len() + 1;
    for words in [
        "line 2: no record".to_owned(),
        "line 4: the same key as line 1".to_owned(),
        "line 6: a record of the suite `another`".to_owned(),
        format!("line {last}: cut off while it was written"),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    let aside = |name: &str| std::fs::read_to_string(bench.path("undisturbed").join(name)).unwrap_or_default();
    assert_eq!(aside("records.torn.jsonl"), "{\"torn\n");
    assert_eq!(aside("records.rejected.jsonl").lines().collect::<Vec<_>>(), [&lines[1], &lines[3], &lines[5]]);
    assert_eq!(undisturbed.differences(&bench, "undisturbed"), Default::default());
}

#[test]
fn a_changed_suite_tells_what_is_kept_and_what_is_run() {
    let bench = Bench::new(&suite(2, 100));
    let first = bench.run("out", &["--quiet"]);
    assert_eq!(first.status.code(), Some(0), "{}", shown(&first));
    let before = bench.records("out");
    let changed = suite(2, 100).replace("measurements = 60", "measurements = 70");
    std::fs::write(bench.path("suite.toml"), changed).expect("a writable file");
    let output = bench.run("out", &["--no-build"]);
    let said = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for words in [
        "case[matrix-sensing].measurements: 60 -> 70",
        "12 records kept; 12 belong to no planned run and are in records.superseded.jsonl",
        "12 done before",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let after = bench.records("out");
    let kept = after.iter().filter(|record| before.contains(record)).count();
    assert_eq!((after.len(), kept), (24, 12));
}

/// Whoever prepares a run directory must not choose what is written.
#[test]
fn a_directory_with_links_in_it_is_refused() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new(&suite(1, 50));
    let elsewhere = bench.path("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::write(elsewhere.join("precious"), "precious\n").expect("a file");
    for name in ["lock", "log.txt", "records.jsonl", "suite.toml", "index.html", "figures/x.svg", "trajectories/x.json"]
    {
        let prepared = format!("prepared-{}", name.replace('/', "-"));
        let out = bench.path(&prepared);
        let link = out.join(name);
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
        symlink(elsewhere.join("precious"), &link).expect("a link");
        let run = bench.run(&prepared, &["--quiet"]);
        assert_eq!(run.status.code(), Some(2), "{name}: {}", shown(&run));
        if name != "suite.toml" && !name.contains("figures") && name != "index.html" {
            assert!(shown(&run).contains("is a symbolic link"), "{name}: {}", shown(&run));
        }
        assert_eq!(std::fs::read(elsewhere.join("precious")).expect("a file"), b"precious\n", "{name}");
    }
    for name in [".held", "trajectories"] {
        let out = bench.path(&format!("out{name}"));
        std::fs::create_dir(&out).expect("a folder");
        symlink(&elsewhere, out.join(name)).expect("a link");
        let run = bench.run(&format!("out{name}"), &["--quiet"]);
        assert!(run.status.code() == Some(2) && shown(&run).contains("is a symbolic link"), "{}", shown(&run));
        assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 1);
    }
    // The directory itself may be one.
    symlink(&elsewhere, bench.path("named")).expect("a link");
    std::fs::remove_file(elsewhere.join("precious")).expect("a file");
    let run = bench.run("named", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
}

/// Nor where a report is written.
#[test]
fn a_report_is_written_through_no_link() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new(&suite(1, 50));
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let (out, precious) = (bench.path("out"), bench.path("precious"));
    std::fs::write(&precious, "precious\n").expect("a file");
    let report = || {
        let output = crate::support::flatbench().arg("report").arg(&out).output().expect("flatbench starts");
        assert_eq!(std::fs::read(&precious).expect("a file"), b"precious\n", "{}", shown(&output));
        output
    };
    let figure = std::fs::read_dir(out.join("figures")).expect("figures").next().expect("one").expect("a name").path();
    let name = figure.file_name().expect("a name").to_string_lossy().into_owned();
    let names = ["index.html", "index.partial", ".unfinished-index.html"].map(|name| out.join(name));
    let partial = figure.with_extension("partial");
    let unfinished = figure.with_file_name(format!(".unfinished-{name}"));
    for link in names.iter().chain([&figure, &partial, &unfinished]) {
        let _ = std::fs::remove_file(link);
        symlink(&precious, link).expect("a link");
        let output = report();
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
    assert!(!out.join("index.html").is_symlink() && !figure.is_symlink());
    let elsewhere = bench.path("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::write(elsewhere.join("x.svg"), "").expect("a file");
    std::fs::remove_dir_all(out.join("figures")).expect("a folder");
    symlink(&elsewhere, out.join("figures")).expect("a link");
    let output = report();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(shown(&output).contains("figures (a link or a file stands in the place of a folder"), "{}", shown(&output));
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 1);
}
