//! VBR attachments (cloud-api 5.3).

use serde::{Deserialize, Serialize};

use super::attachment::{create, delete, list, update};
use super::call::{Action, DryRun};
use super::codes::{ATTACHMENT_STATUS_WRONG, NETWORK_ATTACHED};
use super::life::seconds;
use super::network::{Attachable, Network, Publish, Row, named};

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateTransitRouterVbrAttachment", |world, call| create(world, call, &ROW), DryRun::Answers),
    Action::read("ListTransitRouterVbrAttachments", |world, call| list(world, call, &ROW)),
    Action::write(
        "UpdateTransitRouterVbrAttachmentAttribute",
        |world, call| update(world, call, &ROW),
        DryRun::Refuses,
    ),
    Action::write("DeleteTransitRouterVbrAttachment", |world, call| delete(world, call, &ROW), DryRun::Answers),
];

/// The row of this type.
pub(super) static ROW: Row = Row {
    tag_type: "TransitRouterVbrAttachment",
    id: ("VbrId", "vbr-"),
    owner: Some(("VbrOwnerId", "ExpressConnect")),
    exclusive: false,
    publish: Publish::AsSaid(false),
    narrow_names: false,
    filters: &[],
    page_max: None,
    constants: &[],
    time: seconds,
    busy: ATTACHMENT_STATUS_WRONG,
    taken: NETWORK_ATTACHED,
    read: |call, _| {
        let (vbr_id, vbr_owner_id) = named(call, &ROW)?;
        Ok(Network::Vbr(Vbr { vbr_id, vbr_owner_id, vbr_region_id: String::new() }))
    },
};

/// An attached virtual border router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Vbr {
    vbr_id: String,
    #[serde(default)]
    vbr_owner_id: u64,
    #[serde(default)]
    vbr_region_id: String,
}

impl Attachable for Vbr {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn id(&self) -> &str {
        &self.vbr_id
    }

    fn owner(&mut self) -> &mut u64 {
        &mut self.vbr_owner_id
    }

    fn region(&mut self) -> &mut String {
        &mut self.vbr_region_id
    }
}
