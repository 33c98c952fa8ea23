//! Values as the ports of a step see them: one channel or time point, three channels as rgb, numbers as a mask or labels.

use rotifer_registry::op::{Port, PortKind};
use rotifer_registry::pipeline::Wire;
use rotifer_registry::{Datum, Error, Frames, Kind, Volume};

/// One channel or time point of a value, where the wire asks for it. The planes of an rgb count as channels.
pub fn select<D: Clone>(
    frames: &Frames<D>,
    wire: &Wire,
    planes: impl Fn(&D) -> Option<[D; 3]>,
) -> Result<Frames<D>, Error> {
    let mut frames = frames.clone();
    if let Some(channel) = &wire.channel {
        let of_rgb: Option<Vec<[D; 3]>> =
            if frames.axes.c == 1 { frames.items.iter().map(&planes).collect() } else { None };
        if let Some(planes) = of_rgb {
            let items = planes.into_iter().flatten().collect();
            (frames.axes.c, frames.axes.has_c, frames.axes.channels) = (3, true, Vec::new());
            frames.items = items;
        }
        frames = frames.channel(channel)?;
    }
    match wire.time {
        Some(t) => frames.time(t),
        None => Ok(frames),
    }
}

/// The planes of an rgb.
pub fn planes_of(datum: &Datum) -> Option<[Datum; 3]> {
    match datum {
        Datum::Rgb(planes) => Some(planes.clone().map(Datum::Volume)),
        _ => None,
    }
}

/// A value as a port sees it: three channels as rgb, numbers as a mask or labels.
pub fn coerce(port: &Port, frames: Frames) -> Result<Frames, Error> {
    match port.kind {
        PortKind::Rgb if frames.axes.c == 3 && frames.items.iter().all(|d| matches!(d, Datum::Volume(_))) => {
            let volumes: Vec<Volume> = frames
                .items
                .into_iter()
                .filter_map(|d| if let Datum::Volume(v) = d { Some(v) } else { None })
                .collect();
            let items = volumes.chunks(3).map(|p| Datum::Rgb([p[0].clone(), p[1].clone(), p[2].clone()]));
            let (items, mut axes) = (items.collect(), frames.axes);
            axes.drop_c();
            Ok(Frames { items, axes })
        }
        PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels => {
            let convert = |datum| coerce_datum(port, datum);
            let items = frames.items.into_iter().map(convert).collect::<Result<_, _>>()?;
            Ok(Frames { items, ..frames })
        }
        _ => Ok(frames),
    }
}

/// One datum as a port sees it.
pub fn coerce_datum(port: &Port, datum: Datum) -> Result<Datum, Error> {
    match (datum, port.kind) {
        (Datum::Volume(v), PortKind::Mask) => Ok(Datum::Volume(v.to_mask())),
        (Datum::Volume(v), PortKind::Labels) => v.to_labels().map(Datum::Volume),
        (Datum::Volume(v), PortKind::MaskOrLabels) => v.to_mask_or_labels().map(Datum::Volume),
        (other, _) => Ok(other),
    }
}

/// A port's value as the device takes it: an image of labels as uint32.
pub fn for_device(port: &Port, frames: Frames) -> Result<Frames, Error> {
    let convert = |datum| match datum {
        Datum::Volume(v) if v.kind() == Kind::Image => v.to_labels().map(Datum::Volume),
        other => Ok(other),
    };
    if port.kind != PortKind::MaskOrLabels {
        return Ok(frames);
    }
    let items = frames.items.into_iter().map(convert).collect::<Result<_, _>>()?;
    Ok(Frames { items, ..frames })
}
