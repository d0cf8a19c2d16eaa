//! Capture and input on a real X server.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "xserver/window.rs"]
mod window;
#[path = "xserver/xvfb.rs"]
mod xvfb;

use deskside_agent::{
    capture::{Capturer, DisplayTarget, Notices, Size},
    input::{Hands, Touch},
};
use deskside_protocol::channel::{Button, Input, InputAction, Modifiers, Pointer, Position};
use std::{
    fs,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use window::Window;
use x11rb::{
    connection::Connection,
    protocol::randr::{self, ConnectionExt as _},
    rust_connection::RustConnection,
};
use xvfb::Xvfb;

const SIZE: Size = Size {
    width: 800,
    height: 600,
};
const SILENCE: Duration = Duration::from_millis(700);
const SENTENCE: &str = "Gr\u{fc}\u{df}e \u{df} \u{20ac} \" @ {}";

fn target(server: &Xvfb) -> DisplayTarget {
    DisplayTarget::Named(server.display.clone())
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(5))
}

/// Waits for damage and gives back the pixels that changed, as (x, y, 0xRRGGBB).
fn grab(capturer: &mut Capturer) -> Vec<(usize, usize, u32)> {
    let mut pixels = Vec::new();
    capturer
        .grab(|block| {
            for row in 0..usize::from(block.area.height) {
                for column in 0..usize::from(block.area.width) {
                    let at = row * block.stride + column * 4;
                    let [blue, green, red] = [block.bgra[at], block.bgra[at + 1], block.bgra[at + 2]].map(u32::from);
                    let (x, y) = (usize::from(block.area.x) + column, usize::from(block.area.y) + row);
                    pixels.push((x, y, red << 16 | green << 8 | blue));
                }
            }
        })
        .unwrap();
    pixels
}

/// Gives the one screen another size, as a user does in the settings.
fn resize(display: &str, width: u16, height: u16) {
    let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = connection.setup().roots[screen].root;
    let resources = connection.randr_get_screen_resources(root).unwrap().reply().unwrap();
    let (crtc, output) = (resources.crtcs[0], resources.outputs[0]);
    let name = format!("{width}x{height}");
    let mode = randr::ModeInfo {
        width,
        height,
        name_len: name.len() as u16,
        ..Default::default()
    };
    let mode = connection
        .randr_create_mode(root, mode, name.as_bytes())
        .unwrap()
        .reply()
        .unwrap()
        .mode;
    connection.randr_add_output_mode(output, mode).unwrap().check().unwrap();
    let now = x11rb::CURRENT_TIME;
    let set = |mode, outputs: &[u32]| {
        let rotation = randr::Rotation::ROTATE0;
        let reply = connection
            .randr_set_crtc_config(crtc, now, now, 0, 0, mode, rotation, outputs)
            .unwrap()
            .reply();
        assert_eq!(reply.unwrap().status, randr::SetConfig::SUCCESS);
    };
    set(0, &[]);
    connection
        .randr_set_screen_size(root, width, height, 200, 150)
        .unwrap()
        .check()
        .unwrap();
    set(mode, &[output]);
}

fn settle(capturer: &mut Capturer) {
    while capturer
        .wait(Some(Instant::now() + Duration::from_millis(200)))
        .unwrap()
        .any()
    {}
    grab(capturer);
}

struct Operator {
    hands: Hands,
    touch: Arc<Touch>,
    number: u32,
}

impl Operator {
    fn on(server: &Xvfb) -> Self {
        let touch = Arc::new(Touch::new(SIZE));
        Self {
            hands: Hands::open(&target(server), touch.clone()).unwrap(),
            touch,
            number: 0,
        }
    }

    fn act(&mut self, action: InputAction) {
        self.number += 1;
        self.hands.input(Input {
            number: self.number,
            action,
        });
    }

    fn key(&mut self, code: &str, key: &str, modifiers: Modifiers) {
        self.act(InputAction::KeyDown {
            code: code.into(),
            key: key.into(),
            modifiers,
            repeat: false,
        });
        self.act(InputAction::KeyUp { code: code.into() });
    }

    fn type_text(&mut self, text: &str) {
        text.chars()
            .for_each(|character| self.key("", &character.to_string(), Modifiers::default()));
    }

