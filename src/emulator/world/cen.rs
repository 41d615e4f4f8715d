//! CEN instances (cloud-api 5.1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::call::{Action, Call, DryRun, Outcome, fields, illegal};
use super::codes::{CEN_STATUS, CEN_UNKNOWN};
use super::file;
use super::life::{Life, Status, seconds};
use super::paging::Page;
use super::state::{Object, World};
use super::text::{self, Tag};
use crate::emulator::message::Refusal;
use crate::emulator::options::UnknownCen;

/// The actions.
pub(super) const ACTIONS: &[Action] = &[
    Action::write("CreateCen", create, DryRun::Unknown),
    Action::read("DescribeCens", describe),
    Action::write_without_token("ModifyCenAttribute", modify),
    Action::write_without_token("DeleteCen", delete),
    Action::write("MoveResourceGroup", move_resource_group, DryRun::Refuses),
];

/// A CEN instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the API names them")]
pub(super) struct Cen {
    pub(super) cen_id: String,
    #[serde(default = "file::default_account")]
    pub(super) account: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default = "reduced")]
    pub(super) protection_level: String,
    #[serde(default = "default_group")]
    pub(super) resource_group_id: String,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default = "file::long_ago")]
    pub(super) creation_time: Timestamp,
    #[serde(flatten)]
    pub(super) life: Life,
}

fn reduced() -> String {
    "REDUCED".to_owned()
}

/// The group of what was put into none.
pub(super) fn default_group() -> String {
    "rg-default".to_owned()
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let name = text::plain(call.params, "Name", 128)?.unwrap_or_default().to_owned();
    let description = text::plain(call.params, "Description", 256)?.unwrap_or_default().to_owned();
    check_level(call)?;
    let tags = text::tags(call.params)?;
    let id = world.ids.object("cen-");
    let cen = Cen {
        cen_id: id.clone(),
        account: call.account.to_owned(),
        name,
        description,
        protection_level: reduced(),
        resource_group_id: default_group(),
        tags,
        creation_time: call.now,
        life: Life::settled(Status::Creating),
    };
    world.cens.insert(id.clone(), cen);
    world.begin(Object::Cen(id.clone()), Status::Creating, Some(Status::Active), call.now);
    Ok(fields(json!({ "CenId": id })))
}

fn check_level(call: &Call<'_>) -> Result<(), Refusal> {
    match call.params.filled("ProtectionLevel") {
        None | Some("REDUCED") => Ok(()),
        Some(_) => Err(illegal("ProtectionLevel")),
    }
}

fn describe(world: &mut World, call: &Call<'_>) -> Outcome {
    let page = Page::of(call.params, 10, 50)?.at_most(world.rules.settings.page_given.get());
    let tags = text::tags(call.params)?;
    let mut filters = Vec::new();
    for filter in call.params.list("Filter", 5)? {
        let by_name = match filter.get("Key").copied() {
            Some("CenId") => false,
            Some("Name") => true,
            _ => return Err(illegal("Filter")),
        };
        let values: Vec<&str> =
            filter.iter().filter(|(field, _)| field.starts_with("Value.")).map(|(_, v)| *v).collect();
        if values.is_empty() || values.len() > 5 {
            return Err(illegal("Filter"));
        }
        filters.push((by_name, values));
    }
    for id in filters.iter().filter(|(by_name, _)| !by_name).flat_map(|(_, ids)| ids) {
        world.check_listed_cen(call, id)?;
    }
    let group = call.params.filled("ResourceGroupId");
    let found: Vec<&Cen> = world
        .cens
        .values()
        .filter(|cen| cen.account == call.account)
        .filter(|cen| group.is_none_or(|group| cen.resource_group_id == group))
        .filter(|cen| text::has_tags(&cen.tags, &tags))
        .filter(|cen| {
            filters.iter().all(|(by_name, values)| {
                values.contains(&if *by_name { cen.name.as_str() } else { cen.cen_id.as_str() })
            })
        })
        .collect();
    let total = found.len();
    let cens: Vec<Json> = page.cut(found).into_iter().map(shown).collect();
    Ok(fields(json!({
        "PageNumber": page.number, "PageSize": page.size, "TotalCount": total, "Cens": { "Cen": cens },
    })))
}

