//! The time zone in which days are told.

use std::env;
use std::path::Path;

use jiff::tz::TimeZone;

/// The local time zone. Where `TZ` leads to something endless instead of a zone's file, it is UTC.
pub(super) fn local() -> TimeZone {
    let named = env::var_os("TZ").unwrap_or_default();
    let named = named.to_string_lossy();
    let path = Path::new(named.strip_prefix(':').unwrap_or(&named));
    if path.is_absolute() && !path.is_file() || named.contains("..") {
        return TimeZone::UTC;
    }
    TimeZone::system()
}
