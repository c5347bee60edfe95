use crate::ScaffoldError;

const MAX_LENGTH: usize = 40;

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

/// Refuses what cannot be the name of an optimizer, a crate and a folder at once.
pub(crate) fn check(name: &str) -> Result<(), ScaffoldError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_LENGTH {
        "it has more than 40 letters"
    } else if !name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        "it has other than lower-case letters, digits and dashes"
    } else if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        "it does not begin with a letter"
    } else if name.ends_with('-') || name.contains("--") {
        "a dash has to stand between letters or digits"
    } else if TAKEN.contains(&name) || name.starts_with("fixture-") {
        "flatbench has another part of this name"
    } else {
        return Ok(());
    };
    Err(ScaffoldError::Name { name: name.to_owned(), reason })
}

/// `my-method` as the name of a type: `MyMethod`.
pub(crate) fn type_name(name: &str) -> String {
    let capitalized = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass() {
        for name in ["mine", "my-method", "sgd2", "a", "adam-w-3"] {
            assert!(check(name).is_ok(), "{name}");
        }
        assert_eq!(type_name("my-method-2"), "MyMethod2");
    }

    #[test]
    fn awkward_names_are_refused() {
        let long = "a".repeat(41);
        for name in
            ["", "Mine", "my_method", "2fast", "-a", "a-", "a--b", "my method", "../x", "ü", "plugin", "self", &long]
        {
            assert!(matches!(check(name), Err(ScaffoldError::Name { .. })), "{name}");
        }
    }
}
