//! The openh264 encoder in its screen content mode, with the quantiser chosen by us for each frame.
//!
//! Invariant: one picture in, one frame out; openh264's own rate control, which would skip frames and start over with
//! keyframes, is off.

use super::{EncodeError, Encoded, Encoder, Order, Picture};
use openh264::OpenH264API;
use openh264_sys2::{
    API, CONSTANT_ID, ENCODER_OPTION_DATAFORMAT, ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, ENCODER_OPTION_TRACE_LEVEL,
    ISVCEncoder, LOW_COMPLEXITY, PRO_BASELINE, RC_OFF_MODE, SCREEN_CONTENT_REAL_TIME, SEncParamExt, SFrameBSInfo,
    SM_FIXEDSLCNUM_SLICE, SM_SINGLE_SLICE, SSourcePicture, WELS_LOG_QUIET, videoFormatI420, videoFrameTypeIDR,
};
use std::{
    ffi::{c_int, c_void},
    ptr,
};

/// Pictures above this many pixels are cut into slices for two threads.
const PIXELS_FOR_TWO_THREADS: usize = 1280 * 1024;

/// An openh264 encoder for pictures of one size.
pub struct H264 {
    api: OpenH264API,
    encoder: *mut ISVCEncoder,
    settings: Box<SEncParamExt>,
    output: Box<SFrameBSInfo>,
    bytes: Vec<u8>,
}

// SAFETY: the encoder behind the pointer belongs to this value alone and keeps no thread-local state.
unsafe impl Send for H264 {}

macro_rules! call {
    ($self:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: the pointer came from WelsCreateSVCEncoder and lives until drop; openh264 fills the whole table.
        let result = unsafe { (**$self.encoder).$method.map(|method| method($self.encoder $(, $argument)*)) };
        match result {
            Some(0) => Ok(()),
            Some(code) => Err(EncodeError::Refused(format!("{} gave {code}", stringify!($method)))),
            None => Err(EncodeError::Refused(format!("{} is missing", stringify!($method)))),
        }
    }};
}

impl H264 {
    /// An encoder for pictures of this size, on this many threads.
    pub fn new(width: usize, height: usize) -> Result<Self, EncodeError> {
        let api = OpenH264API::from_source();
        let mut encoder: *mut ISVCEncoder = ptr::null_mut();
        // SAFETY: the call writes the pointer and nothing else.
        let code = unsafe { api.WelsCreateSVCEncoder(&raw mut encoder) };
        if code != 0 || encoder.is_null() {
            return Err(EncodeError::Refused(format!("no encoder: {code}")));
        }
        let mut this = Self {
            api,
            encoder,
            settings: Box::default(),
            output: Box::default(),
            bytes: Vec::new(),
        };
        let settings: *mut SEncParamExt = &raw mut *this.settings;
        call!(this, GetDefaultParams, settings)?;
        this.configure(width, height);
        let settings: *const SEncParamExt = &raw const *this.settings;
        call!(this, InitializeExt, settings)?;
        let mut level: c_int = WELS_LOG_QUIET;
        call!(
            this,
            SetOption,
            ENCODER_OPTION_TRACE_LEVEL,
            (&raw mut level).cast::<c_void>()
        )?;
        let mut format: c_int = videoFormatI420;
        call!(
            this,
            SetOption,
            ENCODER_OPTION_DATAFORMAT,
            (&raw mut format).cast::<c_void>()
        )?;
        Ok(this)
    }

    fn configure(&mut self, width: usize, height: usize) {
        let slices = if width * height > PIXELS_FOR_TWO_THREADS { 2 } else { 1 };
        let s = &mut *self.settings;
        s.iUsageType = SCREEN_CONTENT_REAL_TIME;
        (s.iPicWidth, s.iPicHeight) = (width as c_int, height as c_int);
        s.iRCMode = RC_OFF_MODE;
        s.fMaxFrameRate = 60.0;
        s.iComplexityMode = LOW_COMPLEXITY;
        s.uiIntraPeriod = 0;
        s.eSpsPpsIdStrategy = CONSTANT_ID;
        s.bEnableFrameSkip = false;
        s.bEnableLongTermReference = false;
        s.bEnableDenoise = false;
        s.bEnableAdaptiveQuant = false;
        s.bEnableBackgroundDetection = false;
        s.bEnableSceneChangeDetect = true;
        s.iMultipleThreadIdc = slices as u16;
        s.iSpatialLayerNum = 1;
        s.iTemporalLayerNum = 1;
        let layer = &mut s.sSpatialLayers[0];
        (layer.iVideoWidth, layer.iVideoHeight) = (width as c_int, height as c_int);
        layer.fFrameRate = 60.0;
        layer.uiProfileIdc = PRO_BASELINE;
        layer.iDLayerQp = 28;
        layer.sSliceArgument.uiSliceMode = if slices > 1 {
            SM_FIXEDSLCNUM_SLICE
        } else {
            SM_SINGLE_SLICE
        };
        layer.sSliceArgument.uiSliceNum = slices;
        layer.bVideoSignalTypePresent = true;
        layer.bColorDescriptionPresent = true;
        layer.bFullRange = false;
        // BT.709 for primaries, transfer and matrix.
        (
            layer.uiColorPrimaries,
            layer.uiTransferCharacteristics,
            layer.uiColorMatrix,
        ) = (1, 1, 1);
    }

