use super::krylov::{Krylov, Spectrum, norm};
use super::linearisation::{Linearisation, has_jacobian};
use super::phi::{self, Phi};
use crate::evaluator::Evaluator;

/// Longest correction of a step, relative to ‖w‖. The correction is what the error of a step of first order would be; that of
/// the corrected step is one to two orders of magnitude smaller.
const LONGEST_CORRECTION: f64 = 5e-4;
/// Longest correction relative to the step that it corrects: beyond, the linear flow is no guide. Corrections below
/// `NEGLIGIBLE`·‖w‖ need no guide.
const LARGEST_PART: f64 = 0.5;
const NEGLIGIBLE: f64 = 1e-5;
/// Length of a step, relative to ‖w‖, up to which it needs no correction.
const SHORT: f64 = 1e-3;
/// Length of the first step, relative to ‖w‖: so that a flow with a long way to go is followed from its beginning.
const FIRST_STEP: f64 = 0.02;
/// How much longer, and shorter, the next step may be.
const GROWTH: f64 = 5.0;
const SHRINKAGE: f64 = 0.1;
/// Defect, relative to ∇f, at which a Krylov space is large enough for the linear flow.
const DEFECT: f64 = 0.03;
/// Error of a correction, relative to the longest, at which one is large enough for that.
const CORRECTION_ERROR: f64 = 0.1;

/// Longest step of implicit Euler, relative to ‖w‖, and what it may leave of the loss at most; where Jacobians are small enough to be
/// written down, and once steps need spaces of at least half their rank.
const NEAR: f64 = 3e-3;
const WORTH: f64 = 0.8;
const MOST_MEASUREMENTS: usize = 1000;
/// Dampings of those steps that are tried, the smallest and how many, each ten times the one before.
const LEAST_DAMPING: f64 = 1e-14;
const DAMPINGS: i32 = 11;
/// After a point where none would do, they are tried again at this part of the loss.
const RETRY: f64 = 0.3;

/// Gradient flow ẇ = −∇f(w), at some time.
pub(super) struct Flow<'a> {
    evaluator: &'a mut dyn Evaluator,
    /// The point.
    pub(super) w: Vec<f64>,
    /// ∇f there.
    pub(super) gradient: Vec<f64>,
    /// f there.
    pub(super) loss: f64,
    /// Gradients and Gauss-Newton products so far.
    pub(super) products: usize,
    allowance: usize,
    /// Number of measurements, where J is known by itself and small enough to be written down.
    rank: Option<usize>,
    /// Loss from which on steps of implicit Euler are tried.
    euler_below: f64,
    /// τ of the next step.
    time: f64,
    /// Longest correction, relative to ‖w‖.
    longest: f64,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    /// It was taken.
    Taken,
    /// However short, it does not lower the loss.
    Still,
    /// The products that are allowed were spent before it was.
    Spent,
    /// A derivative overflows.
    NotFinite,
}

/// A point with what the gradient there adds to that of the linear flow, d = −∇f less its linear part.
struct Place {
    w: Vec<f64>,
    gradient: Vec<f64>,
    loss: f64,
    remainder: Vec<f64>,
}

/// A point that a step leads to, with ∇f and f there.
struct Step {
    w: Vec<f64>,
    gradient: Vec<f64>,
    loss: f64,
}

impl<'a> Flow<'a> {
    /// The flow from `w` ≠ 0 in a problem with so many measurements, which stops at about `allowance` gradients and products.
    pub(super) fn new(evaluator: &'a mut dyn Evaluator, w: &[f64], measurements: usize, allowance: usize) -> Self {
        let mut gradient = vec![0.0; w.len()];
        let loss = evaluator.gradient(w, &mut gradient);
        let time = FIRST_STEP * norm(w) / norm(&gradient);
        let rank = (measurements <= MOST_MEASUREMENTS && has_jacobian(evaluator)).then_some(measurements);
        let (w, longest) = (w.to_vec(), LONGEST_CORRECTION);
        Flow { evaluator, w, gradient, loss, products: 1, allowance, rank, euler_below: 0.0, time, longest }
    }

