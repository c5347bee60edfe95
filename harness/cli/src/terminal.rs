//! What output goes to: a terminal so wide, or a pipe or file, which gets whole lines without colours.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use console::measure_text_width;

/// Columns of a terminal that does not say how many it has.
const USUAL: usize = 80;

/// Columns of standard output where it is a terminal; text for anything else has lines of any length.
pub fn output_columns() -> Option<usize> {
    let output = std::io::stdout();
    output.is_terminal().then(|| columns(&output))
}

/// The same of standard error.
pub fn error_columns() -> Option<usize> {
    let error = std::io::stderr();
    error.is_terminal().then(|| columns(&error))
}

fn columns(stream: impl AsFd) -> usize {
    let size = rustix::termios::tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col));
    size.filter(|columns| *columns > 0).unwrap_or(USUAL)
}

/// Whether standard error is a terminal that can more than print.
pub fn can_draw() -> bool {
    std::io::stderr().is_terminal() && moves()
}

/// The same of standard output.
pub fn output_can_draw() -> bool {
    std::io::stdout().is_terminal() && moves()
}

/// Whether a terminal moves its cursor where it is told to.
fn moves() -> bool {
    std::env::var_os("TERM").is_none_or(|term| !term.is_empty() && term != "dumb")
}

/// Whether text on standard error may be coloured.
pub fn color() -> bool {
    can_draw() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// `text` in lines of at most `columns`, broken between words, each but the first behind `indent` spaces. A word that is longer stands
/// alone.
pub fn wrapped(text: &str, columns: Option<usize>, indent: usize) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let start = text.len() - text.trim_start_matches(' ').len();
    let (mut out, mut used, mut is_first) = (text[..start].to_owned(), start, true);
    for word in text[start..].split(' ') {
        if !is_first && used + 1 + width(word) > columns {
            out = out.trim_end().to_owned() + "\n" + &" ".repeat(indent);
            used = indent;
        } else if !is_first {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += width(word);
        is_first = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_only_where_there_is_an_end() {
        let text = "  one two three four";
        assert_eq!(wrapped(text, None, 4), text);
        assert_eq!(wrapped(text, Some(80), 4), text);
        assert_eq!(wrapped(text, Some(12), 4), "  one two\n    three\n    four");
        assert_eq!(wrapped("a-very-long-word b", Some(4), 2), "a-very-long-word\n  b");
        assert_eq!(wrapped("4.58× 4.58×", Some(11), 0), "4.58× 4.58×", "columns are counted, not bytes");
    }
}
