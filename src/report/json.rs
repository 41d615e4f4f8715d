//! The event stream of `plan --json` and `apply --json`: one JSON object a line, in the form of Terraform's
//! machine-readable interface (terraform-formats 3). The moment is an argument; each line is without its line break.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::outputs::described;
use crate::diagnostics::{Diagnostic, Severity, render};
use crate::model::action::{Action, Deed};
use crate::model::address::Address;
use crate::model::event::{Event, Lag};
use crate::model::value::Value;
use crate::plan::{Cause, Moved, Operation, OutputChange, Plan, Summary, consequence, no_longer_declared};
use crate::report::human::{self, Skipped, Stopped};

/// Writes the lines of a stream, all with the same moment.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    now: Timestamp,
}

/// Which command a summary is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// What will be done.
    Plan,
    /// What was done.
    Apply,
    /// What a destroy has done.
    Destroy,
}

/// How a run ended that did not do all.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// The same for people.
    pub message: &'a str,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// What was not begun; `None` where nobody has counted.
    pub not_done: Option<&'a [Skipped]>,
    /// The resources with a call whose outcome is not known, once for each such call; `None` where that cannot be told.
    pub open: Option<&'a [Address]>,
}

impl Stream {
    /// Lines of this moment.
    pub const fn at(now: Timestamp) -> Self {
        Self { now }
    }

    /// The first line: what speaks, and which form of the stream.
    pub fn version(&self, version: &str) -> String {
        self.line("info", &format!("cenform {version}"), "version", json!({ "cenform": version, "ui": "1.2" }))
    }

    /// A plan: what changed outside, what will be done, the outputs, the summary.
    pub fn plan(&self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        for drift in &plan.drift {
            let action = if drift.gone { "delete" } else { "update" };
            let message = format!("{}: Drift detected ({action})", drift.address);
            let change = json!({ "resource": resource(&drift.address), "action": action });
            lines.push(self.line("info", &message, "resource_drift", json!({ "change": change })));
        }
        for operation in &plan.operations {
            let change = planned(operation, plan.words.destroy);
            let word = change["action"].as_str().unwrap_or_default();
            let message = format!("{}: Plan to {word}", operation.address);
            lines.push(self.line("info", &message, "planned_change", json!({ "change": change })));
        }
        for note in &plan.notes {
            lines.push(self.log(&human::noted(note)));
        }
        if !plan.outputs.is_empty() {
            let outputs: serde_json::Map<_, _> =
                plan.outputs.iter().map(|(name, change)| (name.clone(), output_change(change))).collect();
            let message = format!("Outputs: {}", plan.outputs.len());
            lines.push(self.line("info", &message, "outputs", json!({ "outputs": outputs })));
        }
        if let Some(message) = human::partial(plan) {
            let left_out: Vec<Json> = plan.left_out.iter().map(resource).collect();
            lines.push(self.line("warn", &message, "partial", json!({ "left_out": left_out })));
        }
        let cost = json!({ "writes": plan.writes, "seconds": plan.seconds });
        let (import, forget) = plan.recorded();
        let mut payload = changes(&plan.summary(), Command::Plan, import, forget);
        payload["cost"] = cost;
        payload["digest"] = json!(plan.digest);
        lines.push(self.line("info", &format!("Plan: {}", human::planned(plan)), "change_summary", payload));
        lines
    }

    /// The summary of an apply or a destroy. Its message is a public interface.
    pub fn applied(&self, done: &Summary, command: Command) -> String {
        let message = human::applied(done, command == Command::Destroy, &super::Style::plain());
        self.line("info", message.trim_end(), "change_summary", changes(done, command, 0, 0))
    }

    /// The outputs after an apply.
    pub fn outputs(&self, outputs: &BTreeMap<String, Value>) -> String {
        let values: serde_json::Map<_, _> =
            outputs.iter().map(|(name, value)| (name.clone(), described(value))).collect();
        self.line("info", &format!("Outputs: {}", outputs.len()), "outputs", json!({ "outputs": values }))
    }

