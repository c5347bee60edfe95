use std::collections::VecDeque;

use flatbench_plugin::prelude::*;

/// Pairs of steps and changes of the gradient are kept if the cosine between them is at least this: curvature, and not rounding.
const LEAST_COSINE: f64 = 1e-10;

/// The last steps s and the changes y of the gradient that they brought, oldest first.
#[derive(Default)]
pub(crate) struct Memory {
    pairs: VecDeque<(Vector, Vector)>,
}

impl Memory {
    /// Takes a pair in, and lets go of the oldest above `capacity`. A pair without positive curvature is left out.
    pub(crate) fn remember(&mut self, s: Vector, y: Vector, capacity: usize) {
        if s.dot(&y) > LEAST_COSINE * s.norm() * y.norm() {
            self.pairs.push_back((s, y));
        }
        while self.pairs.len() > capacity {
            self.pairs.pop_front();
        }
    }

    pub(crate) fn forget(&mut self) {
        self.pairs.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// −H g by the two-loop recursion, where H is the inverse Hessian as the pairs have it; −g without any.
    pub(crate) fn direction(&self, gradient: &Parameters) -> Vector {
        let mut d = gradient.to_vector();
        d.scale(-1.0);
        let Some((s, y)) = self.pairs.back() else { return d };
        let scale = s.dot(y) / y.dot(y);
        let mut weights = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let weight = s.dot(&d) / s.dot(y);
            d.scaled_add(-weight, y);
            weights.push(weight);
        }
        d.scale(scale);
        for ((s, y), weight) in self.pairs.iter().zip(weights.into_iter().rev()) {
            d.scaled_add(weight - y.dot(&d) / s.dot(y), s);
        }
        d
    }
}
