use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{
    Case, CaseMistake, CheckedCase, Factor, FamilyDescription, OptimizerDescription, Parameter, ParameterKind, Value,
};
use flatbench_runner::Catalog;
use flatbench_runner::plugins::Plugin;
use flatbench_runner::suite::{Source, Suite};

/// The real families.
struct Families(Vec<FamilyDescription>);

impl Catalog for Families {
    fn families(&self) -> &[FamilyDescription] {
        &self.0
    }

    fn check_case(
        &self,
        family: &str,
        parameters: &BTreeMap<String, Value>,
        data_root: &Path,
    ) -> Result<CheckedCase, Vec<CaseMistake>> {
        flatbench_instances::check_case(family, parameters, data_root)
    }

    fn factors(&self, case: &Case, seed: u64, data_root: &Path) -> Result<Vec<Factor>, String> {
        flatbench_instances::factors(case, seed, data_root).map_err(|error| error.to_string())
    }

    fn read_point(&self, file: &Path, array: Option<&str>) -> Result<Vec<f64>, String> {
        flatbench_instances::read_point(file, array).map_err(|error| error.to_string())
    }
}

/// Optimizers with a hyper-parameter of every kind.
fn plugins() -> Vec<Plugin> {
    let kinds = [
        ("step_size", ParameterKind::Schedule { min: Some(0.0), max: None, min_excluded: true }),
        ("radius", ParameterKind::Real { min: Some(0.0), max: Some(10.0), min_excluded: false }),
        ("batch_size", ParameterKind::Integer { min: 0, max: 4096 }),
        ("mode", ParameterKind::Choice(vec!["one".to_owned(), "two".to_owned()])),
    ];
    let parameter = |(name, kind): (&str, ParameterKind)| Parameter {
        name: name.to_owned(),
        description: String::new(),
        default: match &kind {
            ParameterKind::Integer { .. } => Some(Value::Integer(1)),
            ParameterKind::Choice(_) => Some(Value::Text("one".to_owned())),
            _ => Some(Value::Real(0.5)),
        },
        kind,
        optional: false,
        log_scale: false,
    };
    let plugin = |name: &str| Plugin {
        description: OptimizerDescription {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            description: String::new(),
            interface_version: "1.0".to_owned(),
            hyperparameters: kinds.clone().map(parameter).into(),
        },
        library: "nowhere.so".into(),
        source: "nowhere.so".into(),
        hash: "0123456789abcdef".to_owned(),
        python: None,
    };
    ["gd", "sgd", "sam"].map(plugin).into()
}

/// A suite is refused with mistakes that can be shown, or its resolved form is a suite that resolves to itself.
pub fn suite(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (families, plugins) = (Families(flatbench_instances::catalog()), plugins());
    let source = |text| Source { path: "suite.toml", text, data_root: Path::new("/nowhere") };
    let checked = source(text).check_syntax().and_then(|()| Suite::check(source(text), &families, &plugins, true));
    match checked {
        Err(mistakes) => {
            assert!(!mistakes.mistakes.is_empty());
            assert!(mistakes.render(false).contains("nothing was run"));
        }
        Ok(suite) => {
            let resolved = suite.to_toml();
            let again = Suite::check(source(&resolved), &families, &plugins, true);
            let again = again.unwrap_or_else(|mistakes| panic!("{}\n{resolved}", mistakes.render(false)));
            assert_eq!(again.to_toml(), resolved);
        }
    }
}
