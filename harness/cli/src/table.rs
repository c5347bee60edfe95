//! The table at the end of a run, and the sentence that a reader takes home.

use std::fmt::Write as _;

use flatbench_report::{Digest, DigestRow};

use crate::terminal::{width, wrapped};

/// What the numbers are.
const LEGEND: &str = "Medians at the limit, the minimum next to where an optimizer stopped. Excess flatness is tr H over that of the \
                      flattest minimum: 1 is the best there is.";

/// The same where no minimum was reached and none can be expected.
const WITHOUT_MINIMA: &str = "Medians of what the optimizers returned.";

/// What the mark beside a number means.
const WHERE_STOPPED: &str = "* some run reached no minimum, or none was measured, and counts with where it stopped";

/// Rows of a table whose head is out of sight at its end.
const LONG: usize = 20;

/// What stands where a number does not exist.
const NONE: &str = "–";

/// Names of the columns behind the optimizers.
const HEADS: [&str; 4] = ["excess flatness", "recovered", "limit", "error"];

/// The digest for a terminal of so many columns, or for a pipe or a file: the cases with a line for every optimizer, where there is no
/// room for a table a few words, and the verdict in one line at the end.
pub fn render(digest: &Digest, columns: Option<usize>) -> String {
    let rows = || digest.groups.iter().flat_map(|group| &group.rows);
    let mut text = String::new();
    if rows().next().is_some() {
        let widths = widths(rows());
        let table = columns.is_none_or(|columns| widths.iter().map(|own| own + 2).sum::<usize>() <= columns);
        let head = line(&widths, "", HEADS.map(str::to_owned));
        if table {
            let _ = writeln!(text, "{head}");
        }
        for group in &digest.groups {
            let _ = writeln!(text, "{}", wrapped(&format!("{}: {}", group.title, group.known), columns, 4));
            for row in &group.rows {
                text += &if table { in_line(row, &widths, columns) } else { in_words(row, columns) };
            }
        }
        if table && rows().count() > LONG {
            let _ = writeln!(text, "{head}");
        }
        let legend = if widths[3] > 0 { LEGEND } else { WITHOUT_MINIMA };
        let _ = writeln!(text, "\n{}", wrapped(legend, columns, 0));
        if rows().any(|row| row.stands_in) {
            let _ = writeln!(text, "{}", wrapped(WHERE_STOPPED, columns, 2));
        }
        text.push('\n');
    }
    if !digest.verdict.is_empty() {
        // Characters at which no browser breaks a line.
        let verdict = digest.verdict.replace('\u{2011}', "-").replace('\u{a0}', " ");
        let _ = writeln!(text, "{}", wrapped(&verdict, columns, 0));
    }
    text
}

/// Columns of the names and of the cells; none for what no row has anything to say of, as recovery where no truth is known.
fn widths<'a>(rows: impl Iterator<Item = &'a DigestRow> + Clone) -> [usize; 5] {
    let mut widths = [0, 15, 9, 5, 5];
    for (index, widest) in widths.iter_mut().enumerate().skip(1) {
        if rows.clone().all(|row| cells(row)[index - 1] == NONE) {
            *widest = 0;
        }
    }
    for row in rows {
        let own = [row.name.clone()].into_iter().chain(cells(row));
        let own = widths.iter_mut().zip(own).filter(|(widest, cell)| **widest > 0 || cell != NONE);
        own.for_each(|(widest, cell)| *widest = (*widest).max(width(&cell)));
    }
    widths
}

/// The cells of a row, in the order of their heads.
fn cells(row: &DigestRow) -> [String; 4] {
    let mark = |text: &str| format!("{text}{}", if row.stands_in && text != NONE { "*" } else { "" });
    [row.flatness.clone(), mark(&row.recovered), row.limit.clone(), mark(&row.error)]
}

/// A name and cells beneath each other.
fn line(widths: &[usize; 5], name: &str, cells: [String; 4]) -> String {
    let fill = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(width(text)));
    let mut text = format!("  {name}{}", fill(name, widths[0]));
    for (cell, columns) in cells.iter().zip(&widths[1..]).filter(|(_, columns)| **columns > 0) {
        text += &format!("  {}{cell}", fill(cell, *columns));
    }
    text
}

fn in_line(row: &DigestRow, widths: &[usize; 5], columns: Option<usize>) -> String {
    let text = line(widths, &row.name, cells(row));
    let notes = row.notes.join("; ");
    match columns {
        _ if notes.is_empty() => text + "\n",
        Some(columns) if width(&text) + 2 + width(&notes) > columns => {
            format!("{text}\n{}\n", wrapped(&format!("      {notes}"), Some(columns), 6))
        }
        _ => format!("{text}  {notes}\n"),
    }
}

