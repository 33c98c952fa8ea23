//! The meaning of the planes, for each reader in its own words.
//!
//! The first directory has two descriptions, the way Micro-Manager writes them: OME-XML, then ImageJ's text. TIFF allows
//! one; of two, libtiff, tifffile and Bio-Formats take the first, and ImageJ, which does not know OME-XML, the last.
//! Both name the same order of planes: channels fastest, then z, then t.

use super::directory::Value;
use crate::io::RGB;
use rotifer_registry::{Dtype, ImageMeta, Kind, Spacing};
use std::fmt::Write as _;

/// Sizes along c, z, t as a reader counts them: a colour page is one channel.
fn sizes(meta: &ImageMeta, rgb: bool) -> [usize; 3] {
    [if rgb { 1 } else { meta.axes.c }, meta.volume.shape[0], meta.axes.t]
}

/// OME-XML of the 2016-06 schema, in ASCII.
pub fn ome(meta: &ImageMeta, rgb: bool, name: &str) -> String {
    let [_, height, width] = meta.volume.shape;
    let [c, z, t] = sizes(meta, rgb);
    let dtype = match meta.volume.dtype {
        Dtype::F32 => "float",
        dtype => dtype.name(),
    };
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openmicroscopy.org/Schemas/OME/2016-06 \
         http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd\"",
    );
    let _ = write!(xml, " Creator=\"Rotifer {}\">", env!("CARGO_PKG_VERSION"));
    let _ = write!(xml, "<Image ID=\"Image:0\" Name=\"{}\">", escaped(name));
    let _ = write!(
        xml,
        "<Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"{dtype}\" SizeX=\"{width}\" SizeY=\"{height}\" \
         SizeC=\"{}\" SizeZ=\"{z}\" SizeT=\"{t}\" BigEndian=\"{}\"",
        meta.axes.c,
        cfg!(target_endian = "big"),
    );
    if rgb {
        xml += " Interleaved=\"true\"";
    }
    if let Some(seconds) = meta.axes.interval.filter(|_| t > 1) {
        let _ = write!(xml, " TimeIncrement=\"{seconds}\" TimeIncrementUnit=\"s\"");
    }
    if let Some(Spacing { um, .. }) = meta.volume.spacing {
        for (axis, um) in ["X", "Y", "Z"].into_iter().zip(um.into_iter().rev()).take(meta.volume.ndim) {
            let _ = write!(xml, " PhysicalSize{axis}=\"{um}\" PhysicalSize{axis}Unit=\"&#181;m\"");
        }
    }
    xml += ">";
    for channel in 0..c {
        let samples = if rgb { meta.axes.c } else { 1 };
        let _ = write!(xml, "<Channel ID=\"Channel:0:{channel}\" SamplesPerPixel=\"{samples}\"");
        if let Some(name) = meta.axes.channels.get(channel).filter(|_| !rgb) {
            let _ = write!(xml, " Name=\"{}\"", escaped(name));
        }
        xml += "/>";
    }
    let _ = write!(xml, "<TiffData IFD=\"0\" PlaneCount=\"{}\"/>", c * z * t);
    if let Some(spacing) = meta.volume.spacing.filter(|spacing| spacing.origin != [0.0; 3]) {
        for plane in 0..c * z * t {
            let at = [plane / c % z, plane % c, plane / c / z];
            let place = spacing.moved([at[0] as f64, 0.0, 0.0]).origin;
            let _ = write!(xml, "<Plane TheZ=\"{}\" TheC=\"{}\" TheT=\"{}\"", at[0], at[1], at[2]);
            for (axis, um) in ["X", "Y", "Z"].into_iter().zip(place.into_iter().rev()) {
                let _ = write!(xml, " Position{axis}=\"{um}\" Position{axis}Unit=\"&#181;m\"");
            }
            xml += "/>";
        }
    }
    xml += "</Pixels></Image></OME>";
    xml
}

