//! Failed calls as problems that say what to do.

use super::codes::find;
use super::error::CloudError;
use crate::diagnostics::{Diagnostic, codes};

/// A failed call as a problem: a line with what the service said, one with what that means, one with the RequestId;
/// and what to do.
pub fn problem(error: &CloudError) -> Diagnostic {
    let summary = error.class().summary();
    match error {
        CloudError::Service { action, code, message, request_id, .. } => {
            let row = find(code).map(|(_, row)| row);
            let said = format!("{action} was refused: {code}: {}.", message.trim_end_matches('.'));
            let means = row.map_or_else(String::new, |row| format!("\n{}", row.meaning));
            let help = row.map_or_else(
                || {
                    format!(
                        "cenform does not know the code {code}. Ask the support of Alibaba Cloud with the RequestId."
                    )
                },
                |row| row.next.to_owned(),
            );
            Diagnostic::error(codes::CLOUD, summary, format!("{said}{means}\nRequestId: {request_id}.")).help(help)
        }
        CloudError::NoAnswer { .. } => Diagnostic::error(codes::NETWORK, summary, format!("{error}."))
            .help("Check the network, and the endpoint if you named one, then run the command again."),
        CloudError::Unsendable { .. } | CloudError::Malformed { .. } => {
            Diagnostic::error(codes::CLOUD, summary, format!("{error}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::error::classify;

    fn told(status: u16, code: &str, message: &str) -> Diagnostic {
        problem(&CloudError::Service {
            action: "CreateFlowlog",
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: "54B48E3D".to_owned(),
            class: classify(status, code),
            retry_after: None,
        })
    }

    #[test]
    fn a_refusal_is_told_with_its_meaning_and_a_way_on() {
        let known = told(400, "Flowlog.AlreayExist", "This attachment already has existed flowlog instance.");
        assert_eq!(known.summary, "There is one already");
        assert_eq!(
            known.detail.lines().collect::<Vec<_>>(),
            [
                "CreateFlowlog was refused: Flowlog.AlreayExist: This attachment already has existed flowlog instance.",
                "The attachment already has a flow log at this router, and it can have only one.",
                "RequestId: 54B48E3D."
            ]
        );
        assert!(known.help.unwrap().contains("existing: ID"));
        let unknown = told(403, "Teapot", "No");
        assert_eq!(unknown.detail, "CreateFlowlog was refused: Teapot: No.\nRequestId: 54B48E3D.");
        assert_eq!(unknown.summary, "The cloud does not allow it");
        assert!(unknown.help.unwrap().contains("does not know the code Teapot"));
    }
}
