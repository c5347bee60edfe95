use flatbench_plugin::prelude::*;

use crate::linearization::Linearization;
use crate::memory::Memory;
use crate::retraction::{Arrival, retract};

/// Least fall of the trace, as a fraction of what the slope promises (Armijo).
const DECREASE: f64 = 1e-4;
/// Rises of the trace by this fraction of it are rounding.
const ROUNDING: f64 = 3e-15;
/// Falls of the trace by this fraction of it are nothing, and after so many of them in a row there is nothing to gain.
const NOTHING: f64 = 1e-13;
const IDLE_STEPS: usize = 10;
/// So many failures in a row count as much, where the relative tangential gradient is small.
const FAILURES: usize = 3;
const NEARLY: f64 = 1e-3;
/// A direction has to have at least this cosine with the steepest one.
const LEAST_COSINE: f64 = 1e-4;
const SHORTENING: f64 = 0.3;
const GROWTH: f64 = 1.5;
/// Shortenings after which the direction becomes the steepest one, and after which a step is given up.
const PATIENCE: usize = 6;
const LIMIT: usize = 25;
/// Least and largest accuracy of the tangential gradient, and its fraction of the last relative tangential gradient.
const ACCURACY: (f64, f64, f64) = (1e-11, 1e-2, 0.03);
const PRODUCTS: usize = 60;

/// How far steps go, and by how many of the last ones they are turned.
pub(crate) struct Manner {
    /// Longest step, relative to ‖w‖.
    pub(crate) longest: f64,
    /// Pairs of L-BFGS; 0 for steps along the tangential gradient.
    pub(crate) memory: usize,
}

/// How a step went.
pub(crate) enum Advance {
    Moved(Arrival),
    /// Rounding leaves nothing to gain.
    Exhausted,
    /// No step was found.
    Stuck,
}

/// A point of the zero-loss set as the descent sees it.
pub(crate) struct Flow {
    /// Norm of the predictions.
    scale: f64,
    pub(crate) trace: f64,
    /// (I − J⁺J) ∇tr H.
    tangential: Vector,
    /// ‖tangential‖/‖∇tr H‖.
    pub(crate) relative: f64,
    memory: Memory,
    /// Longest step that is tried, relative to ‖w‖: the set may be more curved than [`Manner::longest`] allows for.
    reach: f64,
    /// Last step along the tangential gradient.
    steepest: f64,
    /// Steps in a row that have hardly lowered the trace.
    idle: usize,
}

impl Flow {
    /// Begins at `w`, a point of zero loss.
    pub(crate) fn new(
        w: &Parameters,
        scale: f64,
        manner: &Manner,
        linearization: &mut Linearization,
        oracle: &mut Oracle,
    ) -> Result<Self> {
        let trace = oracle.hessian_trace(w)?;
        let (tangential, relative) = tangential(w, 1.0, linearization, oracle)?;
        let (memory, reach) = (Memory::default(), manner.longest);
        Ok(Flow { scale, trace, tangential, relative, memory, reach, steepest: f64::INFINITY, idle: 0 })
    }

    /// A step along the zero-loss set that lowers the trace.
    ///
    /// # Errors
    /// Those of the oracle; the flow is then as it was.
    pub(crate) fn advance(
        &mut self,
        w: &Parameters,
        manner: &Manner,
        linearization: &mut Linearization,
        oracle: &mut Oracle,
    ) -> Result<Advance> {
        if self.idle >= IDLE_STEPS && self.relative <= NEARLY {
            return Ok(Advance::Exhausted);
        }
        let mut direction = self.memory.direction(&self.tangential);
        let size = self.tangential.norm();
        if self.tangential.dot(&direction) > -LEAST_COSINE * size * direction.norm() {
            self.memory.forget();
            direction = self.memory.direction(&self.tangential);
        }
        let whole = if self.memory.is_empty() { 2.0 * self.steepest } else { 1.0 };
        let longest = self.reach * w.norm();
        let mut step = whole.min(longest / direction.norm());
        let promised = -step * self.tangential.dot(&direction);
        for trial in 0..LIMIT {
            if trial == PATIENCE {
                self.memory.forget();
                direction = self.memory.direction(&self.tangential);
                step = SHORTENING * longest / size;
            }
            let mut there = w.to_vector();
            there.scaled_add(step, &direction);
            match retract(&there, self.scale, linearization, oracle)? {
                Some(arrival) => {
                    let trace = oracle.hessian_trace(&arrival.w)?;
                    let slope = self.tangential.dot(&direction);
                    if trace <= self.trace + DECREASE * step * slope + ROUNDING * self.trace {
                        let length = step * direction.norm();
                        self.reach = if trial == 0 {
                            (GROWTH * self.reach).min(manner.longest)
                        } else {
                            GROWTH * length / w.norm()
                        };
                        self.steepest = length / size;
                        self.arrive(w, &arrival, trace, manner, linearization, oracle)?;
                        return Ok(Advance::Moved(arrival));
                    }
                }
                // Short steps come back if only the factor is that of the point they leave.
                None if trial > 0 && !linearization.fresh => linearization.refresh(w, oracle)?,
                None => {}
            }
            step *= SHORTENING;
        }
        self.reach = manner.longest;
        if self.relative <= NEARLY {
            self.idle += IDLE_STEPS.div_ceil(FAILURES);
        }
        let nothing = promised <= NOTHING * self.trace && self.relative <= NEARLY;
        Ok(if nothing { Advance::Exhausted } else { Advance::Stuck })
    }

    /// Looks about at the new point, and remembers the way there.
    fn arrive(
        &mut self,
        from: &Parameters,
        arrival: &Arrival,
        trace: f64,
        manner: &Manner,
        linearization: &mut Linearization,
        oracle: &mut Oracle,
    ) -> Result<()> {
        if linearization.end_step() {
            linearization.refresh(&arrival.w, oracle)?;
        }
        let (tangential, relative) = tangential(&arrival.w, self.relative, linearization, oracle)?;
        let mut way = arrival.w.to_vector();
        way.scaled_add(-1.0, from);
        let mut change = tangential.to_vector();
        change.scaled_add(-1.0, &self.tangential);
        self.memory.remember(way, change, manner.memory);
        self.idle = if self.trace - trace <= NOTHING * self.trace { self.idle + 1 } else { 0 };
        (self.trace, self.tangential, self.relative) = (trace, tangential, relative);
        Ok(())
    }
}

/// (I − J⁺J) ∇tr H at `w`, and its norm relative to ∇tr H (0 where that vanishes); more accurate the smaller it was `before`.
fn tangential(
    w: &Parameters,
    before: f64,
    linearization: &mut Linearization,
    oracle: &mut Oracle,
) -> Result<(Vector, f64)> {
    let mut gradient = oracle.hessian_trace_gradient(w)?;
    let whole = gradient.norm();
    let (least, most, fraction) = ACCURACY;
    let accuracy = (fraction * before).clamp(least, most);
    let image = oracle.jacobian_vector(w, &gradient)?;
    let normal = linearization.least_norm(w, &image, accuracy, PRODUCTS, oracle)?;
    gradient.scaled_add(-1.0, &normal);
    let relative = if whole > 0.0 { gradient.norm() / whole } else { 0.0 };
    Ok((gradient, relative))
}
