//! `tributary-desk`: the register's server, and what its operator does.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{CommandFactory as _, Parser, Subcommand};
use tributary_access::{Handling, Role};
use tributary_cases::Page;
use tributary_desk::{Desk, DeskError, ENDPOINTS, Place, Restore, openapi, router};
use tributary_model::alert::AlertRecord;
use tributary_model::{Date, Timestamp};
use tributary_register::RegisterError;
use tributary_register::alert::Import;
use tributary_register::people::account::AccountIs;
use tributary_register::people::first::First;

/// How often what waits for the log is published.
const PUBLISH_EVERY: Duration = Duration::from_secs(5);

/// After how many publishings the clocks are run: hourly.
const CLOCKS_EVERY: u32 = 720;

/// Ends what has outlived its time, and draws what is read again.
async fn strike(register: &tributary_register::Register, at: Timestamp) -> Result<(), RegisterError> {
    register.run_escalation_clocks(at).await?;
    register.run_redress_clocks(at).await?;
    for agency in register.agencies(&Page::first(1_000)).await? {
        register.run_review_clocks(&agency.id, at).await?;
    }
    Ok(())
}

/// The register: review, cases, victim protection and escalation, each act decided by policy and recorded in a log that outsiders verify.
#[derive(Parser)]
#[command(
    name = "tributary-desk",
    version,
    after_help = "Examples:\n  tributary-desk init ./register --admins asma bilal\n  tributary-desk serve ./register --listen 127.0.0.1:8090\n  tributary-desk status ./register --format json"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a register: keys, store, and the first two administrators, whose invitations are printed once.
    Init {
        /// An empty or new folder.
        folder: PathBuf,
        /// A file in the folder, or `postgres://USER@HOST/DATABASE`.
        #[arg(long, default_value = "tributary.db")]
        store: String,
        /// ISO 3166 code of the country.
        #[arg(long, default_value = "PK")]
        jurisdiction: String,
        /// The log's name: like an address, and yours alone.
        #[arg(long, default_value = "register.example/log")]
        log: String,
        /// Id of the operating organisation.
        #[arg(long, default_value = "operator")]
        operator: String,
        /// Logins of the first two administrators.
        #[arg(long, num_args = 2, value_names = ["LOGIN", "LOGIN"], required = true)]
        admins: Vec<String>,
        /// For practice: its clock may be put back. It is said at every start.
        #[arg(long)]
        exercise: bool,
        /// Minutes by which the clock is put back; for practice alone.
        #[arg(long, default_value_t = 0, requires = "exercise")]
        behind: u32,
    },
    /// Answer requests until Ctrl-C; publishes the log every five seconds.
    Serve {
        /// The register's folder.
        folder: PathBuf,
        /// This machine's own address; put a TLS proxy before it for others.
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
        /// Minutes by which the clock is put back; for practice alone.
        #[arg(long, default_value_t = 0)]
        behind: u32,
    },
    /// Bring the alerts of a run into an agency's queue: each once, however often it is brought.
    Import {
        /// The register's folder.
        folder: PathBuf,
        /// `alerts.ndjson` of a run.
        alerts: PathBuf,
        /// The run's id.
        #[arg(long)]
        run: String,
        /// The agency that reads them.
        #[arg(long)]
        agency: String,
        /// ISO 3166 code.
        #[arg(long, default_value = "PK")]
        jurisdiction: String,
        /// The vetting that a reader needs, 0 to 2.
        #[arg(long, default_value_t = 1)]
        sensitivity: u8,
        /// Minutes by which the clock is put back; for practice alone.
        #[arg(long, default_value_t = 0)]
        behind: u32,
        /// Also alerts of rules that were not released here: they can be read, and become neither a case's nor an escalation's.
        #[arg(long)]
        pilot: bool,
    },
    /// Publish what waits for the log, ask the witnesses, and say how it stands. Exit code 1 when the quorum is missing.
    Status {
        /// The register's folder.
        folder: PathBuf,
        /// `text` or `json`.
        #[arg(long, default_value = "text", value_parser = ["text", "json"])]
        format: String,
    },
    /// Make a backup while the register serves: one state of it, without its keys.
    Backup {
        /// The register's folder.
        folder: PathBuf,
        /// A new folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Hold a backup against its manifest, every byte of it.
    VerifyBackup {
        /// The backup's folder.
        backup: PathBuf,
    },
    /// Make a register's folder from a backup. What was erased since is left out, and the log goes on from where it is.
    Restore {
        /// The backup's folder.
        backup: PathBuf,
        /// A new folder.
        folder: PathBuf,
        /// A file in the folder, or `postgres://USER@HOST/DATABASE`, an empty database.
        #[arg(long, default_value = "tributary.db")]
        store: String,
        /// The folder where `master.key` and `log.key` are.
        #[arg(long)]
        keys: PathBuf,
        /// The newest list of erasures: `erasures.list` of the register's folder or of a copy of it.
        #[arg(long)]
        erasures: Option<PathBuf>,
        /// Restore although no list is left: what was erased after the backup comes back. It is recorded.
        #[arg(long, conflicts_with = "erasures")]
        without_erasures: bool,
        /// The newest copy of the log: `ledger/` of the register's folder.
        #[arg(long)]
        log: Option<PathBuf>,
        /// Restore although the log was further, or nobody knows whether it was. It is recorded.
        #[arg(long)]
        accept_older: bool,
    },
    /// Make a lost `ledger/` again from the store, to the root that was published.
    RebuildLog {
        /// The register's folder.
        folder: PathBuf,
    },
    /// Print every address of the API, and the action that decides it.
    Endpoints,
    /// Print what the API is: every address, its requests and answers.
    Openapi {
        /// `json` (OpenAPI 3.1) or `markdown`.
        #[arg(long, default_value = "json", value_parser = ["json", "markdown"])]
        format: String,
    },
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tributary-desk: {error}");
            return ExitCode::from(70);
        }
    };
    match runtime.block_on(run(args.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tributary-desk: {error}");
            ExitCode::from(2)
        }
    }
}

