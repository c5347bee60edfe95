//! Cases and settings that stand for many.
mod support;

use std::collections::BTreeSet;

use flatbench_records::protocol::Tier;
use flatbench_records::{Init, Value};
use flatbench_runner::plan::{Choice, Filter, Plan};
use flatbench_runner::suite::{SuiteCase, Variation};
use support::{check, plugins, rendered, suite_text};

/// A suite whose case has these lines in the place of its ranks.
fn swept(lines: &str) -> String {
    suite_text("", &["gd"]).replace("rank = 1\nfactor_rank = 5\n", &format!("{lines}\n"))
}

#[test]
fn every_combination_is_a_case_of_its_own_in_the_order_of_the_file() {
    let text = swept("sweep = { rank = [1, 2], condition_number = [1.0, 2.5], factor_rank = [5] }");
    let suite = check(&text).unwrap();
    let names: Vec<&str> = suite.cases().iter().map(SuiteCase::name).collect();
    let expected =
        ["1-condition_number=1.0", "1-condition_number=2.5", "2-condition_number=1.0", "2-condition_number=2.5"];
    assert_eq!(names, expected.map(|middle| format!("matrix-sensing-rank={middle}-factor_rank=5")));
    let again = check(&suite.to_toml()).unwrap();
    assert_eq!(again, suite, "the resolved suite names every case");
    let named = check(&text.replace("[[case]]", "[[case]]\nname = \"mine\"")).unwrap();
    assert_eq!(named.cases()[0].name(), "mine-rank=1-condition_number=1.0-factor_rank=5");
}

#[test]
fn a_budget_can_be_swept() {
    let suite = check(&swept("rank = 1\nfactor_rank = 5\nsweep = { budget = [10, 20] }")).unwrap();
    assert_eq!(suite.cases().len(), 2);
    assert!(suite.to_toml().contains("budget = 20.0"), "{}", suite.to_toml());
}

#[test]
fn mistakes_in_a_sweep_are_shown_once_and_where_they_are() {
    let shown = rendered(&swept("factor_rank = 5\nsweep = { rank = [1, 9, -3], factor_ronk = [1, 2] }"));
    assert_eq!(shown.matches("unknown key `factor_ronk`").count(), 1, "{shown}");
    assert_eq!(shown.matches("`rank` is -3").count(), 1, "{shown}");
    let shown = rendered(&swept("factor_rank = 5\nsweep = { rank = [1, 9] }"));
    assert!(shown.contains("suite.toml:9:22") && shown.contains("a rank is at most"), "{shown}");
    let shown = rendered(&swept("rank = 1\nfactor_rank = 5\nsweep = { rank = [1, 2] }"));
    assert!(shown.contains("`rank` is both given and swept"), "{shown}");
    let shown = rendered(&swept("factor_rank = 5\nsweep = { rank = [] }"));
    assert!(shown.contains("`rank` is swept over nothing"), "{shown}");
    let shown = rendered(&swept("factor_rank = 5\nsweep = { rank = 3 }"));
    assert!(shown.contains("`rank` is the whole number 3") && shown.contains("a list of values"), "{shown}");
    let shown = rendered(&swept("factor_rank = 5\nsweep = [1]"));
    assert!(shown.contains("`sweep` is an array"), "{shown}");
    let shown = rendered(&swept("factor_rank = 5\nsweep = { init = [\"large\"], rank = [1] }"));
    assert!(shown.contains("`init` cannot be swept"), "{shown}");
    let many: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let many = many.join(", ");
    let shown = rendered(&swept(&format!("sweep = {{ rank = [{many}], factor_rank = [{many}] }}")));
    assert!(shown.contains("at most 1000 combinations"), "{shown}");
}

/// A suite of one optimizer with these lines.
fn settings(lines: &str) -> String {
    suite_text("", &["gd"]) + lines + "\n"
}

/// Keys of all its runs.
fn keys(text: &str) -> BTreeSet<String> {
    let suite = check(text).unwrap();
    let runs =
        Plan::new(&suite, &plugins(&["gd", "sgd", "sam"]), Tier::Cheap).evaluation(Choice::All, &Filter::default());
    runs.into_iter().map(|run| run.key).collect()
}

