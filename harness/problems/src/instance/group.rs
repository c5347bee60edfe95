use crate::model::ModelGroup;
use crate::problem::{GroupCall, GroupEvaluator, Request};

/// The oracles of an instance for several points at once.
pub(super) struct InstanceGroup<'a> {
    model: Box<dyn ModelGroup + 'a>,
    targets: &'a [f64],
    parameters: usize,
}

impl<'a> InstanceGroup<'a> {
    /// `parameters` is the length of w.
    pub(super) fn new(model: Box<dyn ModelGroup + 'a>, targets: &'a [f64], parameters: usize) -> Self {
        InstanceGroup { model, targets, parameters }
    }
}

impl GroupEvaluator for InstanceGroup<'_> {
    fn capacity(&self) -> usize {
        self.model.capacity()
    }

    fn serve(&mut self, requests: &mut [Request<'_>]) {
        for request in &*requests {
            let direction = match request.call {
                GroupCall::HessianVector(v) => v.len(),
                GroupCall::Gradient | GroupCall::PerturbedGradient(_) => self.parameters,
            };
            let lengths = [request.w.len(), request.out.len(), direction];
            assert_eq!(lengths, [self.parameters; 3], "length of a parameter vector");
        }
        self.model.serve(self.targets, 2.0 / self.targets.len() as f64, requests);
    }
}
