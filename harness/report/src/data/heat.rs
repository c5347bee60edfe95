use std::collections::BTreeMap;

use flatbench_records::Init;

use super::phase::{Amount, amount, stem};
use crate::study::{End, Run, Study};

/// Success by number of measurements and rank, one optimizer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heat<'a> {
    pub(crate) family: String,
    pub(crate) sizes: String,
    pub(crate) init: Init,
    pub(crate) optimizer: usize,
    /// What decides how much is measured.
    pub(crate) amount: &'a str,
    /// Its values in ascending order, and those of the rank: columns and rows.
    pub(crate) amounts: Vec<f64>,
    pub(crate) ranks: Vec<usize>,
    /// (column, row, recovered, trials).
    pub(crate) cells: Vec<(usize, usize, usize, usize)>,
}

/// One map for every optimizer and series of cases (names equal but for their numbers), size and start, with at least two
/// ranks and two amounts of measurement.
pub(crate) fn heats<'a>(study: &Study<'a>) -> Vec<Heat<'a>> {
    type Place<'a> = (&'a str, String, String, Init, &'a str, usize);
    // Finite positive numbers order as their bits do.
    let mut groups: BTreeMap<Place, BTreeMap<(u64, usize), Vec<&Run>>> = BTreeMap::new();
    for run in study.compared().filter(|r| r.counts()) {
        let (Some(d), Some(Amount { label: name, value, .. })) = (run.record.dimensions, amount(study, run.record))
        else {
            continue;
        };
        let Some(rank) = d.rank.filter(|_| value >= 0.0) else { continue };
        let depth = d.depth.map_or_else(String::new, |l| format!(", depth {l}"));
        let scale = run.record.init_scale.map_or_else(String::new, |scale| format!(", start × {scale}"));
        let sizes = format!("{}×{}{depth}{scale}", d.rows, d.cols);
        groups
            .entry((run.record.family.as_str(), stem(&run.record.case), sizes, run.record.init, name, run.optimizer))
            .or_default()
            .entry((value.to_bits(), rank))
            .or_default()
            .push(run);
    }
    groups
        .into_iter()
        .filter_map(|((family, _, sizes, init, amount, optimizer), cells)| {
            let mut amounts: Vec<u64> = cells.keys().map(|k| k.0).collect();
            amounts.dedup();
            let mut ranks: Vec<usize> = cells.keys().map(|k| k.1).collect();
            ranks.sort_unstable();
            ranks.dedup();
            if amounts.len() < 2 || ranks.len() < 2 {
                return None;
            }
            let place = |(value, rank): &(u64, usize)| {
                Some((amounts.binary_search(value).ok()?, ranks.binary_search(rank).ok()?))
            };
            let cells = cells
                .iter()
                .filter_map(|(key, runs)| {
                    let (column, row) = place(key)?;
                    Some((column, row, runs.iter().filter(|r| r.recovered(End::Limit)).count(), runs.len()))
                })
                .collect();
            let amounts = amounts.into_iter().map(f64::from_bits).collect();
            Some(Heat { family: family.to_owned(), sizes, init, optimizer, amount, amounts, ranks, cells })
        })
        .collect()
}
