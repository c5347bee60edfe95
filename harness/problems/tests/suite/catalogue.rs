//! What a family says of itself is true, and every family is wherever families are checked.

use std::collections::BTreeSet;

use flatbench_problems::{FlattestProgram, catalog, check, small_cases};

use crate::bench_cases::square;
use crate::support::{drawn, naive};

fn names() -> BTreeSet<String> {
    catalog().into_iter().map(|family| family.name).collect()
}

#[test]
fn every_family_has_small_cases() {
    let with: BTreeSet<String> = small_cases().into_iter().map(|case| case.family).collect();
    let without: Vec<_> = names().difference(&with).cloned().collect();
    assert!(without.is_empty(), "{without:?}: give `small_cases` in the module in harness/problems/src/families/");
}

#[test]
fn every_family_has_its_loss_written_twice() {
    let written: BTreeSet<String> = naive::families().map(str::to_owned).collect();
    let differing: Vec<_> = names().symmetric_difference(&written).cloned().collect();
    assert!(differing.is_empty(), "{differing:?}: X_OF in harness/problems/tests/suite/support/naive.rs has to follow");
}

#[test]
fn every_small_case_has_its_golden_instance() {
    let golden: Vec<&str> =
        include_str!("golden-instances.txt").lines().filter_map(|line| line.split(' ').next()).collect();
    let cases: Vec<String> = small_cases().into_iter().map(|case| case.family).collect();
    assert_eq!(cases, golden, "harness/problems/tests/suite/golden-instances.txt has a line for each small case");
}

#[test]
fn every_family_can_be_benched() {
    for name in names() {
        let problem = square(&name, 6, 12);
        let dimensions = problem.dimensions();
        assert_eq!(dimensions.rows, 6, "{name}: benches/cases.rs sets no size of it");
        assert!(dimensions.cols == 6 || dimensions.cols == 1, "{name}: benches/cases.rs sets no size of it");
    }
}

#[test]
fn descriptions_are_true_of_instances() {
    for family in catalog() {
        for case in small_cases().into_iter().filter(|case| case.family == family.name) {
            let problem = drawn(&case, 1);
            assert_eq!(problem.factorization(), family.factorization, "{}", family.name);
            let constant = matches!(problem.flattest_program(), Ok(FlattestProgram::Constant { .. }));
            assert_eq!(constant, family.is_control(&case.parameters), "{}: a control has one trace", family.name);
            let signs = family.factorization.signs().map_or(problem.blocks().len(), <[i8]>::len);
            assert_eq!(signs, problem.blocks().len(), "{}: one sign for each factor", family.name);
            // Inside the ball, where the outliers are fewer than allowed, every nearby matrix has zero loss too.
            assert_eq!(problem.outlier_radius().is_some(), family.zero_loss_interior, "{}", family.name);
        }
    }
}

#[test]
fn parameters_are_known_and_their_defaults_allowed() {
    for family in catalog() {
        if let Some(amount) = &family.amount {
            let known = family.parameters.iter().any(|parameter| parameter.name == amount.parameter);
            assert!(known, "{}: `{}` says how much is measured and is no parameter", family.name, amount.parameter);
        }
        for parameter in &family.parameters {
            let fits = parameter.default.as_ref().is_none_or(|default| parameter.kind.admits(default));
            assert!(fits, "{}: the default of `{}` is not allowed", family.name, parameter.name);
            // Records keep the content hash of a data file among the parameters under this name.
            assert_ne!(parameter.name, "data_hash", "{}", family.name);
        }
    }
}

#[test]
fn sources_are_in_the_bibliography() {
    let bibliography = include_str!("../../../docs/references.bib");
    for family in catalog() {
        let entry = format!("{{{},", family.source);
        assert!(bibliography.contains(&entry), "{}: harness/docs/references.bib lacks {}", family.name, family.source);
    }
}

#[test]
fn the_work_of_a_case_is_what_its_sizes_say() {
    for case in small_cases() {
        let work = check(&case.family, &case.parameters, None).expect("a case").work;
        let problem = drawn(&case, 1);
        let sizes = problem.dimensions();
        let (entries, m) = ((sizes.rows * sizes.cols) as f64, sizes.measurements as f64);
        // Every measurement and every parameter has a part in a gradient, and the way through dense measurements is the longest.
        let least = m.max(sizes.parameters as f64);
        let products = (problem.blocks().len() * sizes.rows.max(sizes.cols) * sizes.factor_rank.max(1)) as f64;
        let most = 2.0 * m * entries + 3.0 * products * sizes.rows.max(sizes.factor_rank) as f64;
        assert!((least..=most).contains(&work), "{}: {least} ≤ {work} ≤ {most}", case.name);
    }
    let of = |measurements: i64, rows: i64| {
        let sizes = [("measurements", measurements), ("rows", rows), ("cols", 20), ("rank", 1), ("factor_rank", 2)];
        let parameters = sizes.map(|(name, n)| (name.to_owned(), n.into())).into();
        check("matrix-sensing", &parameters, None).expect("a case").work
    };
    assert_eq!(of(100, 20), 2.0 * 100.0 * 400.0 + 3.0 * 400.0 * 2.0, "A(X), its adjoint, and three products");
    assert_eq!(of(100, 40), 2.0 * of(100, 20));
}
