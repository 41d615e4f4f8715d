use std::fmt;
use std::sync::Arc;

use minijinja::value::Value as Jinja;
use minijinja::{Error, ErrorKind};

use super::convert;
use super::engine::{ENGINE, FILTERS, TESTS};
use super::error::{ExprError, ExprErrorKind};
use super::scan::{self, Piece, Role};
use super::scope::{Found, Namespace, Scope, Session};
use crate::base::text::nearest;
use crate::model::address::Kind;
use crate::model::value::Value;

/// The longest expression, in bytes.
const LONGEST_CODE: usize = 4096;
/// The most things that one expression may look up.
const MOST_LOOKUPS: usize = 2048;
/// The roots that are no kinds.
const VARIABLES: [&str; 3] = ["var", "local", "each"];

/// A text with `${…}` parts, compiled.
pub struct Template {
    parts: Vec<Part>,
    references: Vec<Reference>,
}

enum Part {
    Text(String),
    Code { offset: usize, length: usize, expression: minijinja::Expression<'static, 'static> },
}

/// A variable or resource that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `var`, `local`, `each` or the word of a kind, and the way on as far as it is written out:
    /// `cen`, `backbone`, `id`.
    pub path: Vec<String>,
    /// Where it begins in the text, in bytes.
    pub offset: usize,
    /// How long it is, in bytes.
    pub length: usize,
}

impl Reference {
    /// `var`, `local`, `each` or the word of a kind.
    pub fn root(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The name behind the root, if it is written out.
    pub fn name(&self) -> Option<&str> {
        self.path.get(1).map(String::as_str)
    }

    /// The kind, if a resource is named.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_word(self.root())
    }
}

/// What a text comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// A value. Leaves of a list or map that is passed on as a whole may be unknown.
    Known(Value),
    /// It touched something that is not known yet.
    Unknown,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("references", &self.references).finish_non_exhaustive()
    }
}

impl Template {
    /// Compiles a text. Names of roots, filters and tests are checked; what they lead to is not.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut parts = Vec::new();
        let mut references = Vec::new();
        for piece in scan::pieces(text)? {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.to_owned())),
                Piece::Code(offset, code) => {
                    let expression = compile(code).map_err(|error| error.shifted(offset))?;
                    let found = check_names(code, &expression).map_err(|error| error.shifted(offset))?;
                    references.extend(found.into_iter().map(|mut found| {
                        found.offset += offset;
                        found
                    }));
                    parts.push(Part::Code { offset, length: code.len(), expression });
                }
            }
        }
        Ok(Self { parts, references })
    }

    /// Whether the text has no expression in it.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The variables and resources that the text names, in order. What it reaches by a name that is
    /// itself worked out shows only the path up to there.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// What the text comes to. A text that is one expression keeps the value's type; mixed text is
    /// joined; whatever touches something unknown is unknown.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Evaluated, ExprError> {
        if let [Part::Code { offset, length, expression }] = self.parts.as_slice() {
            return self.run(expression, (*offset, *length), scope);
        }
        let mut joined = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => joined.push_str(text),
                Part::Code { offset, length, expression } => match self.run(expression, (*offset, *length), scope)? {
                    Evaluated::Known(value) => joined.push_str(
                        &in_text(&value)
                            .map_err(|message| ExprError::new(ExprErrorKind::Evaluation, message, *offset, *length))?,
                    ),
                    Evaluated::Unknown => return Ok(Evaluated::Unknown),
                },
            }
        }
        Ok(Evaluated::Known(Value::Text(joined)))
    }

    fn run(
        &self,
        expression: &minijinja::Expression<'static, 'static>,
        (offset, length): (usize, usize),
        scope: &dyn Scope,
    ) -> Result<Evaluated, ExprError> {
        let session = Arc::new(Session::default());
        let failed = |message: String| ExprError::new(ExprErrorKind::Evaluation, message, offset, length);
        for _ in 0..MOST_LOOKUPS {
            let root = Namespace { session: Arc::clone(&session), path: Vec::new() };
            let outcome = expression.eval(Jinja::from_object(root)).and_then(|jinja| {
                if jinja.is_undefined() {
                    return Err(Error::from(ErrorKind::UndefinedError));
                }
                Ok(convert::value(&jinja))
            });
            if let Some(path) = session.question() {
                let found = match path.as_slice() {
                    [root] if is_root(root) => Found::Inner,
                    [_] => Found::Missing(roots()),
                    _ => scope.look(&path),
                };
                session.answer(path, found);
                continue;
            }
            if session.touched_unknown() {
                return Ok(Evaluated::Unknown);
            }
            return match outcome {
                Ok(converted) => converted.map(Evaluated::Known).map_err(failed),
                Err(error) if error.kind() == ErrorKind::UndefinedError => {
                    Err(self.undefined(&error, (offset, length), scope))
                }
                Err(error) => Err(translated(&error, length).shifted(offset)),
            };
        }
        Err(failed("The expression looks up too many things.".to_owned()))
    }

    /// The error for the reference in this part that leads nowhere, with what was probably meant.
    fn undefined(&self, error: &Error, (offset, length): (usize, usize), scope: &dyn Scope) -> ExprError {
        let dead_ends = self
            .references
            .iter()
            .filter(|reference| (offset..offset + length).contains(&reference.offset))
            .filter_map(|reference| Some((reference, dead_end(reference, scope)?)))
            .collect::<Vec<_>>();
        let named = error.detail().unwrap_or_default();
        let culprit = dead_ends
            .iter()
            .find(|(reference, _)| named.contains(&format!("`{}`", reference.path.join("."))))
            .or_else(|| dead_ends.first());
        let Some((reference, (depth, names))) = culprit else {
            let message = match named {
                "" => "This is not defined.".to_owned(),
                detail => format!("This is not defined: {}.", detail.replace('`', "\"")),
            };
            return ExprError::new(ExprErrorKind::Undefined, message, offset, length)
                .help("Use default, as in ${var.x | default('…')}, where it may be left out.");
        };
        undefined_reference(reference, *depth, names)
    }
}

