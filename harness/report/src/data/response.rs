//! How runs respond to a hyper-parameter: along its values, a line for every size of case, or for every optimizer.

use std::collections::BTreeMap;

use flatbench_records::{Init, Outcome};

use super::series::{Point, Scale, Series, series};
use crate::bounds::Bounds;
use crate::numbers::median;
use crate::statistics::{Interval, wilson};
use crate::study::{End, Measure, Study};

/// Values of one hyper-parameter, and what came of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) family: String,
    /// What the names of its cases share.
    pub(crate) stem: String,
    pub(crate) init: Init,
    /// The entry of the optimizer, or of its first setting, where all lines are of one.
    pub(crate) optimizer: Option<usize>,
    /// Values of whatever else varies; empty where nothing does.
    pub(crate) facet: String,
    pub(crate) x: Scale,
    /// What tells the lines apart: a size, where they are of one optimizer.
    pub(crate) lines_by: Option<String>,
    pub(crate) lines: Vec<Line>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Its size, or its optimizer.
    pub(crate) name: String,
    /// The entry of the optimizer, or of its first setting.
    pub(crate) optimizer: usize,
    /// In the order of the values.
    pub(crate) values: Vec<LinePoint>,
}

/// The runs at one value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinePoint {
    pub(crate) value: f64,
    /// Runs, failed ones included.
    pub(crate) trials: usize,
    /// Runs that did not complete.
    pub(crate) failed: usize,
    /// Runs that recovered the truth with their share; `None` where it is not known.
    pub(crate) recovered: Option<(usize, Interval)>,
    /// Runs with a limit point.
    pub(crate) limits: usize,
    /// Median excess flatness at the limit points.
    pub(crate) excess: Option<Bounds>,
    /// Median relative error at the limit points.
    pub(crate) error: Option<f64>,
}

/// For every hyper-parameter that was swept over three values or more: over series of cases one figure an optimizer, over a single case one
/// for all optimizers that have it.
pub(crate) fn responses(study: &Study) -> Vec<Response> {
    let mut out: Vec<Response> = Vec::new();
    for series in series(study) {
        let settings = series.axes.iter().enumerate().filter(|(_, axis)| axis.quantity.is_setting());
        for (x, _) in settings.filter(|(_, axis)| axis.values.len() >= 3) {
            for own in of_setting(study, &series, x) {
                let shared = out.iter_mut().find(|known| {
                    own.lines_by.is_none()
                        && known.lines_by.is_none()
                        && (&known.family, &known.stem, known.init, &known.x.label, &known.facet)
                            == (&own.family, &own.stem, own.init, &own.x.label, &own.facet)
                });
                match shared {
                    Some(known) => {
                        known.x.values.extend(&own.x.values);
                        known.x.values.sort_by(f64::total_cmp);
                        known.x.values.dedup();
                        known.lines.extend(own.lines);
                        known.optimizer = None;
                    }
                    None => out.push(own),
                }
            }
        }
    }
    out
}

fn of_setting(study: &Study, series: &Series, x: usize) -> Vec<Response> {
    let by = series.axes.iter().position(|axis| !axis.quantity.is_setting());
    let shown: Vec<usize> = [Some(x), by].into_iter().flatten().collect();
    let mut facets: BTreeMap<(Vec<u64>, String), Vec<&Point>> = BTreeMap::new();
    for point in &series.points {
        let others = point.at.iter().enumerate().filter(|(place, _)| !shown.contains(place));
        let order: Vec<u64> = others.map(|(_, value)| value.to_bits()).collect();
        facets.entry((order, point.words.clone())).or_default().push(point);
    }
    let name = study.names[series.optimizer];
    let response = |points: Vec<&Point>| {
        let mut lines: BTreeMap<usize, Vec<&Point>> = BTreeMap::new();
        for point in &points {
            let place = by.and_then(|by| series.axes[by].place(point.at[by]));
            lines.entry(place.unwrap_or(0)).or_default().push(point);
        }
        let line = |(place, points): (usize, Vec<&Point>)| Line {
            name: by.map_or_else(|| name.to_owned(), |by| series.axes[by].names().swap_remove(place)),
            optimizer: series.optimizer,
            values: values(study, &series.axes[x], x, &points),
        };
        Some(Response {
            family: series.family.to_owned(),
            stem: series.stem.clone(),
            init: series.init,
            optimizer: Some(series.optimizer),
            facet: series.facet(points.first()?, &shown),
            x: series.axes[x].clone(),
            lines_by: by.map(|by| series.axes[by].label.clone()),
            lines: lines.into_iter().map(line).filter(|line| line.values.len() > 1).collect(),
        })
        .filter(|response| !response.lines.is_empty())
    };
    facets.into_values().filter_map(response).collect()
}

fn values(study: &Study, axis: &Scale, x: usize, points: &[&Point]) -> Vec<LinePoint> {
    let at = |value: &f64| {
        let runs: Vec<_> = points.iter().filter(|point| point.at[x] == *value).map(|point| point.run).collect();
        let completed = || runs.iter().filter(|run| run.record.result.outcome == Outcome::Completed);
        let truth = runs.iter().any(|run| study.panels[run.panel].truth);
        let recovered = runs.iter().filter(|run| run.recovered(End::Limit)).count();
        (!runs.is_empty()).then(|| LinePoint {
            value: *value,
            trials: runs.len(),
            failed: runs.len() - completed().count(),
            recovered: wilson(recovered, runs.len()).filter(|_| truth).map(|share| (recovered, share)),
            limits: runs.iter().filter(|run| run.is_at_minimum()).count(),
            excess: Bounds::median(completed().filter_map(|run| run.bounds(Measure::Excess, End::Limit))),
            error: median(completed().filter_map(|run| run.error(End::Limit))),
        })
    };
    axis.values.iter().filter_map(at).collect()
}
