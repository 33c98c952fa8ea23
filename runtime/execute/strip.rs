//! Inputs and outputs of a stage in a strip of rows.

use super::stage::{Feed, Out};
use crate::store::{Inner, Item, Sink, Source, Strip};
use rotifer_registry::Datum;
use std::ops::Range;
use std::sync::Arc;

/// An input of a stage in a strip of rows.
pub enum Stripped<'a> {
    Volume(Strip<'a>),
    Rgb(Box<[Strip<'a>; 3]>),
    Fixed(&'a Datum),
}

impl<'a> Stripped<'a> {
    pub fn of(item: &'a Item, rows: &Range<usize>) -> Stripped<'a> {
        let strip = |source: &'a Arc<dyn Source>| Strip::new(&**source, rows.clone());
        match item {
            Item::Volume(source) => Stripped::Volume(strip(source)),
            Item::Rgb(planes) => Stripped::Rgb(Box::new(planes.each_ref().map(strip))),
            Item::Fixed(datum) => Stripped::Fixed(datum),
        }
    }

    pub fn feed(&self) -> Feed<'_> {
        match self {
            Stripped::Volume(strip) => Feed::Volume(strip),
            Stripped::Rgb(planes) => Feed::Rgb(planes.each_ref().map(|strip| strip as &dyn Source)),
            Stripped::Fixed(datum) => Feed::Fixed((*datum).clone()),
        }
    }
}

/// Takes an output of a strip: its inner rows go on.
pub enum InnerOut<'a> {
    Volume(Inner<'a>),
    Rgb([Inner<'a>; 3]),
}

impl<'a> InnerOut<'a> {
    pub fn new(out: Out<'a>, first: usize, rows: &Range<usize>) -> InnerOut<'a> {
        let inner = |sink: &'a mut dyn Sink| Inner { sink, first, rows: rows.clone() };
        match out {
            Out::Volume(sink) => InnerOut::Volume(inner(sink)),
            Out::Rgb(sinks) => InnerOut::Rgb(sinks.map(inner)),
        }
    }

    pub fn out(&mut self) -> Out<'_> {
        match self {
            InnerOut::Volume(inner) => Out::Volume(inner),
            InnerOut::Rgb(planes) => Out::Rgb(planes.each_mut().map(|inner| inner as &mut dyn Sink)),
        }
    }
}
