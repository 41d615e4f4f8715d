//! What comes before what.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::fmt::Debug;

use petgraph::Direction::{self, Incoming, Outgoing};
use petgraph::algo::kosaraju_scc;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};

/// A directed graph: an edge leads from what comes before to what comes after.
///
/// Every answer depends on the nodes and edges only, not on the order in which they were added.
#[derive(Debug, Clone)]
pub struct Graph<N> {
    graph: StableDiGraph<N, ()>,
    indices: BTreeMap<N, NodeIndex>,
}

/// The nodes cannot be put in order: each waits for the one before it, and the first for the last.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these wait for each other in a circle: {walk:?}")]
pub struct Cycle<N: Debug> {
    /// A shortest circle; its last node is its first again.
    pub walk: Vec<N>,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { graph: StableDiGraph::default(), indices: BTreeMap::new() }
    }
}

impl<N: Clone + Ord + Debug> Graph<N> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node; nothing if it is there.
    pub fn add_node(&mut self, node: N) {
        self.index_of(node);
    }

    /// Lets `before` come before `after`, adding whichever is not there; nothing if it does already.
    pub fn add_edge(&mut self, before: N, after: N) {
        let (before, after) = (self.index_of(before), self.index_of(after));
        self.graph.update_edge(before, after, ());
    }

    fn index_of(&mut self, node: N) -> NodeIndex {
        if let Some(index) = self.indices.get(&node) {
            return *index;
        }
        let index = self.graph.add_node(node.clone());
        self.indices.insert(node, index);
        index
    }

    /// All nodes, sorted.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &N> {
        self.indices.keys()
    }

    /// What comes right before a node, sorted.
    pub fn dependencies_of(&self, node: &N) -> Vec<&N> {
        self.neighbours(node, Incoming)
    }

    /// What comes right after a node, sorted.
    pub fn dependents_of(&self, node: &N) -> Vec<&N> {
        self.neighbours(node, Outgoing)
    }

    fn neighbours(&self, node: &N, direction: Direction) -> Vec<&N> {
        let Some(index) = self.indices.get(node) else { return Vec::new() };
        let mut found: Vec<_> = self.graph.neighbors_directed(*index, direction).map(|at| &self.graph[at]).collect();
        found.sort();
        found
    }

    /// One shortest circle through the smallest node of each knot of nodes that wait for each other,
    /// sorted. The last node of each is its first again.
    pub fn cycles(&self) -> Vec<Vec<N>> {
        // Kosaraju's algorithm keeps its own stack, so that a chain as long as a stack file may be
        // does not exhaust the thread's.
        let mut cycles: Vec<_> = kosaraju_scc(&self.graph)
            .into_iter()
            .filter_map(|knot| self.circle(&knot.into_iter().map(|at| &self.graph[at]).collect()))
            .collect();
        cycles.sort();
        cycles
    }

    /// A shortest circle through the smallest node of a strongly connected set, if there is one.
    fn circle(&self, knot: &BTreeSet<&N>) -> Option<Vec<N>> {
        let first = *knot.first()?;
        let mut reached_from: BTreeMap<&N, &N> = BTreeMap::new();
        let mut waiting = VecDeque::from([first]);
        while let Some(node) = waiting.pop_front() {
            for next in self.dependents_of(node) {
                if next == first {
                    // From the end back to the first node, which nothing was reached from.
                    let back = std::iter::successors(Some(node), |at| reached_from.get(at).copied());
                    let mut walk: Vec<N> = std::iter::once(first).chain(back).cloned().collect();
                    walk.reverse();
                    return Some(walk);
                }
                if knot.contains(next) && !reached_from.contains_key(next) {
                    reached_from.insert(next, node);
                    waiting.push_back(next);
                }
            }
        }
        None
    }

    /// All nodes, each after what comes before it; among those that could be next, the smallest.
    pub fn order(&self) -> Result<Vec<N>, Cycle<N>> {
        let mut missing: BTreeMap<NodeIndex, usize> = BTreeMap::new();
        let mut ready = BinaryHeap::new();
        for (node, index) in &self.indices {
            match self.graph.neighbors_directed(*index, Incoming).count() {
                0 => ready.push(Reverse((node, *index))),
                count => drop(missing.insert(*index, count)),
            }
        }
        let mut order = Vec::with_capacity(self.indices.len());
        while let Some(Reverse((node, index))) = ready.pop() {
            order.push(node.clone());
            for next in self.graph.neighbors_directed(index, Outgoing) {
                if let Some(count) = missing.get_mut(&next) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(Reverse((&self.graph[next], next)));
                    }
                }
            }
        }
        if order.len() < self.indices.len() {
            return Err(Cycle { walk: self.cycles().into_iter().next().unwrap_or_default() });
        }
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn from(edges: &[(u8, u8)]) -> Graph<u8> {
        let mut graph = Graph::new();
        for (before, after) in edges {
            graph.add_edge(*before, *after);
        }
        graph
    }

    #[test]
    fn knows_its_neighbours() {
        let mut graph = from(&[(3, 1), (2, 1), (3, 1), (1, 4)]);
        graph.add_node(9);
        graph.add_node(1);
        assert_eq!(graph.nodes().collect::<Vec<_>>(), [&1, &2, &3, &4, &9]);
        assert_eq!(graph.dependencies_of(&1), [&2, &3]);
        assert_eq!(graph.dependents_of(&3), [&1]);
        assert!(graph.dependents_of(&7).is_empty() && graph.dependencies_of(&9).is_empty());
    }

    #[test]
    fn orders_with_the_smallest_first() {
        let mut graph = from(&[(5, 1), (4, 2), (1, 3), (2, 3)]);
        graph.add_node(0);
        assert_eq!(graph.order().unwrap(), [0, 4, 2, 5, 1, 3]);
        assert!(Graph::<u8>::new().order().unwrap().is_empty());
    }

    #[test]
    fn names_each_circle_by_a_closed_walk() {
        let graph = from(&[(7, 7), (3, 1), (1, 2), (2, 3), (2, 1), (3, 5), (5, 6), (9, 8), (8, 9), (6, 5)]);
        assert_eq!(graph.cycles(), [vec![1, 2, 1], vec![5, 6, 5], vec![7, 7], vec![8, 9, 8]]);
        let cycle = graph.order().unwrap_err();
        assert_eq!(cycle.to_string(), "these wait for each other in a circle: [1, 2, 1]");
    }

    #[test]
    fn a_long_chain_is_no_burden() {
        let mut graph = Graph::new();
        (0..50_000).for_each(|node| graph.add_edge(node, node + 1));
        assert!(graph.cycles().is_empty());
        assert_eq!(graph.order().unwrap(), (0..=50_000).collect::<Vec<_>>());
        graph.add_edge(50_000, 0);
        assert_eq!(graph.order().unwrap_err().walk.len(), 50_002);
    }

    /// Which nodes are reached from each, by brute force.
    fn reach(edges: &[(u8, u8)]) -> BTreeSet<(u8, u8)> {
        let mut reach: BTreeSet<_> = edges.iter().copied().collect();
        loop {
            let longer: Vec<_> = reach
                .iter()
                .flat_map(|(a, b)| edges.iter().filter(move |(c, _)| b == c).map(|(_, d)| (*a, *d)))
                .filter(|pair| !reach.contains(pair))
                .collect();
            if longer.is_empty() {
                return reach;
            }
            reach.extend(longer);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn orders_what_can_be_ordered_and_names_what_cannot(edges in prop::collection::vec((0..9_u8, 0..9_u8), 0..14)) {
            let graph = from(&edges);
            let reach = reach(&edges);
            let knotted: BTreeSet<u8> = (0..9).filter(|node| reach.contains(&(*node, *node))).collect();
            let cycles = graph.cycles();
            for walk in &cycles {
                prop_assert!(walk.len() > 1 && walk.first() == walk.last());
                prop_assert!(walk.windows(2).all(|pair| edges.contains(&(pair[0], pair[1]))));
                let knot = knotted.iter().filter(|node| **node == walk[0] || reach.contains(&(walk[0], **node)) && reach.contains(&(**node, walk[0])));
                prop_assert_eq!(knot.min(), Some(&walk[0]));
            }
            let knots: BTreeSet<_> = knotted.iter().map(|node| {
                knotted.iter().find(|other| reach.contains(&(*node, **other)) && reach.contains(&(**other, *node)))
            }).collect();
            prop_assert_eq!(cycles.len(), knots.len());
            match graph.order() {
                Err(cycle) => prop_assert_eq!(&cycle.walk, &cycles[0]),
                Ok(order) => {
                    prop_assert!(knotted.is_empty());
                    prop_assert_eq!(order.len(), graph.nodes().len());
                    let place = |node| order.iter().position(|at| *at == node).unwrap();
                    prop_assert!(edges.iter().all(|(before, after)| place(*before) < place(*after)));
                    for (at, node) in order.iter().enumerate() {
                        let done = &order[..at];
                        let smallest = graph.nodes().find(|other| {
                            !done.contains(other) && graph.dependencies_of(other).iter().all(|before| done.contains(before))
                        });
                        prop_assert_eq!(smallest, Some(node));
                    }
                }
            }
            let mut backwards = edges.clone();
            backwards.reverse();
            prop_assert_eq!(from(&backwards).order(), graph.order());
        }
    }
}