fn shown(cen: &Cen) -> Json {
    json!({
        "CenId": cen.cen_id,
        "Name": cen.name,
        "Description": cen.description,
        "Status": cen.life.status.word(),
        "ProtectionLevel": cen.protection_level,
        "Ipv6Level": "DISABLE",
        "CreationTime": seconds(cen.creation_time),
        "ResourceGroupId": cen.resource_group_id,
        "Tags": { "Tag": cen.tags },
        "CenBandwidthPackageIds": { "CenBandwidthPackageId": [] },
    })
}

fn modify(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("CenId")?;
    let name = text::plain(call.params, "Name", 128)?;
    let description = text::plain(call.params, "Description", 256)?;
    check_level(call)?;
    let cen = world.own_cen(call, id)?;
    if !cen.life.status.is_settled() {
        return Err(CEN_STATUS);
    }
    if let Some(name) = name {
        name.clone_into(&mut cen.name);
    }
    if let Some(description) = description {
        description.clone_into(&mut cen.description);
    }
    Ok(fields(json!({})))
}

fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.params.required("CenId")?;
    let settled = world.own_cen(call, id)?.life.status.is_settled();
    if !settled || world.routers.values().any(|router| router.cen_id == id) {
        return Err(CEN_STATUS);
    }
    world.begin(Object::Cen(id.to_owned()), Status::Deleting, None, call.now);
    Ok(fields(json!({})))
}

fn move_resource_group(world: &mut World, call: &Call<'_>) -> Outcome {
    if !call.params.required("ResourceType")?.eq_ignore_ascii_case("cen") {
        return Err(illegal("ResourceType"));
    }
    let id = call.params.required("ResourceId")?;
    let group = call.params.required("NewResourceGroupId")?;
    if !group.starts_with("rg-") {
        return Err(illegal("NewResourceGroupId"));
    }
    group.clone_into(&mut world.own_cen(call, id)?.resource_group_id);
    Ok(fields(json!({})))
}

impl World {
    /// Whether a list takes the id of a CEN.
    pub(super) fn check_listed_cen(&self, call: &Call<'_>, id: &str) -> Result<(), Refusal> {
        let is_there = self.cens.get(id).is_some_and(|cen| cen.account == call.account);
        if is_there || self.rules.settings.unknown_cen == UnknownCen::Empty { Ok(()) } else { Err(CEN_UNKNOWN) }
    }

