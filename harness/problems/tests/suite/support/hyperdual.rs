use std::ops::{Add, Mul, Sub};

/// v + aε₁ + bε₂ + cε₁ε₂ with ε₁² = ε₂² = 0: carries two first derivatives and one second derivative exactly.
#[derive(Clone, Copy, Debug)]
pub struct Hyperdual {
    pub value: f64,
    pub first: f64,
    pub second: f64,
    pub mixed: f64,
}

impl Hyperdual {
    pub fn constant(value: f64) -> Self {
        Hyperdual { value, first: 0.0, second: 0.0, mixed: 0.0 }
    }
}

impl Add for Hyperdual {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Hyperdual {
            value: self.value + o.value,
            first: self.first + o.first,
            second: self.second + o.second,
            mixed: self.mixed + o.mixed,
        }
    }
}

impl Sub for Hyperdual {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        self + Hyperdual::constant(-1.0) * o
    }
}

impl Mul for Hyperdual {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Hyperdual {
            value: self.value * o.value,
            first: self.value * o.first + self.first * o.value,
            second: self.value * o.second + self.second * o.value,
            mixed: self.value * o.mixed + self.first * o.second + self.second * o.first + self.mixed * o.value,
        }
    }
}
