//! Makes a life up.

use std::num::NonZeroUsize;

use serde_json::{Value as Json, json};

use super::dice::Dice;
use super::stacks::Draft;
use super::story::{Beside, Cloud, End, Step, Story};

/// What the CEN refuses while something else goes on.
const WRITES: [&str; 8] = [
    "CreateTransitRouter",
    "CreateTransitRouterVpcAttachment",
    "CreateTransitRouterVpnAttachment",
    "CreateFlowlog",
    "UpdateTransitRouterVpcAttachmentAttribute",
    "DeleteFlowlog",
    "DeleteTransitRouterVpcAttachment",
    "DeleteTransitRouter",
];

/// The life that belongs to a number.
pub(super) fn story(seed: u64) -> Story {
    let dice = Dice::new(seed ^ 0x00ce_4f08);
    let stale_ms = dice.one_of(&[0, 500, 3000]);
    let (settle_ms, write_domains) = (dice.one_of(&[0, 200, 5000]), dice.chance(0.3));
    let settle_window = if stale_ms == 0 { "0s" } else { "10s" };
    let mut draft = Draft::new(settle_window, 2);
    // What came later has dice of its own, so that it changes nothing else.
    let more = Dice::new(seed ^ 0x00be_51de);
    // Over several pages, a list that lags behind shifts between two calls.
    let page_given = NonZeroUsize::new(Dice::new(seed ^ 0x0009_a6e5).one_of(&[0, 0, 1, 2, 3]));
    let cloud = Cloud { seed, settle_ms, stale_ms, write_domains, page_given };
    let count = 1 + dice.below(4);
    let steps = (0..count).map(|_| {
        if dice.chance(0.6) {
            draft.edit(&dice);
        }
        let stack = draft.write(&dice);
        Step {
            beside: more.chance(0.25).then(|| beside(&more, &draft, &stack)),
            stranger_at: more.chance(0.2).then(|| 1 + more.below(80)),
            restart_at: more.chance(0.15).then(|| 1 + more.below(80)),
            stack,
            destroy: dice.chance(0.1),
            faults: faults(&dice),
            end: if more.chance(0.15) { end_of_any(&more) } else { end(&dice) },
            power_fails: dice.chance(0.5),
            restart: dice.chance(0.2),
            pause_s: if dice.chance(0.4) { dice.one_of(&[1, 30, 700]) } else { 0 },
        }
    });
    let steps = steps.collect();
    Story { cloud, steps }
}

/// Somebody else with the same state.
fn beside(dice: &Dice, draft: &Draft, stack: &str) -> Beside {
    let stack = if dice.chance(0.5) {
        let mut other = draft.clone();
        other.edit(dice);
        other.write(dice)
    } else {
        stack.to_owned()
    };
    Beside {
        from: 1 + dice.below(60),
        stack,
        destroy: dice.chance(0.1),
        wait_s: dice.one_of(&[0, 0, 20, 1000]),
        robs: dice.chance(0.4),
        end: if dice.chance(0.3) { end_of_any(dice) } else { end(dice) },
    }
}

fn end_of_any(dice: &Dice) -> End {
    let call = 1 + dice.below(80);
    dice.one_of(&[End::BeforeAny(call), End::AfterAny(call), End::InterruptedAny(call)])
}

fn end(dice: &Dice) -> End {
    let call = 1 + dice.below(16);
    let operation = 1 + dice.below(150);
    match dice.below(11) {
        0 => End::Own,
        1 | 2 => End::Before(call),
        3 | 4 => End::After(call),
        5 => End::Interrupted(call),
        6 | 7 => End::At(operation),
        8 => End::Full(operation),
        9 => End::Denied(operation),
        _ => End::ReadOnly(operation),
    }
}

fn faults(dice: &Dice) -> Vec<Json> {
    if dice.chance(0.2) {
        return Vec::new();
    }
    let faults = [
        (0.1, json!("drop_reply")),
        (0.1, json!("drop_request")),
        (0.1, json!({ "throttle": true })),
        (0.05, json!({ "error": "InternalError", "http": 500 })),
        (0.05, json!({ "delay": "2s" })),
        (0.02, json!("forget_tokens")),
    ];
    let rule = |(most, then)| json!({ "action": "*", "probability": dice.up_to(most), "then": then });
    let mut rules: Vec<Json> = faults.into_iter().map(rule).collect();
    // The first rule that fits counts.
    for code in ["Operation.Blocking", "IncorrectStatus.TransitRouterInstance"] {
        let refusal = json!({ "error": code, "http": 400 });
        rules.insert(0, json!({ "action": dice.one_of(&WRITES), "probability": dice.up_to(0.5), "then": refusal }));
    }
    rules
}
