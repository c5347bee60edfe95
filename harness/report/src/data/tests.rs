use flatbench_records::{Init, LimitState, Outcome};

use super::*;
use crate::study::{End, Measure, Study};
use crate::synthetic;

#[test]
fn points_and_references_have_their_places() {
    let input = synthetic::study(1, 2, 5);
    let study = Study::new(&input);
    let landscape = landscape(&study, 0).expect("there are runs");
    assert_eq!((landscape.measure, landscape.points.len(), landscape.unplaced), (Measure::Excess, 10, 0));
    assert_eq!(study.optimizers[0], "gd");
    let gd = &landscape.points[0];
    let record = study.runs.iter().find(|r| r.record.key == gd.key).expect("a point has a run").record;
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
    let points = landscape(&study, crashed.panel).expect("others ran").points;
    assert_eq!(points.iter().filter(|p| p.optimizer == crashed.optimizer).count(), 2);
    assert_eq!(failures(&study).iter().filter(|f| f.what == "crashed").count(), 1);
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
    assert_eq!(of("trace-penalty").finding(), Finding::Flatter);
    assert!(of("trace-penalty").ratio.high < 0.2);
    assert_eq!(of("sgd").finding(), Finding::NotResolved);
    // One run of `sam` crashed, and its partner has nobody to be paired with.
    assert_eq!((of("sam").pairs, of("sgd").pairs), (23, 24));
    assert!(all.iter().all(|c| c.adjusted >= c.p));
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
        all.iter().find(|c| study.optimizers[c.optimizer] == name && c.init == init).map(|c| c.pairs)
    };
    assert_eq!(of("sgd", Init::Small), None, "an iterate off zero loss is no flatter minimum");
    assert_eq!((of("sgd", Init::Large), of("trace-penalty", Init::Small)), (Some(12), Some(12)));
    // A baseline that reached no limit leaves nobody to be compared with.
    let input = stuck(synthetic::study(3, 4, 5), "gd");
    let study = Study::new(&input);
    assert!(comparisons(&study, |_| true).iter().all(|c| c.init == Init::Large));
}

#[test]
fn without_any_limit_iterates_are_compared() {
    let mut input = synthetic::study(3, 4, 5);
    for record in &mut input.sources[0].records {
        record.result.limit = None;
    }
    let study = Study::new(&input);
    assert_eq!(comparisons(&study, |_| true).len(), 8);
}

#[test]
fn flatness_off_zero_loss_is_in_no_median_and_no_correlation() {
    let input = stuck(synthetic::study(3, 4, 5), "sgd");
    let study = Study::new(&input);
    let cell = table(&study)
        .into_iter()
        .find(|c| study.optimizers[c.optimizer] == "sgd" && study.panels[c.panel].init == Init::Small)
        .expect("it was run");
    assert_eq!((cell.without_limit, cell.trials, cell.limit.flatness), (4, 4, None));
    assert_eq!((cell.iterate.flatness, cell.limit.error), (Some(1e-5), Some(1.0)));
    let measures = sharpness(&study);
    let trace = measures.iter().find(|m| m.name == "tr H").expect("every record has it");
    assert_eq!(trace.within.pairs, 3 * 4 * (5 + 4));
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
        assert_eq!(comparison.finding(), Finding::NotResolved);
        assert_eq!((comparison.ratio.low, comparison.ratio.high, comparison.p), (1.0, 1.0, None));
    }
}

#[test]
fn controls_show_no_difference() {
    let input = synthetic::study(10, 2, 5);
    let study = Study::new(&input);
    let controls = controls(&study);
    assert_eq!(controls.len(), 8);
    assert!(controls.iter().all(|c| c.ratio.high - c.ratio.low < 1e-6 && (c.ratio.estimate - 1.0).abs() < 1e-6));
}

