//! Archived runs beside those of a study: what pairs, what is left out and why, and how it is shown.

use std::path::Path;

use flatbench_records::directory::Beside;
use flatbench_records::{Init, NUMERICS, Record, Rule, Value};
use flatbench_report::{Input, pair, read_beside, render, spots};

use crate::directory::save;
use crate::synthetic;

/// Records of the optimizers that `keep` says.
fn records(cases: usize, optimizers: usize, keep: impl Fn(&Record) -> bool) -> Vec<Record> {
    let all = synthetic::study(cases, 3, optimizers).sources.remove(0).records;
    all.into_iter().filter(|record| keep(record)).collect()
}

/// A run directory with these records on the disk.
fn folder(records: Vec<Record>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let source = synthetic::source(records);
    save(folder.path(), &Input { sources: vec![source], ..Input::default() });
    std::fs::write(folder.path().join("suite.toml"), "name = \"default\"\nbaseline = \"gd\"\n")
        .expect("a temporary directory");
    folder
}

/// The report of `own` beside one archive.
fn beside(own: &Path, archive: &Path, name: &str) -> Input {
    let one = Beside { name: name.to_owned(), directory: archive.to_owned() };
    read_beside(&[(own, ".")], &[one], &synthetic::families()).expect("both can be read")
}

/// Gives records keys and settings of their own, as those of another build have.
fn of_another_build(records: &mut [Record]) {
    records.iter_mut().for_each(|record| record.key = format!("a{}", record.key));
}

#[test]
fn each_kind_of_difference_is_left_out_with_its_reason() {
    let own = records(2, 1, |_| true);
    let spots = spots(&own);
    let said = |change: &dyn Fn(&mut Record)| {
        let mut archived = records(2, 2, |record| record.optimizer == "sgd");
        archived.iter_mut().filter(|record| record.case == "matrix-sensing").for_each(change);
        let pairing = pair(&spots, &archived, Some(4), Some(4));
        assert_eq!(pairing.offered, 12);
        (pairing.pairs.len(), pairing.left_out.join("\n"))
    };
    assert_eq!(said(&|_| ()), (12, String::new()));
    for (change, runs, reason) in [
        (
            &(|r: &mut Record| r.budget = 10_000.0) as &dyn Fn(&mut Record),
            6,
            "matrix-sensing: budget 10000 there, 40000 here (6 runs)",
        ),
        (&|r| r.instance_seed += 50, 6, "matrix-sensing: other instances, drawn from other seeds (6 runs)"),
        (&|r| r.case = "phase".to_owned(), 6, "phase: not among the cases here"),
        (&|r| r.family = "bilinear-sensing".to_owned(), 6, "family bilinear-sensing there, matrix-sensing here"),
        (
            &|r| (r.repetition, r.instance_seed) = (r.repetition + 7, r.instance_seed + 7),
            6,
            "matrix-sensing: further repetitions are there alone",
        ),
        (&|r| (r.suite, r.instance_seed) = ("paper".to_owned(), 9), 6, "of the suite `paper` there, of `default` here"),
        (
            &|r| r.result.start.as_mut().expect("it began").train_loss = Some(9.0),
            6,
            "matrix-sensing: another start: its loss is 9.00 there, 3.00 here",
        ),
    ] {
        let (pairs, lines) = said(change);
        assert!(pairs == runs && lines.contains(reason), "{reason}: {pairs} pairs, {lines}");
    }

    let old = pair(&spots, &own, Some(4), Some(3));
    assert!(old.pairs.is_empty() && old.left_out[0].contains("numbers version 3 there, 4 here"), "{old:?}");
    assert_eq!(pair(&spots, &own, Some(4), None).pairs.len(), 12, "what is not known is not held against it");
    let large: Vec<Record> = own.iter().filter(|record| record.init == Init::Large).cloned().collect();
    let spots = flatbench_report::spots(&large);
    let lines = pair(&spots, &own, None, None).left_out.join("\n");
    assert!(lines.contains("the small start is there alone (6 runs)"), "{lines}");
}

