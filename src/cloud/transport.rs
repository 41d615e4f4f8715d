//! HTTP as a port: a request goes out, an answer or the reason of its absence comes back.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Method, NoProxy, Proxy, redirect, retry};

use super::endpoint::Endpoints;
use crate::base::env::Environment;

/// An answer larger than this is given up.
pub const MAX_ANSWER: usize = 16 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Loopback as `NO_PROXY` spells it.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// A signed request. Its `Debug` leaves out what must not be printed: the query, the headers and the body, in which
/// signatures and security tokens are.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The whole address, query included, percent-encoded.
    pub url: String,
    /// Headers; `host` only where it differs from the address.
    pub headers: Vec<(&'static str, String)>,
    /// The body; may be empty.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("HttpRequest").field("method", &self.method).field("url", &place).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Headers, names in lower case; values that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request is not one that HTTP can carry. It was not sent.
    #[error("the request cannot be written as HTTP: {0}")]
    Unsendable(String),
    /// There was no connection. The request was not sent.
    #[error("there is no connection to {host}: {cause}")]
    Unreachable {
        /// The host.
        host: String,
        /// What happened.
        cause: String,
    },
    /// The answer did not come in time. The request may have been sent.
    #[error("no answer came from {host} within {} seconds", .after.as_secs_f64())]
    TimedOut {
        /// The host.
        host: String,
        /// The time that was given.
        after: Duration,
    },
    /// The connection broke. The request may have been sent.
    #[error("the connection to {host} broke before the answer was complete: {cause}")]
    Broken {
        /// The host.
        host: String,
        /// What happened.
        cause: String,
    },
    /// The answer is larger than [`MAX_ANSWER`]. The request was sent.
    #[error("the answer from {host} is larger than {} MiB", MAX_ANSWER / 1024 / 1024)]
    TooLarge {
        /// The host.
        host: String,
    },
}

impl TransportError {
    /// Whether the request may have reached the other side.
    pub const fn may_be_sent(&self) -> bool {
        match self {
            Self::Unsendable(_) | Self::Unreachable { .. } => false,
            Self::TimedOut { .. } | Self::Broken { .. } | Self::TooLarge { .. } => true,
        }
    }
}

/// Carries requests.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request once and gives its whole answer, whatever its status, within `deadline`.
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError>;
}

/// Why there can be no connections at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A proxy variable cannot be used.
    #[error(
        "{variable} is not the address of a proxy: set it to something like http://proxy.example.com:3128, or unset it"
    )]
    Proxy {
        /// The variable.
        variable: &'static str,
    },
    /// TLS cannot be set up.
    #[error(
        "encrypted connections cannot be set up on this machine: {0}. Is the package with the CA certificates installed?"
    )]
    Tls(String),
}

/// The network.
#[derive(Debug, Clone)]
pub struct HttpTransport(Client);

impl HttpTransport {
    /// Connections for these endpoints. Proxies come from `environment` (`HTTPS_PROXY`,
    /// `ALL_PROXY`, `NO_PROXY`, also in lower case); loopback never goes through one.
    pub fn new(endpoints: &Endpoints, environment: &Environment) -> Result<Self, SetupError> {
        // Fails only when a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("cenform/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy();
        let builder = if endpoints.is_plain() {
            // No certificate is ever checked, so none are loaded: an emulator runs on a machine without any.
            builder.tls_certs_only([])
        } else {
            match proxy(environment)? {
                Some(proxy) => builder.proxy(proxy),
                None => builder,
            }
        };
        builder.build().map(Self).map_err(|error| SetupError::Tls(root_cause(&error)))
    }
}

