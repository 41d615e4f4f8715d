use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::action::{Action, Deed};
use crate::model::address::Kind;
use crate::model::event::{Event, Lag};
use crate::model::value::{Attributes, Value};
use crate::plan::{Difference, Operation, OutputChange, PathStep, Reason, Summary};
use crate::report::Style;
use crate::report::sample::{self, address, attributes, operation, value};
use crate::state::{Deposed, Entry, EntryStatus, ExistingRead, State};

/// A plan of one operation, without what stands around it.
fn only(operation: Operation) -> String {
    let text = plan(&sample::plan(vec![operation]), &Style::plain());
    let from = text.find("  # ").unwrap();
    text[from..text.find("\nPlan: ").unwrap()].to_owned()
}

/// An update that changes everything that differs between two JSON objects.
fn update(before: serde_json::Value, after: serde_json::Value) -> Operation {
    let names: BTreeSet<String> =
        [&before, &after].iter().flat_map(|side| side.as_object().unwrap().keys().cloned()).collect();
    let differing: Vec<String> = names.into_iter().filter(|name| before.get(name) != after.get(name)).collect();
    let start = operation(Action::Update, "flow_log.app", attributes(before), attributes(after));
    differing.iter().fold(start, |operation, name| operation.differs(name, Reason::ChangedInYaml, false))
}

