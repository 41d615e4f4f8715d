//! The format of a flow log's records (the CreateFlowlog page, `LogFormatString`).

/// What every format begins with.
pub const BEGINNING: [&str; 3] = ["srcaddr", "dstaddr", "bytes"];

/// The fields that are documented. The service may know more.
pub const FIELDS: [&str; 15] = [
    "srcaddr",
    "dstaddr",
    "bytes",
    "account-id",
    "attachment-id",
    "cen-id",
    "src-region-id",
    "dst-region-id",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "start",
    "end",
    "direction",
];

/// The raw form of a list of fields: `${a}${b}`.
pub fn raw<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    fields.into_iter().flat_map(|field| ["${", field, "}"]).collect()
}

/// The fields of a raw format, or the rest that is not a `${name}`.
pub fn fields(raw: &str) -> Result<Vec<&str>, &str> {
    let mut fields = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let (field, after) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}')).ok_or(rest)?;
        if !is_field(field) {
            return Err(rest);
        }
        fields.push(field);
        rest = after;
    }
    Ok(fields)
}

/// Whether `name` is shaped like a field.
pub fn is_field(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_and_fields_are_each_others_opposite() {
        assert_eq!(raw(BEGINNING), "${srcaddr}${dstaddr}${bytes}");
        assert_eq!(fields(&raw(FIELDS)).unwrap(), FIELDS);
        for (broken, rest) in [("${a} ${b}", " ${b}"), ("${a", "${a"), ("${}", "${}"), ("$${a}", "$${a}")] {
            assert_eq!(fields(broken), Err(rest));
        }
    }
}
