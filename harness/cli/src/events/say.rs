use flatbench_runner::plugins::Collection;
use flatbench_runner::suite::{SuiteMistake, SuiteMistakes};

use super::Event;
use crate::output::outln;
use crate::status::Failure;

/// Writes a line.
#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
pub fn say(event: &Event<'_>) {
    let line = serde_json::to_string(event).expect("numbers and names have a JSON form");
    outln!("{line}");
}

/// One line for each thing wrong with a suite.
pub fn mistakes(found: &SuiteMistakes) {
    for mistake in &found.mistakes {
        say(&Event::Mistake {
            path: &found.path,
            line: found.line(mistake),
            column: column(found, mistake),
            message: &mistake.title,
            allowed: &mistake.allowed,
            help: &mistake.help,
        });
    }
}

/// Column of a mistake in its line, in characters, from 1.
fn column(found: &SuiteMistakes, mistake: &SuiteMistake) -> usize {
    let before = found.text.get(..mistake.span.start).unwrap_or(&found.text);
    1 + before.rsplit('\n').next().map_or(0, |line| line.chars().count())
}

/// One line for each plugin that cannot be used.
pub fn plugin_problems(collection: &Collection) {
    for (problems, refused) in [(&collection.left_out, false), (&collection.refused, true)] {
        problems.iter().for_each(|problem| say(&Event::PluginProblem { text: problem.to_string(), refused }));
    }
}

/// The last line of a session that failed; one that was stopped has said so already.
pub fn failed(failure: &Failure) {
    if !matches!(failure, Failure::Interrupted(_)) {
        say(&Event::Failed { text: &failure.reason(), status: failure.status() });
    }
}

/// The last line of a session that was stopped, with the numbers of planned runs that have a record and of those that have
/// none, where they are known.
pub fn interrupted(signal: u8, counts: Option<(usize, usize)>) {
    let (recorded, missing) = counts.unzip();
    say(&Event::Interrupted { signal, recorded, missing, status: Failure::Interrupted(signal).status() });
}
