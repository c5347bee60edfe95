use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// How many mistakes are shown with their lines; further ones take one line each, so that all fit on a screen.
const SHOWN_IN_FULL: usize = 5;

/// One thing wrong with a suite.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SuiteMistake {
    /// Bytes of the source it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// What is allowed there; may be empty.
    pub allowed: String,
    /// What to do; may be empty.
    pub help: String,
}

/// Everything wrong with a suite, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in {path}", count(.mistakes.len()))]
pub struct SuiteMistakes {
    /// File, as the user named it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// At least one.
    pub mistakes: Vec<SuiteMistake>,
}

fn count(n: usize) -> String {
    if n == 1 { "1 mistake".into() } else { format!("{n} mistakes") }
}

impl SuiteMistakes {
    /// Line of a mistake, from 1.
    pub fn line(&self, mistake: &SuiteMistake) -> usize {
        let before = self.text.bytes().take(mistake.span.start);
        1 + before.filter(|&byte| byte == b'\n').count()
    }

    /// The text for a terminal: each mistake with its line, then their number.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(120);
        let mut text = String::new();
        for mistake in self.mistakes.iter().take(SHOWN_IN_FULL) {
            let mut annotation = AnnotationKind::Primary.span(self.visible(&mistake.span));
            if !mistake.allowed.is_empty() {
                annotation = annotation.label(mistake.allowed.as_str());
            }
            let snippet = Snippet::source(self.text.as_str()).path(self.path.as_str()).annotation(annotation);
            let mut group = Level::ERROR.primary_title(mistake.title.as_str()).element(snippet);
            if !mistake.help.is_empty() {
                group = group.element(Level::HELP.message(mistake.help.as_str()));
            }
            text.push_str(&renderer.render(&[group]));
            text.push_str("\n\n");
        }
        for mistake in self.mistakes.iter().skip(SHOWN_IN_FULL) {
            let _ = write!(text, "error: {}:{}: {}", self.path, self.line(mistake), mistake.title);
            if !mistake.allowed.is_empty() {
                let _ = write!(text, " ({})", mistake.allowed);
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{self}; nothing was run or written");
        text
    }

    /// The span cut to its first line and to the text, so that a whole table is not underlined.
    fn visible(&self, span: &Range<usize>) -> Range<usize> {
        let start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        let first_line = self.text.get(start..end).and_then(|part| part.find('\n')).map_or(end, |n| start + n);
        start..first_line
    }
}

/// The name most like `name`, if any is alike enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowered = name.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lowered, &candidate.to_lowercase().replace('_', "-")), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`? known: ...", or only the known names.
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let list = known.clone().into_iter().collect::<Vec<_>>().join(", ");
    match nearest(name, known) {
        Some(candidate) => format!("did you mean `{candidate}`? known: {list}"),
        None => format!("known: {list}"),
    }
}
