//! Lines a person did not write: code, logs, diffs, traces, quoted mail.

/// Walks the lines of a prompt and tells which are pasted.
#[derive(Debug, Default)]
pub(super) struct Pasted {
    fence: Option<&'static str>,
}

impl Pasted {
    /// Whether `line` (without its newline) is pasted rather than typed.
    pub(super) fn covers(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start();
        if let Some(fence) = self.fence {
            if trimmed.starts_with(fence) {
                self.fence = None;
            }
            return true;
        }
        for fence in ["```", "~~~"] {
            if trimmed.starts_with(fence) {
                // A fence that opens and closes on one line leaves nothing open.
                self.fence = (!trimmed[3..].contains(fence)).then_some(fence);
                return true;
            }
        }
        looks_pasted(line, trimmed)
    }
}

/// How lines of other programs begin.
const MACHINE_HEADS: &[&str] = &[
    ">",
    "$ ",
    "❯",
    "➜",
    "user: ",
    "User: ",
    "assistant: ",
    "Assistant: ",
    "Human: ",
    "bot: ",
    "Bot: ",
    "% ",
    "# ",
    "## ",
    "### ",
    "#### ",
    "@@ ",
    "diff --git",
    "index ",
    "+++ ",
    "--- ",
    "error:",
    "error[",
    "Error:",
    "ERROR",
    "warning:",
    "WARN",
    "INFO",
    "DEBUG",
    "TRACE",
    "fatal:",
    "FATAL",
    "npm ERR",
    "Traceback",
    "File \"",
    "at ",
    "Caused by",
    "panic:",
    "thread '",
    "FAIL",
    "PASS",
    "=== ",
    "--- FAIL",
    "ok  \t",
    "stderr",
    "stdout",
    "note:",
    "hint:",
    "remote:",
    "To https",
    "CONFLICT (",
    "Auto-merging",
    "│",
    "├",
    "└",
    "╭",
    "╰",
    "┌",
    "⎿",
    "⏺",
    "✓",
    "✗",
    "✔",
    "✖",
    "×",
    "●",
    "|",
];

fn looks_pasted(line: &str, trimmed: &str) -> bool {
    if trimmed.is_empty() {
        return false;
    }
    let indented = line.starts_with('\t') || line.starts_with("    ");
    let bullet = trimmed.starts_with("- ")
        || trimmed.starts_with("* ")
        || trimmed.starts_with(|c: char| c.is_ascii_digit());
    (indented && !bullet)
        || machine_head(trimmed)
        || shell_prompt(trimmed)
        || timestamp(trimmed)
        || diff_line(trimmed)
        || mostly_symbols(trimmed)
}

fn machine_head(trimmed: &str) -> bool {
    MACHINE_HEADS.iter().any(|head| trimmed.starts_with(head))
        // "at " begins both a stack frame and a sentence; only a frame has brackets or a colon and number.
        && (!trimmed.starts_with("at ") || trimmed.contains('(') || trimmed.contains(":/"))
        // People shout too: "ERROR when I push, can you …" has lower-case words and ends like a sentence.
        && !trimmed.ends_with('?')
}

/// `PS C:\src> git log`, `ana@host shop % git log`: a command as a terminal shows it.
fn shell_prompt(trimmed: &str) -> bool {
    let head = &trimmed[..trimmed.floor_char_boundary(80)];
    let words = || head.split(' ');
    let windows = head.starts_with("PS ") && head.contains(":\\") && head.contains('>');
    let at_host = words().next().is_some_and(|first| {
        first
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('.'))
    });
    windows
        || (at_host
            && words()
                .skip(1)
                .take(3)
                .any(|word| matches!(word, "%" | "$" | "#")))
        || (at_host
            && words()
                .next()
                .is_some_and(|first| first.ends_with(['$', '#', '%'])))
}

/// `2026-01-21T10:22:01`, `[10:22:01]`, `10:22:01.123`, `Jan 21 10:22:01`.
fn timestamp(trimmed: &str) -> bool {
    let head = &trimmed.as_bytes()[..trimmed.len().min(24)];
    let clock = head.windows(5).position(|w| {
        w[0].is_ascii_digit()
            && w[1].is_ascii_digit()
            && w[2] == b':'
            && w[3].is_ascii_digit()
            && w[4].is_ascii_digit()
    });
    clock.is_some_and(|at| at + 8 <= head.len() && head[at + 5] == b':')
}

/// `+    let x = 1;`, `-foo()`: a sign and code, not a bullet and words.
fn diff_line(trimmed: &str) -> bool {
    let mut letters = trimmed.chars();
    matches!(letters.next(), Some('+' | '-'))
        && letters
            .next()
            .is_some_and(|next| next != ' ' && next != '-')
        && trimmed.contains(['(', ';', '=', '{', '}'])
}

/// Brackets, operators and semicolons.
const SYMBOLS: [bool; 256] = {
    let letters = b"{}()[];=<>|\\&$*+^%";
    let mut symbols = [false; 256];
    let mut at = 0;
    while at < letters.len() {
        symbols[letters[at] as usize] = true;
        at += 1;
    }
    symbols
};

/// Program text: a good share of brackets, operators and semicolons.
fn mostly_symbols(trimmed: &str) -> bool {
    let (mut symbols, mut all) = (0_usize, 0_usize);
    for byte in trimmed.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        all += 1;
        symbols += usize::from(SYMBOLS[usize::from(byte)]);
    }
    let ends_like_code = trimmed.ends_with(['{', ';', '}']) && symbols >= 2;
    all >= 12 && (symbols * 8 > all || ends_like_code)
}
