//! The rules for text that several kinds share.

use super::schema::TextRule;

fn no_url_start(text: &str) -> bool {
    !text.starts_with("http://") && !text.starts_with("https://")
}

fn at_most(text: &str, max: usize) -> bool {
    text.chars().count() <= max
}

/// Rule A for names (cloud-api 5): empty, or up to 128 characters that do not start like a URL.
pub static NAME: TextRule = TextRule {
    words: "at most 128 characters that do not start with http:// or https://",
    pattern: "^(?!https?://)[\\s\\S]{0,128}$",
    check: |text| at_most(text, 128) && no_url_start(text),
};

/// Rule A for descriptions (cloud-api 5): empty, or up to 256 characters that do not start like a URL.
pub static DESCRIPTION: TextRule = TextRule {
    words: "at most 256 characters that do not start with http:// or https://",
    pattern: "^(?!https?://)[\\s\\S]{0,256}$",
    check: |text| at_most(text, 256) && no_url_start(text),
};

/// Any text.
pub static ANY: TextRule = TextRule { words: "text", pattern: "", check: |_| true };

/// Text that is not empty.
pub static NOT_EMPTY: TextRule =
    TextRule { words: "text that is not empty", pattern: "[\\s\\S]", check: |text| !text.is_empty() };

/// A region id.
pub static REGION: TextRule = TextRule {
    words: "a region id such as cn-hangzhou",
    pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)+$",
    check: crate::model::region::Region::is_well_formed,
};

fn edges(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.chars().next()) && edge(text.chars().next_back())
}

/// A log project's name (the CreateFlowlog page, `ProjectName`).
pub static PROJECT_NAME: TextRule = TextRule {
    words: "3 to 63 characters of a-z, 0-9 and -, beginning and ending with a letter or digit",
    pattern: "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
    check: |text| {
        (3..=63).contains(&text.len())
            && edges(text)
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    },
};

/// A logstore's name (the CreateFlowlog page, `LogStoreName`).
pub static LOGSTORE_NAME: TextRule = TextRule {
    words: "3 to 63 characters of a-z, 0-9, - and _, beginning and ending with a letter or digit",
    pattern: "^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$",
    check: |text| {
        (3..=63).contains(&text.len())
            && edges(text)
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
    },
};

macro_rules! id_rule {
    ($(#[doc = $doc:literal] $name:ident = $prefix:literal;)*) => {
        $(#[doc = $doc]
        pub static $name: TextRule = TextRule {
            words: concat!("an id that begins with ", $prefix),
            pattern: concat!("^", $prefix, "[a-z0-9]+$"),
            check: |text| {
                text.strip_prefix($prefix)
                    .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
            },
        };)*
    };
}

id_rule! {
    /// The id of a CEN (cloud-api 10; the prefix only, never the length).
    CEN_ID = "cen-";
    /// The id of a VPC.
    VPC_ID = "vpc-";
    /// The id of a vSwitch.
    VSWITCH_ID = "vsw-";
    /// The id of a resource group.
    RESOURCE_GROUP_ID = "rg-";
}
