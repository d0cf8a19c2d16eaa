//! Changes one element in place into another, touching only what differs, so that focus, selection, scroll positions
//! and screen readers notice nothing else.
//!
//! Children are matched by their `id`, else by their place and kind.

use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// Makes `old` equal to `fresh`, which may lose its children to it.
pub fn morph(old: &Element, fresh: &Element) {
    if old.is_equal_node(Some(fresh)) {
        return;
    }
    attributes(old, fresh);
    let mut place = old.first_child();
    let children = fresh.child_nodes();
    let children: Vec<Node> = (0..children.length())
        .filter_map(|index| children.item(index))
        .collect();
    let ids: Vec<String> = children.iter().map(id).collect();
    for (index, child) in children.iter().enumerate() {
        // Named elements that are no longer wanted go first, so that what stays is not moved.
        while let Some(gone) = place
            .as_ref()
            .filter(|old| !id(old).is_empty() && !ids[index..].contains(&id(old)))
        {
            let next = gone.next_sibling();
            let _ = old.remove_child(gone);
            place = next;
        }
        let name = &ids[index];
        let partner = if name.is_empty() {
            place.clone().filter(|old| id(old).is_empty() && same_kind(old, child))
        } else {
            following(place.as_ref(), name).filter(|old| same_kind(old, child))
        };
        match partner {
            Some(partner) => {
                if place.as_ref() == Some(&partner) {
                    place = partner.next_sibling();
                } else {
                    let _ = old.insert_before(&partner, place.as_ref());
                }
                update(&partner, child);
            }
            None => {
                let _ = old.insert_before(child, place.as_ref());
            }
        }
    }
    while let Some(rest) = place {
        place = rest.next_sibling();
        let _ = old.remove_child(&rest);
    }
}

fn update(old: &Node, fresh: &Node) {
    match (old.dyn_ref::<Element>(), fresh.dyn_ref::<Element>()) {
        (Some(old), Some(fresh)) => morph(old, fresh),
        _ if old.node_value() != fresh.node_value() => old.set_node_value(fresh.node_value().as_deref()),
        _ => {}
    }
}

fn attributes(old: &Element, fresh: &Element) {
    for name in names(old) {
        // What the reader unfolded stays so.
        let unfolded = name == "open" && old.local_name() == "details";
        if !unfolded && !fresh.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
    for name in names(fresh) {
        let value = fresh.get_attribute(&name).unwrap_or_default();
        if old.get_attribute(&name).as_ref() != Some(&value) {
            let _ = old.set_attribute(&name, &value);
        }
    }
}

fn names(element: &Element) -> Vec<String> {
    element
        .get_attribute_names()
        .iter()
        .filter_map(|name| name.as_string())
        .collect()
}

fn following(from: Option<&Node>, name: &str) -> Option<Node> {
    let mut node = from.cloned();
    while let Some(here) = node {
        if id(&here) == name {
            return Some(here);
        }
        node = here.next_sibling();
    }
    None
}

fn id(node: &Node) -> String {
    node.dyn_ref::<Element>().map(Element::id).unwrap_or_default()
}

fn same_kind(a: &Node, b: &Node) -> bool {
    a.node_type() == b.node_type() && a.node_name() == b.node_name()
}
