//! Cases that stand for many.
mod support;

use flatbench_runner::suite::SuiteCase;
use support::{check, rendered, suite_text};

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
