//! The table at the end of a run.

use std::fmt::Write as _;

use flatbench_records::{Init, Outcome, Quality, Record, Reference};
use flatbench_report::{Entries, Reasons, held_out_error, knows_truth, no_flattest};

/// What the mark beside an error means.
const WHERE_STOPPED: &str = "* some run reached no minimum, or none was measured, and counts with where it stopped";

/// What the errors of a case are measured by, and so the column that they stand in.
#[derive(Clone, Copy, PartialEq)]
enum ErrorColumn {
    /// Relative error, where the truth is known.
    Truth,
    /// Mean squared error of the iterate on held-out data, where it is not.
    HeldOut,
}

impl ErrorColumn {
    fn of(runs: &[&Record]) -> Self {
        if knows_truth(runs) { ErrorColumn::Truth } else { ErrorColumn::HeldOut }
    }

    fn name(self) -> &'static str {
        match self {
            ErrorColumn::Truth => "rel. error",
            ErrorColumn::HeldOut => "held-out error",
        }
    }

    /// Right-aligned cells, of which only this one has `error` in it.
    fn cells(self, columns: &[ErrorColumn], error: &str) -> String {
        let cell = |column: &ErrorColumn| format!(" {:>14}", if *column == self { error } else { "-" });
        columns.iter().map(cell).collect()
    }
}

