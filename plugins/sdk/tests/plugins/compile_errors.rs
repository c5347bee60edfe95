//! Mistakes in a plugin are compile errors at the right place with the remedy: files in `tests/compile_errors` have `//~ TEXT` where an
//! error has to say TEXT, and nowhere else may be one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use serde_json::Value;

/// The SDK as a plugin author's compiler gets it.
fn sdk() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--lib", "-p", "flatbench-plugin", "--message-format=json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    let messages = Message::parse_stream(&*output.stdout).map(|message| message.expect("cargo writes JSON"));
    let mut files = messages.filter_map(|message| match message {
        Message::CompilerArtifact(artifact) if artifact.target.name == "flatbench_plugin" => Some(artifact.filenames),
        _ => None,
    });
    let files = files.next().expect("the SDK builds");
    files.into_iter().find(|file| file.extension() == Some("rlib")).expect("a library to link").into_std_path_buf()
}

/// What rustc says about a file: the text of every error, by line.
fn errors(file: &Path, sdk: &Path) -> BTreeMap<u64, String> {
    let target = sdk.ancestors().find(|folder| folder.join("deps").is_dir()).expect("the folder of the profile");
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=cdylib", "--emit=metadata", "--error-format=json"])
        .arg("--out-dir")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .arg("-L")
        .arg(format!("dependency={}", target.join("deps").display()))
        .arg("--extern")
        .arg(format!("flatbench_plugin={}", sdk.display()))
        .arg(file)
        .output()
        .expect("rustc starts");
    let mut errors = BTreeMap::<u64, String>::new();
    for line in String::from_utf8(output.stderr).expect("UTF-8").lines() {
        let error: Value = serde_json::from_str(line).expect("rustc writes JSON");
        let spans = error["spans"].as_array().into_iter().flatten();
        let Some(span) = spans.filter(|span| span["is_primary"] == true).find_map(|span| within(span, file)) else {
            continue;
        };
        if error["level"] == "error" {
            let text = errors.entry(span["line_start"].as_u64().expect("a line")).or_default();
            let labels = error["spans"].as_array().into_iter().flatten().map(|span| &span["label"]);
            let notes = error["children"].as_array().into_iter().flatten().map(|note| &note["message"]);
            let all = [&error["message"]].into_iter().chain(labels).chain(notes).filter_map(Value::as_str);
            all.for_each(|part| *text += &format!("{part}\n"));
        }
    }
    assert_eq!(output.status.success(), errors.is_empty(), "{}", file.display());
    errors
}

/// The span itself, or where in the file the macro that it is in was called.
fn within<'a>(span: &'a Value, file: &Path) -> Option<&'a Value> {
    let here = span["file_name"].as_str().is_some_and(|name| Path::new(name) == file);
    if here { Some(span) } else { within(span.get("expansion")?.get("span")?, file) }
}

#[test]
fn mistakes_are_named_where_they_are_made() {
    let sdk = sdk();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_errors");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("it exists").map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 5);
    for file in files {
        let source = fs::read_to_string(&file).expect("a text");
        let found = errors(&file, &sdk);
        for (number, line) in (1..).zip(source.lines()) {
            let mut expected = line.split("//~").skip(1).map(str::trim).peekable();
            let place = format!("{}:{number}", file.display());
            match found.get(&number) {
                None => assert!(expected.peek().is_none(), "{place}: no error here, but {found:?}"),
                Some(said) => {
                    assert!(expected.peek().is_some(), "{place}: an error that is not expected: {said}");
                    expected.for_each(|text| assert!(said.contains(text), "{place}: expected {text:?}, found {said}"));
                }
            }
        }
    }
}
