use std::collections::BTreeMap;
use std::path::PathBuf;

use flatbench_records::{FamilyDescription, ParameterKind, READING_KEYS};
use toml::{Table, Value};

/// A resolved suite without the places of given starts, and without those of its data files and without how they are read, where `is_known` by content, and the files by
/// case: what two checkouts of one suite have in common. A text that is no TOML stays as it is.
pub fn without_places(
    text: &str,
    families: &[FamilyDescription],
    is_known: &dyn Fn(&str) -> bool,
) -> (String, BTreeMap<String, PathBuf>) {
    let mut files = BTreeMap::new();
    let Ok(mut suite) = text.parse::<Table>() else { return (text.to_owned(), files) };
    let cases = suite.get_mut("case").and_then(Value::as_array_mut).into_iter().flatten();
    for case in cases.filter_map(Value::as_table_mut) {
        // What is there is in every key.
        if let Some(start) = case.get_mut("start").and_then(Value::as_table_mut) {
            ["run", "file"].iter().for_each(|place| drop(start.remove(*place)));
        }
        let word = |key: &str| case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, family) = (word("name"), word("family"));
        let parameters = families.iter().find(|known| known.name == family).map(|family| family.parameters.as_slice());
        for parameter in parameters.into_iter().flatten().filter(|parameter| parameter.kind == ParameterKind::File) {
            let Some(path) = case.get(&parameter.name).and_then(Value::as_str) else { continue };
            files.insert(name.clone(), path.into());
            if is_known(&name) {
                case.remove(&parameter.name);
                READING_KEYS.iter().for_each(|key| drop(case.remove(*key)));
            }
        }
    }
    (suite.to_string(), files)
}
