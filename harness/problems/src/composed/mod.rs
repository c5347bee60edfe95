//! A drawn problem: a model, its targets, its traces and what is held out, behind the traits of the crate.

mod curvature;
mod evaluator;
mod group;
mod held_out;
mod part;
mod relative_flatness;
mod residual;

pub(crate) use held_out::HeldOut;
pub(crate) use residual::Residual;

use flatbench_records::{Dimensions, FactorizationKind, Init};
use ndarray::{Array2, ArrayView2};

use crate::evaluator::{Evaluator, GroupEvaluator};
use crate::factorization::Factorization;
use crate::flatness::{Flatness, FlattestProgram};
use crate::model::Model;
use crate::operator::{MeasurementOperator, Moment};
use crate::problem::{Block, IllPosed, Problem};
use crate::randomness;
use crate::standardization::Standardization;
use crate::start::spectral_point;
use evaluator::ComposedEvaluator;
use group::ComposedGroup;

/// Any family: predictions by `M`, traces by `T`.
pub(crate) struct ComposedProblem<M, T> {
    pub(crate) dimensions: Dimensions,
    pub(crate) model: M,
    pub(crate) flatness: T,
    pub(crate) residual: Residual,
    pub(crate) truth: Option<Array2<f64>>,
    pub(crate) validation: Option<HeldOut>,
    pub(crate) test: Option<HeldOut>,
    /// Of the entries of a file.
    pub(crate) standardization: Option<Standardization>,
    /// Standard deviation of the entries of a large starting point.
    pub(crate) large_deviation: f64,
}

impl<T> ComposedProblem<(), T> {
    /// The same with a model, where that is chosen last.
    pub(crate) fn with<M>(self, model: M) -> ComposedProblem<M, T> {
        let ComposedProblem {
            dimensions,
            model: (),
            flatness,
            residual,
            truth,
            validation,
            test,
            standardization,
            large_deviation,
        } = self;
        ComposedProblem {
            dimensions,
            model,
            flatness,
            residual,
            truth,
            validation,
            test,
            standardization,
            large_deviation,
        }
    }
}

/// Entries of a small starting point, as a multiple of those of the large one.
const SMALL: f64 = 1e-2;
/// Why nothing is said of flatness.
pub(crate) const NO_SECOND_DERIVATIVES: &str =
    "the loss is a mean of absolute values, which has no second derivatives where it is least";
/// Residuals of the truth, relative to the targets, that are rounding.
const ROUNDING: f64 = 1e-12;

impl<M: Model, T: Flatness> ComposedProblem<M, T> {
    fn residuals(&self, w: &[f64]) -> Vec<f64> {
        let mut rho = vec![0.0; self.dimensions.measurements];
        let mut s = self.model.scratch();
        self.model.prepare(w, &mut s);
        self.model.predict(w, &mut rho, &mut s);
        self.residual.apply(&mut rho, &mut self.residual.scratch());
        rho
    }

    fn residual_term(&self, w: &[f64]) -> f64 {
        let Some(weights) = self.flatness.residual_weights() else { return 0.0 };
        weights.iter().zip(self.residuals(w)).map(|(t, rho)| t * rho).sum()
    }
}

impl<M: Model, T: Flatness> Problem for ComposedProblem<M, T> {
    fn dimensions(&self) -> &Dimensions {
        &self.dimensions
    }

    fn blocks(&self) -> &[Block] {
        self.model.factors().blocks()
    }

    fn factorization(&self) -> FactorizationKind {
        self.model.factors().kind()
    }

    fn initial_point(&self, init: Init, seed: u64) -> Vec<f64> {
        let factor = match init {
            Init::Large | Init::Scaled | Init::Given => 1.0,
            Init::Small => SMALL,
            Init::Spectral => return spectral_point(self),
        };
        randomness::gaussians(seed, "initial-point", self.dimensions.parameters, factor * self.large_deviation)
    }

