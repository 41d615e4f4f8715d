//! Rules for text and tags, word for word as the service states them.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::call::{Params, illegal, missing};
use crate::emulator::message::Refusal;

/// The regions of Alibaba Cloud as official tools list them.
pub(super) const REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ap-southeast-8",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-beijing-finance-1-pub",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-hangzhou-finance",
    "cn-heyuan",
    "cn-heyuan-acdr-1",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-hzfinance",
    "cn-hzjbp",
    "cn-nanjing",
    "cn-north-2-gov-1",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shanghai-finance-1",
    "cn-shanghai-finance-1-pub",
    "cn-shenzhen",
    "cn-shenzhen-finance",
    "cn-shenzhen-finance-1",
    "cn-szfinance",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "cn-zhongwei",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "na-south-1",
    "rus-west-1",
    "sa-east-1",
    "us-east-1",
    "us-southeast-1",
    "us-west-1",
];

/// The most tags that an object can have, and that a call can carry.
pub(super) const MAX_TAGS: usize = 20;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    /// Its key.
    #[serde(rename = "Key")]
    pub(super) key: String,
    /// Its value.
    #[serde(rename = "Value", default)]
    pub(super) value: String,
}

/// Rule A: at most `max` characters, and not the start of a URL (cloud-api 5).
pub(super) fn is_text(text: &str, max: usize) -> bool {
    text.chars().count() <= max && !text.starts_with("http://") && !text.starts_with("https://")
}

/// A name or description that follows rule A; `None` if it was not given.
pub(super) fn plain<'a>(params: &'a Params, name: &str, max: usize) -> Result<Option<&'a str>, Refusal> {
    params.get(name).map(|text| if is_text(text, max) { Ok(text) } else { Err(illegal(name)) }).transpose()
}

/// Whether `text` is a name of `min` to 63 characters out of `a-z 0-9` and `inner`, with a letter or digit at both ends.
pub(super) fn is_store_name(text: &str, min: usize, inner: &[u8]) -> bool {
    let edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (min..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| edge(byte) || inner.contains(byte))
        && bytes.first().is_some_and(edge)
        && bytes.last().is_some_and(edge)
}

/// Whether a project may be called so.
pub(super) fn is_project_name(text: &str) -> bool {
    is_store_name(text, 3, b"-")
}

/// The letters of zones; which of them a region really has is not known.
const ZONES: RangeInclusive<char> = 'a'..='p';

/// The zones of a region: `cn-hangzhou-h`, but `ap-southeast-1a`.
pub(super) fn zones_of(region: &str) -> impl Iterator<Item = String> {
    let dash = if region.ends_with(|last: char| last.is_ascii_digit()) { "" } else { "-" };
    ZONES.map(move |letter| format!("{region}{dash}{letter}"))
}

/// Whether a zone is in a region.
pub(super) fn is_zone_of(zone: &str, region: &str) -> bool {
    zones_of(region).any(|known| known == zone)
}

/// Rule B: 2 to `max` characters, the first a letter; a name has only letters, digits, `_` and `-` (cloud-api 5).
/// Empty text says that there is none.
pub(super) fn is_narrow_text(text: &str, max: usize, is_name: bool) -> bool {
    let named = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.is_empty()
        || (is_text(text, max)
            && text.chars().count() >= 2
            && text.starts_with(char::is_alphabetic)
            && (!is_name || text.chars().all(named)))
}

/// Whether a tag may be so: key 1 to 64, value at most 128, nothing reserved, no URL (cloud-api 6.2).
fn is_tag_text(text: &str, max: usize) -> bool {
    text.chars().count() <= max
        && !text.starts_with("aliyun")
        && !text.starts_with("acs:")
        && !text.contains("http://")
        && !text.contains("https://")
}

