//! The table at the end of a run.

use std::fmt::Write as _;

use flatbench_records::{Init, Outcome, Quality, Record, Reference};
use flatbench_report::{Entries, Reasons, held_out_error, held_out_rmse, knows_truth, no_flattest};

/// What the mark beside an error means.
const WHERE_STOPPED: &str = "* some run reached no minimum, or none was measured, and counts with where it stopped";

/// A number that runs of a case are compared by.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    /// Root mean square error of the iterate on held-out data in the units of its file.
    Rmse,
    /// Mean squared error of the iterate on held-out data, relative, where the truth is not known.
    HeldOut,
    /// tr H at the minima that were reached.
    Trace,
    /// tr H of iterates, where no run of a case without a truth reached a minimum.
    TraceOfIterates,
    /// Relative error, where the truth is known.
    Truth,
}

impl Column {
    /// In the order of the table: without a truth, held-out data are what it is about.
    const ALL: [Column; 5] = [Column::Rmse, Column::HeldOut, Column::Trace, Column::TraceOfIterates, Column::Truth];

    /// Whether it says anything of the runs of a case.
    fn is_of(self, runs: &[&Record]) -> bool {
        let truth = knows_truth(runs);
        let minima = truth || runs.iter().any(|record| record.result.limit().is_some());
        match self {
            Column::Truth => truth,
            Column::Trace => minima,
            Column::TraceOfIterates => !minima,
            Column::HeldOut => !truth,
            Column::Rmse => !truth && runs.iter().any(|record| held_out_rmse(record).is_some()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Column::Rmse => "held-out RMSE",
            Column::HeldOut => "held-out error",
            Column::Trace => "tr H",
            Column::TraceOfIterates => "tr H at iterate",
            Column::Truth => "rel. error",
        }
    }

    fn width(self) -> usize {
        self.name().len().max(if self == Column::Trace { 10 } else { 14 })
    }

    /// Of a completed run.
    fn value(self, record: &Record) -> Option<f64> {
        let result = &record.result;
        match self {
            Column::Rmse => held_out_rmse(record),
            Column::HeldOut => held_out_error(record),
            Column::Trace => result.limit()?.hessian_trace,
            Column::TraceOfIterates => result.iterate.as_ref()?.hessian_trace,
            Column::Truth => result.compared()?.relative_error,
        }
    }
}

/// Right-aligned cells.
fn cells(columns: &[Column], text: impl Fn(Column) -> String) -> String {
    columns.iter().map(|column| format!(" {:>width$}", text(*column), width = column.width())).collect()
}

/// One line per case, starting regime and entry (an optimizer, or a setting of it where none was chosen): medians over the
/// completed repetitions, of tr H at the minima that were reached, of the relative error also where an optimizer stopped if it
/// reached none, which is marked, and, where the truth is not known, of the held-out error and of tr H at the iterates if there are no
/// minima. What is known of the flattest minimum of
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
    let is_used = |column: &Column| groups.iter().any(|(_, rows)| column.is_of(rows));
    let columns: Vec<Column> = Column::ALL.into_iter().filter(is_used).collect();
    let longest = Quality::ALL.map(|quality| quality.words().len() + 2).into_iter().max().unwrap_or(0);
    let width = compared.iter().map(|record| record.case.chars().count()).max().unwrap_or(0).max(4);
    let names = compared.iter().map(|record| entries.label(record).chars().count()).max().unwrap_or(0).max(longest);
    let heads = cells(&columns, |column| column.name().to_owned());
    let mut text = format!("{:<width$}  init   {:<names$}{heads}  failed\n", "case", "optimizer");
    let mut stopped = false;
    for ((case, init), rows) in &groups {
        let own: Vec<Column> = columns.iter().copied().filter(|column| column.is_of(rows)).collect();
        // Without a truth and a minimum there is nothing to be said of the flattest one, and one reason for all runs is said once.
        let is_plain = own.contains(&Column::TraceOfIterates);
        let mut labels: Vec<String> = Vec::new();
        for record in rows {
            let label = entries.label(record);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        for (position, label) in labels.iter().enumerate() {
            let runs: Vec<&Record> = rows.iter().copied().filter(|record| entries.label(record) == *label).collect();
            let (shown_case, shown_init) = if position == 0 { (*case, init.name()) } else { ("", "") };
            let (line, marked) = line(&runs, &own, &columns, !is_plain);
            stopped |= marked;
            let _ = writeln!(text, "{shown_case:<width$}  {shown_init:<5}  {label:<names$}{line}");
        }
        let flat: Vec<_> = rows.iter().filter_map(|record| record.result.reference.flat.as_ref()).collect();
        if let Some(quality) = flat.iter().map(|flat| flat.quality()).max() {
            let words = format!("({})", quality.words());
            let _ = writeln!(text, "{:<width$}         {words:<names$}{}", "", known(&flat, &columns));
        } else if is_plain {
            let reasons = Reasons::of(rows.iter().copied()).words(rows.len());
            if !reasons.is_empty() {
                let _ = writeln!(text, "{:<width$}         (no zero-loss point: {reasons})", "");
            }
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
fn line(runs: &[&Record], own: &[Column], columns: &[Column], reasons: bool) -> (String, bool) {
    let completed = || runs.iter().filter(|record| record.result.outcome == Outcome::Completed);
    let failed = runs.iter().filter(|record| record.result.outcome.is_failure()).count();
    let of = |column: Column| completed().filter_map(move |record| column.value(record));
    let is_short = |record: &&&Record| record.result.limit().is_none() && Column::Truth.value(record).is_some();
    let marked = own.contains(&Column::Truth) && completed().any(|record| is_short(&record));
    let cell = |column: Column| match own.contains(&column) {
        true => number(median(of(column).collect())) + if marked && column == Column::Truth { "*" } else { "" },
        false => "-".to_owned(),
    };
    let reasons = if reasons { Reasons::of(runs.iter().copied()).words(runs.len()) } else { String::new() };
    let text = format!("{}  {failed}/{}  {reasons}", cells(columns, cell), runs.len());
    (text.trim_end().to_owned(), marked)
}

/// Medians of the references, with the ends between which the flattest minimum lies where they are apart.
fn known(flat: &[&Reference], columns: &[Column]) -> String {
    let middle = |of: &dyn Fn(&Reference) -> Option<f64>| median(flat.iter().filter_map(|flat| of(flat)).collect());
    let text = cells(columns, |column| match column {
        Column::Trace => number(middle(&|flat| Some(flat.hessian_trace))),
        Column::Truth => number(middle(&|flat| flat.relative_error)),
        _ => "-".to_owned(),
    });
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
        assert!(text.contains("held-out error tr H at iterate") && !text.contains("rel. error"), "{text}");
        assert_eq!(cells(&text, "gd")[0], "0.250", "{text}");
        assert!(cells(&text, "gd")[1].parse::<f64>().is_ok() && !text.contains("flattest"), "{text}");
        assert!(!text.contains('*'), "the report shows held-out errors of iterates alone: {text}");
        let both = render(&[&known[..], &unknown].concat());
        let head = both.lines().next().expect("a head").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(head, "case init optimizer held-out error tr H tr H at iterate rel. error failed", "{both}");
        let line = both.lines().find(|line| line.starts_with("ratings")).expect("it has a line");
        assert_eq!([cells(line, "gd")[0], cells(line, "gd")[1], cells(line, "gd")[3]], ["0.250", "-", "-"], "{both}");
        assert_eq!([cells(&both, "gd")[0], cells(&both, "gd")[2]], ["-", "-"], "{both}");
        // In the units of the file it leads, and why no minimum was reached is said once.
        for record in &mut unknown {
            record.result.iterate.as_mut().expect("it completed").test_rmse = Some(3.5);
            record.result.limit = known[0].result.limit.clone();
            let limit = record.result.limit.as_mut().expect("it was searched");
            (limit.state, limit.reason) =
                (LimitState::NotReached, Some("measurements contradict each other".to_owned()));
        }
        let text = render(&unknown);
        assert_eq!(cells(&text, "gd")[..2], ["3.500", "0.250"], "{text}");
        assert_eq!(text.matches("contradict each other").count(), 1, "{text}");
    }
}
