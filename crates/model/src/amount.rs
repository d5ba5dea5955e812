//! Exact decimal amounts: at most 38 digits, 9 of them after the point; never binary floating point.

use std::fmt;

/// An amount in units of 10^-9 of its currency. Range: 0 ..= 10^38 - 1 of those units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Amount(pub i128);

/// Digits after the point.
pub const SCALE: u8 = 9;
/// Digits in all.
pub const PRECISION: u8 = 38;
const UNITS_MAX: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// Why an amount was refused. The message is in plain words and names the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not decimal text.
    #[error("is not a decimal number such as 1250.50 (no thousands separators, no exponent, no currency sign)")]
    Shape,
    /// Below zero.
    #[error("is negative: give the amount as positive and turn from_account and to_account round")]
    Negative,
    /// More than 9 digits after the point.
    #[error("has more than 9 digits after the point: round it at the source, or declare a smaller unit in a mapping file")]
    Scale,
    /// More than 29 digits before the point.
    #[error("is beyond decimal(38,9): at most 29 digits before the point")]
    Range,
}

impl Amount {
    /// Parses decimal text such as `1250.50`. A leading `+` and trailing zeros beyond 9 places are accepted.
    ///
    /// # Errors
    /// Not decimal text, negative, or beyond decimal(38,9).
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let mut units = 0_i128;
        let mut digits = 0_u32;
        let mut places: Option<u8> = None;
        for byte in bytes {
            let digit = match byte {
                b'0'..=b'9' => i128::from(byte - b'0'),
                b'.' if places.is_none() => {
                    places = Some(0);
                    continue;
                }
                _ => return Err(AmountError::Shape),
            };
            digits += 1;
            match &mut places {
                Some(places) if *places == SCALE => {
                    if digit != 0 {
                        return Err(AmountError::Scale);
                    }
                    continue;
                }
                Some(places) => *places += 1,
                None => {}
            }
            units = units.checked_mul(10).and_then(|u| u.checked_add(digit)).ok_or(AmountError::Range)?;
        }
        if digits == 0 || bytes.last() == Some(&b'.') {
            return Err(AmountError::Shape);
        }
        let missing = u32::from(SCALE - places.unwrap_or(0));
        let units = units.checked_mul(10_i128.pow(missing)).filter(|u| *u <= UNITS_MAX).ok_or(AmountError::Range)?;
        if negative && units != 0 {
            return Err(AmountError::Negative);
        }
        Ok(Self(units))
    }

    /// The nearest binary floating point number: for ratios and scores, never for sums that are shown or stored.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "documented as approximate")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_i128.pow(u32::from(SCALE));
        let (whole, fraction) = (self.0 / scale, (self.0 % scale).abs());
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let text = format!("{fraction:09}");
        write!(f, "{whole}.{}", text.trim_end_matches('0'))
    }
}
