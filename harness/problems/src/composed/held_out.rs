use ndarray::ArrayView2;

use crate::operator::{MeasurementOperator, Structure};
use crate::spectral::unit_scale;
use crate::standardization::Standardization;

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
        let residuals = self.residuals(x);
        residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64
    }

    /// Root mean square error of X in the units of the file whose entries were standardized; NaN unless entries are measured.
    pub(crate) fn root_mean_square(&self, x: ArrayView2<'_, f64>, standardization: &Standardization) -> f64 {
        let Structure::Entries { positions, .. } = self.operator.structure() else { return f64::NAN };
        let units: Vec<f64> = positions.into_iter().map(|(i, j)| standardization.factor(i, j)).collect();
        // The square of a unit may be beyond the range of numbers.
        let scale = unit_scale(&units);
        let errors = self.residuals(x).into_iter().zip(units).map(|(r, unit)| r * (unit * scale));
        (errors.map(|e| e * e).sum::<f64>() / self.targets.len() as f64).sqrt() / scale
    }

    fn residuals(&self, x: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut matrix = vec![0.0; self.operator.matrix_len()];
        matrix.iter_mut().zip(x.iter()).for_each(|(target, x)| *target = *x);
        let mut predictions = vec![0.0; self.targets.len()];
        self.operator.apply(&matrix, &mut predictions);
        predictions.iter_mut().zip(&self.targets).for_each(|(p, b)| *p -= b);
        predictions
    }
}
