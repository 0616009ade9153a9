//! Fetches single files over HTTP.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::config::Config;
use ureq::http::header::LOCATION;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, Proxy};

use crate::diagnostic::{Limit, Permission};
use crate::path::clean;
use crate::remote::{percent_decode, without_credentials};
use crate::request::{Answer, Failure};

use super::addresses::{is_local_host, is_private, is_private_host};
use super::options::OsOptions;
use super::usage::count_bytes;

const MAX_REDIRECTS: u32 = 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The total time limit, including redirects and content.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Answers with the content of a URL.
///
/// The environment determines the proxy, and root certificates if `SSL_CERT_FILE` is set.
pub fn get(url: &str, options: &OsOptions) -> Answer {
    match fetch(url, options) {
        Ok(Some(bytes)) => Answer::File { real: without_credentials(url), bytes },
        Ok(None) => {
            let limit = options.limits.download;
            let message = format!("download size limit exceeded: larger than {limit} bytes");
            Answer::Failed(Failure::exceeds(Limit::DownloadSize, message))
        }
        Err(failure) => Answer::Failed(failure.map_message(without_credentials)),
    }
}

/// Returns the content; `None` if it is too large.
fn fetch(url: &str, options: &OsOptions) -> Result<Option<Vec<u8>>, Failure> {
    let Final { mut response, .. } = request(url, options)?;
    let status = response.status();
    if !status.is_success() {
        let reason = status.canonical_reason().unwrap_or_default();
        return Err(format!("status code {} ({reason})", status.as_u16()).into());
    }
    let body = response.body_mut().with_config().limit(options.limits.download);
    match body.read_to_vec() {
        Ok(bytes) => {
            count_bytes(bytes.len());
            Ok(Some(bytes))
        }
        Err(Error::BodyExceedsLimit(_)) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// A response that is not a redirect.
struct Final {
    response: Response<Body>,
    url: HttpUrl,
    /// The addresses of the host, unless a proxy knows them.
    addresses: Vec<IpAddr>,
}

/// Requests a URL, and follows redirects that the options allow.
fn request(url: &str, options: &OsOptions) -> Result<Final, Failure> {
    options.network.check(url)?;
    let mut current = HttpUrl::new(url)?;
    let started = Instant::now();
    let mut was_public = false;
    for _ in 0..=MAX_REDIRECTS {
        let time = TIMEOUT.checked_sub(started.elapsed()).ok_or("timed out")?;
        // Redirects within a private network are allowed.
        let is_public_only = was_public && !options.network.allow_private_redirects;
        let resolved = Resolved::default();
        let mut request = agent(&current, is_public_only, time, &resolved).get(&current.url);
        if let Some(authorization) = &current.authorization {
            request = request.header("Authorization", authorization);
        }
        let response = request.call().map_err(|error| failure(&error))?;
        let addresses = resolved.addresses();
        let Some(location) = response.headers().get(LOCATION).filter(|_| is_redirect(response.status())) else {
            return Ok(Final { response, url: current, addresses });
        };
        let location = location.to_str().map_err(|_| "redirected to an invalid URL")?;
        let next = current.redirected(location)?;
        options
            .network
            .check(&next.url)
            .map_err(|failure| failure.map_message(|reason| format!("redirected: {reason}")))?;
        was_public |= !current.is_inside(&addresses);
        if was_public && !options.network.allow_private_redirects && is_private_host(&next.host) {
            return Err(private_redirect(&next.host));
        }
        current = next;
    }
    Err(format!("stopped after {MAX_REDIRECTS} redirects").into())
}

/// The place that a repository has moved to.
#[derive(Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The URL of the repository.
    pub url: String,
    /// The addresses of its host as a setting of git, unless a proxy knows them. git must not ask for them again, since the
    /// answer may be another one.
    pub pinned: Option<String>,
}

/// Follows the redirects of a repository that is fetched over HTTP, which git itself must not follow; `None` if there are
/// none.
///
/// # Errors
/// Fails on redirects that the options do not allow, and on those that do not lead to a repository.
pub fn repository_redirect(url: &str, options: &OsOptions) -> Result<Option<Redirect>, Failure> {
    const SERVICE: &str = "/info/refs?service=git-upload-pack";
    let url = url.trim_end_matches('/');
    let start = HttpUrl::new(&format!("{url}{SERVICE}"))?;
    let last = request(&format!("{url}{SERVICE}"), options)?;
    if last.url.url == start.url {
        return Ok(None);
    }
    let moved = last.url.url.strip_suffix(SERVICE).ok_or("redirected to a URL that is not a repository")?;
    let (scheme, rest) = moved.split_once("://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    // The user and password are for the host that they were written for.
    let user = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    let user = user.filter(|(_, known)| *known == authority && (scheme == "https" || url.starts_with("http://")));
    let user = user.map(|(user, _)| format!("{user}@")).unwrap_or_default();
    let is_name = last.url.host.parse::<IpAddr>().is_err();
    let pinned = (is_name && !last.addresses.is_empty()).then(|| {
        let port = authority.rsplit_once(':').map_or(if scheme == "https" { "443" } else { "80" }, |(_, port)| port);
        let addresses: Vec<String> = last.addresses.iter().map(ToString::to_string).collect();
        format!("{}:{port}:{}", last.url.host, addresses.join(","))
    });
    Ok(Some(Redirect { url: format!("{scheme}://{user}{rest}"), pinned }))
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn private_redirect(host: &str) -> Failure {
    let message = format!("redirected to the private address of `{host}`");
    Failure::denied(Permission::PrivateRedirects, message)
}

fn agent(url: &HttpUrl, is_public_only: bool, time: Duration, resolved: &Resolved) -> Agent {
    let config = Agent::config_builder()
        .user_agent(concat!("boutique/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        // `request` follows redirects, since it checks each of them.
        .max_redirects(0)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(time))
        .proxy(proxy(url))
        .tls_config(TlsConfig::builder().root_certs(root_certificates()).build())
        .build();
    if config.proxy().is_some() {
        return config.into();
    }
    let resolver = CheckedResolver { system: DefaultResolver::default(), is_public_only, resolved: resolved.clone() };
    Agent::with_parts(config, DefaultConnector::default(), resolver)
}

/// The addresses that a name was resolved to.
#[derive(Clone, Debug, Default)]
struct Resolved(Arc<Mutex<Vec<IpAddr>>>);

impl Resolved {
    fn addresses(&self) -> Vec<IpAddr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Resolves names, remembers the addresses, and can reject private ones. The connection is made to the checked addresses.
#[derive(Debug)]
struct CheckedResolver {
    system: DefaultResolver,
    is_public_only: bool,
    resolved: Resolved,
}

impl Resolver for CheckedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.system.resolve(uri, config, timeout)?;
        if self.is_public_only && addresses.iter().any(|address| is_private(address.ip())) {
            return Err(Error::Io(std::io::Error::other(private_redirect(uri.host().unwrap_or_default()))));
        }
        let mut resolved = self.resolved.0.lock().unwrap_or_else(PoisonError::into_inner);
        *resolved = addresses.iter().map(|address| address.ip()).collect();
        drop(resolved);
        Ok(addresses)
    }
}

/// Returns the certificates in the file of `SSL_CERT_FILE` or, if there are none, the built-in public ones.
fn root_certificates() -> RootCerts {
    let pem = std::env::var_os("SSL_CERT_FILE").and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() { RootCerts::WebPki } else { RootCerts::from(certificates) }
}

/// Returns the proxy from the environment, unless the host is this machine or excluded by `NO_PROXY`.
fn proxy(url: &HttpUrl) -> Option<Proxy> {
    let excluded = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    if url.is_local() || is_excluded(&url.host, &excluded) { None } else { Proxy::try_from_env() }
}

/// Returns whether a host is in a list of domains. As in Go, and unlike in the HTTP client, a domain covers its subdomains.
fn is_excluded(host: &str, domains: &str) -> bool {
    let host = host.to_ascii_lowercase();
    domains.split(',').map(|domain| domain.trim().to_ascii_lowercase()).any(|domain| {
        let is_all = domain == "*";
        let domain = domain.strip_prefix('*').unwrap_or(&domain);
        let is_below = host.strip_suffix(domain).is_some_and(|rest| domain.starts_with('.') || rest.ends_with('.'));
        is_all || (!domain.is_empty() && (host == domain || is_below))
    })
}

/// A URL to request.
#[derive(Debug, PartialEq, Eq)]
struct HttpUrl {
    /// The URL without credentials and fragment, escaped as necessary.
    url: String,
    /// The header for the user and password of the URL.
    authorization: Option<String>,
    /// The name or address without port and brackets.
    host: String,
}

impl HttpUrl {
    fn new(url: &str) -> Result<HttpUrl, Failure> {
        let no_host = || "the URL has no host".to_string();
        let (scheme, rest) = url.split_once("://").ok_or_else(no_host)?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if host.is_empty() {
            return Err(no_host().into());
        }
        let authorization = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let decode = |text: &str| percent_decode(text).ok_or("the user in the URL is malformed");
            let pair = [decode(name)?, decode(password)?].join(&b':');
            Ok::<String, String>(format!("Basic {}", STANDARD.encode(pair)))
        });
        // In a request a `#` is part of the path; only after a query it starts a fragment, which is not sent.
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut url = format!("{}://{host}{}", scheme.to_ascii_lowercase(), escape(path));
        if let Some(query) = query {
            url.push('?');
            url.push_str(&escape(query.split('#').next().unwrap_or_default()));
        }
        let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.contains(']') { host } else { name });
        let name = name.trim_start_matches('[').trim_end_matches(']');
        Ok(HttpUrl { url, authorization: authorization.transpose()?, host: name.to_string() })
    }

    /// Returns the URL of a redirect. Credentials are not passed on to it.
    fn redirected(&self, location: &str) -> Result<HttpUrl, Failure> {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let end = |text: &str, marks: &[char]| text.find(marks).unwrap_or(text.len());
        let authority = &rest[..end(rest, &['/', '?'])];
        let has_scheme = location
            .find(':')
            .is_some_and(|colon| location[..colon].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let url = if has_scheme {
            location.to_string()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else {
            let path = &rest[authority.len()..end(rest, &['?'])];
            let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            let (path, rest) = location.split_at(end(location, &['?', '#']));
            let slash = if path.ends_with('/') { "/" } else { "" };
            format!("{scheme}://{authority}{}{slash}{rest}", clean(&format!("{folder}{path}")))
        };
        let url = url.split('#').next().unwrap_or_default();
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err("redirected to a URL that is not HTTP".into());
        }
        let mut redirected = HttpUrl::new(url)?;
        redirected.authorization = None;
        Ok(redirected)
    }

    /// Returns whether the host, with these addresses if they are known, is in a private network.
    fn is_inside(&self, addresses: &[IpAddr]) -> bool {
        let are_private = !addresses.is_empty() && addresses.iter().all(|address| is_private(*address));
        is_private_host(&self.host) || are_private
    }

    /// Returns whether the host is this machine, which is never reached through a proxy.
    fn is_local(&self) -> bool {
        is_local_host(&self.host)
    }
}

/// Escapes bytes that are not allowed in a path or query.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("writing to a string");
        }
    }
    escaped
}

