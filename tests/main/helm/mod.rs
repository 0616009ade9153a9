//! Helm charts, with a script as `helm` that records its calls.
//!
//! The expected calls are those of kustomize with the same script.

mod arguments;
mod errors;
mod output;
mod values;

use std::fs;
use std::ops::Deref;

use crate::sandbox::{Run, Sandbox, search_path};

/// Records arguments, environment and values files. Prints the file `prints`, or a ConfigMap with the name of the chart.
const HELM: &str = r#"#!/bin/sh
{
  echo "call"
  for argument in "$@"; do echo "  $argument"; done
  env | grep '^HELM_' | sort | sed 's/^/  env /'
  previous=
  for argument in "$@"; do
    if [ "$previous" = -f ] && [ -f "$argument" ]; then sed 's/^/  values /' "$argument"; fi
    previous=$argument
  done
  sed 's/^/  stdin /'
} >> "$WORLD/calls"
case "$1" in
version) cat "$WORLD/version" ;;
pull)
  name=; skip=
  for argument in "$@"; do
    case "$skip$argument" in
    skip*) skip= ;;
    --untardir|--repo|--version) skip=skip ;;
    -*|pull) ;;
    *) name=${argument##*/} ;;
    esac
  done
  mkdir -p "$4/$name" && echo 'pulled: true' > "$4/$name/values.yaml" ;;
template)
  if [ -f "$WORLD/fails" ]; then echo "Error: no way" >&2; exit 1; fi
  if [ -f "$WORLD/prints" ]; then cat "$WORLD/prints"; exit; fi
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s-%s\n' "$2" "${3##*/}" ;;
esac
"#;

/// A sandbox with the script above as `helm`.
pub struct World {
    sandbox: Sandbox,
}

impl Deref for World {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl World {
    /// Creates a world with this kustomization in `app`, and the chart `web` in `app/charts`.
    pub fn new(kustomization: &str) -> World {
        let sandbox = Sandbox::new(&[
            ("version", "v3.14.2+g1234567\n"),
            ("app/charts/web/values.yaml", "replicas: 1\n"),
            ("app/kustomization.yaml", kustomization),
        ]);
        sandbox.write_program("helm", HELM);
        World { sandbox }
    }

    pub fn build(&self, flags: &[&str]) -> Run {
        let _ = fs::remove_file(self.path("calls"));
        let mut command = self.command(&["build", "app"]);
        command.args(flags).env("PATH", search_path()).env("WORLD", self.path(""));
        self.finish(command)
    }

    pub fn build_with_helm(&self, flags: &[&str]) -> Run {
        let helm = self.path("helm");
        let mut all = vec!["--enable-helm", "--helm-command", helm.to_str().unwrap()];
        all.extend(flags);
        self.build(&all)
    }

    #[track_caller]
    pub fn yaml(&self) -> String {
        self.yaml_with(&[])
    }

    #[track_caller]
    pub fn yaml_with(&self, flags: &[&str]) -> String {
        self.build_with_helm(flags).succeeds()
    }

    #[track_caller]
    pub fn error(&self) -> String {
        self.build_with_helm(&[]).fails()
    }

    /// Returns the calls of helm, with placeholders for the directories of this run.
    pub fn calls(&self) -> String {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let calls = calls.replace(self.path("").to_str().unwrap().trim_end_matches('/'), "WORLD");
        let private = self.temporary().join("boutique-helm-");
        let mut parts = calls.split(private.to_str().unwrap());
        let first = parts.next().unwrap_or_default().to_string();
        parts.fold(first, |text, part| text + "PRIVATE" + part.find('/').map_or(part, |at| &part[at..]))
    }

    /// Returns the arguments of each call, except for calls that ask for the version.
    pub fn arguments(&self) -> Vec<String> {
        let calls = self.calls();
        let calls = calls.split("call\n").map(|call| {
            let is_argument = |line: &&str| !["  env ", "  values ", "  stdin "].iter().any(|p| line.starts_with(p));
            call.lines().filter(is_argument).map(str::trim).collect::<Vec<_>>().join(" ")
        });
        calls.filter(|call| !call.is_empty() && call != "version --short").collect()
    }

    /// Returns the lines of all values files.
    pub fn values(&self) -> String {
        self.calls().lines().filter_map(|line| line.strip_prefix("  values ")).map(|line| format!("{line}\n")).collect()
    }
}
