use ndarray::ArrayView2;

use crate::operator::MeasurementOperator;

/// Measurements that training never sees, with their targets.
pub(crate) struct HeldOut {
    operator: Box<dyn MeasurementOperator>,
    targets: Vec<f64>,
}

impl HeldOut {
    /// `None` where nothing is held out.
    pub(crate) fn new(operator: impl MeasurementOperator + 'static, targets: Vec<f64>) -> Option<Self> {
        assert_eq!(operator.count(), targets.len(), "one target per measurement");
        (!targets.is_empty()).then(|| HeldOut { operator: Box::new(operator), targets })
    }

    /// Mean squared residual of X.
    pub(crate) fn mean_square(&self, x: ArrayView2<'_, f64>) -> f64 {
        let mut matrix = vec![0.0; self.operator.matrix_len()];
        matrix.iter_mut().zip(x.iter()).for_each(|(target, x)| *target = *x);
        let mut predictions = vec![0.0; self.targets.len()];
        self.operator.apply(&matrix, &mut predictions);
        let sum: f64 = predictions.iter().zip(&self.targets).map(|(p, b)| (p - b) * (p - b)).sum();
        sum / self.targets.len() as f64
    }
}
