//! Masks credentials in URLs.

/// The replacement for a credential.
const MASK: &str = "***";

/// The parameters of repository URLs, and those of databases and pages, whose values are not secret.
const PUBLIC_PARAMETERS: [&str; 9] =
    ["branch", "depth", "format", "page", "ref", "sslmode", "submodules", "timeout", "version"];

/// Words in the names of parameters with secret values, as in signed URLs.
const SECRET_PARAMETERS: [&str; 10] =
    ["auth", "code", "credential", "jwt", "key", "pass", "secret", "session", "sig", "token"];

/// The schemes that are recognized with one slash, a likely error.
const SCHEMES: [&str; 8] = ["file", "ftp", "git", "http", "https", "oci", "s3", "ssh"];

/// The maximum length in bytes of the value of an unknown parameter that is not secret, such as `1` or `true`.
const MAX_PUBLIC_LENGTH: usize = 3;

/// The characters that may follow a URL in a sentence.
const PUNCTUATION: [char; 13] = ['`', '\'', '"', ')', ']', '}', '>', ',', '.', ':', ';', '\\', '|'];

/// Returns a text in which `***` replaces the user and password of each URL, the values in its query and its fragment. A user
/// without a password is not a secret in SSH URLs, and remains: `ssh://git@host`. So do the parameters of repositories: `?ref=`.
pub fn without_credentials(text: &str) -> String {
    // Most texts contain no URL.
    let may_contain_url = text.bytes().any(|byte| matches!(byte, b'@' | b'?')) || text.contains(":/");
    if may_contain_url { mask(text, &mut Vec::new()) } else { text.to_string() }
}

/// Returns the parts of a text that [`without_credentials`] masks.
pub fn credentials_in(text: &str) -> Vec<String> {
    let mut credentials = Vec::new();
    mask(text, &mut credentials);
    // Shorter parts occur in ordinary words.
    credentials.retain(|credential| credential.len() > MAX_PUBLIC_LENGTH);
    credentials
}

fn mask(text: &str, credentials: &mut Vec<String>) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end)) = next_scheme(rest) {
        mask_addresses(&rest[..start], &mut masked, credentials);
        masked.push_str(&rest[start..end]);
        let scheme = &rest[start..end];
        rest = &rest[end..];
        rest = &rest[mask_url(rest, scheme, &mut masked, credentials)..];
    }
    mask_addresses(rest, &mut masked, credentials);
    masked
}

/// Returns the range of the next scheme with its slashes.
fn next_scheme(text: &str) -> Option<(usize, usize)> {
    text.match_indices(":/").find_map(|(at, _)| {
        let scheme_length = text[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        let scheme = &text[at - scheme_length..at];
        let slashes = text[at + 1..].len() - text[at + 1..].trim_start_matches('/').len();
        let is_scheme = slashes > 1 || SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        is_scheme.then_some((at - scheme_length, at + 1 + slashes))
    })
}

/// Appends a URL after its scheme, up to another URL in it. Returns its length.
fn mask_url(url: &str, scheme: &str, masked: &mut String, credentials: &mut Vec<String>) -> usize {
    let url_end = url.find(char::is_whitespace).unwrap_or(url.len());
    let host_end = url[..url_end].find(['/', '?', '#']).unwrap_or(url_end);
    // A password with a slash is an error, but still a secret. A port has only digits.
    let is_password = |text: &str| !text.is_empty() && !text.bytes().all(|byte| byte.is_ascii_digit());
    let has_password = url[..host_end].split_once(':').is_some_and(|(_, password)| is_password(password));
    let at_sign = url[..url_end].rfind('@').filter(|_| has_password && !url[..host_end].contains(['@', '[']));
    let end =
        at_sign.map_or(host_end, |at| url[at..url_end].find(['/', '?', '#']).map_or(url_end, |length| at + length));
    let authority = &url[..end];
    match authority.rsplit_once('@') {
        Some((user, host)) if !(is_ssh(scheme) && is_plain_user(user)) => {
            credentials.push(password(user));
            masked.push_str(MASK);
            masked.push('@');
            masked.push_str(host);
        }
        _ => masked.push_str(authority),
    }
    let rest = &url[end..url_end];
    let inner = next_scheme(rest).map_or(rest.len(), |(start, _)| start);
    mask_query(&rest[..inner], masked, credentials);
    end + inner
}

/// Returns the password of a user, or the token that is the user.
fn password(user: &str) -> String {
    user.split_once(':').map_or(user, |(_, password)| password).to_string()
}

fn is_ssh(scheme: &str) -> bool {
    scheme.to_ascii_lowercase().starts_with("ssh:")
}

/// Returns whether a user is a name such as `git`, rather than a token.
fn is_plain_user(user: &str) -> bool {
    user.len() <= 20 && user.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte))
}

/// Appends the rest of a URL without secret values.
fn mask_query(rest: &str, masked: &mut String, credentials: &mut Vec<String>) {
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    masked.push_str(path);
    for (index, parameter) in query.iter().flat_map(|query| query.split('&')).enumerate() {
        masked.push(if index == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, value)) => {
                masked.push_str(name);
                masked.push('=');
                mask_part(value, is_public_parameter(name, value), masked, credentials);
            }
            None => masked.push_str(parameter),
        }
    }
    if let Some(fragment) = fragment {
        masked.push('#');
        mask_part(fragment, false, masked, credentials);
    }
}

