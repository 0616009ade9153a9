//! Rules for probes and for what containers run when they start and end.

use super::super::object::Field;
use super::super::report::Report;
use super::names;
use super::values::{PORTS, exactly_one, forbid, not_negative, optional_choice, port_or_name, range, require_items};
use crate::diagnostic::Code;

const ONE_HANDLER: &str = "must specify a handler type";
const TOO_MANY: &str = "may not specify more than 1 handler type";

/// Checks the probes and handlers of a container.
pub fn of_container(container: &Field<'_>, grace_period: i64, report: &mut Report) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let field = container.at(name);
        if field.is_set() {
            probe(&field, name == "readinessProbe", report);
        }
    }
    for name in ["lifecycle.postStart", "lifecycle.preStop"] {
        let handler = container.at(name);
        if handler.is_set() {
            exactly_one(&handler, report, &["exec", "httpGet", "tcpSocket", "sleep"], ONE_HANDLER, TOO_MANY);
            actions(&handler, report);
            let seconds = handler.at("sleep.seconds");
            if seconds.integer().is_some_and(|value| value < 0 || value > grace_period) {
                let fault = format!("must be non-negative and at most terminationGracePeriodSeconds ({grace_period})");
                seconds.invalid(report, fault);
            }
        }
    }
}

fn probe(probe: &Field<'_>, is_readiness: bool, report: &mut Report) {
    exactly_one(probe, report, &["exec", "httpGet", "tcpSocket", "grpc"], ONE_HANDLER, TOO_MANY);
    actions(probe, report);
    let success = probe.at("successThreshold");
    let numbers =
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"].map(|name| probe.at(name));
    not_negative(&numbers, report);
    not_negative(&[success], report);
    let grace_period = probe.at("terminationGracePeriodSeconds");
    if is_readiness {
        forbid(&grace_period, report, "must not be set for readinessProbes");
    } else if success.integer().is_some_and(|value| value > 1) {
        success.invalid(report, "must be 1");
    }
    if grace_period.set_integer().is_some_and(|seconds| seconds <= 0) {
        grace_period.invalid(report, "must be greater than 0");
    }
}

/// Checks the actions of a probe or a handler.
fn actions(handler: &Field<'_>, report: &mut Report) {
    let (exec, http) = (handler.at("exec"), handler.at("httpGet"));
    let (tcp, grpc) = (handler.at("tcpSocket"), handler.at("grpc"));
    if exec.is_set() {
        require_items(&exec.at("command"), report, "");
    }
    if http.is_set() {
        port_or_name(&http.at("port"), report);
        optional_choice(&http.at("scheme"), report, &["HTTP", "HTTPS"]);
        for header in http.at("httpHeaders").elements() {
            let name = header.at("name");
            if let Some(fault) = name.text().and_then(|text| names::http_header_name(&text)) {
                name.error(report, Code::InvalidName, fault);
            }
        }
    }
    if tcp.is_set() {
        port_or_name(&tcp.at("port"), report);
    }
    if grpc.is_set() {
        range(&grpc.at("port"), report, PORTS);
    }
}
