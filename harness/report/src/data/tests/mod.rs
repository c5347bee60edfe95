mod along;
mod phases;

use flatbench_records::{Init, LimitState, Outcome, Record};

use super::*;
use crate::bounds::Bounds;
use crate::study::{End, Measure, Study};
use crate::synthetic;

#[test]
fn points_and_references_have_their_places() {
    let input = synthetic::study(1, 2, 5);
    let study = Study::new(&input);
    let landscape = landscape(&study, 0, &[true; 1000]).expect("there are runs");
    assert_eq!((landscape.measure, landscape.points.len(), landscape.unplaced), (Measure::Excess, 10, 0));
    assert_eq!(study.optimizers[0], "gd");
    let gd = &landscape.points[0];
    let record = study
        .runs
        .iter()
        .find(|r| Some(&r.record.key) == gd.drawn.as_ref().map(|drawn| &drawn.key))
        .expect("a point has a run")
        .record;
    let limit = record.result.limit.as_ref().expect("it has a limit");
    let place =
        (limit.metrics.relative_error.expect("it is known"), limit.metrics.excess_flatness.expect("it is known"));
    assert_eq!(gd.limit, Some(place));
    // One mark per instance, however many runs share it.
    assert_eq!((landscape.flattest.len(), landscape.norm_minimal.len()), (2, 2));
    assert!(landscape.flattest.iter().all(|m| (m.flatness - 1.0).abs() < 1e-12 && m.certified));
}

#[test]
fn a_failed_run_is_a_failure_in_the_table_and_no_point() {
    let input = synthetic::study(4, 3, 5);
    let study = Study::new(&input);
    let crashed = study.runs.iter().find(|r| r.record.result.outcome == Outcome::Crashed).expect("one was planted");
    let cell = table(&study)
        .into_iter()
        .find(|c| (c.panel, c.optimizer) == (crashed.panel, crashed.optimizer))
        .expect("every pair with runs has a cell");
    assert_eq!((cell.trials, cell.failures, cell.skipped), (3, 1, 0));
    let points = landscape(&study, crashed.panel, &[true; 1000]).expect("others ran").points;
    assert_eq!(points.iter().filter(|p| p.optimizer == crashed.optimizer).count(), 2);
    assert_eq!(failures(&study, 100).0.iter().filter(|f| f.what == "crashed").count(), 1);
}

#[test]
fn medians_and_successes_are_those_of_the_records() {
    let input = synthetic::study(1, 5, 5);
    let study = Study::new(&input);
    for cell in table(&study) {
        let mut errors: Vec<f64> = study
            .in_panel(cell.panel)
            .filter(|r| r.optimizer == cell.optimizer)
            .filter_map(|r| r.error(End::Limit))
            .collect();
        errors.sort_by(f64::total_cmp);
        assert_eq!(cell.limit.error, Some(errors[2]));
        assert_eq!(cell.limit.recovered, errors.iter().filter(|e| **e <= 1e-3).count());
    }
}

#[test]
fn comparisons_are_paired_and_find_what_was_planted() {
    let input = synthetic::study(6, 4, 5);
    let study = Study::new(&input);
    let all = comparisons(&study, |_| true);
    let of = |name: &str| {
        all.iter().find(|c| study.optimizers[c.optimizer] == name && c.init == Init::Large).expect("it was compared")
    };
    assert_eq!(of("trace-penalty").finding(), Finding::Lower);
    assert!(of("trace-penalty").trace.interval.high < 0.2);
    assert_eq!(of("sgd").finding(), Finding::Alike);
    // One run of `sam` crashed, and its partner has nobody to be paired with.
    assert_eq!((of("sam").trace.pairs, of("sgd").trace.pairs), (23, 24));
    assert!(all.iter().all(|c| c.trace.adjusted >= c.trace.p));
}

