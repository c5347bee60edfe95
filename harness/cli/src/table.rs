//! The table at the end of a run.

use std::fmt::Write as _;

use flatbench_records::{Init, Quality, Record, Reference};
use flatbench_report::{Entries, Reasons, no_flattest};

/// One line per case, starting regime and entry (an optimizer, or a setting of it where none was chosen): medians over the
/// repetitions, of tr H at the minima that were reached, of the error also where an optimizer stopped if it reached none. What is known
/// of the flattest minimum of each case is a line of its own.
pub fn render(records: &[Record]) -> String {
    let entries = Entries::of(records);
    let compared: Vec<&Record> = records.iter().filter(|record| entries.is_compared(record)).collect();
    let mut groups: Vec<(&str, Init)> = Vec::new();
    for record in &compared {
        let group = (record.case.as_str(), record.init);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let longest = Quality::ALL.map(|quality| quality.words().len() + 2).into_iter().max().unwrap_or(0);
    let width = compared.iter().map(|record| record.case.chars().count()).max().unwrap_or(0).max(4);
    let names = compared.iter().map(|record| entries.label(record).chars().count()).max().unwrap_or(0).max(longest);
    let mut text =
        format!("{:<width$}  init   {:<names$} {:>10} {:>11}  failed\n", "case", "optimizer", "tr H", "rel. error");
    for (case, init) in groups {
        let rows: Vec<&Record> =
            compared.iter().copied().filter(|record| record.case == case && record.init == init).collect();
        let mut labels: Vec<String> = Vec::new();
        for record in &rows {
            let label = entries.label(record);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        for (position, label) in labels.iter().enumerate() {
            let own: Vec<&Record> = rows.iter().copied().filter(|record| entries.label(record) == *label).collect();
            let (shown_case, shown_init) = if position == 0 { (case, init.name()) } else { ("", "") };
            let _ = writeln!(text, "{shown_case:<width$}  {shown_init:<5}  {label:<names$} {}", line(&own));
        }
        let flat: Vec<_> = rows.iter().filter_map(|record| record.result.reference.flat.as_ref()).collect();
        if let Some(quality) = flat.iter().map(|flat| flat.quality()).max() {
            let _ =
                writeln!(text, "{:<width$}         {:<names$} {}", "", format!("({})", quality.words()), known(&flat));
        } else if let Some(reason) = rows.iter().find_map(|record| no_flattest(&record.result.reference)) {
            let _ = writeln!(text, "{:<width$}         (no flattest minimum: {reason})", "");
        }
    }
    text
}

/// Medians of an entry on a case, and how many of its runs failed or reached no minimum.
fn line(runs: &[&Record]) -> String {
    let middle = |of: &dyn Fn(&Record) -> Option<f64>| median(runs.iter().filter_map(|record| of(record)).collect());
    let failed = runs.iter().filter(|record| record.result.outcome.is_failure()).count();
    let reasons = Reasons::of(runs.iter().copied()).words(runs.len());
    let text = format!(
        "{:>10} {:>11}  {failed}/{}  {reasons}",
        number(middle(&|record| record.result.limit()?.hessian_trace)),
        number(middle(&|record| record.result.compared()?.relative_error)),
        runs.len()
    );
    text.trim_end().to_owned()
}

/// Medians of the references, with the ends between which the flattest minimum lies where they are apart.
fn known(flat: &[&Reference]) -> String {
    let middle = |of: &dyn Fn(&Reference) -> Option<f64>| median(flat.iter().filter_map(|flat| of(flat)).collect());
    let trace = number(middle(&|flat| Some(flat.hessian_trace)));
    let text = format!("{trace:>10} {:>11}", number(middle(&|flat| flat.relative_error)));
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
}
