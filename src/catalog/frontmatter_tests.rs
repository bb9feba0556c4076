//! What the client was seen to make of such files.

use super::Frontmatter;

fn description(yaml: &str) -> Option<String> {
    let file = format!("---\nname: it\n{yaml}\n---\nbody\n");
    let read = Frontmatter::read(&file);
    read.value("description").map(|value| value.text.clone())
}

#[test]
fn values_are_those_of_the_client() {
    let cases = [
        (
            "description: |\n  Line one: it\n  two\n\n  para",
            Some("Line one: it\ntwo\n\npara\n"),
        ),
        ("description: >-\n  one: it\n  two", Some("one: it two")),
        (
            "description: Use: this when: the \"user\" says # foo: bar",
            Some("Use: this when: the \"user\" says # foo: bar"),
        ),
        (
            "description: first\n  continued\n  more",
            Some("first continued more"),
        ),
        ("description: before # comment", Some("before")),
        ("description: @at start", Some("@at start")),
        ("description: *star start", Some("*star start")),
        ("description: {curly start", Some("{curly start")),
        ("description: [bracket] start", Some("[bracket] start")),
        ("description: !important thing", Some("thing")),
        ("description: %percent", Some("%percent")),
        ("description: `tick` start", Some("`tick` start")),
        (
            "description: \"a \\\"quoted\\\" \\u00e9\"",
            Some("a \"quoted\" é"),
        ),
        (
            "description: \"quoted\" then more: text",
            Some("\"quoted\" then more: text"),
        ),
        (
            "description: \"smile \\ud83d\\ude00 \\u00e9\"",
            Some("smile 😀 é"),
        ),
        ("description: 'it''s single'", Some("it's single")),
        ("description: first\ndescription: second", Some("second")),
        ("description: text --- with dashes", Some("text")),
        ("description: 42", Some("42")),
        ("description: ~", None),
        ("description:\n  - a\n  - b", None),
        ("description:\n  a: b", None),
        ("other: 1", None),
        ("description: |\n  Line: one\nwhen_to_use: a: b: c", None),
        ("description: with\n\tbad: tab", None),
    ];
    for (yaml, wanted) in cases {
        assert_eq!(description(yaml).as_deref(), wanted, "{yaml}");
    }
}

#[test]
fn fences_are_found_as_the_client_finds_them() {
    let read = |file: &str| {
        let read = Frontmatter::read(file);
        (
            read.value("name").map(|it| it.text.clone()),
            read.body.to_owned(),
        )
    };
    let named = (Some("it".to_owned()), "body".to_owned());
    assert_eq!(read("---\nname: it\n---\nbody"), named);
    assert_eq!(read("\u{feff}---\nname: it\n---\nbody"), named);
    assert_eq!(read("---\r\nname: it\r\n---\r\nbody"), named);
    assert_eq!(read("--- \nname: it\n--- \nbody"), named);
    for bare in [
        "",
        "---",
        "----",
        "---\n",
        "--- name: it ---",
        "\n---\nname: it\n---\n",
        "---\nname: it\n",
    ] {
        assert_eq!(read(bare), (None, bare.to_owned()));
    }
    let read = Frontmatter::read("---\n---\n\n## A heading \n\ntext");
    assert_eq!(read.first_line(), Some("A heading"));
    assert!(!read.broken);
}

#[test]
fn what_is_no_yaml_still_tells_what_was_meant() {
    let file = "---\nname: it\ndescription: Use this agent when: foo.\n\nExamples:\n<example>\nContext: bar\nuser: \"x\"\n</example>\nmodel: sonnet\n---\nbody";
    let read = Frontmatter::read(file);
    assert!(read.broken);
    assert_eq!(read.value("name"), None);
    assert_eq!(
        read.meant("description").as_deref(),
        Some(
            "Use this agent when: foo.\n\nExamples:\n<example>\nContext: bar\nuser: \"x\"\n</example>"
        )
    );
    assert_eq!(read.meant("name").as_deref(), Some("it"));
    assert_eq!(read.meant("model").as_deref(), Some("sonnet"));
    assert_eq!(read.meant("color"), None);
}

#[test]
fn a_switch_is_on_in_every_spelling() {
    for (value, on) in [
        ("true", true),
        ("\"true\"", true),
        ("True", true),
        ("yes", true),
        ("1", true),
        ("false", false),
        ("0", false),
        ("", false),
        ("[true]", false),
    ] {
        let file = format!(
            "---\ndisable-model-invocation: {value}\ndescription: broken: yaml: \"q\n---\n"
        );
        assert_eq!(
            Frontmatter::read(&file).on("disable-model-invocation"),
            on,
            "{value}"
        );
    }
}
