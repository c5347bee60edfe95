//! Each kind of mistake in a suite, as a user sees it.
mod support;

use support::{check, check_in, rendered, suite_text};

/// The text of all mistakes for a suite whose only fault is in `line`, put into the case.
fn with_case_line(line: &str) -> String {
    rendered(&suite_text("", &["gd"]).replace("factor_rank = 5\n", &format!("factor_rank = 5\n{line}\n")))
}

fn with_optimizer_line(line: &str) -> String {
    rendered(&suite_text("", &["gd"]).replace("name = \"gd\"\n", &format!("name = \"gd\"\n{line}\n")))
}

#[test]
fn mistakes_come_together_with_line_and_remedy() {
    let text = rendered(
        "name = \"x\"\nbudget = 10\nsedes = 3\n\n[[case]]\nfamily = \"matrix-sensng\"\n\n[[case]]\nfamily = \"matrix-sensing\"\n\
         rows = -4\nrank = 1\nfactor_rank = \"wide\"\n\n[[optimizer]]\nname = \"sagd\"\n",
    );
    let expected = r#"error: unknown key `sedes` in the suite
 --> suite.toml:3:1
  |
3 | sedes = 3
  | ^^^^^
  |
  = help: did you mean `seeds`? known: baseline, budget, case, crossings, description, measure, measuring_limit, name, optimizer, published, seeds, stop_at_loss, time_limit, tuning

error: unknown family `matrix-sensng`
 --> suite.toml:6:10
  |
6 | family = "matrix-sensng"
  |          ^^^^^^^^^^^^^^^
  |
  = help: did you mean `matrix-sensing`? known: matrix-sensing, matrix-completion

error: `rows` is -4
  --> suite.toml:10:8
   |
10 | rows = -4
   |        ^^ a whole number, at least 1
   |
   = help: The rows.

error: `factor_rank` is the string "wide"
  --> suite.toml:12:15
   |
12 | factor_rank = "wide"
   |               ^^^^^^ expected a whole number, at least 1
   |
   = help: The factor_rank.

error: unknown optimizer `sagd`
  --> suite.toml:15:8
   |
15 | name = "sagd"
   |        ^^^^^^
   |
   = help: did you mean `sgd`? known: gd, sgd, sam

5 mistakes in suite.toml; nothing was run or written
"#;
    assert_eq!(text, expected, "{text}");
}

#[test]
fn what_is_to_be_measured_is_checked() {
    for (line, words) in [
        ("checkpoints = 1", "`checkpoints` is 1"),
        ("checkpoints = 20000", "a whole number from 2 to 10000, or { every = GRADIENT EQUIVALENTS }"),
        ("checkpoints = \"many\"", "`checkpoints` is the string"),
        ("checkpoints = {}", "`checkpoints` has no `every`"),
        ("checkpoints = { every = 0 }", "`every` of `checkpoints` is not a number greater than 0"),
        ("checkpoints = { every = 0.001 }", "more than 10000 of them for the case `matrix-sensing`"),
        ("checkpoint = 30", "unknown key `checkpoint` in [measure]"),
    ] {
        let text = rendered(&suite_text(&format!("[measure]\n{line}"), &["gd"]));
        assert!(text.contains(words) && text.contains("1 mistake in"), "{line}: {text}");
    }
}

#[test]
fn many_mistakes_still_fit_on_a_screen() {
    let mut text = suite_text("", &["gd"]);
    (0..40).for_each(|i| text += &format!("key_{i} = 1\n"));
    let shown = rendered(&text);
    assert!(
        shown.contains("40 mistakes in suite.toml") && shown.contains("suite.toml:52: unknown key `key_39`"),
        "{shown}"
    );
    assert!(shown.lines().count() < 85, "{}", shown.lines().count());
}

#[test]
fn syntax_is_reported_with_its_line() {
    let shown = rendered("name = \"x\"\nbudget = = 3\n");
    assert!(shown.contains("suite.toml:2:"), "{shown}");
}

