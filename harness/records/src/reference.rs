use serde::{Deserialize, Serialize};

/// A zero-loss point that a run is compared with, or a bound in its place; [`Reference::quality`] says which.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// What runs are compared with: the trace of the flattest factorization of X, or, where no zero-loss point has it, a
    /// lower bound of the trace.
    pub hessian_trace: f64,
    /// ‖X − X*‖_F / ‖X*‖_F.
    pub relative_error: Option<f64>,
    /// (upper − lower) / upper: of the convex program that X solves, or of `upper` and `lower` where X solves none.
    pub duality_gap: Option<f64>,
    /// Whether X is attained and that gap is at most 1e-8: then X is the minimum.
    pub certified: bool,
    /// Whether a zero-loss point has the trace `hessian_trace`. In records that were written before `lower` was kept: whether
    /// the trace is the exact one of X, not its limit for many measurements.
    pub exact: bool,
    /// Proven lower bound of the trace of every zero-loss point. Flattest only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Smallest trace of a known zero-loss point, if one is known. Flattest only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
}

/// What `hessian_trace` of a [`Reference`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// The minimum: a zero-loss point has it, and none has less, up to 1e-8.
    Minimum,
    /// The least that is known: a zero-loss point has it, and whether another one has less (down to `lower`) is not known.
    BestKnown,
    /// A lower bound that no known zero-loss point attains.
    LowerBound,
    /// No zero-loss point need have it and it bounds nothing: the norm-minimal X where the factors are too narrow for it, and
    /// limits for many measurements in older records.
    Unattained,
}

impl Quality {
    /// Every one, the best first.
    pub const ALL: [Self; 4] = [Quality::Minimum, Quality::BestKnown, Quality::LowerBound, Quality::Unattained];

    /// What the flattest reference of an instance is, for tables, figures and sentences.
    pub fn words(self) -> &'static str {
        match self {
            Quality::Minimum => "certified flattest minimum",
            Quality::BestKnown => "flattest minimum known",
            Quality::LowerBound => "lower bound of the flattest",
            Quality::Unattained => "estimate of the flattest",
        }
    }
}

impl Reference {
    /// What `hessian_trace` is. Of the norm-minimal point, `Minimum` and `BestKnown` are about its norm.
    pub fn quality(&self) -> Quality {
        match (self.exact, self.certified) {
            (true, true) => Quality::Minimum,
            (true, false) => Quality::BestKnown,
            (false, _) if self.lower.is_some() => Quality::LowerBound,
            (false, _) => Quality::Unattained,
        }
    }

    /// Greatest trace that is proven to be at most that of every zero-loss point, where there is one.
    pub fn least(&self) -> Option<f64> {
        match self.quality() {
            Quality::Minimum | Quality::LowerBound => Some(self.hessian_trace),
            Quality::BestKnown => self.lower,
            Quality::Unattained => None,
        }
    }

    /// Smallest trace that a zero-loss point is known to have, where there is one.
    pub fn known(&self) -> Option<f64> {
        match self.quality() {
            Quality::Minimum | Quality::BestKnown => Some(self.upper.unwrap_or(self.hessian_trace)),
            Quality::LowerBound => self.upper,
            Quality::Unattained => None,
        }
    }

    /// Whether `hessian_trace` is the minimum: ratios to it are at least one at zero loss.
    pub fn is_minimum(&self) -> bool {
        self.quality() == Quality::Minimum
    }
}

/// The solutions a run is compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// The flattest zero-loss point.
    pub flat: Option<Reference>,
    /// The zero-loss point of smallest norm (nuclear, or ℓ1 for a vector).
    pub norm_minimal: Option<Reference>,
    /// Trace of the flattest factorization of the ground truth.
    pub truth_floor: Option<f64>,
    /// Why a reference is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_references_are_read() {
        let text =
            r#"{"hessian_trace": 2.5, "relative_error": null, "duality_gap": 1e-12, "certified": true, "exact": true}"#;
        let read: Reference = serde_json::from_str(text).expect("no field was added without a default");
        assert_eq!((read.lower, read.upper, read.quality()), (None, None, Quality::Minimum));
        let limit = Reference { exact: false, ..read };
        assert_eq!(limit.quality(), Quality::Unattained);
    }

    #[test]
    fn the_quality_follows_from_the_ends() {
        let known =
            Reference { hessian_trace: 2.0, exact: true, lower: Some(1.0), upper: Some(2.0), ..Reference::default() };
        assert_eq!(known.quality(), Quality::BestKnown);
        let bound = Reference { hessian_trace: 1.0, exact: false, ..known.clone() };
        assert_eq!(bound.quality(), Quality::LowerBound);
        assert_eq!(
            (known.least(), known.known(), bound.least(), bound.known()),
            (Some(1.0), Some(2.0), Some(1.0), Some(2.0))
        );
        assert!(Reference { certified: true, ..known }.is_minimum() && !bound.is_minimum());
        let text = serde_json::to_string(&bound).expect("plain data");
        assert_eq!(serde_json::from_str::<Reference>(&text).expect("its own form"), bound);
    }
}
