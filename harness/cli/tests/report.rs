//! `flatbench report`: from records alone, joined, and shown.
mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use support::{flatbench, root, shown, text};

/// The committed report's directory: records and a suite, but no trajectories.
fn reference() -> PathBuf {
    root().join("reports/reference")
}

fn report(arguments: &[&str]) -> Output {
    flatbench().arg("report").args(arguments).output().expect("flatbench starts")
}

#[test]
fn the_committed_records_make_a_report_elsewhere() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let output = report(&[&text(&reference()), "--out", &text(folder.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let page = folder.path().join("index.html");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), text(&page));
    let html = std::fs::read_to_string(page).expect("it was written");
    assert!(html.contains("id=\"verdict-h\"") && html.contains("No trajectory was found next to the records"));
    assert!(folder.path().join("figures/flatness-large-init.svg").is_file());
}

#[test]
fn directories_are_joined_into_a_folder_that_is_named() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (part, out) = (folder.path().join("part"), folder.path().join("out"));
    std::fs::create_dir(&part).expect("a temporary directory");
    let all = std::fs::read_to_string(reference().join("records.jsonl")).expect("it is committed");
    let own: Vec<String> =
        all.lines().take(3).map(|line| line.replacen("\"suite\":\"default\"", "\"suite\":\"mine\"", 1)).collect();
    let renamed: Vec<String> = own.iter().map(|line| line.replacen("\"key\":\"", "\"key\":\"f", 1)).collect();
    std::fs::write(part.join("records.jsonl"), renamed.join("\n") + "\n").expect("a temporary directory");
    let (part, out) = (text(&part), text(&out));
    let output = report(&[&text(&reference()), &part]);
    assert_eq!(output.status.code(), Some(2));
    assert!(shown(&output).contains("needs a folder of its own (name it with --out)"), "{}", shown(&output));
    let output = report(&[&text(&reference()), &part, "--out", &out]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let html = std::fs::read_to_string(Path::new(&out).join("index.html")).expect("it was written");
    // A slash is one of the characters that are escaped.
    let html = html.replace("&#x2f;", "/");
    assert!(html.contains("mine") && html.contains(&format!("flatbench replay {part} f")));
    let output = report(&[&text(folder.path())]);
    assert_eq!(output.status.code(), Some(2));
    assert!(shown(&output).contains("has no records.jsonl"), "{}", shown(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn the_page_is_shown_where_something_shows_pages() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (programs, out) = (folder.path().join("bin"), folder.path().join("out"));
    std::fs::create_dir(&programs).expect("a temporary directory");
    let open = || {
        let mut command = flatbench();
        command.args(["report", &text(&reference()), "--open", "--out", &text(&out)]).env("PATH", &programs);
        command.output().expect("flatbench starts")
    };
    let output = open();
    assert_ne!(output.status.code(), Some(0));
    assert!(shown(&output).contains("cannot start xdg-open"), "{}", shown(&output));
    let (opener, told) = (programs.join("xdg-open"), folder.path().join("told"));
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" > '{}'\n", told.display())).expect("a temporary directory");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("its own file");
    let output = open();
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    // It is started, not waited for.
    let begin = Instant::now();
    let page = loop {
        let page = std::fs::read_to_string(&told).unwrap_or_default();
        if page.ends_with('\n') || begin.elapsed() > Duration::from_secs(60) {
            break page;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(Path::new(page.trim()).file_name(), Some("index.html".as_ref()), "{page:?}");
}
