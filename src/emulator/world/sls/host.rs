//! Region and project of an SLS call, which are in its host (cloud-api 4, 8.1).

/// What a host says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The region; a loopback host names none, and then any will do.
    pub region: Option<String>,
    /// The project; a call to the endpoint itself has none.
    pub project: Option<String>,
}

/// The region of calls whose host names none.
pub(super) const DEFAULT_REGION: &str = "cn-hangzhou";

impl Place {
    /// Takes a `Host` header apart: `{project}.{region}.log.aliyuncs.com` with its `-intranet` and `-share` variants,
    /// and `{project}.127.0.0.1` or `{project}.localhost`, each with or without the project.
    pub fn of(host: &str) -> Self {
        let name = host
            .rsplit_once(':')
            .map_or(host, |(name, port)| if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host });
        let name = name.to_ascii_lowercase();
        if let Some(prefix) = name.strip_suffix(".log.aliyuncs.com") {
            let (project, region) = prefix.rsplit_once('.').map_or((None, prefix), |(project, r)| (Some(project), r));
            let region =
                ["-intranet", "-share", "-vpc"].iter().find_map(|end| region.strip_suffix(end)).unwrap_or(region);
            return Self { region: Some(region.to_owned()), project: project.map(str::to_owned) };
        }
        let project = ["127.0.0.1", "localhost", "log-global.aliyuncs.com"]
            .iter()
            .find_map(|end| name.strip_suffix(end)?.strip_suffix('.'))
            .filter(|project| !project.is_empty());
        Self { region: None, project: project.map(str::to_owned) }
    }

    /// Whether a host is one of SLS.
    pub fn is_sls(host: &str) -> bool {
        let name = host.split(':').next().unwrap_or_default();
        name.ends_with(".log.aliyuncs.com") || name.ends_with("log-global.aliyuncs.com")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_project_are_found_in_every_form_of_host() {
        for (host, region, project) in [
            ("flow.cn-hangzhou.log.aliyuncs.com", Some("cn-hangzhou"), Some("flow")),
            ("cn-hangzhou.log.aliyuncs.com:80", Some("cn-hangzhou"), None),
            ("flow.cn-shanghai-intranet.log.aliyuncs.com", Some("cn-shanghai"), Some("flow")),
            ("cn-shanghai-share.log.aliyuncs.com", Some("cn-shanghai"), None),
            ("flow.log-global.aliyuncs.com", None, Some("flow")),
            ("flow.127.0.0.1:7480", None, Some("flow")),
            ("Flow.localhost", None, Some("flow")),
            ("127.0.0.1:7480", None, None),
            ("localhost", None, None),
            ("[::1]:7480", None, None),
        ] {
            let place = Place { region: region.map(str::to_owned), project: project.map(str::to_owned) };
            assert_eq!(Place::of(host), place, "{host}");
        }
        assert!(Place::is_sls("a.cn-hangzhou.log.aliyuncs.com") && !Place::is_sls("cbn.aliyuncs.com"));
    }
}
