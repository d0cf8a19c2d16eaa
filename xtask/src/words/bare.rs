//! Finds texts in views that do not go through the catalogues.

use anyhow::{Result, anyhow};
use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr;

/// Attributes whose value people read or hear.
const READ: [&str; 7] = ["label", "hint", "title", "alt", "placeholder", "heading", "text"];
/// Names, and what is the same in every language.
const SAME: [&str; 5] = ["Deskside", "R-", "×", "Markdown", "CSV"];

/// The texts that a file's views say by themselves.
pub fn in_views(text: &str) -> Result<Vec<String>> {
    let tokens = TokenStream::from_str(text).map_err(|error| anyhow!("not Rust: {error}"))?;
    let mut found = Vec::new();
    walk(tokens, &mut found);
    Ok(found)
}

fn walk(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let view = matches!(&tokens[..at], [.., TokenTree::Ident(name), TokenTree::Punct(mark)]
            if mark.as_char() == '!' && name == "view");
        if view {
            look(group.stream(), found);
        }
        walk(group.stream(), found);
    }
}

/// Looks at a view's own level: texts between tags, and attributes that people read.
fn look(view: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = view.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Literal(literal) = token else { continue };
        let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else {
            continue;
        };
        let text = text.value();
        let attribute = match &tokens[..at] {
            [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if mark.as_char() == '=' => Some(name.to_string()),
            _ => None,
        };
        let read = attribute.is_none_or(|name| READ.contains(&name.as_str()));
        if read && text.chars().any(char::is_alphabetic) && !SAME.contains(&text.trim()) {
            found.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_views;

    #[test]
    fn bare_texts_are_found() {
        let source =
            r#"fn a() { view! { <b class="x" title="Tip">"Text" {inner.map(|_| view! { <i>"More"</i> })}</b> } }"#;
        assert_eq!(in_views(source).expect("it is Rust"), ["Tip", "Text", "More"]);
    }

    #[test]
    fn what_is_said_with_t_and_what_nobody_reads_is_passed_over() {
        let source = r#"fn a() { view! { <b class="x" title=t("Tip")>{t("Text")} " · " "Deskside"</b> } }"#;
        assert!(in_views(source).expect("it is Rust").is_empty());
    }
}
