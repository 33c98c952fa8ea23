//! Pixel steps on the device: one pass of the shader of their expression, on pixels as they are stored.

use super::fusion::{Slot, feed_of};
use super::recording::{OnDevice, Recording};
use rotifer_registry::expr::Dag;
use rotifer_registry::expr::wgsl::{self, Read};
use rotifer_registry::{Buffer, Code, Dtype, Error, Expr, VolumeMeta, pixel};

impl Recording {
    /// Records an expression of what is at its feeds, stored as `store` says.
    pub(super) fn pixel(
        &mut self,
        name: String,
        expr: &Expr,
        slots: &[Slot],
        items: Vec<Option<OnDevice>>,
        meta: VolumeMeta,
        store: Dtype,
    ) -> Result<OnDevice, Error> {
        let whole = |item: Option<OnDevice>| item.map(|item| self.whole(item)).transpose();
        let items: Vec<Option<OnDevice>> = items.into_iter().map(whole).collect::<Result<_, _>>()?;
        let mut places: Vec<Option<(Buffer, Dtype)>> = Vec::new();
        for slot in slots {
            let place = match &items[slot.feed] {
                Some(OnDevice::Volume { buffer, stored, meta }) => Some((*buffer, *stored, meta)),
                Some(OnDevice::Rgb { planes, stored, meta }) => Some((planes[slot.plane], *stored, meta)),
                _ => None,
            };
            if let Some((.., odd)) = place.filter(|(.., found)| found.shape != meta.shape) {
                return Err(Error::new(Code::Shape, "inputs of different shape").value(odd.shape_text()));
            }
            places.push(place.map(|(buffer, stored, _)| (buffer, stored)));
        }
        // A buffer at several ports is bound to each: compilers take it that x - x is 0, which it is not where x is infinite.
        let made = wgsl::generate(
            &Dag::new(&expr.cast(meta.dtype)),
            &|i| places[i].map_or(Dtype::F32, |p| p.1),
            store,
        )?;
        let mut inputs = Vec::new();
        for read in &made.reads {
            let buffer = match read {
                Read::Port(i) => places[*i].map(|(buffer, _)| buffer),
                Read::Number(name) => match feed_of(name).and_then(|feed| items.get(feed)?.as_ref()) {
                    Some(OnDevice::Number(buffer)) => Some(*buffer),
                    _ => None,
                },
            };
            inputs.push(
                buffer.ok_or_else(|| Error::new(Code::Internal, format!("{read:?} is not on the device")))?,
            );
        }
        let buffer = pixel::record(&mut self.recorder, name, made, &inputs, meta.shape)?;
        Ok(OnDevice::Volume { buffer, stored: store, meta })
    }
}