/// One line per case, starting regime and entry (an optimizer, or a setting of it where none was chosen): medians over the
/// completed repetitions, of tr H at the minima that were reached, of the relative error also where an optimizer stopped if it
/// reached none, which is marked, and of the held-out error where the truth is not known. What is known of the flattest minimum of
/// each case is a line of its own.
pub fn render(records: &[Record]) -> String {
    let entries = Entries::of(records);
    let compared: Vec<&Record> = records.iter().filter(|record| entries.is_compared(record)).collect();
    let mut groups: Vec<((&str, Init), Vec<&Record>)> = Vec::new();
    for &record in &compared {
        let group = (record.case.as_str(), record.init);
        match groups.iter_mut().find(|(own, _)| *own == group) {
            Some((_, rows)) => rows.push(record),
            None => groups.push((group, vec![record])),
        }
    }
    let is_used = |column: &ErrorColumn| groups.iter().any(|(_, rows)| ErrorColumn::of(rows) == *column);
    let columns: Vec<ErrorColumn> = [ErrorColumn::Truth, ErrorColumn::HeldOut].into_iter().filter(is_used).collect();
    let longest = Quality::ALL.map(|quality| quality.words().len() + 2).into_iter().max().unwrap_or(0);
    let width = compared.iter().map(|record| record.case.chars().count()).max().unwrap_or(0).max(4);
    let names = compared.iter().map(|record| entries.label(record).chars().count()).max().unwrap_or(0).max(longest);
    let heads: String = columns.iter().map(|column| format!(" {:>14}", column.name())).collect();
    let mut text = format!("{:<width$}  init   {:<names$} {:>10}{heads}  failed\n", "case", "optimizer", "tr H");
    let mut stopped = false;
    for ((case, init), rows) in &groups {
        let error = ErrorColumn::of(rows);
        let mut labels: Vec<String> = Vec::new();
        for record in rows {
            let label = entries.label(record);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        for (position, label) in labels.iter().enumerate() {
            let own: Vec<&Record> = rows.iter().copied().filter(|record| entries.label(record) == *label).collect();
            let (shown_case, shown_init) = if position == 0 { (*case, init.name()) } else { ("", "") };
            let (line, marked) = line(&own, error, &columns);
            stopped |= marked;
            let _ = writeln!(text, "{shown_case:<width$}  {shown_init:<5}  {label:<names$} {line}");
        }
        let flat: Vec<_> = rows.iter().filter_map(|record| record.result.reference.flat.as_ref()).collect();
        if let Some(quality) = flat.iter().map(|flat| flat.quality()).max() {
            let words = format!("({})", quality.words());
            let _ = writeln!(text, "{:<width$}         {words:<names$} {}", "", known(&flat, error, &columns));
        } else if let Some(reason) = rows.iter().find_map(|record| no_flattest(&record.result.reference)) {
            let _ = writeln!(text, "{:<width$}         (no flattest minimum: {reason})", "");
        }
    }
    if stopped {
        let _ = writeln!(text, "{WHERE_STOPPED}");
    }
    text
}

/// Medians of an entry on a case over its completed runs, and how many of its runs failed or reached no minimum; and whether its
/// error is marked. What a failed run left behind is nothing that its optimizer returned.
fn line(runs: &[&Record], error: ErrorColumn, columns: &[ErrorColumn]) -> (String, bool) {
    let completed = || runs.iter().filter(|record| record.result.outcome == Outcome::Completed);
    let failed = runs.iter().filter(|record| record.result.outcome.is_failure()).count();
    let trace = median(completed().filter_map(|record| record.result.limit()?.hessian_trace).collect());
    let (value, marked) = match error {
        ErrorColumn::Truth => {
            let of = |record: &&&Record| record.result.compared()?.relative_error;
            let marked = completed().any(|record| record.result.limit().is_none() && of(&record).is_some());
            (median(completed().filter_map(|record| of(&record)).collect()), marked)
        }
        ErrorColumn::HeldOut => (median(completed().filter_map(|record| held_out_error(record)).collect()), false),
    };
    let shown = format!("{}{}", number(value), if marked { "*" } else { "" });
    let reasons = Reasons::of(runs.iter().copied()).words(runs.len());
    let text = format!("{:>10}{}  {failed}/{}  {reasons}", number(trace), error.cells(columns, &shown), runs.len());
    (text.trim_end().to_owned(), marked)
}

/// Medians of the references, with the ends between which the flattest minimum lies where they are apart.
fn known(flat: &[&Reference], error: ErrorColumn, columns: &[ErrorColumn]) -> String {
    let middle = |of: &dyn Fn(&Reference) -> Option<f64>| median(flat.iter().filter_map(|flat| of(flat)).collect());
    let trace = number(middle(&|flat| Some(flat.hessian_trace)));
    let text = format!("{trace:>10}{}", error.cells(columns, &number(middle(&|flat| flat.relative_error))));
    let apart = flat.iter().any(|flat| !flat.is_minimum());
    match (middle(&Reference::least), middle(&Reference::known)) {
        (Some(least), Some(known)) if apart => {
            format!("{text}  between {} and {}", number(Some(least)), number(Some(known)))
        }
        _ => text,
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let above = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(above) } else { Some((values[middle - 1] + above) / 2.0) }
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(x) if x != 0.0 && !(1e-3..1e5).contains(&x.abs()) => format!("{x:.1e}"),
        Some(x) if x.abs() >= 100.0 => format!("{x:.1}"),
        Some(x) => format!("{x:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::LimitState;

    /// Records of the reference report, as far as a test needs them.
    fn records(optimizers: &[&str]) -> Vec<Record> {
        let all = include_str!("../../../reports/reference/records.jsonl").lines();
        let all = all.map(|line| serde_json::from_str::<Record>(line).expect("it is committed"));
        let kept = |record: &Record| {
            record.case == "sensing"
                && record.init == Init::Large
                && record.split == flatbench_records::Split::Evaluation
                && optimizers.contains(&record.optimizer.as_str())
        };
        all.filter(kept).collect()
    }

    #[test]
    fn flatness_off_minima_is_not_shown_and_the_reason_is() {
        let mut records = records(&["gd", "sam"]);
        assert!(!records.is_empty());
        for record in records.iter_mut().filter(|record| record.optimizer == "sam") {
            let limit = record.result.limit.as_mut().expect("it was searched");
            (limit.state, limit.reason) = (LimitState::NotReached, Some("held at the saddle at zero".to_owned()));
            record.result.iterate.as_mut().expect("it completed").hessian_trace = Some(1.5e-4);
        }
        let text = render(&records);
        let n = records.iter().filter(|record| record.optimizer == "sam").count();
        let line = text.lines().find(|line| line.contains("sam")).expect("it has a line");
        assert!(line.ends_with(&format!("held at the saddle at zero: {n} of {n} runs")), "{text}");
        assert!(!text.contains("1.5e-4"), "{text}");
        assert!(text.contains("(certified flattest minimum)"), "{text}");
    }

    #[test]
    fn settings_of_which_none_was_chosen_have_lines_of_their_own() {
        let mut records = records(&["gd"]);
        let mut second = records.clone();
        records.iter_mut().chain(&mut second).for_each(|record| record.selected = false);
        for record in &mut second {
            record.key.push('b');
            record.hyperparameters.insert("step_size".to_owned(), 0.25.into());
        }
        records.extend(second);
        let text = render(&records);
        assert!(text.contains("gd step_size=0.25 ") && text.matches("gd step_size=").count() == 2, "{text}");
    }

    #[test]
    fn what_is_known_of_the_flattest_is_called_by_the_least_of_it() {
        let mut records = records(&["gd"]);
        let flat = records[0].result.reference.flat.as_mut().expect("it was solved");
        (flat.certified, flat.lower, flat.upper) = (false, Some(flat.hessian_trace / 2.0), Some(flat.hessian_trace));
        let text = render(&records[..1]);
        assert!(text.contains("(flattest minimum known)") && text.contains("  between "), "{text}");
        let reference = &mut records[0].result.reference;
        (reference.flat, reference.missing) =
            (None, Some("flattest: no zero-loss point; norm-minimal: none".to_owned()));
        let text = render(&records[..1]);
        assert!(text.contains("(no flattest minimum: no zero-loss point)\n"), "{text}");
    }

    /// The cells after the name of `optimizer`.
    fn cells<'a>(text: &'a str, optimizer: &str) -> Vec<&'a str> {
        let line = text.lines().find(|line| line.contains(optimizer)).expect("it has a line");
        line.split_whitespace().skip_while(|word| *word != optimizer).skip(1).collect()
    }

    #[test]
    fn what_failed_runs_left_behind_is_not_shown() {
        for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Completed) {
            let mut records = records(&["gd", "sam"]);
            let n = records.iter().filter(|record| record.optimizer == "sam").count();
            records.iter_mut().filter(|record| record.optimizer == "sam").for_each(|r| r.result.outcome = outcome);
            let text = render(&records);
            let failed = format!("{}/{n}", if outcome.is_failure() { n } else { 0 });
            assert_eq!(cells(&text, "sam"), ["-", "-", failed.as_str()], "{outcome}: {text}");
            assert!(cells(&text, "gd")[1].parse::<f64>().is_ok() && !text.contains('*'), "{text}");
        }
    }

    #[test]
    fn errors_of_where_a_run_stopped_are_marked() {
        for unmeasured in [false, true] {
            let mut records = records(&["gd", "sam"]);
            for record in records.iter_mut().filter(|record| record.optimizer == "sam") {
                if unmeasured {
                    (record.result.limit, record.result.unmeasured) = (None, Some("it took too long".to_owned()));
                } else {
                    record.result.limit.as_mut().expect("it was searched").state = LimitState::NotReached;
                }
                record.result.iterate.as_mut().expect("it completed").relative_error = Some(1.469);
            }
            let text = render(&records);
            assert_eq!(cells(&text, "sam")[..2], ["-", "1.469*"], "{text}");
            assert!(cells(&text, "gd")[1].parse::<f64>().is_ok(), "{text}");
            assert!(text.ends_with(&format!("{WHERE_STOPPED}\n")), "{text}");
        }
    }

    #[test]
    fn without_a_truth_the_error_is_that_on_held_out_data() {
        let known = records(&["gd"]);
        let mut unknown = known.clone();
        for record in &mut unknown {
            record.case = "ratings".to_owned();
            let (result, reference) = (&mut record.result, Default::default());
            (result.limit, result.reference) = (None, reference);
            for metrics in result.start.iter_mut().chain(&mut result.iterate) {
                (metrics.relative_error, metrics.test_loss) = (None, Some(0.25));
            }
        }
        let text = render(&unknown);
        assert!(text.contains("held-out error") && !text.contains("rel. error"), "{text}");
        assert_eq!(cells(&text, "gd")[..2], ["-", "0.250"], "{text}");
        assert!(!text.contains('*'), "the report shows held-out errors of iterates alone: {text}");
        let both = render(&[known, unknown].concat());
        assert!(both.contains("rel. error held-out error"), "{both}");
        let ratings = both.lines().position(|line| line.starts_with("ratings")).expect("it has a line");
        let line = both.lines().nth(ratings).expect("there");
        assert_eq!(cells(line, "gd")[..3], ["-", "-", "0.250"], "{both}");
        assert_eq!(cells(&both, "gd")[2], "-", "{both}");
    }
}
