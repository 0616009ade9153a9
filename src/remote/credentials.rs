//! Masks credentials in URLs.

/// Words in the names of query parameters with secret values, as in signed URLs.
const SECRET_PARAMETERS: [&str; 9] = ["auth", "credential", "jwt", "key", "passw", "secret", "session", "sig", "token"];

/// Returns a text in which `***` replaces the user and password of each URL, and tokens and signatures in its query. A user
/// without a password is not a secret in SSH URLs, and remains: `ssh://git@host`.
pub fn without_credentials(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        masked.push_str(before);
        let url_end = after.find(|c: char| c.is_whitespace()).unwrap_or(after.len());
        let host_end = after[..url_end].find(['/', '?', '#']).unwrap_or(url_end);
        // A password with a slash is an error, but still a secret. A port has only digits.
        let is_password = |text: &str| !text.is_empty() && !text.bytes().all(|byte| byte.is_ascii_digit());
        let has_password = after[..host_end].split_once(':').is_some_and(|(_, password)| is_password(password));
        let at_sign = after[..url_end].rfind('@').filter(|_| has_password && !after[..host_end].contains(['@', '[']));
        let end = at_sign
            .map_or(host_end, |at| after[at..url_end].find(['/', '?', '#']).map_or(url_end, |length| at + length));
        let (authority, after_authority) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) if user.contains(':') || !before.to_ascii_lowercase().ends_with("ssh://") => {
                masked.push_str("***@");
                masked.push_str(host);
            }
            _ => masked.push_str(authority),
        }
        rest = &after_authority[mask_query(&after_authority[..url_end - end], &mut masked)..];
    }
    masked.push_str(rest);
    masked
}

/// Appends the rest of a URL, up to another URL in it, without secret values. Returns its length.
fn mask_query(rest: &str, masked: &mut String) -> usize {
    let end = rest.find("://").unwrap_or(rest.len());
    let Some((path, query)) = rest[..end].split_once('?') else { return 0 };
    masked.push_str(path);
    for (index, parameter) in query.split('&').enumerate() {
        masked.push(if index == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((name, value)) if is_secret_parameter(name) => {
                // The URL may be followed by a quote or punctuation.
                let quotes = value.len() - value.trim_end_matches(['`', '\'', '"', ')', ',', '.', ':', ';']).len();
                masked.push_str(&format!("{name}=***{}", &value[value.len() - quotes..]));
            }
            _ => masked.push_str(parameter),
        }
    }
    end
}

fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

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