#[test]
fn a_profile_counts_within_factors_of_the_best() {
    let input = synthetic::study(2, 2, 5);
    let study = Study::new(&input);
    let trajectories = trajectories(&study, &input);
    let profile = profile(&study, &trajectories, Target::Interpolate).expect("gd interpolates");
    assert_eq!((profile.solvable, profile.problems), (8, 8));
    for (optimizer, factors) in &profile.curves {
        let name = study.optimizers[*optimizer];
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
fn a_phase_diagram_needs_one_series_of_cases() {
    let mut input = synthetic::study(1, 4, 2);
    let base = input.sources[0].records.clone();
    for (index, m) in [90, 110, 130].into_iter().enumerate() {
        for record in &base {
            let mut record = record.clone();
            record.case = format!("sensing-m{m}");
            record.key = format!("{}m{m}", record.key);
            if let Some(d) = &mut record.dimensions {
                d.measurements = m;
            }
            if let Some(limit) = &mut record.result.limit {
                limit.metrics.relative_error = Some(if record.repetition as usize <= index { 1e-9 } else { 1.0 });
            }
            if let Some(flat) = &mut record.result.reference.flat {
                (flat.certified, flat.relative_error) =
                    (record.repetition > 0, Some(if index == 0 { 0.1 } else { 1e-9 }));
            }
            input.sources[0].records.push(record);
        }
    }
    let study = Study::new(&input);
    let phases = phases(&study);
    // Two starts; the case of another name is not part of the series.
    assert_eq!(phases.len(), 2);
    let shares: Vec<f64> = phases[0].curves[0].1.iter().map(|p| p.success.estimate).collect();
    assert_eq!(shares, [0.25, 0.5, 0.75]);
    // Each certified instance counts once, however many optimizers met it.
    let flattest: Vec<_> = phases[0].flattest.iter().map(|p| (p.amount, p.recovered, p.trials)).collect();
    assert_eq!(flattest, [(90.0, 0, 3), (110.0, 3, 3), (130.0, 3, 3)]);
}

#[test]
fn a_phase_diagram_of_drawn_measurements_is_over_their_rate() {
    let mut input = synthetic::study(1, 2, 2);
    let base = std::mem::take(&mut input.sources[0].records);
    for (index, rate) in [0.5, 0.6, 0.7].into_iter().enumerate() {
        for (n, record) in base.iter().enumerate() {
            let mut record = record.clone();
            record.key = format!("{}-{rate}", record.key);
            record.case = format!("completion-sampling_rate={rate}");
            record.family = "matrix-completion".to_owned();
            record.family_parameters.insert("sampling_rate".to_owned(), flatbench_records::Value::Real(rate));
            let measurements = 10 * index + n;
            record.dimensions = record.dimensions.map(|d| flatbench_records::Dimensions { measurements, ..d });
            input.sources[0].records.push(record);
        }
    }
    let phases = phases(&Study::new(&input));
    assert_eq!(phases.len(), 2, "two starts");
    assert_eq!(phases[0].amount, "sampling rate p");
    let amounts: Vec<f64> = phases[0].curves[0].1.iter().map(|p| p.amount).collect();
    assert_eq!(amounts, [0.5, 0.6, 0.7]);
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

#[test]
fn sharpness_is_correlated_inside_cases() {
    let input = synthetic::study(6, 4, 5);
    let study = Study::new(&input);
    let measures = sharpness(&study);
    let trace = measures.iter().find(|m| m.name == "tr H").expect("every record has it");
    assert!(trace.within.correlation.low > 0.3 && trace.within.p <= 0.01, "{trace:?}");
    assert_eq!(trace.within.cases, 12);
    assert!(!measures.iter().any(|m| m.name == "worst-case sharpness"), "no record has it");
}

#[test]
fn a_map_of_measurements_and_rank_counts_successes() {
    let mut input = synthetic::study(1, 2, 5);
    let base = std::mem::take(&mut input.sources[0].records);
    for (rank, measurements) in [(1, 60), (1, 90), (2, 90), (2, 120)] {
        for record in &base {
            let mut record = record.clone();
            record.key = format!("{}-{rank}-{measurements}", record.key);
            record.case = format!("sensing-r{rank}-m{measurements}");
            record.dimensions =
                record.dimensions.map(|d| flatbench_records::Dimensions { rank: Some(rank), measurements, ..d });
            input.sources[0].records.push(record);
        }
    }
    let study = Study::new(&input);
    let maps = heats(&study);
    assert_eq!(maps.len(), 10, "five optimizers, two starts");
    let penalty = maps.iter().find(|h| study.optimizers[h.optimizer] == "trace-penalty").expect("it was run");
    assert_eq!((penalty.amounts.as_slice(), penalty.ranks.as_slice()), (&[60.0, 90.0, 120.0][..], &[1, 2][..]));
    assert_eq!(penalty.cells, [(0, 0, 2, 2), (1, 0, 2, 2), (1, 1, 2, 2), (2, 1, 2, 2)]);
    let gd = maps.iter().find(|h| study.optimizers[h.optimizer] == "gd" && h.init == Init::Large).expect("it was run");
    assert!(gd.cells.iter().all(|c| c.2 == 0 && c.3 == 2));
}