    fn done(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        while self.touch.applied() < self.number && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(self.touch.applied(), self.number);
    }
}

#[test]
fn the_first_look_shows_the_whole_desktop() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let mut capturer = Capturer::open(&target(&server)).unwrap();
    assert_eq!(capturer.size(), SIZE);
    assert_eq!(grab(&mut capturer).len(), 800 * 600);
}

#[test]
fn a_drawn_rectangle_is_seen_at_once_and_nothing_else_is() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut capturer = Capturer::open(&target(&server)).unwrap();
    settle(&mut capturer);
    let start = Instant::now();
    window.fill(100, 50, 8, 16, 0x12_34_56);
    assert!(capturer.wait(soon()).unwrap().damaged);
    let pixels = grab(&mut capturer);
    let spent = start.elapsed();
    let changed: Vec<_> = pixels.iter().filter(|(.., colour)| *colour == 0x12_34_56).collect();
    assert_eq!(changed.len(), 8 * 16);
    assert!(
        changed
            .iter()
            .all(|(x, y, _)| (100..108).contains(x) && (50..66).contains(y))
    );
    assert!(pixels.len() <= 64 * 64, "{} pixels were read", pixels.len());
    assert!(spent < Duration::from_millis(100), "{spent:?}");
}

#[test]
fn a_still_desktop_gives_no_notice() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let _window = Window::open(&server.display);
    let mut capturer = Capturer::open(&target(&server)).unwrap();
    settle(&mut capturer);
    let notices = capturer
        .wait(Some(Instant::now() + Duration::from_millis(300)))
        .unwrap();
    assert_eq!(notices, Notices::default());
}

#[test]
fn waiting_ends_when_woken() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let mut capturer = Capturer::open(&target(&server)).unwrap();
    settle(&mut capturer);
    let waker = capturer.waker();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        waker.wake();
    });
    assert!(capturer.wait(soon()).unwrap().woken);
    thread.join().unwrap();
}

#[test]
fn a_new_size_is_noticed_and_shown_whole() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let mut capturer = Capturer::open(&target(&server)).unwrap();
    settle(&mut capturer);
    resize(&server.display, 640, 480);
    let mut resized = false;
    while let Some(notices) =
        Some(capturer.wait(Some(Instant::now() + Duration::from_secs(1))).unwrap()).filter(|n| n.any())
    {
        resized |= notices.resized;
    }
    assert!(resized);
    assert_eq!(
        capturer.size(),
        Size {
            width: 640,
            height: 480
        }
    );
    assert_eq!(grab(&mut capturer).len(), 640 * 480);
}

#[test]
fn a_display_that_is_not_there_is_named() {
    let error = Capturer::open(&DisplayTarget::Named(":9999".into())).err().unwrap();
    assert!(error.to_string().starts_with("no display"), "{error}");
}

#[test]
fn characters_that_the_layout_has_and_lacks_type_right() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    let text = format!("{SENTENCE} Ωж\u{1F600} aA zZ ~|\\");
    operator.type_text(&text);
    operator.done();
    assert_eq!(window.heard(SILENCE), text);
}

#[test]
fn more_strange_characters_than_spare_keys_type_right() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    let text: String = ('\u{3b1}'..='\u{3c9}').collect();
    operator.act(InputAction::Text { text: text.clone() });
    operator.done();
    assert_eq!(window.heard(SILENCE), text);
}

#[test]
fn shifted_characters_type_right_while_the_operator_holds_shift() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    let shift = Modifiers {
        shift: true,
        ..Default::default()
    };
    operator.act(InputAction::KeyDown {
        code: "ShiftLeft".into(),
        key: "Shift".into(),
        modifiers: shift,
        repeat: false,
    });
    // On the operator's German keyboard these are shift with 2, 7 and plus; on the device's layout not all of them.
    for (code, key) in [
        ("Digit2", "\""),
        ("Digit7", "/"),
        ("BracketRight", "*"),
        ("KeyA", "A"),
        ("Minus", "?"),
    ] {
        operator.key(code, key, shift);
    }
    operator.act(InputAction::KeyUp {
        code: "ShiftLeft".into(),
    });
    operator.key("KeyA", "a", Modifiers::default());
    operator.done();
    assert_eq!(window.heard(SILENCE), "\"/*A?a");
}

