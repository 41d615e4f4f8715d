//! Random stacks of all kinds, valid by construction, that can be edited.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::dice::Dice;

const REGIONS: [(&str, &str); 2] = [("hz", "cn-hangzhou"), ("sh", "cn-shanghai")];

/// A stack as the choices that it is made of. A choice that is forgotten is made anew when the stack is next written:
/// that is an edit.
#[derive(Clone)]
pub(in crate::suite) struct Draft {
    settle_window: &'static str,
    /// How many CENs it has at most.
    cens: u64,
    choices: BTreeMap<String, u64>,
}

impl Draft {
    pub(in crate::suite) fn new(settle_window: &'static str, cens: u64) -> Self {
        Self { settle_window, cens, choices: BTreeMap::new() }
    }

    /// Changes something; now and then much.
    pub(in crate::suite) fn edit(&mut self, dice: &Dice) {
        let share = dice.one_of(&[0.02, 0.1, 0.1, 0.5]);
        self.choices.retain(|_, _| !dice.chance(share));
    }

    /// The stack as YAML.
    pub(in crate::suite) fn write(&mut self, dice: &Dice) -> String {
        serde_yaml::to_string(&self.stack(dice)).unwrap()
    }

    /// The stack.
    pub(in crate::suite) fn stack(&mut self, dice: &Dice) -> Json {
        let mut page = Page { dice, choices: &mut self.choices, sections: BTreeMap::new() };
        page.stores();
        for cen in 0..self.cens {
            page.network(cen);
        }
        let mut stack = json!({
            "version": 1,
            "provider": { "region": REGIONS[0].1, "settle_window": self.settle_window },
            "accounts": { "app": { "profile": "app" } },
        });
        for (section, items) in page.sections {
            stack[section] = items.into();
        }
        stack
    }
}

struct Page<'a> {
    dice: &'a Dice,
    choices: &'a mut BTreeMap<String, u64>,
    sections: BTreeMap<&'static str, Map<String, Json>>,
}

/// A router that is there.
struct Router {
    key: String,
    slot: String,
    region: usize,
}

