//! The rules for text that several kinds share.

use std::net::{IpAddr, Ipv4Addr};

use super::schema::TextRule;
use crate::model::address::is_name;

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

/// The name of an address block (cloud-api 5.2): unlike other names, it is not empty.
pub static BLOCK_NAME: TextRule = TextRule {
    words: "1 to 128 characters that do not start with http:// or https://",
    pattern: "^(?!https?://)[\\s\\S]{1,128}$",
    check: |text| !text.is_empty() && (NAME.check)(text),
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

/// What no address block of a router can be in: address and prefix (the page of `CreateTransitRouterCidr`).
const RESERVED: [(Ipv4Addr, u32); 4] = [
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
];

/// An address block of a router (cloud-api 5.2, `IllegalParam.Cidr`; the page of `CreateTransitRouterCidr`): an IP address
/// whose bits after the prefix are zero, of IPv4 with a prefix of 16 to 24 bits and not reserved.
pub static CIDR: TextRule = TextRule {
    words: "an address block such as 10.0.0.0/24: a prefix of 16 to 24 bits with nothing but zeros after it, and not in \
            100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/4",
    pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$",
    check: |text| {
        let Some((address, prefix)) = text.split_once('/') else { return false };
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let (bits, width, lengths) = match address.parse() {
            Ok(IpAddr::V4(v4)) if RESERVED.iter().any(|(net, length)| is_in(v4, *net, *length)) => return false,
            Ok(IpAddr::V4(v4)) => (u128::from(v4.to_bits()), 32, 16..=24),
            Ok(IpAddr::V6(v6)) => (v6.to_bits(), 128, 0..=128),
            Err(_) => return false,
        };
        let prefix = prefix.parse().ok().filter(|prefix| digits && lengths.contains(prefix));
        prefix.is_some_and(|prefix: u32| prefix == width || bits.trailing_zeros() >= width - prefix)
    },
};

fn is_in(address: Ipv4Addr, net: Ipv4Addr, length: u32) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= length
}

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

/// Who owns something: the name of an account, or its id of 16 digits.
pub static ACCOUNT: TextRule = TextRule {
    words: "the name of an account, or an account id of 16 digits",
    pattern: "^([0-9]{16}|[a-z][a-z0-9_-]{0,62})$",
    check: |text| is_name(text) || (text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())),
};

macro_rules! id_rule {
    ($(#[doc = $doc:literal] $name:ident = $prefix:literal;)*) => {
        $(#[doc = $doc]
        pub static $name: TextRule = TextRule {
            words: concat!($prefix, " followed by small letters and digits, nothing masked"),
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
    /// The id of a virtual border router.
    VBR_ID = "vbr-";
    /// The id of an `IPsec` connection.
    VPN_ID = "vco-";
    /// The id of an Express Connect router.
    ECR_ID = "ecr-";
    /// The id of a bandwidth package.
    BANDWIDTH_PACKAGE_ID = "cenbwp-";
    /// The id of a resource group.
    RESOURCE_GROUP_ID = "rg-";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_blocks() {
        for block in ["10.0.0.0/24", "10.0.0.0/16", "192.168.64.0/20", "192.168.0.0/16", "fd00::/64", "::/0"] {
            assert!((CIDR.check)(block), "{block}");
        }
        for text in [
            "",
            "x",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/15",
            "10.0.0.0/25",
            "0.0.0.0/0",
            "100.127.0.0/16",
            "127.0.0.0/16",
            "169.254.1.0/24",
            "239.255.0.0/16",
            "10.0.0.0/+8",
            "10.0.0.5/24",
            "010.0.0.0/24",
            " 10.0.0.0/24",
            "10.0.0.0/24/1",
            "fd00::1/64",
            "fd00::/129",
        ] {
            assert!(!(CIDR.check)(text), "{text}");
        }
    }
}
