use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::tuning::{Overall, median, overalls, ranking, score};
use flatbench_records::{Init, Outcome, Rule, Split};

use super::sweep::{setting_key, varying};
use crate::Input;
use crate::study::{Run, Study};

/// By panel, what the repetitions of a setting score.
type Scores = BTreeMap<usize, Vec<Option<f64>>>;

/// How much settings matter from a start: for every optimizer, what its tuned settings score over all tuned cases.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sensitivity {
    pub(crate) init: Init,
    pub(crate) rule: Rule,
    /// Cases on which any setting has a score.
    pub(crate) cases: usize,
    /// In the order of the report.
    pub(crate) rows: Vec<Spread>,
}

/// The settings of one optimizer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The entry of the optimizer, or of its first setting.
    pub(crate) optimizer: usize,
    /// Its settings from the best to the worst; two at least.
    pub(crate) trials: Vec<Trial>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trial {
    /// What distinguishes it.
    pub(crate) label: String,
    /// Its score over that of the best setting of any optimizer, case by case, and of these ratios the geometric mean: ≥ 1. `None`
    /// where it has no score on some case on which another setting of the optimizer has one.
    pub(crate) ratio: Option<f64>,
}

impl Spread {
    /// Best, median (of an even number, the better of the middle two) and worst.
    pub(crate) fn marks(&self) -> [&Trial; 3] {
        let last = self.trials.len() - 1;
        [0, last / 2, last].map(|place| &self.trials[place])
    }
}

/// Sensitivities from each start and by each rule, where settings were tuned.
pub(crate) fn sensitivities(study: &Study, input: &Input) -> Vec<Sensitivity> {
    let mut groups: BTreeMap<(Init, Rule), Vec<&Run>> = BTreeMap::new();
    let is_tuned = |run: &&Run| run.record.split == Split::Tuning && run.record.result.outcome != Outcome::Skipped;
    for run in study.runs.iter().filter(is_tuned) {
        let Some(rule) = input.sources[run.source].selection.as_deref().and_then(|word| word.parse().ok()) else {
            continue;
        };
        groups.entry((run.record.init, rule)).or_default().push(run);
    }
    groups.into_iter().filter_map(|((init, rule), runs)| sensitivity(study, input, init, rule, &runs)).collect()
}

fn sensitivity(study: &Study, input: &Input, init: Init, rule: Rule, runs: &[&Run]) -> Option<Sensitivity> {
    let firsts: BTreeMap<&str, usize> =
        study.names.iter().enumerate().rev().map(|(index, name)| (*name, index)).collect();
    // By optimizer, setting and case, what its repetitions score.
    let mut scores: BTreeMap<usize, BTreeMap<String, Scores>> = BTreeMap::new();
    let mut settings: BTreeMap<(usize, String), &Run> = BTreeMap::new();
    for run in runs {
        let optimizer = firsts.get(study.names[run.optimizer]).copied().unwrap_or(run.optimizer);
        let (key, own) = (setting_key(run), score(rule, run.record, |key| input.trajectories.get(key).cloned()));
        settings.entry((optimizer, key.clone())).or_insert(run);
        scores.entry(optimizer).or_default().entry(key).or_default().entry(run.panel).or_default().push(own);
    }
    let panels: BTreeSet<usize> = runs.iter().map(|run| run.panel).collect();
    let medians = |cases: &Scores| -> Vec<f64> {
        panels.iter().map(|panel| median(cases.get(panel).into_iter().flatten().copied())).collect()
    };
    let all: BTreeMap<usize, (Vec<String>, Vec<Vec<f64>>)> = scores
        .iter()
        .map(|(optimizer, settings)| {
            (*optimizer, (settings.keys().cloned().collect(), settings.values().map(medians).collect()))
        })
        .collect();
    let best: Vec<f64> = (0..panels.len())
        .map(|case| all.values().flat_map(|(_, medians)| medians).map(|own| own[case]).fold(f64::INFINITY, f64::min))
        .collect();
    let rows = all.iter().filter(|(_, (keys, _))| keys.len() > 1).map(|(&optimizer, (keys, medians))| {
        let relative = |own: &Vec<f64>| own.iter().zip(&best).map(|(own, best)| own / best).collect::<Vec<f64>>();
        let overall = overalls(&medians.iter().map(relative).collect::<Vec<_>>());
        let tried: Vec<&Run> = keys.iter().filter_map(|key| settings.get(&(optimizer, key.clone())).copied()).collect();
        let names = varying(tried.iter().map(|run| &run.record.hyperparameters));
        let trial = |place: usize| Trial {
            label: label(tried[place], &names),
            ratio: Some(overall[place])
                .filter(|own| own.without == 0 && own.score.is_finite())
                .map(|own: Overall| own.score),
        };
        Spread { optimizer, trials: ranking(&overall).into_iter().map(trial).collect() }
    });
    let rows: Vec<Spread> = rows.filter(|row| row.trials.iter().any(|trial| trial.ratio.is_some())).collect();
    let cases = best.iter().filter(|best| best.is_finite()).count();
    (!rows.is_empty()).then_some(Sensitivity { init, rule, cases, rows })
}

