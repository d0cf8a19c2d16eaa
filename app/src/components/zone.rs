//! The choice of a time zone.

use super::field::Choice;

/// Every place that has a time zone, and `present` if it is none of them.
pub fn zone_choices(present: &str) -> Vec<Choice> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    names.retain(|name| is_place(name));
    if !names.iter().any(|name| name == present) {
        names.push(present.to_owned());
    }
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| Choice {
            label: name.replace('_', " "),
            value: name,
        })
        .collect()
}

/// True for names that people choose from: `Europe/Berlin` and `UTC`, not `posix/…`, `Etc/…` or `EST5EDT`.
fn is_place(name: &str) -> bool {
    const AREAS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    name == "UTC" || name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_offered_as_places() {
        for name in ["Europe/Berlin", "America/Argentina/Salta", "UTC"] {
            assert!(is_place(name), "{name}");
        }
        for name in ["posix/Europe/Berlin", "Etc/GMT+5", "EST5EDT", "posixrules"] {
            assert!(!is_place(name), "{name}");
        }
    }

    #[test]
    fn the_present_zone_is_always_offered() {
        assert!(zone_choices("EST5EDT").iter().any(|choice| choice.value == "EST5EDT"));
    }
}
