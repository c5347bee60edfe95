use flatbench_records::{Parameter, ParameterKind, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::Found;
use super::value::{plain, read};

/// Reads values of a parameter as a suite has them: one, or several in an array. A word needs no quotes.
///
/// # Errors
/// What is wrong with them, what is allowed and what to do, in one line.
pub(crate) fn values(parameter: &Parameter, text: &str) -> Result<Vec<Value>, String> {
    let (line, word) = (format!("value = {text}"), format!("value = {text:?}"));
    let is_word = matches!(parameter.kind, ParameterKind::Choice(_) | ParameterKind::Text);
    let document = match DeTable::parse(&line) {
        Err(_) if is_word => DeTable::parse(&word),
        other => other,
    };
    let document = document.map_err(|_| format!("`{text}` is no value as TOML has them"))?;
    let given = match document.get_ref().iter().map(|(_, value)| value).collect::<Vec<_>>().as_slice() {
        [value] => *value,
        _ => return Err(format!("`{text}` is more than a value")),
    };
    let found = Found::default();
    let one = |value: &Spanned<DeValue<'_>>| read(parameter, value, &found).map(plain);
    let values: Option<Vec<Value>> = match given.get_ref() {
        DeValue::Array(items) if parameter.kind != ParameterKind::Texts => items.iter().map(one).collect(),
        _ => one(given).map(|value| vec![value]),
    };
    let mistakes = found.into_mistakes();
    let wrong = mistakes.first().map(|mistake| {
        let parts = [&mistake.title, &mistake.allowed, &mistake.help].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    });
    match (values, wrong) {
        (Some(values), None) if !values.is_empty() => Ok(values),
        (_, Some(wrong)) => Err(wrong),
        _ => Err("a list without values".into()),
    }
}
