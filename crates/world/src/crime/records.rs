//! What agencies recorded: some members, some victims, witnesses, wrong accusations, and a watch list of fictional people.

use super::{Network, Plot, recruit};
use crate::crowd::Scene;
use crate::names::{LAST, PersonName, Script};
use crate::state::{CaseRecord, DAYS, NONE, Name, PartyNo, Seen};
use tributary_model::Side;

/// The authority that keeps the watch list: fictional.
const LIST: &str = "Sanctions Committee";

/// Writes all of it.
pub(super) fn write(scene: &mut Scene<'_>, plot: &Plot) {
    for network in &plot.networks {
        if scene.draw.chance(0.55) {
            case_of(scene, network);
        }
    }
    accusations(scene);
    watch_list(scene, plot);
}

fn opened(scene: &mut Scene<'_>, network: &Network) -> i32 {
    scene.draw.between(i64::from(network.start), i64::from(DAYS) - 2) as i32
}

/// One agency's case on a network: a suspect or two, and on the trafficking side the people it exploited and who saw it.
fn case_of(scene: &mut Scene<'_>, network: &Network) {
    let case = scene.world.new_case();
    let trafficking = network.side == Side::Trafficking;
    let kind = if trafficking { "trafficking" } else { "terrorist_financing" };
    let agency = scene.draw.pick(if trafficking {
        &["Anti-Trafficking Unit", "Provincial Police", "Border Force"]
    } else {
        &["Counter-Terrorism Department", "Financial Monitoring", "Provincial Police"]
    });
    let opened = opened(scene, network);
    let mut record = |subject, role, status| {
        scene.world.cases.push(CaseRecord { case, agency, kind, subject, role, status, opened, closed: None });
    };
    let suspects: Vec<PartyNo> = network.members.iter().take(2).map(|m| m.party).collect();
    record(Seen::Party(suspects[0]), "suspect", "open");
    let (second, facilitator) = (scene.draw.chance(0.4), scene.draw.chance(0.3));
    let mut record = |subject, role| {
        scene.world.cases.push(CaseRecord { case, agency, kind, subject, role, status: "open", opened, closed: None });
    };
    if second && suspects.len() > 1 {
        record(Seen::Party(suspects[1]), "suspect");
    }
    if let (true, Some((party, _))) = (facilitator, network.facilitators.first()) {
        record(Seen::Party(*party), "facilitator");
    }
    for victim in &network.victims {
        if scene.draw.chance(0.4) {
            scene.world.cases.push(CaseRecord {
                case,
                agency,
                kind,
                subject: Seen::Party(*victim),
                role: "victim",
                status: "open",
                opened,
                closed: None,
            });
        }
    }
    let bystanders = scene.draw.between(0, 2) as usize;
    for (index, witness) in recruit(scene, network.place, bystanders).into_iter().enumerate() {
        let role = if index == 0 { "witness" } else { "reporter" };
        scene.world.cases.push(CaseRecord { case, agency, kind, subject: Seen::Party(witness), role, status: "open", opened, closed: None });
    }
}

/// People who were accused and had nothing to do with it, and cases of other kinds.
fn accusations(scene: &mut Scene<'_>) {
    let people = scene.crowd.adults.clone();
    for person in scene.draw.sample(&people, (people.len() / 700).max(3)) {
        if scene.world.party(person).taken {
            continue;
        }
        let case = scene.world.new_case();
        let opened = scene.draw.between(-300, 170) as i32;
        let ended = scene.draw.chance(0.6);
        let kind = scene.draw.pick(&["other", "other", "trafficking", "terrorist_financing"]);
        let status = if ended { scene.draw.pick(&["closed", "acquitted"]) } else { "open" };
        let closed = ended.then(|| opened + 40);
        scene.world.cases.push(CaseRecord {
            case,
            agency: "Provincial Police",
            kind,
            subject: Seen::Party(person),
            role: "suspect",
            status,
            opened,
            closed,
        });
    }
}

/// The watch list: people who do nothing in this world, of whom a few are members under another record.
fn watch_list(scene: &mut Scene<'_>, plot: &Plot) {
    let size = 8 + (60.0 * scene.world.scale) as usize;
    for _ in 0..size {
        let template = scene.draw.pick(&scene.crowd.adults);
        let mut record = scene.world.party(template).clone();
        let last = scene.draw.below(LAST.len()) as u8;
        record.name = Name::Person(PersonName::draw(&mut scene.draw, false, last));
        record.address = scene.world.new_address(record.place);
        record.birth -= scene.draw.between(400, 4_000) as i32;
        record.document = if scene.draw.chance(0.6) { scene.world.new_document(3) } else { 0 };
        listed(scene, record, NONE);
    }
    let financing: Vec<&Network> = plot.networks.iter().filter(|n| n.side != Side::Trafficking).collect();
    for network in financing {
        if scene.draw.chance(0.15) {
            let member = network.members[network.members.len() - 1].party;
            let record = scene.world.party(member).clone();
            listed(scene, record, member);
        }
    }
}

fn listed(scene: &mut Scene<'_>, mut record: crate::state::Party, same_as: PartyNo) {
    let no = scene.world.parties.len() as PartyNo;
    record.same_as = same_as;
    record.variant = scene.draw.word() | 1;
    record.script = if scene.draw.chance(0.5) { Script::Latin } else { Script::Both };
    record.household = NONE;
    record.taken = true;
    record.phone = 0;
    record.phone_before = 0;
    record.licence = 0;
    (record.main, record.phone_account, record.handle, record.exchange) = (NONE, NONE, NONE, NONE);
    scene.world.parties.push(record);
    let (case, opened) = (scene.world.new_case(), -(scene.draw.between(30, 3_000) as i32));
    scene.world.cases.push(CaseRecord {
        case,
        agency: LIST,
        kind: "terrorist_financing",
        subject: Seen::Party(no),
        role: "suspect",
        status: "open",
        opened,
        closed: None,
    });
}
