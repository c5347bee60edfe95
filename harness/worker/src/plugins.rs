//! Translation between the plugin interface and the records, neither of which knows the other.

use flatbench_plugin::host;
use flatbench_problems as problems;
use flatbench_records as records;

/// A value on its way to a plugin. Units must have been resolved.
pub(crate) fn to_host(value: &records::Value) -> host::Value {
    match value {
        records::Value::Bool(b) => host::Value::Bool(*b),
        records::Value::Integer(n) => host::Value::Integer(*n),
        records::Value::Real(x) => host::Value::Real(*x),
        records::Value::Text(text) => host::Value::Text(text.clone()),
        // No hyper-parameter is a list.
        records::Value::Texts(texts) => host::Value::Text(texts.join(", ")),
        records::Value::Schedule(schedule) => host::Value::Schedule(host::Schedule {
            shape: match schedule.schedule {
                records::Shape::Constant => host::Shape::Constant,
                records::Shape::Linear => host::Shape::Linear,
                records::Shape::Geometric => host::Shape::Geometric,
                records::Shape::Cosine => host::Shape::Cosine,
            },
            from: schedule.from,
            to: schedule.to,
            until: schedule.until,
        }),
    }
}

/// The blocks of w as they are told with its numbers.
pub(crate) fn factors(blocks: &[problems::Block]) -> Vec<records::Factor> {
    let factor =
        |block: &problems::Block| records::Factor { name: block.name.clone(), rows: block.rows, cols: block.cols };
    blocks.iter().map(factor).collect()
}

fn to_record(value: &host::Value, unit: host::Unit) -> records::Value {
    let unit = match unit {
        host::Unit::Absolute => records::Unit::Absolute,
        host::Unit::InverseLambdaMax => records::Unit::InverseLambdaMax,
    };
    match value {
        host::Value::Bool(b) => records::Value::Bool(*b),
        host::Value::Integer(n) => records::Value::Integer(*n),
        host::Value::Real(x) => records::Value::Real(*x),
        host::Value::Text(text) => records::Value::Text(text.clone()),
        host::Value::Schedule(schedule) => {
            let shape = match schedule.shape {
                host::Shape::Constant => records::Shape::Constant,
                host::Shape::Linear => records::Shape::Linear,
                host::Shape::Geometric => records::Shape::Geometric,
                host::Shape::Cosine => records::Shape::Cosine,
            };
            let host::Schedule { from, to, until, .. } = *schedule;
            records::Value::Schedule(records::Schedule { schedule: shape, from, to, until, unit })
        }
    }
}

/// The factor blocks of an instance, as a plugin sees them.
pub(crate) fn blocks(blocks: &[problems::Block]) -> Vec<host::Block> {
    blocks.iter().map(|b| host::Block::new(b.name.clone(), b.rows, b.cols)).collect()
}

/// What a library says of itself, as plain data.
pub(crate) fn to_description(description: &host::Description) -> records::OptimizerDescription {
    records::OptimizerDescription {
        name: description.name.clone(),
        version: description.version.clone(),
        description: description.description.clone(),
        interface_version: description.interface_version.clone(),
        hyperparameters: description.hyperparameters.iter().map(to_parameter).collect(),
    }
}

fn to_parameter(parameter: &host::Hyperparameter) -> records::Parameter {
    let range = |range: &host::Range| (range.min, range.max, range.min_excluded);
    records::Parameter {
        name: parameter.name.clone(),
        description: parameter.description.clone(),
        kind: match &parameter.kind {
            host::Kind::Bool => records::ParameterKind::Bool,
            host::Kind::Integer { min, max } => records::ParameterKind::Integer { min: *min, max: *max },
            host::Kind::Real(r) => {
                let (min, max, min_excluded) = range(r);
                records::ParameterKind::Real { min, max, min_excluded }
            }
            host::Kind::Schedule(r) => {
                let (min, max, min_excluded) = range(r);
                records::ParameterKind::Schedule { min, max, min_excluded }
            }
            host::Kind::Choice(words) => records::ParameterKind::Choice(words.clone()),
        },
        default: Some(to_record(&parameter.default, parameter.default_unit)),
        optional: false,
        log_scale: parameter.log_scale,
    }
}
