//! What a process said last, in one line, for the message about its end.

/// A message of a panic that is followed by more lines than these is not what the process died of.
const LONGEST_MESSAGE: usize = 8;

/// The last line that is not blank, at most `length` characters of it. What Rust prints of a panic is taken as a whole, from
/// its place on, without the backtrace and the note on backtraces below it.
pub(crate) fn last_words(text: &str, length: usize) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    while lines.last().is_some_and(|line| is_note(line)) {
        lines.pop();
    }
    if let Some(start) = lines.iter().rposition(|line| *line == "stack backtrace:")
        && lines.iter().skip(start + 1).all(|line| is_frame(line))
    {
        lines.truncate(start);
    }
    let recent = lines.len().saturating_sub(LONGEST_MESSAGE + 1);
    let message = lines.iter().enumerate().skip(recent).rev().find_map(|(index, line)| {
        let place = line.find("panicked at ").filter(|_| line.starts_with("thread ") && line.ends_with(':'))?;
        let rest = lines.iter().skip(index + 1).copied();
        Some([line.get(place..).unwrap_or(line)].into_iter().chain(rest).collect::<Vec<_>>().join(" "))
    });
    let words = message.or_else(|| lines.last().map(|line| (*line).to_owned()))?;
    Some(words.chars().take(length).collect())
}

fn is_note(line: &str) -> bool {
    line.starts_with("note: run with `RUST_BACKTRACE=") || line.starts_with("note: Some details are omitted")
}

/// `3: function` or `at file:line:column`.
fn is_frame(line: &str) -> bool {
    line.starts_with("at ") || line.split_once(": ").is_some_and(|(n, _)| n.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn a_panic_is_told_without_what_follows_it() {
        let panic = "\nthread 'main' (7) panicked at src/lib.rs:3:5:\nno more\n";
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        let trace = "stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/1/std.rs:1:1\n  11: main\n\
                     note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n";
        for text in [panic.to_owned(), panic.to_owned() + note, format!("before\n{panic}{trace}")] {
            assert_eq!(last_words(&text, 300).as_deref(), Some("panicked at src/lib.rs:3:5: no more"), "{text}");
        }
        let pair = panic.replace("no more", "left is not right\n  left: 1\n right: 2");
        assert!(last_words(&(pair + note), 300).is_some_and(|words| words.ends_with("left: 1 right: 2")));
    }

    #[test]
    fn other_words_are_the_last_line() {
        assert_eq!(last_words("first\n last \n\n", 300).as_deref(), Some("last"));
        assert_eq!(last_words("a long line", 6).as_deref(), Some("a long"));
        assert_eq!(last_words("\n \n", 300), None);
        let long_ago = format!("thread 'main' panicked at src/lib.rs:3:5:\ncaught\n{}", "more\n".repeat(20));
        assert_eq!(last_words(&long_ago, 300).as_deref(), Some("more"));
    }
}
