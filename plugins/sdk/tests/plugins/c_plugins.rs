use std::path::{Path, PathBuf};
use std::process::Command;

use crate::libraries::library;
use crate::toy::{Toy, blocks};
use flatbench_plugin::Stream;
use flatbench_plugin::host::{
    Block, Library, LoadError, OptimizerInstance, PluginError, Schedule, Seat, Status, Unit, Value,
};

/// Builds a C file of this repository with the line that the documentation gives.
fn compile(source: &str, name: &str) -> PathBuf {
    compile_against("plugins/sdk/include", source, name)
}

/// The same with the header in another folder.
fn compile_against(headers: &str, source: &str, name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // Tests build the same files at the same time.
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{thread}.so"));
    let status = Command::new("cc")
        .args(["-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
        .arg(root.join(headers))
        .arg("-o")
        .arg(&library)
        .arg(root.join(source))
        .status();
    assert!(status.expect("there is a C compiler").success(), "{source} does not build");
    library
}

fn open(source: &str, name: &str) -> Library {
    Library::open(compile(source, name)).unwrap_or_else(|error| panic!("{}", error.full_text()))
}

fn values(values: &[(&str, Value)]) -> Vec<(String, Value)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[test]
fn momentum_in_c_is_momentum_in_rust() {
    let in_c = open("plugins/c/momentum/momentum.c", "momentum_c");
    let in_rust = library("flatbench-momentum");
    for nesterov in [false, true] {
        for step_size in [Value::Real(0.01), Value::Schedule(Schedule::cosine(0.02, 1e-4).until(0.7))] {
            let settings = values(&[
                ("step_size", step_size),
                ("momentum", Value::Real(0.8)),
                ("nesterov", Value::Bool(nesterov)),
            ]);
            let path = |library: &Library| {
                let mut optimizer = library.create(&settings, &blocks(), 1).expect("the values fit");
                let (mut toy, mut w, mut path) = (Toy::new(60.0), [2.0, 0.5], Vec::new());
                optimizer.initialize(&mut w, &mut toy).expect("nothing to refuse");
                while optimizer.step(&mut w, &mut toy) == Ok(Status::Continue) {
                    let report = optimizer.report(&mut toy).expect("a report");
                    path.push((w.map(f64::to_bits), report));
                }
                path
            };
            let (c, rust) = (path(&in_c), path(&in_rust));
            assert_eq!(c.len(), 60);
            assert_eq!(c, rust, "nesterov = {nesterov}");
        }
    }
}

#[test]
fn a_c_plugin_has_the_schema_of_its_rust_twin() {
    let (c, rust) = (open("plugins/c/momentum/momentum.c", "schema"), library("flatbench-momentum"));
    let (c, rust) = (c.description(), rust.description());
    assert_eq!((c.name.as_str(), c.version.as_str(), c.interface_version.as_str()), ("momentum-c", "0.1.0", "C 1.2"));
    for (c, rust) in c.hyperparameters.iter().zip(&rust.hyperparameters) {
        assert_eq!(
            (&c.name, &c.description, &c.kind, c.default_unit),
            (&rust.name, &rust.description, &rust.kind, rust.default_unit)
        );
        assert_eq!(c.check(&c.default), Ok(()));
    }
    assert_eq!(c.hyperparameters[0].default_unit, Unit::InverseLambdaMax);
    assert_eq!(c.hyperparameters.len(), rust.hyperparameters.len());
}

fn probe(mode: &str) -> OptimizerInstance {
    let library = open("harness/fixtures/c/probe.c", &format!("probe-{mode}"));
    let level = Value::Schedule(Schedule::geometric(1.0, 1e-2).until(0.5));
    let settings = values(&[("count", Value::Integer(1)), ("mode", Value::Text(mode.into())), ("level", level)]);
    library.create(&settings, &blocks(), 5).expect("the values fit")
}

#[test]
fn every_question_has_the_same_answer_as_in_rust() {
    let (mut optimizer, mut toy, mut w) = (probe("all"), Toy::new(100.0), [0.0, 0.0]);
    optimizer.initialize(&mut w, &mut toy).expect("nothing to refuse");
    assert_eq!(w, [2.0, 1.0]);
    let mut answer = |at: [f64; 2], toy: &mut Toy| {
        let mut w = at;
        optimizer.step(&mut w, toy).map(|_| w)
    };
    // f, ∇f, and the rest at (2, ½), where Σ ρ_i a_i = −2 and only the second residual is not 0.
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([0.5, 0.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([-1.0, -4.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([-2.0, -8.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([-3.0, -12.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([-0.25, -1.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([21.25, 0.0]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([20.0, 5.0]));
    let spent = 0.5 + 1.0 + 0.5 + 0.5 + 1.0 + 1.0;
    assert_eq!(toy.spent, spent);
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([2.0, 100.0 - spent]));
    let level = Schedule::geometric(1.0, 1e-2).until(0.5).value(spent / 100.0);
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([spent / 100.0, level]));
    let mut stream = Stream::new(5);
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([stream.uniform(), stream.index(1000) as f64]));
    assert_eq!(answer([2.0, 0.5], &mut toy), Ok([stream.normal(), stream.normal()]));
    let [size, index] = answer([2.0, 0.5], &mut toy).expect("a batch is free");
    assert!(size == 1.0 && (index == 0.0 || index == 1.0));
    let refused = answer([2.0, 0.5], &mut toy).expect_err("the toy has no Hessian");
    assert_eq!(refused, PluginError::NotSupported("no Hessian in this toy".into()));
    let scalars = optimizer.report(&mut toy).expect("a report");
    assert_eq!(scalars, [("level".to_owned(), level), ("steps".to_owned(), 13.0)]);
}

#[test]
fn errors_keep_their_kind_and_text() {
    let outcome = |mode: &str, budget: f64| {
        let (mut optimizer, mut toy, mut w) = (probe(mode), Toy::new(budget), [0.0, 0.0]);
        optimizer.initialize(&mut w, &mut toy).expect("nothing to refuse");
        optimizer.step(&mut w, &mut toy)
    };
    let failed = |text: &str| Err(PluginError::Failed(text.to_owned()));
    assert_eq!(outcome("fail", 9.0), failed("the probe fails on purpose"));
    assert_eq!(outcome("converge", 9.0), Ok(Status::Converged));
    assert_eq!(outcome("all", 0.1), Err(PluginError::Budget));
    assert_eq!(outcome("overlap", 9.0), failed("the output of an oracle call overlaps an input (use another vector)"));
    assert_eq!(outcome("null", 9.0), failed("the oracle was given a null pointer"));
}

#[test]
fn an_oracle_kept_past_the_call_answers_nothing() {
    let (mut optimizer, mut toy, mut w) = (probe("all"), Toy::new(9.0), [0.0, 0.0]);
    optimizer.initialize(&mut w, &mut toy).expect("nothing to refuse");
    let mut point = [0.0; 2];
    optimizer.evaluation_point(&w, &mut point).expect("C has no way to fail here");
    assert_eq!(point, [-3.0, w[1]]);
    assert_eq!(toy.spent, 0.0);
}

#[test]
fn a_problem_can_be_refused() {
    let library = open("harness/fixtures/c/probe.c", "probe-refusal");
    let settings =
        values(&[("count", Value::Integer(1)), ("mode", Value::Text("all".into())), ("level", Value::Real(1.0))]);
    let error = library.create(&settings, &[Block::new("v", 3, 1)], 0).expect_err("there is one factor only");
    assert_eq!(error, PluginError::NotSupported("two factors L and R are needed".into()));
    let settings =
        values(&[("count", Value::Integer(8)), ("mode", Value::Text("all".into())), ("level", Value::Real(1.0))]);
    assert!(matches!(library.create(&settings, &blocks(), 0), Err(PluginError::Hyperparameter(_))));
}

#[test]
fn a_plugin_built_against_the_first_header_loads() {
    // The header as it was in version 1.0, which stays as it is.
    let headers = "harness/fixtures/c/interface-1.0";
    let path = compile_against(headers, "plugins/c/momentum/momentum.c", "first-header");
    let library = Library::open(path).expect("minor versions are no obstacle");
    assert_eq!((library.description().interface_version.as_str(), library.seat()), ("C 1.0", Seat::Coroutine));
    let settings =
        values(&[("step_size", Value::Real(0.1)), ("momentum", Value::Real(0.0)), ("nesterov", Value::Bool(false))]);
    let (mut toy, mut w) = (Toy::new(9.0), [2.0, 0.5]);
    let mut optimizer = library.create(&settings, &blocks(), 1).expect("the values fit");
    assert_eq!(optimizer.step(&mut w, &mut toy), Ok(Status::Continue));
    assert_eq!(w, [2.1, 0.9]);
}

/// A plugin whose struct is that of `momentum.c` as far as it is known here, and is put together by `change`.
fn changed(name: &str, change: &str) -> Result<Library, LoadError> {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.c"));
    let momentum = Path::new(env!("CARGO_MANIFEST_DIR")).join("../c/momentum/momentum.c");
    let text = format!(
        "#define flatbench_optimizer_v1 plain\n#include <stddef.h>\n#include {momentum:?}\n#undef flatbench_optimizer_v1\n\
         typedef struct {{ FlatbenchOptimizer known; long more[4]; }} Later;\n\
         const FlatbenchOptimizer *flatbench_optimizer_v1(void) {{\n    static Later later;\n    later.known = *plain();\n    \
         {change}\n    return &later.known;\n}}\n"
    );
    std::fs::write(&source, text).expect("the temporary folder can be written to");
    Library::open(compile(&source.to_string_lossy(), name))
}

#[test]
fn a_plugin_of_a_later_minor_version_loads() {
    let later =
        changed("later", "later.known.size = sizeof later, later.known.minor = 7, later.known.own_thread = true;");
    let library = later.expect("minor versions are no obstacle");
    assert_eq!((library.description().interface_version.as_str(), library.seat()), ("C 1.7", Seat::Thread));
}

#[test]
fn a_flag_counts_only_inside_of_the_struct_and_is_true_or_false() {
    let short = "later.known.size = offsetof(FlatbenchOptimizer, own_thread), later.known.own_thread = true;";
    assert_eq!(changed("short", short).expect("a struct of the first version").seat(), Seat::Coroutine);
    let error = changed("odd", "*(unsigned char *)&later.known.own_thread = 7;").expect_err("a flag that is 7");
    assert!(error.to_string().contains("says 7 for own_thread, neither true nor false"), "{error}");
    assert_eq!(changed("plain", "").expect("the plugin as it is").seat(), Seat::Coroutine);
}

#[test]
fn a_wrong_table_is_refused_in_one_line() {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.c");
    std::fs::write(
        &source,
        "const void *flatbench_optimizer_v1(void) { static unsigned long size = 3; return &size; }",
    )
    .expect("the temporary folder can be written to");
    let error = Library::open(compile(&source.to_string_lossy(), "wrong")).expect_err("the struct is too small");
    assert!(matches!(error, LoadError::Broken { .. }));
    assert!(error.to_string().contains("says that it has 3 bytes instead of"), "{error}");
}
