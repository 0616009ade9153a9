//! Quantities: numbers with a suffix, such as `100m` and `1.5Gi`.

/// Returns a quantity in billionths, rounded away from zero as the API server does; `None` for a text that is not one.
///
/// Quantities beyond the range of the type are at its ends, as in the server.
pub fn parse(text: &str) -> Option<i128> {
    let (is_negative, number) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, suffix) = number.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.contains('.') || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (binary, decimal) = exponents(suffix)?;
    let power = decimal.saturating_add(9).saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    let mantissa = mantissa(whole, fraction);
    let shifted = mantissa.saturating_mul(1_i128 << binary);
    let value = if power >= 0 {
        let factor = 10_i128.checked_pow(power.unsigned_abs()).unwrap_or(i128::MAX);
        if shifted == 0 { 0 } else { shifted.saturating_mul(factor) }
    } else {
        let divisor = 10_i128.checked_pow(power.unsigned_abs()).unwrap_or(i128::MAX);
        shifted / divisor + i128::from(shifted % divisor != 0)
    };
    Some(if is_negative { -value } else { value })
}

fn mantissa(whole: &str, fraction: &str) -> i128 {
    let digits = whole.bytes().chain(fraction.bytes()).map(|digit| i128::from(digit - b'0'));
    digits.fold(0, |value: i128, digit| value.saturating_mul(10).saturating_add(digit))
}

/// Returns the powers of two and of ten that a suffix stands for.
fn exponents(suffix: &str) -> Option<(u32, i32)> {
    let known = match suffix {
        "" => (0, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
                return None;
            }
            (0, exponent.parse().ok()?)
        }
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_by_value() {
        for (a, b) in
            [("1", "1000m"), ("0.1", "100m"), ("1Ki", "1024"), ("1e3", "1k"), ("1.5Gi", "1536Mi"), (".5", "500m")]
        {
            assert_eq!(parse(a), parse(b), "{a} {b}");
            assert!(parse(a).is_some());
        }
        assert!(parse("100m") < parse("0.2"));
        assert!(parse("-1Gi") < parse("0"));
        assert_eq!(parse("0.1n"), parse("1n"));
        assert_eq!(parse("0"), Some(0));
        assert!(parse("99999999999999999999999999999999999999999E") > parse("1E"));
    }

    #[test]
    fn other_texts_are_not_quantities() {
        for text in ["", "a", "1x", "1 Gi", "1.2.3", "-", ".", "1e", "1ki", "1KiB", "Gi", "ü"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