    /// One step, as long as the correction lets it be, or a short one of implicit Euler; ∇f is not zero.
    pub(super) fn advance(&mut self) -> Advance {
        if self.loss <= self.euler_below && self.short_step() {
            return Advance::Taken;
        }
        let mut space = Krylov::new(&self.gradient);
        while self.products < self.allowance {
            // Zero where ‖∇f‖² overflows.
            if !self.time.is_normal() {
                return Advance::NotFinite;
            }
            let Some(spectrum) = self.enlarge(&mut space, phi::first, DEFECT) else { return Advance::NotFinite };
            while spectrum.defect(&spectrum.apply(phi::first, self.time)) > DEFECT {
                self.time *= 0.5;
            }
            let end = self.along(&space, &spectrum, self.time);
            let length = distance(&end.w, &self.w);
            if length <= f64::EPSILON * norm(&self.w) && end.loss >= self.loss {
                return Advance::Still;
            }
            let step = if length <= SHORT * norm(&self.w) {
                Some((end.w, end.gradient, end.loss, GROWTH))
            } else {
                self.corrected(&space, &spectrum, end, length)
            };
            match step {
                // The flow goes downhill.
                Some((w, gradient, loss, growth)) if loss < self.loss => {
                    self.time *= growth;
                    // From here on writing J down costs no more than going on.
                    if self.euler_below == 0.0 && self.rank.is_some_and(|rank| 2 * space.size() >= rank) {
                        self.euler_below = loss;
                    }
                    (self.w, self.gradient, self.loss) = (w, gradient, loss);
                    return Advance::Taken;
                }
                Some(_) => self.time *= 0.5,
                None => {}
            }
        }
        Advance::Spent
    }

    /// A step of implicit Euler, short enough to need no correction: of those, the one that lowers the loss most.
    fn short_step(&mut self) -> bool {
        let Some(rank) = self.rank.filter(|rank| self.products + rank < self.allowance) else { return false };
        self.products += rank;
        let linear = Linearisation::at(self.evaluator, &self.w, rank);
        let mut best: Option<Step> = None;
        for k in 0..DAMPINGS {
            let Some(step) = linear.step(LEAST_DAMPING * 10_f64.powi(k)) else { continue };
            if norm(&step) > NEAR * norm(&self.w) {
                continue;
            }
            let w: Vec<f64> = self.w.iter().zip(&step).map(|(w, step)| w - step).collect();
            let mut gradient = vec![0.0; w.len()];
            let loss = self.gradient_at(&w, &mut gradient);
            if best.as_ref().is_some_and(|best| best.loss < loss) {
                break;
            }
            best = Some(Step { w, gradient, loss });
        }
        if let Some(Step { w, gradient, loss }) = best.filter(|step| step.loss <= WORTH * self.loss) {
            (self.w, self.gradient, self.loss) = (w, gradient, loss);
            return true;
        }
        self.euler_below = RETRY * self.loss;
        false
    }

    /// The step to the end of the linear flow, `length` away, with its correction, the gradient, the loss, and the growth of τ
    /// after it; `None` where the correction is too long, and τ is smaller from then on.
    fn corrected(
        &mut self,
        space: &Krylov,
        spectrum: &Spectrum,
        end: Place,
        length: f64,
    ) -> Option<(Vec<f64>, Vec<f64>, f64, f64)> {
        let middle = self.along(space, spectrum, 0.5 * self.time);
        let remainder: Vec<f64> =
            middle.remainder.iter().zip(&end.remainder).map(|(m, e)| (4.0 * m + e) / 3.0).collect();
        let norm_w = norm(&self.w);
        let correction = self.correction(&remainder).filter(|correction| norm(correction).is_finite());
        let Some(correction) = correction else {
            self.time *= SHRINKAGE;
            return None;
        };
        let allowed = (self.longest * norm_w).min((LARGEST_PART * length).max(NEGLIGIBLE * norm_w));
        // The correction is of second order in τ.
        let growth = (0.9 * (allowed / norm(&correction)).sqrt()).clamp(SHRINKAGE, GROWTH);
        if norm(&correction) > allowed {
            self.time *= growth;
            return None;
        }
        let w: Vec<f64> = end.w.iter().zip(&correction).map(|(w, c)| w + c).collect();
        let mut gradient = end.gradient;
        let loss = self.gradient_at(&w, &mut gradient);
        Some((w, gradient, loss, growth))
    }

    fn gradient_at(&mut self, w: &[f64], out: &mut [f64]) -> f64 {
        self.products += 1;
        self.evaluator.gradient(w, out)
    }

    /// Adds dimensions until the defect of `phi` of τB is at most `defect`, as far as the space and the allowance go; `None`
    /// where B is not finite.
    fn enlarge(&mut self, space: &mut Krylov, phi: Phi, defect: f64) -> Option<Spectrum> {
        let mut size = space.size().max(2);
        loop {
            while space.size() < size && !space.is_full() {
                space.extend(|v, out| self.evaluator.gauss_newton_vector(&self.w, v, out));
                self.products += 1;
            }
            let spectrum = space.spectrum()?;
            let resolved = spectrum.defect(&spectrum.apply(phi, self.time)) <= defect;
            if resolved || space.is_full() || self.products >= self.allowance {
                return Some(spectrum);
            }
            // Looked at again after a third more: the spectrum costs as much as some products.
            size += size / 3 + 1;
        }
    }

