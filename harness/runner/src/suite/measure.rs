use std::ops::Range;

use flatbench_records::{Measure, Spacing};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::model::SuiteCase;
use super::section::{Found, Section, integer, real};

/// What `checkpoints` may be.
const ALLOWED: &str = "expected a whole number from 2 to 10000, or { every = GRADIENT EQUIVALENTS }";

/// Reads `[measure]`, with the place of its checkpoints.
pub(super) fn read(table: &DeTable<'_>, span: Range<usize>, found: &Found) -> (Measure, Range<usize>) {
    let mut section = Section::new(table, span.clone(), "[measure]", found);
    let value = section.get("checkpoints");
    let place = value.map_or(span, Spanned::span);
    let checkpoints = value.and_then(|value| spacing(value, found));
    let nearest = section.flag("nearest").unwrap_or(false);
    let spectrum = section.flag("spectrum").unwrap_or(false);
    section.finish(&|_| None);
    (Measure { checkpoints, nearest, spectrum }, place)
}

fn spacing(value: &Spanned<DeValue<'_>>, found: &Found) -> Option<Spacing> {
    let refuse = |title: String| {
        found.add(value.span(), title, ALLOWED, "");
        None
    };
    match value.get_ref() {
        DeValue::Table(table) => {
            let mut section = Section::new(table, value.span(), "`checkpoints`", found);
            let every = section.get("every");
            section.finish(&|_| None);
            match every.map(|every| real(every.get_ref())) {
                Some(Some(every)) if every > 0.0 && every.is_finite() => Some(Spacing::Every { every }),
                Some(_) => refuse("`every` of `checkpoints` is not a number greater than 0".to_owned()),
                None => refuse("`checkpoints` has no `every`".to_owned()),
            }
        }
        other => match integer(other) {
            Some(number) if (2..=i64::from(Spacing::MOST)).contains(&number) => Some(Spacing::Number(number as u32)),
            Some(number) => refuse(format!("`checkpoints` is {number}")),
            None => refuse(format!("`checkpoints` is {}", super::section::describe(other))),
        },
    }
}

/// A distance that is short beside the budget of a case makes trajectories that nobody can keep.
pub(super) fn reject_too_many(measure: &Measure, place: &Range<usize>, cases: &[SuiteCase], found: &Found) {
    let Some(spacing) = measure.checkpoints else { return };
    let longest = cases.iter().max_by(|a, b| a.budget.total_cmp(&b.budget));
    let Some(case) = longest.filter(|case| case.budget / spacing.every(case.budget) > f64::from(Spacing::MOST)) else {
        return;
    };
    let title = format!("`checkpoints` makes more than {} of them for the case `{}`", Spacing::MOST, case.name);
    let least = case.budget / f64::from(Spacing::MOST);
    found.add(place.clone(), title, format!("`every` of at least {least} at its budget of {}", case.budget), "");
}
