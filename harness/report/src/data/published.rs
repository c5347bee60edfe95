use std::collections::BTreeMap;

use flatbench_records::{Compared, Crossing, Point, Published, Quantity, Reference, References, Solution};

use super::{RunTrajectory, edge_at_end, nearest_distances, over_nearest, way};
use crate::statistics::{median, wilson};
use crate::study::{RECOVERED, Run, Study};
use crate::{Input, Source};

/// A published number beside what was found here.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// What was published.
    pub published: Published,
    /// The median over instances, or the share that recovered; `None` where no run has the number.
    pub found: Option<f64>,
    /// The least and the greatest of the instances; those of the share are the ends of its 95 % Wilson interval.
    pub spread: Option<[f64; 2]>,
    /// Runs, or pairs of runs, that it is made of.
    pub runs: usize,
}

impl Replication {
    /// Whether what was found is where the suite expects it; `None` where nothing was found.
    pub fn agrees(&self) -> Option<bool> {
        let [from, to] = self.published.range;
        self.found.map(|found| (from..=to).contains(&found))
    }
}

/// What papers give for the suites of a study, in the order of the suites, each beside the runs of its suite.
pub(crate) fn replications(study: &Study, trajectories: &[RunTrajectory], input: &Input) -> Vec<Replication> {
    let ways: BTreeMap<&str, f64> = trajectories.iter().filter_map(path_over_distance).collect();
    let nearest = nearest_distances(study);
    let of = |(place, source): (usize, &Source)| -> Vec<Replication> {
        let runs: Vec<&Run> = study.compared().filter(|run| run.source == place && run.counts()).collect();
        let found = Found { runs, ways: &ways, nearest: &nearest };
        source.published.iter().map(|published| found.beside(published)).collect()
    };
    let own = input.sources.iter().enumerate().filter(|(_, source)| source.archived.is_none());
    own.flat_map(of).collect()
}

fn path_over_distance<'a>(trajectory: &RunTrajectory<'a>) -> Option<(&'a str, f64)> {
    let way = way(trajectory)?;
    Some((trajectory.run.record.key.as_str(), way.path / way.distance))
}

/// What was found in the runs of a suite.
struct Found<'s, 'a> {
    runs: Vec<&'s Run<'a>>,
    /// Path over distance, by key of the runs whose trajectory was kept.
    ways: &'s BTreeMap<&'a str, f64>,
    /// Distance of the nearest zero-loss point, by instance.
    nearest: &'s BTreeMap<(usize, u64, u32), f64>,
}

impl<'s, 'a> Found<'s, 'a> {
    fn beside(&self, published: &Published) -> Replication {
        let values = self.values(published);
        let spread;
        let found;
        if matches!(published.compared(), Some(Compared::Quantity(Quantity::Recovered))) {
            let recovered = |values: &[f64]| values.iter().filter(|value| **value == 1.0).count();
            let share = wilson(recovered(&values), values.len());
            if let Some(other) = published.over_reference {
                let other = Published { reference: Some(other), over_reference: None, ..published.clone() };
                found =
                    Some(recovered(&values) as f64 / recovered(&self.values(&other)) as f64).filter(|x| !x.is_nan());
                spread = None;
            } else {
                found = share.map(|share| share.estimate);
                spread = share.map(|share| [share.low, share.high]);
            }
        } else {
            found = median(&values);
            spread = values.first().zip(values.last()).map(|(least, greatest)| [*least, *greatest]);
        }
        Replication { published: published.clone(), found, spread, runs: values.len() }
    }

