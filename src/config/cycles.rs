//! Order and circles among names.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

/// Names in groups: each group comes after all that its members use. A group of several, or of one
/// that uses itself, is a circle, given in the order in which its members use each other.
pub(super) fn groups<N: Ord + Clone>(uses: &BTreeMap<N, BTreeSet<N>>) -> Vec<Group<N>> {
    let mut graph = DiGraph::<&N, ()>::new();
    let nodes = uses.keys().map(|name| (name, graph.add_node(name))).collect::<BTreeMap<_, _>>();
    for (user, used) in uses {
        for target in used.iter().filter_map(|target| nodes.get(target)) {
            graph.add_edge(nodes[user], *target, ());
        }
    }
    kosaraju_scc(&graph)
        .into_iter()
        .map(|component| {
            let members = component.into_iter().map(|node| graph[node].clone()).collect::<BTreeSet<_>>();
            match members.first() {
                Some(only) if members.len() == 1 && !uses.get(only).is_some_and(|used| used.contains(only)) => {
                    Group::One(only.clone())
                }
                _ => Group::Circle(circle(&members, uses)),
            }
        })
        .collect()
}

/// Names that are to be worked out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Group<N> {
    /// A name that does not need itself.
    One(N),
    /// Names each of which needs the next, and the last the first.
    Circle(Vec<N>),
}

/// One circle among members that all reach each other: from the first along first uses until a name comes again.
fn circle<N: Ord + Clone>(members: &BTreeSet<N>, uses: &BTreeMap<N, BTreeSet<N>>) -> Vec<N> {
    let mut walk = members.iter().take(1).cloned().collect::<Vec<_>>();
    let mut seen = walk.iter().cloned().collect::<BTreeSet<_>>();
    while let Some(next) = walk
        .last()
        .and_then(|name| uses.get(name))
        .and_then(|used| used.iter().find(|target| members.contains(target)))
        .cloned()
    {
        if !seen.insert(next.clone()) {
            let from = walk.iter().position(|name| *name == next).unwrap_or(0);
            walk.drain(..from);
            break;
        }
        walk.push(next);
    }
    walk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(edges: &[(u8, &[u8])]) -> BTreeMap<u8, BTreeSet<u8>> {
        edges.iter().map(|(user, used)| (*user, used.iter().copied().collect())).collect()
    }

    #[test]
    fn what_is_used_comes_first_and_circles_are_named() {
        assert_eq!(groups(&uses(&[(1, &[2]), (2, &[3]), (3, &[])])), [Group::One(3), Group::One(2), Group::One(1)]);
        assert_eq!(
            groups(&uses(&[(1, &[2]), (2, &[3]), (3, &[2]), (4, &[4, 9])])),
            [Group::Circle(vec![4]), Group::Circle(vec![2, 3]), Group::One(1)]
        );
    }
}
