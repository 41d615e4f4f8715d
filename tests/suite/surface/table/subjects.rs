//! All subjects, and what of them is still to come.

use super::super::row::{Row, Subject};
use super::{attachment, flow_log, log_project, logstore, network};

/// What the language has and the program has not: a subject, an attribute of one, or `*.` and a key of all.
pub(in super::super) const NOT_YET: &[&str] = &[
    "attachment(vbr)",
    "attachment(vpn)",
    "attachment(ecr)",
    "attachment(peer)",
    "attachment(vpc).owner",
    "attachment(vpc).grant",
    "logstore.index",
    "logstore.index.line",
    "logstore.index.keys",
    "*.for_each",
    "*.enabled",
    "*.account",
    "*.lifecycle.ignore_changes",
    "*.lifecycle.replace_triggered_by",
];

/// Rows of which the program does not do all yet.
const NOT_RIGHT_YET: &[&str] = &[
    "transit_router.cidrs.name",
    "transit_router.cidrs.description",
    "transit_router.cidrs.publish",
    "logstore.encryption.type",
    "logstore.encryption.cmk_key_id",
    "logstore.encryption.cmk_arn",
    "logstore.encryption.cmk_region",
];

/// The accounts of networks that are not the router's owner's.
pub(in super::super) const ACCOUNTS: &str = "
    app: { access_key_id: app, access_key_secret: app }
    ops: { access_key_id: ops, access_key_secret: ops }
";

/// Every kind, and every type of attachment.
pub(in super::super) fn subjects() -> Vec<Subject> {
    let logs = [log_project::subject(), logstore::subject(), flow_log::subject()];
    network::subjects().into_iter().chain(attachment::subjects()).chain(logs).collect()
}

/// Whether an attribute of a subject is still to come.
pub(in super::super) fn is_not_yet(subject: &Subject, attribute: &str) -> bool {
    is_listed(subject.name) || is_listed(&format!("{}.{attribute}", subject.name))
}

/// Whether a row can be walked: its attribute is there, and so is the type that it turns into.
pub(in super::super) fn is_there(subject: &Subject, row: &Row) -> bool {
    let turns_into = format!("{}({})", subject.kind, row.values[1]);
    let name = format!("{}.{}", subject.name, row.attribute);
    let cannot = row.attribute == "type" && is_listed(&turns_into) || NOT_RIGHT_YET.contains(&name.as_str());
    !(cannot || is_not_yet(subject, row.attribute))
}

fn is_listed(name: &str) -> bool {
    NOT_YET.contains(&name)
}
