//! What runs of one optimizer over a series of cases differ in: sizes of the cases, and hyper-parameters where settings were swept.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Init, Record, Schedule, Shape, Unit, Value};

use super::phase::{MEASUREMENTS, SCALE, amount, stem};
use crate::study::{Run, Study};

/// A quantity that runs differ in, in the order of axes: how much is measured, the rank, what else a case has, hyper-parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quantity {
    /// How much is measured.
    Amount,
    /// Rank of the truth.
    Rank,
    /// Another number of a case, by its name in a suite.
    Case(String),
    /// A hyper-parameter.
    Setting(String),
}

/// An axis of a figure: a quantity with all the values that it has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) quantity: Quantity,
    /// With symbol and unit.
    pub(crate) label: String,
    /// In ascending order, two at least.
    pub(crate) values: Vec<f64>,
}

/// Runs of one optimizer from one start over cases of one series (names equal but for their numbers).
#[derive(Clone, Debug)]
pub(crate) struct Series<'s, 'a> {
    pub(crate) family: &'a str,
    /// What the names of its cases share.
    pub(crate) stem: String,
    /// Sizes that do not vary.
    pub(crate) sizes: String,
    pub(crate) init: Init,
    /// The entry of the optimizer, or of its first setting.
    pub(crate) optimizer: usize,
    /// What varies, each for itself: what follows from another axis is none.
    pub(crate) axes: Vec<Scale>,
    pub(crate) points: Vec<Point<'s, 'a>>,
}

/// A run and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Point<'s, 'a> {
    pub(crate) run: &'s Run<'a>,
    /// On every axis of the series.
    pub(crate) at: Vec<f64>,
    /// Hyper-parameters that differ within the series and are no numbers, in words; empty if there are none.
    pub(crate) words: String,
}

impl Scale {
    /// Whether its steps are ratios rather than differences: equal ones, or, over a factor of ten or more, the more even ones of the two.
    pub(crate) fn is_logarithmic(&self) -> bool {
        let [first, .., last] = self.values.as_slice() else { return false };
        if *first <= 0.0 {
            return false;
        }
        let spread = |step: fn(&[f64]) -> f64| {
            let steps = self.values.windows(2).map(step);
            let (low, high) = steps.fold((f64::INFINITY, 0.0_f64), |(l, h), s| (l.min(s), h.max(s)));
            high / low
        };
        let (ratios, steps) = (spread(|pair| (pair[1] / pair[0]).ln()), spread(|pair| pair[1] - pair[0]));
        let is_wide = last / first >= 10.0;
        if self.values.len() == 2 { is_wide } else { ratios < steps && (is_wide || ratios < 1.1) }
    }

    /// The values in as few digits as tell them apart, two at least.
    pub(crate) fn names(&self) -> Vec<String> {
        let at = |digits: usize| self.values.iter().map(|value| said(*value, digits)).collect::<Vec<_>>();
        let differ = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
        (2..17).map(at).find(differ).unwrap_or_else(|| at(17))
    }

    /// Where a value stands among them.
    pub(crate) fn place(&self, value: f64) -> Option<usize> {
        self.values.iter().position(|own| *own == value)
    }
}

