//! `--since` and `--until`.

use jiff::{Span, Timestamp, ToSpan as _, civil};

use crate::cli::zone;

/// The moment that `text` means: a day's begin in the local time zone, or so long ago.
pub(in crate::cli) fn since(text: &str) -> Result<Timestamp, String> {
    let back = |span: Span| {
        let now = Timestamp::now().to_zoned(zone::local());
        let then = now.checked_sub(span).ok();
        then.filter(|then| *then <= now)
            .map(|then| then.timestamp())
    };
    let date = text.parse().ok().and_then(midnight);
    date.or_else(|| text.parse().ok().and_then(back))
        .ok_or_else(|| "write a date such as 2026-11-01, or 12h, 30d, 2w".to_owned())
}

/// The end of the day `text`.
pub(in crate::cli) fn until(text: &str) -> Result<Timestamp, String> {
    let next = |day: civil::Date| day.checked_add(1.day()).ok();
    let day: Option<civil::Date> = text.parse().ok();
    day.and_then(next)
        .and_then(midnight)
        .ok_or_else(|| "write a date such as 2026-11-30".to_owned())
}

fn midnight(day: civil::Date) -> Option<Timestamp> {
    let at = day.to_zoned(zone::local()).ok()?;
    Some(at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{since, until};

    #[test]
    fn days_and_spans_are_understood() {
        for text in ["30d", "12h", "2w", "1 month", "2026-11-01", "20261101"] {
            assert!(since(text).is_ok(), "{text}");
        }
        for text in ["", "30", "-3d", "yesterday", "2026-13-01"] {
            assert!(since(text).is_err(), "{text}");
        }
        assert!(until("2026-11-30").unwrap() > since("2026-11-30").unwrap());
        for text in ["", "30d", "2026-02-30"] {
            assert!(until(text).is_err(), "{text}");
        }
    }
}