/// `optimizer` from a small start ends near the origin, far off zero loss and flatter than every minimum.
fn stuck(mut input: crate::Input, optimizer: &str) -> crate::Input {
    for record in &mut input.sources[0].records {
        if record.optimizer != optimizer || record.init != Init::Small {
            continue;
        }
        if let Some(limit) = &mut record.result.limit {
            limit.state = LimitState::NotReached;
            limit.reason = Some("the loss stays at a saddle".to_owned());
        }
        if let Some(iterate) = &mut record.result.iterate {
            (iterate.excess_flatness, iterate.hessian_trace) = (Some(1e-5), Some(1e-3));
            (iterate.relative_error, iterate.train_loss) = (Some(1.0), Some(1.0));
        }
    }
    input
}

#[test]
fn comparisons_are_between_runs_that_reached_a_limit() {
    let input = stuck(synthetic::study(3, 4, 5), "sgd");
    let study = Study::new(&input);
    let all = comparisons(&study, |_| true);
    let of = |name: &str, init: Init| {
        all.iter().find(|c| study.optimizers[c.optimizer] == name && c.init == init).map(|c| c.trace.pairs)
    };
    assert_eq!(of("sgd", Init::Small), None, "an iterate off zero loss is no flatter minimum");
    assert_eq!((of("sgd", Init::Large), of("trace-penalty", Init::Small)), (Some(12), Some(12)));
    // A baseline that reached no limit leaves nobody to be compared with.
    let input = stuck(synthetic::study(3, 4, 5), "gd");
    let study = Study::new(&input);
    assert!(comparisons(&study, |_| true).iter().all(|c| c.init == Init::Large));
}

#[test]
fn without_any_limit_nothing_is_compared() {
    let mut input = synthetic::study(3, 4, 5);
    for record in &mut input.sources[0].records {
        record.result.limit = None;
        if let Some(iterate) = record.result.iterate.as_mut().filter(|_| record.optimizer == "sam") {
            (iterate.hessian_trace, iterate.excess_flatness) = (Some(1e-4), Some(1e-6));
        }
    }
    let study = Study::new(&input);
    assert!(comparisons(&study, |_| true).is_empty() && sharpness(&study).is_empty());
    assert!(table(&study).iter().all(|cell| cell.limit.flatness.is_none() && cell.iterate.flatness.is_some()));
}

#[test]
fn a_difference_of_step_sizes_has_no_name() {
    // Everybody 1.7 % flatter on every instance: resolved beyond doubt, and too small for a word.
    let ratio = |estimate, low, high| Ratio {
        pairs: 60,
        interval: crate::statistics::Interval { estimate, low, high },
        p: Some(4e-6),
        adjusted: Some(4e-5),
    };
    assert_eq!(ratio(0.983, 0.975, 0.99).finding(), Finding::Alike);
    assert_eq!(ratio(0.93, 0.80, 0.98).finding(), Finding::NotResolved);
    assert_eq!(ratio(0.88, 0.80, 0.95).finding(), Finding::Lower);
    assert_eq!(ratio(1.2, 1.15, 1.3).finding(), Finding::Higher);
    assert_eq!(Ratio { adjusted: Some(0.2), ..ratio(0.5, 0.3, 0.8) }.finding(), Finding::NotResolved);
}

