//! Values that flow between steps: one datum for each time point and channel.

use crate::axes::Axes;
use crate::error::{Code, Error};
use crate::image::Image;
use crate::op::Datum;
use crate::pipeline::ChannelSelector;
use crate::role::RoleValue;
use crate::table::{Table, Values};
use crate::volume::Volume;

/// A datum for each t and c, channels fastest. The axes that the input does not have are of size 1.
///
/// `D` is a [`Datum`], or what stands for one that is not in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Frames<D = Datum> {
    pub items: Vec<D>,
    pub axes: Axes,
}

impl From<&Image> for Frames {
    fn from(image: &Image) -> Frames {
        Frames {
            items: image.volumes().iter().cloned().map(Datum::Volume).collect(),
            axes: image.axes().clone(),
        }
    }
}

impl From<Datum> for Frames {
    fn from(datum: Datum) -> Frames {
        Frames { items: vec![datum], axes: Axes::NONE }
    }
}

impl Frames {
    /// The frames as an image; an rgb becomes three channels, called red, green and blue where it is the only one.
    /// `None` for tables and numbers.
    pub fn to_image(&self) -> Option<Result<Image, Error>> {
        let mut volumes: Vec<Volume> = Vec::new();
        let mut rgb = false;
        for item in &self.items {
            match item {
                Datum::Volume(v) => volumes.push(v.clone()),
                Datum::Rgb(planes) => {
                    rgb = true;
                    volumes.extend(planes.iter().cloned());
                }
                _ => return None,
            }
        }
        let mut axes = self.axes.clone();
        if rgb {
            axes.spread_rgb();
        }
        Some(Image::over(volumes, axes))
    }

    /// The frames as one table, with columns `t` and `channel` in front where those axes exist.
    /// Numbers become a column `name`. `None` for images.
    pub fn to_table(&self, name: &str) -> Option<Result<Table, Error>> {
        let mut whole = Table::new();
        for (i, item) in self.items.iter().enumerate() {
            let mut table = match item {
                Datum::Table(table) => table.clone(),
                Datum::Number(x) => match Table::new().with(name, Values::Float(vec![*x])) {
                    Ok(table) => table,
                    Err(error) => return Some(Err(error)),
                },
                _ => return None,
            };
            let rows = table.rows();
            let (t, c) = (i / self.axes.c, i % self.axes.c);
            let channel = match self.axes.channels.get(c) {
                Some(name) => Values::Text(vec![name.clone(); rows]),
                None => Values::Int(vec![c as i64; rows]),
            };
            let result = if self.axes.has_c { table.insert(0, "channel", channel) } else { Ok(()) }
                .and_then(|()| {
                    if self.axes.has_t {
                        table.insert(0, "t", Values::Int(vec![t as i64; rows]))
                    } else {
                        Ok(())
                    }
                })
                .and_then(|()| whole.extend(&table));
            if let Err(error) = result {
                return Some(Err(error));
            }
        }
        Some(Ok(whole))
    }

    /// One number for each frame; `None` where they are something else.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        self.items.iter().map(|i| if let Datum::Number(x) = i { Some(*x) } else { None }).collect()
    }

    /// A value of a role for each frame, with what tells it apart: `_t3_c0` where those axes exist. `None` where they are
    /// something else.
    pub fn roles(&self) -> Option<Vec<(String, &RoleValue)>> {
        let frames = self.items.iter().enumerate();
        frames
            .map(|(i, item)| {
                let Datum::Role(value) = item else { return None };
                let t = if self.axes.has_t { format!("_t{}", i / self.axes.c) } else { String::new() };
                let c = if self.axes.has_c { format!("_c{}", i % self.axes.c) } else { String::new() };
                Some((t + &c, value))
            })
            .collect()
    }
}

impl<D: Clone> Frames<D> {
    pub fn at(&self, t: usize, c: usize) -> &D {
        &self.items[t * self.axes.c + c]
    }

    /// One channel, by index or by name.
    pub fn channel(&self, which: &ChannelSelector) -> Result<Frames<D>, Error> {
        let c = which.find(&self.axes.channels, self.axes.c)?;
        let mut axes = self.axes.clone();
        axes.drop_c();
        Ok(Frames { items: (0..axes.t).map(|t| self.at(t, c).clone()).collect(), axes })
    }

    /// One time point.
    pub fn time(&self, t: usize) -> Result<Frames<D>, Error> {
        if t >= self.axes.t {
            return Err(Error::new(Code::MissingChannel, "the image has no such time point")
                .argument("from")
                .value(t)
                .allowed(format!("0 to {}", self.axes.t - 1)));
        }
        let items = self.items[t * self.axes.c..(t + 1) * self.axes.c].to_vec();
        let mut axes = self.axes.clone();
        axes.drop_t();
        Ok(Frames { items, axes })
    }
}
