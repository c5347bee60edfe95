use crate::evaluator::{GroupEvaluator, GroupRequest};
use crate::model::ModelGroup;
use crate::question::Pass;

/// The oracles of a composed problem for several points at once.
pub(super) struct ComposedGroup<'a> {
    model: Box<dyn ModelGroup + 'a>,
    targets: &'a [f64],
    parameters: usize,
}

impl<'a> ComposedGroup<'a> {
    /// `parameters` is the length of w.
    pub(super) fn new(model: Box<dyn ModelGroup + 'a>, targets: &'a [f64], parameters: usize) -> Self {
        ComposedGroup { model, targets, parameters }
    }
}

impl GroupEvaluator for ComposedGroup<'_> {
    fn capacity(&self) -> usize {
        self.model.capacity()
    }

    fn serve(&mut self, requests: &mut [GroupRequest<'_>]) {
        for request in &*requests {
            let direction = match request.pass {
                Pass::HessianVector(v) => v.len(),
                Pass::Gradient | Pass::PerturbedGradient(_) => self.parameters,
            };
            let lengths = [request.w.len(), request.out.len(), direction];
            assert_eq!(lengths, [self.parameters; 3], "length of a parameter vector");
        }
        self.model.serve(self.targets, 2.0 / self.targets.len() as f64, requests);
    }
}
