//! The table at the end of a run.

use std::fmt::Write as _;

use flatbench_records::{Init, Metrics, Record, Reference, Split};

/// The longest name of a line that is no optimizer's.
const APPROXIMATE: &str = "(approximate flattest)";

/// One line per case, starting regime and optimizer: medians over the repetitions of the chosen setting, at the zero-loss
/// point next to where the optimizer stopped, or where it stopped if there is none. The flattest minimum of each case is a
/// line of its own.
pub fn render(records: &[Record]) -> String {
    let evaluated: Vec<&Record> = records.iter().filter(|record| record.split == Split::Evaluation).collect();
    let mut groups: Vec<(&str, Init)> = Vec::new();
    for record in &evaluated {
        let group = (record.case.as_str(), record.init);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let width = evaluated.iter().map(|record| record.case.len()).max().unwrap_or(0).max(4);
    let names = evaluated.iter().map(|record| label(record).len()).max().unwrap_or(0).max(APPROXIMATE.len());
    let mut text =
        format!("{:<width$}  init   {:<names$} {:>10} {:>11}  failed\n", "case", "optimizer", "tr H", "rel. error");
    for (case, init) in groups {
        let rows: Vec<&Record> =
            evaluated.iter().copied().filter(|record| record.case == case && record.init == init).collect();
        let mut optimizers: Vec<String> = Vec::new();
        for record in &rows {
            if !optimizers.contains(&label(record)) {
                optimizers.push(label(record));
            }
        }
        for (position, optimizer) in optimizers.iter().enumerate() {
            let of_it: Vec<&Record> = rows.iter().copied().filter(|record| label(record) == *optimizer).collect();
            let median_of = |field: &dyn Fn(&Metrics) -> Option<f64>| {
                median(of_it.iter().filter_map(|record| field(record.result.compared()?)).collect())
            };
            let failed = of_it.iter().filter(|record| record.result.outcome.is_failure()).count();
            let (shown_case, shown_init) = if position == 0 { (case, init.name()) } else { ("", "") };
            let _ = writeln!(
                text,
                "{shown_case:<width$}  {shown_init:<5}  {optimizer:<names$} {:>10} {:>11}  {failed}/{}",
                number(median_of(&|metrics| metrics.hessian_trace)),
                number(median_of(&|metrics| metrics.relative_error)),
                of_it.len()
            );
        }
        let flat: Vec<_> = rows.iter().filter_map(|record| record.result.reference.flat.as_ref()).collect();
        if !flat.is_empty() {
            let name = flattest(&flat);
            let _ = writeln!(
                text,
                "{:<width$}         {name:<names$} {:>10} {:>11}",
                "",
                number(median(flat.iter().map(|flat| flat.hessian_trace).collect())),
                number(median(flat.iter().filter_map(|flat| flat.relative_error).collect()))
            );
        }
    }
    text
}

/// What the flattest minima of a case are known to be, all of them.
fn flattest(known: &[&Reference]) -> &'static str {
    if !known.iter().all(|flat| flat.exact) {
        APPROXIMATE
    } else if known.iter().all(|flat| flat.certified) {
        "(certified flattest)"
    } else {
        "(flattest)"
    }
}

/// The optimizer, with its setting where several are evaluated.
fn label(record: &Record) -> String {
    if record.selected {
        return record.optimizer.clone();
    }
    let setting: Vec<String> = record.hyperparameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", record.optimizer, setting.join(" "))
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

    #[test]
    fn only_an_exact_flattest_minimum_is_called_certified() {
        let known = |certified, exact| Reference { hessian_trace: 1.0, certified, exact, ..Reference::default() };
        assert_eq!(flattest(&[&known(true, true)]), "(certified flattest)");
        assert_eq!(flattest(&[&known(true, true), &known(true, false)]), "(approximate flattest)");
        assert_eq!(flattest(&[&known(false, true), &known(true, true)]), "(flattest)");
    }
}
