//! How a plan is divided into parts that cost about the same.
//!
//! The division is a function of suite, filter and number of parts alone, in whole numbers, so that every machine finds the same.
//! It works on bundles of runs and never makes a list of all: a plan of 10⁶ runs is divided in milliseconds.

mod balance;
mod bundle;
mod field;

use std::collections::BTreeMap;

use super::filter::Filter;
use super::part::{Part, Piece};
use super::shard::{Shard, Stage};
use crate::suite::Suite;
use bundle::Bundle;
use field::Field;
pub(super) use field::goes_along;

/// A plan in parts.
#[derive(Clone, Debug)]
pub struct Division {
    stage: Stage,
    fields: Vec<Field>,
    parts: Vec<Vec<Bundle>>,
    portions: Vec<Portion>,
    /// Cost of the whole.
    cost: f64,
}

/// What a part has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Portion {
    /// Runs that choose settings.
    pub tuning: usize,
    /// Runs that are compared.
    pub evaluation: usize,
    /// Estimated cost, in multiply-adds.
    pub cost: f64,
}

/// A number of parts that a plan cannot be divided into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the plan cannot be divided into {count} parts: it has {runs} {of} runs, and a part has at least one ({remedy})"
)]
pub struct TooManyParts {
    count: usize,
    runs: usize,
    of: &'static str,
    remedy: String,
}

impl Division {
    /// Divides what `filter` keeps of a suite into `count` ≥ 1 parts, none of them empty.
    ///
    /// # Errors
    /// More parts than runs that are divided: evaluation runs, or tuning runs in [`Stage::Tuning`].
    pub fn new(suite: &Suite, filter: &Filter, stage: Stage, count: usize) -> Result<Self, TooManyParts> {
        let fields = Field::all(suite, filter, stage);
        let whole = whole(&fields);
        let runs = runs(&whole, &fields);
        if count == 0 || count > runs {
            let remedy = match runs {
                0 => "nothing is left to be done of the suite".to_owned(),
                _ => format!("ask for 1 to {runs} parts"),
            };
            return Err(TooManyParts { count, runs, of: stage.split().name(), remedy });
        }
        let parts = balance::balanced(&fields, count);
        let portions = parts.iter().map(|bundles| portion(stage, &fields, bundles)).collect();
        let cost = portion(stage, &fields, &whole).cost;
        Ok(Division { stage, fields, parts, portions, cost })
    }

    /// Most parts that what `filter` keeps of a suite can be divided into: the number of runs that are divided.
    pub fn most(suite: &Suite, filter: &Filter, stage: Stage) -> usize {
        let fields = Field::all(suite, filter, stage);
        runs(&whole(&fields), &fields)
    }

    /// What each part has to do.
    pub fn portions(&self) -> &[Portion] {
        &self.portions
    }

    /// Cost of the most costly part over the mean: 1 for equal parts.
    pub fn imbalance(&self) -> f64 {
        let costs = self.portions.iter().map(|portion| portion.cost);
        let (sum, largest) = costs.fold((0.0, 0.0_f64), |(sum, largest), cost| (sum + cost, largest.max(cost)));
        largest * self.portions.len() as f64 / sum
    }

    /// Cost of the whole plan over that of the most costly part: how many times faster all parts are, side by side, than one
    /// machine alone. At most the number of parts; what lacks is imbalance, tuning that is done more than once, and instances that
    /// are drawn more than once.
    pub fn speedup(&self) -> f64 {
        self.cost / self.portions.iter().map(|portion| portion.cost).fold(0.0, f64::max)
    }

    /// Tuning runs that are done in more than one part, counted as often as they are done beyond the first time. Dividing the
    /// stages one after the other does none twice.
    pub fn repeated_tuning(&self) -> usize {
        let done: usize = self.portions.iter().map(|portion| portion.tuning).sum();
        match self.stage {
            Stage::Both => done - self.fields.iter().map(Field::tuning).sum::<usize>(),
            Stage::Tuning | Stage::Evaluation => 0,
        }
    }

    /// The runs of a part; none where `shard` is of another number of parts.
    pub(super) fn part(&self, shard: Shard) -> Part {
        let bundles = self.parts.get(shard.index() - 1).filter(|_| shard.count() == self.parts.len());
        let pieces = bundles.into_iter().flatten().filter_map(|bundle| {
            let field = self.fields.get(bundle.field)?;
            let (first, last) = (field.of(bundle).next()?.place, field.of(bundle).last()?.place);
            let (repetitions, settings) = (bundle.repetitions.clone(), bundle.settings.clone());
            Some((field.place, Piece { repetitions, optimizers: first..last + 1, settings }))
        });
        Part::new(pieces)
    }
}

/// Every field as a bundle.
fn whole(fields: &[Field]) -> Vec<Bundle> {
    fields.iter().enumerate().map(|(place, field)| Bundle::whole(place, field)).collect()
}

/// Runs of bundles, one of each field.
fn runs(whole: &[Bundle], fields: &[Field]) -> usize {
    whole.iter().zip(fields).map(|(bundle, field)| bundle.runs(field)).sum()
}

/// What the bundles of a part come to. Tuning that several of them need is done once.
fn portion(stage: Stage, fields: &[Field], bundles: &[Bundle]) -> Portion {
    let (mut runs, mut cost) = (0, 0_u128);
    let mut tuned: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for bundle in bundles {
        let Some(field) = fields.get(bundle.field) else { continue };
        runs += bundle.runs(field);
        cost += bundle.own_cost(field);
        for optimizer in field.of(bundle) {
            let tuning = optimizer.tuning_for(bundle);
            if tuning > 0 {
                tuned.entry(bundle.field).or_default().insert(optimizer.place, tuning);
            }
        }
    }
    let mut tuning = 0;
    for (place, optimizers) in tuned {
        let Some(field) = fields.get(place) else { continue };
        let own: usize = optimizers.values().sum();
        tuning += own;
        cost += field.cost(own, field.tuning_repetitions);
    }
    let cost = cost as f64;
    match stage {
        Stage::Tuning => Portion { tuning: runs, evaluation: 0, cost },
        Stage::Both | Stage::Evaluation => Portion { tuning, evaluation: runs, cost },
    }
}
