use crate::ScaffoldError;

/// Names whose crate `flatbench-NAME` is something else here, or whose type is a word of Rust.
const TAKEN: [&str; 12] = [
    "plugin",
    "plugin-derive",
    "conformance",
    "scaffold",
    "benches",
    "cli",
    "problems",
    "records",
    "report",
    "runner",
    "worker",
    "self",
];

/// Types of the templates and of the preludes that a plugin takes in whole: one of its own of that name would hide them.
const TYPES: [&str; 28] = [
    "Batch",
    "Block",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "Drop",
    "Eq",
    "Error",
    "Fn",
    "From",
    "Hyperparameters",
    "Into",
    "Iterator",
    "Optimizer",
    "Option",
    "Oracle",
    "Ord",
    "Parameters",
    "Result",
    "Schedule",
    "Send",
    "Sized",
    "Status",
    "Stream",
    "String",
    "Vec",
    "Vector",
];

/// Refuses what cannot be the name of an optimizer, a crate and a folder at once.
pub(crate) fn check(name: &str) -> Result<(), ScaffoldError> {
    let taken = TAKEN.contains(&name) || name.starts_with("fixture-");
    let reason = flatbench_plugin::name::mistake(name).or(taken.then_some("flatbench has another part of this name"));
    reason.map_or(Ok(()), |reason| Err(ScaffoldError::Name { name: name.to_owned(), reason }))
}

/// `my-method` as the name of a type: `MyMethod`. One that would hide a type of the preludes gets a word more: `ScheduleMethod`.
pub(crate) fn type_name(name: &str) -> String {
    let capitalized = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    let name: String = name.split('-').map(capitalized).collect();
    if TYPES.contains(&name.as_str()) { name + "Method" } else { name }
}

/// Modules that an optimizer's file must not hide, of those that its own imports need.
const MODULES: [&str; 13] = [
    "flatbench",
    "numpy",
    "torch",
    "jax",
    "optax",
    "scipy",
    "math",
    "random",
    "copy",
    "types",
    "test",
    "enum",
    "typing",
];

/// `my-method` as the name of a module of Python: `my_method`. One that is a word of the language, or of a module that it may want to
/// import, gets a word more: `lambda_method`.
pub(crate) fn module_name(name: &str) -> String {
    let name = name.replace('-', "_");
    if KEYWORDS.contains(&name.as_str()) || MODULES.contains(&name.as_str()) { name + "_method" } else { name }
}

/// Words of Python in small letters.
const KEYWORDS: [&str; 32] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
    "return", "try", "while", "with", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass() {
        for name in ["mine", "my-method", "sgd2", "a", "adam-w-3"] {
            assert!(check(name).is_ok(), "{name}");
        }
        assert_eq!(type_name("my-method-2"), "MyMethod2");
        assert_eq!(
            ["my-method-2", "lambda", "numpy"].map(module_name),
            ["my_method_2", "lambda_method", "numpy_method"]
        );
    }

    #[test]
    fn no_name_hides_what_the_prelude_brings() {
        let prelude = include_str!("../../sdk/src/prelude.rs");
        let brought =
            prelude.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with(char::is_uppercase));
        let brought: Vec<&str> = brought.filter(|word| *word != "Everything").collect();
        assert!(brought.contains(&"Schedule") && brought.len() >= 10, "{brought:?}");
        for name in brought {
            assert_eq!(type_name(&name.to_ascii_lowercase()), format!("{name}Method"));
        }
    }

    #[test]
    fn awkward_names_are_refused() {
        for name in ["", "Mine", "a b", "../x", "plugin", "self", "fixture-x"] {
            assert!(matches!(check(name), Err(ScaffoldError::Name { .. })), "{name}");
        }
    }
}