/// A count in full, another number in so many digits.
fn said(value: f64, digits: usize) -> String {
    if value == 0.0 || (value.fract() == 0.0 && value.abs() < 1e5) {
        return format!("{value}");
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    if (1e-3..1e5).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

/// Every series in which something varies, in the order of the report.
pub(crate) fn series<'s, 'a>(study: &'s Study<'a>) -> Vec<Series<'s, 'a>> {
    type Place<'a> = (&'a str, &'a str, String, Init, usize);
    let mut groups: BTreeMap<Place, Vec<&Run>> = BTreeMap::new();
    for run in study.compared().filter(|run| run.counts()) {
        let panel = &study.panels[run.panel];
        let place = (
            panel.suite.as_str(),
            run.record.family.as_str(),
            stem(&run.record.case),
            run.record.init,
            study.first_of(run.optimizer),
        );
        groups.entry(place).or_default().push(run);
    }
    let of = |((_, _, stem, init, optimizer), runs): (Place<'s>, Vec<&'s Run<'a>>)| {
        let all: Vec<BTreeMap<Quantity, f64>> = runs.iter().map(|run| numbers(study, run)).collect();
        let words = words(study, optimizer, &runs);
        let axes = axes(study, &all, &runs);
        let at = |numbers: &BTreeMap<Quantity, f64>| -> Option<Vec<f64>> {
            axes.iter().map(|axis| numbers.get(&axis.quantity).copied()).collect()
        };
        let points: Vec<Point> = runs
            .iter()
            .zip(&all)
            .zip(words)
            .filter_map(|((run, numbers), words)| Some(Point { run, at: at(numbers)?, words }))
            .collect();
        let sizes = sizes(&runs, &axes);
        let family = runs.first()?.record.family.as_str();
        (!axes.is_empty()).then_some(Series { family, stem, sizes, init, optimizer, axes, points })
    };
    groups.into_iter().filter_map(of).collect()
}

/// Sizes that a run has and its axes do not show.
fn sizes(runs: &[&Run], axes: &[Scale]) -> String {
    let Some(d) = runs.iter().find_map(|run| run.record.dimensions) else { return String::new() };
    let varies = |quantity: Quantity| axes.iter().any(|axis| axis.quantity == quantity);
    let mut parts = Vec::new();
    let named = |name: &str| Quantity::Case(name.to_owned());
    if !varies(named("rows")) && !varies(named("cols")) {
        parts.push(if d.cols == 1 { format!("n = {}", d.rows) } else { format!("{}×{}", d.rows, d.cols) });
    }
    parts.extend(d.rank.filter(|_| !varies(Quantity::Rank)).map(|rank| format!("rank {rank}")));
    parts.extend(d.depth.filter(|_| !varies(named("depth"))).map(|depth| format!("depth {depth}")));
    parts.join(", ")
}

/// The numbers of a run: those of its case and, where settings of its optimizer are entries, its hyper-parameters.
fn numbers(study: &Study, run: &Run) -> BTreeMap<Quantity, f64> {
    let record = run.record;
    let mut out = case_numbers(study, record);
    if study.is_several(run.optimizer) {
        let own = record.hyperparameters.iter();
        out.extend(own.filter_map(|(name, value)| Some((Quantity::Setting(name.clone()), constant(value)?.0))));
    }
    out
}

/// What a case is described by in numbers. Whatever a sweep of cases may vary has to be among them.
fn case_numbers(study: &Study, record: &Record) -> BTreeMap<Quantity, f64> {
    let mut out = BTreeMap::new();
    let own = study.amount(&record.family).map(|amount| amount.parameter.as_str());
    for (name, value) in &record.family_parameters {
        let quantity = match name.as_str() {
            "measurements" => Quantity::Amount,
            "rank" => Quantity::Rank,
            name if Some(name) == own => Quantity::Amount,
            name => Quantity::Case(name.to_owned()),
        };
        out.extend(value.as_real().filter(|value| value.is_finite()).map(|value| (quantity, value)));
    }
    if let Some(d) = record.dimensions {
        let mut known = |quantity, value: Option<usize>| {
            if let Some(value) = value {
                out.entry(quantity).or_insert(value as f64);
            }
        };
        known(Quantity::Rank, d.rank);
        known(Quantity::Case("depth".to_owned()), d.depth);
        known(Quantity::Case("rows".to_owned()), Some(d.rows));
        known(Quantity::Case("cols".to_owned()), Some(d.cols));
        known(Quantity::Case("factor_rank".to_owned()), Some(d.factor_rank));
    }
    out.extend(amount(study, record).map(|amount| (Quantity::Amount, amount.value)));
    out.extend(record.init_scale.map(|scale| (Quantity::Case("init_scale".to_owned()), scale)));
    out.insert(Quantity::Case("budget".to_owned()), record.budget);
    out
}

/// A number that does not change along a run, with its unit.
fn constant(value: &Value) -> Option<(f64, Unit)> {
    match value.as_schedule()? {
        Schedule { schedule: Shape::Constant, from, unit, .. } if from.is_finite() => Some((from, unit)),
        _ => None,
    }
}

/// Of each run, the hyper-parameters in words that are no numbers everywhere, or not in one unit, and differ.
fn words(study: &Study, optimizer: usize, runs: &[&Run]) -> Vec<String> {
    let mut of: BTreeMap<&str, (BTreeSet<String>, BTreeSet<Option<Unit>>)> = BTreeMap::new();
    for (name, value) in runs.iter().flat_map(|run| &run.record.hyperparameters) {
        let (values, units) = of.entry(name).or_default();
        values.insert(value.to_string());
        units.insert(constant(value).map(|(_, unit)| unit));
    }
    let is_said = |name: &str| {
        of.get(name).is_some_and(|(values, units)| values.len() > 1 && (units.len() > 1 || units.contains(&None)))
    };
    let said = |run: &&Run| {
        let own = run.record.hyperparameters.iter().filter(|(name, _)| is_said(name));
        own.map(|(name, value)| format!("{} {value}", spaced(name))).collect::<Vec<_>>().join(", ")
    };
    if !study.is_several(optimizer) {
        return vec![String::new(); runs.len()];
    }
    runs.iter().map(said).collect()
}

/// What varies and does not follow from an axis before it, or from one with more values.
fn axes(study: &Study, all: &[BTreeMap<Quantity, f64>], runs: &[&Run]) -> Vec<Scale> {
    let quantities: BTreeSet<&Quantity> = all.iter().flat_map(BTreeMap::keys).collect();
    let mut varying: Vec<(&Quantity, Vec<f64>)> = Vec::new();
    for quantity in quantities {
        // What some run lacks is no axis of all.
        let Some(mut values) = all.iter().map(|own| own.get(quantity).copied()).collect::<Option<Vec<f64>>>() else {
            continue;
        };
        values.sort_by(f64::total_cmp);
        values.dedup();
        let one_unit = match quantity {
            Quantity::Setting(name) => {
                let units = runs.iter().filter_map(|run| Some(constant(run.record.hyperparameters.get(name)?)?.1));
                units.collect::<BTreeSet<_>>().len() <= 1
            }
            _ => true,
        };
        if values.len() > 1 && one_unit {
            varying.push((quantity, values));
        }
    }
    let pairs = |one: &Quantity, other: &Quantity| {
        let both = all.iter().map(|own| [one, other].map(|quantity| own.get(quantity).map(|value| value.to_bits())));
        both.collect::<BTreeSet<_>>().len()
    };
    let mut kept: Vec<(&Quantity, Vec<f64>)> = Vec::new();
    for (quantity, values) in &varying {
        let follows = varying.iter().any(|(other, others)| {
            let is_from = other != quantity && pairs(quantity, other) == others.len();
            is_from && (others.len() > values.len() || other < quantity)
        });
        if !follows {
            kept.push((quantity, values.clone()));
        }
    }
    let label = |quantity: &Quantity| label(study, quantity, runs);
    kept.into_iter()
        .map(|(quantity, values)| Scale { quantity: quantity.clone(), label: label(quantity), values })
        .collect()
}

fn label(study: &Study, quantity: &Quantity, runs: &[&Run]) -> String {
    match quantity {
        Quantity::Amount => {
            let amount = runs.first().and_then(|run| amount(study, run.record));
            amount.map_or(MEASUREMENTS, |amount| amount.label).to_owned()
        }
        Quantity::Rank => "rank r".to_owned(),
        Quantity::Case(name) => match name.as_str() {
            "rows" => "rows d1".to_owned(),
            "cols" => "columns d2".to_owned(),
            "factor_rank" => "width k".to_owned(),
            "init_scale" => SCALE.to_owned(),
            "budget" => "budget, full gradients".to_owned(),
            name => spaced(name),
        },
        Quantity::Setting(name) => {
            let first = runs.iter().find_map(|run| constant(run.record.hyperparameters.get(name)?));
            let unit = if first.is_some_and(|(_, unit)| unit == Unit::InverseLambdaMax) { ", 1/λmax" } else { "" };
            format!("{}{unit}", spaced(name))
        }
    }
}

/// A key as words.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

impl Quantity {
    /// Whether it is one of the optimizer.
    pub(crate) fn is_setting(&self) -> bool {
        matches!(self, Quantity::Setting(_))
    }
}

impl Series<'_, '_> {
    /// `rank r = 2, momentum = 0.9`: the values at a point of all axes but `shown`, and what is no number.
    pub(crate) fn facet(&self, point: &Point, shown: &[usize]) -> String {
        let others = self.axes.iter().enumerate().filter(|(place, _)| !shown.contains(place));
        let names = others.filter_map(|(place, axis)| {
            let name = axis.names().swap_remove(axis.place(point.at[place])?);
            Some(format!("{} {name}", axis.label))
        });
        names.chain(Some(point.words.clone()).filter(|words| !words.is_empty())).collect::<Vec<_>>().join(", ")
    }
}
