//! A problem whose evaluators cost nothing.

use flatbench_problems::{
    Block, Evaluator, FlattestProgram, GroupEvaluator, GroupRequest, IllPosed, MeasurementOperator, Problem,
    Standardization,
};
use flatbench_records::{Dimensions, FactorizationKind, Init};
use ndarray::{Array2, ArrayView2};

use crate::free::Free;

/// A group that costs nothing, of so many.
struct FreeGroup(usize);

impl GroupEvaluator for FreeGroup {
    fn capacity(&self) -> usize {
        self.0
    }

    fn serve(&mut self, requests: &mut [GroupRequest<'_>]) {
        for request in requests {
            request.out[0] = 1e-9;
            request.loss = 1.0;
        }
    }
}

/// A problem with its sizes, and oracles that cost nothing.
pub struct FreeProblem(pub Box<dyn Problem>);

impl Problem for FreeProblem {
    fn dimensions(&self) -> &Dimensions {
        self.0.dimensions()
    }

    fn blocks(&self) -> &[Block] {
        self.0.blocks()
    }

    fn factorization(&self) -> FactorizationKind {
        self.0.factorization()
    }

    fn initial_point(&self, init: Init, seed: u64) -> Vec<f64> {
        self.0.initial_point(init, seed)
    }

    fn evaluator(&self) -> Box<dyn Evaluator + Send + '_> {
        Box::new(Free)
    }

    fn group_evaluator(&self, capacity: usize) -> Option<Box<dyn GroupEvaluator + '_>> {
        Some(Box::new(FreeGroup(capacity)))
    }

    fn end_to_end(&self, w: &[f64]) -> Array2<f64> {
        self.0.end_to_end(w)
    }

    fn is_realisable(&self) -> bool {
        self.0.is_realisable()
    }

    fn truth(&self) -> Option<ArrayView2<'_, f64>> {
        self.0.truth()
    }

    fn test_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        self.0.test_loss(x)
    }

    fn test_rmse(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        self.0.test_rmse(x)
    }

    fn standardization(&self) -> Option<&Standardization> {
        self.0.standardization()
    }

    fn validation_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64> {
        self.0.validation_loss(x)
    }

    fn hessian_trace_by_block(&self, w: &[f64]) -> Vec<f64> {
        self.0.hessian_trace_by_block(w)
    }

    fn flatness_floor(&self, x: ArrayView2<'_, f64>) -> f64 {
        self.0.flatness_floor(x)
    }

    fn balancedness(&self, w: &[f64]) -> f64 {
        self.0.balancedness(w)
    }

    fn relative_flatness(&self, _: &[f64]) -> f64 {
        0.0
    }

    fn local_weights(&self, x: ArrayView2<'_, f64>) -> Option<(Array2<f64>, Array2<f64>)> {
        self.0.local_weights(x)
    }

    fn flattest_factorization(&self, x: ArrayView2<'_, f64>) -> Option<Vec<f64>> {
        self.0.flattest_factorization(x)
    }

    fn flattest_program(&self) -> Result<FlattestProgram, IllPosed> {
        self.0.flattest_program()
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        self.0.operator()
    }

    fn targets(&self) -> &[f64] {
        self.0.targets()
    }

    fn outlier_radius(&self) -> Option<f64> {
        self.0.outlier_radius()
    }

    fn least_absolute(&self) -> Option<f64> {
        self.0.least_absolute()
    }
}