#[test]
fn a_plan_with_one_of_everything() {
    assert_snapshot!(plan(&sample::everything(), &Style::plain()), @r#"
    Note: Objects have changed outside of cenform

    Since the last apply, these objects were changed by someone or something else:

      # flow_log.app has changed
      ~ resource "flow_log" "app" {
            id     = "flowlog-1"
          ~ status = "Active" -> "Inactive"
              # changed outside, nothing is logged from then on
        }

      # flow_log.lost is gone
      - resource "flow_log" "lost" {
          - id = "flowlog-2" -> null
        }

    Resource actions are indicated with the following symbols:
      + create
      ~ update in-place
      - destroy
    -/+ destroy and then create replacement

    cenform will perform the following actions:

      # flow_log.old will be destroyed
      # (because it is no longer in the configuration)
      # (its traffic is no longer logged)
      - resource "flow_log" "old" {
          - id         = "old-1" -> null
          - interval   = 600 -> null
          - log_format = ["srcaddr", "dstaddr", "bytes", "packets"] -> null
          - logstore   = "netflow/old" -> null
          - name       = "app" -> null
          - region     = "cn-hangzhou" -> null
          - status     = "Inactive" -> null
          - tags       = {
              - env    = "stage" -> null
              - finops = "1" -> null
              - gone   = "x" -> null
              - team   = "net" -> null
            } -> null
        }

      # flow_log.spoke must be replaced
    -/+ resource "flow_log" "spoke" {
          ~ id         = "spoke-1" -> (known after apply)
          ~ log_format = [ # forces replacement, new records only
              ~ "packets", # moved from place 4 to 3
              + "direction",
                # (3 unchanged elements hidden)
            ]
          ~ logstore   = "netflow/old" -> (known after apply) # forces replacement
              # follows logstore.tr, which is replaced
            name       = "app"
            # (4 unchanged attributes hidden)
        }

      # flow_log.app will be updated in-place
      ~ resource "flow_log" "app" {
            id       = "app-1"
          ~ interval = 600 -> 60 # up to ten times as many records
            name     = "app"
          ~ status   = "Inactive" -> "Active"
              # changed outside, logs again from then on
          ~ tags     = {
              ~ env         = "stage" -> "prod"
              - gone        = "x" -> null # no longer set
              + "new\nline" = "流量"
                # (2 unchanged elements hidden)
            }
            # (3 unchanged attributes hidden)
        }

      # attachment.spoke["eu \"1\""] will be created
      + resource "attachment" "spoke" {
          + id                  = (known after apply)
          + auto_publish_routes = false
          + transit_router      = (known after apply) # transit_router['hz-1'].id
          + type                = "vpc"
          + vpc_id              = "vpc-bp1h8vbrbcgohcju5abcd"
          + zone_mappings       = [
              + {
                  + vswitch_id = "vsw-1"
                  + zone_id    = "cn-hangzhou-h"
                },
            ]
        }

    cenform will record in its state, without changing anything in the cloud:

      # cen.backbone will be imported
        resource "cen" "backbone" {
            id = "backbone-1"
        }

      # flow_log.forgotten will no longer be managed by cenform, but will not be destroyed
      . resource "flow_log" "forgotten" {
            id = "forgotten-1"
        }

      # transit_router.hz will be waited for: an earlier run has not seen it settle
        resource "transit_router" "hz" {
            id = "hz-1"
        }

    Note: logstore.tr: The service has made an index and four dashboards. They are
      not managed here, and stay as they are.
    Note: 1 outcome is unknown; apply will settle it.

    Changes to Outputs:
      ~ count       = 1 -> 2
      + flow_log_id = (known after apply) # flow_log.spoke.id
      - old         = {
          - a = ["x"] -> null
        } -> null

    Plan: 1 to import, 2 to add, 1 to change, 2 to destroy, 1 to forget.
    This plan makes at least 7 writes and takes about 2 minutes on Alibaba Cloud.
    "#);
}

#[test]
fn a_plan_without_changes() {
    assert_snapshot!(plan(&sample::plan(vec![]), &Style::plain()), @"No changes. Your infrastructure matches the configuration.");
    let mut drifted = sample::plan(vec![]);
    drifted.drift = sample::everything().drift.split_off(1);
    assert_snapshot!(plan(&drifted, &Style::plain()), @r#"
    Note: Objects have changed outside of cenform

    Since the last apply, these objects were changed by someone or something else:

      # flow_log.lost is gone
      - resource "flow_log" "lost" {
          - id = "flowlog-2" -> null
        }

    No changes. Your infrastructure matches the configuration.
    "#);
}

#[test]
fn a_plan_of_outputs_only() {
    let mut outputs = sample::plan(vec![]);
    outputs.outputs.insert("n".to_owned(), OutputChange { before: Value::Int(1), after: Value::Int(2) });
    assert_snapshot!(plan(&outputs, &Style::plain()), @r"
    Changes to Outputs:
      ~ n = 1 -> 2

    Applying this plan records the new output values. Nothing changes in the cloud.
    ");
}

#[test]
fn sets_change_by_item_and_lists_that_move_say_so() {
    let zone = |zone: &str, vswitch: &str| json!({ "zone_id": zone, "vswitch_id": vswitch });
    assert_snapshot!(only(update(
        json!({ "name": "a", "zones": [zone("h", "1"), zone("i", "2")], "order": ["a", "b", "c"], "many": ["x", "x"] }),
        json!({ "name": "a", "zones": [zone("i", "3"), zone("h", "1")], "order": ["a", "c", "b"], "many": ["x"] }),
    )), @r#"
    # flow_log.app will be updated in-place
    ~ resource "flow_log" "app" {
          id    = "app-1"
        ~ many  = [
            - "x",
              # (1 unchanged element hidden)
          ]
          name  = "a"
        ~ order = [
            ~ "c", # moved from place 3 to 2
              # (2 unchanged elements hidden)
          ]
        ~ zones = [
            - {
                - vswitch_id = "2" -> null
                - zone_id    = "i" -> null
              },
            + {
                + vswitch_id = "3"
                + zone_id    = "i"
              },
              # (1 unchanged element hidden)
          ]
      }
    "#);
}

#[test]
fn a_log_format_changes_by_field() {
    let before = "${srcaddr}${dstaddr}${bytes}${packets}${protocol}${start}${end}";
    let after = "${srcaddr}${dstaddr}${bytes}${start}${direction}${packets}${end}";
    assert_snapshot!(only(update(json!({ "log_format": before }), json!({ "log_format": after }))), @r#"
    # flow_log.app will be updated in-place
    ~ resource "flow_log" "app" {
          id         = "app-1"
        ~ log_format = [ # new records only
            ~ "start", # moved from place 6 to 4
            + "direction",
            - "protocol",
              # (5 unchanged elements hidden)
          ]
      }
    "#);
    assert_snapshot!(only(update(json!({ "log_format": before }), json!({ "log_format": "${a}, ${b}" }))), @r#"
    # flow_log.app will be updated in-place
    ~ resource "flow_log" "app" {
          id         = "app-1"
        ~ log_format = ["srcaddr", "dstaddr", "bytes", "packets", "protocol", "start", "end"]
                    -> "${a}, ${b}" # new records only
      }
    "#);
}

#[test]
fn long_values_stay_readable() {
    let fields = ["srcaddr", "dstaddr", "bytes", "packets", "protocol", "srcport", "dstport", "direction", "action"];
    let format = format!("${{{}}}", fields.join("}${"));
    assert_snapshot!(only(operation(Action::Create, "flow_log.app", Attributes::new(), attributes(json!({
        "description": "with \"quotes\", a \\ and \u{1b}[31mcolours\u{202e}",
        "log_format": format,
        "tags": {},
        "流量": 1.5,
        "with space": null,
    })))), @r#"
    # flow_log.app will be created
    + resource "flow_log" "app" {
        + id          = (known after apply)
        + description = "with \"quotes\", a \\ and \u{1b}[31mcolours\u{202e}"
        + log_format  = [
              "srcaddr", "dstaddr", "bytes", "packets", "protocol", "srcport",
              "dstport", "direction", "action",
          ]
        + tags        = {}
        + 流量        = 1.5
      }
    "#);
    assert_snapshot!(only(update(
        json!({ "description": "Flow logs of the production fleet, which are kept for half a year" }),
        json!({ "description": "Flow logs of the staging fleet, which are kept for half a year\nand a day" }),
    )), @r#"
    # flow_log.app will be updated in-place
    ~ resource "flow_log" "app" {
          id          = "app-1"
        ~ description = <<-EOT
            - Flow logs of the production fleet, which are kept for half a year
                               ^^^^^^^^^^
            + Flow logs of the staging fleet, which are kept for half a year
                               ^^^^^^^
            + and a day
          EOT
      }
    "#);
    let coloured = Style { colour: true, width: 80 };
    let text = plan(
        &sample::plan(vec![update(
            json!({ "description": "Flow logs of the production fleet, which are kept for half a year" }),
            json!({ "description": "Flow logs of the staging fleet, which are kept for half a year" }),
        )]),
        &coloured,
    );
    assert!(text.contains("\u{1b}[1m\u{1b}[4m\u{1b}[32mstaging\u{1b}[0m"), "{text:?}");
    // An id is one word, which is never broken.
    assert_snapshot!(only(update(
        json!({ "attachment": "tr-attach-cchq0ip3aqyjjqs5nj" }),
        json!({ "attachment": "tr-attach-ttmiu5vepf9vw0qkmp" }),
    )), @r#"
    # flow_log.app will be updated in-place
    ~ resource "flow_log" "app" {
          id         = "app-1"
        ~ attachment = "tr-attach-cchq0ip3aqyjjqs5nj"
                    -> "tr-attach-ttmiu5vepf9vw0qkmp"
      }
    "#);
}

#[test]
fn a_plan_of_a_thousand_objects_is_summed_up_by_kind() {
    let many = |kind: &'static str, number: usize| (0..number).map(move |at| format!("{kind}.n{at}"));
    let create = |at: String| operation(Action::Create, &at, Attributes::new(), Attributes::new());
    let destroy = |at: String| operation(Action::Delete, &at, Attributes::new(), Attributes::new());
    let mut operations: Vec<Operation> = many("flow_log", 990).chain(many("cen", 1)).map(create).collect();
    operations.extend(many("attachment", 9).map(destroy));
    let text = plan(&sample::plan(operations), &Style::plain());
    assert_eq!(text.matches("will be created").count(), 991, "nothing is left out");
    let end: Vec<&str> = text.lines().rev().take(3).collect();
    assert_eq!(end[2], "Plan: 991 to add, 0 to change, 9 to destroy.");
    assert_eq!(end[1], "It destroys 9 attachments; creates 1 CEN and 990 flow logs.");
}

#[test]
fn an_attribute_that_one_thing_happened_to_says_it_once() {
    let tags = |before, after| operation(Action::Update, "cen.a", attributes(before), attributes(after));
    assert_snapshot!(only(
        tags(json!({ "tags": { "a": "1", "b": "2" } }), json!({ "tags": { "a": "x", "b": "y" } }))
            .differs("tags.a", Reason::Drifted, false)
            .differs("tags.b", Reason::Drifted, false)
    ), @r#"
    # cen.a will be updated in-place
    ~ resource "cen" "a" {
          id   = "a-1"
        ~ tags = { # changed outside
            ~ a = "1" -> "x"
            ~ b = "2" -> "y"
          }
      }
    "#);
    assert_snapshot!(only(
        tags(json!({ "tags": { "a": "1" } }), json!({})).differs("tags", Reason::NoLongerSet, false)
    ), @r#"
    # cen.a will be updated in-place
    ~ resource "cen" "a" {
          id   = "a-1"
        - tags = { # no longer set
            - a = "1" -> null
          } -> null
      }
    "#);
}

#[test]
fn colour_is_added_and_nothing_else() {
    let coloured = plan(&sample::everything(), &Style { colour: true, width: 80 });
    let plain = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(plain, plan(&sample::everything(), &Style::plain()));
    assert!(coloured.contains("\u{1b}[31m# forces replacement"), "{coloured:?}");
}

proptest! {
    #[test]
    fn no_value_steers_the_terminal(before in any_attributes(), after in any_attributes(), width in 0..120usize) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let mut replace = operation(Action::Replace, "flow_log.app", before.clone(), after.clone());
        replace.differences = names
            .into_iter()
            .map(|name| Difference {
                path: vec![PathStep::Key(name.clone())],
                before: before.get(name).cloned().unwrap_or(Value::Null),
                after: after.get(name).cloned().unwrap_or(Value::Null),
                reason: Reason::Drifted,
                forces_replacement: true,
            })
            .collect();
        let replace = sample::plan(vec![replace]);
        let text = plan(&replace, &Style { colour: false, width });
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        let coloured = plan(&replace, &Style { colour: true, width });
        prop_assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text);
    }
}

fn any_attributes() -> impl Strategy<Value = Attributes> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (0..3i64).prop_map(Value::Int),
        "(\\PC|[a\u{1b}\n\r\t\"\\\\]){0,30}".prop_map(Value::Text),
        "(\\$\\{[a-c]\\}){1,4}".prop_map(Value::Text),
        Just(sample::id_of("cen.a")),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[a\u{7}]{1,2}", inner, 0..4).prop_map(Value::Map),
        ]
    });
    prop::collection::btree_map(prop_oneof!["log_format", "name", "[a-b\u{1b}]{1,2}"], value, 0..4)
}

#[test]
fn events_are_lines() {
    let at = || address("flow_log.app");
    let id = || "flowlog-1".to_owned();
    let elapsed = |seconds| Duration::from_secs(seconds);
    let mut events = vec![Event::Refreshing { address: at(), id: "x".repeat(100) }];
    events.extend([Event::Unknown { count: 1 }, Event::Recovered { count: 2 }, Event::Recovered { count: 0 }]);
    events.extend(
        [
            Lag::Written { kind: Kind::TransitRouter, count: 1 },
            Lag::Written { kind: Kind::FlowLog, count: 3 },
            Lag::Interrupted { address: at() },
            Lag::SentAgain { address: at() },
        ]
        .map(|lag| Event::LookingAgain { lag, at_most: elapsed(58) }),
    );
    for deed in [Deed::Create, Deed::Update, Deed::Delete, Deed::Wait, Deed::Record] {
        let known = (deed != Deed::Create).then(id);
        events.extend([
            Event::Started { address: at(), deed, id: known.clone() },
            Event::Progress { address: at(), deed, id: known.clone(), elapsed: elapsed(10) },
            Event::Completed { address: at(), deed, id: id(), elapsed: elapsed(72) },
            Event::Failed { address: at(), deed, id: known, elapsed: elapsed(3605), message: "No\u{7}.".to_owned() },
        ]);
    }
    let lines: Vec<String> = events.iter().filter_map(event).collect();
    assert_snapshot!(lines.join("\n"), @r"
    flow_log.app: Refreshing state... [id=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…]
    1 outcome unknown, apply will settle it.
    Recovered 2 operations from an interrupted apply.
    An interrupted apply is taken up.
    Reading 1 transit router again: what is shown contradicts what was written a moment ago (at most 58s).
    Reading 3 flow logs again: what is shown contradicts what was written a moment ago (at most 58s).
    flow_log.app: Looking for what an interrupted apply may have made (at most 58s).
    flow_log.app: Looking whether it was made twice, because its create was sent again (at most 58s).
    flow_log.app: Creating...
    flow_log.app: Still creating... [10s elapsed]
    flow_log.app: Creation complete after 1m12s [id=flowlog-1]
    flow_log.app: Creation failed after 1h0m5s: No\u{7}.
    flow_log.app: Modifying... [id=flowlog-1]
    flow_log.app: Still modifying... [id=flowlog-1, 10s elapsed]
    flow_log.app: Modifications complete after 1m12s [id=flowlog-1]
    flow_log.app: Modifications failed after 1h0m5s [id=flowlog-1]: No\u{7}.
    flow_log.app: Destroying... [id=flowlog-1]
    flow_log.app: Still destroying... [id=flowlog-1, 10s elapsed]
    flow_log.app: Destruction complete after 1m12s
    flow_log.app: Destruction failed after 1h0m5s [id=flowlog-1]: No\u{7}.
    flow_log.app: Waiting... [id=flowlog-1]
    flow_log.app: Still waiting... [id=flowlog-1, 10s elapsed]
    flow_log.app: Waiting complete after 1m12s [id=flowlog-1]
    flow_log.app: Waiting failed after 1h0m5s [id=flowlog-1]: No\u{7}.
    flow_log.app: Recording failed after 1h0m5s [id=flowlog-1]: No\u{7}.
    ");
}

#[test]
fn an_apply_ends_with_a_line() {
    let done = Summary { add: 1, change: 2, destroy: 3 };
    assert_eq!(applied(&done, false, &Style::plain()), "Apply complete! Resources: 1 added, 2 changed, 3 destroyed.\n");
    assert_eq!(applied(&done, true, &Style::plain()), "Destroy complete! Resources: 3 destroyed.\n");
}

#[test]
fn an_apply_that_stopped_says_how_to_go_on() {
    let skipped =
        [Skipped { address: address("flow_log.app"), deed: Deed::Create, because: "needs attachment.app".to_owned() }];
    let done = Summary { add: 4, change: 0, destroy: 0 };
    let partial = Stopped { done, failed: 1, skipped: &skipped, interrupted: false, recorded: Recorded::State };
    assert_snapshot!(stopped(&partial, &Style::plain()), @r"
    Not done:
      - flow_log.app (create): needs attachment.app

    Apply incomplete. Resources: 4 added, 0 changed, 0 destroyed, 1 failed, 1 not done.
    The state records exactly what was done. Correct what failed, then run the same
    command again to go on.
    ");
    let interrupted = Stopped { failed: 0, interrupted: true, ..partial };
    assert_snapshot!(stopped(&interrupted, &Style::plain()), @r"
    Not done:
      - flow_log.app (create): needs attachment.app

    Apply interrupted. Resources: 4 added, 0 changed, 0 destroyed, 0 failed, 1 not done.
    The state records exactly what was done. Run the same command again to go on.
    ");
}

#[test]
fn only_what_is_written_down_is_said_to_be() {
    let done = Summary { add: 1, change: 0, destroy: 0 };
    let last = |recorded| {
        let unwritten = Stopped { done, failed: 0, skipped: &[], interrupted: false, recorded };
        stopped(&unwritten, &Style::plain()).lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert!(last(Recorded::State).starts_with("The state records exactly what was done. Run"));
    let others = [
        (Recorded::Nothing, "Nothing was changed. Correct"),
        (Recorded::Journal, "The state could not be written; the journal records exactly what was done"),
        (Recorded::Calls, "The journal names each call that was begun"),
        (Recorded::Rescued, "The file named above records exactly what was done. Put it"),
        (Recorded::Nowhere, "What was done is written down nowhere"),
    ];
    for (recorded, says) in others {
        let text = last(recorded);
        assert!(text.contains(says) && !text.contains("The state records"), "{text}");
    }
}

#[test]
fn the_state_is_shown() {
    let entry = |at: &str, status, attributes_: serde_json::Value| Entry {
        address: address(at),
        kind: address(at).kind,
        id: format!("{}-1", address(at).name),
        account_id: "1000000000000001".to_owned(),
        account: None,
        region: None,
        schema_version: 1,
        status,
        protected: status == EntryStatus::Creating,
        owned: BTreeSet::new(),
        attributes: attributes(attributes_),
        dependencies: BTreeSet::new(),
        deposed: Vec::new(),
    };
    let app = entry(
        "flow_log.app",
        EntryStatus::Settled,
        json!({
            "id": "app-1", "interval": 60, "log_format": "${srcaddr}${dstaddr}${bytes}", "tags": { "a b": "1" },
        }),
    );
    let spoke = Entry {
        deposed: vec![Deposed { id: "spoke-0".to_owned(), attributes: Attributes::new(), deleting: false }],
        ..entry(
            "attachment.spoke/eu",
            EntryStatus::Creating,
            json!({ "zone_mappings": [{ "zone_id": "h" }], "name": null }),
        )
    };
    let read = ExistingRead {
        address: address("cen.backbone"),
        id: "cen-1".to_owned(),
        account: None,
        region: None,
        attributes: attributes(json!({ "name": "backbone" })),
    };
    let mut all = State::default();
    assert_snapshot!(state(&all, &Style::plain()), @"The state is empty. No resources are managed.");
    all.resources = BTreeMap::from([app, spoke].map(|entry| (entry.address.clone(), entry)));
    all.existing.insert(read.address.clone(), read);
    all.outputs = BTreeMap::from([
        ("id".to_owned(), "app-1".into()),
        ("ids".to_owned(), value(json!({ "eu west": "a", "us": ["b", "c"] }))),
        ("nothing".to_owned(), Value::Null),
    ]);
    assert_snapshot!(state(&all, &Style::plain()), @r#"
    # attachment.spoke["eu"]:
    # is still being created
    # is protected from being destroyed
    # replaces spoke-0, which is still to be deleted
    resource "attachment" "spoke" {
        id            = "spoke-1"
        name          = null
        zone_mappings = [
            {
                zone_id = "h"
            },
        ]
    }

    # flow_log.app:
    resource "flow_log" "app" {
        id         = "app-1"
        interval   = 60
        log_format = ["srcaddr", "dstaddr", "bytes"]
        tags       = {
            "a b" = "1"
        }
    }

    # cen.backbone:
    # is managed by someone else
    resource "cen" "backbone" {
        id   = "cen-1"
        name = "backbone"
    }

    Outputs:

    id = "app-1"
    ids = {
        "eu west" = "a"
        us        = ["b", "c"]
    }
    nothing = null
    "#);
    assert_snapshot!(state_list(&all), @r#"
    attachment.spoke["eu"]
    flow_log.app
    "#);
}
