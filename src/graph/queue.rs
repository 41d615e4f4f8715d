//! What can be done next, and what of it first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use super::dag::{Cycle, Graph};

/// Hands out the nodes of a graph, each when all that comes before it is done: of those that are
/// ready the one with the longest path still behind it, and of equal ones the smallest.
///
/// Each node that was popped is to be reported as [`ReadyQueue::done`] or [`ReadyQueue::fail`];
/// a report about any other node is ignored.
#[derive(Debug, Clone)]
pub struct ReadyQueue<N> {
    nodes: BTreeMap<N, Node<N>>,
    ready: BTreeSet<(Reverse<Duration>, N)>,
    /// How many dependencies each node that is not ready yet still waits for.
    waiting: BTreeMap<N, usize>,
    running: BTreeSet<N>,
}

#[derive(Debug, Clone)]
struct Node<N> {
    /// How long the longest path takes that begins here.
    path: Duration,
    /// The place in the graph's order.
    place: usize,
    dependents: Vec<N>,
}

impl<N: Clone + Ord + Debug> ReadyQueue<N> {
    /// A queue over all nodes of `graph`. `weight` is how long each is expected to take.
    pub fn new(graph: &Graph<N>, weight: impl Fn(&N) -> Duration) -> Result<Self, Cycle<N>> {
        let order = graph.order()?;
        let mut nodes: BTreeMap<N, Node<N>> = BTreeMap::new();
        let mut queue =
            Self { nodes: BTreeMap::new(), ready: BTreeSet::new(), waiting: BTreeMap::new(), running: BTreeSet::new() };
        for (place, node) in order.into_iter().enumerate().rev() {
            let dependents: Vec<N> = graph.dependents_of(&node).into_iter().cloned().collect();
            let behind = dependents.iter().filter_map(|dependent| nodes.get(dependent)).map(|dependent| dependent.path);
            let path = weight(&node).saturating_add(behind.max().unwrap_or_default());
            match graph.dependencies_of(&node).len() {
                0 => drop(queue.ready.insert((Reverse(path), node.clone()))),
                count => drop(queue.waiting.insert(node.clone(), count)),
            }
            nodes.insert(node, Node { path, place, dependents });
        }
        queue.nodes = nodes;
        Ok(queue)
    }

    /// How long the longest path of those nodes takes that could be started now; `None` if there are none.
    pub fn longest(&self) -> Option<Duration> {
        self.ready.first().map(|(Reverse(path), _)| *path)
    }

    /// Takes the node that is to be started next; `None` if none can be started now.
    pub fn pop(&mut self) -> Option<N> {
        let (_, node) = self.ready.pop_first()?;
        self.running.insert(node.clone());
        Some(node)
    }

