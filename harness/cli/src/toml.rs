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
        unit => &format!(", unit = {:?}", unit.name()),
    };
    if schedule.schedule == Shape::Constant {
        return match schedule.unit {
            Unit::Absolute => format!("{:?}", schedule.from),
            _ => format!("{{ value = {:?}{unit} }}", schedule.from),
        };
    }
    let shape = schedule.schedule.name();
    let until = if schedule.until < 1.0 { format!(", until = {:?}", schedule.until) } else { String::new() };
    format!("{{ schedule = {shape:?}, from = {:?}, to = {:?}{until}{unit} }}", schedule.from, schedule.to)
}
