//! How far a stage has come: runs and cases, pace and time left, and the best of what was found.

use std::collections::BTreeMap;
use std::time::Instant;

use flatbench_records::{Init, Outcome, Record};
use flatbench_report::{multiple, short};
use flatbench_runner::plan::PlannedRun;

use super::rate::Rate;
use crate::catalog::Families;
use crate::terminal::width;

/// Columns inside the brackets of a bar.
const BAR: usize = 20;

/// A stage of a session.
pub struct Course {
    name: String,
    total: usize,
    done: usize,
    failed: usize,
    rate: Rate,
    /// Runs to come, by case.
    missing: BTreeMap<String, usize>,
    best: BTreeMap<Place, Best>,
    /// Where the last record is from.
    place: Option<Place>,
    families: Families,
}

/// Case and start.
type Place = (String, Init);

/// The least that was found at a place.
struct Best {
    value: f64,
    /// What it is of and how it reads.
    words: [String; 2],
    optimizer: String,
}

impl Course {
    /// A stage that begins now.
    pub fn new(name: &str, runs: &[PlannedRun], missing: &[PlannedRun], now: Instant) -> Self {
        let cases = |runs: &[PlannedRun]| runs.iter().map(|run| run.case.name.clone()).collect::<Vec<_>>();
        Course::of_cases(name, &cases(runs), &cases(missing), now)
    }

    /// The same, of the cases of all runs and of those that are missing.
    fn of_cases(name: &str, runs: &[String], missing: &[String], now: Instant) -> Self {
        let mut by_case: BTreeMap<String, usize> = runs.iter().map(|case| (case.clone(), 0)).collect();
        missing.iter().for_each(|case| *by_case.entry(case.clone()).or_default() += 1);
        Course {
            name: name.to_owned(),
            total: runs.len(),
            done: runs.len() - missing.len(),
            failed: 0,
            rate: Rate::new(now),
            missing: by_case,
            best: BTreeMap::new(),
            place: None,
            families: Families::new(),
        }
    }

    /// Takes in a record that has come; returns whether it is the last of its case.
    pub fn take(&mut self, record: &Record, now: Instant) -> bool {
        self.done += 1;
        self.rate.add(1, now);
        self.failed += usize::from(record.result.outcome.is_failure());
        let place = (record.case.clone(), record.init);
        if let Some(found) = self.found(record)
            && self.best.get(&place).is_none_or(|best| found.value < best.value)
        {
            self.best.insert(place.clone(), found);
        }
        self.place = Some(place);
        let Some(left) = self.missing.get_mut(&record.case) else { return false };
        *left = left.saturating_sub(1);
        *left == 0
    }

    /// What a record found that others can be held against: excess flatness where a flatter minimum can be found, the error on held-out
    /// data where the truth is not known.
    fn found(&self, record: &Record) -> Option<Best> {
        let result = &record.result;
        let iterate = result.iterate.as_ref().filter(|_| result.outcome == Outcome::Completed)?;
        let best = |value: f64, of: &str, reads: String| Best {
            value,
            words: [of.to_owned(), reads],
            optimizer: record.optimizer.clone(),
        };
        if iterate.relative_error.is_none() {
            return iterate.test_loss.map(|error| best(error, "held-out error", short(error)));
        }
        let is_control =
            self.families.of(&record.family).is_some_and(|family| family.is_control(&record.family_parameters));
        let excess = result.limit()?.excess_flatness.filter(|_| !is_control)?;
        let about = if result.reference.flat.as_ref()?.is_minimum() { "" } else { "≈ " };
        Some(best(excess, "excess flatness", format!("{about}{}", multiple(excess))))
    }