/// The error for a reference whose step `depth` names nothing; `names` are those that there are.
pub(super) fn undefined_reference(reference: &Reference, depth: usize, names: &[String]) -> ExprError {
    let missing = reference.path.get(depth).map_or("", String::as_str);
    let before = reference.path.get(..depth).unwrap_or_default().join(".");
    let message = match before.as_str() {
        "var" => format!("There is no variable \"{missing}\"."),
        "local" => format!("There is no local value \"{missing}\"."),
        "each" => "each is known only under for_each, which is not supported yet.".to_owned(),
        before => format!("{before} has no \"{missing}\"."),
    };
    let error = ExprError::new(ExprErrorKind::Undefined, message, reference.offset, reference.length);
    match nearest(missing, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("Did you mean {before}.{near}?")),
        None if names.is_empty() => error,
        None => error.help(format!("There is {}.", crate::base::text::some(names))),
    }
}

/// The step at which a reference leads nowhere, and the names that there are.
fn dead_end(reference: &Reference, scope: &dyn Scope) -> Option<(usize, Vec<String>)> {
    let mut depth = 2;
    let mut value = loop {
        match scope.look(reference.path.get(..depth)?) {
            Found::Known(value) => break value,
            Found::Unknown => return None,
            Found::Inner => depth += 1,
            Found::Missing(names) => return Some((depth - 1, names)),
        }
    };
    while let Some(step) = reference.path.get(depth) {
        value = match value {
            Value::Map(mut entries) => match entries.remove(step) {
                Some(inner) => inner,
                None => return Some((depth, entries.into_keys().collect())),
            },
            Value::List(mut items) => {
                let at = step.parse::<usize>().ok().filter(|at| *at < items.len());
                match at {
                    Some(at) => items.swap_remove(at),
                    None => return Some((depth, Vec::new())),
                }
            }
            Value::Unknown(_) => return None,
            _ => return Some((depth, Vec::new())),
        };
        depth += 1;
    }
    None
}