#[test]
fn family_parameters_are_checked() {
    let shown = with_case_line("condition_number = 0.5");
    assert!(shown.contains("`condition_number` is 0.5") && shown.contains("a number at least 1"), "{shown}");
    let shown = with_case_line("condition_number = nan");
    assert!(shown.contains("`condition_number` is NaN"), "{shown}");
    let shown = with_case_line("rnak = 2");
    assert!(shown.contains("did you mean `rank`?") && shown.contains(":10:1"), "{shown}");
    let shown = with_case_line("init = [\"tiny\"]");
    assert!(shown.contains("`init` is \"tiny\"") && shown.contains("one of \"large\", \"small\""), "{shown}");
    let shown = with_case_line("init = 3");
    assert!(shown.contains("expected \"large\", \"small\", \"spectral\" or an array of some"), "{shown}");
    let shown = with_case_line("init = []");
    assert!(shown.contains("`init` is empty"), "{shown}");
    let shown = with_case_line("stop_at_loss = 1");
    assert!(shown.contains("`stop_at_loss` is 1") && shown.contains("above 0 and below 1"), "{shown}");
    let shown = with_case_line("crossings = [1e-2, 1.5]");
    assert!(shown.contains("`crossings` contains 1.5") && shown.contains("above 0 and below 1"), "{shown}");
    let shown = with_case_line("crossings = [1e-2, 0.01]");
    assert!(shown.contains("`crossings` contains 0.01 twice"), "{shown}");
    let shown = with_case_line("crossings = 1e-2");
    assert!(shown.contains("expected an array such as [1e-2, 1e-4]"), "{shown}");
    let shown = with_case_line("init_scale = 1e-7");
    assert!(shown.contains("`init_scale` is 0.0000001") && shown.contains("a number from 1e-6 to 10"), "{shown}");
    let shown = with_case_line("init_scale = nan");
    assert!(shown.contains("`init_scale` is NaN"), "{shown}");
    let shown = with_case_line("init_scale = \"tiny\"");
    assert!(shown.contains("`init_scale` is the string \"tiny\""), "{shown}");
    let shown = with_case_line("init = [\"large\", \"small\"]\ninit_scale = 0.1");
    assert!(shown.contains("`init` and `init_scale` contradict each other"), "{shown}");
    let shown = with_case_line("init = \"small\"\ninit_scale = \"x\"\nseeds = 0");
    assert!(shown.contains("2 mistakes"), "all at once: {shown}");
    let shown = with_case_line("init = \"scaled\"");
    assert!(shown.contains("\"scaled\" without `init_scale`"), "{shown}");
    let shown = with_case_line("budget = -1");
    assert!(shown.contains("`budget` is -1") && shown.contains("greater than 0"), "{shown}");
    let shown = rendered(&suite_text("", &["gd"]).replace("rows = 5\n", ""));
    assert!(shown.contains("a [[case]] has no `rows`"), "{shown}");
    let shown = rendered(&suite_text("", &["gd"]).replace("rank = 1", "rank = 9"));
    assert!(shown.contains("suite.toml:8:8") && shown.contains("a rank is at most the number of rows"), "{shown}");
}