#[test]
fn a_deep_case_is_counted_by_its_interval() {
    let input = synthetic::study(7, 3, 5);
    let study = Study::new(&input);
    let all = standings(&study, Init::Large);
    let penalty = all.iter().find(|s| study.optimizers[s.optimizer] == "trace-penalty").expect("it was run");
    let deep: Vec<_> = penalty.cases.iter().filter(|case| !case.certified).collect();
    assert_eq!((deep.len(), deep[0].runs.len()), (1, 3));
    // Over 70.1, the flattest known, of which no more is proven than that none has half of it.
    let (excess, trace) = (deep[0].excess[0], deep[0].runs[0].result.limit().and_then(|limit| limit.hessian_trace));
    let ratio = trace.expect("it is known") / 70.1;
    assert!((excess.low.expect("one is known") - ratio).abs() < 1e-9);
    assert!((excess.high.expect("it is bounded") - 2.0 * ratio).abs() < 1e-9);
    let traces = deep[0].runs.iter().filter_map(|run| run.result.limit()?.hessian_trace);
    assert_eq!(deep[0].reached, traces.filter(|trace| *trace <= 1.01 * 70.1).count());
    assert!(!deep[0].is_reached(), "some are more than 1 % above it");

    let mut flatter = input.clone();
    let own = |r: &&mut Record| r.optimizer == "trace-penalty" && r.family.starts_with("deep-matrix");
    for record in flatter.sources[0].records.iter_mut().filter(own) {
        record.result.limit.as_mut().expect("it has one").metrics.hessian_trace = Some(69.0);
    }
    let study = Study::new(&flatter);
    let all = standings(&study, Init::Large);
    let penalty = all.iter().find(|s| study.optimizers[s.optimizer] == "trace-penalty").expect("it was run");
    let deep = penalty.cases.iter().find(|case| !case.certified).expect("it is there");
    assert!(deep.is_reached(), "flatter than the flattest known is at it");
}

#[test]
fn a_lower_bound_stands_for_the_truth_where_the_truth_is_the_flattest_known() {
    let mut input = synthetic::study(1, 2, 5);
    for record in &mut input.sources[0].records {
        let flat = record.result.reference.flat.as_mut().expect("it was solved");
        (flat.certified, flat.exact, flat.lower, flat.upper) = (false, false, Some(100.0), Some(110.99));
        (flat.hessian_trace, flat.relative_error) = (100.0, Some(0.4));
    }
    let study = Study::new(&input);
    let all = standings(&study, Init::Large);
    let penalty = all.iter().find(|s| study.optimizers[s.optimizer] == "trace-penalty").expect("it was run");
    assert_eq!(penalty.reached(), 1);
    assert_eq!(penalty.excess(|_| true).expect("it is known").words(), "1.000× to 1.11×");
    let landscape = landscape(&study, 0, &[true; 1000]).expect("there are runs");
    let mark = &landscape.flattest[0];
    assert_eq!((mark.name, mark.certified, mark.error), ("flattest minimum known", false, 0.0));
    assert!((mark.flatness - 1.1099).abs() < 1e-9);
}

#[test]
fn shares_by_threshold_are_those_of_the_errors() {
    let mut input = synthetic::with_tuning(synthetic::study(2, 4, 5));
    // One case is tuned, the other is not.
    input.sources[0].records.retain(|r| r.split == flatbench_records::Split::Evaluation || r.case == "anisotropic");
    for record in input.sources[0].records.iter_mut().filter(|r| r.optimizer == "gd" && r.init == Init::Small) {
        let Some(limit) = record.result.limit.as_mut() else { continue };
        limit.metrics.relative_error = Some(if record.repetition == 0 { 5e-4 } else { 4e-3 });
    }
    let study = Study::new(&input);
    let all = recoveries(&study);
    let kinds: Vec<(Init, bool)> = all.iter().map(|r| (r.init, r.tuned)).collect();
    assert_eq!(kinds, [(Init::Large, true), (Init::Large, false), (Init::Small, true), (Init::Small, false)]);
    let gd = all[3].curves.iter().find(|c| study.optimizers[c.optimizer] == "gd").expect("it was run");
    assert_eq!((gd.runs, gd.recovered(1e-3), gd.recovered(1e-2), gd.recovered(1e-9)), (4, 1, 4, 0));
    assert_eq!(gd.hinges(), Some((1e-2, 4)));
    assert!(all[0].curves.iter().all(|c| c.hinges().is_none()));
}

