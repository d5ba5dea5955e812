//! What governs: what stands out in how staff search, requests from outside, releases of rule packs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::Timestamp;
use tributary_register::governance::anomaly::{AnomalyFile, AnomalyReport, Bounds, PutToYou, Settlement, Span};
use tributary_register::governance::pack::{NewPack, PackRelease};
use tributary_register::governance::redress::{About, NewDecision, NewRedress, Notice, Redress, RedressView};
use tributary_register::retention::Class;

use super::{DONE, Done, Listed, Period, Read, ReadWhy, Shown, Why};
use crate::asked::{Body, Part, Path, Query};

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "TextOf")]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    version: i64,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settled {
    version: i64,
    outcome: Settlement,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "PackObjection")]
#[serde(deny_unknown_fields)]
pub(crate) struct Objection {
    version: i64,
    #[serde(default)]
    objection: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "PackReply")]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    version: i64,
    objection: usize,
    reply: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    about: About,
    until: Timestamp,
    reason: String,
}

/// A request, with the version to state with a change.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Request {
    version: i64,
    #[serde(flatten)]
    view: RedressView,
}

/// What who took a request in is told: the same whatever it is about.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TakenIn {
    id: String,
    version: i64,
    acknowledge_by: Timestamp,
    decide_by: Timestamp,
    rules: String,
}

acts! {
    anomalies_of [r, who, now] (Query(period) => Query<Period>) -> AnomalyReport {
        let (from, to) = period.ends()?;
        r.search_anomalies(&who, Span { from, to }, Bounds::default(), now).await?
    }
    anomalies [r, who, now] (Query(part) => Query<Part>) -> Listed<AnomalyFile> { r.anomalies(&who, &part.page()?, now).await?.into() }
    ask_person [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Text>) -> Shown<AnomalyFile> {
        r.ask_about_anomaly(&who, &id, asked.version, &asked.text, now).await?.into()
    }
    settle [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Settled>) -> Shown<AnomalyFile> {
        r.settle_anomaly(&who, &id, asked.version, asked.outcome, &asked.reason, now).await?.into()
    }
    put_to_me [r, who, now] () -> Vec<PutToYou> { r.anomalies_put_to_me(&who, now).await? }
    answer_person [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Text>) -> PutToYou {
        r.answer_anomaly(&who, &id, asked.version, &asked.text, now).await?
    }
    review_anomaly [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Finding, &id, &why.reason, now).await?;
        DONE
    }
    review_redress [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Request, &id, &why.reason, now).await?;
        DONE
    }
    review_notice [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Notice, &id, &why.reason, now).await?;
        DONE
    }
    take_redress [r, who, now] (Body(new) => Body<NewRedress>) -> TakenIn {
        let taken = r.take_redress(&who, new, now).await?;
        let body = taken.body;
        TakenIn { id: taken.id, version: taken.version, acknowledge_by: body.acknowledge_by, decide_by: body.decide_by, rules: body.rules }
    }
    redress [r, who, now] (Query(part) => Query<Part>) -> Listed<Redress> { r.redress(&who, &part.page()?, now).await?.into() }
    read_redress [r, who, now] (Path(id) => Path<String>) -> Request {
        let (version, view) = r.read_redress(&who, &id, now).await?;
        Request { version, view }
    }
    acknowledge_redress [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<Redress> {
        r.acknowledge_redress(&who, &id, read.version, now).await?.into()
    }
    extend_redress [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<ReadWhy>) -> Shown<Redress> {
        r.extend_redress(&who, &id, asked.version, &asked.reason, now).await?.into()
    }
    decide_redress [r, who, now] (Path(id) => Path<String>, Body(new) => Body<NewDecision>) -> Shown<Redress> {
        r.decide_redress(&who, &id, new, now).await?.into()
    }
    answer_redress [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Text>) -> Shown<Redress> {
        r.answer_redress(&who, &id, asked.version, &asked.text, now).await?.into()
    }
    notices [r, who, now] (Query(part) => Query<Part>) -> Listed<Notice> { r.notices(&who, &part.page()?, now).await?.into() }
    delay_notice [r, who, now] (Body(new) => Body<Delay>) -> Shown<Notice> {
        r.delay_notice(&who, new.about, new.until, &new.reason, now).await?.into()
    }
    finish_notice [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Text>) -> Shown<Notice> {
        r.finish_notice(&who, &id, asked.version, &asked.text, now).await?.into()
    }
    packs [r, _who, _now] (Query(part) => Query<Part>) -> Listed<PackRelease> { r.pack_releases(&part.page()?).await?.into() }
    propose_pack [r, who, now] (Body(new) => Body<NewPack>) -> Shown<PackRelease> { r.propose_pack(&who, new, now).await?.into() }
    object_to_pack [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Objection>) -> Shown<PackRelease> {
        r.consulted_on_pack(&who, &id, asked.version, asked.objection.as_deref(), now).await?.into()
    }
    reply_on_pack [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Reply>) -> Shown<PackRelease> {
        r.reply_on_pack(&who, &id, asked.version, asked.objection, &asked.reply, now).await?.into()
    }
    close_pack [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<PackRelease> {
        r.close_pack_consultation(&who, &id, read.version, now).await?.into()
    }
    approve_pack [r, who, now] (Path(id) => Path<String>, Body(read) => Body<Read>) -> Shown<PackRelease> {
        r.approve_pack(&who, &id, read.version, now).await?.into()
    }
}