fn compile(code: &str) -> Result<minijinja::Expression<'static, 'static>, ExprError> {
    if code.trim().is_empty() {
        return Err(ExprError::new(ExprErrorKind::Syntax, "This expression is empty.", 0, code.len())
            .help("Write what stands for the value, as in ${var.env}, or $${ for a literal ${."));
    }
    if code.len() > LONGEST_CODE {
        let message = format!("An expression may be at most {LONGEST_CODE} bytes long.");
        return Err(ExprError::new(ExprErrorKind::Syntax, message, 0, code.len()));
    }
    ENGINE.compile_expression_owned(code.to_owned()).map_err(|error| translated(&error, code.len()))
}

/// Checks the names of roots, filters and tests, and gives the references.
fn check_names(code: &str, expression: &minijinja::Expression<'static, 'static>) -> Result<Vec<Reference>, ExprError> {
    let undeclared = expression.undeclared_variables(false);
    let mut references = Vec::new();
    for name in scan::names(code) {
        let word = name.path.first().map_or("", String::as_str);
        let (what, known): (&str, Vec<&str>) = match name.role {
            Role::Filter => ("filter", FILTERS.to_vec()),
            Role::Test => ("test", TESTS.to_vec()),
            Role::Root if !undeclared.contains(word) => continue,
            Role::Root => ("variable", VARIABLES.into_iter().chain(Kind::ALL.map(Kind::as_str)).collect()),
        };
        if name.role == Role::Root
            && !known.contains(&word)
            && let Some(error) = hyphenated(code, references.last(), &name)
        {
            return Err(error);
        }
        if !known.contains(&word) {
            let message = match name.role {
                Role::Root => format!("\"{word}\" is nothing that an expression can use."),
                _ => format!("There is no {what} \"{word}\"."),
            };
            let kind = if name.role == Role::Root { ExprErrorKind::Undefined } else { ExprErrorKind::Syntax };
            let length = word.len();
            let error = ExprError::new(kind, message, name.offset, length);
            let near = nearest(word, known.iter().copied());
            return Err(match (near, name.role) {
                (Some(near), _) => error.help(format!("Did you mean {near}?")),
                (None, Role::Root) => error.help(
                    "Expressions use var.NAME, local.NAME and KIND.NAME.ATTRIBUTE, as in flow_log.app.id; \
                     text stands in quotes, and a name with a hyphen in brackets: cen['my-name'].id.",
                ),
                (None, _) => error.help(format!("There is {}.", known.join(", "))),
            });
        }
        if name.role == Role::Root {
            references.push(Reference { path: name.path, offset: name.offset, length: name.length });
        }
    }
    Ok(references)
}

/// The error for `cen.my-name.id`, which reads as a subtraction.
fn hyphenated(code: &str, before: Option<&Reference>, name: &scan::Name) -> Option<ExprError> {
    let before = before.filter(|before| before.offset + before.length + 1 == name.offset)?;
    let (root, first, rest) = (before.root(), before.name()?, name.path.get(1..)?);
    let word = name.path.first().filter(|_| code.as_bytes().get(name.offset - 1) == Some(&b'-'))?;
    let whole = [vec![format!("{root}['{first}-{word}']")], rest.to_vec()].concat().join(".");
    let length = name.offset + name.length - before.offset;
    let message = format!("The hyphen in \"{}\" reads as a minus.", &code[before.offset..before.offset + length]);
    let error = ExprError::new(ExprErrorKind::Undefined, message, before.offset, length);
    Some(error.help(format!("A name with a hyphen stands in brackets: {whole}.")))
}

