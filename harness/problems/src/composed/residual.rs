/// What predictions are compared with.
pub(crate) enum Residual {
    /// ρ = p − b.
    Targets(Vec<f64>),
    /// ρ = p − Y + S, S the projection of Y − p onto the ℓ1 ball: the distance of Y − X to the ball is ‖ρ‖.
    Ball {
        /// Y, row by row.
        observed: Vec<f64>,
        /// ‖S*‖₁.
        radius: f64,
    },
    /// ρ = p − b, of which the loss is the mean absolute value less its value at the truth.
    Absolute {
        /// b.
        targets: Vec<f64>,
        /// Mean absolute residual of the truth.
        least: f64,
    },
}

impl Residual {
    /// b, or Y.
    pub(crate) fn targets(&self) -> &[f64] {
        match self {
            Residual::Targets(targets) | Residual::Absolute { targets, .. } => targets,
            Residual::Ball { observed, .. } => observed,
        }
    }

    /// f, of residuals: their mean square, or mean absolute value less that of the truth.
    pub(crate) fn loss(&self, rho: &[f64]) -> f64 {
        let mean = |of: fn(f64) -> f64| rho.iter().map(|&rho| of(rho)).sum::<f64>() / rho.len() as f64;
        match self {
            Residual::Targets(_) | Residual::Ball { .. } => mean(|rho| rho * rho),
            Residual::Absolute { least, .. } => mean(f64::abs) - least,
        }
    }

    /// Space for [`Residual::apply`].
    pub(crate) fn scratch(&self) -> Vec<f64> {
        match self {
            Residual::Targets(_) | Residual::Absolute { .. } => Vec::new(),
            Residual::Ball { observed, .. } => vec![0.0; observed.len()],
        }
    }

    /// Turns predictions into residuals.
    pub(crate) fn apply(&self, values: &mut [f64], scratch: &mut [f64]) {
        for (value, target) in values.iter_mut().zip(self.targets()) {
            *value -= target;
        }
        if let Residual::Ball { radius, .. } = self {
            // With z = Y − p: ρ = −(z − S) = −clamp(z, −θ, θ) = clamp(p − Y, −θ, θ).
            let threshold = ball_threshold(values, *radius, scratch);
            for value in values {
                *value = value.clamp(-threshold, threshold);
            }
        }
    }

    /// Turns the derivative of predictions along a direction into that of the residuals, which are `rho` there.
    ///
    /// For the ball that is an orthogonal projection, since the squared distance to a convex set has one for Hessian: θ moves
    /// with the mean of all entries that it cuts off, the others are free.
    pub(crate) fn differentiate(&self, rho: &[f64], rho_dot: &mut [f64]) {
        let Residual::Ball { .. } = self else { return };
        let threshold = rho.iter().fold(0.0_f64, |most, rho| most.max(rho.abs()));
        let (mut sum, mut cut) = (0.0, 0_usize);
        for (rho, dot) in rho.iter().zip(&*rho_dot).filter(|(rho, _)| rho.abs() == threshold) {
            sum += rho.signum() * dot;
            cut += 1;
        }
        let threshold_dot = if threshold > 0.0 { sum / cut as f64 } else { 0.0 };
        for (rho, dot) in rho.iter().zip(rho_dot).filter(|(rho, _)| rho.abs() == threshold) {
            *dot = rho.signum() * threshold_dot;
        }
    }
}

/// The θ ≥ 0 for which soft-thresholding z by θ is its projection onto {‖s‖₁ ≤ radius}; 0 inside the ball.
///
/// Expected linear time: the active set is narrowed around trial thresholds, without sorting (Condat 2016 gives this and
/// faster forms).
pub(crate) fn ball_threshold(z: &[f64], radius: f64, scratch: &mut [f64]) -> f64 {
    let norm: f64 = z.iter().map(|x| x.abs()).sum();
    // Residuals that are not finite stay so: clamping by infinity keeps them.
    if !norm.is_finite() {
        return f64::INFINITY;
    }
    if norm <= radius {
        return 0.0;
    }
    for (magnitude, x) in scratch.iter_mut().zip(z) {
        *magnitude = x.abs();
    }
    let mut active = scratch.len();
    let mut threshold = (norm - radius) / active as f64;
    // Each pass drops magnitudes at or below a threshold that is never above the solution; it ends when none is dropped.
    loop {
        let mut kept = 0;
        let mut sum = 0.0;
        for i in 0..active {
            let magnitude = scratch[i];
            if magnitude > threshold {
                scratch[kept] = magnitude;
                kept += 1;
                sum += magnitude;
            }
        }
        if kept == active || kept == 0 {
            return threshold;
        }
        active = kept;
        threshold = (sum - radius) / active as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::gaussians;

    #[test]
    fn soft_thresholding_reaches_the_sphere() {
        for seed in 0..50 {
            let z = gaussians(seed, "z", 1 + seed as usize, 1.0);
            let norm: f64 = z.iter().map(|x| x.abs()).sum();
            for radius in [0.0, 0.1 * norm, 0.9 * norm] {
                let threshold = ball_threshold(&z, radius, &mut vec![0.0; z.len()]);
                let projected: f64 = z.iter().map(|x| (x.abs() - threshold).max(0.0)).sum();
                assert!((projected - radius).abs() <= 1e-12 * norm, "{projected} against {radius}");
            }
            assert_eq!(ball_threshold(&z, 1.1 * norm, &mut vec![0.0; z.len()]), 0.0);
        }
    }
}
