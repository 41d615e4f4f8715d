//! What every resource may have besides its attributes, on each kind and type.

use cenform::model::action::Deed;
use cenform::plan::Plan;
use serde_json::json;

use super::outside::yaml;
use super::row::{Subject, Then};
use super::table::subjects;
use super::walker::{Walk, all, put, said, stack};
use crate::suite::engine::bench::{Ended, address, lines};

/// Does this on every kind and type that is there.
async fn on_each(work: impl AsyncFn(&Subject)) {
    let subjects = subjects();
    all(subjects.iter(), work).await;
}

/// The subject's stack with these keys on its resource, beside a CEN that nothing needs.
fn with(subject: &Subject, keys: &str) -> String {
    beside_another(&stack(subject, |resource| put(resource, keys)))
}

fn beside_another(stack: &str) -> String {
    let mut stack = yaml(stack);
    stack["cens"]["another"] = json!({ "name": "another" });
    serde_yaml::to_string(&stack).unwrap()
}

#[tokio::test(start_paused = true)]
async fn depends_on_is_remembered_and_changes_nothing() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "depends_on");
        walk.apply(&with(subject, "{}"), "create").await;
        let another = address("cen.another");
        for (keys, depends) in [("{ depends_on: [cen.another] }", true), ("{}", false)] {
            walk.applies(&with(subject, keys), Then::Nothing, keys).await;
            assert_eq!(walk.entry().await.dependencies.contains(&another), depends, "{}, {keys}", walk.at);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn timeouts_change_nothing_and_go_with_the_operation() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "timeouts");
        let keys = "{ timeouts: { create: 61m, update: 62m, delete: 63m }, tags: { team: net } }";
        let plan = walk.apply(&with(subject, keys), "create").await;
        let of = |plan: &Plan| {
            let mut own = plan.operations.iter().filter(|operation| operation.address == walk.address());
            own.next().unwrap().timeouts.clone()
        };
        let seconds = [(Deed::Create, 61 * 60), (Deed::Update, 62 * 60), (Deed::Delete, 63 * 60)].into();
        assert_eq!(of(&plan), seconds, "{}", walk.at);
        walk.applies(&with(subject, "{ tags: { team: net } }"), Then::Nothing, "without").await;
        walk.applies(&with(subject, keys), Then::Nothing, "with").await;
        let changed =
            walk.applies(&with(subject, &keys.replace("team: net", "team: sec")), Then::Update, "update").await;
        assert_eq!(of(&changed), seconds, "{}", walk.at);
    })
    .await;
}

/// S18: the block's going is no word for it.
#[tokio::test(start_paused = true)]
async fn what_is_protected_is_not_destroyed() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "lifecycle.prevent_destroy");
        let set = |protected: bool| with(subject, &format!("{{ lifecycle: {{ prevent_destroy: {protected} }} }}"));
        walk.apply(&with(subject, "{}"), "create").await;
        walk.applies(&set(true), Then::Protect, "protect").await;
        assert!(walk.entry().await.protected, "{}", walk.at);
        for (stack, how) in [(set(true), "destroy"), (set(false), "destroy before it is applied")] {
            match walk.bench.destroy(&stack).await {
                Ended::Refused(refusal) => {
                    assert_eq!(refusal.gates[0].addresses, [walk.address().clone()], "{}, {how}", walk.at);
                }
                other => panic!("{}, {how}: {}", walk.at, said(&other)),
            }
        }
        walk.applies(&set(false), Then::Protect, "unprotect").await;
        walk.bench.destroy(&set(false)).await.complete();
        assert!(walk.bench.is_empty(), "{}: {:?}", walk.at, walk.bench.objects());
    })
    .await;
}

/// Two values of an attribute that replaces, on a resource whose successor comes first.
fn replaced(subject: &Subject, attribute: &str) -> (String, String) {
    let row = subject.rows.iter().find(|row| row.attribute == attribute).unwrap();
    let of = |value: &str, beside_second: &str| {
        let written = stack(subject, |resource| {
            let keys = format!("{{ {attribute}: {value}, lifecycle: {{ create_before_destroy: true }} }}");
            for keys in [row.beside, beside_second, &keys] {
                put(resource, keys);
            }
        });
        beside_another(&written)
    };
    (of(row.values[0], "{}"), of(row.values[1], row.beside_second))
}

#[tokio::test(start_paused = true)]
async fn a_new_object_comes_first_where_it_has_a_place_of_its_own() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "lifecycle.create_before_destroy");
        walk.apply(&with(subject, "{}"), "create").await;
        walk.applies(&with(subject, "{ lifecycle: { create_before_destroy: true } }"), Then::Nothing, "set").await;
        if let Some(attribute) = subject.moves {
            let (first, second) = replaced(subject, attribute);
            walk.apply(&first, "first").await;
            let old = walk.entry().await.id;
            let plan = walk.apply(&second, "second").await;
            assert_eq!(lines(&plan), [format!("ReplaceCreateFirst {}", walk.address())], "{}", walk.at);
            assert_ne!(walk.entry().await.id, old, "{}", walk.at);
            assert!(walk.apply(&second, "again").await.is_empty(), "{}", walk.at);
        }
        if let Some(attribute) = subject.stands {
            let walk = Walk::new(subject, "lifecycle.create_before_destroy");
            let (first, second) = replaced(subject, attribute);
            walk.apply(&first, "first").await;
            walk.refused(&second, "can have the same", "second").await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_becomes_existing_is_let_go_and_taken_over_again() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "existing");
        let owned = with(subject, "{}");
        walk.apply(&owned, "create").await;
        let entry = walk.entry().await;
        let existing = with(subject, &format!("{{ existing: {} }}", entry.id));
        let plan = walk.apply(&existing, "existing").await;
        assert_eq!(lines(&plan), [format!("Forget {}", walk.address())], "{}", walk.at);
        assert!(walk.apply(&existing, "existing, again").await.is_empty(), "{}", walk.at);
        // What stands beside it is expected, never changed (S5).
        let other = with(subject, &format!("{{ existing: {}, tags: {{ team: net }} }}", entry.id));
        walk.refused(&other, "was expected to have tags", "expectation").await;
        let plan = walk.apply(&owned, "taken over").await;
        assert_eq!(lines(&plan), [format!("Import {}", walk.address())], "{}", walk.at);
        let again = walk.entry().await;
        assert_eq!((again.id, again.owned), (entry.id, entry.owned), "{}", walk.at);
        assert!(walk.apply(&owned, "taken over, again").await.is_empty(), "{}", walk.at);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_exists_is_found_by_its_name() {
    on_each(async |subject| {
        let walk = Walk::new(subject, "existing.name");
        let row = subject.rows.iter().find(|row| row.attribute == "name").unwrap();
        let named = with(subject, &format!("{{ name: {} }}", row.values[0]));
        walk.apply(&named, "create").await;
        let id = walk.entry().await.id;
        let existing = with(subject, &format!("{{ existing: {{ name: {} }} }}", row.values[0]));
        walk.apply(&existing, "existing").await;
        let state = walk.bench.state().await;
        assert_eq!(state.existing[&walk.address()].id, id, "{}", walk.at);
        assert!(walk.apply(&existing, "existing, again").await.is_empty(), "{}", walk.at);
    })
    .await;
}