#[test]
fn a_range_is_the_list_that_somebody_would_have_written() {
    let text = |sweep: &str| swept(&format!("rank = 1\nsweep = {{ {sweep} }}"));
    let pairs = [
        ("factor_rank = { from = 2, to = 14, count = 4 }", "factor_rank = [2, 6, 10, 14]"),
        ("factor_rank = { from = 1, to = 64, count = 4, scale = \"log\" }", "factor_rank = [1, 4, 16, 64]"),
        (
            "factor_rank = [5], condition_number = { from = 1, to = 10, count = 3, scale = \"log\" }",
            "factor_rank = [5], condition_number = [1.0, 3.162, 10.0]",
        ),
        ("factor_rank = [5], budget = { from = 1, to = 2, count = 3 }", "factor_rank = [5], budget = [1.0, 1.5, 2.0]"),
    ];
    for (range, list) in pairs {
        assert_eq!(check(&text(range)).unwrap(), check(&text(list)).unwrap(), "{range}");
    }
}

#[test]
fn swept_settings_are_those_written_out_by_hand_with_their_keys() {
    let unit = |value: &str| format!("{{ value = {value}, unit = \"1/lambda_max\" }}");
    let range = "{ from = 0.01, to = 1, count = 5, scale = \"log\", unit = \"1/lambda_max\" }";
    let by_hand = ["0.01", "0.03162", "0.1", "0.3162", "1"].map(unit);
    let sweeps = [
        format!("sweep = {{ step_size = {range} }}"),
        format!("sweep = {{ step_size = [{}] }}", by_hand.join(", ")),
        "sweep = { step_size = { values = [0.01, 0.03162, 0.1, 0.3162, 1.0], unit = \"1/lambda_max\" } }".to_owned(),
        format!("sweep = {{ large = {{ step_size = {range} }}, small = {{ step_size = {range} }} }}"),
    ];
    let written: Vec<String> = by_hand.iter().map(|value| format!("{{ step_size = {value} }}")).collect();
    let written = settings(&format!("settings = [{}]", written.join(", ")));
    assert_eq!(keys(&written).len(), 2 * 2 * 5, "starts, repetitions, settings");
    for sweep in sweeps {
        let swept = settings(&sweep);
        assert_eq!(check(&swept).unwrap(), check(&written).unwrap(), "{sweep}");
        assert_eq!(keys(&swept), keys(&written), "{sweep}");
    }
}

#[test]
fn a_sweep_multiplies_the_settings_that_it_stands_beside() {
    let lines = "settings = [{ batch_size = 1 }, { batch_size = 0 }]\nsweep = { step_size = [0.1, 0.5] }";
    let suite = check(&settings(lines)).unwrap();
    let values = |init| -> Vec<(Value, Value)> {
        let all = suite.optimizers()[0].settings(init).iter();
        all.map(|setting| (setting["batch_size"].clone(), setting["step_size"].clone())).collect()
    };
    let expected = [(1, 0.1), (1, 0.5), (0, 0.1), (0, 0.5)].map(|(b, s)| (Value::Integer(b), Value::Real(s)));
    assert_eq!(values(Init::Large), expected);
    assert_eq!(values(Init::Small), expected);
    let lines = "settings.large = [{ batch_size = 1 }]\nsettings.small = [{ batch_size = 2 }]\n\
                 sweep.small = { step_size = [0.1, 0.5] }";
    let suite = check(&settings(lines)).unwrap();
    assert_eq!(
        Init::STANDARD.map(|init| suite.optimizers()[0].settings(init).len()),
        [1, 2],
        "swept from one start alone"
    );
    assert_eq!(check(&suite.to_toml()).unwrap(), suite, "the resolved suite names every setting");
}

#[test]
fn a_grid_that_is_tuned_is_what_tuning_chooses_from() {
    let tuned = |sweep: &str| {
        let top = "[tuning]\nseeds = 1";
        suite_text(top, &["gd"]).replace("name = \"gd\"", &format!("name = \"gd\"\n{sweep}"))
            + "\n[[optimizer]]\nname = \"sgd\"\n"
    };
    let shown = rendered(&tuned("sweep = { step_size = [0.1, 0.5] }"));
    assert!(shown.contains("optimizer `sgd` has 1 settings, others have 2"), "{shown}");
    let suite = check(&(tuned("sweep = { step_size = [0.1, 0.5] }") + "sweep = { batch_size = [1, 8] }\n")).unwrap();
    assert!(suite.tuning().is_some() && suite.optimizers().iter().all(|own| own.settings(Init::Large).len() == 2));
}

