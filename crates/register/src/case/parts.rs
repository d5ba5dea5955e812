//! What all parts of a case have in common: who entered them, who may see them, and how they are reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Note, Page, Record, Stored};
use tributary_model::Timestamp;
use tributary_vault::hex;

use super::{Case, CaseState, Shared};
use crate::{Acting, Register, RegisterError};

/// How many parts of one kind a case has at most.
pub(super) const PARTS_MAX: u32 = 10_000;

/// Where a part belongs, who entered it, and which agencies of a joint case see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placed {
    /// The case.
    pub case: String,
    /// The account that entered it.
    pub by: String,
    /// The agency it was entered for.
    pub agency: String,
    /// Which agencies see it.
    pub shared: Shared,
    /// When it was entered.
    pub at: Timestamp,
}

impl Placed {
    /// Whether an agency that shares the case sees it.
    pub(crate) fn seen_by(&self, agency: &str) -> bool {
        match &self.shared {
            Shared::Own => self.agency == agency,
            Shared::With(others) => self.agency == agency || others.contains(agency),
            Shared::All => true,
        }
    }
}

/// A part of a case.
pub(super) trait Part: Record {
    /// What it is called where it is not found: the same word that a denied request gets.
    const WORD: &'static str;

    /// Where it belongs.
    fn placed(&self) -> &Placed;

    /// What policies see of it.
    fn resource(&self, case: &Case, id: &str) -> Resource {
        let placed = self.placed();
        case.part(id, &placed.by, &placed.agency, &placed.shared)
    }
}

/// A case, once the policies have allowed an action on it. A suspended case is refused (SG-057).
pub(super) async fn open_case(acting: &mut Acting, id: &str, action: Action) -> Result<Stored<Case>, RegisterError> {
    let case = acting.tx()?.need::<Case>(id).await?;
    acting.within(id);
    acting.permit(action, &case.body.resource(id)).await?;
    usable(&case.body)?;
    Ok(case)
}

/// A part and its case, once the policies have allowed an action on it.
pub(super) async fn reach<T: Part>(acting: &mut Acting, id: &str, action: Action) -> Result<(Stored<T>, Stored<Case>), RegisterError> {
    let part = acting.tx()?.get::<T>(id).await?.ok_or(RegisterError::Missing(T::WORD))?;
    let case = acting.tx()?.get::<Case>(&part.body.placed().case).await?.ok_or(RegisterError::Missing(T::WORD))?;
    acting.within(&case.id);
    acting.permit(action, &part.body.resource(&case.body, id)).await?;
    usable(&case.body)?;
    Ok((part, case))
}

/// The case that a new part is entered into, once the policies allow it.
pub(super) async fn enter(acting: &mut Acting, case: &str, action: Action, shared: Shared) -> Result<(Stored<Case>, Placed), RegisterError> {
    let file = acting.tx()?.get::<Case>(case).await?.ok_or(RegisterError::Missing(word(action)))?;
    let caller = acting.caller().principal.clone();
    acting.within(case);
    acting.permit(action, &file.body.part("new", &caller.id, &caller.agency, &shared)).await?;
    writable(&file.body)?;
    checked_shared(&file.body, &shared)?;
    let placed = Placed { case: case.to_owned(), by: caller.id, agency: caller.agency, shared, at: acting.at() };
    Ok((file, placed))
}

/// What a part is shared with must share the case.
pub(super) fn checked_shared(case: &Case, shared: &Shared) -> Result<(), RegisterError> {
    match shared {
        Shared::With(agencies) if !agencies.is_subset(&case.agencies) => {
            Err(RegisterError::invalid("shared", "agencies that share the case; share the case with them first"))
        }
        _ => Ok(()),
    }
}

/// Refuses what is suspended.
pub(super) fn usable(case: &Case) -> Result<(), RegisterError> {
    match case.state {
        CaseState::Suspended => Err(RegisterError::State("the case's clock ran out; review it before anything of it is used".into())),
        CaseState::Open | CaseState::Closed => Ok(()),
    }
}

