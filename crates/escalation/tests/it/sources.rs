//! Texts in a source file of Rust: what stands in quotation marks outside of comments, as the program would say it.

/// Each with its line. What comes after the first `#[cfg(test)]` is left out: tests stand at the end of a file.
pub(crate) fn literals(source: &str) -> Vec<(usize, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut reader = Reader { chars: source.chars().collect(), at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(c) = reader.next() {
        match c {
            '/' if reader.peek() == Some('/') => {
                while reader.peek().is_some_and(|c| c != '\n') {
                    reader.next();
                }
            }
            '/' if reader.peek() == Some('*') => reader.block(),
            '\'' => reader.character(),
            'r' if reader.raw_follows() => found.extend(reader.raw()),
            '"' => {
                let line = reader.line;
                found.push((line, reader.text()));
            }
            c if c.is_alphanumeric() || c == '_' => {
                while reader.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    reader.next();
                }
            }
            _ => {}
        }
    }
    found
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn block(&mut self) {
        let mut deep = 1;
        self.next();
        while let Some(c) = self.next() {
            match (c, self.peek()) {
                ('/', Some('*')) => deep += 1,
                ('*', Some('/')) => deep -= 1,
                _ => continue,
            }
            self.next();
            if deep == 0 {
                return;
            }
        }
    }

    /// A character, or a lifetime, which has no end mark.
    fn character(&mut self) {
        match (self.peek(), self.chars.get(self.at + 1)) {
            (Some('\\'), _) => {
                self.next();
                self.next();
                while self.next().is_some_and(|c| c != '\'') {}
            }
            (Some(_), Some('\'')) => {
                self.next();
                self.next();
            }
            _ => {}
        }
    }

    /// After an `r`: `"`, or hashes and then `"`.
    fn raw_follows(&self) -> bool {
        let rest: String = self.chars[self.at..].iter().take(5).collect();
        rest.trim_start_matches('#').starts_with('"')
    }

    fn raw(&mut self) -> Option<(usize, String)> {
        let mut hashes = 0;
        while self.next()? == '#' {
            hashes += 1;
        }
        let (line, end) = (self.line, format!("\"{}", "#".repeat(hashes)));
        let mut text = String::new();
        while let Some(c) = self.next() {
            text.push(c);
            if let Some(whole) = text.strip_suffix(&end) {
                return Some((line, whole.to_owned()));
            }
        }
        None
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('\n') => {
                        while self.peek().is_some_and(char::is_whitespace) {
                            self.next();
                        }
                    }
                    Some(other) => text.push(other),
                    None => break,
                },
                other => text.push(other),
            }
        }
        text
    }
}
