use super::*;
use deskside_protocol::{channel::Modifiers, limits::INPUT_TEXT_BYTES};

const SIZE: Size = Size {
    width: 640,
    height: 480,
};
const SOON: Duration = Duration::from_secs(10);

/// A desk that takes each stroke only when the test does.
struct Slow {
    strokes: mpsc::SyncSender<Stroke>,
    /// Presses land in a window of the agent.
    own: bool,
}

impl Desk for Slow {
    fn inject(&mut self, stroke: Stroke, _: Size) -> Result<(), InputError> {
        self.strokes
            .send(stroke)
            .map_err(|_| InputError::Lost("the test is over".into()))
    }

    fn flush(&mut self) -> Result<(), InputError> {
        Ok(())
    }

    fn is_own(&mut self, stroke: Stroke) -> Result<bool, InputError> {
        Ok(self.own && matches!(stroke, Stroke::Press(_) | Stroke::Type(_)))
    }
}

fn hands() -> (Hands, mpsc::Receiver<Stroke>) {
    hands_with(Touch::new(SIZE), false)
}

fn hands_with(touch: Touch, own: bool) -> (Hands, mpsc::Receiver<Stroke>) {
    let (strokes, taken) = mpsc::sync_channel(0);
    let hands = Hands::on(Slow { strokes, own }, Arc::new(touch)).unwrap();
    (hands, taken)
}

fn input(action: InputAction) -> Input {
    Input { number: 1, action }
}

fn text() -> Input {
    input(InputAction::Text {
        text: "x".repeat(INPUT_TEXT_BYTES),
    })
}

fn down(code: &str) -> Input {
    input(InputAction::KeyDown {
        code: code.into(),
        key: code.into(),
        modifiers: Modifiers::default(),
        repeat: false,
    })
}

fn up(code: &str) -> Input {
    input(InputAction::KeyUp { code: code.into() })
}

fn next(taken: &mpsc::Receiver<Stroke>) -> Stroke {
    taken.recv_timeout(SOON).expect("a stroke in time")
}

fn is_press(stroke: &Stroke, name: &str) -> bool {
    matches!(stroke, Stroke::Press(key) if key.code == name)
}

fn is_release(stroke: &Stroke, name: &str) -> bool {
    matches!(stroke, Stroke::Release(key) if key.code == name)
}

/// Everything until `last`, and it.
fn until(taken: &mpsc::Receiver<Stroke>, last: impl Fn(&Stroke) -> bool) -> Vec<Stroke> {
    let mut strokes = vec![next(taken)];
    while !strokes.last().is_some_and(&last) {
        strokes.push(next(taken));
    }
    strokes
}

fn typed(strokes: &[Stroke]) -> usize {
    strokes
        .iter()
        .filter(|stroke| matches!(stroke, Stroke::Type(_)))
        .count()
}

#[test]
fn nothing_of_a_long_text_is_typed_after_a_release() {
    let (hands, taken) = hands();
    (0..100).for_each(|_| hands.input(text()));
    assert_eq!(next(&taken), Stroke::Type('x'));
    hands.release();
    hands.input(down("F1"));
    let after = until(&taken, |stroke| is_press(stroke, "F1"));
    // One stroke was on its way already.
    assert!(typed(&after) <= 1, "{} characters", typed(&after));
}

#[test]
fn closed_hands_let_go_and_take_nothing_any_longer() {
    let (hands, taken) = hands();
    hands.input(down("F1"));
    assert!(is_press(&next(&taken), "F1"));
    hands.input(text());
    assert_eq!(next(&taken), Stroke::Type('x'));
    hands.close();
    hands.input(text());
    hands.input(down("F2"));
    let after = until(&taken, |stroke| is_release(stroke, "F1"));
    assert!(typed(&after) <= 1, "{} characters", typed(&after));
    drop(hands);
    assert_eq!(taken.recv_timeout(SOON), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn dropped_hands_leave_the_queue_uninjected() {
    let (hands, taken) = hands();
    (0..100).for_each(|_| hands.input(text()));
    assert_eq!(next(&taken), Stroke::Type('x'));
    drop(hands);
    assert!(taken.iter().count() <= 1);
}

#[test]
fn the_queue_is_bounded_and_a_key_whose_release_finds_it_full_is_let_go() {
    let (hands, taken) = hands();
    hands.input(down("F1"));
    assert!(is_press(&next(&taken), "F1"));
    hands.input(text());
    assert_eq!(next(&taken), Stroke::Type('x'));
    // The thread is busy, so that all of these wait.
    for _ in 0..QUEUE {
        assert!(hands.give(Command::Input(text())));
    }
    assert!(!hands.give(Command::Input(text())));
    hands.input(up("F1"));
    let after = until(&taken, |stroke| is_release(stroke, "F1"));
    assert!(typed(&after) <= 1, "{} characters", typed(&after));
}

#[test]
fn a_text_that_is_cut_short_still_lifts_the_modifiers_that_it_began_with() {
    let (hands, taken) = hands();
    hands.input(down("ShiftLeft"));
    hands.input(text());
    hands.release();
    let mut held = false;
    hands.input(down("F1"));
    for stroke in until(&taken, |stroke| is_press(stroke, "F1")) {
        held = (held || is_press(&stroke, "ShiftLeft")) && !is_release(&stroke, "ShiftLeft");
    }
    assert!(!held);
}

#[test]
fn while_the_person_is_asked_something_what_is_held_is_let_go_and_nothing_is_pressed() {
    let (ask, asking) = watch::channel(false);
    let touch = Touch::new(SIZE);
    touch.rest_while(asking);
    let (hands, taken) = hands_with(touch, false);
    hands.input(down("F1"));
    assert!(is_press(&next(&taken), "F1"));
    ask.send(true).unwrap();
    hands.input(down("F2"));
    assert!(is_release(&next(&taken), "F1"));
    hands.input(text());
    hands.pointer(Pointer {
        number: 1,
        at: deskside_protocol::channel::Position { x: 0, y: 0 },
    });
    drop(hands);
    assert_eq!(taken.iter().count(), 0);
}

#[test]
fn a_text_is_cut_short_by_a_question() {
    let (ask, asking) = watch::channel(false);
    let touch = Touch::new(SIZE);
    touch.rest_while(asking);
    let (hands, taken) = hands_with(touch, false);
    hands.input(text());
    assert_eq!(next(&taken), Stroke::Type('x'));
    ask.send(true).unwrap();
    hands.release();
    drop(hands);
    // One stroke was on its way already.
    assert!(taken.iter().count() <= 1);
}

#[test]
fn nothing_is_pressed_in_a_window_of_the_agent() {
    let (hands, taken) = hands_with(Touch::new(SIZE), true);
    hands.input(text());
    hands.input(down("F1"));
    hands.input(up("F1"));
    let strokes = until(&taken, |stroke| is_release(stroke, "F1"));
    assert_eq!((typed(&strokes), strokes.len()), (0, 1));
}