impl Page<'_> {
    /// The choice of this name: a number below `sides`.
    fn pick(&mut self, of: &str, what: &str, sides: u64) -> u64 {
        *self.choices.entry(format!("{of}.{what}")).or_insert_with(|| self.dice.below(sides))
    }

    fn is(&mut self, of: &str, what: &str, one_in: u64) -> bool {
        self.pick(of, what, one_in) == 0
    }

    /// The name of a resource, which a rare edit changes.
    fn key(&mut self, slot: &str) -> String {
        if self.is(slot, "key", 6) { format!("{slot}-b") } else { slot.to_owned() }
    }

    /// What all kinds can have. A name that was managed once stays: left out, it would keep what it was.
    fn words(&mut self, slot: &str, item: &mut Json, named: bool) {
        if named {
            item["name"] = format!("n{}", self.pick(slot, "name", 3)).into();
        }
        if self.is(slot, "described", 2) {
            item["description"] = format!("text {}", self.pick(slot, "description", 2)).into();
        }
        if self.is(slot, "tagged", 2) {
            item["tags"] = json!({ "team": format!("t{}", self.pick(slot, "tag", 2)) });
            if self.is(slot, "tagged.more", 2) {
                item["tags"]["env"] = "prod".into();
            }
        }
    }

    fn add(&mut self, section: &'static str, key: String, item: Json) {
        self.sections.entry(section).or_default().insert(key, item);
    }

    fn stores(&mut self) {
        for (short, region) in REGIONS {
            let slot = format!("p-{short}");
            if self.is(&slot, "absent", 5) {
                continue;
            }
            let key = self.key(&slot);
            let name = format!("netflow-{short}-7f3{}", if self.is(&slot, "name", 5) { "b" } else { "a" });
            let mut item = json!({ "name": name, "region": region });
            self.words(&slot, &mut item, false);
            self.add("log_projects", key.clone(), item);
            for number in 0..2 {
                let slot = format!("l{number}-{short}");
                if number == 1 && self.is(&slot, "absent", 2) {
                    continue;
                }
                let name = format!("store-{number}{}", if self.is(&slot, "name", 5) { "b" } else { "" });
                let mut item = json!({ "project": key, "name": name, "ttl": 7 + self.pick(&slot, "ttl", 2) });
                if self.is(&slot, "index", 3) {
                    item["index"] = "flow_log".into();
                }
                if self.is(&slot, "tagged", 3) {
                    item["tags"] = json!({ "team": format!("t{}", self.pick(&slot, "tag", 2)) });
                }
                self.add("logstores", slot, item);
            }
        }
    }

    fn network(&mut self, cen: u64) {
        let slot = format!("c{cen}");
        if self.is(&slot, "absent", 6) || cen > 0 && !self.is(&slot, "there", 3) {
            return;
        }
        let key = self.key(&slot);
        let mut item = json!({});
        self.words(&slot, &mut item, true);
        self.add("cens", key.clone(), item);
        let mut routers = Vec::new();
        for (region, (short, name)) in REGIONS.into_iter().enumerate() {
            let slot = format!("r{cen}-{short}");
            if self.is(&slot, "absent", 3) {
                continue;
            }
            let router = self.key(&slot);
            let mut item = json!({ "cen": key, "region": name, "cidrs": [{ "cidr": "10.255.0.0/24" }] });
            self.words(&slot, &mut item, true);
            if self.is(&slot, "cidr", 3) {
                item["cidrs"].as_array_mut().unwrap().push(json!({ "cidr": "10.254.0.0/24", "name": "more" }));
            }
            self.add("transit_routers", router.clone(), item);
            routers.push(Router { key: router, slot, region });
        }
        for router in &routers {
            self.attachments(router);
            self.flow_log(&format!("f-{}", router.slot), router, None);
        }
        if let [here, there] = &routers[..] {
            self.connection(cen, here, there);
        }
    }

    fn attachments(&mut self, router: &Router) {
        let zone = format!("{}-h", REGIONS[router.region].1);
        let digit = if router.slot.starts_with("r0") { router.region } else { 2 + router.region };
        for (number, word) in ["vpc", "vpc", "vbr", "vpn", "ecr"].into_iter().enumerate() {
            let slot = format!("a{number}-{}", router.slot);
            if !self.is(&slot, "there", 3) {
                continue;
            }
            let id = format!("bp1h8vbrbcgohc{digit}{number}{}cd", self.pick(&slot, "network", 4) / 3);
            let mut item = json!({ "type": word, "transit_router": router.key });
            match word {
                "vpc" => {
                    item["vpc_id"] = format!("vpc-{id}").into();
                    let switch = format!("vsw-{id}");
                    item["zone_mappings"] = json!([{ "zone_id": zone, "vswitch_id": switch }]);
                    if self.is(&slot, "zones", 3) {
                        let more = json!({ "zone_id": format!("{}-i", REGIONS[router.region].1), "vswitch_id": format!("{switch}2") });
                        item["zone_mappings"].as_array_mut().unwrap().push(more);
                    }
                    // Left out, an owner is no longer managed and stays (S1): what is another's is so from the start.
                    if number == 1 {
                        item["owner"] = "app".into();
                        item["grant"] = true.into();
                    }
                }
                "vbr" => item["vbr_id"] = format!("vbr-{id}").into(),
                "vpn" => item["vpn_id"] = format!("vco-{id}").into(),
                _ => item["ecr_id"] = format!("ecr-{id}").into(),
            }
            self.words(&slot, &mut item, true);
            let key = self.key(&slot);
            self.add("attachments", key.clone(), item);
            self.flow_log(&format!("f-{slot}"), router, Some(&key));
        }
    }

    fn connection(&mut self, cen: u64, here: &Router, there: &Router) {
        let slot = format!("m{cen}");
        if !self.is(&slot, "there", 2) {
            return;
        }
        let (here, there) = if self.is(&slot, "turned", 4) { (there, here) } else { (here, there) };
        let mut item = json!({
            "type": "peer",
            "transit_router": here.key,
            "peer": there.key,
            "bandwidth": 100 * (1 + self.pick(&slot, "bandwidth", 2)),
            "bandwidth_type": "DataTransfer",
        });
        self.words(&slot, &mut item, true);
        let key = self.key(&slot);
        self.add("attachments", key.clone(), item);
        for end in [here, there] {
            self.flow_log(&format!("f-{slot}-{}", end.slot), end, Some(&key));
        }
    }

    /// A flow log at a router, of an attachment or of all of it.
    fn flow_log(&mut self, slot: &str, router: &Router, attachment: Option<&str>) {
        let number = self.pick(slot, "store", 2);
        let store = format!("l{number}-{}", REGIONS[router.region].0);
        let is_there = self.sections.get("logstores").is_some_and(|stores| stores.contains_key(&store));
        if !is_there || self.is(slot, "absent", 3) {
            return;
        }
        let mut item = json!({ "transit_router": router.key, "logstore": store });
        if let Some(attachment) = attachment {
            item["attachment"] = attachment.into();
        }
        if self.is(slot, "often", 2) {
            item["interval"] = 60.into();
        }
        if self.is(slot, "off", 5) {
            item["status"] = "Inactive".into();
        }
        if self.is(slot, "format", 3) {
            item["log_format"] = json!(["srcaddr", "dstaddr", "bytes"]);
        }
        self.words(slot, &mut item, true);
        let key = self.key(slot);
        self.add("flow_logs", key, item);
    }
}