#[test]
fn what_varies_is_known() {
    let said = |variations: Vec<Variation>| variations.iter().map(Variation::to_string).collect::<Vec<_>>();
    let case = "sweep = { rank = [1, 2], factor_rank = { from = 5, to = 10, count = 6 } }";
    let lines = "sweep = { step_size = { from = 0.001, to = 1, count = 7, scale = \"log\" }, batch_size = [1, 2] }\n";
    let suite = check(&(swept(case) + lines)).unwrap();
    assert_eq!(said(suite.case_variations()), ["matrix-sensing: factor_rank 5 … 10 (6 values) × rank 1, 2"]);
    assert_eq!(suite.case_variations()[0].count, 12);
    assert_eq!(said(suite.setting_variations()), ["gd: batch_size 1, 2 × step_size 0.001 … 1.0 (7 values)"]);
    let lines = "settings.large = [{}]\nsettings.small = [{ batch_size = 1 }, { batch_size = 2 }]";
    let suite = check(&settings(lines)).unwrap();
    assert_eq!(said(suite.setting_variations()), ["gd from a small start: batch_size 1, 2"]);
}

#[test]
fn many_runs_are_said() {
    let many = |top: &str| {
        check(&settings("sweep = { step_size = { from = 0.1, to = 0.9, count = 801 } }").replace("seeds = 2", top))
    };
    assert_eq!(many("seeds = 7").unwrap().warnings().len(), 1);
    assert!(many("seeds = 7").unwrap().warnings()[0].contains("11214 runs"));
    assert!(many("seeds = 6").unwrap().warnings().is_empty());
}

#[test]
fn mistakes_in_swept_settings_are_each_one_message_and_come_together() {
    let shown = |lines: &str| rendered(&settings(lines));
    let all = shown(
        "settings = [{ batch_size = 1 }]\nsweep = { batch_size = [2, 3], stepsize = [1], step_size = [] }\n\
         [[optimizer]]\nname = \"sgd\"\nsweep = { step_size = [0.1, 0.5, 0.10], batch_size = [-1, 4] }\n",
    );
    let expected = [
        "`batch_size` is both fixed and swept",
        "`gd` has no hyper-parameter `stepsize` to sweep",
        "did you mean `step_size`?",
        "`step_size` is swept over nothing",
        "`step_size` is swept over the number 0.10 twice",
    ];
    for text in expected {
        assert_eq!(all.matches(text).count(), 1, "{text}: {all}");
    }
    assert!(all.contains("4 mistakes"), "{all}");
    let range = |text: &str| shown(&format!("sweep = {{ {text} }}"));
    let ranges = [
        ("step_size = { from = 1, to = 0.1, count = 3 }", "`step_size` is swept from 1 to 0.1"),
        ("step_size = { from = 1, to = 1.0, count = 3 }", "`step_size` is swept from 1 to 1"),
        ("step_size = { from = 0.1, to = 1, count = 1 }", "`count` is the whole number 1"),
        ("step_size = { from = 0.1, to = 1, count = 2.5 }", "`count` is the number 2.5"),
        ("step_size = { from = 0.1, to = 1 }", "the range of `step_size` has no `count`"),
        ("step_size = { from = 0.1, to = 1, count = 3, scale = \"lug\" }", "`scale` is \"lug\""),
        ("step_size = { from = 0, to = 1, count = 3 }", "`from` is 0"),
        ("batch_size = { from = 0, to = 8, count = 3, scale = \"log\" }", "swept from 0 on a log scale"),
        (
            "batch_size = { from = 1, to = 3, count = 5 }",
            "`batch_size` has the same whole number twice among 5 from 1 to 3",
        ),
        ("batch_size = { from = 0.5, to = 3, count = 2 }", "`from` is the number 0.5"),
        ("batch_size = { from = 1, to = 5000, count = 2 }", "`to` is 5000"),
        ("batch_size = { from = 1, to = 3, count = 2, unit = \"1/lambda_max\" }", "`batch_size` has no unit"),
        ("step_size = { from = 1, to = 3, count = 2, unit = \"lambda_max\" }", "`unit` is \"lambda_max\""),
        ("step_size = { from = 1, to = 3, count = 2, schedule = \"linear\" }", "a schedule is a value of a list"),
        ("step_size = [0.1, -1.0]", "`step_size` is -1"),
        ("step_size = 0.1", "`step_size` is the number 0.1"),
        ("", "`sweep` is empty"),
        ("large = { step_size = [0.1] }, step_size = [0.1]", "it belongs to a start"),
        (
            "step_size = { from = 0.1, to = 1, count = 40 }, batch_size = { from = 0, to = 39, count = 40 }",
            "at most 1000 settings",
        ),
    ];
    for (text, message) in ranges {
        let shown = range(text);
        assert!(shown.contains(message), "{text}: {shown}");
        assert!(shown.contains("1 mistake in"), "{text}: {shown}");
    }
    let shown = rendered(&swept("rank = 1\nsweep = { factor_rank = { from = 5, to = 6, count = 4 } }"));
    assert!(
        shown.contains("`factor_rank` has the same whole number twice") && shown.contains("1 mistake in"),
        "{shown}"
    );
}
