//! What a witness signs (c2sp.org/tlog-cosignature, version 1).

/// The message of an Ed25519 cosignature: two lines, then the checkpoint's text.
#[must_use]
pub fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}
