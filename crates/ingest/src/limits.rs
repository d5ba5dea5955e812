//! Bounds on everything that comes from outside.

/// How much of anything a reader accepts. Every bound is a whole-file error or a quarantine entry that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record (a CSV row, an NDJSON line). Longer ones are quarantined.
    pub record_bytes_max: usize,
    /// Bytes of one value. Longer ones are quarantined.
    pub value_bytes_max: usize,
    /// Columns in a header, keys in an object.
    pub columns_max: usize,
    /// Items in one list value.
    pub list_items_max: usize,
    /// Bytes after decompression, of the whole file.
    pub decompressed_bytes_max: u64,
    /// Decompressed bytes for each compressed byte, checked once more than [`Limits::ratio_free_bytes`] have come out.
    pub decompression_ratio_max: u64,
    /// Decompressed bytes below which the ratio is not looked at.
    pub ratio_free_bytes: u64,
    /// Bytes of a value or raw row that a quarantine entry keeps.
    pub quarantine_bytes_max: usize,
    /// Bytes of a list file (sanctions lists) that is read whole.
    pub document_bytes_max: usize,
    /// Nested elements in an XML document.
    pub depth_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 1 << 20,
            value_bytes_max: 1 << 16,
            columns_max: 1_000,
            list_items_max: 1_000,
            decompressed_bytes_max: 1 << 38,
            decompression_ratio_max: 1_000,
            ratio_free_bytes: 1 << 26,
            quarantine_bytes_max: 4_096,
            document_bytes_max: 1 << 29,
            depth_max: 64,
        }
    }
}