#[test]
fn hyperparameters_are_checked() {
    let shown = with_optimizer_line("settings = [{ step_sise = 0.1 }]");
    assert!(
        shown.contains("unknown key `step_sise` in a setting of `gd`") && shown.contains("`step_size`?"),
        "{shown}"
    );
    let shown = with_optimizer_line("settings = [{ step_size = 0 }]");
    assert!(shown.contains("`step_size` is 0") && shown.contains("a number greater than 0, or a schedule"), "{shown}");
    let shown = with_optimizer_line("settings = [{ batch_size = 5000 }]");
    assert!(shown.contains("a whole number from 0 to 4096"), "{shown}");
    let shown = with_optimizer_line("settings = [{ step_size = { schedule = \"geometrical\", from = 1, to = 0.1 } }]");
    assert!(shown.contains("did you mean `geometric`?"), "{shown}");
    let shown = with_optimizer_line("settings = [{ step_size = { schedule = \"linear\", from = 1 } }]");
    assert!(shown.contains("lacks `from` or `to`"), "{shown}");
    let shown = with_optimizer_line("settings = [{ step_size = { value = 1, unit = \"meters\" } }]");
    assert!(shown.contains("\"absolute\", \"1/lambda_max\""), "{shown}");
    let shown = with_optimizer_line("step_size = 0.1");
    assert!(shown.contains("hyper-parameters stand in settings"), "{shown}");
    let shown = with_optimizer_line("settings = []");
    assert!(shown.contains("`settings` is empty"), "{shown}");
    let shown = with_optimizer_line("settings = { step_size = 0.5 }");
    assert!(shown.contains("`settings` is a table") && shown.contains("{ large = [ .. ], small = [ .. ] }"), "{shown}");
    let shown = with_optimizer_line("settings = { large = [{}], smal = [{}] }");
    assert!(shown.contains("unknown key `smal` in the settings of `gd`") && shown.contains("`small`?"), "{shown}");
    assert!(shown.contains("the settings of `gd` has no `small`"), "{shown}");
    let shown = with_optimizer_line("settings.large = []\nsettings.small = [{ step_size = -1 }]");
    assert!(shown.contains("`large` is empty") && shown.contains("`step_size` is -1"), "{shown}");
    let shown = with_optimizer_line("settings = [{ step_size = 0.5 }, { }]");
    assert!(shown.contains("has this setting twice"), "{shown}");
}

#[test]
fn names_are_unique_and_the_plan_is_not_empty() {
    let shown = rendered(&suite_text("", &["gd", "gd"]));
    assert!(shown.contains("two optimizers are named `gd`"), "{shown}");
    let case = "\n[[case]]\nfamily = \"matrix-sensing\"\nrows = 6\nrank = 1\nfactor_rank = 5\n";
    let shown = rendered(&(suite_text("", &["gd"]) + case));
    assert!(shown.contains("two cases are named `matrix-sensing`"), "{shown}");
    let twin = case.replace("rows = 6", "rows = 5\nname = \"other\"");
    let shown = rendered(&(suite_text("", &["gd"]) + &twin));
    assert!(shown.contains("differ in nothing but their names"), "{shown}");
    let shown = rendered("name = \"empty\"\n");
    assert!(shown.contains("no [[case]]") && shown.contains("no [[optimizer]]"), "{shown}");
    let shown = rendered(&suite_text("baseline = \"sam\"", &["gd"]));
    assert!(shown.contains("the baseline `sam` is no optimizer of this suite"), "{shown}");
    let shown = rendered(&suite_text("", &["gd"]).replace("made-up", "../escape"));
    assert!(shown.contains("cannot be a name"), "{shown}");
}

#[test]
fn tuning_wants_equal_numbers_of_settings() {
    let text = suite_text("[tuning]\nseeds = 1\nrule = \"validaton\"\n", &["gd"]);
    assert!(rendered(&text).contains("did you mean `validation`?"));
    let text = suite_text("[tuning]\n", &["gd", "sgd"]) + "settings = [{ step_size = 0.1 }, { step_size = 0.2 }]\n";
    let shown = rendered(&text);
    assert!(shown.contains("optimizer `gd` has 1 settings, others have 2"), "{shown}");
    let text = suite_text("[tuning]\n", &["gd", "sgd"])
        + "settings = { large = [{ step_size = 0.1 }], small = [{}, { step_size = 1 }] }\n";
    let shown = rendered(&text);
    assert!(
        shown.contains("optimizer `gd` has 1 settings, others have 2") && shown.contains("from a start"),
        "{shown}"
    );
    assert!(shown.contains("`exhaustive = true`"), "{shown}");
    let fewer = |said: &str| text.replace("name = \"gd\"\n", &format!("name = \"gd\"\n{said}\n"));
    let suite = check(&fewer("exhaustive = true")).expect("it has no more settings, and says so");
    assert!(check(&suite.to_toml()).is_ok_and(|again| again == suite), "{}", suite.to_toml());
    assert!(rendered(&fewer("exhaustive = 1")).contains("expected true or false"));
    let several = "[[optimizer]]\nname = \"sgd\"\nsettings = [{ step_size = 0.1 }, { step_size = 0.2 }]\n";
    let untuned = suite_text("[tuning]\n", &["gd"]) + "untuned = true\n" + several;
    assert!(!rendered(&(untuned.clone() + "nonsense = 1\n")).contains("others have"), "one setting, and it says so");
    let shown = rendered(&(untuned + "untuned = true\n"));
    assert!(shown.contains("`untuned` goes with one setting from each start"), "{shown}");
    let shown = rendered(&suite_text("[tuning]\ncases = [\"matrix-sensin\"]\n", &["gd"]));
    assert!(shown.contains("names `matrix-sensin`, which is no case") && shown.contains("did you mean"), "{shown}");
    let shown = rendered(&suite_text("[tuning]\ncases = []\n", &["gd"]));
    assert!(shown.contains("`cases` is empty"), "{shown}");
}

