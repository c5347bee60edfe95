use std::collections::BTreeMap;

use flatbench_records::{FamilyDescription, Metrics, Record};

use super::check::Check;
use super::suites::Bench;
use crate::catalog::Families;
use crate::sameness;
use crate::status::Failure;

pub(super) const SUITE: &str = include_str!("../../../../suites/verification/answers.toml");

/// How many times flatter than the limit of the penalty the certified flattest minimum may be.
const EXCESS: f64 = 1.001;
/// Largest relative error that counts as recovery.
const RECOVERY: f64 = 1e-6;
/// The same where the zero-loss set has an interior, of which a run ends at the rim.
const RECOVERY_WITH_INTERIOR: f64 = 1e-4;
/// Largest relative spread of the trace over a control family.
const SPREAD: f64 = 1e-6;
/// Least spread of the relative error that shows that the zero-loss points of a control differ.
const DISTINCT: f64 = 1e-2;

/// Ties, certified minima and controls, from one suite.
pub fn checks(bench: &Bench, keep: &mut dyn FnMut(Check)) -> Result<(), Failure> {
    let families = Families::new();
    let suite = bench.suite("verification/answers.toml", SUITE)?;
    let records: Vec<Record> = bench.run(&suite)?.into_iter().map(|(record, _)| record).collect();
    keep(ties(&records));
    let mut cases: Vec<(&str, Vec<&Record>)> = Vec::new();
    for record in &records {
        match cases.iter_mut().find(|(case, _)| *case == record.case) {
            Some((_, of_case)) => of_case.push(record),
            None => cases.push((&record.case, vec![record])),
        }
    }
    for (case, records) in cases {
        let family = records.first().and_then(|record| families.of(&record.family));
        let is_control =
            |family: &FamilyDescription| records.iter().all(|record| family.is_control(&record.family_parameters));
        keep(match family {
            Some(family) if is_control(family) => control(case, &records),
            _ => flattest(case, &records, family.is_some_and(|family| family.zero_loss_interior)),
        });
    }
    Ok(())
}

/// Runs of `NAME` and `NAME-again`, which are one plugin.
fn ties(records: &[Record]) -> Check {
    let place = |record: &Record| (record.case.clone(), record.init, record.repetition);
    let by_name: BTreeMap<_, &Record> =
        records.iter().map(|record| ((place(record), record.optimizer.as_str()), record)).collect();
    let (mut pairs, mut differences) = (0, Vec::new());
    for record in records {
        let Some(name) = record.optimizer.strip_suffix("-again") else { continue };
        pairs += 1;
        match by_name.get(&(place(record), name)) {
            Some(twin) => differences.extend(
                sameness::of_records(twin, record).into_iter().map(|line| format!("{} {name}: {line}", record.case)),
            ),
            None => differences.push(format!("{} has no run of {name}", record.case)),
        }
    }
    let detail = match differences.first() {
        None => format!("{pairs} pairs of runs, no bit differs"),
        Some(first) => format!("{} numbers differ in {pairs} pairs of runs, the first: {first}", differences.len()),
    };
    let numbers = [("pairs", f64::from(pairs)), ("differences", differences.len() as f64)];
    Check::new("two names of one plugin tie exactly", pairs > 0 && differences.is_empty(), detail, &numbers)
}

/// The annealed trace penalty against the certified flattest minimum.
fn flattest(case: &str, records: &[&Record], zero_loss_interior: bool) -> Check {
    let name = format!("{case}: the annealed trace penalty ends at the certified flattest minimum");
    let Some(run) = records.iter().find(|record| record.optimizer == "trace-penalty") else {
        return Check::new(name, false, "the run is missing", &[]);
    };
    let Some(reference) = &run.result.reference.flat else {
        let reason = run.result.reference.missing.clone().or(run.result.outcome_detail.clone()).unwrap_or_default();
        return Check::new(name, false, format!("there is no reference: {reason}"), &[]);
    };
    let Some(limit) = run.result.limit() else {
        let reason =
            run.result.limit.as_ref().and_then(|limit| limit.reason.clone()).or(run.result.outcome_detail.clone());
        return Check::new(name, false, format!("no limit point: {}", reason.unwrap_or_default()), &[]);
    };
    let allowed = if zero_loss_interior { RECOVERY_WITH_INTERIOR } else { RECOVERY };
    let excess = limit.excess_flatness.unwrap_or(f64::NAN);
    let error = limit.relative_error.unwrap_or(f64::NAN);
    let reference_error = reference.relative_error.unwrap_or(f64::NAN);
    let of_gd = records
        .iter()
        .find(|record| record.optimizer == "gd")
        .and_then(|record| record.result.limit()?.excess_flatness);
    let gap = reference.duality_gap.unwrap_or(f64::NAN);
    let recovers = reference_error <= RECOVERY;
    // Flatter than the flattest is as wrong as not flat; rounding and the solution's own error leave this much room.
    let is_flattest = (2.0 - EXCESS..=EXCESS).contains(&excess);
    let passed = reference.certified && is_flattest && (!recovers || error <= allowed);
    let mut detail = format!(
        "excess flatness {excess:.7} (allowed {EXCESS}), relative error {error:.1e} (allowed {allowed:.0e}), reference \
         {reference_error:.1e} with duality gap {gap:.1e}"
    );
    if !recovers {
        detail += "; the reference does not recover here, so the error is not judged";
    }
    if let Some(of_gd) = of_gd {
        detail += &format!("; gradient descent {of_gd:.3}");
    }
    let numbers = [
        ("excess_flatness", excess),
        ("relative_error", error),
        ("reference_relative_error", reference_error),
        ("duality_gap", gap),
        ("excess_flatness_of_gd", of_gd.unwrap_or(f64::NAN)),
    ];
    Check::new(name, passed, detail, &numbers)
}

/// One trace at visibly different zero-loss points.
fn control(case: &str, records: &[&Record]) -> Check {
    let name = format!("{case}: every optimizer ends at the same trace (control family)");
    let limits: Vec<&Metrics> = records.iter().filter_map(|record| record.result.limit()).collect();
    let traces: Vec<f64> = limits.iter().filter_map(|metrics| metrics.hessian_trace).collect();
    let errors: Vec<f64> = limits.iter().filter_map(|metrics| metrics.relative_error).collect();
    let spread = span(&traces) / traces.first().copied().unwrap_or(f64::NAN);
    let apart = span(&errors);
    let detail = format!(
        "{} of {} runs have a limit point; relative spread of the trace {spread:.1e} (allowed {SPREAD:.0e}) while \
         relative errors lie {apart:.3} apart (at least {DISTINCT}, or the points would not differ)",
        traces.len(),
        records.len()
    );
    let passed = traces.len() == records.len() && traces.len() > 1 && spread <= SPREAD && apart >= DISTINCT;
    Check::new(name, passed, detail, &[("relative_spread_of_trace", spread), ("spread_of_relative_error", apart)])
}

/// Largest minus smallest; not-a-number for none.
fn span(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    if values.is_empty() { f64::NAN } else { largest - smallest }
}