    /// Runs with a record, and all.
    pub fn runs(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// `3/9 cases`.
    pub fn cases(&self) -> String {
        let done = self.missing.values().filter(|left| **left == 0).count();
        format!("{done}/{} {}", self.missing.len(), if self.missing.len() == 1 { "case" } else { "cases" })
    }

    /// `12.3 runs/s`, once there is a pace.
    pub fn pace(&self, now: Instant) -> Option<String> {
        self.rate.words(now)
    }

    /// `about 40 s left`, while a run is to come.
    pub fn time(&self, now: Instant) -> Option<String> {
        self.rate.left(self.total - self.done, now)
    }

    /// The best where the last record is from, in full and in short.
    pub fn best(&self) -> Option<[String; 2]> {
        let place = self.place.as_ref()?;
        let Best { words: [of, reads], optimizer, .. } = self.best.get(place)?;
        let (case, start) = (&place.0, place.1.name());
        Some([
            format!("least {of} on {case}, {start} start: {reads} by {optimizer}"),
            format!("{case}: {reads} {optimizer}"),
        ])
    }

    /// All of it in one line of at most `columns`: what does not fit is left out, the least important first.
    pub fn line(&self, now: Instant, columns: usize) -> String {
        let filled = BAR * self.done / self.total.max(1);
        let bar = format!("[{}{}]", "=".repeat(filled), " ".repeat(BAR - filled));
        let [best, best_in_short] = self.best().map_or([None, None], |words| words.map(Some));
        let failed = (self.failed > 0).then(|| format!("{} failed", self.failed));
        let runs = Some(format!("{}/{}", self.done, self.total));
        // In the order of the line, each with the number of the first layout without it.
        let layouts = |layout: usize| {
            [
                (Some(self.name.clone()), 4),
                (Some(bar.clone()), 2),
                (runs.clone(), 9),
                (Some(self.cases()), 7),
                (self.pace(now), 3),
                (self.time(now), 8),
                (failed.clone(), 6),
                (if layout == 0 { best.clone() } else { best_in_short.clone() }, 5),
            ]
            .into_iter()
            .filter_map(|(part, without)| part.filter(|_| layout < without))
            .collect::<Vec<_>>()
            .join("  ")
        };
        (0..8).map(layouts).find(|line| width(line) <= columns).unwrap_or_else(|| layouts(8))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A run of the reference report that reached a minimum of a case that is no control.
    fn record() -> Record {
        let lines = include_str!("../../../../reports/reference/records.jsonl").lines();
        let mut records = lines.map(|line| serde_json::from_str::<Record>(line).expect("it is committed"));
        let is_it = |r: &Record| r.case == "sensing" && r.result.limit().is_some_and(|l| l.excess_flatness.is_some());
        records.find(is_it).expect("there is one")
    }

    /// The same with another excess flatness.
    fn with_excess(excess: f64, optimizer: &str) -> Record {
        let mut record = Record { optimizer: optimizer.to_owned(), ..record() };
        record.result.limit.as_mut().expect("it has one").metrics.excess_flatness = Some(excess);
        record
    }

    fn cases(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn time_left_is_never_nothing_while_a_run_is_to_come() {
        let begun = Instant::now();
        let at = |seconds: f64| begun + Duration::from_secs_f64(seconds);
        let all = cases(&["sensing", "sensing", "deep"]);
        let mut course = Course::of_cases("evaluation", &all, &all, begun);
        assert_eq!((course.time(at(5.0)), course.pace(at(5.0))), (None, None), "nothing is known yet");
        course.take(&record(), at(0.1));
        course.take(&record(), at(0.2));
        assert_eq!(course.time(at(0.2)).as_deref(), Some("about 1 s left"));
        assert_eq!(course.time(at(30.2)).as_deref(), Some("about 30 s left"), "the last run is a long one");
        assert!(!course.line(at(0.2), 200).contains("0 s left"));
        course.take(&Record { case: "deep".to_owned(), ..record() }, at(31.0));
        assert_eq!(course.time(at(31.0)), None, "all is done");
    }

    #[test]
    fn the_best_of_a_case_is_kept_with_its_optimizer() {
        let now = Instant::now();
        let all = cases(&["sensing", "sensing", "sensing", "deep"]);
        let mut course = Course::of_cases("evaluation", &all, &all[1..], now);
        assert_eq!((course.runs(), course.cases().as_str(), course.best()), ((1, 4), "0/2 cases", None));
        assert!(!course.take(&with_excess(1.25, "sam"), now));
        assert!(course.take(&with_excess(4.5, "gd"), now), "the last one of its case");
        let [full, short] = course.best().expect("there is one");
        let start = record().init.name();
        assert_eq!(full, format!("least excess flatness on sensing, {start} start: 1.25× by sam"));
        assert_eq!((short.as_str(), course.cases().as_str()), ("sensing: 1.25× sam", "1/2 cases"));
        let mut control = with_excess(1.0, "gd");
        (control.case, control.family) = ("deep".to_owned(), "covariance-estimation".to_owned());
        course.take(&control, now);
        assert_eq!(course.best(), None, "on a control there is nothing to find");
    }

    #[test]
    fn a_line_fits_and_says_the_most_important() {
        let begun = Instant::now();
        let now = begun + Duration::from_secs(10);
        let all: Vec<String> = (0..120).map(|run| format!("case-{}", run % 9)).chain(cases(&["sensing"])).collect();
        let mut course = Course::of_cases("evaluation", &all, &all, begun);
        course.take(&with_excess(1.001, "trace-penalty"), now);
        let columns = |columns: usize| course.line(now, columns);
        for wide in 36..200 {
            assert!(width(&columns(wide)) <= wide, "{wide}: {}", columns(wide));
        }
        assert_eq!(columns(39), "1/121  1/10 cases  about 20 min left");
        assert_eq!(columns(20), "1/121");
        assert!(columns(79).contains("sensing: 1.001× trace-penalty"), "{}", columns(79));
        let full = columns(180);
        assert!(full.starts_with("evaluation  [") && full.ends_with("1.001× by trace-penalty"), "{full}");
    }
}