fn in_words(row: &DigestRow, columns: Option<usize>) -> String {
    let cells = cells(row).into_iter().zip(HEADS).filter(|(cell, _)| cell != NONE);
    let words: Vec<String> =
        cells.map(|(cell, head)| format!("{head} {cell}")).chain(row.notes.iter().cloned()).collect();
    let words = if words.is_empty() { NONE.to_owned() } else { words.join(", ") };
    wrapped(&format!("  {}: {words}", row.name), columns, 4) + "\n"
}

#[cfg(test)]
mod tests {
    use flatbench_records::{Init, LimitState, Outcome, Record, Split};
    use flatbench_report::{Input, Source, digest};
    use flatbench_runner::Catalog;

    use super::*;
    use crate::catalog::Families;

    /// Compared records of the reference report from the large start.
    fn records(case: &str, optimizers: &[&str]) -> Vec<Record> {
        let all = include_str!("../../../reports/reference/records.jsonl").lines();
        let all = all.map(|line| serde_json::from_str::<Record>(line).expect("it is committed"));
        let kept = |record: &Record| {
            (record.case.as_str(), record.init, record.split) == (case, Init::Large, Split::Evaluation)
                && optimizers.contains(&record.optimizer.as_str())
        };
        all.filter(kept).collect()
    }

    /// The table of records in which nothing stands beside another.
    fn table(records: Vec<Record>, columns: Option<usize>) -> String {
        let source = Source { records, ..Source::default() };
        let input = Input { families: Families::new().families().to_vec(), sources: vec![source], ..Input::default() };
        render(&digest(&input), columns)
    }

