//! Suites that search for settings: their runs, their instances, and who goes on.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use flatbench_records::protocol::Tier;
use flatbench_records::{Init, Metrics, Outcome, Record, Rule, RunResult};
use flatbench_runner::plan::{Choice, Filter, Plan, PlannedRun, Ranked, rank};
use flatbench_runner::suite::Suite;
use flatbench_runner::supervisor::Ended;
use flatbench_runner::tune::{Contender, Left, Search, Space, rungs};
use support::{check, plugins, suite_text};

const NAMES: [&str; 2] = ["gd", "sgd"];

/// A search with `numbers` of trials: of the step sizes 1, 2, ….
fn search<'a>(suite: &'a Suite, numbers: [usize; 2]) -> Search<'a> {
    let contenders = NAMES.iter().zip(numbers).map(|(name, number)| {
        let wish = format!("{name}.step_size={:?}", (1..=number).collect::<Vec<_>>()).parse().expect("a wish");
        let plugin = plugins(&[name]).remove(0).description;
        let space = Space::new(&plugin, &BTreeMap::new(), &[&wish]).expect("a space");
        Contender { name: (*name).into(), plugin: (*name).into(), trials: space.trials(number, 0) }
    });
    let (cases, starts) = (vec!["matrix-sensing".to_owned()], Init::STANDARD.to_vec());
    Search { suite, cases, starts, seeds: 2, rule: Rule::Validation, contenders: contenders.collect() }
}

fn tuning(suite: &Suite) -> Vec<PlannedRun> {
    Plan::new(suite, &plugins(&NAMES), Tier::Cheap).tuning(&Filter::default())
}

/// What comes of a run whose held-out loss is `loss` times that at the start; none where it did not complete.
fn record(run: &PlannedRun, loss: Option<f64>) -> (String, Record) {
    let outcome = if loss.is_some() { Outcome::Completed } else { Outcome::Crashed };
    let mut result = RunResult::ended(outcome, "");
    result.start = Some(Metrics { validation_loss: Some(4.0), ..Metrics::default() });
    result.iterate = loss.map(|loss| Metrics { validation_loss: Some(4.0 * loss), ..Metrics::default() });
    let ended =
        Ended { key: run.key.clone(), dimensions: None, result: Box::new(result), trajectory: None, points: None };
    (run.key.clone(), run.record(ended))
}

fn ranked(runs: &[PlannedRun], loss: &dyn Fn(&PlannedRun) -> Option<f64>) -> BTreeMap<(String, Init), Ranked> {
    let records: BTreeMap<String, Record> = runs.iter().map(|run| record(run, loss(run))).collect();
    let Ok(ranked) = rank(runs, Rule::Validation, &|key| records.get(key), &|_| Ok::<_, Infallible>(None));
    ranked
}

fn step(run: &PlannedRun) -> f64 {
    run.hyperparameters["step_size"].as_real().expect("a number")
}

#[test]
fn a_rung_is_a_suite_that_can_be_read_again_and_meets_instances_of_its_own() {
    let suite = check(&suite_text("", &NAMES)).expect("a suite");
    let search = search(&suite, [8, 8]);
    let rung = rungs(8, Some(2))[0];
    let own = search.suite_of(&rung, &search.all());
    assert_eq!(check(&own.to_toml()).expect("it can be read again"), own);
    let runs = tuning(&own);
    assert_eq!(runs.len(), 2 * 2 * 2 * 8, "starts, optimizers, instances, settings");
    assert!(runs.iter().all(|run| run.case.budget == 25.0), "a quarter of 100");
    let seeds = |runs: &[PlannedRun]| runs.iter().map(|run| run.instance_seed).collect::<BTreeSet<_>>();
    assert_eq!(seeds(&runs).len(), 2, "the same for every optimizer, setting and start");
    for other in [&suite, &own, &search.tuned(&BTreeMap::new())] {
        let plugins = plugins(&NAMES);
        let evaluated = Plan::new(other, &plugins, Tier::Cheap).evaluation(Choice::All, &Filter::default());
        assert!(!evaluated.is_empty() && seeds(&evaluated).is_disjoint(&seeds(&runs)), "{}", other.name());
    }
}

