//! Files in Python become parcels by an interpreter: a stand-in for one, which has what is wrong with interpreters and plugins.

use std::fs;
use std::path::{Path, PathBuf};

use flatbench_runner::plugins::{self, Collection, Describer, Interpreter, Request, build_at, collect};
use flatbench_runner::{Build, Program, Programs, describe_environment};

/// A folder with files in Python.
struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new(files: &[(&str, &str)]) -> Self {
        let shelf = Shelf(tempfile::tempdir().expect("a temporary folder"));
        for (file, text) in files {
            let path = shelf.path(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
            fs::write(path, text).expect("a writable folder");
        }
        shelf
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().canonicalize().expect("it is there").join(file)
    }
}

/// The stand-in, with something wrong.
fn python(flaw: &str) -> Program {
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/python/python3");
    let arguments = [&format!("STAND_IN={flaw}"), stand_in.to_str().expect("text"), "-P", "-m", "flatbench"];
    Program::python("/usr/bin/env", arguments.map(Into::into).to_vec())
}

fn found(program: &Program, paths: &[PathBuf], no_build: bool) -> Collection {
    looked_for(program, None, paths, no_build)
}

fn looked_for(program: &Program, libraries: Option<&Path>, paths: &[PathBuf], no_build: bool) -> Collection {
    let interpreter = Interpreter::foreign(program.clone(), "0.1.0");
    let programs = Programs { native: Program::native("/bin/false", Vec::new()), python: program.clone() };
    let describer = Describer { programs: programs.with(&["__worker".into(), "describe".into()]) };
    let (tree, installed, describer, interpreter) = (None, None, &describer, &interpreter);
    collect(&Request { tree, libraries, installed, paths, no_build, quiet: true, describer, interpreter })
}

fn names(collection: &Collection) -> Vec<&str> {
    collection.plugins.iter().map(|plugin| plugin.description.name.as_str()).collect()
}

fn refused(collection: &Collection) -> Vec<String> {
    collection.refused.iter().map(ToString::to_string).collect()
}