    fn set_quantiser(&mut self, quantiser: u8) -> Result<(), EncodeError> {
        let quantiser = c_int::from(quantiser);
        if self.settings.sSpatialLayers[0].iDLayerQp == quantiser {
            return Ok(());
        }
        self.settings.sSpatialLayers[0].iDLayerQp = quantiser;
        let settings: *mut SEncParamExt = &raw mut *self.settings;
        call!(
            self,
            SetOption,
            ENCODER_OPTION_SVC_ENCODE_PARAM_EXT,
            settings.cast::<c_void>()
        )
    }

    fn collect(&mut self) {
        self.bytes.clear();
        let layers =
            &self.output.sLayerInfo[..(self.output.iLayerNum.max(0) as usize).min(self.output.sLayerInfo.len())];
        for layer in layers {
            for unit in 0..layer.iNalCount.max(0) as usize {
                // SAFETY: openh264 gives iNalCount lengths, and as many bytes as they add up to.
                let length = unsafe { *layer.pNalLengthInByte.add(unit) }.max(0) as usize;
                let offset: usize =
                    // SAFETY: as above.
                    (0..unit).map(|before| unsafe { *layer.pNalLengthInByte.add(before) }.max(0) as usize).sum();
                // SAFETY: as above; the buffer lives until the next call into the encoder.
                let bytes = unsafe { std::slice::from_raw_parts(layer.pBsBuf.add(offset), length) };
                self.bytes.extend_from_slice(bytes);
            }
        }
    }
}

impl Encoder for H264 {
    fn encode(&mut self, picture: &Picture, order: Order) -> Result<Encoded<'_>, EncodeError> {
        let (width, height) = (picture.width() as c_int, picture.height() as c_int);
        if (width, height) != (self.settings.iPicWidth, self.settings.iPicHeight) {
            return Err(EncodeError::Size(picture.width(), picture.height()));
        }
        self.set_quantiser(order.quantiser)?;
        if order.keyframe {
            call!(self, ForceIntraFrame, true)?;
        }
        let [luma, blue, red] = picture.planes().map(|plane| plane.as_ptr().cast_mut());
        let source = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: [width, width / 2, width / 2, 0],
            pData: [luma, blue, red, ptr::null_mut()],
            iPicWidth: width,
            iPicHeight: height,
            uiTimeStamp: order.millis,
            bPsnrY: false,
            bPsnrU: false,
            bPsnrV: false,
        };
        let output: *mut SFrameBSInfo = &raw mut *self.output;
        // The planes are only read, and outlive the call.
        call!(self, EncodeFrame, &raw const source, output)?;
        let keyframe = self.output.eFrameType == videoFrameTypeIDR;
        self.collect();
        Ok(Encoded {
            bytes: &self.bytes,
            keyframe,
        })
    }
}

