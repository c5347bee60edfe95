use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RString, RVec};

use crate::schema::{Hyperparameter, Kind, Range, Unit, Value};
use crate::{Schedule, Shape};

/// Value of a hyper-parameter.
#[repr(u8)]
#[derive(Clone, StableAbi)]
pub enum ValueData {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A word.
    Text(RString),
    /// A number that changes over the budget.
    Schedule(ScheduleData),
}

/// The curve of a schedule.
#[repr(u8)]
#[derive(Clone, Copy, StableAbi)]
pub enum ShapeData {
    /// Stays.
    Constant,
    /// Straight line.
    Linear,
    /// Equal ratios.
    Geometric,
    /// Half a cosine wave.
    Cosine,
}

/// A schedule in absolute units.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct ScheduleData {
    /// The curve.
    pub shape: ShapeData,
    /// Value at the start.
    pub from: f64,
    /// Value at the end.
    pub to: f64,
    /// Fraction of the budget at which the end is reached.
    pub until: f64,
}

/// A value with its name.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct NamedValue {
    /// Name of the hyper-parameter.
    pub name: RString,
    /// Its value.
    pub value: ValueData,
}

/// Allowed interval.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct RangeData {
    /// Lower end.
    pub min: ROption<f64>,
    /// Upper end.
    pub max: ROption<f64>,
    /// Whether the lower end is excluded.
    pub min_excluded: bool,
}

/// Allowed values.
#[repr(u8)]
#[derive(Clone, StableAbi)]
pub enum KindData {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A real number.
    Real(RangeData),
    /// A real number or a schedule.
    Schedule(RangeData),
    /// One of a few words.
    Choice(RVec<RString>),
}

/// One hyper-parameter.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct HyperparameterData {
    /// Its name.
    pub name: RString,
    /// What it means.
    pub description: RString,
    /// Allowed values.
    pub kind: KindData,
    /// Value when left out.
    pub default: ValueData,
    /// Whether the default is in units of 1/λ_max at the large starting point.
    pub default_per_lambda_max: bool,
    /// Whether equal ratios are equal steps.
    pub log_scale: bool,
}

impl From<Schedule> for ScheduleData {
    fn from(schedule: Schedule) -> Self {
        let shape = match schedule.shape {
            Shape::Constant => ShapeData::Constant,
            Shape::Linear => ShapeData::Linear,
            Shape::Geometric => ShapeData::Geometric,
            Shape::Cosine => ShapeData::Cosine,
        };
        ScheduleData { shape, from: schedule.from, to: schedule.to, until: schedule.until }
    }
}

impl From<ScheduleData> for Schedule {
    fn from(data: ScheduleData) -> Self {
        let shape = match data.shape {
            ShapeData::Constant => Shape::Constant,
            ShapeData::Linear => Shape::Linear,
            ShapeData::Geometric => Shape::Geometric,
            ShapeData::Cosine => Shape::Cosine,
        };
        Schedule { shape, from: data.from, to: data.to, until: data.until }
    }
}

impl From<Value> for ValueData {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(b) => ValueData::Bool(b),
            Value::Integer(n) => ValueData::Integer(n),
            Value::Real(x) => ValueData::Real(x),
            Value::Text(text) => ValueData::Text(text.into()),
            Value::Schedule(schedule) => ValueData::Schedule(schedule.into()),
        }
    }
}

impl From<ValueData> for Value {
    fn from(data: ValueData) -> Self {
        match data {
            ValueData::Bool(b) => Value::Bool(b),
            ValueData::Integer(n) => Value::Integer(n),
            ValueData::Real(x) => Value::Real(x),
            ValueData::Text(text) => Value::Text(text.into()),
            ValueData::Schedule(schedule) => Value::Schedule(schedule.into()),
        }
    }
}

impl From<Range> for RangeData {
    fn from(range: Range) -> Self {
        RangeData { min: range.min.into(), max: range.max.into(), min_excluded: range.min_excluded }
    }
}

impl From<RangeData> for Range {
    fn from(data: RangeData) -> Self {
        Range { min: data.min.into(), max: data.max.into(), min_excluded: data.min_excluded }
    }
}

impl From<Kind> for KindData {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bool => KindData::Bool,
            Kind::Integer { min, max } => KindData::Integer { min, max },
            Kind::Real(range) => KindData::Real(range.into()),
            Kind::Schedule(range) => KindData::Schedule(range.into()),
            Kind::Choice(words) => KindData::Choice(words.into_iter().map(RString::from).collect()),
        }
    }
}

impl From<KindData> for Kind {
    fn from(data: KindData) -> Self {
        match data {
            KindData::Bool => Kind::Bool,
            KindData::Integer { min, max } => Kind::Integer { min, max },
            KindData::Real(range) => Kind::Real(range.into()),
            KindData::Schedule(range) => Kind::Schedule(range.into()),
            KindData::Choice(words) => Kind::Choice(words.into_iter().map(String::from).collect()),
        }
    }
}

impl From<Hyperparameter> for HyperparameterData {
    fn from(hyperparameter: Hyperparameter) -> Self {
        HyperparameterData {
            name: hyperparameter.name.into(),
            description: hyperparameter.description.into(),
            kind: hyperparameter.kind.into(),
            default: hyperparameter.default.into(),
            default_per_lambda_max: hyperparameter.default_unit == Unit::InverseLambdaMax,
            log_scale: hyperparameter.log_scale,
        }
    }
}

impl From<HyperparameterData> for Hyperparameter {
    fn from(data: HyperparameterData) -> Self {
        Hyperparameter {
            name: data.name.into(),
            description: data.description.into(),
            kind: data.kind.into(),
            default: data.default.into(),
            default_unit: if data.default_per_lambda_max { Unit::InverseLambdaMax } else { Unit::Absolute },
            log_scale: data.log_scale,
        }
    }
}
