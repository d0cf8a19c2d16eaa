//! The device's mouse pointer: its shapes, shown as the browser's own pointer so that it moves without delay.

use super::screen::{Screen, Shape, style};
use crate::islands::browser::window;
use deskside_protocol::channel::{Cursor, Position};
use std::rc::Rc;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Shapes kept; the oldest go first.
const SHAPES: usize = 512;
/// Browsers show no larger pointer.
const EDGE: u16 = 128;

/// The pointer as the device last told.
pub struct DeviceCursor {
    screen: Rc<Screen>,
    shapes: Vec<(u32, Shape)>,
    used: Option<u32>,
}

impl DeviceCursor {
    pub fn new(screen: Rc<Screen>) -> Self {
        Self {
            screen,
            shapes: Vec::new(),
            used: None,
        }
    }

    /// A new connection starts with no shapes.
    pub fn reset(&mut self) {
        self.shapes.clear();
        self.used = None;
        style(&self.screen.surface, "cursor", "");
        self.screen.place_device_pointer(None);
    }

    pub fn apply(&mut self, message: Cursor) {
        match message {
            Cursor::Shape {
                id,
                width,
                height,
                hot_x,
                hot_y,
                rgba,
            } => {
                let Some(picture) = draw(width, height, &rgba) else {
                    return;
                };
                self.shapes.retain(|(known, _)| *known != id);
                if self.shapes.len() == SHAPES {
                    self.shapes.remove(0);
                }
                self.shapes.push((
                    id,
                    Shape {
                        picture,
                        hot_x: hot_x.min(width),
                        hot_y: hot_y.min(height),
                    },
                ));
                if self.used == Some(id) {
                    self.wear(id);
                }
            }
            Cursor::Use { id } => self.wear(id),
            Cursor::Hidden => {
                self.used = None;
                style(&self.screen.surface, "cursor", "none");
                self.screen.place_device_pointer(None);
            }
            Cursor::Moved { at } => self.moved(at),
        }
    }

    /// The operator moves the mouse: there is one pointer again.
    pub fn take_over(&self) {
        self.screen.place_device_pointer(None);
    }

    fn wear(&mut self, id: u32) {
        self.used = Some(id);
        if let Some(shape) = self.shape() {
            let (x, y) = (shape.hot_x.to_string(), shape.hot_y.to_string());
            let value = ["url(", &shape.picture, ") ", &x, " ", &y, ", default"].concat();
            style(&self.screen.surface, "cursor", &value);
        }
    }

    fn moved(&self, at: Position) {
        self.screen.place_device_pointer(self.shape().map(|shape| (at, shape)));
    }

    fn shape(&self) -> Option<&Shape> {
        let used = self.used?;
        self.shapes.iter().find(|(id, _)| *id == used).map(|(_, shape)| shape)
    }
}

/// The pixels as a `data:` address; `None` when they are not a picture of that size.
fn draw(width: u16, height: u16, rgba: &[u8]) -> Option<String> {
    if width == 0 || height == 0 || width > EDGE || height > EDGE {
        return None;
    }
    if rgba.len() != usize::from(width) * usize::from(height) * 4 {
        return None;
    }
    let canvas: HtmlCanvasElement = window().document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width.into());
    canvas.set_height(height.into());
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), width.into(), height.into()).ok()?;
    context.put_image_data(&image, 0.0, 0.0).ok()?;
    canvas.to_data_url().ok()
}
