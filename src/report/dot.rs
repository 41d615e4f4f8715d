//! Dependencies as a drawing in Graphviz's language.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::text::printable;
use crate::model::address::Address;

/// The DOT text of a graph of resources: `nodes` with their labels, `edges` from a resource to what it needs.
pub fn graph(nodes: &BTreeMap<Address, String>, edges: &BTreeSet<(Address, Address)>) -> String {
    let head = "digraph {\n  rankdir = \"RL\";\n  node [shape = box];\n".to_owned();
    let nodes = nodes
        .iter()
        .map(|(address, label)| format!("  {} [label = {}];\n", quoted(&address.to_string()), quoted(label)));
    let edges =
        edges.iter().map(|(from, to)| format!("  {} -> {};\n", quoted(&from.to_string()), quoted(&to.to_string())));
    head + &nodes.chain(edges).collect::<String>() + "}\n"
}

/// A DOT string. A line break in a label stays one.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let escaped: Vec<String> = lines.iter().map(|line| line.replace('\\', "\\\\").replace('"', "\\\"")).collect();
    format!("\"{}\"", escaped.join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::Kind;

    #[test]
    fn a_graph_is_sorted_and_escaped() {
        let app: Address = "flow_log.app/eu \"1\"\\".parse().unwrap();
        let hz = Address::new(Kind::TransitRouter, "hz");
        let cen = Address::new(Kind::Cen, "backbone");
        let nodes = [app.clone(), hz.clone(), cen.clone()].map(|address| (address.clone(), address.to_string()));
        let mut nodes = BTreeMap::from(nodes);
        nodes.insert(hz.clone(), "the router\nin Hangzhou\u{1b}".to_owned());
        let edges = BTreeSet::from([(app, hz.clone()), (hz, cen)]);
        insta::assert_snapshot!(graph(&nodes, &edges), @r#"
        digraph {
          rankdir = "RL";
          node [shape = box];
          "cen.backbone" [label = "cen.backbone"];
          "transit_router.hz" [label = "the router\nin Hangzhou\\u{1b}"];
          "flow_log.app[\"eu \\\"1\\\"\\\\\"]" [label = "flow_log.app[\"eu \\\"1\\\"\\\\\"]"];
          "transit_router.hz" -> "cen.backbone";
          "flow_log.app[\"eu \\\"1\\\"\\\\\"]" -> "transit_router.hz";
        }
        "#);
    }
}