/// The tags of `Tag.N.Key` and `Tag.N.Value`.
pub(super) fn tags(params: &Params) -> Result<Vec<Tag>, Refusal> {
    let mut tags: Vec<Tag> = Vec::new();
    for item in params.list("Tag", MAX_TAGS)? {
        let key = item.get("Key").copied().filter(|key| !key.is_empty()).ok_or_else(|| missing("TagKey"))?;
        let value = item.get("Value").copied().unwrap_or_default();
        if !is_tag_text(key, 64) {
            return Err(illegal("TagKey"));
        }
        if !is_tag_text(value, 128) {
            return Err(illegal("TagValue"));
        }
        if tags.iter().any(|tag| tag.key == key) {
            let message = format!("The tag key {key} is given twice.");
            return Err(Refusal::of(400, "Forbidden.TagKey.Duplicated", message));
        }
        tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    Ok(tags)
}

/// Adds tags; one whose key is there already gets the new value. False, and nothing done, if there would be too many.
pub(super) fn add_tags(tags: &mut Vec<Tag>, new: &[Tag]) -> bool {
    let fresh = new.iter().filter(|tag| !tags.iter().any(|old| old.key == tag.key)).count();
    if tags.len() + fresh > MAX_TAGS {
        return false;
    }
    for tag in new {
        match tags.iter_mut().find(|old| old.key == tag.key) {
            Some(old) => old.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    true
}

/// Whether an object has every tag that a list call asks for; an empty value asks for the key alone.
pub(super) fn has_tags(tags: &[Tag], wanted: &[Tag]) -> bool {
    wanted
        .iter()
        .all(|want| tags.iter().any(|tag| tag.key == want.key && (want.value.is_empty() || tag.value == want.value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(key: &str, value: &str) -> Result<Vec<Tag>, Refusal> {
        let pairs = [("Tag.1.Key", key), ("Tag.1.Value", value)];
        tags(&Params::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()))
    }

    #[test]
    fn tags_follow_the_page() {
        let code = |key: &str, value: &str| tagged(key, value).unwrap_err().code.into_owned();
        assert!(tagged(&"k".repeat(64), &"v".repeat(128)).is_ok());
        assert!(tagged("key", "").is_ok());
        assert_eq!(code("", "v"), "MissingParam.TagKey");
        for key in [&"k".repeat(65), "aliyun", "acs:x", "a http:// b", "a https:// b"] {
            assert_eq!(code(key, "v"), "IllegalParam.TagKey", "{key}");
        }
        for value in [&"v".repeat(129), "aliyun-x", "acs:", "http://x"] {
            assert_eq!(code("k", value), "IllegalParam.TagValue", "{value}");
        }
    }

    #[test]
    fn at_most_twenty_tags_and_each_key_once() {
        let many = |keys: Vec<String>| {
            let pairs = keys.into_iter().enumerate().map(|(n, key)| (format!("Tag.{}.Key", n + 1), key));
            tags(&Params::new(pairs.collect()))
        };
        assert_eq!(many((0..20).map(|n| n.to_string()).collect()).unwrap().len(), 20);
        assert!(many((0..21).map(|n| n.to_string()).collect()).is_err());
        let twice = many(vec!["a".to_owned(), "a".to_owned()]).unwrap_err();
        assert_eq!(twice.code, "Forbidden.TagKey.Duplicated");
        let mut full = many((0..20).map(|n| n.to_string()).collect()).unwrap();
        assert!(!add_tags(&mut full, &[Tag { key: "new".to_owned(), value: String::new() }]));
        assert!(add_tags(&mut full, &[Tag { key: "3".to_owned(), value: "changed".to_owned() }]));
        assert!(has_tags(&full, &[Tag { key: "3".to_owned(), value: "changed".to_owned() }]));
    }

    #[test]
    fn zones_belong_to_their_region() {
        assert!(is_zone_of("cn-hangzhou-h", "cn-hangzhou") && is_zone_of("ap-southeast-1a", "ap-southeast-1"));
        for (zone, region) in [
            ("cn-hangzhou", "cn-hangzhou"),
            ("cn-hangzhouh", "cn-hangzhou"),
            ("cn-hangzhou-finance-a", "cn-hangzhou"),
            ("ap-southeast-1-a", "ap-southeast-1"),
        ] {
            assert!(!is_zone_of(zone, region), "{zone}");
        }
    }

    #[test]
    fn the_narrower_rule_wants_a_letter_first() {
        for (good, is_name) in [("", true), ("vpn-1", true), ("连接_1", true), ("A line, to Paris.", false)] {
            assert!(is_narrow_text(good, 128, is_name), "{good}");
        }
        for (bad, is_name) in [("v", true), ("1vpn", true), ("to Paris", true), ("http://x", false), ("-x", false)] {
            assert!(!is_narrow_text(bad, 128, is_name), "{bad}");
        }
        assert!(!is_narrow_text(&"x".repeat(129), 128, true));
    }

    #[test]
    fn names_of_stores_follow_the_page() {
        for good in ["abc", "a-1", &"a".repeat(63)] {
            assert!(is_project_name(good), "{good}");
        }
        for bad in ["ab", &"a".repeat(64), "-ab", "ab-", "aBc", "a_b", "a b", "äbc"] {
            assert!(!is_project_name(bad), "{bad}");
        }
        assert!(is_store_name("a_b-c", 3, b"-_") && !is_store_name("_ab", 3, b"-_"));
    }
}