    fn evaluator(&self) -> Box<dyn Evaluator + Send + '_> {
        Box::new(ComposedEvaluator::new(self))
    }

    fn group_evaluator(&self, capacity: usize) -> Option<Box<dyn GroupEvaluator + '_>> {
        let Residual::Targets(targets) = &self.residual else { return None };
        let group = self.model.group(capacity)?;
        Some(Box::new(ComposedGroup::new(group, targets, self.dimensions.parameters)))
    }

    fn end_to_end(&self, w: &[f64]) -> Array2<f64> {
        assert_eq!(w.len(), self.dimensions.parameters, "length of w");
        let mut x = Array2::zeros((self.dimensions.rows, self.dimensions.cols));
        let factors = self.model.factors();
        let mut s = factors.scratch();
        factors.prepare(w, &mut s);
        factors.end_to_end(w, x.as_slice_mut().expect("a fresh array is contiguous"), &mut s);
        x
    }

    fn truth(&self) -> Option<ArrayView2<'_, f64>> {
        self.truth.as_ref().map(|truth| truth.view())
    }

    fn is_realisable(&self) -> bool {
        let Some(truth) = &self.truth else { return false };
        if self.least_absolute().is_some() {
            return self.flatness.flattest_factorization(truth).is_some();
        }
        let operator = self.model.operator();
        let (mut x, mut rho) = (vec![0.0; operator.matrix_len()], vec![0.0; operator.count()]);
        x.iter_mut().zip(truth).for_each(|(entry, x)| *entry = *x);
        operator.apply(&x, &mut rho);
        self.residual.apply(&mut rho, &mut self.residual.scratch());
        let square = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
        square(&rho) <= ROUNDING * ROUNDING * square(self.residual.targets())
            && self.flatness.flattest_factorization(truth).is_some()
    }

    fn test_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        self.test.as_ref().map(|held_out| held_out.mean_square(x))
    }

    fn test_rmse(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        Some(self.test.as_ref()?.root_mean_square(x, self.standardization.as_ref()?))
    }

    fn standardization(&self) -> Option<&Standardization> {
        self.standardization.as_ref()
    }

    fn validation_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        self.validation.as_ref().map(|held_out| held_out.mean_square(x))
    }

    fn hessian_trace_by_block(&self, w: &[f64]) -> Vec<f64> {
        assert_eq!(w.len(), self.dimensions.parameters, "length of w");
        if self.least_absolute().is_some() {
            return vec![f64::NAN; self.blocks().len()];
        }
        self.flatness.trace_by_block(w, self.residual_term(w))
    }

    fn flatness_floor(&self, x: ArrayView2<'_, f64>) -> f64 {
        if self.least_absolute().is_some() {
            return f64::NAN;
        }
        self.flatness.floor(&x.to_owned())
    }

    fn balancedness(&self, w: &[f64]) -> f64 {
        self.model.factors().balancedness(w)
    }

    fn relative_flatness(&self, w: &[f64]) -> f64 {
        assert_eq!(w.len(), self.dimensions.parameters, "length of w");
        if self.least_absolute().is_some() {
            return f64::NAN;
        }
        self.relative_flatness_of(w)
    }

    fn local_weights(&self, x: ArrayView2<'_, f64>) -> Option<(Array2<f64>, Array2<f64>)> {
        self.flatness.local_weights(&x.to_owned())
    }

    fn flattest_factorization(&self, x: ArrayView2<'_, f64>) -> Option<Vec<f64>> {
        self.flatness.flattest_factorization(&x.to_owned())
    }

    fn flattest_program(&self) -> Result<FlattestProgram, IllPosed> {
        if self.least_absolute().is_some() {
            return Err(IllPosed { reason: NO_SECOND_DERIVATIVES.to_owned() });
        }
        let program = self.flatness.program();
        if matches!(program, FlattestProgram::WeightedNuclear { .. } | FlattestProgram::WeightedTrace { .. }) {
            let (left, right) = self.model.operator().moments();
            check_observed(&left, "row")?;
            check_observed(&right, "column")?;
        }
        if let FlattestProgram::WeightedPower { weights, .. } = &program
            && let Some(j) = weights.iter().position(|&c| c <= 0.0)
        {
            return Err(IllPosed { reason: format!("coordinate {j} is in no measurement") });
        }
        Ok(program)
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        self.model.operator()
    }

    fn targets(&self) -> &[f64] {
        self.residual.targets()
    }

    fn outlier_radius(&self) -> Option<f64> {
        match self.residual {
            Residual::Targets(_) | Residual::Absolute { .. } => None,
            Residual::Ball { radius, .. } => Some(radius),
        }
    }

    fn least_absolute(&self) -> Option<f64> {
        match self.residual {
            Residual::Targets(_) | Residual::Ball { .. } => None,
            Residual::Absolute { least, .. } => Some(least),
        }
    }
}

/// Whether every direction is measured; `side` names what the moment runs over.
fn check_observed(moment: &Moment, side: &str) -> Result<(), IllPosed> {
    if let Moment::Diagonal(diagonal) = moment
        && let Some(i) = diagonal.iter().position(|&d| d <= 0.0)
    {
        return Err(IllPosed { reason: format!("{side} {i} has no observed entry") });
    }
    if moment.is_singular() {
        return Err(IllPosed { reason: format!("the measurements leave a {side} direction unseen") });
    }
    Ok(())
}
