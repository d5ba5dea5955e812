//! Writes a corpus of adverts as `id,text,label` for measuring a grouping, one file a language and one of all:
//! `cargo run -p tributary-world --example advert_corpus -- POSTS OUT SEED none|low|mid|high [CLUTTER.csv]`.
//! Labels: the template's number, or a negative number of its own for a text that stands alone. CLUTTER has a column `text`;
//! its texts stand alone, in the English and the mixed file; texts much like an earlier one are left out, since they are no lone texts. `full` beside them holds the tables and the truth.

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;
use tributary_world::corpus::{CorpusSettings, Language, Level, corpus, write_corpus};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [posts, out, seed, level, more @ ..] = words.as_slice() else {
        return Err("give POSTS OUT SEED none|low|mid|high [CLUTTER.csv]".into());
    };
    let level = Level::from_name(level).ok_or("the level is none, low, mid or high")?;
    let mut clutter: Vec<String> = Vec::new();
    if let Some(path) = more.first() {
        for row in csv::Reader::from_path(path)?.records() {
            clutter.extend(row?.get(0).map(str::to_owned));
        }
        clutter = distinct(clutter);
    }
    let all = CorpusSettings::new(seed.parse()?, posts.parse()?, level);
    std::fs::create_dir_all(out)?;
    let summary = write_corpus(&Path::new(out).join("full"), &all)?;
    println!("{summary:?}");
    for language in Language::ALL {
        let texts = if language == Language::English { clutter.as_slice() } else { &[] };
        write(&Path::new(out).join(format!("{}.csv", language.tag())), &all.clone().only(language), texts)?;
    }
    write(&Path::new(out).join("mixed.csv"), &all, &clutter)
}

/// Texts that share less than a quarter of their word triples with any earlier one.
fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut kept: Vec<(String, HashSet<String>)> = Vec::new();
    for text in texts {
        let words: Vec<String> = text.to_lowercase().split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        let triples: HashSet<String> = words.windows(3).map(|w| w.join(" ")).collect();
        let like = |other: &HashSet<String>| triples.intersection(other).count() * 4 >= triples.union(other).count().max(1);
        if !triples.is_empty() && !kept.iter().any(|(_, other)| like(other)) {
            kept.push((text, triples));
        }
    }
    kept.into_iter().map(|(text, _)| text).collect()
}

fn write(path: &Path, settings: &CorpusSettings, clutter: &[String]) -> Result<(), Box<dyn Error>> {
    let corpus = corpus(settings)?;
    let mut sheet = csv::Writer::from_path(path)?;
    sheet.write_record(["id", "text", "label"])?;
    // Clutter is spread among the posts, not put in a block.
    let every = corpus.posts().len().checked_div(clutter.len()).unwrap_or(usize::MAX).max(1);
    let (mut id, mut alone, mut rest) = (0_u64, 0_i64, clutter.iter());
    let mut row = |text: &str, group: Option<u32>| {
        alone -= i64::from(group.is_none());
        let label = group.map_or(alone, i64::from);
        id += 1;
        sheet.write_record([&(id - 1).to_string(), text, &label.to_string()])
    };
    for (number, post) in corpus.posts().iter().enumerate() {
        row(&post.text, post.group)?;
        if number % every == 0 {
            rest.next().map_or(Ok(()), |text| row(text, None))?;
        }
    }
    for text in rest {
        row(text, None)?;
    }
    sheet.flush()?;
    Ok(())
}
