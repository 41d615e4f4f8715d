//! Where requests go (cloud-api 4).

use std::net::IpAddr;

use reqwest::Url;

use super::request::Product;
use crate::model::region::Region;

/// The addresses of the products: the official ones, or one address for all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints(Option<Override>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Override {
    base: String,
    plain: bool,
    loopback: bool,
}

/// Where one request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Scheme and authority, without a slash at the end.
    pub base: String,
    /// The `Host` header, where it is not the authority of `base`.
    pub host: Option<String>,
}

/// Why there is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is not an address.
    #[error("the endpoint \"{0}\" is not an address: write it as http://127.0.0.1:7480 or https://HOST")]
    NotAnAddress(String),
    /// More than scheme, host and port is given.
    #[error("the endpoint \"{0}\" has more than scheme, host and port: leave out user, path, query and fragment")]
    TooMuch(String),
    /// Plain HTTP would leave the machine.
    #[error(
        "the endpoint \"{0}\" would send signed requests unencrypted over the network: use https, or a loopback address"
    )]
    NotEncrypted(String),
    /// A region that would change the host name.
    #[error("\"{0}\" is not a region id: region ids are lower-case words joined by hyphens, such as cn-hangzhou")]
    Region(String),
    /// A project name that would change the host name.
    #[error(
        "\"{0}\" is not a log project name: 3 to 63 lower-case letters, digits and hyphens, with a letter or digit at \
         both ends"
    )]
    Project(String),
}

/// The region whose SLS has an address inside the cloud's own network only (cloud-api 4).
const INSIDE_ONLY: &str = "cn-heyuan-acdr-1";

impl Endpoints {
    /// The official addresses.
    pub const fn official() -> Self {
        Self(None)
    }

    /// `address` for all products: `https`, or `http` on loopback.
    pub fn all_at(address: &str) -> Result<Self, EndpointError> {
        let url = Url::parse(address).map_err(|_| EndpointError::NotAnAddress(address.to_owned()))?;
        let plain = match url.scheme() {
            "http" => true,
            "https" => false,
            _ => return Err(EndpointError::NotAnAddress(address.to_owned())),
        };
        let host = url.host_str().ok_or_else(|| EndpointError::NotAnAddress(address.to_owned()))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::TooMuch(address.to_owned()));
        }
        let loopback = is_loopback(host);
        if plain && !loopback {
            return Err(EndpointError::NotEncrypted(address.to_owned()));
        }
        Ok(Self(Some(Override { base: url.as_str().trim_end_matches('/').to_owned(), plain, loopback })))
    }

    /// Whether the CEN endpoint is on this machine, which makes it an emulator (S22).
    pub fn is_loopback(&self) -> bool {
        self.0.as_ref().is_some_and(|address| address.loopback)
    }

    /// Whether requests go unencrypted: never beyond this machine.
    pub fn is_plain(&self) -> bool {
        self.0.as_ref().is_some_and(|address| address.plain)
    }

    /// The address of an RPC product: central, for every region.
    pub fn rpc(&self, product: Product) -> Place {
        let official = match product {
            Product::Cbn => "https://cbn.aliyuncs.com",
            Product::Sts => "https://sts.aliyuncs.com",
            Product::Ram => "https://ram.aliyuncs.com",
        };
        let base = self.0.as_ref().map_or(official, |address| &address.base);
        Place { base: base.to_owned(), host: None }
    }

    /// The address of SLS in a region, of a project's host if one is given. An override keeps the
    /// official host in the `Host` header: nothing else tells region and project.
    pub fn sls(&self, region: &Region, project: Option<&str>) -> Result<Place, EndpointError> {
        if !Region::is_well_formed(region.as_str()) {
            return Err(EndpointError::Region(region.to_string()));
        }
        let network = if region.as_str() == INSIDE_ONLY { "-intranet" } else { "" };
        let host = match project {
            Some(name) if is_project_name(name) => format!("{name}.{region}{network}.log.aliyuncs.com"),
            Some(name) => return Err(EndpointError::Project(name.to_owned())),
            None => format!("{region}{network}.log.aliyuncs.com"),
        };
        Ok(match &self.0 {
            None => Place { base: format!("https://{host}"), host: None },
            Some(address) => Place { base: address.base.clone(), host: Some(host) },
        })
    }
}

fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    literal.parse::<IpAddr>().map_or(host == "localhost", |ip| ip.to_canonical().is_loopback())
}

/// The rule of cloud-api 8.3, which also makes the name one label of a host.
fn is_project_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hangzhou() -> Region {
        Region("cn-hangzhou".to_owned())
    }

    #[test]
    fn official_addresses() {
        let endpoints = Endpoints::official();
        assert_eq!(endpoints.rpc(Product::Cbn).base, "https://cbn.aliyuncs.com");
        assert_eq!(endpoints.rpc(Product::Sts).base, "https://sts.aliyuncs.com");
        assert_eq!(endpoints.rpc(Product::Ram).base, "https://ram.aliyuncs.com");
        let project = endpoints.sls(&hangzhou(), Some("netflow")).unwrap();
        assert_eq!(project, Place { base: "https://netflow.cn-hangzhou.log.aliyuncs.com".to_owned(), host: None });
        assert_eq!(endpoints.sls(&hangzhou(), None).unwrap().base, "https://cn-hangzhou.log.aliyuncs.com");
        let inside = endpoints.sls(&Region("cn-heyuan-acdr-1".to_owned()), Some("netflow")).unwrap();
        assert_eq!(inside.base, "https://netflow.cn-heyuan-acdr-1-intranet.log.aliyuncs.com");
        assert!(!endpoints.is_loopback());
    }

    #[test]
    fn an_override_takes_everything_and_keeps_the_sls_host() {
        let endpoints = Endpoints::all_at("http://127.0.0.1:7480/").unwrap();
        assert!(endpoints.is_loopback() && endpoints.is_plain());
        assert_eq!(endpoints.rpc(Product::Sts), Place { base: "http://127.0.0.1:7480".to_owned(), host: None });
        let place = endpoints.sls(&hangzhou(), Some("netflow")).unwrap();
        assert_eq!(place.base, "http://127.0.0.1:7480");
        assert_eq!(place.host.as_deref(), Some("netflow.cn-hangzhou.log.aliyuncs.com"));
    }

    #[test]
    fn plain_http_stays_on_the_machine() {
        for good in ["http://localhost:1", "http://[::1]:1", "http://127.9.9.9", "http://[::ffff:127.0.0.1]:1"] {
            assert!(Endpoints::all_at(good).unwrap().is_loopback(), "{good}");
        }
        for bad in
            ["http://example.com", "http://10.0.0.1:7480", "http://localhost.example.com", "http://127.0.0.1.nip.io"]
        {
            assert_eq!(Endpoints::all_at(bad), Err(EndpointError::NotEncrypted(bad.to_owned())));
        }
        assert!(!Endpoints::all_at("https://gateway.example.com").unwrap().is_loopback());
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in ["", "127.0.0.1:7480", "localhost", "ftp://127.0.0.1", "http://"] {
            assert!(matches!(Endpoints::all_at(bad), Err(EndpointError::NotAnAddress(_))), "{bad}");
        }
        for bad in ["http://a:b@127.0.0.1", "http://127.0.0.1/path", "http://127.0.0.1/?q=1", "http://127.0.0.1/#f"] {
            assert!(matches!(Endpoints::all_at(bad), Err(EndpointError::TooMuch(_))), "{bad}");
        }
    }

    #[test]
    fn region_and_project_cannot_change_the_host() {
        let endpoints = Endpoints::official();
        for bad in ["cn-hangzhou.evil.com/", "evil.com#-", "CN-HANGZHOU", "a@b-c", ""] {
            assert!(matches!(endpoints.sls(&Region(bad.to_owned()), None), Err(EndpointError::Region(_))), "{bad}");
        }
        for bad in ["evil.com/", "a", "-abc", "abc-", "Abc", "a_b", "user@host", &"a".repeat(64)] {
            assert!(matches!(endpoints.sls(&hangzhou(), Some(bad)), Err(EndpointError::Project(_))), "{bad}");
        }
    }
}