#[test]
fn the_oracle_rule_is_warned_about() {
    let text = suite_text("[tuning]\nrule = \"oracle\"\n", &["gd"])
        + "settings = [{ step_size = 0.1 }, { step_size = 0.2 }]\n";
    let suite = check(&text).expect("allowed");
    assert!(
        suite.warnings().iter().any(|warning| warning.contains("knows the ground truth")),
        "{:?}",
        suite.warnings()
    );
}

#[test]
fn data_files_are_checked_where_the_suite_stands() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name = \"x\"\nbudget = 1\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"ratings.csv\"\n[[optimizer]]\nname = \"gd\"\n";
    let shown = check_in(text, folder.path(), &["gd"]).unwrap_err().render(false);
    assert!(shown.contains("suite.toml:5:8") && shown.contains("cannot read ratings.csv"), "{shown}");
    std::fs::write(folder.path().join("ratings.csv"), "1,2").unwrap();
    let suite = check_in(text, folder.path(), &["gd"]).unwrap();
    // The resolved suite can be read from anywhere.
    assert!(check(&suite.to_toml()).is_ok(), "{}", suite.to_toml());
}

#[test]
fn texts_and_lists_of_texts_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), "1,2").unwrap();
    for (key, expected) in [
        ("columns = []", "a list of strings or numbers that is not empty"),
        ("columns = [true]", "`columns` is an array"),
        ("columns = { a = 1 }", "`columns` is a table"),
        ("delimiter = \"\"", "a string that is not empty"),
        ("delimiter = 1", "`delimiter` is the whole number 1"),
    ] {
        let text = format!(
            "name = \"x\"\nbudget = 1\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"x.csv\"\n{key}\n[[optimizer]]\nname = \"gd\"\n"
        );
        let shown = check_in(&text, folder.path(), &["gd"]).unwrap_err().render(false);
        assert!(shown.contains("suite.toml:6") && shown.contains(expected), "{shown}");
    }
}

#[test]
fn the_resolved_suite_reads_as_the_same_suite() {
    let text = suite_text("[tuning]\nrule = \"train\"\n", &["gd"])
        + "settings = [{ step_size = { value = 0.5, unit = \"1/lambda_max\" } }, \
           { step_size = { schedule = \"cosine\", from = 1, to = 0.1, until = 0.5 }, batch_size = 3 }]\n";
    let suite = check(&text).unwrap();
    assert_eq!(check(&suite.to_toml()).unwrap(), suite);
}

#[test]
fn a_key_of_another_family_says_whose_it_is() {
    let text = "name = \"x\"\nbudget = 1\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"x.csv\"\nrank = 2\n[[optimizer]]\nname = \"gd\"\n";
    let shown = check(text).unwrap_err().render(false);
    assert!(
        shown.contains("unknown key `rank` in a [[case]]") && shown.contains("a parameter of matrix-sensing alone"),
        "{shown}"
    );
}

