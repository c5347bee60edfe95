use std::collections::BTreeMap;

use flatbench_records::{METRICS, Metrics, Point, Published, Record};

use crate::numbers;
use crate::statistics::wilson;
use crate::study::{End, RECOVERED, Run, Study};
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
pub(crate) fn replications(study: &Study, input: &Input) -> Vec<Replication> {
    let of = |(place, source): (usize, &Source)| -> Vec<Replication> {
        let runs: Vec<&Run> = study.compared().filter(|run| run.source == place && run.counts()).collect();
        source.published.iter().map(|published| replication(published, &runs)).collect()
    };
    let own = input.sources.iter().enumerate().filter(|(_, source)| source.archived.is_none());
    own.flat_map(of).collect()
}

fn replication(published: &Published, runs: &[&Run]) -> Replication {
    let of = |optimizer: &str| -> BTreeMap<(usize, u64, u32), &Run> {
        let is_meant = |run: &&&Run| {
            let record = run.record;
            record.optimizer == optimizer
                && published.is_about(&record.case)
                && published.init.is_none_or(|init| init == record.init)
        };
        runs.iter().filter(is_meant).map(|run| (run.instance(), *run)).collect()
    };
    let own = of(&published.optimizer);
    if published.metric == Published::RECOVERED && published.over.is_none() {
        let recovered = own.values().filter(|run| recovers(run, published.at)).count();
        let share = wilson(recovered, own.len());
        return Replication {
            published: published.clone(),
            found: share.map(|share| share.estimate),
            spread: share.map(|share| [share.low, share.high]),
            runs: own.len(),
        };
    }
    let number = |run: &Run| -> Option<f64> {
        let metric = METRICS.iter().find(|metric| metric.name == published.metric)?;
        metric.number(point(run.record, published.at)?)
    };
    let others = published.over.as_deref().map(of);
    let values = own.iter().filter_map(|(instance, run)| match &others {
        None => number(run),
        Some(others) => Some(number(run)? / number(others.get(instance)?)?),
    });
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let spread = values.first().zip(values.last()).map(|(least, greatest)| [*least, *greatest]);
    Replication {
        published: published.clone(),
        found: numbers::median(values.iter().copied()),
        spread,
        runs: values.len(),
    }
}

fn point(record: &Record, at: Point) -> Option<&Metrics> {
    match at {
        Point::Start => record.result.start.as_ref(),
        Point::Iterate => record.result.iterate.as_ref(),
        Point::Limit => record.result.limit(),
    }
}

fn recovers(run: &Run, at: Point) -> bool {
    match at {
        Point::Start => false,
        Point::Iterate => run.recovered(End::Iterate),
        Point::Limit => run.limit().and_then(|limit| limit.relative_error).is_some_and(|error| error <= RECOVERED),
    }
}

#[cfg(test)]
mod tests {
    use flatbench_records::Init;

    use super::*;
    use crate::synthetic;

    fn published(metric: &str, over: Option<&str>, range: [f64; 2]) -> Published {
        let case = synthetic::study(2, 4, 5).sources[0].records[0].case.clone();
        Published {
            what: "a number".to_owned(),
            source: "somebody".to_owned(),
            case,
            init: Some(Init::Large),
            optimizer: "trace-penalty".to_owned(),
            over: over.map(str::to_owned),
            metric: metric.to_owned(),
            at: Point::Limit,
            value: None,
            range,
            remark: String::new(),
        }
    }

    fn replicated(published: Published) -> Replication {
        let mut input = synthetic::study(2, 4, 5);
        input.sources[0].published.push(published);
        let study = Study::new(&input);
        replications(&study, &input).remove(0)
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
        let none =
            replicated(Published { optimizer: "nobody".to_owned(), ..published("hessian_trace", None, [0.0, 1.0]) });
        assert_eq!((none.found, none.agrees()), (None, None));
    }

    #[test]
    fn a_share_of_runs_counts_failures() {
        let share = replicated(published(Published::RECOVERED, None, [0.0, 1.0]));
        assert_eq!(share.runs, 4);
        let [low, high] = share.spread.expect("runs");
        assert_eq!(share.found, Some(1.0), "the penalty was made to recover everywhere: {share:?}");
        assert!(low > 0.3 && low < 1.0 && high == 1.0, "{share:?}");
        let none =
            replicated(Published { optimizer: "gd".to_owned(), ..published(Published::RECOVERED, None, [0.0, 0.1]) });
        assert_eq!((none.found, none.agrees()), (Some(0.0), Some(true)));
    }
}
