//! What a plugin may be called. Its name stands in suites, records, file names and on command lines, and is the name of a
//! crate where `flatbench plugin new` makes one.

macro_rules! rule {
    () => {
        "1 to 40 lower-case letters, digits and single dashes, a letter first, such as `my-method`"
    };
}

/// The rule in words.
pub const RULE: &str = rule!();

/// What a compiler says of another name: a constant panic takes one text.
pub(crate) const REFUSAL: &str = concat!("the name of an optimizer has ", rule!());

/// Longest name, in letters.
const LONGEST: usize = 40;

/// What is wrong with a name; `None` if it may be used.
pub const fn mistake(name: &str) -> Option<&'static str> {
    let name = name.as_bytes();
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > LONGEST {
        return Some("it has more than 40 letters");
    }
    if !name[0].is_ascii_lowercase() {
        return Some("it does not begin with a lower-case letter");
    }
    let mut i = 0;
    while i < name.len() {
        if !matches!(name[i], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return Some("it has other than lower-case letters, digits and dashes");
        }
        if name[i] == b'-' && (i + 1 == name.len() || name[i + 1] == b'-') {
            return Some("a dash has to stand between letters or digits");
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_fit_for_a_suite_a_file_and_a_crate() {
        for name in ["gd", "a", "sgd2", "my-method", "adam-w-3", "a234567890123456789012345678901234567890"] {
            assert_eq!(mistake(name), None, "{name}");
        }
        let long = "a".repeat(41);
        for name in ["", "a b", "../../x", "Mine", "my_method", "2fast", "-a", "a-", "a--b", "ü", "a\0b", "a=b", &long]
        {
            assert!(mistake(name).is_some(), "{name}");
        }
    }
}
