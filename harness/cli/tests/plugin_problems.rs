//! Plugins that cannot be used, or say odd things of themselves: each is named with its reason, and costs nobody else anything.
mod support;

use std::path::PathBuf;
use std::process::{Command, Output};

use support::{Bench, flatbench, root, shown, text};

const SUITE: &str = r#"
name = "chosen"
budget = 50
seeds = 1

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
measurements = 30
init = "large"

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]
"#;

/// A plugin in C that stands still. `NAME` and `DESCRIPTION` are C strings, `DEFAULT` a number; `entry` runs where it is asked
/// what it is, `step` where a step is wanted.
fn source(name: &str, description: &str, default: &str, entry: &str, step: &str) -> String {
    let template = r#"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "flatbench_plugin.h"

static const FlatbenchHyperparameter parameters[] = {
    {.name = "rate", .description = "A rate.", .kind = FLATBENCH_REAL, .default_value = {.real = DEFAULT},
     .min = -INFINITY, .max = INFINITY},
};

static int32_t create(const FlatbenchValue *values, const FlatbenchBlock *blocks, size_t count, void **state, char *message,
                      size_t size) {
    (void)values, (void)blocks, (void)count, (void)message, (void)size;
    *state = NULL;
    return FLATBENCH_OK;
}

static int32_t step(void *state, double *w, const FlatbenchOracle *oracle) {
    (void)state, (void)w, (void)oracle;
    STEP
    return FLATBENCH_CONVERGED;
}

const FlatbenchOptimizer *flatbench_optimizer_v1(void) {
    static const FlatbenchOptimizer optimizer = {
        .size = sizeof(FlatbenchOptimizer), .minor = 0, .name = NAME, .version = "0.1.0", .description = DESCRIPTION,
        .hyperparameter_count = 1, .hyperparameters = parameters, .create = create, .step = step,
    };
    ENTRY
    return &optimizer;
}
"#;
    let filled = template.replace("DEFAULT", default).replace("ENTRY", entry).replace("STEP", step);
    filled.replace("= NAME", &format!("= {name}")).replace("= DESCRIPTION", &format!("= {description}"))
}

/// A plugin that says nothing odd, called `name`.
fn plain(name: &str) -> String {
    source(&format!("{name:?}"), r#""Stands still.""#, "1.0", "", "")
}

struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> Self {
        Shelf(tempfile::tempdir().expect("a temporary folder"))
    }

    fn put(&self, file: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        std::fs::write(&path, content).expect("a writable folder");
        path
    }
}

fn list(path: &PathBuf) -> Output {
    output(flatbench().args(["list", "optimizers", "--no-build", "--plugin"]).arg(path))
}

/// Compiled by `plugin check` first, so that the plugins of the tree need not be built to look at one.
fn looked_at(path: &PathBuf) -> Output {
    let checked = output(flatbench().args(["plugin", "check"]).arg(path));
    assert!(checked.status.code().is_some(), "{}", shown(&checked));
    list(path)
}

