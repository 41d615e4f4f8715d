//! The tree of a YAML text with the position of every node, built in one pass over parser events.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span as Range};

use super::diagnostic::Segment;

/// How many aliases and merged maps one step of a path may lead through: a text that needs more is
/// pointed at by the nearest parent.
const MAX_HOPS: usize = 256;

/// How deep collections may nest; the loader refuses deeper texts too.
const MAX_DEPTH: usize = 128;

/// The number of a node in its [`Tree`].
pub(super) type NodeId = usize;

/// A text's first document. A text that is not well-formed gives the tree of what stands before the mistake.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    root: Option<NodeId>,
}

/// One node: its content, and where it stands, in characters from the start of the text.
#[derive(Debug)]
struct Node<'t> {
    start: usize,
    end: usize,
    content: Content<'t>,
}

#[derive(Debug)]
pub(super) enum Content<'t> {
    Scalar(Cow<'t, str>),
    List(Vec<NodeId>),
    /// Sorted by key once complete; of a key that stands twice, the later one is behind.
    Map(Vec<Entry<'t>>),
    Alias(NodeId),
}

/// One entry of a map: its key as text (`None` if it is no scalar), and the nodes of both.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    key: Option<Cow<'t, str>>,
    key_node: NodeId,
    value: NodeId,
}

/// A key that stands twice.
pub(super) struct Again<'a> {
    /// The path of the map.
    pub(super) path: Vec<Segment>,
    pub(super) key: &'a str,
    /// The nodes of the key.
    pub(super) first: NodeId,
    pub(super) later: NodeId,
}

/// Where a path leads: the deepest node that exists, and the key it stands under.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// How many steps of the path exist.
    pub(super) steps: usize,
    pub(super) node: NodeId,
    pub(super) key: Option<NodeId>,
}

/// A collection that is still open.
struct Frame {
    node: NodeId,
    key: Option<NodeId>,
}

impl<'t> Tree<'t> {
    /// Reads the first document of `text`.
    pub(super) fn read(text: &'t str) -> Self {
        let mut tree = Self::default();
        let mut open: Vec<Frame> = Vec::new();
        let mut anchors: HashMap<usize, NodeId> = HashMap::new();
        let mut parser = Parser::new_from_str(text);
        while let Some(Ok((event, range))) = parser.next_event() {
            let (content, anchor) = match event {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
                Event::StreamEnd | Event::DocumentEnd => break,
                Event::SequenceEnd | Event::MappingEnd => {
                    tree.close(&mut open, range);
                    continue;
                }
                Event::Alias(anchor) => match anchors.get(&anchor) {
                    Some(node) => (Content::Alias(*node), 0),
                    None => break,
                },
                Event::Scalar(text, _, anchor, _) => (Content::Scalar(text), anchor),
                Event::SequenceStart(anchor, _) => (Content::List(Vec::new()), anchor),
                Event::MappingStart(anchor, _) => (Content::Map(Vec::new()), anchor),
            };
            let node = tree.nodes.len();
            let collection = matches!(content, Content::List(_) | Content::Map(_));
            tree.nodes.push(Node { start: range.start.index(), end: range.end.index(), content });
            if anchor != 0 {
                anchors.insert(anchor, node);
            }
            if collection && open.len() == MAX_DEPTH {
                break;
            } else if collection {
                open.push(Frame { node, key: None });
            } else {
                tree.attach(&mut open, node);
            }
        }
        while let Some(frame) = open.last() {
            let range = tree.nodes[frame.node].start..tree.nodes.last().map_or(0, |node| node.end);
            tree.finish(&mut open, range.end.max(range.start));
        }
        tree
    }

    /// Ends the innermost open collection at the event `range`.
    fn close(&mut self, open: &mut Vec<Frame>, range: Range) {
        // The end of a block collection is an empty event where the next thing stands: the collection
        // itself ends with the last node in it.
        let flow = range.end.index() > range.start.index();
        let end = if flow { range.end.index() } else { self.nodes.last().map_or(0, |node| node.end) };
        self.finish(open, end);
    }

    fn finish(&mut self, open: &mut Vec<Frame>, end: usize) {
        let Some(frame) = open.pop() else { return };
        let node = &mut self.nodes[frame.node];
        node.end = end.max(node.end);
        if let Content::Map(entries) = &mut node.content {
            entries.sort_by(|a, b| a.key.cmp(&b.key));
        }
        self.attach(open, frame.node);
    }

