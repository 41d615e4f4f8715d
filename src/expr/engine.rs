//! The expression engine with what is let into it, and nothing else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters, tests};

/// The most instructions that one evaluation may take.
const FUEL: u64 = 50_000;
/// The most bytes of text that an expression may make.
pub(super) const LONGEST: usize = 1 << 20;

macro_rules! allow {
    ($function:ident, $list:ident, $method:ident, $($name:literal => $value:expr,)*) => {
        /// The names that may be used, for did-you-mean.
        pub(super) const $list: &[&str] = &[$($name),*];
        fn $function(environment: &mut Environment<'static>) {
            $(environment.$method($name, $value);)*
        }
    };
}

allow! { add_filters, FILTERS, add_filter,
    "abs" => filters::abs,
    "bool" => filters::bool,
    "capitalize" => filters::capitalize,
    "count" => filters::length,
    "d" => filters::default,
    "default" => filters::default,
    "dictsort" => filters::dictsort,
    "first" => filters::first,
    "float" => filters::float,
    "int" => filters::int,
    "items" => filters::items,
    "join" => filters::join,
    "last" => filters::last,
    "length" => filters::length,
    "list" => filters::list,
    "lower" => filters::lower,
    "map" => filters::map,
    "max" => filters::max,
    "min" => filters::min,
    "pluck" => pluck,
    "reject" => filters::reject,
    "rejectattr" => filters::rejectattr,
    "replace" => replace,
    "reverse" => filters::reverse,
    "round" => filters::round,
    "select" => filters::select,
    "selectattr" => filters::selectattr,
    "sort" => filters::sort,
    "split" => filters::split,
    "string" => filters::string,
    "sum" => filters::sum,
    "title" => filters::title,
    "trim" => filters::trim,
    "unique" => filters::unique,
    "upper" => filters::upper,
}

allow! { add_tests, TESTS, add_test,
    "boolean" => tests::is_boolean,
    "defined" => tests::is_defined,
    "divisibleby" => tests::is_divisibleby,
    "endingwith" => tests::is_endingwith,
    "eq" => tests::is_eq,
    "even" => tests::is_even,
    "false" => tests::is_false,
    "float" => tests::is_float,
    "ge" => tests::is_ge,
    "gt" => tests::is_gt,
    "in" => tests::is_in,
    "integer" => tests::is_integer,
    "iterable" => tests::is_iterable,
    "le" => tests::is_le,
    "lower" => tests::is_lower,
    "lt" => tests::is_lt,
    "mapping" => tests::is_mapping,
    "ne" => tests::is_ne,
    "none" => tests::is_none,
    "number" => tests::is_number,
    "odd" => tests::is_odd,
    "sequence" => tests::is_sequence,
    "startingwith" => tests::is_startingwith,
    "string" => tests::is_string,
    "true" => tests::is_true,
    "undefined" => tests::is_undefined,
    "upper" => tests::is_upper,
}

/// The one environment: no loader, no globals, strict about what is undefined.
pub(super) static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // Errors carry byte ranges only so.
    environment.set_debug(true);
    add_filters(&mut environment);
    add_tests(&mut environment);
    environment
});

/// A map of objects to a map of one attribute; a list of objects to a list.
fn pluck(value: &Value, attribute: &str) -> Result<Value, Error> {
    let of = |object: &Value| {
        let plucked = object.get_attr(attribute)?;
        if plucked.is_undefined() {
            return Err(Error::new(ErrorKind::UndefinedError, format!("an item has no `{attribute}`")));
        }
        Ok(plucked)
    };
    if value.kind() == ValueKind::Map {
        let pairs = value.try_iter()?.map(|key| {
            let object = value.get_item(&key)?;
            Ok((key.to_string(), of(&object)?))
        });
        return Ok(Value::from(pairs.collect::<Result<BTreeMap<_, _>, Error>>()?));
    }
    Ok(Value::from(value.try_iter()?.map(|object| of(&object)).collect::<Result<Vec<_>, Error>>()?))
}

/// The engine's `replace`, but that it refuses what would blow up.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands filters their arguments so")]
fn replace(value: String, from: String, to: String) -> Result<String, Error> {
    let growth = value.matches(&from).count().saturating_mul(to.len());
    if value.len().saturating_add(growth) > LONGEST {
        return Err(Error::new(ErrorKind::InvalidOperation, "the text would be too long"));
    }
    Ok(value.replace(&from, &to))
}