    /// The cells after the name of `optimizer`.
    fn cells<'a>(text: &'a str, optimizer: &str) -> Vec<&'a str> {
        let line = text.lines().find(|line| line.trim_start().starts_with(optimizer)).expect("it has a line");
        line.split_whitespace().skip(1).collect()
    }

    #[test]
    fn excess_recovery_and_limits_are_shown_and_the_verdict_ends_it() {
        let text = table(records("sensing", &["gd", "trace-penalty"]), None);
        assert!(text.contains("sensing, large start: flattest minimum certified, and it is the truth\n"), "{text}");
        let (flat, gd) = (cells(&text, "trace-penalty"), cells(&text, "gd"));
        assert_eq!(flat[0], "1.000×", "{text}");
        let all = flat[2].split_once('/').expect("a share");
        assert!(all.0 == all.1 && flat[1] == flat[2] && gd[1] == format!("0/{}", all.1), "{text}");
        assert!(!text.contains("failed") && !text.contains('*'), "{text}");
        let last = text.lines().last().expect("a line");
        assert!(last.starts_with("From a large start: ") && last.contains("trace-penalty reached"), "{text}");
        assert!(!text.contains(['\u{2011}', '\u{a0}', '\u{2068}', '\u{1b}']), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_none_is_broken_in_a_pipe() {
        let mut all = records("sensing", &["gd", "sam", "trace-penalty"]);
        for record in all.iter_mut().filter(|record| record.optimizer == "sam") {
            let limit = record.result.limit.as_mut().expect("it was searched");
            (limit.state, limit.reason) = (LimitState::NotReached, Some("held at the saddle at zero".to_owned()));
        }
        let whole = table(all.clone(), None);
        for columns in [40, 60, 80, 140] {
            let text = table(all.clone(), Some(columns));
            for line in text.lines() {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("held at the saddle at zero"), "{text}");
            assert!(words.contains(whole.lines().last().expect("a verdict")), "{text}");
        }
        let narrow = table(all, Some(40));
        assert!(narrow.contains("  gd: excess flatness ") && narrow.contains("trace-penalty: excess"), "{narrow}");
    }

    #[test]
    fn flatness_off_minima_is_not_shown_and_the_reason_is() {
        let mut records = records("sensing", &["gd", "sam"]);
        for record in records.iter_mut().filter(|record| record.optimizer == "sam") {
            let limit = record.result.limit.as_mut().expect("it was searched");
            (limit.state, limit.reason) = (LimitState::NotReached, Some("held at the saddle at zero".to_owned()));
            let iterate = record.result.iterate.as_mut().expect("it completed");
            (iterate.hessian_trace, iterate.relative_error) = (Some(1.5e-4), Some(1.469));
        }
        let n = records.iter().filter(|record| record.optimizer == "sam").count();
        let text = table(records, None);
        let (recovered, limit) = (format!("0/{n}*"), format!("0/{n}"));
        assert_eq!(cells(&text, "sam")[..4], ["–", &recovered, &limit, "1.47*"], "{text}");
        let line = text.lines().find(|line| line.contains("sam")).expect("it has a line");
        assert!(line.ends_with(&format!("held at the saddle at zero: {n} of {n} runs")), "{text}");
        assert!(text.contains(WHERE_STOPPED), "{text}");
    }

    #[test]
    fn settings_of_which_none_was_chosen_have_lines_of_their_own() {
        let mut records = records("sensing", &["gd"]);
        let mut second = records.clone();
        records.iter_mut().chain(&mut second).for_each(|record| record.selected = false);
        for record in &mut second {
            record.key.push('b');
            record.hyperparameters.insert("step_size".to_owned(), 0.25.into());
        }
        records.extend(second);
        let text = table(records, None);
        assert_eq!(text.lines().filter(|line| line.starts_with("  gd step_size=")).count(), 2, "{text}");
    }

    #[test]
    fn what_is_not_certified_is_not_called_so() {
        let mut records = records("sensing", &["gd"]);
        for record in &mut records {
            let flat = record.result.reference.flat.as_mut().expect("it was solved");
            (flat.certified, flat.lower, flat.upper) =
                (false, Some(flat.hessian_trace / 2.0), Some(flat.hessian_trace));
        }
        let text = table(records.clone(), None);
        assert!(text.contains("flattest minimum known, not certified") && cells(&text, "gd")[1] == "to", "{text}");
        for record in &mut records {
            let flat = record.result.reference.flat.as_mut().expect("it was solved");
            flat.lower = flat.upper;
        }
        let text = table(records.clone(), None);
        assert_eq!(cells(&text, "gd")[0], "≈", "{text}");
        for record in &mut records {
            let reference = &mut record.result.reference;
            (reference.flat, reference.missing) =
                (None, Some("flattest: no zero-loss point; norm-minimal: none".to_owned()));
        }
        let text = table(records, None);
        assert!(text.contains("no flattest minimum: no zero-loss point\n") && text.contains("  tr H "), "{text}");
    }

    #[test]
    fn a_control_has_no_flatness() {
        let records = records("phase-control", &["gd", "trace-penalty"]);
        assert!(!records.is_empty());
        let text = table(records, None);
        assert!(text.contains("control: no minimum is flatter than another"), "{text}");
        let head = text.lines().next().expect("a head");
        assert!(!head.contains("flatness") && head.contains("recovered") && !text.contains("tr H -"), "{text}");
    }

    #[test]
    fn failures_are_named_where_there_are_some() {
        for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Completed) {
            let mut records = records("sensing", &["gd", "sam"]);
            let n = records.iter().filter(|record| record.optimizer == "sam").count();
            records.iter_mut().filter(|record| record.optimizer == "sam").for_each(|r| r.result.outcome = outcome);
            let text = table(records, None);
            let line = text.lines().find(|line| line.contains("sam ")).expect("it has a line");
            let expected = match outcome.is_failure() {
                true => format!("failed ({outcome}: {n} of {n})"),
                false => format!("{n} runs skipped"),
            };
            assert!(line.ends_with(&expected) && cells(&text, "sam")[0] == "–", "{outcome}: {text}");
            assert!(!text.contains('*'), "{text}");
        }
    }

    #[test]
    fn without_a_truth_nothing_is_recovered_and_the_error_is_that_on_held_out_data() {
        let mut unknown = records("sensing", &["gd"]);
        for record in &mut unknown {
            let result = &mut record.result;
            (result.limit, result.reference) = (None, Default::default());
            for metrics in result.start.iter_mut().chain(&mut result.iterate) {
                (metrics.relative_error, metrics.test_loss) = (None, Some(0.25));
            }
        }
        let text = table(unknown.clone(), None);
        assert!(text.contains("truth not known, errors are on held-out data"), "{text}");
        assert_eq!(cells(&text, "gd"), ["0.250"], "{text}");
        assert!(
            !text.contains("recovered") && !text.contains("flatness") && text.contains("what the optimizers returned"),
            "{text}"
        );
        // In the units of the file, where that is known.
        for record in &mut unknown {
            record.result.iterate.as_mut().expect("it completed").test_rmse = Some(3.5);
        }
        let text = table(unknown, None);
        assert!(text.contains("errors are on held-out data: root mean squares in the units of the file"), "{text}");
        assert_eq!(cells(&text, "gd"), ["3.50"], "{text}");
    }
}
