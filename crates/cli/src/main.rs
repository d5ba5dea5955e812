//! The `tributary` command.
//!
//! Floor 7. Parses, calls the engine, prints. Exit codes: 0 success, 1 it ran and found a failure, 2 bad usage or input, 130 stopped.

mod adverts;
mod arguments;
mod ask;
mod demo;
mod link;
mod output;
mod packs;
mod pipeline;
mod progress;
mod resolution;
mod rows;
mod screen;
mod show;
mod transfers;
mod wallets;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Arguments, Command};
use crate::progress::Stop;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why the command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It ran and found a failure; what was found is printed already.
    Found,
    /// Bad usage or input.
    Input(String),
    /// Stopped by Ctrl-C.
    Stopped,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Found => f.write_str("a failure was found"),
            Self::Input(text) => f.write_str(text),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl Failure {
    pub(crate) const fn input(text: String) -> Self {
        Self::Input(text)
    }
}

impl From<tributary_engine::EngineError> for Failure {
    fn from(error: tributary_engine::EngineError) -> Self {
        match error {
            tributary_engine::EngineError::Stopped => Self::Stopped,
            error => Self::Input(error.chain()),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let orderly = matches!(
        arguments.command,
        Command::Ingest(_)
            | Command::Run(_)
            | Command::World(_)
            | Command::Demo(_)
            | Command::Link(_)
            | Command::Screen(_)
            | Command::Lists { .. }
            | Command::Adverts { .. }
            | Command::Wallets(_)
            | Command::Features(_)
            | Command::Patterns(_)
            | Command::Rank(_)
    );
    let stop = if orderly { Stop::new() } else { Ok(Stop::inert()) };
    let outcome = stop.map_err(|e| Failure::input(format!("cannot listen for Ctrl-C: {e}"))).and_then(|stop| dispatch(arguments, &stop));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found) => ExitCode::from(1),
        Err(Failure::Stopped) => {
            eprintln!("stopped: everything acknowledged before is safe, nothing half-done was kept");
            ExitCode::from(130)
        }
        Err(Failure::Input(text)) => {
            eprintln!("error: {}", output::printable(&text));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: Arguments, stop: &Stop) -> Result<(), Failure> {
    let quiet = arguments.quiet;
    match arguments.command {
        Command::Init(a) => pipeline::init(a, quiet),
        Command::Ingest(a) => pipeline::ingest(&a, stop, quiet),
        Command::Run(a) => pipeline::run(&a, stop, quiet),
        Command::Alerts(a) => show::alerts(&a),
        Command::Explain(a) => show::explain(&a),
        Command::Sql(a) => ask::sql(&a),
        Command::World(a) => pipeline::world(&a, stop, quiet),
        Command::Evaluate(a) => ask::evaluate(&a),
        Command::Demo(a) => demo::demo(&a, stop, quiet),
        Command::Serve(a) => demo::serve(&a),
        Command::Link(a) => link::link(a, stop, quiet),
        Command::Screen(a) => screen::screen(a, stop, quiet),
        Command::Features(a) => transfers::features(a, stop, quiet),
        Command::Patterns(a) => transfers::patterns(a, stop, quiet),
        Command::Rank(a) => transfers::rank(a, stop, quiet),
        Command::Stream(a) => transfers::stream(&a, quiet),
        Command::Adverts { command } => adverts::adverts(command, stop, quiet),
        Command::Wallets(a) => wallets::wallets(a, stop, quiet),
        Command::Lists { command } => resolution::lists(command, stop, quiet),
        Command::Resolution { command } => resolution::resolution(command),
        Command::Packs(a) => packs::packs(a.command),
        Command::Doctor(a) => ask::doctor(&a),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "tributary", &mut text);
            output::print(&text)
        }
    }
}
