use std::collections::BTreeMap;

use flatbench_records::{Init, MeasurementAmount, Record};

use crate::statistics::{Interval, wilson};
use crate::study::{End, MANY_SETTINGS, RECOVERED, Run, Study};

/// Success against how much is measured, everything else equal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phase<'a> {
    pub(crate) family: String,
    pub(crate) sizes: String,
    pub(crate) init: Init,
    pub(crate) rank: Option<usize>,
    /// What decides how much is measured.
    pub(crate) amount: &'a str,
    /// Whether more of it makes recovery harder.
    pub(crate) harms: bool,
    /// Whether it is a factor, whose steps are ratios.
    pub(crate) logarithmic: bool,
    /// By optimizer.
    pub(crate) curves: Vec<(usize, Vec<PhasePoint>)>,
    /// Instances whose certified flattest minimum is the truth: what an optimizer can do that finds the flattest one.
    pub(crate) flattest: Vec<PhasePoint>,
}

/// Trials at one amount of measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PhasePoint {
    pub(crate) amount: f64,
    pub(crate) success: Interval,
    pub(crate) recovered: usize,
    pub(crate) trials: usize,
}

/// What says how much is measured where no parameter of the family does.
pub(super) const MEASUREMENTS: &str = "measurements m";

/// What a start is multiplied by.
pub(super) const SCALE: &str = "size of the start init_scale";

/// How much a run measured.
#[derive(Clone, Copy)]
pub(super) struct Amount<'a> {
    /// What it is, as on an axis.
    pub(super) label: &'a str,
    /// How much: finite.
    pub(super) value: f64,
    /// Whether more of it makes recovery harder.
    pub(super) harms: bool,
}

/// The amount by the family's own parameter where it has one, otherwise by the number of measurements.
pub(super) fn amount<'a>(study: &Study<'a>, record: &Record) -> Option<Amount<'a>> {
    let own = study.amount(&record.family).and_then(|MeasurementAmount { parameter, label, harms }| {
        let value = record.family_parameters.get(parameter)?.as_real().filter(|value| value.is_finite())?;
        Some(Amount { label, value, harms: *harms })
    });
    own.or_else(|| Some(Amount { label: MEASUREMENTS, value: record.dimensions?.measurements as f64, harms: false }))
}

/// What the runs of a diagram have in common beside their series.
type Place<'a> = (&'a str, String, String, Init, (&'a str, bool), Option<usize>, Option<u64>);

/// One diagram for every series of cases (names equal but for their numbers), size, rank and start with at least three amounts of
/// measurement; then one for every series with at least three sizes of the start.
pub(crate) fn phases<'a>(study: &Study<'a>) -> Vec<Phase<'a>> {
    // Finite numbers that are not negative order as their bits do.
    let mut by_amount: BTreeMap<Place, BTreeMap<u64, Vec<&Run>>> = BTreeMap::new();
    let mut by_scale: BTreeMap<Place, BTreeMap<u64, Vec<&Run>>> = BTreeMap::new();
    for run in study.compared().filter(|r| r.counts()) {
        let (Some(d), Some(amount)) = (run.record.dimensions, amount(study, run.record)) else { continue };
        let depth = d.depth.map_or_else(String::new, |l| format!(", depth {l}"));
        let sizes = format!("{}×{}, width {}{depth}", d.rows, d.cols, d.factor_rank);
        let (family, series, value) = (run.record.family.as_str(), stem(&run.record.case), amount.value.max(0.0));
        let scale = run.record.init_scale.map(f64::to_bits);
        let place = |sizes, axis, other| (family, series.clone(), sizes, run.record.init, axis, d.rank, other);
        if let Some(scale) = scale {
            let symbol = amount.label.split(' ').next_back().unwrap_or_default();
            let place = place(format!("{sizes}, {symbol} = {value}"), (SCALE, false), Some(value.to_bits()));
            by_scale.entry(place).or_default().entry(scale).or_default().push(run);
        }
        let place = place(sizes, (amount.label, amount.harms), scale);
        by_amount.entry(place).or_default().entry(value.to_bits()).or_default().push(run);
    }
    let drawn = |groups: BTreeMap<Place<'a>, BTreeMap<u64, Vec<&Run>>>| -> Vec<Phase<'a>> {
        groups
            .into_iter()
            .filter(|(_, amounts)| amounts.len() >= 3)
            .map(|(place, amounts)| phase(study, place, &amounts))
            .filter(|phase| !phase.curves.is_empty())
            .collect()
    };
    let mut all = drawn(by_amount);
    all.extend(drawn(by_scale));
    all
}

fn phase<'a>(study: &Study, place: Place<'a>, amounts: &BTreeMap<u64, Vec<&Run>>) -> Phase<'a> {
    let (family, _, sizes, init, (amount, harms), rank, other) = place;
    let sizes = match other.filter(|_| amount != SCALE) {
        Some(scale) => format!("{sizes}, start × {}", f64::from_bits(scale)),
        None => sizes,
    };
    Phase {
        family: family.to_owned(),
        sizes,
        init,
        rank,
        amount,
        harms,
        logarithmic: amount == SCALE,
        curves: curves(study, amounts),
        flattest: amounts.iter().filter_map(|(value, runs)| flattest(f64::from_bits(*value), runs)).collect(),
    }
}

fn curves(study: &Study, amounts: &BTreeMap<u64, Vec<&Run>>) -> Vec<(usize, Vec<PhasePoint>)> {
    let mut curves: BTreeMap<usize, Vec<PhasePoint>> = BTreeMap::new();
    for (value, runs) in amounts {
        let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for run in runs {
            // Many settings are lines that nobody tells apart; maps have them.
            if study.entries_of(run.optimizer).len() >= MANY_SETTINGS {
                continue;
            }
            let (recovered, trials) = counts.entry(run.optimizer).or_default();
            *recovered += usize::from(run.recovered(End::Limit));
            *trials += 1;
        }
        for (optimizer, (recovered, trials)) in counts {
            curves.entry(optimizer).or_default().extend(point(f64::from_bits(*value), recovered, trials));
        }
    }
    curves.into_iter().collect()
}

/// Each instance once, whoever met it; those without a certificate say nothing.
fn flattest(amount: f64, runs: &[&Run]) -> Option<PhasePoint> {
    let instances: BTreeMap<_, bool> = runs
        .iter()
        .filter_map(|run| {
            let flat = run.record.result.reference.flat.as_ref().filter(|flat| flat.is_minimum())?;
            Some((run.instance(), flat.relative_error? <= RECOVERED))
        })
        .collect();
    point(amount, instances.values().filter(|recovered| **recovered).count(), instances.len())
}

fn point(amount: f64, recovered: usize, trials: usize) -> Option<PhasePoint> {
    Some(PhasePoint { amount, success: wilson(recovered, trials)?, recovered, trials })
}

/// Name of a case without its numbers, `1e-3` being one: what cases of one series have in common.
pub(crate) fn stem(case: &str) -> String {
    let mut out = String::new();
    let mut rest = case;
    while let Some(c) = rest.chars().next() {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if digits.len() == rest.len() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let exponent = digits.strip_prefix(['e', 'E']).map(|after| after.strip_prefix(['-', '+']).unwrap_or(after));
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        rest = match exponent {
            Some(after) if is_number && after.starts_with(|c: char| c.is_ascii_digit()) => {
                after.trim_start_matches(|c: char| c.is_ascii_digit())
            }
            _ => digits,
        };
    }
    out
}