#[test]
fn shortcuts_press_the_physical_key_and_hold_the_modifier() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    let control = Modifiers {
        control: true,
        ..Default::default()
    };
    let down = |code: &str, key: &str| InputAction::KeyDown {
        code: code.into(),
        key: key.into(),
        modifiers: control,
        repeat: false,
    };
    operator.act(down("ControlLeft", "Control"));
    operator.act(down("KeyC", "c"));
    operator.act(InputAction::KeyUp { code: "KeyC".into() });
    operator.act(InputAction::KeyUp {
        code: "ControlLeft".into(),
    });
    operator.key("Enter", "Enter", Modifiers::default());
    operator.done();
    assert_eq!(window.heard(SILENCE), "+ffe3 c-ffe3 +ff0d -ff0d ");
}

#[test]
fn everything_held_is_released_when_the_hands_are_dropped() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    let control = Modifiers {
        control: true,
        ..Default::default()
    };
    operator.act(InputAction::KeyDown {
        code: "ControlLeft".into(),
        key: "Control".into(),
        modifiers: control,
        repeat: false,
    });
    operator.act(InputAction::ButtonDown {
        button: Button::Left,
        at: Position { x: 0, y: 0 },
    });
    operator.done();
    drop(operator);
    assert_eq!(window.heard(SILENCE), "+ffe3 +b1@0,0 -ffe3 -b1 ");
}

#[test]
fn the_mouse_points_clicks_and_turns_its_wheel() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let window = Window::open(&server.display);
    let mut operator = Operator::on(&server);
    operator.hands.pointer(Pointer {
        number: 1,
        at: Position { x: 65535, y: 65535 },
    });
    let at = Position { x: 32768, y: 32768 };
    operator.act(InputAction::ButtonDown {
        button: Button::Right,
        at,
    });
    operator.act(InputAction::ButtonUp {
        button: Button::Right,
        at,
    });
    operator.act(InputAction::Wheel { dx: 0, dy: 240, at });
    operator.act(InputAction::Wheel { dx: -120, dy: -60, at });
    operator.done();
    let heard = window.heard(SILENCE);
    assert_eq!(
        heard,
        "+b3@400,300 -b3 +b5@400,300 -b5 +b5@400,300 -b5 +b6@400,300 -b6 "
    );
}

#[test]
fn an_xterm_gets_the_sentence_and_saves_it() {
    let server = Xvfb::start(SIZE.width, SIZE.height);
    let folder = std::env::temp_dir().join(format!("deskside-xterm-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("typed.txt");
    let script = format!("touch {0}.ready; cat > {0}", file.display());
    let mut xterm = Command::new("xterm")
        .args(["-u8", "-geometry", "100x30+0+0", "-e", "sh", "-c", &script])
        .env("DISPLAY", &server.display)
        .env("LC_ALL", "C.UTF-8")
        .spawn()
        .expect("xterm is installed");
    let until = Instant::now() + Duration::from_secs(10);
    while !folder.join("typed.txt.ready").exists() && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    let mut operator = Operator::on(&server);
    operator.hands.pointer(Pointer {
        number: 1,
        at: Position { x: 16000, y: 16000 },
    });
    thread::sleep(Duration::from_millis(300));
    operator.type_text(SENTENCE);
    operator.key("Enter", "Enter", Modifiers::default());
    let control = Modifiers {
        control: true,
        ..Default::default()
    };
    operator.act(InputAction::KeyDown {
        code: "ControlLeft".into(),
        key: "Control".into(),
        modifiers: control,
        repeat: false,
    });
    operator.key("KeyD", "d", control);
    operator.act(InputAction::ReleaseAll);
    operator.done();
    let wanted = format!("{SENTENCE}\n");
    let until = Instant::now() + Duration::from_secs(5);
    while fs::read_to_string(&file).unwrap_or_default() != wanted && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    let typed = fs::read_to_string(&file).unwrap_or_default();
    let _ = xterm.kill();
    let _ = xterm.wait();
    let _ = fs::remove_dir_all(&folder);
    assert_eq!(typed, wanted);
}
