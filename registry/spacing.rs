//! Physical size and place of a pixel.

use serde::{Deserialize, Serialize};

/// Micrometres from one pixel to the next along z, y, x, and where that was read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    pub um: [f64; 3],
    /// The place of the first pixel, in micrometres; 0 where nothing is known of it.
    pub origin: [f64; 3],
    pub source: SpacingSource,
}

impl Spacing {
    pub const fn new(um: [f64; 3], source: SpacingSource) -> Spacing {
        Spacing { um, origin: [0.0; 3], source }
    }

    /// Of the image that begins so many pixels further on.
    pub fn moved(self, pixels: [f64; 3]) -> Spacing {
        Spacing { origin: std::array::from_fn(|a| self.origin[a] + self.um[a] * pixels[a]), ..self }
    }

    /// Of pixels that are so many times as large and cover the same field: the first one's middle moves.
    pub fn resampled(self, times: [f64; 3]) -> Spacing {
        let moved = self.moved(times.map(|n| (n - 1.0) / 2.0));
        Spacing { um: std::array::from_fn(|a| self.um[a] * times[a]), ..moved }
    }

    /// This size, at the place of another.
    pub fn at_place_of(self, other: Option<Spacing>) -> Spacing {
        Spacing { origin: other.map_or(self.origin, |other| other.origin), ..self }
    }

    /// Of an image that is no part of the field, or of several.
    pub fn placeless(self) -> Spacing {
        Spacing::new(self.um, self.source)
    }

    /// Of the image whose axes are these of it.
    pub fn of_axes(self, axes: [usize; 3]) -> Spacing {
        Spacing { um: axes.map(|a| self.um[a]), origin: axes.map(|a| self.origin[a]), ..self }
    }
}

/// Where a spacing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpacingSource {
    OmeXml,
    Imagej,
    TiffResolution,
    PngPhys,
    Given,
    /// The index file of an acquisition, or a site table.
    Index,
}

impl SpacingSource {
    pub fn name(self) -> &'static str {
        match self {
            SpacingSource::OmeXml => "OME-XML",
            SpacingSource::Imagej => "ImageJ",
            SpacingSource::TiffResolution => "TIFF resolution",
            SpacingSource::PngPhys => "PNG pHYs",
            SpacingSource::Given => "given",
            SpacingSource::Index => "index of the acquisition",
        }
    }
}

/// Micrometres in one of a length unit; `None` for a unit that is not one.
pub fn unit_um(unit: &str) -> Option<f64> {
    Some(match unit {
        "nm" | "nanometer" | "nanometre" => 1e-3,
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometre" => 1.0,
        "mm" | "millimeter" | "millimetre" => 1e3,
        "cm" | "centimeter" | "centimetre" => 1e4,
        "m" | "meter" | "metre" => 1e6,
        "inch" => 25_400.0,
        _ => return None,
    })
}

/// Seconds in one of a unit of time; `None` for a unit that is not one.
pub fn unit_s(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" | "usec" => 1e-6,
        "ms" | "msec" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}