impl Drop for H264 {
    fn drop(&mut self) {
        let _ = call!(self, Uninitialize);
        // SAFETY: created by the same library, destroyed once.
        unsafe { self.api.WelsDestroySVCEncoder(self.encoder) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        capture::{Area, Block},
        encode::quality::{COARSE, EXACT, FINE},
    };
    use openh264::{decoder::Decoder, formats::YUVSource};

    const WIDTH: usize = 640;
    const HEIGHT: usize = 480;

    /// A page of small dark strokes in several colours.
    fn page() -> Vec<u8> {
        let mut bgra = vec![250; WIDTH * HEIGHT * 4];
        let mut random = 1u64;
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                if x % 8 == 0 {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                }
                if (y % 16) > 3 && random >> (20 + x % 8) & 1 == 1 && x % 8 < 6 {
                    bgra[(y * WIDTH + x) * 4..][..3].copy_from_slice(&[20, 30, (y / 2) as u8]);
                }
            }
        }
        bgra
    }

    fn whole(bgra: &[u8]) -> Block<'_> {
        let area = Area {
            x: 0,
            y: 0,
            width: WIDTH as u16,
            height: HEIGHT as u16,
        };
        Block {
            area,
            bgra,
            stride: WIDTH * 4,
        }
    }

    /// Largest and mean distance of luma between picture and decoded frame.
    fn distance(picture: &Picture, decoded: &impl YUVSource) -> (u8, f64) {
        let stride = decoded.strides().0;
        let mut worst = 0;
        let mut sum = 0u64;
        for (index, sample) in picture.planes()[0].iter().enumerate() {
            let got = decoded.y()[index / WIDTH * stride + index % WIDTH];
            worst = worst.max(sample.abs_diff(got));
            sum += u64::from(sample.abs_diff(got));
        }
        (worst, sum as f64 / (WIDTH * HEIGHT) as f64)
    }

    #[test]
    fn a_coarse_picture_becomes_fine_and_then_exact() {
        let mut picture = Picture::new(WIDTH, HEIGHT).unwrap();
        picture.update(&whole(&page()));
        let mut encoder = H264::new(WIDTH, HEIGHT).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let mut seen = Vec::new();
        for (index, (quantiser, stir)) in [(COARSE + 4, 0), (FINE, 0), (EXACT, u64::MAX)].into_iter().enumerate() {
            picture.stir(stir);
            let order = Order {
                quantiser,
                keyframe: index == 0,
                millis: index as i64 * 300,
            };
            let frame = encoder.encode(&picture, order).unwrap();
            assert_eq!(frame.keyframe, index == 0);
            let bytes = frame.bytes.len();
            let decoded = decoder.decode(frame.bytes).unwrap().expect("a frame");
            seen.push((bytes, distance(&picture, &decoded)));
        }
        eprintln!("{seen:?}");
        assert!(seen[1].1.1 < seen[0].1.1 / 2.0);
        assert!(seen[2].1.0 <= 6 && seen[2].1.1 < 1.0, "{seen:?}");
    }

    #[test]
    fn a_still_picture_costs_next_to_nothing() {
        let mut picture = Picture::new(WIDTH, HEIGHT).unwrap();
        picture.update(&whole(&page()));
        let mut encoder = H264::new(WIDTH, HEIGHT).unwrap();
        let order = Order {
            quantiser: FINE,
            keyframe: true,
            millis: 0,
        };
        let first = encoder.encode(&picture, order).unwrap().bytes.len();
        let mut next = |millis| {
            encoder
                .encode(
                    &picture,
                    Order {
                        keyframe: false,
                        millis,
                        ..order
                    },
                )
                .unwrap()
                .bytes
                .len()
        };
        let (second, third) = (next(16), next(32));
        assert!(
            first > 20_000 && second < first / 10 && third < 1000,
            "{first}, {second}, {third} bytes"
        );
    }

    #[test]
    fn a_keyframe_carries_its_parameter_sets() {
        let picture = Picture::new(WIDTH, HEIGHT).unwrap();
        let mut encoder = H264::new(WIDTH, HEIGHT).unwrap();
        let order = Order {
            quantiser: FINE,
            keyframe: false,
            millis: 0,
        };
        assert!(encoder.encode(&picture, order).unwrap().keyframe);
        assert!(
            !encoder
                .encode(&picture, Order { millis: 16, ..order })
                .unwrap()
                .keyframe
        );
        let again = encoder
            .encode(
                &picture,
                Order {
                    keyframe: true,
                    millis: 32,
                    ..order
                },
            )
            .unwrap();
        let kinds: Vec<u8> = openh264::nal_units(again.bytes)
            .map(|unit| unit.iter().find(|b| **b > 1).map_or(0, |b| b & 31))
            .collect();
        assert_eq!(kinds, [7, 8, 5]);
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        let mut encoder = H264::new(WIDTH, HEIGHT).unwrap();
        let other = Picture::new(WIDTH, HEIGHT + 16).unwrap();
        let order = Order {
            quantiser: FINE,
            keyframe: false,
            millis: 0,
        };
        assert!(matches!(encoder.encode(&other, order), Err(EncodeError::Size(_, _))));
    }
}
