//! Bar charts drawn on the server as SVG, each with the table of its numbers.
//!
//! Invariant: pure; the picture says nothing that the table does not.

use crate::words::t;
use leptos::prelude::*;

const WIDTH: i64 = 640;
const HEIGHT: i64 = 180;
const LEFT: i64 = 44;
const BOTTOM: i64 = 24;
const TOP: i64 = 10;
/// Width of a bar at most, so that few bars do not look like many.
const WIDEST: i64 = 72;

/// One row of bars.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    pub name: &'static str,
    /// One for each label; `None` where there is nothing to show.
    pub values: Vec<Option<i64>>,
}

/// A chart with its table. `words` writes a value as people read it.
#[component]
pub fn Chart(
    title: &'static str,
    id: &'static str,
    labels: Vec<String>,
    series: Vec<Series>,
    #[prop(default = |value| value.to_string())] words: fn(i64) -> String,
    /// Longer labels are cut under the bars; the table has all of them.
    #[prop(default = usize::MAX)]
    label_chars: usize,
) -> impl IntoView {
    let most = series
        .iter()
        .flat_map(|series| series.values.iter().flatten())
        .copied()
        .max()
        .unwrap_or(0);
    let top = rounded(most);
    let lines = [0, top / 2, top].map(|value| {
        let y = height_of(value, top);
        view! {
            <line class="chart-line" x1=LEFT x2=WIDTH y1=y y2=y></line>
            <text class="chart-text" x=LEFT - 6 y=y + 4 text-anchor="end">{words(value)}</text>
        }
    });
    let count = i64::try_from(labels.len()).unwrap_or(1).max(1);
    let rows = i64::try_from(series.len()).unwrap_or(1).max(1);
    let slot = (WIDTH - LEFT) / count;
    let bar = ((slot - 6) / rows).clamp(2, WIDEST);
    let bars = series
        .iter()
        .zip(0i64..)
        .flat_map(|(series, row)| {
            series.values.iter().zip(0i64..).filter_map(move |(value, place)| {
                let value = (*value)?;
                let y = height_of(value, top);
                let x = LEFT + place * slot + (slot - rows * bar) / 2 + row * bar;
                let class = format!("chart-bar chart-bar-{row}");
                Some(view! { <rect class=class x=x y=y width=bar - 1 height=HEIGHT - BOTTOM - y rx="2"></rect> })
            })
        })
        .collect_view();
    // Under narrow bars only every other label has room.
    let every = if slot < 44 { 2 } else { 1 };
    let names = labels
        .iter()
        .zip(0i64..)
        .filter(|(_, place)| place % every == 0)
        .map(|(label, place)| {
            let x = LEFT + place * slot + slot / 2;
            view! { <text class="chart-text" x=x y=HEIGHT - 6 text-anchor="middle">{short(label, label_chars)}</text> }
        })
        .collect_view();
    let legend = (series.len() > 1).then(|| {
        let entry = |(series, row): (&Series, usize)| {
            view! { <li class=format!("legend-{row}")>{series.name}</li> }
        };
        view! { <ul class="legend" aria-hidden="true">{series.iter().zip(0..).map(entry).collect_view()}</ul> }
    });
    let heads = series
        .iter()
        .map(|series| view! { <th scope="col">{series.name}</th> })
        .collect_view();
    let body = labels
        .iter()
        .enumerate()
        .map(|(place, label)| {
            let cells = series
                .iter()
                .map(|series| {
                    let value = series.values.get(place).copied().flatten();
                    view! { <td class="numeric">{value.map_or_else(|| "–".to_owned(), words)}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{label.clone()}</th> {cells}</tr> }
        })
        .collect_view();
    let heading = format!("{id}-heading");
    let labelled_by = heading.clone();
    view! {
        <section class="sheet chart" aria-labelledby=labelled_by>
            <h2 id=heading>{title}</h2>
            {legend}
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") aria-hidden="true" focusable="false">
                {lines.collect_view()} {bars} {names}
            </svg>
            <details>
                <summary>{t("Show the numbers")}</summary>
                <table class="numbers">
                    <caption class="sr-only">{title}</caption>
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </details>
        </section>
    }
    .into_any()
}

/// At most `chars` characters of a label.
fn short(label: &str, chars: usize) -> String {
    if label.chars().count() <= chars {
        return label.to_owned();
    }
    let kept: String = label.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A round number at or above `most`, of which half is whole.
fn rounded(most: i64) -> i64 {
    let mut step = 1;
    loop {
        for factor in [2, 4, 10] {
            if step * factor >= most {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn height_of(value: i64, top: i64) -> i64 {
    let room = HEIGHT - BOTTOM - TOP;
    HEIGHT - BOTTOM - value.clamp(0, top) * room / top.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number() {
        assert_eq!(
            [rounded(0), rounded(3), rounded(9), rounded(11), rounded(401)],
            [2, 4, 10, 20, 1000]
        );
    }

    #[test]
    fn long_labels_are_cut_and_say_so() {
        assert_eq!(short("VPN", 12), "VPN");
        assert_eq!(short("Größe ändern", 12), "Größe ändern");
        assert_eq!(short("Größe ändern!", 7), "Größe…");
    }

    #[test]
    fn bars_reach_from_the_ground_to_the_top() {
        assert_eq!(height_of(0, 10), HEIGHT - BOTTOM);
        assert_eq!(height_of(10, 10), TOP);
        assert_eq!(height_of(99, 10), TOP);
    }
}