fn label(run: &Run, names: &BTreeSet<&str>) -> String {
    let values = run.record.hyperparameters.iter().filter(|(name, _)| names.contains(name.as_str()));
    values.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    /// Records of two cases with five tuned settings of each optimizer, whose held-out losses are `loss(optimizer, setting, case)`.
    fn tuned(loss: &dyn Fn(usize, usize, usize) -> Option<f64>) -> Input {
        let mut input = synthetic::study(2, 1, 3);
        let base = std::mem::take(&mut input.sources[0].records);
        let place = |names: &[&str], name: &str| names.iter().position(|own| *own == name).expect("it is known");
        let cases: Vec<&str> = synthetic::CASES.iter().map(|case| case.0).collect();
        for record in base {
            let (optimizer, case) = (place(&synthetic::OPTIMIZERS, &record.optimizer), place(&cases, &record.case));
            for setting in 0..5 {
                let mut own = record.clone();
                own.key = format!("{}t{setting}", record.key);
                own.split = Split::Tuning;
                own.selected = false;
                own.hyperparameters.insert("step_size".to_owned(), (setting as f64).into());
                let at = |loss| flatbench_records::Metrics { validation_loss: loss, ..Default::default() };
                own.result.start = Some(at(Some(2.0)));
                own.result.limit = None;
                own.result.iterate = Some(at(loss(optimizer, setting, case).map(|loss| 2.0 * loss)));
                own.result.outcome = Outcome::Completed;
                input.sources[0].records.push(own);
            }
        }
        input.sources[0].selection = Some("validation".to_owned());
        input
    }

    #[test]
    fn sensitivity_is_of_all_cases_beside_the_best_of_any() {
        // gd: 1, 10, 100, … times a best that differs from case to case; sgd: twice the best, whatever the setting, and nothing on one
        // case for the last; sam: no score on the second case, which does not count for it.
        let input = tuned(&|optimizer, setting, case| {
            let best = if case == 0 { 1e-8 } else { 1e-2 };
            match (optimizer, setting, case) {
                (0, ..) => Some(best * 10f64.powi(setting as i32)),
                (1, 4, 1) | (2, _, 1) => None,
                (1, ..) => Some(2.0 * best),
                _ => Some(best * (5.0 + setting as f64)),
            }
        });
        let study = Study::new(&input);
        let all = sensitivities(&study, &input);
        assert_eq!(all.iter().map(|own| own.init).collect::<Vec<_>>(), [Init::Large, Init::Small]);
        let own = &all[0];
        assert_eq!((own.rule, own.cases, own.rows.len()), (Rule::Validation, 2, 3));
        let ratios = |name: &str| -> Vec<Option<i64>> {
            let row = own.rows.iter().find(|row| study.names[row.optimizer] == name).expect("it was tuned");
            row.trials.iter().map(|trial| trial.ratio.map(|ratio| (1e3 * ratio).round() as i64)).collect()
        };
        assert_eq!(ratios("gd"), [1, 10, 100, 1000, 10_000].map(|ratio| Some(1000 * ratio)));
        assert_eq!(
            ratios("sgd"),
            [Some(2000), Some(2000), Some(2000), Some(2000), None],
            "a failure is the worst, and not lost"
        );
        assert_eq!(ratios("sam"), [5, 6, 7, 8, 9].map(|ratio| Some(1000 * ratio)));
        let gd = own.rows.iter().find(|row| study.names[row.optimizer] == "gd").expect("it was tuned");
        assert_eq!(
            gd.marks().map(|trial| trial.label.as_str()),
            ["step_size = 0.0", "step_size = 2.0", "step_size = 4.0"]
        );
        assert!(sensitivities(&Study::new(&synthetic::study(2, 1, 3)), &synthetic::study(2, 1, 3)).is_empty());
    }
}
