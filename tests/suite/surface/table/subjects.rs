//! All subjects, and what of them is still to come.

use super::super::row::Subject;
use super::{attachment, flow_log, log_project, logstore, network};

/// What every resource can have in the language, and the program has not.
pub(in super::super) const NOT_YET: &[&str] = &["for_each", "enabled"];

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
