//! From Markdown to HTML that may stand in a page.
//!
//! Invariant: pure; HTML in the source is shown as text, links lead to the web, to mail or into the portal only, and
//! pictures are their words.

use pulldown_cmark::{Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// HTML that [`render`] made, and nobody else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Html(String);

impl Html {
    /// The text, for the one place that writes it into a page as it is.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Renders CommonMark without extensions. The page has its own first heading, so headings begin one level below.
pub fn render(source: &str) -> Html {
    let mut filter = Filter::default();
    let events = Parser::new_ext(source, Options::empty()).filter_map(|event| filter.take(event));
    let mut text = String::with_capacity(source.len() * 2);
    html::push_html(&mut text, events);
    Html(text)
}

/// What is open at this point of the text.
#[derive(Default)]
struct Filter {
    /// For each open link, whether it is kept.
    links: Vec<bool>,
    /// How many pictures are open, whose words may hold links.
    pictures: usize,
}

impl Filter {
    fn take<'s>(&mut self, event: Event<'s>) -> Option<Event<'s>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
                level: below(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            })),
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
            Event::Start(Tag::Image { .. }) => {
                self.pictures += 1;
                None
            }
            Event::End(TagEnd::Image) => {
                self.pictures = self.pictures.saturating_sub(1);
                None
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let kept = self.pictures == 0 && (link_type == LinkType::Email || is_harmless(&dest_url));
                self.links.push(kept);
                kept.then_some(Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }))
            }
            Event::End(TagEnd::Link) => self.links.pop().filter(|kept| *kept).map(|_| Event::End(TagEnd::Link)),
            other => Some(other),
        }
    }
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// True for the web, for mail, and for paths of this portal. Two slashes, or what browsers take for them, would lead to
/// another site.
fn is_harmless(target: &str) -> bool {
    if target.chars().any(|c| c.is_control() || c == '\\') {
        return false;
    }
    let small = target.to_ascii_lowercase();
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|start| small.starts_with(start))
        || (small.starts_with('/') && !small.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(source: &str) -> String {
        render(source).into_string()
    }

    /// In text every `<` is escaped, so this is the beginning of a real link only.
    const LINK: &str = "<a href=\"";

    #[test]
    fn text_becomes_paragraphs_lists_and_emphasis() {
        assert_eq!(
            shown("Turn it *off*.\n\n1. Wait\n2. Turn it on"),
            "<p>Turn it <em>off</em>.</p>\n<ol>\n<li>Wait</li>\n<li>Turn it on</li>\n</ol>\n"
        );
    }

    #[test]
    fn headings_begin_below_that_of_the_page() {
        assert_eq!(shown("# One"), "<h2>One</h2>\n");
        assert_eq!(shown("###### Six"), "<h6>Six</h6>\n");
    }

    #[test]
    fn html_is_shown_as_text() {
        assert_eq!(
            shown("<script>alert(1)</script>"),
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
        );
        let inline = shown("a <b onclick=\"x()\">bold</b> word");
        assert!(inline.contains("&lt;b onclick=") && !inline.contains("<b "), "{inline}");
    }

    #[test]
    fn links_lead_to_the_web_to_mail_and_into_the_portal() {
        for target in [
            "https://example.org/a",
            "HTTP://example.org",
            "mailto:help@example.org",
            "/requests/new",
        ] {
            assert!(shown(&format!("[x]({target})")).contains(LINK), "{target}");
        }
        assert!(shown("<help@example.org>").contains("<a href=\"mailto:help@example.org\">"));
    }

    #[test]
    fn other_links_lose_their_target_and_keep_their_words() {
        for target in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java&#x0A;script:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "relative/path",
            "http:evil",
            "vbscript:x",
            "#top",
        ] {
            let html = shown(&format!("[words]({target})"));
            assert!(!html.contains("<a") && html.contains("words"), "{target}: {html}");
        }
        assert!(!shown("<javascript:alert(1)>").contains("<a"));
    }

    #[test]
    fn pictures_are_their_words() {
        assert_eq!(
            shown("![The *blue* plug](https://example.org/x.png)"),
            "<p>The <em>blue</em> plug</p>\n"
        );
    }

    #[test]
    fn a_link_around_a_refused_one_ends_where_it_should() {
        assert_eq!(
            shown("[![alt](javascript:x)](https://example.org) [a](javascript:x) [b](/b)"),
            "<p><a href=\"https://example.org\">alt</a> a <a href=\"/b\">b</a></p>\n"
        );
    }

    fn is_safe(html: &str) -> Result<(), TestCaseError> {
        let small = html.to_ascii_lowercase();
        prop_assert!(!small.contains("<script"), "{html}");
        prop_assert!(!small.contains("<img"), "{html}");
        for link in small.split(LINK).skip(1) {
            let target = link.split('"').next().unwrap_or_default();
            let known = ["http://", "https://", "mailto:", "/"];
            prop_assert!(known.iter().any(|start| target.starts_with(start)), "{target}");
            prop_assert!(
                !target.starts_with("//") && !target.starts_with("javascript:"),
                "{target}"
            );
        }
        let opened = small.matches("<a ").count();
        prop_assert_eq!(opened, small.matches("</a>").count());
        Ok(())
    }

    const PIECES: [&str; 24] = [
        "[",
        "]",
        "(",
        ")",
        "!",
        "<",
        ">",
        "script",
        "javascript:",
        "JAVASCRIPT:",
        "https://a",
        "//",
        "/",
        "\\",
        "&#10;",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "`",
        "\"",
        " onclick=",
        "<!--",
        "img src=x",
    ];

    proptest! {
        #[test]
        fn any_text_becomes_harmless_html(source in "(?s).{0,300}") {
            is_safe(&shown(&source))?;
        }

        #[test]
        fn hostile_pieces_in_any_order_become_harmless_html(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40),
        ) {
            is_safe(&shown(&pieces.concat()))?;
        }
    }
}
