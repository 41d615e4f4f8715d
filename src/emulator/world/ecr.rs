//! ECR attachments (cloud-api 5.3).

use serde::{Deserialize, Serialize};

use super::attachment::{create, delete, list, update};
use super::call::{Action, DryRun};
use super::codes::NETWORK_ATTACHED;
use super::life::seconds;
use super::network::{Attachable, Network, Publish, Row, named};
use crate::emulator::message::Refusal;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterEcrAttachment", |world, call| create(world, call, &ROW), DryRun::Refuses),
    Action::read("ListTransitRouterEcrAttachments", |world, call| list(world, call, &ROW)),
    Action::write(
        "UpdateTransitRouterEcrAttachmentAttribute",
        |world, call| update(world, call, &ROW),
        DryRun::Answers,
    ),
    Action::write("DeleteTransitRouterEcrAttachment", |world, call| delete(world, call, &ROW), DryRun::Answers),
];

/// The row of this type.
pub(super) static ROW: Row = Row {
    tag_type: "TransitRouterEcrAttachment",
    id: ("EcrId", "ecr-"),
    owner: Some(("EcrOwnerId", "ECR")),
    exclusive: false,
    publish: Publish::Always,
    narrow_names: false,
    filters: &[],
    page_max: None,
    constants: &[],
    time: seconds,
    // The Terraform provider retries an update on this code (cloud-api 11); the text is a guess.
    busy: Refusal::new(
        400,
        "IncorrectStatus.TransitRouterAttachment",
        "The status of the transit router attachment does not allow this operation.",
    ),
    taken: NETWORK_ATTACHED,
    read: |call, _| {
        let (ecr_id, ecr_owner_id) = named(call, &ROW)?;
        Ok(Network::Ecr(Ecr { ecr_id, ecr_owner_id, transit_router_region_id: String::new() }))
    },
};

/// An attached Express Connect router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Ecr {
    ecr_id: String,
    #[serde(default)]
    ecr_owner_id: u64,
    #[serde(default)]
    transit_router_region_id: String,
}

impl Attachable for Ecr {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn id(&self) -> &str {
        &self.ecr_id
    }

    fn owner(&mut self) -> &mut u64 {
        &mut self.ecr_owner_id
    }

    fn region(&mut self) -> &mut String {
        &mut self.transit_router_region_id
    }
}
