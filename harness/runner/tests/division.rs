//! Parts of a plan: together they are the plan, and they cost about the same.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_records::Split;
use flatbench_records::protocol::Tier;
use flatbench_runner::plan::{Choice, Chosen, Division, Filter, Plan, PlannedRun, Shard, Stage};
use flatbench_runner::suite::Suite;
use support::{check, plugins};

/// Two cases, one far more costly, from both starts, and optimizers with as many settings each as are given.
fn suite(top: &str, seeds: u32, settings: &[usize]) -> Suite {
    let mut text = format!("name = \"x\"\nbudget = 2000\nseeds = {seeds}\n{top}\n");
    for (name, rows, more) in [("small", 5, ""), ("large", 60, "seeds = 2\n")] {
        text += &format!(
            "[[case]]\nname = \"{name}\"\nfamily = \"matrix-sensing\"\nrows = {rows}\nrank = 1\nfactor_rank = 5\n{more}"
        );
    }
    for (name, &number) in ["gd", "sgd", "sam"].iter().zip(settings) {
        let steps: Vec<String> = (1..=number).map(|step| format!("{{ step_size = 0.{step:02} }}")).collect();
        text += &format!("[[optimizer]]\nname = \"{name}\"\nsettings = [{}]\n", steps.join(", "));
    }
    check(&text).unwrap_or_else(|mistakes| panic!("{}", mistakes.render(false)))
}

/// The runs that a filter keeps: those that tune, and those that are compared.
fn kept(suite: &Suite, filter: &Filter) -> (Vec<PlannedRun>, Vec<PlannedRun>) {
    let plugins = plugins(&["gd", "sgd", "sam"]);
    let plan = Plan::new(suite, &plugins, Tier::Cheap);
    let none = Chosen::default();
    let choice = if suite.tuning().is_some() { Choice::Tuned(&none) } else { Choice::All };
    (plan.tuning(filter), plan.evaluation(choice, filter))
}

fn parts(suite: &Suite, stage: Stage, count: usize) -> Vec<(Vec<PlannedRun>, Vec<PlannedRun>)> {
    let part = |index| {
        let filter = Filter::default().with_stage(stage);
        kept(suite, &filter.with_shard(suite, Shard::new(index, count).expect("a part")).expect("enough runs"))
    };
    (1..=count).map(part).collect()
}

/// How often each key is there.
fn counted<'a>(runs: impl IntoIterator<Item = &'a PlannedRun>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    runs.into_iter().for_each(|run| *counts.entry(run.key.as_str()).or_default() += 1);
    counts
}

#[test]
fn parts_are_the_plan_each_run_once_whatever_their_number() {
    let [one, several, three] = [[1, 1, 1], [3, 1, 2], [2, 2, 2]];
    let tuned = "[tuning]\nseeds = 2\ncases = [\"large\"]\n";
    for (top, settings) in [("", one), ("", several), (tuned, three)] {
        let suite = suite(top, 3, &settings);
        let (tuning, evaluation) = kept(&suite, &Filter::default());
        for count in 1..=evaluation.len() {
            let parts = parts(&suite, Stage::Both, count);
            assert!(parts.iter().all(|(_, evaluation)| !evaluation.is_empty()), "{count} parts, none empty");
            assert_eq!(counted(parts.iter().flat_map(|part| &part.1)), counted(&evaluation), "{count} parts");
            let done = counted(parts.iter().flat_map(|part| &part.0));
            assert!(done.keys().eq(counted(&tuning).keys()), "{count} parts do all of the tuning");
            for (tuned, runs) in &parts {
                let order = |run: &PlannedRun| (run.case.name == "large", run.init(), run.repetition);
                assert!(runs.is_sorted_by_key(order), "the order is that of the plan, so that instances are together");
                // What is chosen among several settings is chosen by every part that runs it.
                for run in runs.iter().filter(|run| run.rule.is_some()) {
                    let of = |runs: &[PlannedRun]| {
                        let place = (&run.case, &run.optimizer);
                        runs.iter().filter(|tuning| (&tuning.case, &tuning.optimizer) == place).count()
                    };
                    assert_eq!(of(tuned), of(&tuning), "{count} parts: {} {}", run.case.name, run.optimizer);
                }
            }
            let division = Division::new(&suite, &Filter::default(), Stage::Both, count).expect("enough runs");
            let said = division.portions().iter().map(|portion| (portion.tuning, portion.evaluation));
            assert!(said.eq(parts.iter().map(|part| (part.0.len(), part.1.len()))), "{count} parts");
            assert_eq!(division.repeated_tuning(), done.values().sum::<usize>() - tuning.len());
            assert!(division.speedup() <= count as f64 + 1e-9 && division.imbalance() >= 1.0 - 1e-9);
        }
    }
}

