//! What was found, for people and for programs.

use serde_json::{Value, json};
use tributary_ledger::Checkpoint;

/// One finding.
pub(crate) struct Finding {
    /// Its name: a rule's id or a sort of damage.
    pub(crate) rule: String,
    /// The entry, where it is of one.
    pub(crate) index: Option<u64>,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// The outcome of one command.
#[derive(Default)]
pub(crate) struct Told {
    /// The checkpoint that was looked at.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// What holds, in words.
    pub(crate) holds: Vec<String>,
    /// What is worth knowing and no finding.
    pub(crate) notices: Vec<String>,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// A result beside: a report, cosignatures.
    pub(crate) result: Option<Value>,
    /// The same for people.
    pub(crate) table: Option<String>,
}

impl Told {
    pub(crate) fn find(&mut self, rule: &str, index: Option<u64>, what: String, remedy: &str) {
        self.findings.push(Finding { rule: rule.to_owned(), index, what, remedy: remedy.to_owned() });
    }

    pub(crate) fn json(&self, command: &str) -> String {
        let finding = |f: &Finding| json!({"rule": f.rule, "index": f.index, "what": f.what, "remedy": f.remedy});
        let checkpoint = self.checkpoint.as_ref().map(|c| json!({"origin": c.origin, "size": c.size, "root": c.root.to_base64()}));
        let value = json!({
            "command": command,
            "holds": self.findings.is_empty(),
            "checkpoint": checkpoint,
            "held": self.holds,
            "notices": self.notices,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "result": self.result,
        });
        format!("{value:#}\n")
    }

    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if let Some(c) = &self.checkpoint {
            out += &format!("checkpoint  {} · {} entries · root {}\n", c.origin, c.size, c.root);
        }
        out.extend(self.holds.iter().map(|line| format!("holds       {line}\n")));
        out.extend(self.notices.iter().map(|line| format!("notice      {line}\n")));
        out.extend(self.table.clone());
        for f in &self.findings {
            let at = f.index.map(|index| format!("entry {index}: ")).unwrap_or_default();
            out += &format!("FOUND       {} · {at}{}\n            → {}\n", f.rule, f.what, f.remedy);
        }
        out += &match self.findings.len() {
            0 => "nothing was found\n".to_owned(),
            1 => "1 finding\n".to_owned(),
            count => format!("{count} findings\n"),
        };
        out
    }
}