#[test]
fn what_is_published_is_about_cases_optimizers_and_metrics_of_the_suite() {
    let with = |lines: &str| rendered(&format!("{}\n[[published]]\n{lines}\n", suite_text("", &["gd", "sgd"])));
    let good = "what = \"error\"\nsource = \"a paper\"\ncase = \"matrix-sensing\"\noptimizer = \"gd\"\nmetric = \"relative_error\"\nvalue = 0.1\nrange = [0, 0.2]";
    let checked = check(&format!("{}\n[[published]]\n{good}\n", suite_text("", &["gd"])));
    let suite = checked.expect("nothing is wrong with it");
    assert!(suite.to_toml().contains("[[published]]\nwhat = \"error\""), "{}", suite.to_toml());
    for (from, to, expected) in [
        (
            "case = \"matrix-sensing\"",
            "case = \"matrix\"",
            "`matrix` is no case of this suite, nor the name of a series",
        ),
        ("optimizer = \"gd\"", "optimizer = \"gdd\"", "did you mean `gd`?"),
        ("metric = \"relative_error\"", "metric = \"relative-error\"", "did you mean `relative_error`?"),
        (
            "metric = \"relative_error\"",
            "metric = \"recovered\"\nover = \"sgd\"",
            "`over` and `over_case` go with a metric",
        ),
        ("optimizer = \"gd\"", "", "a [[published]] is of an `optimizer` or of a `reference`"),
        ("optimizer = \"gd\"", "optimizer = \"gd\"\nreference = \"flattest\"", "give one of the two"),
        ("optimizer = \"gd\"", "reference = \"flat\"", "one of \"flattest\", \"norm-minimal\""),
        ("optimizer = \"gd\"", "reference = \"flattest\"\nat = \"limit\"", "here there is none"),
        (
            "optimizer = \"gd\"\nmetric = \"relative_error\"",
            "reference = \"flattest\"\nmetric = \"steps\"",
            "of a `reference` there is no such number",
        ),
        ("metric = \"relative_error\"", "metric = \"step\"", "did you mean `steps`?"),
        ("metric = \"relative_error\"", "metric = \"steps\"\nat = \"limit\"", "here there is none"),
        ("value = 0.1", "within = 1e-6", "`within` does not go with the metric `relative_error`"),
        ("value = 0.1", "over_case = \"other\"", "`other` is no case of this suite"),
        ("value = 0.1", "at_loss = 1e-4", "`at_loss` is 0.0001, which is none of the crossings of `matrix-sensing`"),
        ("value = 0.1", "over_reference = \"flattest\"", "`over_reference` goes with a `reference`"),
        ("value = 0.1", "value = 0.3", "`value` lies outside of `range`"),
        ("value = 0.1", "over = \"gd\"", "a number over itself is always 1"),
        ("value = 0.1", "over_case = \"matrix-sensing\"", "a number over itself is always 1"),
        ("value = 0.1", "init = \"spectral\"", "no run of `matrix-sensing` has the start spectral"),
        ("source = \"a paper\"", "source = \" \"", "`source` is empty"),
        ("metric = \"relative_error\"", "metric = \"distance_over_nearest\"", "is not measured in this suite"),
        ("optimizer = \"gd\"", "optimizer = 3", "`optimizer` is the whole number 3"),
        ("value = 0.1", "at_loss = 2.0", "`at_loss` is 2"),
        ("range = [0, 0.2]", "range = [0.2, 0]", "`range` is no interval"),
        ("range = [0, 0.2]", "", "a [[published]] has no `range`"),
        ("value = 0.1", "value = \"0.1\"", "`value` is the string \"0.1\""),
        ("source = \"a paper\"\n", "", "a [[published]] has no `source`"),
        ("value = 0.1", "at = \"end\"", "one of \"start\", \"iterate\", \"limit\""),
        ("value = 0.1", "valeu = 0.1", "did you mean `value`?"),
    ] {
        let text = with(&good.replace(from, to));
        assert!(text.contains(expected) && text.contains("1 mistake "), "{to}: {text}");
    }
}