fn output(command: &mut Command) -> Output {
    command.output().expect("flatbench starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_a_plugin_prints_while_it_is_described_is_no_part_of_the_description() {
    let shelf = Shelf::new();
    let entry = r#"printf("{\"name\": \"another\"}\n"); fflush(stdout); printf("and no line end");"#;
    let talkative = source(r#""talkative""#, r#""Stands still.""#, "1.0", entry, "")
        + "__attribute__((constructor)) static void early(void) { printf(\"here I am\\n\"); }\n";
    let path = shelf.put("talkative.c", &talkative);
    let listed = looked_at(&path);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let said = String::from_utf8_lossy(&listed.stdout);
    assert!(said.contains("talkative") && !said.contains("here I am") && !said.contains("another"), "{said}");
}

#[test]
fn what_a_plugin_says_of_itself_is_refused_with_its_reason() {
    let shelf = Shelf::new();
    let of = |default: &str, entry: &str| source(r#""odd""#, r#""Stands still.""#, default, entry, "");
    for (file, content, reason) in [
        ("nan.c", of("NAN", ""), "the default of `rate` is NaN (give it a finite number)"),
        ("inf.c", of("INFINITY", ""), "the default of `rate` is inf"),
        ("exits.c", of("1.0", "exit(0);"), "it ended the process that described it"),
        ("crashes.c", of("1.0", "fprintf(stderr, \"oh no\\n\"); abort();"), "SIGABRT), saying \"oh no\""),
        ("null.c", of("1.0", "return NULL;"), "returns NULL"),
        ("blank.c", plain("a b"), "its name \"a b\" cannot be used: it has other than lower-case letters"),
        ("path.c", plain("../../x"), "its name \"../../x\" cannot be used: it does not begin with"),
        ("empty.c", plain(""), "its name \"\" cannot be used: it is empty (allowed: 1 to 40 lower-case letters"),
        ("long.c", plain(&"a".repeat(300)), "cannot be used: it has more than 40 letters"),
    ] {
        let listed = looked_at(&shelf.put(file, &content));
        assert_eq!(listed.status.code(), Some(2), "{file}: {}", shown(&listed));
        let said = stderr(&listed);
        assert!(said.contains(reason), "{file}: {said}");
        assert_eq!(said.matches(&file.replace(".c", ".so")).count(), 1, "the library is named once: {said}");
    }
}

#[test]
fn no_text_of_a_plugin_reaches_the_terminal_as_a_command() {
    let shelf = Shelf::new();
    let description = r#""Clears \x1b[2J the screen.\r\x9b" "1m""#;
    let path = shelf.put("steers.c", &source(r#""steers""#, description, "1.0", "", "").replace("\\x9b", "\\xc2\\x9b"));
    let listed = looked_at(&path);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let said = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(said.contains("Clears \\u001b[2J the screen.\\u000d\\u009b1m"), "{said}");
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
}

#[test]
fn a_failed_check_shows_what_the_plugin_printed() {
    let shelf = Shelf::new();
    let step = r#"fprintf(stderr, "Traceback (most recent call last):\n  line 7\nValueError: no\n");
        return oracle->fail(oracle->state, "see above");"#;
    let path = shelf.put("foreign.c", &source(r#""foreign""#, r#""Fails.""#, "1.0", "", step));
    let checked = output(flatbench().args(["plugin", "check"]).arg(&path));
    assert_eq!(checked.status.code(), Some(3), "{}", shown(&checked));
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(said.contains("the plugin printed\n") && said.contains("    ValueError: no\n"), "{said}");
}

#[test]
fn cpp_files_are_compiled() {
    let shelf = Shelf::new();
    let cpp = r#"
#include <memory>
#include <string>
#include "flatbench_plugin.h"
extern "C" double half(double x);

static int32_t create(const FlatbenchValue *, const FlatbenchBlock *, size_t, void **state, char *, size_t) {
    *state = std::make_unique<std::string>("state").release();
    return FLATBENCH_OK;
}
static void destroy(void *state) { delete static_cast<std::string *>(state); }
static int32_t step(void *, double *, const FlatbenchOracle *) { return half(2.0) == 1.0 ? FLATBENCH_CONVERGED : FLATBENCH_ERROR; }

const FlatbenchOptimizer *flatbench_optimizer_v1(void) {
    static const FlatbenchOptimizer optimizer = {sizeof(FlatbenchOptimizer), 0, "in-cpp", "0.1.0", "In C++.", 0, nullptr,
                                                 create, nullptr, step, nullptr, nullptr, destroy};
    return &optimizer;
}
"#;
    shelf.put("mixed/mixed.cpp", cpp);
    // Valid C, and no C++.
    shelf.put("mixed/half.c", "double half(double new) { return new / 2.0; }\n");
    let folder = shelf.0.path().join("mixed");
    let listed = looked_at(&folder);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("in-cpp"), "{}", shown(&listed));
    let wrong = output(flatbench().args(["plugin", "check"]).arg(shelf.put("wrong.cpp", "int x = ;\n")));
    assert!(
        wrong.status.code() == Some(2) && stderr(&wrong).contains("does not compile with `c++`"),
        "{}",
        shown(&wrong)
    );
}

#[test]
fn a_broken_plugin_is_an_error_only_where_it_is_asked_for() {
    let bench = Bench::new(SUITE);
    let without_compiler = |command: &mut Command| output(command.env("CC", "/no/such/compiler"));
    let run = without_compiler(bench.run_command("out").args(["--jobs", "1"]));
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let said = stderr(&run);
    assert!(said.contains("warning: ") && said.contains("cannot run the C compiler `/no/such/compiler`"), "{said}");
    let out = text(&bench.path("out"));
    for arguments in
        [&["verify", &out, "--sample", "1"][..], &["list", "optimizers"], &["env"], &["plugin", "show", "gd"]]
    {
        let read = without_compiler(flatbench().args(arguments));
        assert_eq!(read.status.code(), Some(0), "{arguments:?}: {}", shown(&read));
    }
    let quiet = without_compiler(bench.run_command("quiet").arg("--quiet"));
    assert!(quiet.status.code() == Some(0) && quiet.stderr.is_empty(), "{}", shown(&quiet));

    // Asked for by its name, in the command and in the suite, and by its path.
    let momentum = text(&root().join("plugins/c/momentum"));
    for arguments in [&["--optimizer", "momentum-c"][..], &["--plugin", &momentum]] {
        let run = without_compiler(bench.run_command("none").args(arguments));
        assert!(run.status.code() == Some(2) && stderr(&run).contains("/no/such/compiler"), "{}", shown(&run));
    }
    let asking = Bench::new(&SUITE.replace("\"gd\"", "\"momentum-c\""));
    let run = without_compiler(&mut asking.run_command("none"));
    let said = stderr(&run);
    assert!(said.contains("/no/such/compiler") && said.contains("unknown optimizer `momentum-c`"), "{}", shown(&run));
}

#[test]
fn two_plugins_of_one_name_are_refused_where_they_are_given() {
    let shelf = Shelf::new();
    let (one, two) = (shelf.put("one.c", &plain("twin")), shelf.put("two.c", &plain("twin")));
    looked_at(&one);
    looked_at(&two);
    let both =
        output(flatbench().args(["list", "optimizers", "--no-build", "--plugin"]).arg(&one).arg("--plugin").arg(&two));
    assert_eq!(both.status.code(), Some(2), "{}", shown(&both));
    assert!(stderr(&both).contains("both call themselves `twin`"), "{}", shown(&both));
}
