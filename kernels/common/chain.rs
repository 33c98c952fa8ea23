//! A small pipeline on an image that comes in parts: one operation after the other, values between them put by.

use super::links::{Link, Operand, finished, inferred, window};
use rotifer_registry::op::Ports;
use rotifer_registry::*;
use std::ops::Range;

/// How an operation is had in parts.
enum Way {
    /// Each part by itself, with so many planes or rows beside it.
    Local(usize),
    Gathers(Box<dyn Streamed>),
}

struct Step {
    link: Link,
    way: Way,
    /// Of the whole output.
    meta: DatumMeta,
    /// The output, where a later operation reads it.
    value: Value,
}

enum Value {
    NotYet,
    Image(Box<dyn Spill>),
    Number(f64),
}

/// The operations under way.
pub struct Chain {
    steps: Vec<Step>,
    axis: usize,
    /// The operation that sees the parts now.
    at: usize,
    /// Whether it has seen all it needs to, and makes its output.
    makes: bool,
}

impl Chain {
    /// None where an operation needs a whole image, or gives one of another shape.
    pub fn new(links: Vec<Link>, inputs: &Metas) -> Result<Option<Chain>, Error> {
        let Some(image) = inputs.first() else { return Ok(None) };
        let axis = Span::axis_of(image);
        let mut steps: Vec<Step> = Vec::new();
        for link in links {
            let metas: Vec<Option<DatumMeta>> = link
                .inputs
                .iter()
                .map(|operand| match *operand {
                    Operand::Input(i) => inputs.items().get(i).cloned().flatten(),
                    Operand::Part(i) => steps.get(i).map(|step| step.meta.clone()),
                })
                .collect();
            let meta = inferred(&*link.op, &metas)?;
            if meta.volume().is_some_and(|v| (v.shape, v.ndim) != (image.shape, image.ndim)) {
                return Ok(None);
            }
            let ports = Ports::new(link.op.spec().inputs, &metas);
            let halo = window(link.op.reach(&ports)?).filter(|_| meta.volume().is_some());
            let way = match halo {
                Some(halo) => Way::Local(halo[axis]),
                None => match link.op.streamed(&ports)? {
                    Some(work) => Way::Gathers(work),
                    None => return Ok(None),
                },
            };
            steps.push(Step { link, way, meta, value: Value::NotYet });
        }
        let makes = matches!(steps.first().map(|step| &step.way), Some(Way::Local(_)));
        Ok((!steps.is_empty()).then_some(Chain { steps, axis, at: 0, makes }))
    }

    fn is_last(&self) -> bool {
        self.at + 1 == self.steps.len()
    }

    /// A part as an operation sees it that needs so much beside.
    fn span(&self, span: &Span, halo: usize) -> Span {
        let Range { start, end } = span.inner;
        Span { outer: start.saturating_sub(halo)..(end + halo).min(span.length), ..span.clone() }
    }

    /// The inputs of the operation at hand.
    fn inputs(&self, span: &Span, whole: &Span, inputs: &Inputs) -> Result<Vec<Option<Datum>>, Error> {
        let axis = self.axis;
        let lines = span.outer.start - whole.outer.start..span.outer.end - whole.outer.start;
        let given = |i: usize| {
            inputs.items().get(i).cloned().flatten().map(|datum| match datum {
                Datum::Volume(v) => Datum::Volume(v.cut(axis, lines.clone())),
                Datum::Rgb(planes) => Datum::Rgb(planes.map(|v| v.cut(axis, lines.clone()))),
                other => other,
            })
        };
        let made = |i: usize| match self.steps.get(i).map(|step| (&step.value, step.meta.volume())) {
            Some((Value::Image(spill), Some(meta))) => {
                let mut zyx = meta.shape.map(|n| 0..n);
                zyx[axis] = span.outer.clone();
                Ok(Some(Datum::Volume(spill.read(zyx)?.with_spacing(meta.spacing))))
            }
            Some((Value::Number(x), _)) => Ok(Some(Datum::Number(*x))),
            _ => Err(Error::new(Code::Internal, "a part is read before it is made")),
        };
        let operands = self.steps[self.at].link.inputs.iter();
        operands
            .map(|operand| match *operand {
                Operand::Input(i) => Ok(given(i)),
                Operand::Part(i) => made(i),
            })
            .collect()
    }

    /// Planes or rows that an operation needs beside a part.
    fn halo_of(step: &Step) -> usize {
        match &step.way {
            Way::Local(halo) => *halo,
            Way::Gathers(work) => work.halo(),
        }
    }

