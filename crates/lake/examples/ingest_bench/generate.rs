//! A file of transfers from a seed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tributary_model::provenance::{Grading, Handling, InformationGrade, SourceGrade};
use tributary_model::{Provenance, Timestamp};

/// SplitMix64 (Steele, Lea, Flood 2014): enough for a file of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Writes a file: ids all different, 200,000 accounts, a year of seconds, 15 currencies; one row in 1,000 is bad.
pub(crate) fn transfers(path: &Path, rows: u64, seed: u64) -> std::io::Result<()> {
    const CURRENCIES: [&str; 15] = ["PKR", "USD", "EUR", "AED", "SAR", "AFN", "IRR", "TRY", "GBP", "CNY", "INR", "RUB", "KWD", "QAR", "OMR"];
    const CHANNELS: [&str; 7] = ["wire", "cash", "card", "mobile", "ivts", "onchain", "cheque"];
    let mut numbers = Numbers(seed);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    out.write_all(b"transfer_id,at,from_account,to_account,amount,currency,channel\n")?;
    for row in 0..rows {
        let (from, to) = (numbers.below(200_000) * 7_919 % 100_000_007, numbers.below(200_000) * 7_919 % 100_000_007);
        let at = Timestamp((1_735_689_600 + numbers.below(365 * 86_400) as i64) * 1_000_000);
        let (whole, cents) = (numbers.below(100_000), numbers.below(100));
        let currency = CURRENCIES.get(numbers.below(15) as usize).copied().unwrap_or("PKR");
        let channel = if numbers.below(1_000) == 0 { "pigeon" } else { CHANNELS.get(numbers.below(7) as usize).copied().unwrap_or("wire") };
        writeln!(out, "T{row:09},{at},PK{from:012},PK{to:012},{whole}.{cents:02},{currency},{channel}")?;
    }
    out.flush()
}

/// What the file says of itself.
pub(crate) fn provenance() -> Provenance {
    Provenance {
        source: "bench".to_owned(),
        collected_at: Timestamp(1_767_225_600_000_000),
        legal_basis: "test".to_owned(),
        purpose: "measurement".to_owned(),
        grading: Grading { source: SourceGrade::Untested, information: InformationGrade::D, handling: Handling::P },
    }
}
