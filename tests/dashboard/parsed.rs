//! The page as a browser parses it.

use std::collections::BTreeMap;

use html5ever::tendril::TendrilSink as _;
use html5ever::tokenizer::TokenizerOpts;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// All text in it.
    pub(crate) text: String,
    /// Places of the elements around it, the outermost first.
    around: Vec<usize>,
}

/// A page.
pub(crate) struct Page {
    /// In the order of their beginnings.
    pub(crate) elements: Vec<Element>,
    /// What is not as the standard wants it.
    pub(crate) faults: Vec<String>,
}

impl Page {
    pub(crate) fn new(html: &str) -> Self {
        let tokenizer = TokenizerOpts {
            exact_errors: true,
            ..TokenizerOpts::default()
        };
        let options = ParseOpts {
            tokenizer,
            ..ParseOpts::default()
        };
        let dom = parse_document(RcDom::default(), options).one(html);
        let mut elements = Vec::new();
        add(&dom.document, &[], &mut elements);
        let faults = dom.errors.borrow();
        let faults = faults.iter().map(ToString::to_string).collect();
        Self { elements, faults }
    }

    pub(crate) fn all<'p>(&'p self, name: &str) -> Vec<&'p Element> {
        self.elements.iter().filter(|it| it.name == name).collect()
    }

    pub(crate) fn id(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|it| it.get("id") == Some(id))
    }

    /// Elements called `name` inside `outer`.
    pub(crate) fn inside<'p>(&'p self, outer: &Element, name: &str) -> Vec<&'p Element> {
        let at = self.elements.iter().position(|it| std::ptr::eq(it, outer));
        let at = at.unwrap();
        let all = self.all(name).into_iter();
        all.filter(|it| it.around.contains(&at)).collect()
    }

    pub(crate) fn is_inside(&self, element: &Element, names: &[&str]) -> bool {
        let mut around = element.around.iter();
        around.any(|at| names.contains(&&*self.elements[*at].name))
    }

    /// The section with this heading.
    pub(crate) fn section(&self, heading: &str) -> &Element {
        let sections = self.all("section").into_iter();
        let mut wanted = sections.filter(|it| it.get("aria-labelledby") == Some(heading));
        wanted.next().unwrap()
    }

    /// The rows of a table's body: the head's text and the exact figures by the label of their column.
    pub(crate) fn rows(&self, table: &Element) -> Vec<(String, BTreeMap<String, f64>)> {
        let body = self.inside(table, "tbody");
        let rows = self.inside(body[0], "tr").into_iter();
        rows.map(|row| {
            let head = self.inside(row, "bdi");
            let head = head.first().copied().unwrap_or(self.inside(row, "th")[0]);
            let cells = self.inside(row, "td").into_iter();
            let figures = cells.filter_map(|cell| {
                let data = self.inside(cell, "data");
                let value = data.first()?.get("value")?.parse().ok()?;
                Some((cell.get("data-label").unwrap().to_owned(), value))
            });
            (head.text.clone(), figures.collect())
        })
        .collect()
    }
}

impl Element {
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

fn add(node: &Handle, around: &[usize], elements: &mut Vec<Element>) {
    let mut around = around.to_vec();
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs.borrow();
            let attributes = attributes
                .iter()
                .map(|it| (it.name.local.to_string(), it.value.to_string()));
            let element = Element {
                name: name.local.to_string(),
                attributes: attributes.collect(),
                text: String::new(),
                around: around.clone(),
            };
            around.push(elements.len());
            elements.push(element);
        }
        NodeData::Text { contents } => {
            for at in &around {
                elements[*at].text += &contents.borrow();
            }
        }
        _ => {}
    }
    for child in node.children.borrow().iter() {
        add(child, &around, elements);
    }
}
