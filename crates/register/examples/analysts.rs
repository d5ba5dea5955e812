//! Many analysts at once on PostgreSQL: reads and writes mixed, by turns on cases of their own and on one that all share.
//!
//! `cargo run -p tributary-register --example analysts -- postgres://… [ANALYSTS] [SECONDS]`; `scripts/postgres.sh database` makes an empty
//! database and prints its address. Prints requests a second, latencies, conflicts, and whether any update was lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tributary_access::password::Cost;
use tributary_access::{AgencyClass, Handling, Policies, Purpose, Role, second_factor};
use tributary_cases::{Keys, Place, Store};
use tributary_model::{Date, Timestamp};
use tributary_register::case::{CaseChange, CaseKind, NewCase};
use tributary_register::people::account::AccountIs;
use tributary_register::people::agency::Agency;
use tributary_register::people::first::First;
use tributary_register::{Caller, Register, RegisterError, Settings};
use tributary_vault::MasterKey;

const PASSWORD: &str = "seven quiet herons at dusk";
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let address = args.next().ok_or("say where: postgres://USER@HOST/DATABASE")?;
    let analysts: usize = args.next().map_or(Ok(200), |n| n.parse())?;
    let seconds: u64 = args.next().map_or(Ok(20), |n| n.parse())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(&address, analysts, Duration::from_secs(seconds)))
}

fn now() -> Timestamp {
    let micros = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_micros());
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn entropy(to: &mut [u8]) {
    let filled = std::fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, to));
    if filled.is_err() {
        eprintln!("the system gives no random bytes");
    }
}

fn is(login: &str, role: Role, agency: &str) -> AccountIs {
    let jurisdictions = BTreeSet::from(["PK".to_owned()]);
    let vetted_until = Date(now().date().0 + 365);
    AccountIs { login: login.into(), name: login.into(), agency: agency.into(), unit: "u1".into(), role, vetting: 2, vetted_until, jurisdictions }
}

/// Signs somebody in by an invitation.
async fn enrol(register: &Register, login: &str, invitation: &str, purpose: Purpose) -> Result<Caller, Failure> {
    let enrolled = register.enrol(invitation, PASSWORD, now()).await?;
    let secret = second_factor::from_base32(&enrolled.secret).ok_or("the secret is no base32")?;
    let code = second_factor::code_at(&secret, u64::try_from(now().0 / 1_000_000)?)?;
    let signed = register.sign_in(login, PASSWORD, &code, now()).await?;
    Ok(register.caller(&signed.token, purpose, now()).await?.on_basis("pk-ptpa-2018"))
}

async fn people(register: &Register, analysts: usize) -> Result<Vec<Caller>, Failure> {
    let first = First {
        agency: ("operator".into(), "Operator".into()),
        administrators: [is("admin-1", Role::Administrator, "operator"), is("admin-2", Role::Administrator, "operator")],
    };
    let [one, two] = register.begin(first, now()).await?;
    let one = enrol(register, "admin-1", &one.token, Purpose::Administration).await?;
    let two = enrol(register, "admin-2", &two.token, Purpose::Administration).await?;
    register.create_agency(&one, "police", Agency::new("Police", AgencyClass::Police, BTreeSet::from(["PK".into()]))?, now()).await?;
    let mut callers = Vec::new();
    for n in 0..analysts {
        let login = format!("analyst-{n}");
        let proposed = register.propose_account(&one, is(&login, Role::PoliceAnalyst, "police"), now()).await?;
        let invited = register.approve_account(&two, &proposed.id, now()).await?;
        callers.push(enrol(register, &login, &invited.token, Purpose::Investigation).await?);
    }
    Ok(callers)
}

fn new_case() -> NewCase {
    NewCase {
        title: "Load".into(),
        kind: CaseKind::Trafficking,
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: Handling::P,
        decision: "none: a measurement".into(),
        stage_due: Timestamp(now().0 + 86_400_000_000),
        excluded: BTreeSet::new(),
    }
}

async fn run(address: &str, analysts: usize, lasts: Duration) -> Result<(), Failure> {
    let keys = Keys::new(MasterKey::generate(&mut entropy), Box::new(entropy));
    let store = Store::open(&Place::of(address), 32, Arc::new(keys)).await?;
    let settings = Settings { cost: Cost { memory_kib: 64, passes: 1 }, ..Settings::default() };
    let register = Register::new(store, Policies::shipped()?, settings);
    let callers = people(&register, analysts).await?;
    let owner = callers.first().ok_or("at least one analyst")?.clone();
    let shared = register.create_case(&owner, new_case(), now()).await?.id;
    for caller in callers.iter().skip(1) {
        register.add_member(&owner.clone().for_case(&shared), &shared, &caller.principal.id, now()).await?;
    }
    println!("{analysts} analysts signed in; {} MiB resident", resident());
    let (changed, conflicts) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let begun = Instant::now();
    let tasks: Vec<_> = callers
        .into_iter()
        .enumerate()
        .map(|(n, caller)| tokio::spawn(work(register.clone(), caller, shared.clone(), n, lasts, Arc::clone(&changed), Arc::clone(&conflicts))))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default().as_secs_f64() * 1_000.0;
    println!("{} requests, {:.0} a second", times.len(), times.len() as f64 / begun.elapsed().as_secs_f64());
    println!("p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; {} MiB resident", at(0.5), at(0.99), at(1.0), resident());
    let case = register.read_case(&owner.for_case(&shared), &shared, now()).await?;
    let expected = i64::try_from(analysts - 1)? + i64::try_from(changed.load(Ordering::SeqCst))? + 1;
    let lost = expected - case.version;
    println!(
        "{} changes of the shared case, {} conflicts told, {lost} updates lost",
        changed.load(Ordering::SeqCst),
        conflicts.load(Ordering::SeqCst)
    );
    Ok(())
}

/// One analyst: reads and changes by turns, with half a second's thought between, until the time is over. How long each request took.
async fn work(
    register: Register,
    caller: Caller,
    shared: String,
    n: usize,
    lasts: Duration,
    changed: Arc<AtomicU64>,
    conflicts: Arc<AtomicU64>,
) -> Result<Vec<Duration>, Failure> {
    let begun = Instant::now();
    let mut times = Vec::new();
    let own = register.create_case(&caller, new_case(), now()).await?.id;
    let mut turn = n;
    while begun.elapsed() < lasts {
        tokio::time::sleep(Duration::from_millis(400 + (turn as u64 * 37) % 200)).await;
        let id = if turn.is_multiple_of(5) { &shared } else { &own };
        let asks = caller.clone().for_case(id);
        let from = Instant::now();
        let case = register.read_case(&asks, id, now()).await?;
        times.push(from.elapsed());
        if turn.is_multiple_of(2) {
            let change = CaseChange { title: Some(format!("Load {turn}")), ..CaseChange::default() };
            let from = Instant::now();
            match register.update_case(&asks, id, change, case.version, now()).await {
                Ok(_) if *id == shared => drop(changed.fetch_add(1, Ordering::SeqCst)),
                Ok(_) => {}
                Err(RegisterError::Conflict) => drop(conflicts.fetch_add(1, Ordering::SeqCst)),
                Err(other) => return Err(other.into()),
            }
            times.push(from.elapsed());
        }
        turn += 1;
    }
    Ok(times)
}

/// MiB of memory of this program.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}