fn proxy(environment: &Environment) -> Result<Option<Proxy>, SetupError> {
    let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let Some((variable, address)) =
        variables.into_iter().find_map(|variable| Some((variable, environment.get(variable)?)))
    else {
        return Ok(None);
    };
    let direct = environment.get("NO_PROXY").or_else(|| environment.get("no_proxy")).unwrap_or_default();
    let proxy = Proxy::all(address).map_err(|_| SetupError::Proxy { variable })?;
    Ok(Some(proxy.no_proxy(NoProxy::from_string(&format!("{LOOPBACK},{direct}")))))
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        let HttpRequest { method, url, headers, body } = request;
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|error| TransportError::Unsendable(error.to_string()))?;
        let mut outgoing = self.0.request(method, &url).timeout(deadline).body(body);
        for (name, value) in headers {
            outgoing = outgoing.header(name, value);
        }
        let outgoing = outgoing.build().map_err(|error| TransportError::Unsendable(root_cause(&error)))?;
        let host = outgoing.url().host_str().unwrap_or_default().to_owned();
        let failed = |error: reqwest::Error| failure(&error, &host, deadline);

        let mut response = self.0.execute(outgoing).await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(TransportError::TooLarge { host });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

fn failure(error: &reqwest::Error, host: &str, deadline: Duration) -> TransportError {
    let host = host.to_owned();
    if error.is_connect() {
        TransportError::Unreachable { host, cause: root_cause(error) }
    } else if error.is_timeout() {
        TransportError::TimedOut { host, after: deadline }
    } else if error.is_builder() {
        TransportError::Unsendable(root_cause(error))
    } else {
        TransportError::Broken { host, cause: root_cause(error) }
    }
}

