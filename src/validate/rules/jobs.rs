//! Rules for Jobs and CronJobs.

use std::collections::HashSet;

use super::super::object::Field;
use super::super::report::Report;
use super::pod::{self, Claims};
use super::time_zones;
use super::values::{
    at_least, forbid, optional_choice, require_choice, require_items, require_text, set_choice, set_name,
};
use super::{cron, labels, names};

/// The length of the name of a CronJob, to which 11 characters are added.
const MAX_CRON_JOB_NAME: usize = 52;
const MAX_PARALLELISM: i64 = 100_000;

/// A Job.
pub fn job(root: &Field<'_>, report: &mut Report) {
    let spec = root.at("spec");
    let selector = spec.at("selector");
    if spec.at("manualSelector").is_true() {
        labels::selector_of_job(&selector, &spec.at("template"), report);
    } else {
        forbid(&selector, report, "`selector` not auto-generated");
        let name = root.at("metadata.name");
        if let Some(fault) = name.nonempty_text().and_then(|text| names::label_value(&text)) {
            // The name is the value of a label of the pods.
            name.invalid(report, fault);
        }
    }
    last_host_name(root, report);
    job_spec(&spec, report);
}

/// Checks the name of the last pod of a Job whose pods have indexes: it is a host name.
fn last_host_name(root: &Field<'_>, report: &mut Report) {
    let (name, spec) = (root.at("metadata.name"), root.at("spec"));
    let Some(count) = spec.at("completions").set_integer().filter(|&count| count > 0) else { return };
    if let Some(text) = name.nonempty_text()
        && spec.at("completionMode").is("Indexed")
        && names::dns_label(&format!("{text}-{}", count - 1)).is_some()
    {
        name.invalid(report, "will not able to create pod with invalid DNS label");
    }
}

fn job_spec(spec: &Field<'_>, report: &mut Report) {
    const NUMBERS: &[&str] = &[
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    NUMBERS.iter().for_each(|name| at_least(&spec.at(name), report, 0));
    let (mode, template) = (spec.at("completionMode"), spec.at("template"));
    set_choice(&mode, report, &["NonIndexed", "Indexed"]);
    if mode.is("Indexed") {
        indexed(spec, report);
    } else {
        for name in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
            forbid(&spec.at(name), report, "requires indexed completion mode");
        }
    }
    set_choice(&spec.at("podReplacementPolicy"), report, &["Failed", "TerminatingOrFailed"]);
    set_name(&spec.at("managedBy"), report, names::prefixed_name);
    failure_policy(&spec.at("podFailurePolicy"), &template, report);
    pod::ends(&template, report);
    pod::template(&template, &Claims::default(), report);
}

fn indexed(spec: &Field<'_>, report: &mut Report) {
    let (completions, parallelism) = (spec.at("completions"), spec.at("parallelism"));
    if !completions.is_set() {
        completions.missing(report, "when completion mode is Indexed");
    }
    if parallelism.integer().is_some_and(|value| value > MAX_PARALLELISM) {
        let fault = format!("must be less than or equal to {MAX_PARALLELISM} when completion mode is Indexed");
        parallelism.invalid(report, fault);
    }
    let (failed, per_index) = (spec.at("maxFailedIndexes"), spec.at("backoffLimitPerIndex"));
    if failed.is_set() && !per_index.is_set() {
        per_index.missing(report, "when maxFailedIndexes is specified");
    }
    if let (Some(failed_value), Some(all)) = (failed.set_integer(), completions.set_integer())
        && failed_value > all
    {
        failed.invalid(report, "must be less than or equal to completions");
    }
    let policy = spec.at("successPolicy");
    if policy.is_set() {
        require_items(
            &policy.at("rules"),
            report,
            "at least one rules must be specified when the successPolicy is specified",
        );
        for rule in policy.at("rules").elements() {
            if !rule.at("succeededCount").is_set() && !rule.at("succeededIndexes").is_set() {
                rule.missing(report, "at least one of succeededCount or succeededIndexes must be specified");
            }
            at_least(&rule.at("succeededCount"), report, 1);
        }
    }
}

fn failure_policy(policy: &Field<'_>, template: &Field<'_>, report: &mut Report) {
    if !policy.is_set() {
        return;
    }
    if !template.at("spec.restartPolicy").is("Never") {
        template
            .at("spec.restartPolicy")
            .invalid(report, "only \"Never\" is supported when podFailurePolicy is specified");
    }
    let rules = policy.at("rules");
    if rules.count() > 20 {
        rules.invalid(report, "must have at most 20 items");
    }
    for rule in rules.elements() {
        require_choice(&rule.at("action"), report, &["Count", "FailIndex", "FailJob", "Ignore"]);
        let missing = "must specify one of: `onExitCodes` or `onPodConditions`";
        let too_many = "specifying both OnExitCodes and OnPodConditions is not supported";
        match (rule.at("onExitCodes").is_set(), rule.at("onPodConditions").is_empty()) {
            (false, true) => rule.missing(report, missing),
            (true, false) => rule.invalid(report, too_many),
            _ => {}
        }
        let codes = rule.at("onExitCodes");
        if codes.is_set() {
            exit_codes(&codes, report);
        }
        for condition in rule.at("onPodConditions").elements() {
            require_text(&condition.at("type"), report);
            optional_choice(&condition.at("status"), report, &["False", "True", "Unknown"]);
        }
    }
}

fn exit_codes(codes: &Field<'_>, report: &mut Report) {
    let (operator, values) = (codes.at("operator"), codes.at("values"));
    require_choice(&operator, report, &["In", "NotIn"]);
    require_items(&values, report, "at least one value is required");
    let mut seen = HashSet::new();
    for value in values.elements() {
        let Some(number) = value.integer() else { continue };
        if number == 0 && operator.is("In") {
            value.invalid(report, "must not be 0 for the In operator");
        }
        if !seen.insert(number) {
            value.duplicate(report, &number.to_string());
        }
    }
}

/// A CronJob.
pub fn cron_job(root: &Field<'_>, report: &mut Report) {
    let (name, spec) = (root.at("metadata.name"), root.at("spec"));
    if name.text().is_some_and(|text| text.len() > MAX_CRON_JOB_NAME) {
        name.invalid(report, format!("must be no more than {MAX_CRON_JOB_NAME} characters"));
    }
    let (schedule, zone) = (spec.at("schedule"), spec.at("timeZone"));
    require_text(&schedule, report);
    if let Some(text) = schedule.nonempty_text() {
        if text.contains("TZ") && !zone.is_set() && !spec.is_since(29) {
            // Older versions accept a time zone in a schedule.
        } else if text.contains("TZ") {
            schedule.invalid(report, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        } else if let Some(fault) = cron::fault(&text) {
            schedule.invalid(report, fault);
        }
    }
    if let Some(text) = zone.text().filter(|_| zone.is_set()) {
        if text.is_empty() {
            zone.invalid(report, "timeZone must be nil or non-empty string");
        } else if !time_zones::is_known(&text) {
            zone.invalid(report, "unknown time zone");
        }
    }
    for name in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        at_least(&spec.at(name), report, 0);
    }
    optional_choice(&spec.at("concurrencyPolicy"), report, &["Allow", "Forbid", "Replace"]);
    let template = spec.at("jobTemplate");
    labels::check(&template.at("metadata.labels"), report);
    let job = template.at("spec");
    forbid(&job.at("selector"), report, "`selector` will be auto-generated");
    if job.at("manualSelector").is_true() {
        job.at("manualSelector").invalid(report, "unsupported value `true`");
    }
    job_spec(&job, report);
}