/// The engine's error in our words.
fn translated(error: &Error, length: usize) -> ExprError {
    let range = error.range().filter(|range| range.start < range.end && range.end <= length);
    let range = range.unwrap_or(0..length);
    let detail = error.detail().unwrap_or_default().replace('`', "\"");
    let (kind, message) = match error.kind() {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => {
            (ExprErrorKind::Syntax, format!("This is no expression: {detail}."))
        }
        ErrorKind::OutOfFuel => (ExprErrorKind::Evaluation, "The expression takes too much work.".to_owned()),
        ErrorKind::UnknownMethod | ErrorKind::UnknownFunction => (
            ExprErrorKind::Evaluation,
            "Expressions call no functions or methods: use filters, as in ${var.env | upper}.".to_owned(),
        ),
        _ if detail.is_empty() => (ExprErrorKind::Evaluation, format!("This cannot be worked out: {error}.")),
        _ => (ExprErrorKind::Evaluation, format!("This cannot be worked out: {detail}.")),
    };
    ExprError::new(kind, message, range.start, range.len())
}

/// The value as part of a text.
fn in_text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null => Err("This has no value, and cannot be part of a text.".to_owned()),
        Value::List(_) => Err("A list cannot be part of a text: join it, as in ${var.x | join(',')}.".to_owned()),
        Value::Map(_) | Value::Unknown(_) => Err("A map cannot be part of a text: name one of its values.".to_owned()),
    }
}

fn is_root(word: &str) -> bool {
    VARIABLES.contains(&word) || Kind::from_word(word).is_some()
}