#[test]
fn stages_are_divided_by_their_own_runs() {
    let suite = suite("[tuning]\nseeds = 2\n", 3, &[2, 2, 2]);
    let (tuning, evaluation) = kept(&suite, &Filter::default());
    for count in 1..=tuning.len() {
        let parts = parts(&suite, Stage::Tuning, count);
        assert!(parts.iter().all(|part| !part.0.is_empty() && part.1.is_empty()), "{count} parts");
        assert_eq!(counted(parts.iter().flat_map(|part| &part.0)), counted(&tuning), "{count} parts");
    }
    for count in 1..=evaluation.len() {
        let parts = parts(&suite, Stage::Evaluation, count);
        assert_eq!(counted(parts.iter().flat_map(|part| &part.1)), counted(&evaluation), "{count} parts");
        assert!(counted(parts.iter().flat_map(|part| &part.0)).keys().eq(counted(&tuning).keys()), "{count} parts");
    }
    let division = |stage, count| Division::new(&suite, &Filter::default(), stage, count);
    assert!(division(Stage::Both, evaluation.len()).expect("enough").repeated_tuning() > 0);
    assert_eq!(division(Stage::Evaluation, evaluation.len()).expect("enough").repeated_tuning(), 0);
    let refused = |stage, count| division(stage, count).expect_err("too many").to_string();
    let said = refused(Stage::Tuning, tuning.len() + 1);
    assert!(said.contains(&format!("{} tuning runs", tuning.len())), "{said}");
    let said = refused(Stage::Both, evaluation.len() + 1);
    assert!(said.contains(&format!("ask for 1 to {} parts", evaluation.len())), "{said}");
    let none = Division::new(&self::suite("", 1, &[1]), &Filter::default(), Stage::Tuning, 1).expect_err("no tuning");
    assert!(none.to_string().contains("nothing is left"), "{none}");
}

#[test]
fn counting_from_zero_and_from_one_gives_the_same_parts() {
    assert_eq!(Shard::new(0, 3), Shard::new(3, 3));
    assert_eq!(Shard::new(4, 3), None);
    assert_eq!(Shard::new(0, 0), None);
    assert_eq!(Shard::new(0, 3).map(|shard| shard.to_string()), Some("3/3".to_owned()));
}

#[test]
fn parts_cost_about_the_same() {
    let plain = suite("", 40, &[2, 2, 2]);
    // A run of the large case costs as much as ten of the small one; there are 4 × 6 of the former and 80 × 6 of the latter.
    for count in [2, 4, 8, 16] {
        let division = Division::new(&plain, &Filter::default(), Stage::Both, count).expect("enough runs");
        assert!(division.imbalance() < 1.1, "{count} parts: {}", division.imbalance());
        assert!(division.speedup() > 0.85 * count as f64, "{count} parts: {}", division.speedup());
    }
    let tuned = suite("[tuning]\nseeds = 1\n", 12, &[4, 4, 4]);
    let [whole, first, second] = [Stage::Both, Stage::Tuning, Stage::Evaluation]
        .map(|stage| Division::new(&tuned, &Filter::default(), stage, 24).expect("enough runs"));
    assert!(whole.repeated_tuning() > 0);
    let cost = |division: &Division| division.portions().iter().map(|part| part.cost).fold(0.0, f64::max);
    assert!(cost(&first) + cost(&second) < cost(&whole), "two stages are faster where tuning would be done again");
}

#[test]
fn a_filter_divides_what_it_keeps() {
    let suite = suite("", 3, &[1, 1, 1]);
    let filter = Filter::new(&suite, &["sam".to_owned(), "gd".to_owned()], &[]).expect("names");
    let (_, all) = kept(&suite, &filter);
    let parts: Vec<_> = (0..7)
        .map(|index| {
            kept(&suite, &filter.clone().with_shard(&suite, Shard::new(index, 7).expect("a part")).expect("runs")).1
        })
        .collect();
    assert_eq!(counted(parts.iter().flatten()), counted(&all));
    assert!(parts.iter().flatten().all(|run| run.split == Split::Evaluation && run.optimizer != "sgd"));
}

#[test]
fn a_part_of_a_million_runs_is_planned_in_a_moment() {
    let mut text = "name = \"x\"\nbudget = 100\nseeds = 100\n".to_owned();
    for case in 0..50 {
        text += &format!(
            "[[case]]\nname = \"c{case}\"\nfamily = \"matrix-sensing\"\nrows = {}\nrank = 1\nfactor_rank = 5\n",
            5 + case
        );
    }
    let steps: Vec<String> = (1..=50).map(|step| format!("{{ step_size = 0.{step:02} }}")).collect();
    for optimizer in ["gd", "sgd"] {
        text += &format!("[[optimizer]]\nname = \"{optimizer}\"\nsettings = [{}]\n", steps.join(", "));
    }
    let suite = check(&text).expect("a suite");
    let began = Instant::now();
    let division = Division::new(&suite, &Filter::default(), Stage::Both, 1000).expect("enough runs");
    assert_eq!(division.portions().iter().map(|part| part.evaluation).sum::<usize>(), 1_000_000);
    let filter = Filter::default().with_shard(&suite, Shard::new(500, 1000).expect("a part")).expect("enough runs");
    let runs = kept(&suite, &filter).1.len();
    assert_eq!(runs, division.portions()[499].evaluation);
    println!("imbalance {:.3}, {runs} runs of a part, {:?}", division.imbalance(), began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(division.imbalance() < 1.1, "{}", division.imbalance());
}
