use std::borrow::Cow;

/// Text that comes from elsewhere (a plugin, a suite, the name of a file), fit for a terminal and a log: characters that
/// steer a terminal, or turn the order of what follows, become `\u001b` and the like. Line ends and tabs stay.
///
/// Inside a string of JSON the result is the same string.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match steers(c) {
            true => shown += &format!("\\u{:04x}", u32::from(c)),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn steers(c: char) -> bool {
    let is_layout = matches!(c, '\n' | '\t');
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && !is_layout) || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal_and_all_else_stays() {
        assert_eq!(plain("\x1b[2Jgone\rback\u{9b}31m\u{202e}x"), "\\u001b[2Jgone\\u000dback\\u009b31m\\u202ex");
        assert!(matches!(plain("tr H ≥ 0\n\tL Rᵀ"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_means_the_same() {
        let text = "a\u{9b}\u{7f}\u{202e}\n\u{1b}";
        let json = serde_json::to_string(text).expect("a string");
        let shown = plain(&json);
        assert!(shown.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
    }
}
