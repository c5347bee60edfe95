//! What is found in a source tree and at given paths: a plugin that does not build, or shares its name, costs the others nothing.

use std::fs;
use std::path::{Path, PathBuf};

use flatbench_runner::plugins::{Collection, Describer, Interpreter, Request, SourceTree, collect};
use flatbench_runner::{Program, Programs};

/// A source tree with crates that need nothing, each a plugin by the describer below.
fn tree(crates: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    let write = |file: &str, text: &str| {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    };
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"plugins/*\"]\n");
    write("plugins/sdk/Cargo.toml", "[package]\nname = \"sdk\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write("plugins/sdk/src/lib.rs", "");
    for (name, code) in crates {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n"
        );
        write(&format!("plugins/{name}/Cargo.toml"), &manifest);
        write(&format!("plugins/{name}/src/lib.rs"), code);
    }
    root
}

/// Describes a library by the name of its file, `twin…` as `twin`.
fn describer() -> Describer {
    let script = r#"name=$(basename "$1" .so); name=${name#lib}; case $name in twin*) name=twin;; esac
        printf '{"name":"%s","version":"1","description":"d","interface_version":"1","hyperparameters":[]}' "$name""#;
    let shell = Program::native("/bin/sh", ["-c", script, "sh"].map(Into::into).to_vec());
    Describer { programs: Programs { native: shell.clone(), python: shell } }
}

fn found(root: &Path, paths: &[PathBuf]) -> Collection {
    let tree = SourceTree::find(root, None).expect("readable").expect("a source tree");
    let describer = describer();
    let interpreter = Interpreter::foreign(Program::python("/no/such/python3", Vec::new()), "0.1.0");
    let (tree, installed, describer, interpreter) = (Some(&tree), None, &describer, &interpreter);
    collect(&Request { tree, installed, paths, no_build: false, quiet: true, describer, interpreter })
}

fn names(collection: &Collection) -> Vec<&str> {
    collection.plugins.iter().map(|plugin| plugin.description.name.as_str()).collect()
}

#[test]
fn crates_that_build_are_there_beside_one_that_does_not() {
    let root = tree(&[("able", ""), ("broken", "fn f() -> u8 { \"\" }"), ("sound", "")]);
    let found = found(root.path(), &[]);
    assert_eq!(names(&found), ["able", "sound"]);
    let said: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("plugins/broken: the plugin does not build"), "{said:?}");
    assert!(found.refused.is_empty());
}

#[test]
fn of_two_that_share_a_name_neither_is_taken() {
    let root = tree(&[("able", ""), ("twin_a", ""), ("twin_b", "")]);
    let in_tree = found(root.path(), &[]);
    assert_eq!(names(&in_tree), ["able"]);
    assert!(in_tree.left_out[0].to_string().contains("both call themselves `twin`") && in_tree.refused.is_empty());

    let other = tree(&[("able", "pub fn other() {}")]);
    let given = found(root.path(), &[other.path().join("plugins/able")]);
    assert!(given.refused[0].to_string().contains("both call themselves `able`"), "{:?}", given.refused);
    let missing = found(root.path(), &[root.path().join("nowhere")]);
    assert!(missing.refused[0].to_string().contains("no such file or folder") && names(&missing) == ["able"]);
}
