//! A host that maps a directory to another location.

use crate::path::is_within;
use crate::request::{Answer, HelmChartRequest, HelmTemplateRequest, Mount, Program, ProgramRequest, Request};

use super::Host;

/// Answers requests about a directory from a copy in another location. All paths in answers and messages are those of the
/// directory.
pub struct MappedHost<H> {
    host: H,
    /// The path of the directory in requests and answers.
    shown: String,
    /// The location of the files, with links resolved.
    real: String,
}

impl<H: Host> MappedHost<H> {
    pub(crate) fn new(host: H, shown: &str, real: &str) -> MappedHost<H> {
        MappedHost { host, shown: shown.to_string(), real: real.to_string() }
    }

    /// Returns the real location of a path in the directory.
    pub(crate) fn real_path(&self, path: &str) -> String {
        mapped(path, &self.shown, &self.real)
    }

    /// Returns the path in the directory for a real location.
    pub(crate) fn shown_path(&self, path: &str) -> String {
        mapped(path, &self.real, &self.shown)
    }

    fn real_chart(&self, chart: HelmChartRequest) -> HelmChartRequest {
        HelmChartRequest {
            home: self.real_path(&chart.home),
            config_home: self.real_path(&chart.config_home),
            within: chart.within.as_ref().map(|directory| self.real_path(directory)),
            ..chart
        }
    }

    fn real_request(&self, request: &Request) -> Request {
        let path = |path: &String| self.real_path(path);
        match request.clone() {
            Request::Path { path: requested, within } => {
                Request::Path { path: path(&requested), within: within.as_ref().map(path) }
            }
            Request::HelmChart(chart) => Request::HelmChart(self.real_chart(chart)),
            Request::HelmTemplate(run) => Request::HelmTemplate(HelmTemplateRequest {
                arguments: run.arguments.iter().map(path).collect(),
                more_arguments: run.more_arguments.iter().map(path).collect(),
                chart: self.real_chart(run.chart),
                ..run
            }),
            Request::Program(run) => {
                let program = match run.program {
                    Program::Executable { path: file, arguments, environment } => {
                        Program::Executable { path: path(&file), arguments, environment }
                    }
                    Program::Container { image, network, mounts, environment } => {
                        let mounts = mounts.into_iter().map(|mount| Mount {
                            source: path(&mount.source),
                            within: mount.within.as_ref().map(path),
                            ..mount
                        });
                        Program::Container { image, network, mounts: mounts.collect(), environment }
                    }
                    program @ Program::Plugin { .. } => program,
                };
                Request::Program(ProgramRequest { program, directory: path(&run.directory), ..run })
            }
            request @ (Request::Git(_) | Request::Http { .. }) => request,
        }
    }
}

impl<H: Host> Host for MappedHost<H> {
    fn answer(&self, request: &Request) -> Answer {
        let path = |path: String| self.shown_path(&path);
        match self.host.answer(&self.real_request(request)) {
            Answer::File { real, bytes } => Answer::File { real: path(real), bytes },
            Answer::Directory { real } => Answer::Directory { real: path(real) },
            Answer::Outside { real } => Answer::Outside { real: path(real) },
            Answer::Failed(failure) => {
                Answer::Failed(failure.map_message(|message| message.replace(&self.real, &self.shown)))
            }
            answer @ (Answer::Missing | Answer::Output(_)) => answer,
        }
    }
}

/// Returns a path below `from` as the same path below `to`, and other paths unchanged.
fn mapped(path: &str, from: &str, to: &str) -> String {
    match path.strip_prefix(from).filter(|_| is_within(path, from)) {
        Some(rest) => format!("{to}{rest}"),
        None => path.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{self, MemoryHost, Outcome};
    use crate::{Inputs, Options};

    fn render(files: &[(&str, &str)]) -> (Result<String, String>, Inputs) {
        let host = MappedHost::new(MemoryHost::new(files.iter().copied()), "/shown", "/real");
        let Outcome { result, inputs } = io::render(&host, "/shown/app", &Options::default());
        let text = result.map(|rendered| rendered.to_yaml().expect("it can be written"));
        (text.map_err(|diagnostics| diagnostics[0].message.clone()), inputs)
    }

    #[test]
    fn only_the_shown_path_is_visible() {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        let files = [("/real/app/kustomization.yaml", "resources: [../base]\n"), ("/real/base/map.yaml", map)];
        let with_base = [files[0], files[1], ("/real/base/kustomization.yaml", "resources: [map.yaml]\n")];
        let (text, inputs) = render(&with_base);
        assert!(text.is_ok(), "{text:?}");
        assert!(inputs.files().all(|file| file.path.starts_with("/shown/") && file.real.starts_with("/shown/")));
        let message = render(&files).0.unwrap_err();
        assert!(message.contains("/shown/base") && !message.contains("/real"), "{message}");
        assert_eq!(mapped("/realty/app", "/real", "/shown"), "/realty/app");
    }
}