    /// Reports that a node has succeeded: what waited only for it becomes ready.
    pub fn done(&mut self, node: &N) {
        if !self.running.remove(node) {
            return;
        }
        for dependent in self.nodes.get(node).map(|node| node.dependents.as_slice()).unwrap_or_default() {
            if let Some(count) = self.waiting.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    self.waiting.remove(dependent);
                    let path = self.nodes.get(dependent).map(|node| node.path).unwrap_or_default();
                    self.ready.insert((Reverse(path), dependent.clone()));
                }
            }
        }
    }

    /// Reports that a node has failed, and gives up all that comes after it, near or far. Returns
    /// what has been given up by this, in the order of the graph.
    pub fn fail(&mut self, node: &N) -> Vec<N> {
        if !self.running.remove(node) {
            return Vec::new();
        }
        let mut skipped = BTreeMap::new();
        let mut failed = vec![node.clone()];
        while let Some(node) = failed.pop().and_then(|node| self.nodes.get(&node)) {
            for dependent in &node.dependents {
                if self.waiting.remove(dependent).is_some() {
                    let place = self.nodes.get(dependent).map(|node| node.place);
                    skipped.insert(place, dependent.clone());
                    failed.push(dependent.clone());
                }
            }
        }
        skipped.into_values().collect()
    }

    /// Whether [`ReadyQueue::pop`] would give a node now.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether no node is left to be popped, now or later. Popped ones may still be running.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn queue(edges: &[(u8, u8)], weights: &[u64]) -> ReadyQueue<u8> {
        let mut graph = Graph::new();
        for (before, after) in edges {
            graph.add_edge(*before, *after);
        }
        (0..weights.len()).for_each(|node| graph.add_node(u8::try_from(node).unwrap()));
        ReadyQueue::new(&graph, |node| Duration::from_secs(weights[usize::from(*node)])).unwrap()
    }

    #[test]
    fn the_longest_path_goes_first() {
        let mut queue = queue(&[(2, 3), (3, 4)], &[5, 5, 1, 1, 9]);
        assert_eq!(queue.longest(), Some(Duration::from_secs(11)));
        assert_eq!([queue.pop(), queue.pop(), queue.pop(), queue.pop()], [Some(2), Some(0), Some(1), None]);
        assert!(!queue.is_empty() && !queue.has_ready());
        queue.done(&2);
        assert!(queue.has_ready());
        assert_eq!(queue.pop(), Some(3));
        queue.done(&3);
        assert_eq!(queue.pop(), Some(4));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_failure_takes_its_dependents_with_it_and_nothing_else() {
        let mut queue = queue(&[(0, 2), (2, 4), (1, 4), (4, 5), (1, 3)], &[1; 6]);
        assert_eq!([queue.pop(), queue.pop()], [Some(0), Some(1)]);
        assert_eq!(queue.fail(&0), [2, 4, 5]);
        assert!(queue.fail(&0).is_empty());
        assert!(queue.fail(&3).is_empty(), "it was never popped");
        queue.done(&1);
        queue.done(&1);
        assert_eq!((queue.pop(), queue.pop()), (Some(3), None));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_circle_is_refused_and_times_do_not_overflow() {
        let mut graph = Graph::new();
        graph.add_edge(1, 2);
        ReadyQueue::new(&graph, |_| Duration::MAX).unwrap();
        graph.add_edge(2, 1);
        assert_eq!(ReadyQueue::new(&graph, |_| Duration::MAX).unwrap_err().walk, [1, 2, 1]);
    }

    /// The longest path from a node, by brute force.
    fn path(node: u8, edges: &[(u8, u8)], weights: &[u64]) -> u64 {
        let behind = edges.iter().filter(|(before, _)| *before == node).map(|(_, after)| path(*after, edges, weights));
        weights[usize::from(node)] + behind.max().unwrap_or_default()
    }

    fn after(node: u8, edges: &[(u8, u8)]) -> BTreeSet<u8> {
        let next = edges.iter().filter(|(before, _)| *before == node).map(|(_, after)| *after);
        next.flat_map(|next| after(next, edges).into_iter().chain([next])).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn agrees_with_a_naive_model(
            pairs in prop::collection::vec((0..10_u8, 0..10_u8), 0..20),
            weights in prop::collection::vec(0..4_u64, 10),
            turns in prop::collection::vec((0..10_usize, 0..5_u8), 40),
        ) {
            // Edges from smaller to larger nodes form no circle.
            let edges: Vec<_> = pairs.into_iter().filter(|(a, b)| a < b).collect();
            let mut queue = queue(&edges, &weights);
            let (mut left, mut running, mut done) = ((0..10).collect::<BTreeSet<u8>>(), Vec::new(), BTreeSet::new());
            for (pick, what) in turns {
                let can = |node: &&u8| edges.iter().filter(|(_, b)| b == *node).all(|(a, _)| done.contains(a));
                let best = left.iter().filter(can).max_by_key(|node| (path(**node, &edges, &weights), Reverse(**node)));
                prop_assert_eq!(queue.has_ready(), best.is_some());
                prop_assert_eq!(queue.is_empty(), left.is_empty());
                if what < 2 || running.is_empty() {
                    let best = best.copied();
                    prop_assert_eq!(queue.pop(), best);
                    if let Some(node) = best {
                        left.remove(&node);
                        running.push(node);
                    }
                } else {
                    let node: u8 = running.swap_remove(pick % running.len());
                    if what == 2 {
                        let skipped: BTreeSet<u8> = after(node, &edges).intersection(&left).copied().collect();
                        let given_up = queue.fail(&node);
                        let place = |node: &u8| given_up.iter().position(|at| at == node);
                        for (a, b) in edges.iter().filter(|(a, b)| skipped.contains(a) && skipped.contains(b)) {
                            prop_assert!(place(a) < place(b));
                        }
                        prop_assert_eq!(given_up.iter().copied().collect::<BTreeSet<_>>(), skipped.clone());
                        prop_assert_eq!(given_up.len(), skipped.len());
                        left.retain(|node| !skipped.contains(node));
                    } else {
                        queue.done(&node);
                        done.insert(node);
                    }
                }
            }
        }
    }
}
