//! Finds what is said: `t("…")`, `tc("…", "…")`, `tf!("…", …)`, `tn!(…, "…", "…", …)` in source and in templates.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr;

/// One message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Said {
    pub context: Option<String>,
    pub english: String,
    /// The second form of a counted one.
    pub many: Option<String>,
}

impl Said {
    fn plain(english: String) -> Self {
        Self {
            context: None,
            english,
            many: None,
        }
    }
}

/// In a file of Rust.
pub fn in_source(text: &str) -> Result<Vec<Said>> {
    let tokens = TokenStream::from_str(text).map_err(|error| anyhow!("not Rust: {error}"))?;
    let mut found = Vec::new();
    walk(tokens, &mut found);
    Ok(found)
}

fn walk(tokens: TokenStream, found: &mut Vec<Said>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        if group.delimiter() == Delimiter::Parenthesis
            && let Some(said) = called(&tokens[..at]).and_then(|name| read(&name, group.stream()))
        {
            found.push(said);
        }
        walk(group.stream(), found);
    }
}

/// The name before the parenthesis: `t` of `t(`, `tf!` of `tf!(`.
fn called(before: &[TokenTree]) -> Option<String> {
    match before {
        [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if mark.as_char() == '!' => Some(format!("{name}!")),
        [.., TokenTree::Ident(name)] => Some(name.to_string()),
        _ => None,
    }
}

fn read(name: &str, arguments: TokenStream) -> Option<Said> {
    let mut literals = split(arguments).into_iter().map(|argument| literal(&argument));
    match name {
        "t" | "tf!" => literals.next()?.map(Said::plain),
        "tc" => Some(Said {
            context: Some(literals.next()??),
            english: literals.next()??,
            many: None,
        }),
        "tn!" => {
            literals.next()?;
            Some(Said {
                context: None,
                english: literals.next()??,
                many: Some(literals.next()??),
            })
        }
        _ => None,
    }
}

/// The arguments, without the commas between them.
fn split(arguments: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut split = vec![Vec::new()];
    for token in arguments {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => split.push(Vec::new()),
            token => split.last_mut().expect("it is never empty").push(token),
        }
    }
    split
}

/// The text of an argument that is one string.
fn literal(argument: &[TokenTree]) -> Option<String> {
    match argument {
        [TokenTree::Literal(literal)] => syn::parse_str::<syn::LitStr>(&literal.to_string())
            .ok()
            .map(|text| text.value()),
        _ => None,
    }
}

/// In a template: `t("…")`.
pub fn in_template(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    for part in text.split("t(\"").skip(1) {
        let mut english = String::new();
        let mut chars = part.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => english.extend(chars.next()),
                c => english.push(c),
            }
        }
        found.push(Said::plain(english));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(context: Option<&str>, english: &str, many: Option<&str>) -> Said {
        Said {
            context: context.map(str::to_owned),
            english: english.to_owned(),
            many: many.map(str::to_owned),
        }
    }

    #[test]
    fn every_way_to_say_something_is_found() {
        let source = r#"fn a() { view! { <b title=t("One")>{tc("verb", "Open")}</b> }; tf!("Hello {name}", name = t("you"));
            tn!(f(1, 2), "{n} day", "{n} days"); }"#;
        let mut found = in_source(source).expect("it is Rust");
        found.sort();
        let mut expected = vec![
            said(None, "One", None),
            said(Some("verb"), "Open", None),
            said(None, "Hello {name}", None),
            said(None, "you", None),
            said(None, "{n} day", Some("{n} days")),
        ];
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_broken_line_is_one_text() {
        let found = in_source("fn a() { t(\"one \\\n     two\") }").expect("it is Rust");
        assert_eq!(found, [said(None, "one two", None)]);
    }

    #[test]
    fn what_is_no_literal_or_another_name_is_passed_over() {
        let found = in_source("fn a() { t(name); set(\"x\"); format!(\"y\"); }").expect("it is Rust");
        assert_eq!(found, []);
    }

    #[test]
    fn templates_are_read() {
        assert_eq!(
            in_template(r#"<p>{{ t("Say \"hi\".") }}</p>"#),
            [said(None, "Say \"hi\".", None)]
        );
    }
}