/// One line, and what belongs below it.
#[track_caller]
fn assert_said(said: &[String], words: &[&str], below: &str) {
    assert_eq!(said.len(), 1, "{said:?}");
    let (line, rest) = said[0].split_once('\n').unwrap_or((&said[0], ""));
    for word in words {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert_eq!(line.matches("mine.py").count(), 1, "the file is named once: {line}");
    assert!(if below.is_empty() { rest.is_empty() } else { rest.contains(below) }, "{rest}");
}

const MINE: (&str, &str) = ("mine.py", "import flatbench as fb\nclass Mine(fb.Optimizer): pass\n");

#[test]
fn each_optimizer_of_a_file_is_a_plugin_and_what_it_defined_before_is_not() {
    let shelf =
        Shelf::new(&[("two.py", "import flatbench as fb\nclass One(fb.Optimizer): pass\nclass Two(One): pass\n")]);
    let two = shelf.path("two.py");
    let collection = found(&python(""), std::slice::from_ref(&two), false);
    assert_eq!(names(&collection), ["one", "two"], "{:?}", refused(&collection));
    for plugin in &collection.plugins {
        assert_eq!(plugin.source, two);
        assert_eq!(plugin.library, shelf.path(&format!("target/two/{}.fbpy", plugin.description.name)));
    }
    let none = found(&python("bare"), std::slice::from_ref(&two), true);
    assert!(refused(&none)[0].contains("has no package flatbench"), "opening a parcel needs it too");
    assert_eq!(names(&found(&python(""), std::slice::from_ref(&two), true)), ["one", "two"]);

    fs::write(&two, "import flatbench as fb\nclass Two(fb.Optimizer): pass\n").expect("a writable file");
    assert_eq!(names(&found(&python(""), std::slice::from_ref(&two), false)), ["two"]);
    assert_eq!(names(&found(&python(""), &[two], true)), ["two"]);
    // A parcel is a library: by its path, and in a folder.
    let parcel = shelf.path("target/two/two.fbpy");
    for path in [parcel.clone(), shelf.path("target/two")] {
        let collection = found(&python(""), &[path], false);
        assert_eq!((names(&collection), &collection.plugins[0].source), (vec!["two"], &parcel));
    }
}

#[test]
fn parcels_are_listed_and_copied_as_libraries_are() {
    let shelf = Shelf::new(&[(
        "two.py",
        "import flatbench as fb\nclass One(fb.Optimizer): pass\nclass Two(fb.Optimizer): pass\n",
    )]);
    let two = [shelf.path("two.py")];
    let built = found(&python(""), &two, false);
    let build = Build { version: "0.1.0", rustc: None, profile: "release" };
    let environment = describe_environment(build, None, &built.plugins);
    let folder = shelf.path("copies");
    plugins::Shelf::write(&folder, &built.plugins.iter().collect::<Vec<_>>(), &environment).expect("a writable folder");
    let copied = looked_for(&python(""), Some(&folder), &[], false);
    assert_eq!(names(&copied), ["one", "two"], "{:?}", refused(&copied));
    assert!(copied.plugins.iter().zip(&built.plugins).all(|(copy, original)| copy.hash == original.hash));

    // A parcel that was written by something else since.
    fs::write(shelf.path("target/two/two.fbpy"), "three").expect("a writable file");
    let said = refused(&found(&python(""), &two, true));
    assert!(said.len() == 1 && said[0].contains("two.fbpy: another library than the one in"), "{said:?}");
    fs::write(&copied.plugins[0].library, "three").expect("a writable file");
    let said = refused(&looked_for(&python(""), Some(&folder), &[], false));
    assert!(said.len() == 1 && said[0].contains("another library than the one in"), "{said:?}");
}

#[test]
fn in_a_folder_files_that_define_nothing_are_none_of_its_plugins() {
    let shelf = Shelf::new(&[
        MINE,
        ("helper.py", "import flatbench\n"),
        ("script.py", "# stand-in: raises\n"),
        ("_draft.py", "# stand-in: raises\nimport flatbench\n"),
        ("test_mine.py", "# stand-in: raises\nimport flatbench\n"),
        ("package/__init__.py", "from flatbench import Optimizer\nclass Inner(Optimizer): pass\n"),
        (".venv/flatbench.py", "# stand-in: raises\nimport flatbench\n"),
    ]);
    let collection = found(&python(""), &[shelf.path("")], false);
    assert_eq!(names(&collection), ["inner", "mine"], "{:?}", refused(&collection));
    assert!(refused(&collection).is_empty());
    let package = found(&python(""), &[shelf.path("package")], false);
    assert_eq!(names(&package), ["inner"], "{:?}", refused(&package));

    let helper = found(&python(""), &[shelf.path("helper.py")], false);
    assert!(refused(&helper)[0].contains("helper.py: there is no optimizer in it"), "{helper:?}");
    let missing = found(&python(""), &[shelf.path("helper.py")], true);
    let said = refused(&missing);
    assert!(said[0].contains("target/helper/*.fbpy: not built (leave out --no-build)"), "{said:?}");
    let empty = Shelf::new(&[("script.py", "print()\n")]);
    let said = refused(&found(&python(""), &[empty.path("")], false));
    assert!(said[0].contains("neither a plugin nor a folder of plugins"), "{said:?}");
}

#[test]
fn what_is_wrong_with_an_interpreter_is_said_with_what_to_do() {
    let shelf = Shelf::new(&[MINE]);
    let said = |program: &Program| refused(&found(program, &[shelf.path("mine.py")], false));
    let remedy = "or name an interpreter that has it in the variable FLATBENCH_PYTHON)";
    let absent = Program::python("/no/such/python3", vec!["-P".into()]);
    assert_said(
        &said(&absent),
        &["cannot be imported by `/no/such/python3`: No such file", "install Python 3.11", remedy],
        "",
    );
    assert_said(&said(&python("old")), &["it is older than Python 3.11", remedy], "");
    assert_said(&said(&python("bare")), &["has no package flatbench", "-m pip install flatbench==0.1.0`", remedy], "");
    let other = "has version 0.0.9, and this program 0.1.0 (";
    assert_said(&said(&python("0.0.9")), &[other, "-m pip install flatbench==0.1.0`", remedy], "");
    let broken = "does not start: ImportError: libm.so.7: cannot open (install it anew";
    assert_said(&said(&python("broken")), &[broken], "  File \"x.py\", line 1");
    let own = Interpreter::own(absent, "0.1.0");
    let error = build_at(&shelf.path("mine.py"), None, &own, true).expect_err("it is not looked at, and not there");
    assert!(error.to_string().contains("cannot be imported by"), "{error}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_traceback() {
    for (flaw, words, below) in [
        (
            "raises",
            "cannot be imported: NameError: no such name (correct it; what it printed is below)",
            "line 3, in <module>",
        ),
        ("exits", "it ended the process that imported it", ""),
        ("dies", "cannot be imported: the interpreter was killed by signal 11 (SIGSEGV)", ""),
        ("odd", "Odd: its name \"a b\" cannot be used", ""),
    ] {
        let shelf = Shelf::new(&[("mine.py", &format!("# stand-in: {flaw}\nimport flatbench\n"))]);
        for path in ["mine.py", ""] {
            let collection = found(&python(""), &[shelf.path(path)], false);
            assert_said(&refused(&collection), &[words], below);
        }
    }
}

#[test]
fn of_two_files_that_define_one_name_neither_is_taken() {
    let shelf = Shelf::new(&[MINE, ("other.py", MINE.1)]);
    let collection = found(&python(""), &[shelf.path("")], false);
    assert!(names(&collection).is_empty());
    assert!(refused(&collection)[0].contains("both call themselves `mine`"), "{:?}", refused(&collection));
}
