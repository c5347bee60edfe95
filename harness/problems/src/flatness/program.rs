use ndarray::Array2;

/// The convex program that finds the flattest zero-loss point, in terms of X, given by data alone.
///
/// The constraint is that X fits all measurements, ⟨A_i, X⟩ = b_i, unless a variant says otherwise.
#[derive(Clone, Debug)]
pub enum FlattestProgram {
    /// Minimise ‖left^½ · X · right^½‖_*.
    WeightedNuclear {
        /// rows × rows, symmetric, such as Σ A_i A_iᵀ.
        left: Array2<f64>,
        /// cols × cols, symmetric, such as Σ A_iᵀ A_i.
        right: Array2<f64>,
        /// Whether X is symmetric.
        symmetric: bool,
    },
    /// Minimise ‖X‖_*; the trace follows from `Problem::flatness_floor`, which is not a multiple of it (deep linear
    /// networks of three layers and more).
    Nuclear,
    /// Minimise ‖X‖_* subject to ‖observed − X‖₁ ≤ radius, the only constraint.
    NuclearL1Ball {
        /// Y, rows × cols.
        observed: Array2<f64>,
        /// ‖S*‖₁.
        radius: f64,
    },
    /// Minimise Σ c_j |x_j|^exponent.
    WeightedPower {
        /// c_j.
        weights: Vec<f64>,
        /// 2 − 2/k, in [1, 2).
        exponent: f64,
    },
    /// Minimise tr(weight · X) over positive semidefinite X.
    WeightedTrace {
        /// d × d, symmetric positive semidefinite: (1/m) Σ A_i².
        weight: Array2<f64>,
    },
    /// The trace is the same at every zero-loss point.
    Constant {
        /// That trace.
        value: f64,
    },
}