#[test]
fn settings_of_which_none_was_chosen_are_not_pooled() {
    let mut input = synthetic::study(3, 4, 5);
    let sam: Vec<_> = input.sources[0].records.iter().filter(|r| r.optimizer == "sam").cloned().collect();
    for record in input.sources[0].records.iter_mut().filter(|r| r.optimizer == "sam") {
        record.selected = false;
    }
    for mut record in sam {
        record.key.push('b');
        record.selected = false;
        record.hyperparameters.insert("radius".to_owned(), 0.5.into());
        for point in [record.result.iterate.as_mut(), record.result.limit.as_mut().map(|l| &mut l.metrics)] {
            let point = point.expect("it completed");
            (point.hessian_trace, point.excess_flatness) = (point.hessian_trace.map(|t| 2.0 * t), None);
        }
        input.sources[0].records.push(record);
    }
    let study = Study::new(&input);
    let names = ["gd", "label-noise-sgd", "sam radius=0.05", "sam radius=0.5", "sgd", "trace-penalty"];
    assert_eq!(study.optimizers, names);
    assert!(table(&study).iter().all(|cell| cell.trials == 4));
    let of = |name: &str| {
        let all = comparisons(&study, |_| true);
        let found = all.iter().find(|c| study.optimizers[c.optimizer] == name && c.init == Init::Large).cloned();
        found.expect("it was compared").trace
    };
    let (one, other) = (of("sam radius=0.05"), of("sam radius=0.5"));
    assert_eq!((one.pairs, other.pairs), (12, 12));
    assert!((other.interval.estimate / one.interval.estimate - 2.0).abs() < 1e-9);
    // Side by side they make a sweep of which nothing was chosen.
    let sweeps = sweeps(&study);
    assert_eq!((sweeps.len(), sweeps[0].name, sweeps[0].settings.len()), (6, "sam", 2));
    assert!(sweeps.iter().flat_map(|s| &s.settings).all(|s| !s.chosen && s.runs == 4));
}

#[test]
fn flatness_off_zero_loss_is_in_no_median_and_no_correlation() {
    let input = stuck(synthetic::study(3, 4, 5), "sgd");
    let study = Study::new(&input);
    let cell = table(&study)
        .into_iter()
        .find(|c| study.optimizers[c.optimizer] == "sgd" && study.panels[c.panel].init == Init::Small)
        .expect("it was run");
    assert_eq!(
        (cell.reasons.words(4), cell.limit.flatness),
        ("the loss stays at a saddle: 4 of 4 runs".to_owned(), None)
    );
    assert_eq!((cell.iterate.flatness, cell.limit.error), (Some(Bounds::exactly(1e-5)), Some(1.0)));
    let measures = sharpness(&study);
    let trace = measures.iter().find(|m| m.name == "tr H").expect("every record has it");
    assert_eq!(trace.in_cases.pairs, 3 * 4 * (5 + 4));
}

#[test]
fn an_optimizer_ties_with_its_copy() {
    let mut input = synthetic::study(3, 3, 1);
    let copies: Vec<_> = input.sources[0]
        .records
        .iter()
        .cloned()
        .map(|mut r| {
            (r.optimizer, r.key) = ("copy".to_owned(), format!("{}c", r.key));
            r
        })
        .collect();
    input.sources[0].records.extend(copies);
    let study = Study::new(&input);
    for comparison in comparisons(&study, |_| true) {
        assert_eq!(comparison.finding(), Finding::Alike);
        let Ratio { interval, p, .. } = comparison.trace;
        assert_eq!((interval.low, interval.high, p), (1.0, 1.0, None));
    }
}

#[test]
fn controls_show_no_difference() {
    let input = synthetic::study(10, 2, 5);
    let study = Study::new(&input);
    let controls = controls(&study);
    assert_eq!(controls.len(), 8);
    let is_one = |i: crate::statistics::Interval| i.high - i.low < 1e-6 && (i.estimate - 1.0).abs() < 1e-6;
    assert!(controls.iter().all(|c| is_one(c.trace.interval)));
}

