//! What is found in a source tree and at given paths: a plugin that does not build, or shares its name, costs the others nothing.

use std::fs;
use std::path::{Path, PathBuf};

use flatbench_runner::plugins::{Collection, Describer, Interpreter, PluginError, Request, Shelf, SourceTree, collect};
use flatbench_runner::{Build, Program, Programs, describe_environment};

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
    let script = r#"name=$(basename "$1" .so); name=${name#lib}; name=${name%%-*}; case $name in twin*) name=twin;; esac
        printf '{"name":"%s","version":"1","description":"d","interface_version":"1","hyperparameters":[]}' "$name""#;
    let shell = Program::native("/bin/sh", ["-c", script, "sh"].map(Into::into).to_vec());
    Describer { programs: Programs { native: shell.clone(), python: shell } }
}

fn found(root: &Path, paths: &[PathBuf]) -> Collection {
    let tree = SourceTree::find(root, None).expect("readable").expect("a source tree");
    looked_for(Some(&tree), None, paths, false)
}

/// The same without building.
fn found_as_built(root: &Path) -> Collection {
    let tree = SourceTree::find(root, None).expect("readable").expect("a source tree");
    looked_for(Some(&tree), None, &[], true)
}

fn looked_for(tree: Option<&SourceTree>, libraries: Option<&Path>, paths: &[PathBuf], no_build: bool) -> Collection {
    let (describer, installed) = (&describer(), None);
    let interpreter = &Interpreter::foreign(Program::python("/no/such/python3", Vec::new()), "0.1.0");
    collect(&Request { tree, libraries, installed, paths, no_build, quiet: true, describer, interpreter })
}

fn said(problems: &[PluginError]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
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

#[test]
fn what_the_last_build_has_listed_needs_no_cargo_wherever_the_tree_is_moved() {
    let root = tree(&[("able", ""), ("sound", "")]);
    let first = found(root.path(), &[]);
    assert_eq!(names(&first), ["able", "sound"], "{:?}", first.left_out);
    let moved = tempfile::tempdir().expect("a temporary folder").path().join("elsewhere");
    fs::create_dir_all(moved.parent().expect("a folder")).expect("a folder");
    fs::rename(root.path(), &moved).expect("a folder that can be moved");
    // Cargo would refuse this.
    fs::write(moved.join("Cargo.toml"), "no manifest [").expect("a writable folder");
    let again = found_as_built(&moved);
    assert_eq!(names(&again), ["able", "sound"], "{:?}", again.left_out);
    let hashes =
        |collection: &Collection| collection.plugins.iter().map(|plugin| plugin.hash.clone()).collect::<Vec<_>>();
    assert_eq!(hashes(&again), hashes(&first));

    let library = moved.join("target/release").join(again.plugins[0].library.file_name().expect("a name"));
    let bytes = fs::read(&library).expect("a library");
    fs::write(&library, [&bytes[..], b"\0"].concat()).expect("a writable folder");
    let other = found_as_built(&moved);
    assert_eq!(names(&other), ["sound"]);
    let words = said(&other.left_out);
    assert!(words.len() == 1 && words[0].contains("another library than the one in"), "{words:?}");
    fs::remove_dir_all(moved).expect("a folder");
}

#[test]
fn one_that_was_built_again_takes_its_place_in_the_list() {
    let root = tree(&[("able", ""), ("sound", "")]);
    found(root.path(), &[]);
    fs::write(root.path().join("plugins/able/src/lib.rs"), "#[unsafe(no_mangle)] pub extern \"C\" fn f() {}\n")
        .expect("a file");
    let anew = found(root.path(), &[root.path().join("plugins/able")]);
    let as_built = found_as_built(root.path());
    assert_eq!(names(&as_built), ["able", "sound"], "{:?}", as_built.left_out);
    assert_eq!(as_built.plugins[0].hash, anew.plugins[0].hash);
    let list = fs::read_to_string(root.path().join("target/flatbench-libraries.json")).expect("a list");
    assert_eq!(list.matches("\"library\"").count(), 2, "{list}");
}

#[test]
fn a_folder_of_libraries_is_what_its_list_says_and_nothing_else() {
    let root = tree(&[("able", ""), ("sound", "")]);
    let built = found(root.path(), &[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (shelf, wanted) = (folder.path().join("a/b"), built.plugins.iter().collect::<Vec<_>>());
    let build = Build { version: "0.1.0", rustc: None, profile: "release" };
    let environment = describe_environment(build, None, &built.plugins);
    Shelf::write(&shelf, &wanted, &environment).expect("a writable folder");
    fs::remove_dir_all(root.path()).expect("a folder");

    let look = || looked_for(None, Some(&shelf), &[], true);
    let there = look();
    assert_eq!(names(&there), ["able", "sound"], "{:?}", there.refused);
    let opened = Shelf::open(&shelf).expect("readable").expect("a list");
    assert!(built.plugins.iter().all(|plugin| opened.has(&plugin.hash)) && !opened.has("0123456789abcdef"));
    assert_eq!(opened.features(), Some(environment.machine.features.as_slice()));

    // What no list knows is none of them; what is not as listed, or gone, is refused.
    fs::copy(&there.plugins[0].library, shelf.join("unlisted.so")).expect("a copy");
    assert_eq!(names(&look()), ["able", "sound"]);
    fs::write(&there.plugins[0].library, "another").expect("a writable folder");
    fs::remove_file(&there.plugins[1].library).expect("a file");
    let words = said(&look().refused);
    assert!(
        words[0].contains("another library than the one in") && words[1].contains("missing, although"),
        "{words:?}"
    );
    fs::write(shelf.join("flatbench-libraries.json"), "{\"format\": 2}").expect("a writable folder");
    assert!(said(&look().refused)[0].contains("flatbench-libraries.json: cannot be read"));
    fs::remove_file(shelf.join("flatbench-libraries.json")).expect("a file");
    assert!(said(&look().refused)[0].contains("no list of libraries (expected flatbench-libraries.json"));
}

/// The system ends one when memory is short, a batch system when it ends a job: the library that was being looked at has done nothing.
#[test]
fn a_description_that_others_ended_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = folder.path().join("libable.so");
    fs::write(&library, "").expect("a writable folder");
    let ended = |times: u32| {
        let count = folder.path().join("count");
        fs::write(&count, "").expect("a writable folder");
        let script = r#"printf x >>COUNT; if [ $(wc -c <COUNT) -le TIMES ]; then kill -USR1 $$; fi
            printf '{"name":"able","version":"1","description":"d","interface_version":"1","hyperparameters":[]}'"#;
        let script = script.replace("COUNT", count.to_str().expect("text")).replace("TIMES", &times.to_string());
        let shell = Program::native("/bin/sh", ["-c".into(), script.into(), "sh".into()].to_vec());
        Describer { programs: Programs { native: shell.clone(), python: shell } }.describe(&library)
    };
    assert_eq!(ended(4).expect("the fifth answers").name, "able");
    let said = ended(5).unwrap_err().to_string();
    assert!(said.contains("(SIGUSR1)"), "{said}");
}