    /// A problem.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) -> String {
        let (level, word) = match diagnostic.severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        let message = format!("{word}: {}", diagnostic.summary);
        self.line(level, &message, "diagnostic", json!({ "diagnostic": render::json(diagnostic) }))
    }

    /// The summary of an apply or a destroy that stopped part-way.
    pub fn incomplete(&self, stopped: &Stopped<'_>, command: Command) -> String {
        self.line("info", &human::incomplete(stopped), "change_summary", changes(&stopped.done, command, 0, 0))
    }

    /// Something that is no longer as a saved plan shows it (S16).
    pub fn moved(&self, moved: &Moved) -> String {
        let Moved { address, id, attribute, planned, now, after } = moved;
        let message = match attribute {
            Some(attribute) => format!("{address}: {attribute} has changed since the plan was made"),
            None => format!("{address}: it was {} when the plan was made", planned.as_text().unwrap_or("otherwise")),
        };
        let payload = json!({
            "resource": resource(address), "id": id, "attribute": attribute,
            "planned": Json::from(planned), "now": Json::from(now), "after": Json::from(after),
        });
        self.line("error", &message, "moved_since_plan", payload)
    }

    /// Something said on the way.
    pub fn log(&self, message: &str) -> String {
        self.line("info", message, "log", json!({}))
    }

    /// The last line of a run that did not do all.
    pub fn stopped(&self, ending: &Ending<'_>) -> String {
        let Ending { message, interrupted, not_done, open } = ending;
        let not_done: Option<Vec<Json>> = not_done.map(|skipped| {
            let skipped = skipped.iter();
            let told = |one: &Skipped| json!({ "resource": resource(&one.address), "action": action(one.deed), "because": one.because });
            skipped.map(told).collect()
        });
        let open: Option<Vec<Json>> = open.map(|open| open.iter().map(resource).collect());
        let payload = json!({ "interrupted": interrupted, "not_done": not_done, "open": open });
        self.line("error", message, "stopped", payload)
    }

    /// Something that happened; `None` for what readers need not follow.
    pub fn event(&self, event: &Event) -> Option<String> {
        let hook = |address: &Address, deed: Deed, id: Option<&String>, seconds: Option<u64>| {
            let mut hook = json!({ "resource": resource(address), "action": action(deed) });
            if let Some(id) = id {
                hook["id_key"] = json!("id");
                hook["id_value"] = json!(id);
            }
            if let Some(seconds) = seconds {
                hook["elapsed_seconds"] = json!(seconds);
            }
            json!({ "hook": hook })
        };
        let (level, ty, payload) = match event {
            Event::Recovered { count } => ("info", "recovered", json!({ "count": count })),
            Event::Unknown { count } => ("info", "outcomes_unknown", json!({ "count": count })),
            Event::LookingAgain { lag, at_most } => {
                let mut payload = match lag {
                    Lag::Written { kind, count } => {
                        json!({ "why": "written", "resource_type": kind.as_str(), "count": count })
                    }
                    Lag::Interrupted { address } => json!({ "why": "interrupted", "resource": resource(address) }),
                    Lag::SentAgain { address } => json!({ "why": "sent_again", "resource": resource(address) }),
                };
                payload["at_most_seconds"] = json!(at_most.as_secs());
                ("info", "looking_again", payload)
            }
            Event::Refreshing { address, id } => {
                let hook = json!({ "resource": resource(address), "id_key": "id", "id_value": id });
                ("info", "refresh_start", json!({ "hook": hook }))
            }
            Event::Started { address, deed, id } => ("info", "apply_start", hook(address, *deed, id.as_ref(), None)),
            Event::Progress { address, deed, id, elapsed } => {
                ("info", "apply_progress", hook(address, *deed, id.as_ref(), Some(elapsed.as_secs())))
            }
            Event::Completed { address, deed, id, elapsed } => {
                ("info", "apply_complete", hook(address, *deed, Some(id), Some(elapsed.as_secs())))
            }
            Event::Failed { address, deed, id, elapsed, message: _ } => {
                ("error", "apply_errored", hook(address, *deed, id.as_ref(), Some(elapsed.as_secs())))
            }
        };
        Some(self.line(level, &human::event(event)?, ty, payload))
    }

    fn line(&self, level: &str, message: &str, ty: &str, payload: Json) -> String {
        let mut line = json!({
            "@level": level,
            "@message": message,
            "@module": "cenform.ui",
            "@timestamp": self.now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            "type": ty,
        });
        if let (Some(line), Json::Object(payload)) = (line.as_object_mut(), payload) {
            line.extend(payload);
        }
        line.to_string()
    }
}

