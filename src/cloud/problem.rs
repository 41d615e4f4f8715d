//! Failed calls as problems that say what to do.

use super::codes::find;
use super::error::CloudError;
use crate::diagnostics::{Diagnostic, codes};

/// A failed call as a problem: what the service said, what that means, and what to do.
pub fn problem(error: &CloudError) -> Diagnostic {
    let code = match error {
        CloudError::Service { .. } | CloudError::Malformed { .. } | CloudError::Unsendable { .. } => codes::CLOUD,
        CloudError::NoAnswer { .. } => codes::NETWORK,
    };
    let summary = error.class().summary();
    match error.code().map(|code| (code, find(code))) {
        Some((_, Some((_, row)))) => {
            Diagnostic::error(code, summary, format!("{error}.\n{}", row.meaning)).help(row.next)
        }
        Some((unknown, None)) => Diagnostic::error(code, summary, format!("{error}.")).help(format!(
            "cenform does not know the code {unknown}. Ask the support of Alibaba Cloud with the RequestId."
        )),
        None if code == codes::NETWORK => Diagnostic::error(code, summary, format!("{error}."))
            .help("Check the network, and the endpoint if you named one, then run the command again."),
        None => Diagnostic::error(code, summary, format!("{error}.")),
    }
}
