//! What commands print.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _, Write};

use anstyle::{AnsiColor, Color, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// Matched words.
pub(super) const MATCHED: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Black)))
    .bg_color(Some(Color::Ansi(AnsiColor::Yellow)));
/// A name to notice.
pub(super) const NAME: Style = AnsiColor::Cyan.on_default().bold();
/// What matters less.
pub(super) const FAINT: Style = Style::new().dimmed();
/// What is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Writes `text` to stdout. A reader that went away (`| head`) is no error.
///
/// # Errors
/// When stdout cannot be written for another reason.
pub(super) fn print(text: &str) -> Result<(), String> {
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("stdout: {error}")),
        _ => Ok(()),
    }
}

/// Writes the steps of a dry run to stdout.
///
/// # Errors
/// When stdout cannot be written.
pub(super) fn plan<'s>(steps: impl Iterator<Item = &'s str>) -> Result<(), String> {
    let mut text = String::new();
    for (step, at) in steps.zip(1..) {
        let _ = writeln!(text, "{at}. {step}");
    }
    print(&format!("{text}Nothing was changed.\n"))
}

/// Reads stdin to its end. `instead` is how a text is given as an argument.
///
/// # Errors
/// When stdin is a terminal or cannot be read.
pub(super) fn read_stdin(instead: &str) -> Result<String, String> {
    if io::stdin().is_terminal() {
        return Err(format!(
            "no text was given\n  mend: {instead}, or pipe one in"
        ));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("stdin: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes `error: problem` to stderr.
pub(super) fn error(problem: &str) {
    let _ = writeln!(anstream::stderr(), "{BAD}error:{BAD:#} {problem}");
}

/// `text` in `style`.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// An empty table without lines, as wide as the terminal.
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// `table` without spaces at the ends of its lines, and without a last line's end.
pub(super) fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}