    /// What is compared of every run or instance, the least first; infinite where a level of the loss was never reached.
    fn values(&self, published: &Published) -> Vec<f64> {
        let is_meant = |run: &Run| {
            published.is_about(&run.record.case) && published.init.is_none_or(|init| init == run.record.init)
        };
        let mut values: Vec<f64> = match (&published.optimizer, published.reference) {
            (Some(optimizer), _) => {
                let own = self.of(optimizer, |run| is_meant(run));
                own.filter_map(|run| self.ratio(published, run)).collect()
            }
            (None, Some(solution)) => {
                // One of every instance, whoever ran there.
                let mut instances: BTreeMap<(&str, u64), &References> = BTreeMap::new();
                for run in self.runs.iter().filter(|run| is_meant(run)) {
                    let record = run.record;
                    instances.entry((&record.case, record.instance_seed)).or_insert(&record.result.reference);
                }
                instances.values().filter_map(|references| of_solution(published, solution, references)).collect()
            }
            (None, None) => Vec::new(),
        };
        values.retain(|value| !value.is_nan());
        values.sort_by(f64::total_cmp);
        values
    }

    fn of<'o>(
        &'o self,
        optimizer: &'o str,
        is_meant: impl Fn(&Run) -> bool + 'o,
    ) -> impl Iterator<Item = &'s Run<'a>> + 'o {
        self.runs.iter().copied().filter(move |run| run.record.optimizer == optimizer && is_meant(run))
    }

    /// The number of a run, or its ratio to that of another optimizer on the same instance, or of the same repetition of another case.
    fn ratio(&self, published: &Published, run: &Run<'a>) -> Option<f64> {
        let own = self.number(published, run)?;
        if published.over.is_none() && published.over_case.is_none() {
            return Some(own);
        }
        let other = published.over.as_deref().or(published.optimizer.as_deref())?;
        let (record, elsewhere) = (run.record, published.over_case.is_some());
        let is_its = |other: &Run| match elsewhere {
            true => {
                let it = other.record;
                published.is_over(&it.case) && it.init == record.init && it.repetition == record.repetition
            }
            false => other.instance() == run.instance(),
        };
        let divisor = self.of(other, is_its).find_map(|other| self.number(published, other))?;
        Some(own / divisor).filter(|_| divisor != 0.0)
    }

    fn number(&self, published: &Published, run: &Run<'a>) -> Option<f64> {
        let result = &run.record.result;
        if let Some(level) = published.at_loss {
            return at_level(result.crossings.iter().find(|crossing| crossing.level == level), &published.metric);
        }
        let point = match published.at.unwrap_or(Point::Limit) {
            Point::Start => result.start.as_ref(),
            Point::Iterate => result.iterate.as_ref(),
            Point::Limit => result.limit(),
        };
        match published.compared()? {
            Compared::Metric(metric) => metric.number(point?),
            // A run that ended nowhere has recovered nothing.
            Compared::Quantity(Quantity::Recovered) => {
                let error = point.filter(|_| run.stopped()).and_then(|point| point.relative_error);
                Some(f64::from(error.is_some_and(|error| error <= within(published))))
            }
            Compared::Quantity(Quantity::Steps) => Some(result.steps as f64),
            Compared::Quantity(Quantity::GradientEquivalents) => Some(result.gradient_equivalents),
            Compared::Quantity(Quantity::EdgeOfStability) => edge_at_end(run),
            Compared::Quantity(Quantity::PathOverDistance) => self.ways.get(run.record.key.as_str()).copied(),
            Compared::Quantity(Quantity::DistanceOverNearest) => over_nearest(run, self.nearest),
        }
    }
}

/// Greatest relative error that counts as recovery.
fn within(published: &Published) -> f64 {
    published.within.unwrap_or(RECOVERED)
}

fn at_level(crossing: Option<&Crossing>, metric: &str) -> Option<f64> {
    match (metric, crossing) {
        ("steps", Some(crossing)) => Some(crossing.step as f64),
        ("gradient_equivalents", Some(crossing)) => Some(crossing.gradient_equivalents),
        ("steps" | "gradient_equivalents", None) => Some(f64::INFINITY),
        ("train_loss", crossing) => Some(crossing?.train_loss),
        ("relative_error", crossing) => crossing?.relative_error,
        ("hessian_trace", crossing) => crossing?.hessian_trace,
        ("excess_flatness", crossing) => crossing?.excess_flatness,
        _ => None,
    }
}

