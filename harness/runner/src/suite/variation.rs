//! What varies in a suite: parameters over a series of cases, hyper-parameters over the settings of an optimizer.

use std::collections::BTreeMap;
use std::fmt;

use flatbench_records::{Init, Value};

use super::model::{Suite, SuiteCase};

/// Values of one key that are said one by one.
const LISTED: usize = 4;

/// A series of cases, or the settings of an optimizer, and what varies over them.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// The part of the names that its cases share, or the optimizer.
    pub of: String,
    /// The start that it is of, where settings differ from start to start.
    pub start: Option<Init>,
    /// How many cases or settings it is.
    pub count: usize,
    /// Keys with their values, two at least, in the order in which they appear.
    pub axes: Vec<(String, Vec<Value>)>,
}

impl Suite {
    /// Series of swept cases, in the order of the suite.
    pub fn case_variations(&self) -> Vec<Variation> {
        let mut series: Vec<(&str, Vec<&SuiteCase>)> = Vec::new();
        for case in &self.cases {
            let Some(stem) = stem(&case.name) else { continue };
            match series
                .iter_mut()
                .find(|(known, cases)| *known == stem && cases.iter().all(|c| c.family == case.family))
            {
                Some((_, cases)) => cases.push(case),
                None => series.push((stem, vec![case])),
            }
        }
        let of = |(stem, cases): (&str, Vec<&SuiteCase>)| {
            let values = cases.iter().map(|case| {
                let budget = ("budget".to_owned(), Value::Real(case.budget));
                case.parameters.iter().map(|(key, value)| (key.clone(), value.clone())).chain([budget]).collect()
            });
            variation(stem, None, values.collect())
        };
        series.into_iter().filter_map(of).collect()
    }

    /// Optimizers with several settings, in the order of the suite; from each start, where they differ.
    pub fn setting_variations(&self) -> Vec<Variation> {
        let mut out = Vec::new();
        for optimizer in &self.optimizers {
            let (name, settings) = (&optimizer.name, &optimizer.settings);
            if settings.large == settings.small {
                out.extend(variation(name, None, settings.large.clone()));
            } else {
                out.extend(
                    Init::ALL.iter().filter_map(|init| variation(name, Some(*init), settings.from(*init).to_vec())),
                );
            }
        }
        out
    }
}

/// What the cases of a sweep share: their name up to the first swept key.
fn stem(name: &str) -> Option<&str> {
    let (before, _) = name.split_once('=')?;
    before.rsplit_once('-').map(|(stem, _)| stem)
}

fn variation(of: &str, start: Option<Init>, all: Vec<BTreeMap<String, Value>>) -> Option<Variation> {
    let mut axes: Vec<(String, Vec<Value>)> = Vec::new();
    for (key, value) in all.iter().flatten() {
        match axes.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) if values.contains(value) => {}
            Some((_, values)) => values.push(value.clone()),
            None => axes.push((key.clone(), vec![value.clone()])),
        }
    }
    axes.retain(|(_, values)| values.len() > 1);
    (!axes.is_empty()).then(|| Variation { of: of.to_owned(), start, count: all.len(), axes })
}

impl fmt::Display for Variation {
    /// `sam: radius 0.001 … 1.0 (7 values) × step_size 0.1, 0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = |(key, values): &(String, Vec<Value>)| match values.as_slice() {
            [first, .., last] if values.len() > LISTED => format!("{key} {first} … {last} ({} values)", values.len()),
            few => format!("{key} {}", few.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
        };
        let axes: Vec<String> = self.axes.iter().map(axis).collect();
        let start = self.start.map_or_else(String::new, |init| format!(" from a {init} start"));
        write!(f, "{}{start}: {}", self.of, axes.join(" × "))
    }
}
