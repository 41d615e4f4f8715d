//! What a source file mentions: every path in it, made absolute, and what else the rules of the house ask about.

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Macro, UseTree};

/// A path that a file mentions.
pub(super) struct Mention {
    /// Its segments. Those of this crate begin with `crate` and the room.
    pub(super) path: Vec<String>,
    /// Whether only tests see it.
    pub(super) in_test: bool,
}

/// A source file as the rules see it.
#[derive(Default)]
pub(super) struct Source {
    /// The modules that it is, from the root of the crate.
    module: Vec<String>,
    in_test: bool,
    pub(super) mentions: Vec<Mention>,
    /// Whether a function has a body outside of tests.
    pub(super) has_logic: bool,
    /// Whether it says `unsafe`.
    pub(super) has_unsafe: bool,
    /// Modules that are declared here and in other files, of tests only.
    pub(super) test_modules: Vec<String>,
}

impl Source {
    /// Reads the file at `file`, a path below `src` such as `kinds/cen/calls.rs`.
    pub(super) fn read(file: &str, text: &str, in_test: bool) -> syn::Result<Self> {
        let parsed = syn::parse_file(text)?;
        let mut source = Self { module: module_of(file), in_test, ..Self::default() };
        source.visit_file(&parsed);
        Ok(source)
    }

    /// The paths of this crate that it mentions outside of its own room, without the `crate` before them.
    pub(super) fn abroad(&self) -> impl Iterator<Item = (String, bool)> {
        let home = self.module.first();
        self.mentions.iter().filter_map(move |mention| {
            let (root, path) = mention.path.split_first()?;
            let is_abroad = root == "crate" && !path.is_empty() && path.first() != home;
            is_abroad.then(|| (path.join("::"), mention.in_test))
        })
    }

    fn mention(&mut self, path: Vec<String>) {
        let up = path.iter().take_while(|segment| *segment == "super").count();
        let absolute = match path.first().map(String::as_str) {
            Some("super") => {
                let stays = self.module.len().saturating_sub(up);
                let above = self.module.iter().take(stays).cloned();
                ["crate".to_owned()].into_iter().chain(above).chain(path.into_iter().skip(up)).collect()
            }
            Some("cenform") => ["crate".to_owned()].into_iter().chain(path.into_iter().skip(1)).collect(),
            _ => path,
        };
        self.mentions.push(Mention { path: absolute, in_test: self.in_test });
    }

    fn mention_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.mention_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => self.mention(before.to_vec()),
            UseTree::Name(name) => self.mention(with(&name.ident)),
            UseTree::Rename(rename) => self.mention(with(&rename.ident)),
            UseTree::Glob(_) => self.mention(with(&"*")),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.mention_tree(tree, before)),
        }
    }
}

fn module_of(file: &str) -> Vec<String> {
    let segments = file.trim_end_matches(".rs").split('/');
    segments.filter(|segment| !matches!(*segment, "mod" | "lib" | "main")).map(str::to_owned).collect()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        let before = self.in_test;
        self.in_test |= is_for_tests(attributes_of(item));
        visit::visit_item(self, item);
        self.in_test = before;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_none() && self.in_test {
            self.test_modules.push([self.module.as_slice(), &[item.ident.to_string()]].concat().join("/"));
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.mention_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// What a macro is given is no syntax yet; paths in it are found as text.
    fn visit_macro(&mut self, mac: &'ast Macro) {
        let text = mac.tokens.to_string();
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let mut path = vec![word.to_owned()];
            while words.next_if_eq(&"::").is_some() {
                path.extend(words.next().map(str::to_owned));
            }
            if path.len() > 1 {
                self.mention(path);
            }
        }
        visit::visit_macro(self, mac);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.has_logic |= !self.in_test;
        visit::visit_block(self, block);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.has_unsafe |= signature.unsafety.is_some();
        visit::visit_signature(self, signature);
    }

    fn visit_expr_unsafe(&mut self, expression: &'ast syn::ExprUnsafe) {
        self.has_unsafe = true;
        visit::visit_expr_unsafe(self, expression);
    }
}
