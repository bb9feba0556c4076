//! Money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

use serde::{Deserialize, Serialize};

/// An amount in US dollars. Shown with two decimals, or as many as the format asks for: `$1,684.80`, `-$0.026`.
#[derive(Debug, Default, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dollars(pub f64);

impl Add for Dollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Dollars {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<f64> for Dollars {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self(self.0 * times)
    }
}

impl AddAssign for Dollars {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Dollars {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.*}", out.precision().unwrap_or(2), self.0.abs());
        // What rounds to nothing has no sign.
        let nothing = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if self.0 < 0.0 && !nothing { "-" } else { "" };
        let (whole, cents) = text.split_at(text.find('.').unwrap_or(text.len()));
        // Not `pad`, which takes the precision for a length.
        let text = format!("{sign}${}{cents}", thousands(whole));
        write!(out, "{text:>width$}", width = out.width().unwrap_or(0))
    }
}

/// Digits with a comma before every third from the end.
#[must_use]
pub fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Dollars;

    #[test]
    fn amounts_read_as_people_write_them() {
        let shown = |amount| Dollars(amount).to_string();
        assert_eq!(shown(1684.8), "$1,684.80");
        assert_eq!(shown(1_234_567.0), "$1,234,567.00");
        assert_eq!(shown(-0.26), "-$0.26");
        assert_eq!(shown(-0.001), "$0.00");
        assert_eq!(format!("{:.3}", Dollars(0.0206)), "$0.021");
        assert_eq!(format!("{:.0}", Dollars(999.6)), "$1,000");
    }
}