#[test]
fn an_optimizer_with_fewer_settings_says_so_and_the_others_keep_theirs() {
    let suite = check(&suite_text("", &NAMES)).expect("a suite");
    let search = search(&suite, [5, 2]);
    let own = search.suite_of(&rungs(5, None)[0], &search.all());
    let again = check(&own.to_toml()).expect("it can be read again");
    assert_eq!(again, own);
    assert_eq!(tuning(&again).iter().filter(|run| run.optimizer == "gd").count(), 2 * 2 * 5);
    assert_eq!(own.to_toml().matches("exhaustive = true").count(), 1);
}

#[test]
fn the_best_of_each_optimizer_and_start_go_on_and_no_failure_is_lost() {
    let suite = check(&suite_text("", &NAMES)).expect("a suite");
    let search = search(&suite, [8, 8]);
    let rungs = rungs(8, Some(2));
    // From the large start the best step is 6, from the small one 2; sgd fails with every even one.
    let loss = |run: &PlannedRun| {
        let best: f64 = if run.init() == Init::Large { 6.0 } else { 2.0 };
        let fails = run.optimizer == "sgd" && step(run) % 2.0 == 0.0;
        (!fails).then(|| 1e-3 + 0.1 * (step(run) - best).abs() + 0.01 * f64::from(run.repetition))
    };
    let mut left: Left = search.all();
    let mut sizes = Vec::new();
    for (place, rung) in rungs.iter().enumerate() {
        let own = search.suite_of(rung, &left);
        sizes.push(left.values().map(Vec::len).collect::<BTreeSet<_>>());
        let ranked = ranked(&tuning(&own), &loss);
        assert!(ranked.values().all(|own| own.order.len() == rung.trials), "failures are counted");
        let number = rungs.get(place + 1).map_or(1, |next| next.trials);
        left = left.iter().map(|(place, trials)| (place.clone(), ranked[place].best(trials, number))).collect();
    }
    assert_eq!(sizes, [8, 4, 2].map(|size| BTreeSet::from([size])));
    let steps = |name: &str, init: Init| -> f64 {
        let own = search.contenders.iter().find(|own| own.name == name).expect("it is there");
        own.trials[left[&(name.to_owned(), init)][0]]["step_size"].as_real().expect("a number")
    };
    assert_eq!([Init::Large, Init::Small].map(|init| steps("gd", init)), [6.0, 2.0]);
    let odd = [Init::Large, Init::Small].map(|init| steps("sgd", init));
    assert!([5.0, 7.0].contains(&odd[0]) && [1.0, 3.0].contains(&odd[1]), "{odd:?}");
}

#[test]
fn the_tuned_suite_has_the_chosen_settings_and_elsewhere_those_of_the_suite() {
    let text = suite_text("", &["gd"]) + "settings = [{ step_size = 7 }]\n";
    let suite = check(&text).expect("a suite");
    let search = search(&suite, [3, 3]);
    let setting = search.contenders[0].trials[1].clone();
    let chosen = BTreeMap::from([(("gd".to_owned(), Init::Large), setting.clone())]);
    let tuned = search.tuned(&chosen);
    assert_eq!(check(&tuned.to_toml()).expect("it can be read again"), tuned);
    assert!(tuned.tuning().is_none() && tuned.name() == "made-up-tuned");
    let again = tuned.search().expect("how to search anew is kept");
    assert_eq!((again.rule, again.seeds, again.cases.as_ref()), (search.rule, search.seeds, Some(&search.cases)));
    let gd = &tuned.optimizers()[0];
    assert_eq!(gd.settings(Init::Large), [setting]);
    assert_eq!(gd.settings(Init::Small)[0]["step_size"].as_real(), Some(7.0), "the suite's");
    let sgd = &tuned.optimizers()[1];
    assert_eq!(sgd.settings(Init::Small), [search.contenders[1].trials[0].clone()], "its first trial");
}