/// The number of a solution, or its ratio to that of another one.
fn of_solution(published: &Published, solution: Solution, references: &References) -> Option<f64> {
    let reference = match solution {
        Solution::Flattest => references.flat.as_ref()?,
        Solution::NormMinimal => references.norm_minimal.as_ref()?,
    };
    let own = solved(published, reference)?;
    match (published.compared()?, published.over_reference) {
        (Compared::Metric(_), Some(other)) => {
            Some(own / of_solution(&Published { over_reference: None, ..published.clone() }, other, references)?)
        }
        _ => Some(own),
    }
}

fn solved(published: &Published, reference: &Reference) -> Option<f64> {
    match published.compared()? {
        Compared::Quantity(Quantity::Recovered) => Some(f64::from(reference.relative_error? <= within(published))),
        Compared::Metric(metric) if metric.name == "relative_error" => reference.relative_error,
        Compared::Metric(metric) if metric.name == "hessian_trace" => Some(reference.hessian_trace),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use flatbench_records::{Init, Record};

    use super::*;
    use crate::{numbers, synthetic};

    fn published(metric: &str, over: Option<&str>, range: [f64; 2]) -> Published {
        let case = synthetic::study(2, 4, 5).sources[0].records[0].case.clone();
        Published {
            what: "a number".to_owned(),
            source: "somebody".to_owned(),
            case,
            init: Some(Init::Large),
            optimizer: Some("trace-penalty".to_owned()),
            reference: None,
            over: over.map(str::to_owned),
            over_case: None,
            over_reference: None,
            metric: metric.to_owned(),
            at: None,
            at_loss: None,
            within: None,
            value: None,
            range,
            remark: String::new(),
        }
    }

    fn replicated(published: Published) -> Replication {
        let mut input = synthetic::study(2, 4, 5);
        input.sources[0].published.push(published);
        let study = Study::new(&input);
        replications(&study, &crate::data::trajectories(&study, &input), &input).remove(0)
    }

    /// tr H at the limits of an optimizer from the large start of the first case, by repetition.
    fn traces(optimizer: &str) -> BTreeMap<u32, f64> {
        let input = synthetic::study(2, 4, 5);
        let records = &input.sources[0].records;
        let is_own = |r: &&Record| r.case == records[0].case && r.init == Init::Large && r.optimizer == optimizer;
        let trace = |r: &Record| Some((r.repetition, r.result.limit()?.hessian_trace?));
        records.iter().filter(is_own).filter_map(trace).collect()
    }

    #[test]
    fn numbers_are_medians_over_instances_and_ratios_are_taken_on_each() {
        let (own, others) = (traces("trace-penalty"), traces("gd"));
        let plain = replicated(published("hessian_trace", None, [0.0, 1e-9]));
        assert_eq!((plain.runs, plain.found), (own.len(), numbers::median(own.values().copied())));
        assert_eq!(plain.agrees(), Some(false));
        let ratios = own.iter().filter_map(|(repetition, trace)| Some(trace / others.get(repetition)?));
        let ratio = replicated(published("hessian_trace", Some("gd"), [0.0, 1.0]));
        assert_eq!(ratio.found, numbers::median(ratios));
        assert_eq!(ratio.agrees(), Some(true), "{ratio:?}");
        let none = replicated(Published {
            optimizer: Some("nobody".to_owned()),
            ..published("hessian_trace", None, [0.0, 1.0])
        });
        assert_eq!((none.found, none.agrees()), (None, None));
    }

    #[test]
    fn a_share_of_runs_counts_failures() {
        let share = replicated(published("recovered", None, [0.0, 1.0]));
        assert_eq!(share.runs, 4);
        let [low, high] = share.spread.expect("runs");
        assert_eq!(share.found, Some(1.0), "the penalty was made to recover everywhere: {share:?}");
        assert!(low > 0.3 && low < 1.0 && high == 1.0, "{share:?}");
        let none =
            replicated(Published { optimizer: Some("gd".to_owned()), ..published("recovered", None, [0.0, 0.1]) });
        assert_eq!((none.found, none.agrees()), (Some(0.0), Some(true)));
    }

    #[test]
    fn references_count_once_for_every_instance_whoever_ran_there() {
        let of = |metric: &str, within: Option<f64>| Published {
            optimizer: None,
            reference: Some(Solution::Flattest),
            within,
            ..published(metric, None, [0.0, 1.0])
        };
        let mut input = synthetic::study(2, 4, 5);
        let case = input.sources[0].records[0].case.clone();
        let mut errors = BTreeMap::new();
        for record in input.sources[0].records.iter_mut().filter(|record| record.case == case) {
            let error = 1e-5 * f64::from(1 + record.repetition);
            if let Some(flat) = &mut record.result.reference.flat {
                flat.relative_error = Some(error);
                errors.insert(record.repetition, error);
            }
        }
        let shares = Published { over_reference: Some(Solution::Flattest), ..of("recovered", None) };
        let shares = Published { within: Some(2.5e-5), ..shares };
        let ratio = Published { over_reference: Some(Solution::NormMinimal), ..of("hessian_trace", None) };
        let published =
            [of("relative_error", None), of("recovered", None), of("recovered", Some(2.5e-5)), shares, ratio];
        input.sources[0].published = published.to_vec();
        let found = replications(&Study::new(&input), &[], &input);
        assert!(found.iter().all(|one| one.runs == errors.len()), "{found:?}");
        assert_eq!(found[0].found, numbers::median(errors.values().copied()));
        assert_eq!((found[1].found, found[2].found), (Some(1.0), Some(2.0 / errors.len() as f64)));
        assert_eq!(found[3].found, Some(1.0), "of a share to itself");
        let record = input.sources[0].records.iter().find(|record| record.case == case).expect("runs");
        let (flat, norm) = (&record.result.reference.flat, &record.result.reference.norm_minimal);
        let traces = flat.as_ref().zip(norm.as_ref()).map(|(flat, norm)| flat.hessian_trace / norm.hessian_trace);
        assert!((found[4].found.expect("known") - traces.expect("both")).abs() < 1e-12, "{:?}", found[4]);
    }

    #[test]
    fn where_a_level_was_never_reached_is_never_and_ratios_go_to_other_cases_too() {
        let mut input = synthetic::study(2, 4, 5);
        let records = &mut input.sources[0].records;
        let (case, level) = (records[0].case.clone(), 1e-4);
        let other = records.iter().map(|record| record.case.clone()).find(|name| *name != case).expect("two cases");
        for record in records.iter_mut().filter(|record| record.optimizer == "trace-penalty") {
            let step = if record.case == case { 30 } else { 10 } * (1 + u64::from(record.repetition));
            let crossing = Crossing {
                level,
                step,
                gradient_equivalents: step as f64,
                train_loss: 0.0,
                relative_error: None,
                hessian_trace: None,
                excess_flatness: None,
            };
            record.result.crossings.push(crossing);
        }
        let steps = |optimizer: &str, over: Option<&str>, over_case: Option<&str>| Published {
            optimizer: Some(optimizer.to_owned()),
            at_loss: Some(level),
            over_case: over_case.map(str::to_owned),
            ..published("steps", over, [0.0, 3.0])
        };
        let published = [
            steps("trace-penalty", None, None),
            steps("trace-penalty", None, Some(&other)),
            steps("gd", None, None),
            steps("gd", Some("trace-penalty"), None),
        ];
        input.sources[0].published = published.to_vec();
        let found = replications(&Study::new(&input), &[], &input);
        assert_eq!((found[0].runs, found[0].found), (4, Some(75.0)), "{:?}", found[0]);
        assert_eq!((found[1].runs, found[1].found, found[1].agrees()), (4, Some(3.0), Some(true)), "{:?}", found[1]);
        assert_eq!((found[2].found, found[2].agrees()), (Some(f64::INFINITY), Some(false)));
        assert_eq!(found[3].found, Some(f64::INFINITY));
    }
}
