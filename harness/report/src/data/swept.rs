//! Maps and responses of records that were swept over sizes and hyper-parameters at once.

use flatbench_records::{Init, Outcome, Schedule, Termination, Unit, Value};

use super::*;
use crate::Input;
use crate::study::Study;
use crate::synthetic;

/// Three optimizers on one case, at each of these measurements, and `sam` with each setting. With `settle` a run is made to end as it says.
fn swept(
    measurements: &[usize],
    settings: &[&[(&str, Value)]],
    settle: &dyn Fn(&mut flatbench_records::Record, usize, usize),
) -> Input {
    let mut input = synthetic::study(1, 4, 3);
    let base = std::mem::take(&mut input.sources[0].records);
    for &m in measurements {
        for record in &base {
            let own: &[&[(&str, Value)]] = if record.optimizer == "sam" { settings } else { &[&[]] };
            for (number, setting) in own.iter().enumerate() {
                let mut record = record.clone();
                record.key = format!("{}-{m}-{number}", record.key);
                record.case = format!("sensing-measurements={m}");
                record.dimensions = record.dimensions.map(|d| flatbench_records::Dimensions { measurements: m, ..d });
                record.family_parameters.insert("measurements".to_owned(), Value::Integer(m as i64));
                record.hyperparameters.extend(setting.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
                settle(&mut record, m, number);
                input.sources[0].records.push(record);
            }
        }
    }
    input
}

fn radius(value: f64) -> (&'static str, Value) {
    ("radius", Value::Real(value))
}

/// The error at the limit, in the place of what was drawn.
fn recovers(record: &mut flatbench_records::Record, truth: bool) {
    if let Some(limit) = &mut record.result.limit {
        limit.metrics.relative_error = Some(if truth { 1e-9 } else { 1.0 });
    }
}

#[test]
fn a_map_is_over_a_size_and_a_hyper_parameter() {
    // Recovered by as many repetitions as both numbers' places say; one cell failed as a whole, one run diverged.
    let input = swept(&[40, 60, 90], &[&[radius(0.01)], &[radius(0.1)], &[radius(1.0)]], &|record, m, number| {
        if record.optimizer != "sam" {
            return;
        }
        let column = [40, 60, 90].iter().position(|own| *own == m).unwrap();
        recovers(record, (record.repetition as usize) < column + number);
        if (m, number) == (40, 2) {
            (record.result.outcome, record.result.limit, record.result.iterate) = (Outcome::Crashed, None, None);
        }
        if (m, number, record.repetition) == (90, 0, 3) {
            record.result.termination = Some(Termination::Diverged);
            record.result.limit = None;
        }
    });
    let study = Study::new(&input);
    let all = maps(&study);
    // Of the others one thing varies alone.
    assert_eq!(
        all.iter().map(|map| (map.init, study.names[map.optimizer])).collect::<Vec<_>>(),
        [(Init::Large, "sam"), (Init::Small, "sam")]
    );
    let map = &all[0];
    assert_eq!((map.x.label.as_str(), map.y.label.as_str()), ("measurements m", "radius"));
    assert_eq!((&*map.x.values, &*map.y.values), (&[40.0, 60.0, 90.0][..], &[0.01, 0.1, 1.0][..]));
    assert!(map.y.is_logarithmic() && map.facet.is_empty());
    assert_eq!(map.cells.len(), 9);
    for cell in &map.cells {
        let lost = (cell.column, cell.row) == (0, 2);
        let expected = if lost { 0 } else { (cell.column + cell.row).min(4) };
        assert_eq!((cell.recovered, cell.trials), (Some(expected), 4), "{cell:?}");
        let interval = crate::statistics::wilson(expected, 4);
        assert_eq!(cell.success, interval);
        assert_eq!((cell.failed, cell.excess.is_none()), if lost { (4, true) } else { (0, false) });
        assert_eq!(
            (cell.diverged, cell.limits),
            match (cell.column, cell.row) {
                (2, 0) => (1, 3),
                (0, 2) => (0, 0),
                _ => (0, 4),
            }
        );
    }
    // The flatness is the median of the runs of the cell.
    let own = study.compared().filter(|run| {
        let record = run.record;
        (run.record.init, record.optimizer.as_str()) == (Init::Large, "sam")
            && record.family_parameters["measurements"] == Value::Integer(60)
            && record.hyperparameters["radius"] == Value::Real(0.1)
    });
    let excess = crate::numbers::median(
        own.filter_map(|run| run.flatness(crate::study::Measure::Excess, crate::study::End::Limit)),
    );
    let cell = map.cells.iter().find(|cell| (cell.column, cell.row) == (1, 1)).unwrap();
    assert_eq!(cell.excess.and_then(|excess| excess.height()), excess);
}

#[test]
fn what_is_not_shown_of_a_map_is_fixed_in_it() {
    let unit = |value| Value::Schedule(Schedule { unit: Unit::InverseLambdaMax, ..Schedule::constant(value) });
    let grid: Vec<Vec<(&str, Value)>> = [0.01, 0.1]
        .into_iter()
        .flat_map(|r| [0.1, 0.5, 0.9].map(|step| vec![radius(r), ("step_size", unit(step))]))
        .collect();
    let grid: Vec<&[(&str, Value)]> = grid.iter().map(Vec::as_slice).collect();
    let input = swept(&[40, 60], &grid, &|_, _, _| ());
    let study = Study::new(&input);
    let all: Vec<(String, String, String, usize)> = maps(&study)
        .into_iter()
        .filter(|map| map.init == Init::Large)
        .map(|map| (map.x.label, map.y.label, map.facet, map.cells.iter().map(|cell| cell.trials).sum()))
        .collect();
    let row = |x: &str, y: &str, facet: &str, runs| (x.to_owned(), y.to_owned(), facet.to_owned(), runs);
    assert_eq!(
        all,
        [
            row("measurements m", "radius", "step size, 1/λmax 0.1", 16),
            row("measurements m", "radius", "step size, 1/λmax 0.5", 16),
            row("measurements m", "radius", "step size, 1/λmax 0.9", 16),
            row("measurements m", "step size, 1/λmax", "radius 0.01", 24),
            row("measurements m", "step size, 1/λmax", "radius 0.1", 24),
            row("radius", "step size, 1/λmax", "measurements m 40", 24),
            row("radius", "step size, 1/λmax", "measurements m 60", 24),
        ]
    );
}

#[test]
fn chosen_settings_and_words_are_no_axes() {
    // Another radius for every case, as tuning chooses: it follows from the case.
    let input = swept(&[40, 60, 90], &[&[radius(0.01)]], &|record, m, _| {
        record.hyperparameters.insert("radius".to_owned(), Value::Real(m as f64));
    });
    assert!(maps(&Study::new(&input)).is_empty() && responses(&Study::new(&input)).is_empty());
    // A choice of words is said, and its maps stand apart.
    let word = |radius_: f64, text: &str| vec![radius(radius_), ("variant", Value::Text(text.to_owned()))];
    let grid = [word(0.1, "a"), word(1.0, "a"), word(0.1, "b"), word(1.0, "b")];
    let grid: Vec<&[(&str, Value)]> = grid.iter().map(Vec::as_slice).collect();
    let input = swept(&[40, 60], &grid, &|_, _, _| ());
    let facets: Vec<String> = maps(&Study::new(&input)).into_iter().map(|map| map.facet).collect();
    assert_eq!(facets, ["variant \"a\"", "variant \"b\"", "variant \"a\"", "variant \"b\""]);
}

#[test]
fn a_response_has_a_line_for_every_size_and_the_counts_of_the_records() {
    let radii = [0.01, 0.1, 1.0];
    let input = swept(&[40, 60], &[&[radius(0.01)], &[radius(0.1)], &[radius(1.0)]], &|record, m, number| {
        recovers(record, record.optimizer == "sam" && m == 60 && (record.repetition as usize) <= number);
    });
    let study = Study::new(&input);
    let all = responses(&study);
    assert_eq!(all.len(), 2, "two starts");
    let own = &all[0];
    assert_eq!((own.x.label.as_str(), own.lines_by.as_deref()), ("radius", Some("measurements m")));
    assert_eq!(own.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["40", "60"]);
    let recovered =
        |line: usize| own.lines[line].values.iter().map(|p| (p.value, p.recovered.unwrap().0)).collect::<Vec<_>>();
    assert_eq!(recovered(0), radii.map(|r| (r, 0)));
    assert_eq!(recovered(1), [(0.01, 1), (0.1, 2), (1.0, 3)]);
    // On a single case the lines are of optimizers.
    let input = swept(&[40], &[&[radius(0.01)], &[radius(0.1)], &[radius(1.0)]], &|_, _, _| ());
    let study = Study::new(&input);
    let all = responses(&study);
    assert_eq!((all.len(), all[0].lines_by.as_deref(), all[0].lines[0].name.as_str()), (2, None, "sam"));
}

#[test]
fn many_settings_of_an_optimizer_are_one_group_and_few_are_not() {
    let radii = [0.01, 0.02, 0.05, 0.1, 1.0].map(|r| [radius(r)]);
    let settings: Vec<&[(&str, Value)]> = radii.iter().map(|own| own.as_slice()).collect();
    let input = swept(&[40, 60, 90], &settings, &|_, _, _| ());
    let study = Study::new(&input);
    assert_eq!(study.groups(), [0..1, 1..6, 6..7]);
    assert_eq!(study.group_name(&(1..6)), "sam (5 settings)");
    assert!((1..6).all(|entry| study.look(entry) == study.look(1)) && study.look(0) != study.look(6));
    let phases = phases(&study);
    assert!(phases.iter().all(|phase| phase.curves.iter().all(|(entry, _)| [0, 6].contains(entry))), "maps have them");
    let input = swept(&[40, 60, 90], &settings[..4], &|_, _, _| ());
    let study = Study::new(&input);
    assert!(study.groups().iter().all(|group| group.len() == 1) && study.groups().len() == 6);
    assert_eq!(super::phases(&study)[0].curves.len(), 6);
}

#[test]
fn scales_are_told_by_their_values() {
    let scale = |values: &[f64]| {
        let quantity = series::Quantity::Amount;
        Scale { quantity, label: String::new(), values: values.to_vec() }
    };
    for (values, logarithmic) in [
        (&[0.01, 0.05, 0.2, 1.0][..], true),
        (&[16.0, 32.0, 64.0], true),
        (&[0.001, 0.003162, 0.01, 0.03162], true),
        (&[1.0, 2.0, 3.0], false),
        (&[25.0, 35.0, 45.0, 85.0], false),
        (&[0.0, 0.1, 1.0], false),
        (&[0.1, 1.0], true),
        (&[1.0, 2.0], false),
    ] {
        assert_eq!(scale(values).is_logarithmic(), logarithmic, "{values:?}");
    }
    assert_eq!(scale(&[0.001, 0.003162, 0.01, 1.0]).names(), ["0.001", "0.0032", "0.01", "1"]);
    assert_eq!(scale(&[0.101, 0.102]).names(), ["0.101", "0.102"]);
    assert_eq!(scale(&[120.0, 1e-5]).names(), ["120", "1e-5"]);
}

#[test]
fn cases_that_differ_in_numbers_are_of_one_stem() {
    for name in ["a-scale=1e-3-m=20", "a-scale=0.01-m=2.5", "a-scale=1E+30-m=1"] {
        assert_eq!(stem(name), "a-scale=-m=", "{name}");
    }
    assert_eq!(stem("sensing-2e"), "sensing-e");
    assert_eq!(stem("deep-3-e-4x"), "deep--e-x");
}

#[test]
fn a_page_shows_every_cell_marks_what_was_lost_and_stays_short() {
    let radii = [0.01, 0.02, 0.05, 0.1, 1.0].map(|r| [radius(r)]);
    let settings: Vec<&[(&str, Value)]> = radii.iter().map(|own| own.as_slice()).collect();
    let input = swept(&[40, 60, 90], &settings, &|record, m, number| {
        let own = record.optimizer == "sam" && record.init == Init::Large;
        recovers(record, own && m > 40 && number == 3);
        let is_lost = own && number == 4 && (m == 40 || (m == 60 && record.repetition == 0));
        if is_lost {
            (record.result.outcome, record.result.limit, record.result.iterate) = (Outcome::Crashed, None, None);
        }
    });
    let rendered = crate::render(&input);
    let of = |start: &str| {
        let figures = rendered.figures.iter().filter(|(name, _)| name.starts_with(start) && name.contains("large"));
        let found: Vec<&str> = figures.map(|(_, svg)| svg.as_str()).collect();
        assert_eq!(found.len(), 1, "{start}");
        found[0]
    };
    let (share, flatness) = (of("heat-1-"), of("heat-flatness-1-"));
    for svg in [share, flatness] {
        assert_eq!(svg.matches("class=\"trial\"").count(), 15);
        assert_eq!(svg.matches("class=\"lost\"").count(), 2);
        let cell = "measurements_m=60;radius=0.1;recovered=4;trials=4;";
        assert!(svg.contains(cell), "{svg}");
    }
    assert!(share.contains(">4/4<") && share.contains("radius by measurements m: 0.1 from 60 and the others nowhere"));
    assert!(share.contains("5 of 60 runs failed or diverged"));
    // One of the four that stopped in the middle cell, all of those in the left one.
    assert!(flatness.contains("* some runs reached no minimum") && flatness.contains(">–<"));
    of("response-1-");
    of("response-flatness-1-");
    // Three optimizers, one of them with five settings: three chips, three columns, three rows.
    assert_eq!(rendered.html.matches("<details class=\"menu settings\">").count(), 1);
    let head = rendered.html.split("<table class=\"glance\">").nth(1).and_then(|table| table.split("</thead>").next());
    assert_eq!(head.map(|head| head.matches("<th ").count()), Some(4));
    assert!(rendered.html.contains("every run recovered with 1 of 5 settings"), "the table at a glance");
    for group in &rendered.digest.groups {
        let names: Vec<&str> = group.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["gd", "sam (5 settings)", "sgd"], "{}", group.title);
    }
    let middle = &rendered.digest.groups[2].rows[1];
    assert_eq!((middle.recovered.as_str(), middle.limit.as_str()), ("4/4 to 0/4", "4/4 to 3/4"));
    assert!(middle.notes.contains(&"failed: 1 of 20".to_owned()), "{:?}", middle.notes);
}
