//! Network: hosts and redirects.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::charts::{render_chart, with_chart};
use super::run_with_programs;
use crate::sandbox::{Sandbox, search_path};

#[test]
fn offline_fetches_nothing() {
    for entry in ["https://localhost:1/a.yaml", "https://localhost:1/org/repo", "git@localhost:org/repo"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        let message = run_with_programs(&sandbox, &["render", "--offline"]).fails();
        assert!(message.contains("`--offline` forbids network access"), "{message}");
        let message = run_with_programs(&sandbox, &["render", "--no-remote"]).fails();
        assert!(message.contains("`--no-remote` forbids remote content"), "{message}");
    }
    let sandbox = with_chart("  repo: https://localhost:1\n  version: 1.0.0");
    render_chart(&sandbox, &["--offline"]).fails_with("chart web: network access is not allowed");
    render_chart(&sandbox, &["--allow-host", "example.com"]).fails_with("the host `localhost` is not allowed");
    assert!(!sandbox.read("ran").contains("pull"));
}

#[test]
fn only_allowed_hosts_are_contacted() {
    for entry in ["https://evil.test/a.yaml", "https://evil.test/org/repo", "git@evil.test:org/repo"] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        let message = run_with_programs(&sandbox, &["render", "--allow-host", "*.example.com"]).fails();
        assert!(message.contains("the host `evil.test` is not allowed"), "{message}");
    }
}

/// Starts a proxy that redirects all requests, and returns its address.
fn redirecting_proxy(location: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer =
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            loop {
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                let request: Vec<String> = request.take_while(|line| !line.is_empty()).collect();
                // Some clients ask for a connection first.
                let is_connect = request.first().is_some_and(|line| line.starts_with("CONNECT"));
                let answer = if is_connect { "HTTP/1.1 200 OK\r\n\r\n" } else { &answer };
                if stream.write_all(answer.as_bytes()).is_err() || !is_connect {
                    break;
                }
            }
        }
    });
    address
}

#[test]
fn redirects_do_not_reach_private_addresses() {
    let sandbox =
        Sandbox::new(&[("kustomization.yaml", "configMapGenerator: [{name: a, files: [x=http://public.test/a]}]\n")]);
    for (location, expected) in [
        ("http://169.254.169.254/latest", "redirected to the private address of `169.254.169.254`"),
        ("http://127.0.0.1:1/", "redirected to the private address of `127.0.0.1`"),
        ("http://localhost:1/", "redirected to the private address of `localhost`"),
        ("http://[::ffff:10.0.0.1]/", "redirected to the private address of"),
        ("file:///etc/passwd", "redirected to a URL that is not HTTP"),
        ("gopher://public.test/", "redirected to a URL that is not HTTP"),
    ] {
        let mut command = sandbox.command(&["render"]);
        command.env("http_proxy", redirecting_proxy(location));
        sandbox.finish(command).fails_with(expected);
    }
    let mut command = sandbox.command(&["render", "--allow-host", "public.test"]);
    command.env("http_proxy", redirecting_proxy("http://other.test/"));
    sandbox.finish(command).fails_with("redirected: the host `other.test` is not allowed");
    let mut command = sandbox.command(&["render", "--allow-private-redirects"]);
    command.env("http_proxy", redirecting_proxy("http://127.0.0.1:1/"));
    sandbox.finish(command).fails_with("Connection refused");
}

#[test]
fn disguised_hosts_are_not_contacted() {
    for (entry, message) in [
        ("git@evil.test:x@good.test/org/repo", "the host `evil.test` is not allowed"),
        ("git@evil.test:a://good.test/_git/repo", "transport is not one of"),
        ("ssh://evil.test%2F@good.test/org/repo", "its host contains an escape sequence"),
        ("ssh://git@evil.test%2f.good.test/org/repo", "its host contains an escape sequence"),
        ("https://evil.test#@good.test/org/repo", "the host `evil.test` is not allowed"),
        ("ssh://good.test#@evil.test/org/repo", "the host `evil.test` is not allowed"),
    ] {
        let sandbox = Sandbox::new(&[("kustomization.yaml", &format!("resources: ['{entry}']\n"))]);
        sandbox.write_program("bin/ssh", "#!/bin/sh\ntouch \"${0%/*}/ran\"\n");
        let path = format!("{}:{}", sandbox.path("bin").display(), search_path().to_string_lossy());
        let mut command = sandbox.command(&["render", "--allow-host", "*.good.test", "--allow-host", "good.test"]);
        command.env("PATH", path).env("GIT_CONFIG_NOSYSTEM", "1");
        sandbox.finish(command).fails_with(message);
        assert!(!sandbox.path("bin/ran").exists(), "{entry}");
    }
}

#[test]
fn redirects_of_repositories_do_not_reach_private_addresses() {
    let sandbox = Sandbox::new(&[("kustomization.yaml", "resources: ['http://public.test/org/repo?ref=main']\n")]);
    let service = "info/refs?service=git-upload-pack";
    for (location, expected) in [
        ("http://169.254.169.254/latest", "redirected to the private address of `169.254.169.254`"),
        ("http://10.0.0.5/secret?x=/", "redirected to the private address of `10.0.0.5`"),
        ("http://192.0.0.192/", "redirected to the private address of"),
        ("http://168.63.129.16/", "redirected to the private address of"),
        ("http://[64:ff9b:1::a00:5]/", "redirected to the private address of"),
        ("http://[2002:a00:5::1]/", "redirected to the private address of"),
        ("http://0x7f000001/", "redirected to the private address of"),
        ("http://127.1/", "redirected to the private address of"),
        ("http://a.localhost/", "redirected to the private address of"),
        ("file:///etc/", "redirected to a URL that is not HTTP"),
        ("ext::sh -c x/", "redirected to a URL that is not HTTP"),
    ] {
        let mut command = sandbox.command(&["render"]);
        command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("http_proxy", redirecting_proxy(&format!("{location}{service}")));
        sandbox.finish(command).fails_with(expected);
    }
    let mut command = sandbox.command(&["render", "--allow-host", "public.test"]);
    command.env("PATH", search_path()).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("http_proxy", redirecting_proxy(&format!("http://other.test/{service}")));
    sandbox.finish(command).fails_with("redirected: the host `other.test` is not allowed");
}