fn roots() -> Vec<String> {
    VARIABLES.into_iter().chain(Kind::ALL.map(Kind::as_str)).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::ExprErrorKind::{Evaluation, Syntax, Undefined};
    use super::*;
    use crate::model::address::Address;
    use crate::model::value::Expression;

    /// Variables as given; every CEN's name is known, its id is not.
    struct World(Value);

    impl Scope for World {
        fn look(&self, path: &[String]) -> Found {
            let path = path.iter().map(String::as_str).collect::<Vec<_>>();
            match path.as_slice() {
                ["var", name] => match self.0.as_map().and_then(|variables| variables.get(*name)) {
                    Some(Value::Unknown(_)) => Found::Unknown,
                    Some(value) => Found::Known(value.clone()),
                    None => Found::Missing(self.0.as_map().unwrap().keys().cloned().collect()),
                },
                ["cen", _] => Found::Inner,
                ["cen", _, "name"] => Found::Known("backbone".into()),
                ["cen", _, "id"] => Found::Unknown,
                _ => Found::Missing(vec!["id".to_owned(), "name".to_owned()]),
            }
        }
    }

    fn unknown() -> Value {
        Value::reference(&Address::new(Kind::Cen, "x"), "id")
    }

    fn world() -> World {
        World(Value::Map(BTreeMap::from([
            ("env".to_owned(), "prod".into()),
            ("count".to_owned(), Value::Int(3)),
            ("on".to_owned(), Value::Bool(true)),
            ("list".to_owned(), Value::List(vec!["b".into(), "a".into()])),
            (
                "map".to_owned(),
                Value::Map(BTreeMap::from([
                    ("known".to_owned(), Value::Map(BTreeMap::from([("id".to_owned(), Value::Int(1))]))),
                    ("late".to_owned(), unknown()),
                ])),
            ),
        ])))
    }

    fn evaluate(text: &str) -> Result<Evaluated, ExprError> {
        Template::parse(text)?.evaluate(&world())
    }

    fn known(text: &str) -> Value {
        match evaluate(text) {
            Ok(Evaluated::Known(value)) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn one_expression_keeps_its_type_and_mixed_text_joins() {
        assert_eq!(known("${var.count}"), Value::Int(3));
        assert_eq!(known("${ var.on }"), Value::Bool(true));
        assert_eq!(known("n${var.count}-${var.env}-${var.on}"), "n3-prod-true".into());
        assert_eq!(known("$${var.count}"), "${var.count}".into());
        assert_eq!(known("${var.list | sort | join(',')}"), "a,b".into());
        assert_eq!(known("${var.list}"), Value::List(vec!["b".into(), "a".into()]));
        assert_eq!(known("${var.count + 1}"), Value::Int(4));
        assert_eq!(known("${'big' if var.count > 2 else 'small'}"), "big".into());
        assert_eq!(known("${var.nope | default('x')}"), "x".into());
        assert_eq!(known("${var['env'] ~ cen['my-cen'].name}"), "prodbackbone".into());
        assert_eq!(
            known("${ {'a': {'id': 7}} | pluck('id') }"),
            Value::Map(BTreeMap::from([("a".to_owned(), Value::Int(7))]))
        );
        assert_eq!(known("${'a-b' | replace('-', '_') | upper}"), "A_B".into());
    }

    #[test]
    fn unknown_in_unknown_out() {
        for text in
            ["${cen.x.id}", "x${cen.x.id}", "${cen.x.id | default('y')}", "${[1, cen.x.id] | first}", "${var.map.late}"]
        {
            assert_eq!(evaluate(text), Ok(Evaluated::Unknown), "{text}");
        }
        assert_eq!(known("${cen.x.id if false else 'known'}"), "known".into());
        assert_eq!(known("${var.map.known.id}"), Value::Int(1));
        assert!(known("${var.map}").has_unknown(), "a whole map is passed on with its unknown leaf");
    }

    #[test]
    fn what_is_wrong_is_said_and_shown() {
        let error = |text: &str| {
            let error = evaluate(text).unwrap_err();
            (
                error.kind,
                text[error.offset..error.offset + error.length].to_owned(),
                error.message,
                error.help.unwrap_or_default(),
            )
        };
        let (kind, part, message, help) = error("a${var.evn}");
        assert_eq!((kind, part.as_str(), message.as_str()), (Undefined, "var.evn", "There is no variable \"evn\"."));
        assert_eq!(help, "Did you mean var.env?");
        let (kind, part, ..) = error("${var.nope | default('x')}${var.map.known.idd ~ 'x'}");
        assert_eq!((kind, part.as_str()), (Undefined, "var.map.known.idd"));
        let (kind, part, _, help) = error("${vra.env}");
        assert_eq!((kind, part.as_str(), help.as_str()), (Undefined, "vra", "Did you mean var?"));
        assert_eq!(error("${var.env | uper}").3, "Did you mean upper?");
        assert_eq!(error("${var.env |}").0, Syntax);
        assert_eq!(error("${}").0, Syntax);
        assert_eq!(error("x ${var.env").1, "${var.env");
        assert_eq!(error("${cen.x}").0, Evaluation);
        assert_eq!(error("${var}").0, Evaluation);
        assert_eq!(error("x${var.list}").0, Evaluation);
        assert_eq!(error("${var.env + 1}").0, Evaluation);
        assert_eq!(error("${range(3)}").0, Undefined);
        assert_eq!(error("${var.env.upper()}").0, Evaluation);
        assert_eq!(error(&format!("${{{}1}}", "(".repeat(1000))).0, Syntax);
        assert_eq!(error(&format!("${{'{}'}}", "x".repeat(5000))).0, Syntax);
        assert_eq!(error("${'x' * 3000000}").0, Evaluation);
        let bomb = "'xxxxxxxxxxxxxxxx'".to_owned() + &"|replace('x','xxxxxxxxxxxxxxxx')".repeat(20);
        assert_eq!(error(&format!("${{{bomb}}}")).0, Evaluation);
    }

    #[test]
    fn references_are_listed_as_far_as_they_are_written_out() {
        let template = Template::parse("${cen['my-cen'].id}-${local.a[var.i].b}").unwrap();
        let paths = template.references().iter().map(|reference| reference.path.join(".")).collect::<Vec<_>>();
        assert_eq!(paths, ["cen.my-cen.id", "local.a", "var.i"]);
        assert_eq!(template.references()[0].kind(), Some(Kind::Cen));
        assert!(!template.is_plain());
        assert!(Template::parse("$${x} $5").unwrap().is_plain());
    }

    #[test]
    fn the_text_of_a_reference_can_be_evaluated() {
        let Value::Unknown(Expression { source, .. }) = Value::reference(&Address::new(Kind::Cen, "a-b"), "name")
        else {
            panic!("a reference is unknown");
        };
        assert_eq!(known(&source), "backbone".into());
    }
}