    /// The output of the operation at hand over the inner part.
    fn made(&mut self, whole: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        let span = self.span(whole, Chain::halo_of(&self.steps[self.at]));
        let items = self.inputs(&span, whole, inputs)?;
        let random = inputs.random().from(self.axis, span.outer.start - whole.outer.start);
        let step = &mut self.steps[self.at];
        let ports = Ports::new(step.link.op.spec().inputs, &items).with_random(random);
        let datum = match &mut step.way {
            Way::Gathers(work) => work.make(&span, &ports)?,
            Way::Local(_) => {
                let first = step.link.op.run(&ports)?.into_iter().next();
                let first =
                    first.ok_or_else(|| Error::new(Code::Internal, "an operation without an output"))?;
                match first {
                    Datum::Volume(v) => Datum::Volume(v.cut(self.axis, span.inside())),
                    other => other,
                }
            }
        };
        finished(datum, &step.meta)
    }

    /// The operation at hand has made its output: the next one begins.
    fn next(&mut self) -> bool {
        if self.is_last() {
            return false;
        }
        self.at += 1;
        self.makes = matches!(self.steps[self.at].way, Way::Local(_));
        !(self.makes && self.is_last())
    }
}

impl Streamed for Chain {
    fn halo(&self) -> usize {
        self.steps.iter().map(Chain::halo_of).max().unwrap_or(0)
    }

    fn work(&self) -> usize {
        let of = |step: &Step| {
            let work = if let Way::Gathers(work) = &step.way { work.work() } else { 12 };
            let value = step.meta.volume().map_or(0, |v| v.dtype.size());
            work + 2 * value + 4 * step.link.inputs.len()
        };
        self.steps.iter().map(of).max().unwrap_or(0)
    }

    fn spills(&self, parts: usize) -> u64 {
        let own = |step: &Step| if let Way::Gathers(work) = &step.way { work.spills(parts) } else { 0 };
        let values = self.steps.iter().rev().skip(1).filter_map(|step| step.meta.volume());
        values.map(|v| v.bytes() as u64).chain(self.steps.iter().map(own)).fold(0, u64::saturating_add)
    }

    fn begin(&mut self, room: Room) -> Result<(), Error> {
        let last = self.steps.len().saturating_sub(1);
        for (i, step) in self.steps.iter_mut().enumerate() {
            if let Way::Gathers(work) = &mut step.way {
                work.begin(room)?;
            }
            if let (Some(meta), true) = (step.meta.volume(), i < last) {
                step.value = Value::Image(room(meta)?);
            }
        }
        Ok(())
    }

    fn is_backward(&self) -> bool {
        match &self.steps[self.at].way {
            Way::Gathers(work) if !self.makes => work.is_backward(),
            _ => false,
        }
    }

    fn wants(&self, whole: &Span) -> bool {
        let step = &self.steps[self.at];
        match &step.way {
            Way::Gathers(work) if !self.makes => work.wants(&self.span(whole, work.halo())),
            // The last one makes its output when it is asked for.
            _ => !self.is_last(),
        }
    }

    fn see(&mut self, whole: &Span, inputs: &Inputs) -> Result<(), Error> {
        if self.makes {
            let Datum::Volume(made) = self.made(whole, inputs)? else {
                return Err(Error::new(Code::Internal, "a part of no image"));
            };
            let start = whole.inner.start;
            let start = if self.axis == 0 { [start, 0] } else { [0, start] };
            return match &mut self.steps[self.at].value {
                Value::Image(spill) => spill.write(start, &made),
                _ => Err(Error::new(Code::Internal, "no room for a value between operations")),
            };
        }
        let span = self.span(whole, Chain::halo_of(&self.steps[self.at]));
        let items = self.inputs(&span, whole, inputs)?;
        let random = inputs.random().from(self.axis, span.outer.start - whole.outer.start);
        let step = &mut self.steps[self.at];
        let ports = Ports::new(step.link.op.spec().inputs, &items).with_random(random);
        match &mut step.way {
            Way::Gathers(work) => work.see(&span, &ports),
            Way::Local(_) => Ok(()),
        }
    }

    fn again(&mut self) -> Result<bool, Error> {
        let is_last = self.is_last();
        let step = &mut self.steps[self.at];
        if let (Way::Gathers(work), false) = (&mut step.way, self.makes) {
            if work.again()? {
                return Ok(true);
            }
            if is_last {
                return Ok(false);
            }
            if work.makes() {
                self.makes = true;
                return Ok(true);
            }
            step.value = match work.finish()?.into_iter().next() {
                Some(Datum::Number(x)) => Value::Number(x),
                _ => {
                    return Err(Error::new(
                        Code::Internal,
                        "an operation gives neither an image nor a number",
                    ));
                }
            };
        }
        Ok(self.next())
    }

    fn makes(&self) -> bool {
        self.steps.last().is_some_and(|step| match &step.way {
            Way::Local(_) => true,
            Way::Gathers(work) => work.makes(),
        })
    }

    fn make(&mut self, whole: &Span, inputs: &Inputs) -> Result<Datum, Error> {
        self.made(whole, inputs)
    }

    fn finish(&mut self) -> Result<Vec<Datum>, Error> {
        match self.steps.last_mut().map(|step| &mut step.way) {
            Some(Way::Gathers(work)) if !work.makes() => Ok(work.finish()?.into_iter().take(1).collect()),
            _ => Ok(Vec::new()),
        }
    }
}