/// Returns the failure for an error of the HTTP client.
fn failure(error: &Error) -> Failure {
    match error {
        Error::Io(error) => {
            let denied = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>());
            denied.cloned().unwrap_or_else(|| error.to_string().into())
        }
        Error::HostNotFound => "host not found".into(),
        Error::Timeout(_) => "timed out".into(),
        Error::Http(_) | Error::BadUri(_) => "the URL is malformed".into(),
        Error::Rustls(error) => format!("TLS: {error}").into(),
        error => error.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_become_requests_as_in_go() {
        for (url, expected, host) in [
            ("HTTP://host/a", "http://host/a", "host"),
            ("https://host", "https://host", "host"),
            ("https://host?a=b", "https://host?a=b", "host"),
            ("https://host:8443/a%20b/\u{e9} c?d e#f", "https://host:8443/a%20b/%C3%A9%20c?d%20e", "host"),
            ("https://host/a#b", "https://host/a%23b", "host"),
            ("http://user:word@[::1]:80/a@b", "http://[::1]:80/a@b", "::1"),
            ("http://[::1]/a", "http://[::1]/a", "::1"),
        ] {
            let parsed = HttpUrl::new(url).expect("it has a host");
            assert_eq!((parsed.url.as_str(), parsed.host.as_str()), (expected, host), "{url}");
        }
        for url in ["https:a", "https:/host/a", "https://", "https:///a", "https://user@/a", "https://%zz@host"] {
            assert!(HttpUrl::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn users_become_headers() {
        for (url, expected) in [
            ("https://host", None),
            ("https://us%40er:a:b%2F@host", Some("us@er:a:b/")),
            ("https://token@host", Some("token:")),
            ("https://@host", Some(":")),
        ] {
            let expected = expected.map(|pair| format!("Basic {}", STANDARD.encode(pair)));
            assert_eq!(HttpUrl::new(url).expect("it has a host").authorization, expected, "{url}");
        }
    }

    #[test]
    fn a_host_is_inside_if_all_its_addresses_are() {
        let addresses = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        for (url, resolved, expected) in [
            ("http://internal.test/", &["10.0.0.5"][..], true),
            ("http://internal.test/", &["10.0.0.5", "fd00::1"], true),
            ("http://internal.test/", &["10.0.0.5", "8.8.8.8"], false),
            ("http://public.test/", &["8.8.8.8"], false),
            // A proxy resolves it.
            ("http://internal.test/", &[], false),
            ("http://10.0.0.5/", &[], true),
            ("http://localhost/", &[], true),
        ] {
            let url = HttpUrl::new(url).expect("it has a host");
            assert_eq!(url.is_inside(&addresses(resolved)), expected, "{} {resolved:?}", url.host);
        }
    }

    #[test]
    fn proxies_are_for_other_hosts() {
        for (host, domains, expected) in [
            ("host.example.com", "example.com", true),
            ("example.com", "a.b, Example.com", true),
            ("example.com", ".example.com", false),
            ("a.example.com", ".example.com", true),
            ("a.example.com", "*.example.com", true),
            ("badexample.com", "example.com", false),
            ("host", "*", true),
            ("host", "", false),
            ("host", ",", false),
        ] {
            assert_eq!(is_excluded(host, domains), expected, "{host} {domains}");
        }
        for (url, expected) in [
            ("http://localhost:1/", true),
            ("http://127.1.2.3/", true),
            ("http://[::1]:1/", true),
            ("http://host/", false),
        ] {
            assert_eq!(HttpUrl::new(url).expect("it has a host").is_local(), expected, "{url}");
        }
    }
}
