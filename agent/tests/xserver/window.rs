//! A tiny X program: paints rectangles and notes which characters and buttons it gets.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use x11rb::{
    connection::Connection,
    protocol::{
        Event,
        xproto::{
            self, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, InputFocus, Rectangle, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// A window over the whole screen, with the keyboard. A thread of its own reads its events at once, as a program does.
pub struct Window {
    connection: Arc<RustConnection>,
    id: xproto::Window,
    gc: xproto::Gcontext,
    heard: Arc<Mutex<(String, Instant)>>,
}

impl Window {
    pub fn open(display: &str) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
        let screen = connection.setup().roots[screen].clone();
        let (id, gc) = (connection.generate_id().unwrap(), connection.generate_id().unwrap());
        let events =
            EventMask::KEY_PRESS | EventMask::KEY_RELEASE | EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE;
        let aux = CreateWindowAux::new()
            .event_mask(events | EventMask::EXPOSURE)
            .background_pixel(screen.white_pixel);
        let (width, height) = (screen.width_in_pixels, screen.height_in_pixels);
        connection
            .create_window(
                0,
                id,
                screen.root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &aux,
            )
            .unwrap();
        connection.create_gc(gc, id, &CreateGCAux::new()).unwrap();
        connection.map_window(id).unwrap();
        connection.sync().unwrap();
        connection
            .set_input_focus(InputFocus::PARENT, id, x11rb::CURRENT_TIME)
            .unwrap()
            .check()
            .unwrap();
        let connection = Arc::new(connection);
        let heard = Arc::new(Mutex::new((String::new(), Instant::now())));
        let listener = Listener {
            connection: connection.clone(),
            heard: heard.clone(),
        };
        std::thread::spawn(move || listener.run());
        Self {
            connection,
            id,
            gc,
            heard,
        }
    }

    /// Fills a rectangle with a colour, 0xRRGGBB.
    pub fn fill(&self, x: i16, y: i16, width: u16, height: u16, colour: u32) {
        self.connection
            .change_gc(self.gc, &xproto::ChangeGCAux::new().foreground(colour))
            .unwrap();
        self.connection
            .poly_fill_rectangle(self.id, self.gc, &[Rectangle { x, y, width, height }])
            .unwrap();
        self.connection.sync().unwrap();
    }

    /// What arrived until this long nothing came: characters as such, other keys and buttons as `+name` and `-name`.
    pub fn heard(&self, silence: Duration) -> String {
        let start = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(10));
            let heard = self.heard.lock().unwrap();
            if heard.1.max(start).elapsed() > silence {
                return heard.0.clone();
            }
        }
    }
}

struct Listener {
    connection: Arc<RustConnection>,
    heard: Arc<Mutex<(String, Instant)>>,
}

impl Listener {
    fn run(&self) {
        while let Ok(event) = self.connection.wait_for_event() {
            let text = match event {
                Event::KeyPress(event) => self.key(event.detail, event.state, '+'),
                Event::KeyRelease(event) => self.key(event.detail, event.state, '-'),
                Event::ButtonPress(event) => format!("+b{}@{},{} ", event.detail, event.event_x, event.event_y),
                Event::ButtonRelease(event) => format!("-b{} ", event.detail),
                _ => continue,
            };
            let mut heard = self.heard.lock().unwrap();
            heard.0.push_str(&text);
            heard.1 = Instant::now();
        }
    }

    /// Looks the key up as a program does: when it gets to it.
    fn key(&self, keycode: u8, state: xproto::KeyButMask, sign: char) -> String {
        let Ok(reply) = self.connection.get_keyboard_mapping(keycode, 1).unwrap().reply() else {
            return String::new();
        };
        let row = reply.keysyms;
        let shifted = u16::from(state) & u16::from(xproto::KeyButMask::SHIFT) != 0;
        // A key without a second level means the same with shift.
        let keysym = if shifted && row[1] != 0 { row[1] } else { row[0] };
        match keysym {
            0x20..=0x7E | 0xA0..=0xFF if sign == '+' => char::from_u32(keysym).unwrap().into(),
            0x20..=0x7E | 0xA0..=0xFF => String::new(),
            0x20AC if sign == '+' => "€".into(),
            0x0100_0000.. if sign == '+' => char::from_u32(keysym & 0xFF_FFFF).unwrap().into(),
            0x20AC | 0x0100_0000.. => String::new(),
            0xFFE1 | 0xFFE2 => String::new(),
            other => format!("{sign}{other:x} "),
        }
    }
}