    /// Where the linear flow is after a time.
    fn along(&mut self, space: &Krylov, spectrum: &Spectrum, time: f64) -> Place {
        let y = spectrum.apply(phi::first, time);
        let w: Vec<f64> = self.w.iter().zip(space.combine(&y)).map(|(w, d)| w - d).collect();
        let mut gradient = vec![0.0; w.len()];
        let loss = self.gradient_at(&w, &mut gradient);
        let remainder = space.remainder(&y).iter().zip(&gradient).map(|(linear, g)| linear - g).collect();
        Place { w, gradient, loss, remainder }
    }

    /// τφ₂(−τB) times the remainder; `None` where that is not finite.
    fn correction(&mut self, remainder: &[f64]) -> Option<Vec<f64>> {
        let length = norm(remainder);
        if length == 0.0 {
            return Some(remainder.to_vec());
        }
        if !length.is_finite() {
            return None;
        }
        // Unlike the gradient, the remainder is not met again: along the zero-loss set all of it counts, times τ.
        let defect = CORRECTION_ERROR * self.longest * norm(&self.w) / (self.time * length);
        let mut space = Krylov::new(remainder);
        let spectrum = self.enlarge(&mut space, phi::second, defect)?;
        Some(space.combine(&spectrum.apply(phi::second, self.time)))
    }
}

/// ‖a − b‖.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flatbench_records::{Case, Init, Value};

    use super::*;
    use crate::Problem;

    /// A drawn matrix-sensing instance with 88 parameters and 30 measurements.
    fn instance(seed: u64) -> Box<dyn Problem> {
        let sizes = [("rows", 6), ("cols", 5), ("rank", 2), ("factor_rank", 8), ("measurements", 24)];
        let parameters: BTreeMap<_, _> = sizes.map(|(name, n)| (name.to_owned(), Value::Integer(n))).into();
        let family = "matrix-sensing".to_owned();
        let case = Case { name: family.clone(), family, parameters, init: Init::Large, budget: 1.0, ..Case::default() };
        crate::draw(&case, seed, None).expect("a sound case")
    }

    /// The end of the flow from w, and the steps to it.
    fn end(problem: &dyn Problem, w: &[f64], longest: f64) -> (Vec<f64>, usize) {
        let mut evaluator = problem.evaluator();
        let mut flow = Flow { longest, ..Flow::new(&mut *evaluator, w, problem.dimensions().measurements, 1_000_000) };
        let (start, mut steps) = (flow.loss, 0);
        while flow.loss > crate::limit::LIMIT_LOSS * start {
            assert_eq!(flow.advance(), Advance::Taken);
            steps += 1;
        }
        (flow.w, steps)
    }

    #[test]
    fn shorter_corrections_lead_to_the_same_end_at_a_higher_order() {
        for seed in 0..4 {
            let problem = instance(seed);
            let start = problem.initial_point(Init::Large, seed);
            let (finest, _) = end(&*problem, &start, LONGEST_CORRECTION / 64.0);
            let error = |longest: f64| {
                let (w, steps) = end(&*problem, &start, longest);
                (distance(&w, &finest) / norm(&finest), steps)
            };
            let (default, steps) = error(LONGEST_CORRECTION);
            let (coarse, fewer) = error(4.0 * LONGEST_CORRECTION);
            println!("seed {seed}: {coarse:.1e} in {fewer} steps, {default:.1e} in {steps}");
            assert!(fewer < steps && default <= 2e-4, "seed {seed}: {default:.1e} in {steps} steps");
            assert!(default <= 0.75 * coarse, "seed {seed}: {coarse:.1e}, then {default:.1e}");
        }
    }

    #[test]
    fn next_to_the_end_a_step_is_that_of_gauss_and_newton() {
        let problem = instance(1);
        let (mut w, _) = end(&*problem, &problem.initial_point(Init::Large, 1), LONGEST_CORRECTION);
        let nudge = crate::checks::direction(w.len(), 7);
        w.iter_mut().zip(&nudge).for_each(|(w, d)| *w += 1e-3 * d);
        let (_, steps) = end(&*problem, &w, LONGEST_CORRECTION);
        assert!(steps <= 9, "{steps} steps over ten orders of magnitude in the residuals");
    }
}
