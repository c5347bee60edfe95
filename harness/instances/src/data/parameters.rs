use std::collections::BTreeMap;

use flatbench_records::{Parameter, ParameterKind, Value};

use super::{Duplicates, Keys};

/// The parameters by which a case says how its data file is read: those of every family that has one.
pub fn parameters() -> Vec<Parameter> {
    let choice = |words: &[&str]| ParameterKind::Choice(words.iter().map(|&word| word.to_owned()).collect());
    let of = |name: &str, kind, description: &str| Parameter {
        name: name.to_owned(),
        description: description.to_owned(),
        kind,
        default: None,
        optional: true,
        log_scale: false,
    };
    vec![
        of("header", ParameterKind::Bool, "Data file: whether the first line names the columns."),
        of("index", ParameterKind::Bool, "Data file: whether the first column names the rows."),
        of("delimiter", ParameterKind::Text, "Data file: what separates fields; a space is any run of blanks."),
        of("decimal", choice(&[".", ","]), "Data file: decimal sign."),
        of(
            "missing",
            ParameterKind::Texts,
            "Data file: texts or numbers that stand for a missing entry, beside the common ones.",
        ),
        of(
            "columns",
            ParameterKind::Texts,
            "Data file: names or numbers (from 1) of the columns that hold row, column and value; \"all\" for a matrix.",
        ),
        of(
            "duplicates",
            choice(&["error", "last", "mean"]),
            "Data file: what an entry is that is given more than once.",
        ),
        of("array", ParameterKind::Text, "Data file: name of the array in an .npz archive."),
    ]
}

impl Keys {
    /// Takes the keys out of the parameters of a case; those of another type than they have to be are left there.
    pub fn take(parameters: &mut BTreeMap<String, Value>) -> Self {
        let mut keys = Keys::default();
        parameters.retain(|name, value| match (name.as_str(), &*value) {
            ("header", Value::Bool(given)) => settle(&mut keys.header, *given),
            ("index", Value::Bool(given)) => settle(&mut keys.index, *given),
            ("delimiter", Value::Text(text)) => settle(&mut keys.delimiter, text.clone()),
            ("decimal", Value::Text(text)) => settle(&mut keys.decimal, if text == "," { ',' } else { '.' }),
            ("array", Value::Text(text)) => settle(&mut keys.array, text.clone()),
            ("missing", Value::Texts(texts)) => {
                keys.missing.clone_from(texts);
                false
            }
            ("columns", Value::Texts(texts)) => {
                keys.columns.clone_from(texts);
                false
            }
            ("duplicates", Value::Text(text)) => {
                keys.duplicates = match text.as_str() {
                    "last" => Duplicates::Last,
                    "mean" => Duplicates::Mean,
                    _ => Duplicates::Refused,
                };
                false
            }
            _ => true,
        });
        keys
    }
}

/// Sets a key, whose parameter is not kept.
fn settle<T>(key: &mut Option<T>, value: T) -> bool {
    *key = Some(value);
    false
}
