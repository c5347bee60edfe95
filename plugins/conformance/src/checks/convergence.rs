use super::subject::Subject;
use crate::Check;
use crate::trial::End;

pub(super) const NAME: &str = "honest about converging";
/// A claim holds where the gradient is this much smaller than at the start, or smaller.
const FRACTION: f64 = 1e-3;

/// Where the plugin says that it has converged, it has.
pub(super) fn check(subject: &Subject) -> Check {
    let mut claims = 0;
    for problem in [&subject.convex, &subject.factorization] {
        let first = norm(&problem.full_gradient(&problem.start));
        for start in [&problem.start, &problem.solution] {
            let trial = subject.trial_from(problem, start, 300.0, 20_000);
            if trial.end != End::Converged {
                continue;
            }
            claims += 1;
            let now = norm(&problem.full_gradient(&trial.point)).min(norm(&problem.full_gradient(&trial.w)));
            if !small(now, first) {
                return Check::failed(
                    NAME,
                    format!(
                        "{}, after {} steps: the gradient has norm {now:.1e}, at the start {first:.1e}",
                        problem.label, trial.steps
                    ),
                    "return `Status::Converged` only where the gradient is negligible, or always `Status::Continue`",
                );
            }
        }
    }
    if claims == 0 {
        return Check::skipped(NAME, "it never says that it has converged");
    }
    Check::passed(NAME, format!("{claims} claims, all true"))
}

fn small(now: f64, first: f64) -> bool {
    now <= FRACTION * first
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Problem;

    #[test]
    fn the_start_is_not_stationary() {
        let problem = Problem::factorization("f", 4, 5, 2, 40);
        let first = norm(&problem.full_gradient(&problem.start));
        assert!(first > 1.0 && !small(first, first) && small(0.0, first));
    }
}
