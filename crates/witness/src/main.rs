//! `tributary-witness`: a small server that cosigns ledgers' checkpoints.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use tributary_ledger::note::Kind;
use tributary_witness::{Config, Memory, keygen, read_key, serve};

/// Cosigns checkpoints of the ledgers it is told of, and never two histories of one.
///
/// Run it on a machine that the ledger's keeper does not control: with a court, an ombudsperson, a civil-society organisation, a university.
#[derive(Parser)]
#[command(name = "tributary-witness", version, max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tributary-witness keygen --name ngo.example/witness --out witness.key
  tributary-witness vkey witness.key
  tributary-witness serve witness.toml

witness.toml:
  name = \"ngo.example/witness\"
  key = \"witness.key\"
  state = \"state\"                 # back it up; a witness that forgets must begin anew under a new key
  listen = \"127.0.0.1:7071\"       # put a TLS proxy before it
  [[log]]
  origin = \"register.example/ledger\"
  vkeys = [\"register.example/ledger+...\"]";

#[derive(Subcommand)]
enum Command {
    /// Makes a key in a new file that only its owner may read, and prints the verifier key.
    Keygen {
        /// The name the key signs under, as an address without a scheme.
        #[arg(long)]
        name: String,
        /// The file to make; it must not be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// What the key is for.
        #[arg(long, value_enum, default_value_t = For::Witness)]
        kind: For,
    },
    /// Prints the verifier key of a key's file.
    Vkey {
        /// The key's file.
        key: PathBuf,
    },
    /// Answers `POST /add-checkpoint` and `GET /vkey`.
    Serve {
        /// The settings file.
        config: PathBuf,
    },
}

/// What a key is for.
#[derive(Clone, Copy, ValueEnum)]
enum For {
    /// Cosigning, type 04.
    Witness,
    /// Signing a log's checkpoints, type 01.
    Log,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tributary-witness: {error}");
            ExitCode::from(2)
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Keygen { name, out, kind } => {
            let mut seed = [0; 32];
            std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
            let kind = match kind {
                For::Witness => Kind::Cosignature,
                For::Log => Kind::Ed25519,
            };
            println!("{}", keygen(&out, &name, kind, &seed)?);
        }
        Command::Vkey { key } => println!("{}", read_key(&key)?.verifier()),
        Command::Serve { config } => answer(&Config::read(&config)?)?,
    }
    Ok(())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn answer(config: &Config) -> Result<(), Failure> {
    let signer = config.signer()?;
    println!("{}", signer.verifier());
    let memory = Memory::open(&config.state, config.known()?, vec![signer])?;
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, Arc::new(memory)).await?;
    Ok(())
}
