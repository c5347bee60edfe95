//! Values as they are written in a suite.

use flatbench_records::{Schedule, Shape, Unit, Value};

/// A value as it is written in a suite.
pub fn in_suite(value: &Value) -> String {
    match value {
        Value::Schedule(schedule) => of_schedule(schedule),
        other => other.to_string(),
    }
}

fn of_schedule(schedule: &Schedule) -> String {
    let unit = match schedule.unit {
        Unit::Absolute => "",
        Unit::InverseLambdaMax => ", unit = \"1/lambda_max\"",
    };
    let shape = match schedule.schedule {
        Shape::Constant if schedule.unit == Unit::Absolute => return format!("{:?}", schedule.from),
        Shape::Constant => return format!("{{ value = {:?}{unit} }}", schedule.from),
        Shape::Linear => "linear",
        Shape::Geometric => "geometric",
        Shape::Cosine => "cosine",
    };
    let until = if schedule.until < 1.0 { format!(", until = {:?}", schedule.until) } else { String::new() };
    format!("{{ schedule = {shape:?}, from = {:?}, to = {:?}{until}{unit} }}", schedule.from, schedule.to)
}
