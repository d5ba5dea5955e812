//! Makes a world and prints what it holds and how long it took: `cargo run -p tributary-world --example measure -- OUT SEED SCALE OVERLAP`.

use std::path::Path;
use std::time::Instant;
use tributary_world::{Overlap, WorldOptions, generate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(out), Some(seed), Some(scale), Some(overlap)) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err("give OUT SEED SCALE none|low|high".into());
    };
    let overlap = Overlap::from_name(&overlap).ok_or("overlap is none, low or high")?;
    let options = WorldOptions { seed: seed.parse()?, scale: scale.parse()?, overlap };
    let start = Instant::now();
    let summary = generate(&options, Path::new(&out), &|_| true)?;
    println!("{summary:#?}\n{:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}