/// The counts of a summary.
fn changes(sum: &Summary, command: Command, import: usize, forget: usize) -> Json {
    let word = match command {
        Command::Plan => "plan",
        Command::Apply => "apply",
        Command::Destroy => "destroy",
    };
    json!({ "changes": {
        "add": sum.add, "change": sum.change, "remove": sum.destroy,
        "import": import, "forget": forget, "operation": word,
    }})
}

fn resource(address: &Address) -> Json {
    json!({
        "addr": address.to_string(),
        "module": "",
        "resource": address.to_string(),
        "implied_provider": "cenform",
        "resource_type": address.kind.as_str(),
        "resource_name": address.name,
        "resource_key": address.key,
    })
}

fn planned(operation: &Operation, destroy: bool) -> Json {
    let forced = operation.differences.iter().any(|difference| difference.forces_replacement);
    let undeclared = !destroy && operation.because.as_deref() == Some(&*no_longer_declared(&operation.address));
    let mut change = json!({ "resource": resource(&operation.address) });
    change["action"] = json!(match operation.action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace | Action::ReplaceCreateFirst => "replace",
        Action::Delete => "delete",
        Action::Move => "move",
        Action::Import => "import",
        Action::Forget => "remove",
        Action::Protect | Action::Wait => "noop",
    });
    let reason = match &operation.cause {
        _ if operation.action.creates() && forced => Some("cannot_update"),
        _ if undeclared && operation.action == Action::Delete => Some("delete_because_no_resource_config"),
        Some(Cause::Requested) => Some("requested"),
        Some(Cause::TriggeredBy(_)) => Some("replace_triggered_by"),
        Some(Cause::HalfDeleted) | None => None,
    };
    if let Some(reason) = reason {
        change["reason"] = json!(reason);
    }
    if let Some(previous) = &operation.besides.previous {
        change["previous_resource"] = resource(previous);
    }
    if operation.besides.importing {
        change["importing"] = json!({ "id": operation.id });
    }
    if let Some(protecting) = operation.besides.protecting {
        change["prevent_destroy"] = json!(protecting);
    }
    let consequences = consequence::all(operation);
    if !consequences.is_empty() {
        change["consequences"] = json!(consequences);
    }
    change
}

fn output_change(change: &OutputChange) -> Json {
    let action = match (&change.before, &change.after) {
        (Value::Null, _) => "create",
        (_, Value::Null) => "delete",
        _ => "update",
    };
    if change.after.has_unknown() {
        return json!({ "sensitive": false, "action": action });
    }
    let mut output = described(&change.after);
    output["action"] = json!(action);
    output
}

