//! Every colour of the style sheet can be told from what lies behind it, as WCAG 2 AA wants it.

use std::collections::BTreeMap;

use crate::desk::Desk;
use crate::parsed::Page;

/// Both values of each colour: on light, on dark.
fn colours() -> BTreeMap<String, [f64; 2]> {
    let page = Page::new(&Desk::empty().page(&[]));
    let style = &page.all("style")[0].text;
    let lines = style.lines().filter_map(|line| {
        let (name, rest) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(")?;
        let (light, dark) = rest.trim_end_matches(");").split_once(", ")?;
        Some((name.to_owned(), [luminance(light), luminance(dark)]))
    });
    lines.collect()
}

fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn colours_stand_out() {
    let colours = colours();
    let text = ["ink", "soft", "fill", "gain", "loss"].map(|name| (name, 4.5));
    let shapes =
        ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "other", "edge"].map(|name| (name, 3.0));
    for (name, least) in text.into_iter().chain(shapes) {
        for behind in ["page", "card"] {
            for (theme, (a, b)) in colours[name].iter().zip(&colours[behind]).enumerate() {
                let contrast = (a.max(*b) + 0.05) / (a.min(*b) + 0.05);
                assert!(
                    contrast >= least,
                    "{name} on {behind}, {theme}: {contrast:.2}"
                );
            }
        }
    }
}
