//! Schedules of CronJobs: the five fields of cron, and names such as `@daily`.

/// A field: the least and the greatest number, and names of numbers.
struct Range {
    least: u32,
    greatest: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Range; 5] = [
    Range { least: 0, greatest: 59, names: &[] },
    Range { least: 0, greatest: 23, names: &[] },
    Range { least: 1, greatest: 31, names: &[] },
    Range { least: 1, greatest: 12, names: MONTHS },
    Range { least: 0, greatest: 6, names: DAYS },
];

const DESCRIPTORS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Returns what is wrong with a schedule that is not empty.
pub fn fault(schedule: &str) -> Option<String> {
    if let Some(duration) = schedule.strip_prefix("@every ") {
        return (!is_duration(duration)).then(|| "failed to parse the duration after `@every`".to_string());
    }
    if schedule.starts_with('@') {
        return (!DESCRIPTORS.contains(&schedule)).then(|| format!("unrecognized descriptor `{schedule}`"));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}", fields.len()));
    }
    let lists = fields.iter().zip(&FIELDS);
    lists
        .flat_map(|(list, range)| list.split(',').filter(|part| !part.is_empty()).map(move |part| (part, range)))
        .find_map(|(part, range)| range.fault(part))
}

impl Range {
    /// Returns what is wrong with an element of a field: `*`, `5`, `1-5`, each with an optional step.
    fn fault(&self, part: &str) -> Option<String> {
        let mut steps = part.split('/');
        let (bounds, step) = (steps.next().unwrap_or_default(), steps.next());
        if steps.next().is_some() {
            return Some(format!("too many slashes: `{part}`"));
        }
        let mut ends = bounds.split('-');
        let (first, last) = (ends.next().unwrap_or_default(), ends.next());
        let (start, end) = if matches!(first, "*" | "?") {
            (Some(self.least), Some(self.greatest))
        } else {
            if ends.next().is_some() {
                return Some(format!("too many hyphens: `{part}`"));
            }
            let start = self.number(first);
            let end = match (last, step) {
                (Some(last), _) => self.number(last),
                (None, Some(_)) => Some(self.greatest),
                (None, None) => start,
            };
            (start, end)
        };
        let (Some(start), Some(end)) = (start, end) else {
            return Some(format!("failed to parse a number from `{part}`"));
        };
        match step.map(parse) {
            Some(None) => Some(format!("failed to parse a number from `{part}`")),
            Some(Some(0)) => Some(format!("step of range should be a positive number: `{part}`")),
            _ if start < self.least => Some(format!("beginning of range ({start}) below minimum ({})", self.least)),
            _ if end > self.greatest => Some(format!("end of range ({end}) above maximum ({})", self.greatest)),
            _ if start > end => Some(format!("beginning of range ({start}) beyond end of range ({end}): `{part}`")),
            _ => None,
        }
    }

    fn number(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        match self.names.iter().position(|name| *name == lower) {
            Some(index) => Some(index as u32 + self.least),
            None => parse(text),
        }
    }
}

fn parse(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// Returns whether a text is a duration as Go writes it: `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut is_empty = true;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        if number.parse::<f64>().is_err() {
            return false;
        }
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        if !units.contains(&&after[..end]) {
            return false;
        }
        rest = &after[end..];
        is_empty = false;
    }
    !is_empty
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn schedules_of_cron() {
        let good = [
            "0 3 * * *",
            "*/5 * * * ?",
            "0-30/10 8,20 1 jan-Mar MON",
            "5/15 * * * *",
            "@daily",
            "@every 1h30m",
            "  0 0 1 1 0 ",
        ];
        for schedule in good {
            assert_eq!(fault(schedule), None, "{schedule:?}");
        }
        let bad = [
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "@never",
            "@every x",
            "* * * * foo",
            "-1 * * * *",
        ];
        for schedule in bad {
            assert!(fault(schedule).is_some(), "{schedule:?}");
        }
    }
}
