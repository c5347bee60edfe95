use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::tuning::{Overall, overalls, ranking};
use flatbench_records::{Init, Rule};

use super::tried::{Tried, tried};
use crate::Input;
use crate::study::Study;

/// How much settings matter from a start: for every optimizer, what the settings that were tried of it score over all cases.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sensitivity {
    pub(crate) init: Init,
    pub(crate) rule: Rule,
    /// Share of the budget that the settings were tried at.
    pub(crate) share: f64,
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
    /// Whether it is the default of the plugin, as far as that is known.
    pub(crate) default: bool,
    /// Whether it is the one that was chosen for all cases.
    pub(crate) chosen: bool,
}

impl Spread {
    /// Best, median (of an even number, the better of the middle two) and worst.
    pub(crate) fn marks(&self) -> [&Trial; 3] {
        let last = self.trials.len() - 1;
        [0, last / 2, last].map(|place| &self.trials[place])
    }
}

/// Sensitivities from each start and by each rule, where settings were tuned or searched.
pub(crate) fn sensitivities(study: &Study, input: &Input) -> Vec<Sensitivity> {
    let of = |((init, rule), (share, tried))| sensitivity(study, init, rule, share, tried);
    tried(study, input).into_iter().filter_map(of).collect()
}

fn sensitivity(study: &Study, init: Init, rule: Rule, share: f64, tried: Vec<Tried>) -> Option<Sensitivity> {
    let cases: BTreeSet<String> = tried.iter().flat_map(|own| own.scores.keys().cloned()).collect();
    let score = |own: &Tried, case: &String| own.scores.get(case).copied().unwrap_or(f64::INFINITY);
    let best: BTreeMap<&String, f64> = cases
        .iter()
        .map(|case| (case, tried.iter().map(|own| score(own, case)).fold(f64::INFINITY, f64::min)))
        .collect();
    let mut settings: BTreeMap<&str, Vec<&Tried>> = BTreeMap::new();
    tried.iter().for_each(|own| settings.entry(&own.optimizer).or_default().push(own));
    let row = |(name, own): (&str, Vec<&Tried>)| {
        let relative = |own: &&Tried| best.iter().map(|(case, best)| score(own, case) / best).collect::<Vec<f64>>();
        let overall = overalls(&own.iter().map(relative).collect::<Vec<_>>());
        let trial = |place: usize| Trial {
            label: own[place].label.clone(),
            ratio: Some(overall[place])
                .filter(|own| own.without == 0 && own.score.is_finite())
                .map(|own: Overall| own.score),
            default: own[place].default,
            chosen: own[place].chosen,
        };
        let optimizer = study.names.iter().position(|own| *own == name)?;
        let row = Spread { optimizer, trials: ranking(&overall).into_iter().map(trial).collect() };
        (row.trials.len() > 1 && row.trials.iter().any(|trial| trial.ratio.is_some())).then_some(row)
    };
    let mut rows: Vec<Spread> = settings.into_iter().filter_map(row).collect();
    rows.sort_by_key(|row| row.optimizer);
    let cases = best.values().filter(|best| best.is_finite()).count();
    (!rows.is_empty()).then_some(Sensitivity { init, rule, share, cases, rows })
}

#[cfg(test)]
mod tests {
    use flatbench_records::{Outcome, Split, TrialRung};

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

    #[test]
    fn trials_of_a_search_are_read_as_its_records_are() {
        let loss = |optimizer: usize, setting: usize, case: usize| match (optimizer, setting, case) {
            (1, 4, 1) => None,
            _ => Some(1e-6 * 3f64.powi((optimizer + setting + case) as i32)),
        };
        let by_records = tuned(&|optimizer, setting, case| loss(optimizer, setting, case));
        let mut by_trials = by_records.clone();
        let evaluated = synthetic::study(2, 1, 3).sources.remove(0).records;
        by_trials.sources[0].records = evaluated;
        let optimizers = synthetic::OPTIMIZERS.iter().chain(&["elsewhere"]).enumerate();
        for ((optimizer, name), init) in optimizers.flat_map(|own| Init::STANDARD.map(|init| (own, init))) {
            for setting in 0..5 {
                let cases = synthetic::CASES.iter().take(2).enumerate();
                let scores = cases.map(|(case, own)| (own.0.to_owned(), loss(optimizer, setting, case))).collect();
                by_trials.sources[0].trials.push(flatbench_records::Trial {
                    format: 1,
                    suite: "default".to_owned(),
                    optimizer: (*name).to_owned(),
                    plugin: (*name).to_owned(),
                    init,
                    trial: setting as u32 + 1,
                    hyperparameters: [("step_size".to_owned(), (setting as f64).into())].into(),
                    rule: Rule::Validation,
                    rungs: vec![TrialRung { rung: 1, share: 0.5, scores, overall: None, without: 0 }],
                    chosen: setting == 2,
                });
            }
        }
        let ratios = |input: &Input| -> Vec<(Init, String, Vec<Option<i64>>)> {
            let study = Study::new(input);
            let all = sensitivities(&study, input);
            let row = |init: Init, row: &Spread| {
                let ratios = row.trials.iter().map(|trial| trial.ratio.map(|ratio| (1e6 * ratio).round() as i64));
                (init, study.names[row.optimizer].to_owned(), ratios.collect())
            };
            all.iter().flat_map(|own| own.rows.iter().map(move |each| row(own.init, each))).collect()
        };
        assert_eq!(ratios(&by_trials), ratios(&by_records), "and what has no run here has no row");
        let study = Study::new(&by_trials);
        let all = sensitivities(&study, &by_trials);
        assert!(all.iter().all(|own| own.share == 0.5));
        let marked = |pick: fn(&Trial) -> bool| -> BTreeSet<&str> {
            let trials = all.iter().flat_map(|own| &own.rows).flat_map(|row| &row.trials);
            trials.filter(|trial| pick(trial)).map(|trial| trial.label.as_str()).collect()
        };
        assert_eq!(marked(|trial| trial.default), BTreeSet::from(["step_size = 0.0"]));
        assert_eq!(marked(|trial| trial.chosen), BTreeSet::from(["step_size = 2.0"]));
    }
}
