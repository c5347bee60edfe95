use std::fs;
use std::path::Path;

use crate::libraries::library;
use crate::toy::{Toy, blocks};
use flatbench_plugin::host::{
    HyperparameterError, INTERFACE_VERSION, Kind, Library, LoadError, PluginError, Range, Schedule, Unit, Value,
};

/// The error for a file, which has to be one line.
fn refusal(path: impl AsRef<Path>) -> LoadError {
    let error = Library::open(path).expect_err("this is no plugin");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    error
}

#[test]
fn a_missing_file_is_named() {
    let error = refusal("no/such/library.so");
    assert!(matches!(&error, LoadError::Missing { path } if path == Path::new("no/such/library.so")), "{error:?}");
}

#[test]
fn a_text_file_is_no_library() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-a-library.so");
    fs::write(&file, "text").expect("the temporary folder can be written to");
    assert!(matches!(refusal(&file), LoadError::NotALibrary { .. }));
    assert!(matches!(refusal(env!("CARGO_TARGET_TMPDIR")), LoadError::NotALibrary { .. }));
}

#[test]
fn another_library_is_no_plugin() {
    // The derive macro of this crate: a dynamic library that is certainly at hand.
    let folder = std::env::current_exe().expect("this program has a path");
    let folder = folder.parent().expect("and a folder");
    let other = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("as can its entries").path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.contains("flatbench_plugin_derive")
                && Some(std::env::consts::DLL_EXTENSION) == path.extension().and_then(|e| e.to_str())
        })
        .expect("the derive macro is built next to this test");
    let error = refusal(other);
    assert!(matches!(error, LoadError::NotAPlugin { .. }), "{error:?}");
    assert!(error.full_text().lines().count() > 1);
}

#[test]
fn a_plugin_describes_itself() {
    let library = library("flatbench-trace-penalty");
    let description = library.description();
    assert_eq!(description.name, "trace-penalty");
    assert_eq!(description.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(description.interface_version, INTERFACE_VERSION);
    assert!(description.description.starts_with("Gradient descent with momentum on f(w) + λ tr"));
    let [step_size, penalty, momentum] = description.hyperparameters.as_slice() else { panic!("three are expected") };
    assert_eq!((step_size.name.as_str(), step_size.description.as_str()), ("step_size", "Step size η."));
    assert_eq!(step_size.default_unit, Unit::InverseLambdaMax);
    assert!(penalty.log_scale && penalty.default_unit == Unit::Absolute);
    assert_eq!(penalty.default, Value::Schedule(Schedule::geometric(1e-1, 1e-7)));
    assert_eq!(momentum.kind, Kind::Real(Range { min: Some(0.0), max: Some(0.999), min_excluded: false }));
    for hyperparameter in &description.hyperparameters {
        assert_eq!(hyperparameter.check(&hyperparameter.default), Ok(()));
    }
}

#[test]
fn wrong_hyper_parameters_are_named() {
    let create = |values: &[(&str, Value)]| {
        let values: Vec<_> = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        match library("flatbench-gd").create(&values, &blocks(), 0).expect_err("the values are wrong") {
            PluginError::Hyperparameter(error) => error,
            other => panic!("another error: {other}"),
        }
    };
    assert!(matches!(create(&[]), HyperparameterError::Missing { name, .. } if name == "step_size"));
    let misspelt = [("step_size", Value::Real(0.1)), ("momentun", Value::Real(0.9))];
    assert!(matches!(create(&misspelt), HyperparameterError::Unknown { name, .. } if name == "momentun"));
    for wrong in [Value::Real(-1.0), Value::Text("big".into()), Value::Bool(true), Value::Real(f64::INFINITY)] {
        let error = create(&[("step_size", wrong)]);
        assert!(matches!(&error, HyperparameterError::NotAllowed { name, .. } if name == "step_size"), "{error}");
    }
}

#[test]
fn a_wrong_length_is_an_error() {
    let gd = library("flatbench-gd");
    let mut optimizer = gd.create(&[("step_size".into(), Value::Real(0.1))], &blocks(), 0).expect("the values fit");
    let error = optimizer.step(&mut [1.0, 2.0, 3.0], &mut Toy::new(1.0)).expect_err("three are too many");
    assert_eq!(error.to_string(), "the host passed 3 parameters instead of 2");
}