/// The innermost text. The outer ones repeat the address, and with it the signature.
fn root_cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else { return "the HTTP library gives no reason".to_owned() };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A server that reads one request, answers with these bytes, and closes. Gives what it read.
    async fn serve(answer: Vec<u8>) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 64 * 1024];
            let length = stream.read(&mut seen).await.unwrap();
            let _ = stream.write_all(&answer).await;
            String::from_utf8_lossy(&seen[..length]).into_owned()
        });
        (address, task)
    }

    fn transport(variables: &[(&str, &str)]) -> HttpTransport {
        let endpoints = Endpoints::all_at("http://127.0.0.1:1").unwrap();
        HttpTransport::new(&endpoints, &variables.iter().copied().collect()).unwrap()
    }

    fn get(url: String) -> HttpRequest {
        HttpRequest { method: "GET", url, headers: Vec::new(), body: Vec::new() }
    }

    #[tokio::test]
    async fn an_answer_comes_back_with_status_headers_and_body() {
        let (address, task) =
            serve(b"HTTP/1.1 418 Teapot\r\nX-Log-RequestId: abc\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
        let mut request = get(format!("http://{address}/logstores?size=1"));
        request.headers.push(("host", "netflow.cn-hangzhou.log.aliyuncs.com".to_owned()));
        let response = transport(&[]).send(request, SECOND).await.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (418, b"hi".as_slice()));
        assert_eq!(response.header("x-log-requestid"), Some("abc"));
        let seen = task.await.unwrap().to_lowercase();
        assert!(seen.starts_with("get /logstores?size=1 http/1.1\r\n"), "{seen}");
        assert_eq!(seen.matches("host: ").count(), 1, "{seen}");
        assert!(seen.contains("host: netflow.cn-hangzhou.log.aliyuncs.com\r\n"), "{seen}");
        assert!(seen.contains("user-agent: cenform/"), "{seen}");
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        let (address, _task) =
            serve(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let response = transport(&[]).send(get(format!("http://{address}/")), SECOND).await.unwrap();
        assert_eq!(response.status, 302);
    }

    #[tokio::test]
    async fn no_connection_means_not_sent() {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = transport(&[]).send(get(format!("http://{address}/?Signature=x")), SECOND).await.unwrap_err();
        assert!(matches!(error, TransportError::Unreachable { .. }), "{error:?}");
        assert!(!error.may_be_sent());
        assert!(!error.to_string().contains("Signature"), "{error}");
    }

    #[tokio::test]
    async fn a_connection_that_breaks_may_have_been_sent() {
        for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", b"not http at all\r\n\r\n"] {
            let (address, _task) = serve(answer.to_vec()).await;
            let error = transport(&[]).send(get(format!("http://{address}/")), SECOND).await.unwrap_err();
            assert!(matches!(error, TransportError::Broken { .. }), "{error:?}");
            assert!(error.may_be_sent());
        }
    }

    #[tokio::test]
    async fn a_request_that_was_written_is_never_written_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let requests = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = requests.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                // The first request of a connection is answered, the second one read and dropped.
                for answer in [&b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..], b""] {
                    if stream.read(&mut [0; 1024]).await.unwrap_or(0) == 0 {
                        break;
                    }
                    counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    stream.write_all(answer).await.unwrap();
                }
            }
        });
        let transport = transport(&[]);
        let post = HttpRequest { method: "POST", body: b"a=b".to_vec(), ..get(url) };
        transport.send(post.clone(), SECOND).await.unwrap();
        let error = transport.send(post, SECOND).await.unwrap_err();
        assert!(error.may_be_sent(), "{error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let error = transport(&[]).send(get(url), Duration::from_millis(50)).await.unwrap_err();
        assert!(matches!(error, TransportError::TimedOut { .. }), "{error:?}");
        assert!(error.may_be_sent());
    }

    #[tokio::test]
    async fn an_endless_answer_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let block = vec![b' '; 1024 * 1024];
            let mut sent = 0;
            while stream.write_all(&block).await.is_ok() {
                sent += block.len();
            }
            sent
        });
        let error = transport(&[]).send(get(url), 10 * SECOND).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { .. }), "{error:?}");
        assert!(server.await.unwrap() < 2 * MAX_ANSWER, "the rest was not read");
    }

    #[tokio::test]
    async fn loopback_never_goes_through_a_proxy() {
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy_address = format!("http://{}", proxy.local_addr().unwrap());
        let variables = [("ALL_PROXY", proxy_address.as_str()), ("HTTPS_PROXY", &proxy_address)];
        let (address, _task) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let response = transport(&variables).send(get(format!("http://{address}/")), SECOND).await.unwrap();
        assert_eq!(response.status, 200);

        // The client for the internet, too.
        let (address, _task) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let environment = variables.into_iter().collect();
        let Ok(internet) = HttpTransport::new(&Endpoints::official(), &environment) else {
            return; // A machine without CA certificates has no internet client.
        };
        let response = internet.send(get(format!("http://{address}/")), SECOND).await.unwrap();
        assert_eq!(response.status, 200);
        // But nothing else goes past the proxy.
        let asked = tokio::spawn(async move {
            let (mut stream, _) = proxy.accept().await.unwrap();
            let mut seen = vec![0; 1024];
            let length = stream.read(&mut seen).await.unwrap();
            String::from_utf8_lossy(&seen[..length]).into_owned()
        });
        let error = internet.send(get("https://cbn.aliyuncs.com/".to_owned()), SECOND).await.unwrap_err();
        assert!(!error.may_be_sent(), "{error:?}");
        assert!(asked.await.unwrap().starts_with("CONNECT cbn.aliyuncs.com:443"));
    }

    #[tokio::test]
    async fn a_header_that_http_cannot_carry_is_an_error() {
        let mut request = get("http://127.0.0.1:1/".to_owned());
        request.headers.push(("x-acs-security-token", "a\nb".to_owned()));
        let error = transport(&[]).send(request, SECOND).await.unwrap_err();
        assert!(matches!(error, TransportError::Unsendable(_)), "{error:?}");
    }

    #[test]
    fn a_bad_proxy_is_named() {
        let environment = [("HTTPS_PROXY", "http://")].into_iter().collect();
        let error = HttpTransport::new(&Endpoints::official(), &environment).unwrap_err();
        assert_eq!(error, SetupError::Proxy { variable: "HTTPS_PROXY" });
    }
}
