//! `tributary-auditor`: the outsiders' verifier. It uses the ledger's formats and nothing else of the product, works offline, and trusts
//! no one but the keys it is given.

mod args;
mod folder;
mod look;
mod told;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command, Format};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (text, code) = match &cli.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "tributary-auditor", &mut script);
            (String::from_utf8_lossy(&script).into_owned(), 0)
        }
        Command::StandardRules => (tributary_ledger::rules::STANDARD.to_owned(), 0),
        command => match look::look(command) {
            Ok(told) => {
                let text = if cli.format == Format::Json { told.json(name(command)) } else { told.text() };
                (text, u8::from(!told.findings.is_empty()))
            }
            Err(error) => {
                eprintln!("tributary-auditor: {error}");
                return ExitCode::from(2);
            }
        },
    };
    // A reader that closed the pipe has seen what it wanted; the finding still counts.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(code)
}

const fn name(command: &Command) -> &'static str {
    match command {
        Command::Verify { .. } => "verify",
        Command::Receipt { .. } => "receipt",
        Command::Rules { .. } => "rules",
        Command::Report { .. } => "report",
        Command::Fork { .. } => "fork",
        Command::StandardRules => "standard-rules",
        Command::Completions { .. } => "completions",
    }
}