/// What is done, in the stream's words.
const fn action(deed: Deed) -> &'static str {
    match deed {
        Deed::Create => "create",
        Deed::Update => "update",
        Deed::Delete => "delete",
        Deed::Wait | Deed::Record => "noop",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::address::Kind;
    use crate::report::sample;

    fn stream() -> Stream {
        Stream::at("2026-11-22T10:11:12.000345Z".parse().unwrap())
    }

    #[test]
    fn a_plan_is_told_line_by_line() {
        let mut lines = vec![stream().version("0.1.0")];
        lines.extend(stream().plan(&sample::everything()));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"@level":"info","@message":"cenform 0.1.0","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","cenform":"0.1.0","type":"version","ui":"1.2"}
        {"@level":"info","@message":"flow_log.app: Drift detected (update)","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"update","resource":{"addr":"flow_log.app","implied_provider":"cenform","module":"","resource":"flow_log.app","resource_key":null,"resource_name":"app","resource_type":"flow_log"}},"type":"resource_drift"}
        {"@level":"info","@message":"flow_log.lost: Drift detected (delete)","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"delete","resource":{"addr":"flow_log.lost","implied_provider":"cenform","module":"","resource":"flow_log.lost","resource_key":null,"resource_name":"lost","resource_type":"flow_log"}},"type":"resource_drift"}
        {"@level":"info","@message":"attachment.spoke[\"eu \\\"1\\\"\"]: Plan to create","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"create","resource":{"addr":"attachment.spoke[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"attachment.spoke[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"spoke","resource_type":"attachment"}},"type":"planned_change"}
        {"@level":"info","@message":"cen.backbone: Plan to import","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"import","importing":{"id":"backbone-1"},"resource":{"addr":"cen.backbone","implied_provider":"cenform","module":"","resource":"cen.backbone","resource_key":null,"resource_name":"backbone","resource_type":"cen"}},"type":"planned_change"}
        {"@level":"info","@message":"flow_log.app: Plan to update","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"update","consequences":["interval: up to ten times as many records","status: logs again from then on"],"resource":{"addr":"flow_log.app","implied_provider":"cenform","module":"","resource":"flow_log.app","resource_key":null,"resource_name":"app","resource_type":"flow_log"}},"type":"planned_change"}
        {"@level":"info","@message":"flow_log.old: Plan to delete","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"delete","consequences":["its traffic is no longer logged"],"resource":{"addr":"flow_log.old","implied_provider":"cenform","module":"","resource":"flow_log.old","resource_key":null,"resource_name":"old","resource_type":"flow_log"}},"type":"planned_change"}
        {"@level":"info","@message":"flow_log.forgotten: Plan to remove","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"remove","resource":{"addr":"flow_log.forgotten","implied_provider":"cenform","module":"","resource":"flow_log.forgotten","resource_key":null,"resource_name":"forgotten","resource_type":"flow_log"}},"type":"planned_change"}
        {"@level":"info","@message":"flow_log.spoke: Plan to replace","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"replace","consequences":["log_format: new records only"],"reason":"cannot_update","resource":{"addr":"flow_log.spoke","implied_provider":"cenform","module":"","resource":"flow_log.spoke","resource_key":null,"resource_name":"spoke","resource_type":"flow_log"}},"type":"planned_change"}
        {"@level":"info","@message":"transit_router.hz: Plan to noop","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","change":{"action":"noop","resource":{"addr":"transit_router.hz","implied_provider":"cenform","module":"","resource":"transit_router.hz","resource_key":null,"resource_name":"hz","resource_type":"transit_router"}},"type":"planned_change"}
        {"@level":"info","@message":"Note: logstore.tr: The service has made an index and four dashboards. They are not managed here, and stay as they are.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","type":"log"}
        {"@level":"info","@message":"Note: 1 outcome is unknown; apply will settle it.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","type":"log"}
        {"@level":"info","@message":"Outputs: 3","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","outputs":{"count":{"action":"update","sensitive":false,"type":"number","value":2},"flow_log_id":{"action":"create","sensitive":false},"old":{"action":"delete","sensitive":false,"type":"dynamic","value":null}},"type":"outputs"}
        {"@level":"info","@message":"Plan: 1 to import, 2 to add, 1 to change, 2 to destroy, 1 to forget.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","changes":{"add":2,"change":1,"forget":1,"import":1,"operation":"plan","remove":2},"cost":{"seconds":90,"writes":7},"digest":"sha256:00","type":"change_summary"}
        "#);
    }

    #[test]
    fn an_apply_is_told_line_by_line() {
        let address = || "flow_log.app/eu \"1\"".parse::<Address>().unwrap();
        let elapsed = Duration::from_millis(12_900);
        let id = "flowlog-1".to_owned();
        let events = [
            Event::Unknown { count: 1 },
            Event::Recovered { count: 3 },
            Event::LookingAgain { lag: Lag::Written { kind: Kind::FlowLog, count: 3 }, at_most: elapsed },
            Event::LookingAgain { lag: Lag::Interrupted { address: address() }, at_most: elapsed },
            Event::LookingAgain { lag: Lag::SentAgain { address: address() }, at_most: elapsed },
            Event::Refreshing { address: address(), id: id.clone() },
            Event::Started { address: address(), deed: Deed::Create, id: None },
            Event::Progress { address: address(), deed: Deed::Create, id: Some(id.clone()), elapsed },
            Event::Completed { address: address(), deed: Deed::Create, id: id.clone(), elapsed },
            Event::Failed {
                address: address(),
                deed: Deed::Update,
                id: Some(id.clone()),
                elapsed,
                message: "No.".into(),
            },
            Event::Started { address: address(), deed: Deed::Record, id: None },
        ];
        let mut lines: Vec<String> = events.iter().filter_map(|event| stream().event(event)).collect();
        lines.push(stream().applied(&Summary { add: 1, change: 2, destroy: 3 }, Command::Apply));
        lines.push(stream().applied(&Summary { add: 0, change: 0, destroy: 3 }, Command::Destroy));
        lines.push(stream().outputs(&BTreeMap::from([("id".to_owned(), Value::Text(id))])));
        lines.push(stream().diagnostic(&Diagnostic::warning("E0902", "Slow", "It is slow.").about(&address())));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"@level":"info","@message":"1 outcome unknown, apply will settle it.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","count":1,"type":"outcomes_unknown"}
        {"@level":"info","@message":"Recovered 3 operations from an interrupted apply.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","count":3,"type":"recovered"}
        {"@level":"info","@message":"Reading 3 flow logs again: what is shown contradicts what was written a moment ago (at most 12s).","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","at_most_seconds":12,"count":3,"resource_type":"flow_log","type":"looking_again","why":"written"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Looking for what an interrupted apply may have made (at most 12s).","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","at_most_seconds":12,"resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"},"type":"looking_again","why":"interrupted"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Looking whether it was made twice, because its create was sent again (at most 12s).","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","at_most_seconds":12,"resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"},"type":"looking_again","why":"sent_again"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Refreshing state... [id=flowlog-1]","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","hook":{"id_key":"id","id_value":"flowlog-1","resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"}},"type":"refresh_start"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Creating...","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","hook":{"action":"create","resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"}},"type":"apply_start"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Still creating... [id=flowlog-1, 12s elapsed]","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","hook":{"action":"create","elapsed_seconds":12,"id_key":"id","id_value":"flowlog-1","resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"}},"type":"apply_progress"}
        {"@level":"info","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Creation complete after 12s [id=flowlog-1]","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","hook":{"action":"create","elapsed_seconds":12,"id_key":"id","id_value":"flowlog-1","resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"}},"type":"apply_complete"}
        {"@level":"error","@message":"flow_log.app[\"eu \\\"1\\\"\"]: Modifications failed after 12s [id=flowlog-1]: No.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","hook":{"action":"update","elapsed_seconds":12,"id_key":"id","id_value":"flowlog-1","resource":{"addr":"flow_log.app[\"eu \\\"1\\\"\"]","implied_provider":"cenform","module":"","resource":"flow_log.app[\"eu \\\"1\\\"\"]","resource_key":"eu \"1\"","resource_name":"app","resource_type":"flow_log"}},"type":"apply_errored"}
        {"@level":"info","@message":"Apply complete! Resources: 1 added, 2 changed, 3 destroyed.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","changes":{"add":1,"change":2,"forget":0,"import":0,"operation":"apply","remove":3},"type":"change_summary"}
        {"@level":"info","@message":"Destroy complete! Resources: 3 destroyed.","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","changes":{"add":0,"change":0,"forget":0,"import":0,"operation":"destroy","remove":3},"type":"change_summary"}
        {"@level":"info","@message":"Outputs: 1","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","outputs":{"id":{"sensitive":false,"type":"string","value":"flowlog-1"}},"type":"outputs"}
        {"@level":"warn","@message":"Warning: Slow","@module":"cenform.ui","@timestamp":"2026-11-22T10:11:12.000345Z","diagnostic":{"address":"flow_log.app[\"eu \\\"1\\\"\"]","code":"E0902","detail":"It is slow.","help":null,"range":null,"related":[],"severity":"warning","summary":"Slow"},"type":"diagnostic"}
        "#);
    }

    #[test]
    fn a_run_that_stopped_ends_with_a_line_that_says_what_is_open() {
        let router: Address = "transit_router.hz".parse().unwrap();
        let skipped = [Skipped { address: router.clone(), deed: Deed::Create, because: "it waits".to_owned() }];
        let ending = Ending { message: "Stopped.", interrupted: true, not_done: Some(&skipped), open: Some(&[router]) };
        let line: Json = serde_json::from_str(&stream().stopped(&ending)).unwrap();
        assert_eq!((&line["type"], &line["@message"]), (&json!("stopped"), &json!("Stopped.")));
        assert_eq!((&line["interrupted"], &line["open"][0]["addr"]), (&json!(true), &json!("transit_router.hz")));
        assert_eq!(
            (&line["not_done"][0]["action"], &line["not_done"][0]["because"]),
            (&json!("create"), &json!("it waits"))
        );
        let line: Json =
            serde_json::from_str(&stream().stopped(&Ending { open: None, not_done: None, ..ending })).unwrap();
        assert_eq!((&line["not_done"], &line["open"]), (&Json::Null, &Json::Null));
    }
}
