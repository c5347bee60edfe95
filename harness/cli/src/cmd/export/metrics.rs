use flatbench_records::Metrics;

/// Name, meaning and value of a metric.
type Metric = (&'static str, &'static str, fn(&Metrics) -> Option<f64>);

/// The metrics of a point; formulas are in METRICS.md.
pub const METRICS: [Metric; 19] = [
    ("train_loss", "training loss f(w)", |m| m.train_loss),
    ("validation_loss", "mean squared residual on validation measurements", |m| m.validation_loss),
    ("test_loss", "mean squared residual on fresh measurements", |m| m.test_loss),
    ("relative_error", "distance of X from the truth over its norm", |m| m.relative_error),
    ("hessian_trace", "tr H, exact", |m| m.hessian_trace),
    ("scaled_trace", "trace with each factor's part over its rows", |m| m.scaled_trace),
    ("lambda_max", "largest eigenvalue of H", |m| m.lambda_max),
    ("lambda_max_residual", "relative residual of that eigenvalue", |m| m.lambda_max_residual),
    ("flatness_floor", "smallest trace of any factorization of the same X", |m| m.flatness_floor),
    ("balance_gap", "tr H over that floor", |m| m.balance_gap),
    ("model_gap", "that floor over the flattest trace there is", |m| m.model_gap),
    ("excess_flatness", "tr H over the flattest trace there is", |m| m.excess_flatness),
    ("nuclear_norm", "sum of the singular values of X", |m| m.nuclear_norm),
    ("effective_rank", "exponential of the entropy of the singular values", |m| m.effective_rank),
    ("stable_rank", "squared Frobenius norm over squared largest singular value", |m| m.stable_rank),
    ("balancedness", "distance of the factors from being balanced", |m| m.balancedness),
    ("parameter_norm", "norm of w", |m| m.parameter_norm),
    ("relative_flatness", "relative flatness", |m| m.relative_flatness),
    ("worst_case_sharpness", "rise of the loss within the stated radius", |m| m.worst_case_sharpness),
];
