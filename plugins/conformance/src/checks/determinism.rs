use super::subject::Subject;
use crate::Check;
use crate::trial::{Plan, Trial};

pub(super) const REPEATABLE: &str = "deterministic";
pub(super) const SEEDED: &str = "seeded";

const STEPS: usize = 40;

/// The same seed gives the same bits, also while another optimizer of the library takes turns.
pub(super) fn repeatable(subject: &Subject) -> Check {
    let problem = &subject.factorization;
    let variants = subject.variants(problem);
    for variant in &variants {
        let plan = |seed| Plan {
            problem,
            settings: &variant.settings,
            start: &problem.start,
            seed,
            budget: 400.0,
            max_steps: STEPS,
        };
        let at = if variant.label.is_empty() { String::new() } else { format!(" with {}", variant.label) };
        let (first, second) = (Trial::new(&subject.library, &plan(1)), Trial::new(&subject.library, &plan(1)));
        if let Some(reason) = first.failure() {
            return Check::failed(REPEATABLE, format!("{reason}{at}"), "make a plain run succeed first");
        }
        if !first.same_as(&second) {
            return Check::failed(
                REPEATABLE,
                format!("two runs with the same seed differ{at}"),
                "take chance only from the oracle's random stream; read no clock, address, environment or uninitialized memory",
            );
        }
        let [turns, _] = Trial::in_turns(&subject.library, [plan(1), plan(2)]);
        if !first.same_as(&turns) {
            return Check::failed(
                REPEATABLE,
                format!("a run changes when another one takes turns with it{at}"),
                "keep all state in the optimizer itself: no statics, no thread-locals",
            );
        }
    }
    Check::passed(
        REPEATABLE,
        format!("the same bits from the same seed at {} settings, alone and taking turns", variants.len()),
    )
}

/// Another seed gives another run, where the method uses chance at all.
pub(super) fn seeded(subject: &Subject) -> Check {
    let problem = &subject.factorization;
    let variants = subject.variants(problem);
    let differs = |settings| {
        let plan = |seed| Plan { problem, settings, start: &problem.start, seed, budget: 400.0, max_steps: STEPS };
        !Trial::new(&subject.library, &plan(1)).same_as(&Trial::new(&subject.library, &plan(2)))
    };
    match variants.iter().find(|variant| differs(&variant.settings)) {
        Some(variant) if variant.label.is_empty() => Check::passed(SEEDED, "another seed gives another run"),
        Some(variant) => Check::passed(SEEDED, format!("another seed gives another run with {}", variant.label)),
        None => Check::skipped(
            SEEDED,
            format!("no chance in it: every seed gives the same run at {} settings", variants.len()),
        ),
    }
}
