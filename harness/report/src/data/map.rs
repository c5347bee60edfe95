use std::collections::BTreeMap;

use flatbench_records::{Init, Outcome, Termination};

use super::series::{Point, Scale, Series, series};
use crate::bounds::Bounds;
use crate::statistics::{Interval, wilson};
use crate::study::{End, Measure, Study};

/// How the runs of one optimizer did over two quantities: sizes of the cases, or hyper-parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) family: String,
    /// What the names of the cases share.
    pub(crate) stem: String,
    /// Sizes that do not vary.
    pub(crate) sizes: String,
    pub(crate) init: Init,
    /// The entry of the optimizer, or of its first setting.
    pub(crate) optimizer: usize,
    /// Values of whatever else varies; empty where nothing does.
    pub(crate) facet: String,
    /// Columns and rows.
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    /// Those that have runs, by column and row.
    pub(crate) cells: Vec<MapCell>,
}

/// The runs at one place of a map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MapCell {
    pub(crate) column: usize,
    pub(crate) row: usize,
    /// Runs, failed ones included.
    pub(crate) trials: usize,
    /// Runs that recovered the truth; `None` where it is not known.
    pub(crate) recovered: Option<usize>,
    /// Share recovered among all trials.
    pub(crate) success: Option<Interval>,
    /// Median excess flatness at the limit points.
    pub(crate) excess: Option<Bounds>,
    /// Runs with a limit point.
    pub(crate) limits: usize,
    /// Runs that failed, and runs that diverged.
    pub(crate) failed: usize,
    pub(crate) diverged: usize,
}

/// What stands at each column and row.
type Cells<'p, 's, 'a> = BTreeMap<(usize, usize), Vec<&'p Point<'s, 'a>>>;

/// One map for every optimizer, series of cases, start, pair of quantities that vary, and values of the others.
pub(crate) fn maps(study: &Study) -> Vec<Map> {
    let mut out = Vec::new();
    for series in series(study) {
        for x in 0..series.axes.len() {
            for y in x + 1..series.axes.len() {
                out.extend(of_pair(study, &series, [x, y]));
            }
        }
    }
    out
}

fn of_pair(study: &Study, series: &Series, [x, y]: [usize; 2]) -> Vec<Map> {
    let mut facets: BTreeMap<(Vec<u64>, String), Cells> = BTreeMap::new();
    for point in &series.points {
        let places = (series.axes[x].place(point.at[x]), series.axes[y].place(point.at[y]));
        let (Some(column), Some(row)) = places else { continue };
        let others = point.at.iter().enumerate().filter(|(place, _)| *place != x && *place != y);
        // Numbers of a kind order as their bits do, negative ones apart.
        let order: Vec<u64> = others.map(|(_, value)| value.to_bits()).collect();
        let facet = facets.entry((order, point.words.clone())).or_default();
        facet.entry((column, row)).or_default().push(point);
    }
    let map = |cells: BTreeMap<(usize, usize), Vec<&Point>>| {
        let [columns, rows] = [|(c, _): &(usize, usize)| *c, |(_, r): &(usize, usize)| *r].map(|of| {
            let mut all: Vec<usize> = cells.keys().map(of).collect();
            all.sort_unstable();
            all.dedup();
            all
        });
        // A line is no map.
        if columns.len() < 2 || rows.len() < 2 || cells.len() <= columns.len().max(rows.len()) {
            return None;
        }
        let facet = series.facet(cells.values().next()?.first()?, &[x, y]);
        let cut = |axis: &Scale, kept: &[usize]| Scale {
            values: kept.iter().map(|place| axis.values[*place]).collect(),
            ..axis.clone()
        };
        let place = |all: &[usize], own: usize| all.binary_search(&own).ok();
        let cells = cells.iter().filter_map(|((column, row), points)| {
            Some(cell(study, place(&columns, *column)?, place(&rows, *row)?, points))
        });
        Some(Map {
            family: series.family.to_owned(),
            stem: series.stem.clone(),
            sizes: series.sizes.clone(),
            init: series.init,
            optimizer: series.optimizer,
            facet,
            x: cut(&series.axes[x], &columns),
            y: cut(&series.axes[y], &rows),
            cells: cells.collect(),
        })
    };
    facets.into_values().filter_map(map).collect()
}

fn cell(study: &Study, column: usize, row: usize, points: &[&Point]) -> MapCell {
    let records = || points.iter().map(|point| point.run.record);
    let runs = || points.iter().map(|point| point.run);
    let truth = runs().any(|run| study.panels[run.panel].truth);
    let recovered = truth.then(|| runs().filter(|run| run.recovered(End::Limit)).count());
    let completed = || runs().filter(|run| run.record.result.outcome == Outcome::Completed);
    MapCell {
        column,
        row,
        trials: points.len(),
        recovered,
        success: recovered.and_then(|recovered| wilson(recovered, points.len())),
        excess: Bounds::median(completed().filter_map(|run| run.bounds(Measure::Excess, End::Limit))),
        limits: runs().filter(|run| run.is_at_minimum()).count(),
        failed: records().filter(|record| record.result.outcome.is_failure()).count(),
        diverged: records().filter(|record| record.result.termination == Some(Termination::Diverged)).count(),
    }
}
