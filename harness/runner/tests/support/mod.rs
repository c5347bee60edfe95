//! Families and plugins made up for the tests, and a suite of them.

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{
    Case, CaseMistake, CheckedCase, Factor, FactorizationKind, FamilyDescription, OptimizerDescription, PARCEL,
    Parameter, ParameterKind, Reading, Value,
};
use flatbench_runner::Catalog;
use flatbench_runner::plugins::Plugin;
use flatbench_runner::suite::{Source, Suite, SuiteMistakes};

pub struct Families(Vec<FamilyDescription>);

fn parameter(name: &str, kind: ParameterKind, default: Option<Value>) -> Parameter {
    let description = format!("The {name}.");
    Parameter { name: name.into(), description, kind, default, optional: false, log_scale: false }
}

impl Families {
    pub fn new() -> Self {
        let size = ParameterKind::Integer { min: 1, max: i64::MAX };
        let matrix = FamilyDescription {
            name: "matrix-sensing".into(),
            description: "Recover a matrix.".into(),
            loss: "f".into(),
            claim: "flat is true".into(),
            source: "ding2024flat".into(),
            factorization: FactorizationKind::LeftRight,
            control: false,
            control_unless: None,
            zero_loss_interior: false,
            amount: None,
            parameters: vec![
                parameter("rows", size.clone(), None),
                parameter("rank", size.clone(), None),
                parameter("factor_rank", size, None),
                parameter(
                    "condition_number",
                    ParameterKind::Real { min: Some(1.0), max: None, min_excluded: false },
                    Some(Value::Real(1.0)),
                ),
            ],
        };
        let completion = FamilyDescription {
            name: "matrix-completion".into(),
            parameters: vec![
                parameter("file", ParameterKind::File, None),
                Parameter { optional: true, ..parameter("header", ParameterKind::Bool, None) },
                Parameter { optional: true, ..parameter("columns", ParameterKind::Texts, None) },
                Parameter { optional: true, ..parameter("delimiter", ParameterKind::Text, None) },
                parameter(
                    "sampling",
                    ParameterKind::Choice(vec!["uniform".into(), "power".into()]),
                    Some(Value::Text("uniform".into())),
                ),
            ],
            ..matrix.clone()
        };
        Families(vec![matrix, completion])
    }
}

impl Catalog for Families {
    fn families(&self) -> &[FamilyDescription] {
        &self.0
    }

    fn check_case(
        &self,
        family: &str,
        given: &BTreeMap<String, Value>,
        data_root: &Path,
    ) -> Result<CheckedCase, Vec<CaseMistake>> {
        let mut parameters = given.clone();
        let known = self.0.iter().find(|known| known.name == family).expect("a known family");
        for parameter in &known.parameters {
            if let Some(default) = &parameter.default {
                parameters.entry(parameter.name.clone()).or_insert_with(|| default.clone());
            }
        }
        let size = |name: &str| given.get(name).and_then(Value::as_real);
        if size("rank") > size("rows") {
            return Err(vec![CaseMistake::of("rank", "a rank is at most the number of rows")]);
        }
        let (mut data_hash, mut reading) = (None, None);
        if let Some(Value::Text(file)) = given.get("file") {
            let bytes = std::fs::read(data_root.join(file))
                .map_err(|error| vec![CaseMistake::of("file", format!("cannot read {file}: {error}"))])?;
            reading = Some(Reading { file: file.clone(), ..Reading::default() });
            data_hash = Some(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>().to_string());
        }
        let work = size("rows").unwrap_or(1.0).powi(3);
        Ok(CheckedCase { parameters, data_hash, reading, work, ..CheckedCase::default() })
    }

    /// L and R of as many columns as `factor_rank` says.
    fn factors(&self, case: &Case, _: u64, _: &Path) -> Result<Vec<Factor>, String> {
        let size = |name: &str| case.parameters.get(name).and_then(Value::as_real).unwrap_or(1.0) as usize;
        let factor = |name: &str| Factor { name: name.to_owned(), rows: size("rows"), cols: size("factor_rank") };
        Ok(vec![factor("L"), factor("R")])
    }

    /// Numbers between blanks, whatever the array.
    fn read_point(&self, file: &Path, _: Option<&str>) -> Result<Vec<f64>, String> {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        text.split_whitespace().map(|word| word.parse::<f64>().map_err(|error| error.to_string())).collect()
    }
}

/// What the names of plugins in Python begin with.
const PARCELS: [&str; 3] = ["python", "slow-import", "fatal-import"];

/// Plugins of these names, each with a step size and a batch size.
pub fn plugins(names: &[&str]) -> Vec<Plugin> {
    let schedule = ParameterKind::Schedule { min: Some(0.0), max: None, min_excluded: true };
    let describe = |name: &&str| OptimizerDescription {
        name: (*name).into(),
        version: "1.2.3".into(),
        description: "An optimizer.".into(),
        interface_version: "0.1.0".into(),
        hyperparameters: vec![
            parameter("step_size", schedule.clone(), Some(Value::Real(0.5))),
            parameter("batch_size", ParameterKind::Integer { min: 0, max: 4096 }, Some(Value::Integer(0))),
        ],
    };
    let plugin = |name: &&str| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let ending = if PARCELS.iter().any(|parcel| name.starts_with(parcel)) { PARCEL } else { "so" };
        let (library, text) = (folder.join(format!("{name}.{ending}")), format!("the plugin {name}"));
        // Tests run side by side: all write the same, and each puts the whole file in its place.
        let own = tempfile::NamedTempFile::new_in(folder).expect("a writable folder");
        std::fs::write(own.path(), &text).expect("a writable file");
        own.persist(&library).expect("a writable folder");
        let hash = blake3::hash(text.as_bytes()).to_hex().as_str()[..16].to_owned();
        Plugin { description: describe(name), source: library.clone(), library, hash, python: None }
    };
    names.iter().map(plugin).collect()
}

/// Checks a suite against all of them.
pub fn check(text: &str) -> Result<Suite, SuiteMistakes> {
    check_in(text, Path::new("."), &["gd", "sgd", "sam"])
}

pub fn check_in(text: &str, data_root: &Path, names: &[&str]) -> Result<Suite, SuiteMistakes> {
    let source = Source { path: "suite.toml", text, data_root };
    Suite::check(source, &Families::new(), &plugins(names), true)
}

/// What the mistakes of a suite look like to a user.
pub fn rendered(text: &str) -> String {
    check(text).expect_err("a suite with mistakes").render(false)
}

/// A suite of one case and the given optimizers, with further lines at its top.
pub fn suite_text(top: &str, optimizers: &[&str]) -> String {
    let mut text = format!(
        "name = \"made-up\"\nbudget = 100\nseeds = 2\n{top}\n[[case]]\nfamily = \"matrix-sensing\"\nrows = 5\nrank = 1\nfactor_rank = 5\n"
    );
    for optimizer in optimizers {
        text += &format!("\n[[optimizer]]\nname = \"{optimizer}\"\n");
    }
    text
}