#[test]
fn a_profile_counts_within_factors_of_the_best() {
    let input = synthetic::study(2, 2, 5);
    let study = Study::new(&input);
    let trajectories = trajectories(&study, &input);
    let profile = profile(&study, &trajectories, Target::Interpolate).expect("gd interpolates");
    assert_eq!((profile.solvable, profile.problems), (8, 8));
    for (optimizer, factors) in &profile.curves {
        let name = study.optimizers[*optimizer].as_str();
        let solves = !matches!(name, "sam" | "label-noise-sgd");
        assert_eq!(factors.len(), if solves { 8 } else { 0 }, "{name}");
        assert!(factors.iter().all(|f| *f >= 1.0));
    }
}

#[test]
fn a_sweep_knows_its_parameter_and_the_chosen_setting() {
    let input = synthetic::with_tuning(synthetic::study(1, 1, 2));
    let study = Study::new(&input);
    let sweeps = sweeps(&study);
    assert_eq!(sweeps.len(), 2, "one for each start of gd");
    assert_eq!(sweeps[0].parameter.as_deref(), Some("step_size"));
    let positions: Vec<f64> = sweeps[0].settings.iter().map(|s| s.position).collect();
    assert_eq!(positions, [0.125, 0.25, 0.5, 1.0, 2.0]);
    let chosen: Vec<bool> = sweeps[0].settings.iter().map(|s| s.chosen).collect();
    assert_eq!(chosen, [false, false, true, false, false]);
}

#[test]
fn a_family_that_the_catalogue_does_not_know_is_no_control_and_counts_measurements() {
    let mut input = synthetic::study(10, 1, 1);
    for record in &mut input.sources[0].records {
        record.family_parameters.insert("sampling_rate".to_owned(), 0.5.into());
    }
    let known = Study::new(&input);
    assert!(known.panels.iter().any(|panel| panel.control));
    input.families.clear();
    let unknown = Study::new(&input);
    assert!(!unknown.panels.iter().any(|panel| panel.control));
    let amount = phase::amount(&unknown, unknown.runs[0].record).expect("the sizes are known");
    assert_eq!((amount.label, amount.harms), ("measurements m", false));
}

/// Runs from the two starts of an instance share it: seeing everything twice makes no interval narrower.
#[test]
fn starts_of_an_instance_are_resampled_together() {
    let mut once = synthetic::study(3, 6, 5);
    once.sources[0].records.retain(|record| record.init == Init::Large);
    let mut twice = once.clone();
    for record in &once.sources[0].records {
        twice.sources[0].records.push(Record {
            init: Init::Small,
            key: format!("{}-again", record.key),
            ..record.clone()
        });
    }
    let (once, twice) = (sharpness(&Study::new(&once)), sharpness(&Study::new(&twice)));
    assert!(!once.is_empty() && once.len() == twice.len());
    let mut wide = 0;
    for (one, two) in once.iter().zip(&twice) {
        let ends = |measure: &Sharpness| [measure.in_cases.correlation.low, measure.in_cases.correlation.high];
        wide += usize::from(ends(one)[1] - ends(one)[0] > 0.01);
        for (one, two) in ends(one).iter().zip(ends(two)) {
            assert!((one - two).abs() < 1e-9, "{one} {two}");
        }
    }
    assert!(wide > 0, "an interval to be made narrower");
}

#[test]
fn sharpness_is_correlated_inside_cases() {
    let input = synthetic::study(6, 4, 5);
    let study = Study::new(&input);
    let measures = sharpness(&study);
    let trace = measures.iter().find(|m| m.name == "tr H").expect("every record has it");
    assert!(trace.in_cases.correlation.low > 0.3 && trace.in_cases.p <= 0.01, "{trace:?}");
    assert_eq!(trace.in_cases.groups, 12);
    assert!(!measures.iter().any(|m| m.name == "worst-case sharpness"), "no record has it");
}