/// Appends a value, or its replacement with the punctuation after it.
fn mask_part(value: &str, is_public: bool, masked: &mut String, credentials: &mut Vec<String>) {
    let plain = value.trim_end_matches(PUNCTUATION);
    if is_public || plain.is_empty() {
        masked.push_str(value);
        return;
    }
    // A quote may end the URL before other text without spaces.
    let end = plain.find(['`', '"', '\'']).unwrap_or(plain.len());
    credentials.push(value[..end].to_string());
    masked.push_str(MASK);
    masked.push_str(if end < plain.len() { &value[end..] } else { &value[plain.len()..] });
}

fn is_public_parameter(name: &str, value: &str) -> bool {
    let lowercase = name.to_ascii_lowercase();
    let is_secret = SECRET_PARAMETERS.iter().any(|word| lowercase.contains(word));
    PUBLIC_PARAMETERS.contains(&name) || !is_secret && value.trim_end_matches(PUNCTUATION).len() <= MAX_PUBLIC_LENGTH
}

/// Appends a text without the passwords of addresses without a scheme: `user:password@host:path`.
fn mask_addresses(text: &str, masked: &mut String, credentials: &mut Vec<String>) {
    let separators = [' ', '\t', '\n', '`', '"', '\'', '(', '[', '{', ',', '='];
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let start = rest[..at].rfind(separators).map_or(0, |start| start + 1);
        let (user, after) = (rest[start..at].trim_start_matches('/'), &rest[at + 1..]);
        let start = at - user.len();
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(after.len());
        let is_host = end > 0 && after[end..].starts_with([':', '/']) && !after.starts_with("sha256:");
        let has_password =
            user.split_once(':').is_some_and(|(name, password)| !name.is_empty() && !password.is_empty());
        if is_host && has_password && !user.contains('/') {
            credentials.push(password(user));
            mask_parameters(&rest[..start], masked, credentials);
            masked.push_str(MASK);
        } else {
            mask_parameters(&rest[..at], masked, credentials);
        }
        masked.push('@');
        rest = after;
    }
    mask_parameters(rest, masked, credentials);
}

/// Appends a text without the queries of URLs without a scheme: `host/path?token=a`.
fn mask_parameters(text: &str, masked: &mut String, credentials: &mut Vec<String>) {
    let mut rest = text;
    while let Some(at) = rest.find('?') {
        let end = rest[at..].find(char::is_whitespace).map_or(rest.len(), |length| at + length);
        let name = rest[at + 1..end].split_once('=').map_or("", |(name, _)| name);
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte));
        let is_query = is_name && !rest[..at].ends_with(|c: char| c.is_whitespace());
        masked.push_str(&rest[..at]);
        if is_query {
            mask_query(&rest[at..end], masked, credentials);
        } else {
            masked.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    masked.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_listed() {
        let text = "files: ['https://user:word@host/a?token=long1&ref=main#part']";
        assert_eq!(credentials_in(text), ["word", "long1", "part"]);
    }

    #[test]
    fn credentials_are_masked() {
        for (text, expected) in [
            ("https://user:word@host/org", "https://***@host/org"),
            ("https://token@host/org", "https://***@host/org"),
            ("https://user:wo/rd@host/org", "https://***@host/org"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("get `https://host/a?token=b`: no", "get `https://host/a?token=***`: no"),
            (
                "https://host/a?ref=b&X-Amz-Signature=c https://d?sig=e",
                "https://host/a?ref=b&X-Amz-Signature=*** https://d?sig=***",
            ),
            ("https://host/a?ref=b&timeout=3", "https://host/a?ref=b&timeout=3"),
            ("https://a?b=https://c:d@e", "https://a?b=https://***@e"),
            ("https://host/a?pass=word&code=long1", "https://host/a?pass=***&code=***"),
            ("https://host/a?x=word&page=2&v=1.2", "https://host/a?x=***&page=2&v=1.2"),
            ("https://host/a?to%6ben=word`", "https://host/a?to%6ben=***`"),
            ("get https://host/a#token=word, or", "get https://host/a#***, or"),
            ("https:/user:word@host/a?pass=word", "https:/***@host/a?pass=***"),
            ("/dir/ssh:/git:word@host/a", "/dir/ssh:/***@host/a"),
            ("ssh://TOKEN@host/a", "ssh://***@host/a"),
            ("user:word@host:org/repo", "***@host:org/repo"),
            ("nginx:1@sha256:abc, a:b@c", "nginx:1@sha256:abc, a:b@c"),
            ("\"https://host/a?token=word\",\"b\"", "\"https://host/a?token=***\",\"b\""),
            ("volume:/data@x", "volume:/data@x"),
            ("//user:word@host/a", "//***@host/a"),
            ("git@host:org/repo?sshkey=word&ref=b", "git@host:org/repo?sshkey=***&ref=b"),
            ("host/org/repo?token=word, or what? a=b", "host/org/repo?token=***, or what? a=b"),
            ("https://user:p@ss'w@host/org", "https://***@host/org"),
            ("ssh://git@host/org", "ssh://git@host/org"),
            ("ssh://git:word@host/org", "ssh://***@host/org"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://host?a@b", "https://host?a@b"),
            ("git@host:org/repo", "git@host:org/repo"),
            ("cannot get 'http://a:b@c' or http://d:e@f/g: no", "cannot get 'http://***@c' or http://***@f/g: no"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }
}