    /// Puts a complete node into the innermost open collection.
    fn attach(&mut self, open: &mut [Frame], node: NodeId) {
        let Some(frame) = open.last_mut() else {
            self.root = self.root.or(Some(node));
            return;
        };
        let key = frame.key.take();
        let key_text = key.and_then(|key| match &self.nodes[key].content {
            Content::Scalar(text) => Some(text.clone()),
            _ => None,
        });
        match (&mut self.nodes[frame.node].content, key) {
            (Content::List(items), _) => items.push(node),
            (Content::Map(entries), Some(key_node)) => entries.push(Entry { key: key_text, key_node, value: node }),
            _ => frame.key = Some(node),
        }
    }

    /// Where a node stands: its first character and the one after its last.
    pub(super) fn range(&self, id: NodeId) -> (usize, usize) {
        (self.nodes[id].start, self.nodes[id].end)
    }

    /// What a node holds.
    pub(super) fn content(&self, id: NodeId) -> &Content<'t> {
        &self.nodes[id].content
    }

    /// The deepest node on `path` that exists; `None` for the document itself.
    pub(super) fn find(&self, path: &[Segment]) -> Option<Found> {
        let mut found = None;
        let mut node = self.root?;
        for (before, segment) in path.iter().enumerate() {
            let Some((next, key)) = self.step(node, segment) else { break };
            node = next;
            found = Some(Found { steps: before + 1, node, key });
        }
        found
    }

    /// One step into `from`, through aliases and merged maps: to a node and the key that it stands under.
    fn step(&self, from: NodeId, segment: &Segment) -> Option<(NodeId, Option<NodeId>)> {
        let mut waiting = vec![from];
        for _ in 0..MAX_HOPS {
            match (&self.nodes[waiting.pop()?].content, segment) {
                (Content::Alias(target), _) => waiting.push(*target),
                (Content::List(items), Segment::Index(index)) => {
                    return items.get(*index).map(|node| (*node, None));
                }
                (Content::Map(entries), Segment::Key(key)) => {
                    if let Some(entry) = last(entries, key) {
                        return Some((entry.value, Some(entry.key_node)));
                    }
                    if let Some(merged) = last(entries, "<<") {
                        match &self.nodes[merged.value].content {
                            Content::List(items) => waiting.extend(items.iter().rev()),
                            _ => waiting.push(merged.value),
                        }
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Each key that stands before in the same map, in the order of the text.
    pub(super) fn duplicates(&self) -> Vec<Again<'_>> {
        let mut found: Vec<(NodeId, &Entry<'t>, &Entry<'t>)> = Vec::new();
        let mut parents: HashMap<NodeId, (NodeId, Segment)> = HashMap::new();
        for (id, node) in self.nodes.iter().enumerate() {
            match &node.content {
                Content::Map(entries) => {
                    for pair in entries.chunk_by(|a, b| a.key.is_some() && a.key == b.key) {
                        found.extend(pair.iter().skip(1).map(|later| (id, &pair[0], later)));
                    }
                    let keyed = entries.iter().filter_map(|entry| Some((entry.value, entry.key.as_ref()?)));
                    parents.extend(keyed.map(|(value, key)| (value, (id, Segment::Key(key.clone().into_owned())))));
                }
                Content::List(items) => {
                    parents.extend(items.iter().enumerate().map(|(at, item)| (*item, (id, Segment::Index(at)))));
                }
                Content::Scalar(_) | Content::Alias(_) => {}
            }
        }
        found.sort_by_key(|(_, _, later)| later.key_node);
        let path = |mut node: NodeId| {
            let mut path = Vec::new();
            while let Some((parent, segment)) = parents.get(&node) {
                path.push(segment.clone());
                node = *parent;
            }
            path.reverse();
            path
        };
        let again = found.into_iter().map(|(map, first, later)| Again {
            path: path(map),
            key: later.key.as_deref().unwrap_or_default(),
            first: first.key_node,
            later: later.key_node,
        });
        again.collect()
    }
}

/// The last entry with this key.
fn last<'a, 't>(entries: &'a [Entry<'t>], key: &str) -> Option<&'a Entry<'t>> {
    let behind = entries.partition_point(|entry| entry.key.as_deref() <= Some(key));
    entries[..behind].last().filter(|entry| entry.key.as_deref() == Some(key))
}
