//! A stack of 50 to 200 resources that is edited between its applies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::suite::sim::dice::Dice;

const REGIONS: [(&str, &str); 2] = [("hz", "cn-hangzhou"), ("sh", "cn-shanghai")];

/// The sections of a stack, and the kind of what is in them.
const SECTIONS: [(&str, &str); 6] = [
    ("cens", "cen"),
    ("transit_routers", "transit_router"),
    ("attachments", "attachment"),
    ("log_projects", "log_project"),
    ("logstores", "logstore"),
    ("flow_logs", "flow_log"),
];

/// Two routers with many attachments, most of them logged, as the choices that it is made of. A choice that is forgotten
/// is made anew when the stack is next written: that is an edit.
pub(super) struct Fleet {
    spokes: u64,
    /// Whether some attachments are made anew before the old ones go. Then the CEN keeps its key: with a new CEN, the old
    /// router would have to go before the new attachments are made, and after.
    create_first: bool,
    settle_window: &'static str,
    choices: BTreeMap<String, u64>,
}

impl Fleet {
    pub(super) fn new(spokes: u64, create_first: bool, settle_window: &'static str) -> Self {
        Self { spokes, create_first, settle_window, choices: BTreeMap::new() }
    }

    /// Changes something; now and then much.
    pub(super) fn edit(&mut self, dice: &Dice) {
        let share = dice.one_of(&[0.02, 0.1, 0.4]);
        self.choices.retain(|_, _| !dice.chance(share));
    }

    /// The stack as YAML, and the addresses of all that it declares.
    pub(super) fn write(&mut self, dice: &Dice) -> (String, BTreeSet<String>) {
        let (spokes, create_first) = (self.spokes, self.create_first);
        let mut page = Page { dice, choices: &mut self.choices, sections: BTreeMap::new() };
        let cen = if create_first { "backbone".to_owned() } else { page.key("backbone", 20) };
        let text = page.pick("backbone", "description", 2);
        page.add("cens", &cen, json!({ "name": "backbone", "description": format!("text {text}") }));
        for (short, region) in REGIONS {
            page.store(short, region);
            let name = page.pick(short, "name", 3);
            let router = json!({ "cen": cen, "region": region, "name": format!("n{name}"), "cidrs": [{ "cidr": "10.255.0.0/24" }] });
            page.add("transit_routers", short, router);
            page.flow_log(&format!("{short}-all"), short, None);
        }
        let bandwidth = 100 * (1 + page.pick("mesh", "bandwidth", 2));
        let mesh = json!({
            "type": "peer", "transit_router": "hz", "peer": "sh", "bandwidth": bandwidth, "bandwidth_type": "DataTransfer",
        });
        page.add("attachments", "mesh", mesh);
        for (short, _) in REGIONS {
            page.flow_log(&format!("mesh-{short}"), short, Some("mesh"));
        }
        for number in 0..spokes {
            page.spoke(number, create_first && number.is_multiple_of(3));
        }
        let addresses = SECTIONS.into_iter().flat_map(|(section, kind)| {
            let items = page.sections.get(section).into_iter().flat_map(Map::keys);
            items.map(|key| format!("{kind}.{key}")).collect::<Vec<_>>()
        });
        let addresses = addresses.collect();
        let mut stack = json!({
            "version": 1,
            "provider": { "region": REGIONS[0].1, "settle_window": self.settle_window },
        });
        for (section, items) in page.sections {
            stack[section] = items.into();
        }
        (serde_yaml::to_string(&stack).unwrap(), addresses)
    }
}

struct Page<'a> {
    dice: &'a Dice,
    choices: &'a mut BTreeMap<String, u64>,
    sections: BTreeMap<&'static str, Map<String, Json>>,
}

impl Page<'_> {
    /// The choice of this name: a number below `sides`.
    fn pick(&mut self, of: &str, what: &str, sides: u64) -> u64 {
        *self.choices.entry(format!("{of}.{what}")).or_insert_with(|| self.dice.below(sides))
    }

    fn is(&mut self, of: &str, what: &str, one_in: u64) -> bool {
        self.pick(of, what, one_in) == 0
    }

    /// The name of a resource, which one edit in so many changes.
    fn key(&mut self, slot: &str, one_in: u64) -> String {
        if self.is(slot, "key", one_in) { format!("{slot}-b") } else { slot.to_owned() }
    }

    fn add(&mut self, section: &'static str, key: &str, item: Json) {
        self.sections.entry(section).or_default().insert(key.to_owned(), item);
    }

    fn store(&mut self, short: &str, region: &str) {
        let name = format!("netflow-{short}-7f3{}", if self.is(short, "project", 12) { "b" } else { "a" });
        let tag = self.pick(short, "project.tag", 2);
        self.add(
            "log_projects",
            short,
            json!({ "name": name, "region": region, "tags": { "team": format!("t{tag}") } }),
        );
        for number in 0..2 {
            let slot = format!("{short}-{number}");
            let ttl = 7 + self.pick(&slot, "ttl", 2);
            let name = format!("store-{number}{}", if self.is(&slot, "store", 8) { "b" } else { "" });
            self.add("logstores", &slot, json!({ "project": short, "name": name, "ttl": ttl }));
        }
    }

    fn spoke(&mut self, number: u64, create_first: bool) {
        let slot = format!("s{number:03}");
        if self.is(&slot, "absent", 12) {
            return;
        }
        let (short, region) = REGIONS[usize::from(number % 2 == 1)];
        let id = format!("bp1h8vbrbcgohc{number:03}{}cd", self.pick(&slot, "network", 5) / 4);
        let name = format!("n{}", self.pick(&slot, "name", 3));
        let mut item = json!({ "transit_router": short, "name": name });
        let (word, field, prefix) = match number / 2 {
            0 => ("vbr", "vbr_id", "vbr"),
            1 => ("vpn", "vpn_id", "vco"),
            2 => ("ecr", "ecr_id", "ecr"),
            _ => ("vpc", "vpc_id", "vpc"),
        };
        item["type"] = word.into();
        item[field] = format!("{prefix}-{id}").into();
        if word == "vpc" {
            item["zone_mappings"] = json!([{ "zone_id": format!("{region}-h"), "vswitch_id": format!("vsw-{id}") }]);
        }
        if self.is(&slot, "tagged", 2) {
            item["tags"] = json!({ "team": format!("t{}", self.pick(&slot, "tag", 2)) });
        }
        // Its place is its network: a new one can be made before the old one goes.
        if create_first {
            item["lifecycle"] = json!({ "create_before_destroy": true });
        }
        let key = self.key(&slot, 10);
        self.add("attachments", &key, item);
        self.flow_log(&slot, short, Some(&key));
    }

    /// A flow log at a router, of an attachment or of all of it.
    fn flow_log(&mut self, slot: &str, short: &str, attachment: Option<&str>) {
        let slot = format!("f-{slot}");
        if self.is(&slot, "absent", 10) {
            return;
        }
        let store = self.pick(&slot, "store", 2);
        let mut item = json!({ "transit_router": short, "logstore": format!("{short}-{store}") });
        if let Some(attachment) = attachment {
            item["attachment"] = attachment.into();
        }
        if self.is(&slot, "often", 2) {
            item["interval"] = 60.into();
        }
        if self.is(&slot, "off", 10) {
            item["status"] = "Inactive".into();
        }
        if self.is(&slot, "format", 4) {
            item["log_format"] = json!(["srcaddr", "dstaddr", "bytes"]);
        }
        let key = self.key(&slot, 10);
        self.add("flow_logs", &key, item);
    }
}