/// A text as the value of an attribute, in ASCII. Characters that XML does not have become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            ' '..='~' => out.push(letter),
            '\t' | '\n' | '\r' | '\u{7f}'..='\u{fffd}' | '\u{10000}'.. => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            _ => out += "&#65533;",
        }
    }
    out
}

/// The `key=value` lines of ImageJ. `channel_names` is ours; ImageJ passes over it. `images` promises planes without
/// gaps where the file is not compressed.
pub fn imagej(meta: &ImageMeta, rgb: bool) -> String {
    let [c, z, t] = sizes(meta, rgb);
    let mut text = format!("ImageJ=1.54f\nimages={}\n", c * z * t);
    for (key, n) in [("channels", c), ("slices", z), ("frames", t)] {
        if n > 1 {
            let _ = writeln!(text, "{key}={n}");
        }
    }
    if [c, z, t].iter().filter(|n| **n > 1).count() > 1 || c > 1 {
        text += "hyperstack=true\n";
    }
    if c > 1 {
        text += if meta.axes.channels == RGB { "mode=composite\n" } else { "mode=grayscale\n" };
    }
    if let Some(Spacing { um, origin, .. }) = meta.volume.spacing {
        text += "unit=micron\n";
        for (key, a) in [("xorigin", 2), ("yorigin", 1), ("zorigin", 0)] {
            if origin[a] != 0.0 {
                let _ = writeln!(text, "{key}={}", -origin[a] / um[a]);
            }
        }
        if z > 1 {
            let _ = writeln!(text, "spacing={}", um[0]);
        }
    }
    if let Some(seconds) = meta.axes.interval.filter(|_| t > 1) {
        let _ = writeln!(text, "finterval={seconds}\ntunit=sec");
    }
    if meta.volume.kind == Kind::Mask {
        // ImageJ stretches every other dtype by itself.
        text += "min=0.0\nmax=1.0\n";
    }
    if !meta.axes.channels.is_empty() && !rgb {
        let names = serde_json::Value::from(meta.axes.channels.as_slice()).to_string();
        let _ = writeln!(text, "channel_names={}", ascii(&names));
    }
    text + "loop=false\n"
}

/// ImageJ's tags 50838 and 50839: a label for each plane, where channels have names.
pub fn imagej_labels(meta: &ImageMeta) -> [(u16, Value); 2] {
    let planes = meta.axes.c * meta.volume.shape[0] * meta.axes.t;
    // The number 0x494a494a and, of every type of metadata, four letters and how many there are.
    let mut bytes: Vec<u8> =
        [0x494a_494au32, 0x6c61_626c, planes as u32].iter().flat_map(|v| v.to_ne_bytes()).collect();
    let mut counts = vec![bytes.len() as u32];
    for name in meta.axes.channels.iter().cycle().take(planes) {
        let label: Vec<u8> = name.encode_utf16().flat_map(u16::to_ne_bytes).collect();
        counts.push(label.len() as u32);
        bytes.extend(label);
    }
    [(50838, Value::Long(counts)), (50839, Value::Bytes(bytes))]
}

/// JSON in the 7 bits that a text of TIFF has.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(byte.into()),
            _ => drop(write!(text, "\\u{unit:04x}")),
        }
    }
    text
}

/// Pixels per micrometre as the fraction nearest to it: the reader divides it back to the same size. `None` where no
/// fraction of 32 bits is near.
pub fn resolution(um: f64) -> Option<Value> {
    let limit = f64::from(u32::MAX);
    // Continued fraction of um.
    let (mut before, mut now) = ((0.0f64, 1.0f64), (1.0f64, 0.0f64));
    let mut rest = um;
    for _ in 0..40 {
        let whole = rest.floor();
        let next = (whole * now.0 + before.0, whole * now.1 + before.1);
        if next.0 > limit || next.1 > limit {
            break;
        }
        (before, now) = (now, next);
        if now.0 / now.1 == um || rest == whole {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    (now.0 > 0.0 && now.1 > 0.0).then_some(Value::Ratio(now.1 as u32, now.0 as u32))
}
