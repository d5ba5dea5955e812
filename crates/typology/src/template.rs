//! SQL templates: `:name` is replaced by a typed literal, outside quotes and comments only.

/// A placeholder and where it stands in the template, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Name without the colon.
    pub name: String,
    start: usize,
    end: usize,
}

/// Finds the placeholders of a template in order. `::` is a cast and not a placeholder; text in single or double quotes and
/// after `--` is passed over.
#[must_use]
pub fn placeholders(sql: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut chars = sql.char_indices().peekable();
    let mut quote: Option<char> = None;
    let mut comment = false;
    while let Some((at, c)) = chars.next() {
        if comment {
            comment = c != '\n';
        } else if let Some(open) = quote {
            // A doubled quote closes and opens again: the same state.
            if c == open {
                quote = None;
            }
        } else if c == '\'' || c == '"' {
            quote = Some(c);
        } else if c == '-' && chars.peek().is_some_and(|(_, next)| *next == '-') {
            comment = true;
        } else if c == ':' {
            if chars.next_if(|(_, next)| *next == ':').is_some() {
                continue;
            }
            let mut name = String::new();
            while let Some((_, letter)) = chars.next_if(|(_, next)| next.is_ascii_lowercase() || next.is_ascii_digit() || *next == '_') {
                name.push(letter);
            }
            if !name.is_empty() {
                let end = at + 1 + name.len();
                found.push(Placeholder { name, start: at, end });
            }
        }
    }
    found
}

/// Replaces every placeholder by what `literal` gives for its name.
///
/// # Errors
/// The name of the first placeholder that `literal` does not know.
pub fn render(sql: &str, literal: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut done = 0;
    for placeholder in placeholders(sql) {
        let text = literal(&placeholder.name).ok_or_else(|| placeholder.name.clone())?;
        out.push_str(sql.get(done..placeholder.start).unwrap_or_default());
        out.push_str(&text);
        done = placeholder.end;
    }
    out.push_str(sql.get(done..).unwrap_or_default());
    Ok(out)
}
