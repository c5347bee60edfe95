//! Every question of the oracle, asked by a plugin in Rust and one in C of every family, through workers, seats and ledgers: the plugins
//! fail where answers do not agree with each other, and the records say what was asked and what it cost.
mod support;

use flatbench_records::{CallKind, Outcome, Record};
use support::{Bench, exported, root, shown};

/// A small case of each family.
fn suite(budget: u32) -> String {
    let cases =
        exported::SUITE.replace("budget = 100", &format!("budget = {budget}")).replace("seeds = 2", "seeds = 1");
    cases + "\n[[optimizer]]\nname = \"inquirer\"\n[[optimizer]]\nname = \"inquirer-c\"\n"
}

fn records(bench: &Bench, out: &str, optimizers: &str) -> Vec<Record> {
    let [rust, c] = ["harness/fixtures/inquirer", "harness/fixtures/c/inquirer.c"].map(|path| root().join(path));
    let (rust, c) = (rust.display().to_string(), c.display().to_string());
    let output = bench.run(out, &["--quiet", "--optimizer", optimizers, "--plugin", &rust, "--plugin", &c]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    bench.records(out)
}

#[test]
fn every_family_answers_every_question_or_says_that_it_cannot() {
    let bench = Bench::new(&suite(4000));
    let records = records(&bench, "out", "inquirer,inquirer-c");
    assert!(records.len() >= 18, "two optimizers on nine families: {}", records.len());
    for record in &records {
        let (result, context) = (&record.result, format!("{} on {}", record.optimizer, record.case));
        assert_eq!(result.outcome, Outcome::Completed, "{context}: {:?}", result.outcome_detail);
        let calls = result.oracle_calls;
        let of_measurements = [
            CallKind::MinibatchGradient,
            CallKind::MinibatchLoss,
            CallKind::MinibatchHessianVector,
            CallKind::MinibatchResiduals,
            CallKind::JacobianVector,
            CallKind::JacobianTransposeVector,
            CallKind::CurvatureGradient,
        ];
        let answered = |kind: &CallKind| calls.count(*kind) > 0;
        for kind in CallKind::ALL {
            // What a family refuses is charged too: it is known only when it is asked. Batches of C may be whole.
            let asked = answered(&kind) || record.family == "robust-pca" && of_measurements.contains(&kind);
            let whole_in_c = record.optimizer == "inquirer-c"
                && matches!(kind, CallKind::MinibatchHessianVector | CallKind::MinibatchGradient);
            assert!(asked || whole_in_c, "{}, {context}", kind.name());
        }
        let measurements = record.dimensions.expect("it was drawn").measurements;
        assert_eq!(result.gradient_equivalents, calls.gradient_equivalents(measurements), "{context}");
        assert_eq!(calls.relative_flatness, 2 + u64::from(record.optimizer == "inquirer"), "{context}");
        assert_eq!(calls.relative_flatness_gradient, 1, "{context}");
    }
}

/// What comes of refused questions, of the budget, and of company.
#[test]
fn the_numbers_do_not_depend_on_company_and_a_spent_budget_ends_a_run_within_a_question() {
    let bench = Bench::new(&suite(60));
    let together = records(&bench, "together", "inquirer,inquirer-c");
    let mut alone = records(&bench, "rust", "inquirer");
    alone.extend(records(&bench, "c", "inquirer-c"));
    alone.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(alone.len(), together.len());
    for (one, other) in alone.iter().zip(&together) {
        assert_eq!(one.key, other.key);
        assert_eq!(one.result.oracle_calls, other.result.oracle_calls, "{} on {}", one.optimizer, one.case);
        assert_eq!(one.result.iterate, other.result.iterate, "{} on {}", one.optimizer, one.case);
        assert_eq!(one.result.outcome, Outcome::Completed, "{:?}", one.result.outcome_detail);
        assert!(one.result.gradient_equivalents < 60.0 + 16.0 + 3.0, "{}", one.result.gradient_equivalents);
    }
}
