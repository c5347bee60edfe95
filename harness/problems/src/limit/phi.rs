/// A function of a time τ and an eigenvalue λ ≥ 0.
pub(super) type Phi = fn(f64, f64) -> f64;

/// τφ₁(−τλ) = ∫₀^τ e^{−(τ−s)λ} ds.
pub(super) fn first(tau: f64, lambda: f64) -> f64 {
    let z = tau * lambda;
    if z < 1e-8 { tau } else { -(-z).exp_m1() / lambda }
}

/// τφ₂(−τλ) = ∫₀^τ e^{−(τ−s)λ} s/τ ds.
pub(super) fn second(tau: f64, lambda: f64) -> f64 {
    let z = tau * lambda;
    if z < 1e-3 {
        // The closed form cancels here; the next term is of relative size z³/60.
        tau * (0.5 - z / 6.0 + z * z / 24.0)
    } else {
        tau * ((-z).exp_m1() + z) / (z * z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_their_integrals() {
        for z in [0.0, 1e-9, 0.9e-3, 1.1e-3, 0.3, 4.0, 60.0] {
            let (tau, lambda) = (2.5, z / 2.5);
            let (steps, mut one, mut two) = (200_000, 0.0, 0.0);
            for k in 0..steps {
                let s = (k as f64 + 0.5) / steps as f64;
                let decay = (-(1.0 - s) * z).exp();
                one += tau * decay / steps as f64;
                two += tau * decay * s / steps as f64;
            }
            assert!((first(tau, lambda) / one - 1.0).abs() <= 1e-8, "φ₁ at {z}");
            assert!((second(tau, lambda) / two - 1.0).abs() <= 1e-8, "φ₂ at {z}");
        }
    }
}
