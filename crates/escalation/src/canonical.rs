//! One writing for one content: RFC 8785 for values without fractions, and its SHA-256.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::EscalationError;

/// Lower-case hexadecimal SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The canonical JSON of a value: keys in order, no spaces. Numbers are whole: a fraction has no one writing that all programs share.
///
/// # Errors
/// [`EscalationError::Form`] for a fraction or what has no JSON.
pub fn canonical(value: &impl Serialize) -> Result<String, EscalationError> {
    let value = serde_json::to_value(value).map_err(|error| EscalationError::Form(error.to_string()))?;
    let mut text = String::new();
    write(&value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, to: &mut String) -> Result<(), EscalationError> {
    match value {
        Value::Number(number) if number.is_f64() => return Err(EscalationError::Form("a content holds whole numbers only".into())),
        Value::Array(all) => {
            to.push('[');
            for (place, one) in all.iter().enumerate() {
                if place > 0 {
                    to.push(',');
                }
                write(one, to)?;
            }
            to.push(']');
        }
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            // RFC 8785 orders by UTF-16 code units; that is not the order of UTF-8 bytes beyond the basic plane.
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            to.push('{');
            for (place, key) in keys.into_iter().enumerate() {
                if place > 0 {
                    to.push(',');
                }
                to.push_str(&Value::String(key.clone()).to_string());
                to.push(':');
                write(all.get(key).unwrap_or(&Value::Null), to)?;
            }
            to.push('}');
        }
        plain => to.push_str(&plain.to_string()),
    }
    Ok(())
}