    /// A CEN of the caller's, where it is itself what the call is about.
    pub(super) fn own_cen(&mut self, call: &Call<'_>, id: &str) -> Result<&mut Cen, Refusal> {
        self.cens.get_mut(id).filter(|cen| cen.account == call.account).ok_or(CEN_UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::options::Settings;
    use crate::emulator::world::testing::Cloud;

    #[test]
    fn a_cen_is_created_changed_and_deleted_in_its_own_time() {
        let mut cloud = Cloud::new();
        let id = cloud.ok("CreateCen", &[("Name", "one"), ("Tag.1.Key", "env"), ("Tag.1.Value", "p")])["CenId"]
            .as_str()
            .unwrap()
            .to_owned();
        let one = [("Filter.1.Key", "CenId"), ("Filter.1.Value.1", id.as_str())];
        assert_eq!(cloud.ok("DescribeCens", &one)["Cens"]["Cen"][0]["Status"], "Creating");
        assert_eq!(cloud.refused("DeleteCen", &[("CenId", &id)]), (409, "InvalidOperation.CenInstanceStatus".into()));
        cloud.wait();
        cloud.ok("ModifyCenAttribute", &[("CenId", &id), ("Name", ""), ("Description", "text")]);
        let cen = cloud.ok("DescribeCens", &one)["Cens"]["Cen"][0].clone();
        assert_eq!((&cen["Status"], &cen["Name"], &cen["Description"]), (&json!("Active"), &json!(""), &json!("text")));
        assert_eq!(cen["Tags"]["Tag"], json!([{ "Key": "env", "Value": "p" }]));
        cloud.ok("DeleteCen", &[("CenId", &id)]);
        assert_eq!(cloud.ok("DescribeCens", &one)["Cens"]["Cen"][0]["Status"], "Deleting");
        cloud.wait();
        assert_eq!(cloud.ok("DescribeCens", &one)["TotalCount"], 0);
        assert_eq!(cloud.code("DeleteCen", &[("CenId", &id)]), "ParameterCenInstanceId");
    }

    #[test]
    fn what_a_cen_cannot_be() {
        let mut cloud = Cloud::new();
        for (params, code) in [
            (vec![("Name", "http://x")], "IllegalParam.Name"),
            (vec![("Description", "https://x")], "IllegalParam.Description"),
            (vec![("ProtectionLevel", "FULL")], "IllegalParam.ProtectionLevel"),
        ] {
            assert_eq!(cloud.code("CreateCen", &params), code);
        }
        assert_eq!(cloud.code("CreateCen", &[("Name", &"x".repeat(129))]), "IllegalParam.Name");
        assert_eq!(cloud.code("CreateCen", &[("Description", &"x".repeat(257))]), "IllegalParam.Description");
        assert_eq!(cloud.code("DeleteCen", &[]), "MissingParam.CenId");
    }

    #[test]
    fn lists_are_paged_and_filtered_and_show_only_the_callers_own() {
        let mut cloud = Cloud::new();
        for n in 0..12 {
            cloud.ok("CreateCen", &[("Name", &format!("n{n}"))]);
        }
        let size = |cloud: &mut Cloud, params: &[(&str, &str)]| {
            cloud.ok("DescribeCens", params)["Cens"]["Cen"].as_array().unwrap().len()
        };
        assert_eq!(size(&mut cloud, &[]), 10);
        assert_eq!(size(&mut cloud, &[("PageNumber", "2")]), 2);
        assert_eq!(size(&mut cloud, &[("PageSize", "50")]), 12);
        assert_eq!(cloud.code("DescribeCens", &[("PageSize", "51")]), "IllegalParam.PageSize");
        let names = [("Filter.1.Key", "Name"), ("Filter.1.Value.1", "n3"), ("Filter.1.Value.2", "n4")];
        assert_eq!(size(&mut cloud, &names), 2);
        assert_eq!(size(&mut cloud, &[("Tag.1.Key", "env")]), 0);
        cloud.as_account("1000000000000002");
        assert_eq!(size(&mut cloud, &[]), 0);
    }

    #[test]
    fn lists_of_an_unknown_cen_are_empty_or_refused() {
        let mut settings = Settings::default();
        settings.set("unknown_cen=refused").unwrap();
        for (settings, refused) in [(Settings::default(), None), (settings, Some("ParameterCenInstanceId"))] {
            let mut cloud = Cloud::with(settings);
            let (cen, _) = cloud.router();
            let mut list = |id: &str| {
                let cens = cloud.call("DescribeCens", &[("Filter.1.Key", "CenId"), ("Filter.1.Value.1", id)]);
                let routers = cloud.call("ListTransitRouters", &[("CenId", id)]);
                [cens, routers].map(|answer| answer.map(|fields| fields["TotalCount"].clone()).map_err(|no| no.code))
            };
            assert_eq!(list(&cen), [Ok(json!(1)), Ok(json!(1))]);
            let unknown = || refused.map_or(Ok(json!(0)), |code| Err(code.into()));
            assert_eq!(list("cen-x"), [unknown(), unknown()]);
        }
    }

    #[test]
    fn a_cen_moves_between_resource_groups_and_a_trial_changes_nothing() {
        let mut cloud = Cloud::new();
        let id = cloud.cen();
        let params = [("ResourceType", "cen"), ("ResourceId", id.as_str()), ("NewResourceGroupId", "rg-2")];
        let trial: Vec<_> = params.iter().copied().chain([("DryRun", "true")]).collect();
        assert_eq!(cloud.code("MoveResourceGroup", &trial), "DryRunOperation");
        assert_eq!(cloud.ok("DescribeCens", &[("ResourceGroupId", "rg-2")])["TotalCount"], 0);
        cloud.ok("MoveResourceGroup", &params);
        assert_eq!(cloud.ok("DescribeCens", &[("ResourceGroupId", "rg-2")])["TotalCount"], 1);
    }
}
