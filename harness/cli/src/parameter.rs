//! A parameter of a family or an optimizer as text.

use flatbench_records::Parameter;

use crate::toml::in_suite;

/// What it may be and what it is by default, and its meaning in a line of its own, each behind `indent` spaces.
pub fn in_words(parameter: &Parameter, indent: usize) -> String {
    let Parameter { name, description, kind, default, optional, .. } = parameter;
    let default = match default {
        Some(value) => format!("default {}", in_suite(value)),
        None if *optional => "may be left out".to_owned(),
        None => "required".to_owned(),
    };
    let (allowed, indent) = (kind.allowed(), " ".repeat(indent));
    format!("{indent}{name}: {allowed}; {default}\n{indent}    {description}\n")
}