/// Refuses what is suspended or closed.
pub(super) fn writable(case: &Case) -> Result<(), RegisterError> {
    usable(case)?;
    if case.is_open() { Ok(()) } else { Err(RegisterError::State("the case is closed".into())) }
}

/// The parts of one kind of a case that the caller may see, oldest first.
pub(super) async fn visible<T: Part>(acting: &mut Acting, case: &Stored<Case>, action: Action) -> Result<Vec<Stored<T>>, RegisterError> {
    let mut parts = acting.tx()?.list::<T>(Find::Parent(&case.id), &Page::first(PARTS_MAX)).await?;
    parts.retain(|part| acting.may(action, &part.body.resource(&case.body, &part.id)));
    Ok(parts)
}

/// Refuses one part too many.
pub(super) async fn room_for<T: Part>(acting: &mut Acting, case: &str) -> Result<(), RegisterError> {
    let parts = acting.tx()?.list::<T>(Find::Parent(case), &Page::first(PARTS_MAX)).await?.len();
    if parts < PARTS_MAX as usize { Ok(()) } else { Err(RegisterError::State(format!("a case has at most {PARTS_MAX} parts of one kind"))) }
}

/// A note on a part of a case. What the part says is not written out: the payload holds a keyed hash of it, so that nothing of what the
/// ledger is made from holds the part once it is purged (SG-057, SG-081).
pub(super) fn trace<T: Record>(register: &Register, acting: &Acting, kind: &'static str, case: &str, part: &Stored<T>) -> Note {
    let text = serde_json::to_vec(&part.body).unwrap_or_default();
    let digest = register.keys().pseudonym(&format!("digest/{}", part.id), &sha256(&text));
    let payload = json!({
        "thing": T::KIND, "id": part.id, "version": part.version, "case": case, "account": acting.who(),
        "basis": acting.caller().legal_basis, "digest": digest.as_str(),
    });
    acting.note_on(kind, T::KIND, &part.id).about("case_file", "", case).with(&payload)
}

/// A note on the case itself, in the same way.
pub(super) fn trace_case(register: &Register, acting: &Acting, kind: &'static str, case: &Stored<Case>) -> Note {
    let text = serde_json::to_vec(&case.body).unwrap_or_default();
    let digest = register.keys().pseudonym(&format!("digest/{}", case.id), &sha256(&text));
    let payload = json!({
        "thing": "case", "id": case.id, "version": case.version, "account": acting.who(), "basis": acting.caller().legal_basis,
        "stage": case.body.stage, "members": case.body.members.keys().collect::<Vec<_>>(), "digest": digest.as_str(),
    });
    acting.note_on(kind, "case_file", &case.id).with(&payload)
}

/// SHA-256 of bytes, as hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 as people state it: 64 hexadecimal digits, in lower case from here on.
pub(super) fn checked_sha256(field: &'static str, digits: &str) -> Result<String, RegisterError> {
    let digits = digits.trim().to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err(RegisterError::invalid(field, "the 64 hexadecimal digits of SHA-256"))
    }
}

/// The legal basis that was stated with the request; none is refused (SG-001).
pub(super) fn stated_basis(acting: &Acting) -> Result<String, RegisterError> {
    let none =
        || RegisterError::invalid("legal_basis", "a code of the list of bases for your agency and purpose, or `order:ID` of an order of the case");
    acting.basis().map(|basis| basis.stated.clone()).ok_or_else(none)
}

/// What an action's object is called where it is not found.
const fn word(action: Action) -> &'static str {
    match action {
        Action::PartyAdd => "party",
        Action::EvidenceAdd | Action::OrderRecord => "evidence",
        Action::MarkerPlace => "match",
        Action::DisclosureMake => "disclosure",
        _ => "case",
    }
}