/// The system's time, less so many minutes: a register for practice may be told that it is yesterday, so that what takes a day can be shown.
fn clock(behind: u32) -> Timestamp {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX).saturating_sub(i64::from(behind) * 60_000_000))
}

fn now() -> Timestamp {
    clock(0)
}

/// The clock of a register: put back for practice alone.
fn clock_of(folder: &std::path::Path, behind: u32) -> Result<impl Fn() -> Timestamp + Copy + Send + Sync + 'static, DeskError> {
    if behind > 0 && !Place::at(folder).is_exercise()? {
        let why = "the clock of a register is put back for practice alone: make another one with `tributary-desk init --exercise`".to_owned();
        return Err(DeskError::Content { path: folder.to_owned(), why });
    }
    Ok(move || clock(behind))
}

async fn run(command: Command) -> Result<ExitCode, DeskError> {
    match command {
        Command::Init { folder, store, jurisdiction, log, operator, admins, exercise, behind } => {
            Place::at(&folder).make(&store, &jurisdiction, &log)?;
            if exercise {
                Place::at(&folder).make_exercise()?;
            }
            let now = clock_of(&folder, behind)?;
            init(folder, &jurisdiction, operator, admins, now()).await
        }
        Command::Serve { folder, listen, behind } => {
            let now = clock_of(&folder, behind)?;
            serve(folder, listen, now).await
        }
        Command::Import { folder, alerts, run, agency, jurisdiction, sensitivity, behind, pilot } => {
            let now = clock_of(&folder, behind)?;
            let alerts = read_alerts(&alerts)?;
            let packs = std::collections::BTreeMap::new();
            let sources = std::collections::BTreeMap::new();
            import(folder, Import { run, agency, jurisdiction, sensitivity, handling: Handling::P, packs, sources, pilot, alerts }, now()).await
        }
        Command::Status { folder, format } => status(folder, &format).await,
        Command::Backup { folder, out } => {
            let made = Place::at(&folder).backup(&out, now()).await?;
            println!("backup made in {}: {} entries in the log, {} parts", out.display(), made.log.size, made.parts.len());
            println!("master.key and log.key are not in it: keep them apart from it. Without master.key no sealed record in it opens.");
            Ok(ExitCode::SUCCESS)
        }
        Command::VerifyBackup { backup } => {
            let found = tributary_cases::backup::Backup::verify(&backup, None)?;
            let manifest = found.manifest();
            println!("whole: made {}, {} entries in the log, {} parts", manifest.made, manifest.log.size, manifest.parts.len());
            println!("that nobody made it over is seen by its seal, which `restore` verifies with master.key");
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { backup, folder, store, keys, erasures, without_erasures, log, accept_older } => {
            restore(&folder, Restore { backup, store, keys, erasures, without_erasures, log, accept_older }).await
        }
        Command::RebuildLog { folder } => {
            let size = Place::at(&folder).rebuild_log(now()).await?;
            println!("the log was made again: {size} entries, the root that was published");
            Ok(ExitCode::SUCCESS)
        }
        Command::Endpoints => {
            let line = |endpoint: &tributary_desk::Endpoint| {
                let actions: Vec<&str> = endpoint.actions.iter().map(|action| action.as_str()).collect();
                let by = if actions.is_empty() { "-".to_owned() } else { actions.join(" ") };
                format!("{:4} {:52} {:36} {}\n", endpoint.method, endpoint.path, by, endpoint.about)
            };
            Ok(tell(&ENDPOINTS.iter().map(line).collect::<String>()))
        }
        Command::Openapi { format } => {
            let json = || serde_json::to_string_pretty(openapi::document()).unwrap_or_default() + "\n";
            Ok(tell(&if format == "markdown" { openapi::markdown() } else { json() }))
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "tributary-desk", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints a long text. Who reads only its beginning (`| head`) closes the pipe, which is no failure.
fn tell(text: &str) -> ExitCode {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("tributary-desk: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

async fn init(folder: PathBuf, jurisdiction: &str, operator: String, admins: Vec<String>, at: Timestamp) -> Result<ExitCode, DeskError> {
    let register = Place::at(&folder).open().await?;
    let one_of = |login: &str, unit: &str| AccountIs {
        login: login.to_owned(),
        name: login.to_owned(),
        agency: operator.clone(),
        unit: unit.to_owned(),
        role: Role::Administrator,
        vetting: 0,
        vetted_until: Date(at.date().0 + 365),
        jurisdictions: [jurisdiction.to_owned()].into(),
    };
    let [one, two] = <[String; 2]>::try_from(admins).unwrap_or_default();
    let first = First { agency: (operator.clone(), operator.clone()), administrators: [one_of(&one, "admin-a"), one_of(&two, "admin-b")] };
    let invitations = register.begin(first, at).await?;
    register.publish(at).await?;
    println!("register made in {}; its log is verified with {}", folder.display(), folder.join("log.vkey").display());
    for (login, invitation) in [one, two].iter().zip(invitations) {
        println!("invitation for {login} (once): {}", invitation.token);
    }
    println!("Next: `tributary-desk serve {}`; each administrator sets a password at POST /api/v1/enrolment.", folder.display());
    Ok(ExitCode::SUCCESS)
}

async fn serve(folder: PathBuf, listen: SocketAddr, now: impl Fn() -> Timestamp + Copy + Send + Sync + 'static) -> Result<ExitCode, DeskError> {
    if !listen.ip().to_canonical().is_loopback() {
        eprintln!("tributary-desk: it listens on this machine alone (127.0.0.1 or [::1]); put a proxy with TLS before it");
        return Ok(ExitCode::from(2));
    }
    if Place::at(&folder).is_exercise()? {
        eprintln!("this register is for practice: what it says of time proves nothing");
    }
    let register = Place::at(&folder).open().await?;
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(|source| DeskError::File { path: listen.to_string().into(), source })?;
    let listen = listener.local_addr().unwrap_or(listen);
    eprintln!("the register answers at http://{listen}/");
    let publishing = register.clone();
    tokio::spawn(async move {
        let mut rounds = 0_u32;
        loop {
            // Clocks strike every hour: escalations, samples that are read again.
            if rounds.is_multiple_of(CLOCKS_EVERY)
                && let Err(error) = strike(&publishing, now()).await
            {
                eprintln!("tributary-desk: the clocks were not run: {error}");
            }
            rounds = rounds.wrapping_add(1);
            match publishing.publish(now()).await {
                Ok(status) => status.trouble.iter().for_each(|trouble| eprintln!("tributary-desk: {trouble}")),
                Err(error) => eprintln!("tributary-desk: the log was not published: {error}"),
            }
            tokio::time::sleep(PUBLISH_EVERY).await;
        }
    });
    let desk = Desk::new(register.clone(), Arc::new(now));
    let served = axum::serve(listener, router(desk)).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) });
    served.await.map_err(|source| DeskError::File { path: listen.to_string().into(), source })?;
    register.publish(now()).await?;
    register.store().close().await;
    Ok(ExitCode::SUCCESS)
}

/// Longest file of alerts, in bytes: a bound on memory.
const ALERTS_MAX: u64 = 256 << 20;

/// The alerts of a run's file, one a line.
fn read_alerts(path: &std::path::Path) -> Result<Vec<AlertRecord>, DeskError> {
    let file = |source| DeskError::File { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(file)?.len();
    if length > ALERTS_MAX {
        return Err(DeskError::Content { path: path.to_owned(), why: "it has more than 256 MiB; bring the best alerts of the run".into() });
    }
    let text = std::fs::read_to_string(path).map_err(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(n, line)| {
        serde_json::from_str(line).map_err(|error| DeskError::Content { path: path.to_owned(), why: format!("line {}: {error}", n + 1) })
    });
    read.collect()
}

async fn import(folder: PathBuf, alerts: Import, at: Timestamp) -> Result<ExitCode, DeskError> {
    let register = Place::at(&folder).open().await?;
    let done = register.import_alerts(alerts, at).await?;
    register.publish(at).await?;
    println!("{} alerts taken, {} known before, {} halted by a stop, {} refused", done.added, done.known, done.halted, done.refused.len());
    for refused in &done.refused {
        eprintln!("  {}: {}", refused.alert_id, refused.why);
    }
    Ok(if done.refused.is_empty() && done.halted == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn restore(folder: &std::path::Path, how: Restore) -> Result<ExitCode, DeskError> {
    let done = Place::at(folder).restore(&how, now()).await?;
    let restored = &done.restored;
    println!("register of {} put back in {}: {} sessions were ended", done.manifest.made, folder.display(), done.sessions);
    match restored.erasures {
        Some(repeated) => println!("erasures: {repeated} repeated"),
        None => println!("erasures: none repeated, for no list was given; what was erased since is there again"),
    }
    if restored.lost > 0 {
        println!("{} entries of the log are later than the backup; what they record is to be done again:", restored.lost);
        done.lost.iter().for_each(|(kind, count)| println!("  {count} {kind}"));
    }
    for silent in &done.asked.silent {
        eprintln!("tributary-desk: not asked: {silent}");
    }
    if done.asked.ahead.is_some() || !done.asked.parted.is_empty() {
        eprintln!("tributary-desk: witnesses know a later log than this one, and will not cosign it: nothing may leave the register");
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(folder: PathBuf, format: &str) -> Result<ExitCode, DeskError> {
    let register = Place::at(&folder).open().await?;
    let status = register.publish(now()).await?;
    if format == "json" {
        println!("{}", serde_json::json!(status));
    } else {
        println!("{} entries in the log; quorum {}", status.size, if status.quorum { "met" } else { "missing: nothing may leave the register" });
        status.cosigned.iter().for_each(|name| println!("  cosigned by {name}"));
        status.absent.iter().for_each(|name| println!("  absent: {name}"));
        status.trouble.iter().for_each(|trouble| println!("  {trouble}"));
    }
    Ok(if status.quorum { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
