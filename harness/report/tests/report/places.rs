//! What is said first: how much of the plan is there; where it ran; and what a large report leaves out.

use std::collections::BTreeSet;

use crate::synthetic;

use flatbench_records::{Environment, Machine, Part, PlanSize, Planned, QueueJob, Split};
use flatbench_report::{Input, render};

fn size(tuning: usize, evaluation: usize) -> PlanSize {
    PlanSize { tuning, evaluation }
}

/// Part `index` of `number`, on one of some machines, with so many of ten runs.
fn part(index: usize, number: usize, machines: usize, records: usize) -> Part {
    let task = Some(index.to_string());
    Part {
        name: format!("{index}-of-{number}"),
        host: Some(format!("node-{}", index % machines)),
        job: Some(QueueJob { engine: "slurm".to_owned(), id: "41".to_owned(), task, restarts: 0, node: None }),
        machine: Machine { cpu: Some("Example <CPU>".to_owned()), cores: 2, ..Machine::default() },
        planned: Some(Planned { shard: Some(format!("{index}/{number}")), own: size(0, 10), whole: size(0, 0) }),
        records,
        seconds: 90.0,
        total: records,
        going: false,
    }
}

fn with(input: &Input, change: impl FnOnce(&mut Environment)) -> String {
    let mut input = input.clone();
    change(input.sources[0].environment.as_mut().expect("one was made up"));
    render(&input).html
}

#[test]
fn a_plan_that_is_not_done_is_said_before_anything_else() {
    let input = synthetic::with_tuning(synthetic::study(2, 2, 5));
    let of = |split| input.sources[0].records.iter().filter(|record| record.split == split).count();
    let (tuning, evaluation) = (of(Split::Tuning), of(Split::Evaluation));
    let recorded = tuning + evaluation;
    let planned = |shard: Option<&str>, own, whole| Some(Planned { shard: shard.map(str::to_owned), own, whole });
    let html = with(&input, |e| e.planned = planned(None, size(tuning, evaluation), size(tuning, evaluation)));
    assert!(!html.contains("class=\"notice\""), "all is there");
    let html = with(&input, |e| e.planned = planned(None, size(tuning, evaluation + 1), size(tuning, evaluation + 1)));
    let said = format!("Partial: {recorded} of {} planned runs are recorded, 1 is missing.", recorded + 1);
    assert!(html.find(&said).expect("it is said") < html.find("id=\"verdict\"").expect("a verdict"));
    // More runs of one kind make up for none of the other.
    let html = with(&input, |e| e.planned = planned(None, size(0, evaluation + tuning), size(0, 0)));
    assert!(html.contains(&format!("{tuning} are missing")), "{}", html.contains("Partial"));
    let html = with(&input, |e| e.planned = planned(Some("2/3"), size(tuning, evaluation), size(99, 1)));
    assert!(html.contains("Part 2&#x2f;3 of a plan of 100 runs.") && !html.contains("Partial"));

    let html = with(&input, |e| {
        e.planned = planned(None, size(0, 0), size(0, 10_000));
        e.parts = vec![part(1, 6, 2, 10), part(2, 6, 2, 3), Part { going: true, ..part(4, 6, 2, 0) }];
    });
    assert!(html.contains("Unfinished parts: 2-of-6 (3 of 10) and 4-of-6 (0 of 10, still running)."));
    assert!(html.contains("Parts without a record: 3, 5, 6 of 6."));
}

#[test]
fn a_thousand_parts_on_forty_machines_are_forty_rows() {
    let input = synthetic::study(2, 2, 5);
    let rows = |html: &str| {
        let table =
            html.split("Where it ran.").nth(1).expect("a table").split("</table>").next().expect("its end").to_owned();
        (table.matches("<tr>").count() - 1, table)
    };
    let parts = |number, machines| (1..=number).map(move |index| part(index, number, machines, 7)).collect();
    let joined = |e: &mut Environment, parts: Vec<Part>| {
        e.records_before = usize::MAX;
        e.parts = parts;
    };
    let (number, table) = rows(&with(&input, |e| joined(e, parts(1000, 40))));
    assert_eq!(number, 40);
    // Part 40, 80, .. ran on the first.
    assert!(table.contains("40, 80, 120") && table.contains("slurm 41 tasks") && table.contains("Example &lt;CPU&gt;"));
    assert!(table.contains("<td>175</td><td>37.5 min</td>"), "{}", &table[..1500]);
    let (number, table) = rows(&with(&input, |e| joined(e, parts(1000, 500))));
    assert_eq!(number, 1, "one row for machines of a kind");
    assert!(table.contains("500 machines") && table.contains("1–1000-of-1000"));
    assert!(!with(&input, |e| e.parts.clear()).contains("Where it ran."));
}

#[test]
fn different_instruction_sets_are_said() {
    let input = synthetic::study(2, 2, 5);
    let html = with(&input, |e| {
        e.parts = [&["avx2", "fma"][..], &["avx2", "avx512f", "fma"], &[]]
            .iter()
            .enumerate()
            .map(|(index, set)| {
                let mut part = part(index, 3, 3, 4);
                part.machine.features = set.iter().map(|name| (*name).to_owned()).collect();
                part
            })
            .collect();
    });
    assert!(html.contains("different instruction sets (none of them; avx2 avx512f fma; avx2 fma)"));
}

#[test]
fn a_large_report_stays_small_and_says_what_it_leaves_out() {
    // 6 cases from 2 starts, 100 repetitions, 10 optimizers.
    let input = synthetic::study(6, 100, 10);
    assert_eq!(input.sources[0].records.len(), 12_000);
    let html = render(&input).html;
    assert!(html.len() < 20_000_000, "{}", html.len());
    assert!(html.contains("10000 of 12000 runs are listed") && html.contains("--format csv"));
    assert!(html.contains("Drawn are the first runs of each optimizer, "));
    let all = |before: &str| -> BTreeSet<&str> {
        html.split(before).skip(1).filter_map(|rest| rest.split('"').next()).filter(|key| !key.contains('$')).collect()
    };
    let (rows, drawn) = (all("<tr id=\"run-"), all("data-key=\""));
    assert_eq!(rows.len(), 10_000);
    assert!(drawn.len() > 1000 && drawn.is_subset(&rows), "a point that is drawn has a row to go to");
    // Numbers are made from all runs.
    let curves =
        html.split("id=\"recovery-section\"").nth(1).expect("curves").split("</section>").next().expect("its end");
    let runs: Vec<u32> = (curves.split("data-v=\"runs=").skip(1))
        .map(|rest| rest.split(';').next().and_then(|number| number.parse().ok()).expect("a number of runs"))
        .collect();
    assert!(!runs.is_empty() && runs.iter().all(|runs| *runs > 0 && runs % 100 == 0), "of all repetitions: {runs:?}");
}