#[test]
fn parameters_and_data_files_that_differ_are_named() {
    let with = |names: &[(&str, &str)], seed: u64| {
        let mut one = records(1, 1, |record| record.repetition == 0 && record.init == Init::Large);
        for record in &mut one {
            let value = |text: &str| text.parse::<i64>().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer);
            record.family_parameters = names.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
            record.instance_seed = seed;
        }
        one
    };
    let said = |there: &[(&str, &str)], here: &[(&str, &str)]| {
        let own = with(here, 1);
        pair(&spots(&own), &with(there, 2), None, None).left_out.join("\n")
    };
    let lines = said(&[("measurements", "240"), ("rank", "2")], &[("measurements", "200"), ("rank", "2")]);
    assert!(lines.contains("measurements 240 there, 200 here"), "{lines}");
    let (a, b) = ("0123456789abcdef0123", "fedcba9876543210fedc");
    let lines = said(&[("file", "a.npy"), ("data_hash", a)], &[("file", "b.npy"), ("data_hash", b)]);
    assert!(lines.contains("data_hash 0123456789ab there, fedcba987654 here") && !lines.contains("a.npy"), "{lines}");
}

#[test]
fn a_run_stands_among_archived_ones_and_the_baseline_may_be_archived() {
    let mine = |record: &Record| record.optimizer == "sam";
    let own = folder(records(4, 5, mine));
    let mut rest = records(4, 5, |record| !mine(record));
    of_another_build(&mut rest);
    rest.iter_mut().for_each(|record| record.selection_rule = Some(Rule::Validation));
    let archive = folder(rest);
    let input = beside(own.path(), archive.path(), "zoo");
    let page = render(&input).html.replace("&#x2f;", "/");
    for words in
        ["gd (archived)", "trace-penalty (archived)", "id=\"beside-h\"", "fill-opacity=\"0.25\"", "content hash"]
    {
        assert!(page.contains(words), "{words}");
    }
    let said = render(&input).sentences.join("\n");
    assert!(said.contains("Against gd on the same instances"), "the archived baseline: {said}");
    assert!(said.contains("From a large start, beside 4 archived optimizers: sam ("), "{said}");
    assert!(said.contains("were chosen among several") && said.contains("those of sam were not"), "fairness: {said}");
    assert!(page.contains("<dt>runs</dt><dd>24</dd>"), "archived runs are counted apart");
    assert!(!page.contains("Partial:"), "what an archive planned is no part of this");

    let again = beside(own.path(), archive.path(), "zoo");
    assert_eq!(render(&again).html, render(&input).html, "the same records give the same bytes");
}

#[test]
fn an_archived_optimizer_of_the_same_name_has_the_name_of_its_archive() {
    let own = folder(records(2, 2, |_| true));
    let mut archived = records(2, 3, |record| record.optimizer != "sgd");
    of_another_build(&mut archived);
    let archive = folder(archived);
    let page = render(&beside(own.path(), archive.path(), "zoo")).html;
    assert!(page.contains("gd (zoo), archived") && page.contains("sam (archived)"));
    assert!(!page.contains("sgd (zoo)"));
}

#[test]
fn a_run_that_is_in_both_counts_once_and_an_unreadable_archive_is_a_complaint() {
    let own = folder(records(2, 2, |_| true));
    let archive = folder(records(2, 3, |_| true));
    let input = beside(own.path(), archive.path(), "zoo");
    assert_eq!(input.sources[1].records.len(), 12, "sam alone");
    let archived = input.sources[1].archived.as_ref().expect("it stands beside");
    assert!(archived.left_out.iter().any(|line| line.contains("24 runs were done here too")), "{archived:?}");
    let gone = beside(own.path(), Path::new("/nowhere/zoo"), "zoo");
    assert!(gone.sources[1].complaints[0].problem.contains("drawn without it"));
    assert!(render(&gone).html.contains("Nothing of zoo is drawn beside this"));
}

#[test]
fn thousands_of_archived_runs_leave_the_page_small() {
    let own = folder(records(10, 37, |record| record.optimizer == "method-36"));
    let mut archived = records(10, 36, |_| true);
    of_another_build(&mut archived);
    let (folder, begun) = (folder(archived), std::time::Instant::now());
    let input = beside(own.path(), folder.path(), "zoo");
    assert_eq!(input.sources[1].records.len(), 2160);
    let page = render(&input).html;
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("method-36"), "what was run here is in every table");
    assert!(begun.elapsed().as_secs() < 60, "{:?}, without optimisation", begun.elapsed());
    let environment = input.sources[1].environment.as_ref().expect("it was saved");
    assert!(environment.numerics.is_none_or(|version| version == NUMERICS));
}
