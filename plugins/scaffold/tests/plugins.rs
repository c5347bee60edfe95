//! A new plugin builds, passes its own test and conforms; what is there stays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flatbench_conformance::assert_conforms;
use flatbench_scaffold::{Language, ScaffoldError, Sdk, scaffold};

fn sdk_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk")
}

fn sdk() -> Sdk {
    Sdk::Folder(sdk_folder())
}

/// Gives crates below `folder` the profile, the lock file and the target folder of this repository, so that its crates and their
/// dependencies are not built again for the test.
fn share_build(folder: &Path, krate: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    let profiles = &manifest[manifest.find("[profile.dev]").expect("the manifest has profiles")..];
    // target/tmp is what cargo gives this test.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is inside of the target folder");
    fs::create_dir(folder.join(".cargo")).expect("the temporary folder is empty");
    let config = format!("[build]\ntarget-dir = {target:?}\n{profiles}");
    fs::write(folder.join(".cargo/config.toml"), config).expect("the temporary folder can be written to");
    fs::copy(root.join("Cargo.lock"), krate.join("Cargo.lock")).expect("the workspace has a lock file");
}

#[test]
fn a_new_crate_passes_its_own_test() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let krate = folder.path().join("my-method");
    let written = scaffold("my-method", &krate, Language::Rust, &sdk()).expect("nothing is in the way");
    assert_eq!(written, ["Cargo.toml", "src/lib.rs", "tests/conformance.rs"].map(|file| krate.join(file)));
    share_build(folder.path(), &krate);
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--test", "conformance", "--", "--nocapture"])
        .current_dir(&krate)
        .output()
        .expect("cargo starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("my-method 0.1.0") && printed.contains("1 passed"), "{printed}");
}

#[test]
fn a_new_c_plugin_builds_and_conforms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path().join("in-c");
    let written = scaffold("in-c", &folder, Language::C, &sdk()).expect("nothing is in the way");
    assert_eq!(written[0], folder.join("in-c.c"));
    assert_eq!(written.last(), Some(&folder.join("flatbench_plugin.h")), "it is outside of the source tree");
    let made = Command::new("make").arg("-s").current_dir(&folder).status();
    assert!(made.expect("there is make").success());
    assert_conforms(folder.join("target/in-c.so"));
}

#[test]
fn a_new_python_plugin_is_a_module_of_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("my-method");
    let written = scaffold("my-method", &place, Language::Python, &Sdk::Absent).expect("it needs no SDK");
    assert_eq!(written, ["my_method.py", ".gitignore"].map(|file| place.join(file)));
    let text = fs::read_to_string(&written[0]).expect("it was written");
    assert!(
        text.contains("\nclass MyMethod(fb.Optimizer):\n") && text.contains("\n    name = \"my-method\"\n"),
        "{text}"
    );
    assert!(!text.contains("{{"), "{text}");
    let plugins = sdk_folder().join("..").canonicalize().expect("the folder of this crate");
    let error = scaffold("new-plugin", &plugins.join("new-plugin"), Language::Python, &sdk()).expect_err("no crate");
    assert!(
        matches!(&error, ScaffoldError::Place { better, .. } if *better == plugins.join("python/new-plugin")),
        "{error}"
    );
}

#[test]
fn a_crate_can_depend_on_a_repository_and_c_needs_no_sdk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let krate = folder.path().join("mine");
    let url = Sdk::Git("https://example.org/flatbench.git".into());
    scaffold("mine", &krate, Language::Rust, &url).expect("nothing is in the way");
    let manifest = fs::read_to_string(krate.join("Cargo.toml")).expect("it was written");
    for line in ["flatbench-plugin", "flatbench-conformance"] {
        let line = format!("\n{line} = {{ git = \"https://example.org/flatbench.git\" }}\n");
        assert!(manifest.contains(&line), "{manifest}");
    }
    let error = scaffold("other", &folder.path().join("other"), Language::Rust, &Sdk::Absent).expect_err("no SDK");
    assert!(matches!(error, ScaffoldError::NeedsSdk));
    let written = scaffold("in-c", &folder.path().join("in-c"), Language::C, &Sdk::Absent).expect("C has its header");
    assert!(written[3].ends_with("in-c/flatbench_plugin.h"));
    assert!(!folder.path().join("other").exists());
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").expect("a writable folder");
    for language in Language::ALL {
        let error = scaffold("mine", folder.path(), language, &sdk()).expect_err("the folder has something in it");
        assert!(matches!(error, ScaffoldError::Exists { path } if path == folder.path()));
    }
    assert_eq!(fs::read_dir(folder.path()).expect("it can be read").count(), 1);
    assert_eq!(fs::read_to_string(&notes).expect("it is there"), "mine");
}

#[test]
fn what_a_killed_process_left_is_completed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("mine");
    let files = scaffold("mine", &place, Language::C, &sdk()).expect("it is new");
    let whole = fs::read_to_string(&files[0]).expect("a file");
    fs::remove_file(&files[1]).expect("a file");
    fs::write(&files[0], &whole[..whole.len() / 2]).expect("a writable file");
    scaffold("mine", &place, Language::C, &sdk()).expect("a part of the same plugin");
    assert_eq!(fs::read_to_string(&files[0]).expect("a file"), whole);
    fs::remove_file(&files[1]).expect("a file");
    fs::write(&files[0], whole.clone() + "/* an idea */").expect("a writable file");
    let error = scaffold("mine", &place, Language::C, &sdk()).expect_err("somebody has worked on it");
    assert!(matches!(error, ScaffoldError::Exists { .. }));
}

#[test]
fn mistakes_leave_no_trace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("mine");
    let error = scaffold("My Method", &place, Language::Rust, &sdk()).expect_err("the name is wrong");
    assert!(matches!(error, ScaffoldError::Name { .. }));
    let elsewhere = Sdk::Folder(folder.path().to_owned());
    let error = scaffold("mine", &place, Language::Rust, &elsewhere).expect_err("there is no SDK");
    assert!(matches!(error, ScaffoldError::NoSdk { .. }));
    assert!(!place.exists());
}

#[test]
fn places_that_would_break_the_workspace_are_refused() {
    let plugins = sdk_folder().join("..").canonicalize().expect("the folder of this crate");
    for (language, place, better) in [
        (Language::C, "new-plugin", "c/new-plugin"),
        (Language::Rust, "../harness/new-plugin", "new-plugin"),
        (Language::Rust, "c/new-plugin", "new-plugin"),
    ] {
        let error = scaffold("new-plugin", &plugins.join(place), language, &sdk()).expect_err("the place is wrong");
        assert!(matches!(&error, ScaffoldError::Place { better: b, .. } if *b == plugins.join(better)), "{error}");
        assert!(!plugins.join(place).exists());
    }
}
