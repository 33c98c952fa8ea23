//! The values that a pipeline runs on.

use crate::io;
use crate::plan::{FlowMeta, GivenMeta};
use rotifer_registry::error::suggestion;
use rotifer_registry::pipeline::{Checked, Origin, Source};
use rotifer_registry::{Code, Error, Frames, Image};
use std::path::Path;

/// The values that a pipeline runs on: its inputs, in order, and those of steps that are known already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    pub inputs: Vec<Frames>,
    pub made: Vec<(Origin, Frames)>,
}

impl From<&Image> for Given {
    fn from(image: &Image) -> Given {
        Given { inputs: vec![image.into()], made: Vec::new() }
    }
}

impl Given {
    /// An image, and the pipeline's other inputs: those of `named`, else the files that the pipeline names.
    pub fn new(pipeline: &Checked, image: &Image, named: &[(String, Frames)]) -> Result<Given, Error> {
        Given::with(pipeline, Some(image), named)
    }

    /// [`Given::new`] of a pipeline that may need no image.
    pub fn with(
        pipeline: &Checked,
        image: Option<&Image>,
        named: &[(String, Frames)],
    ) -> Result<Given, Error> {
        if image.is_none() && pipeline.needs_image() {
            return Err(pipeline.inputs[0].not_given());
        }
        let mut given = image.map(Given::from).unwrap_or_default();
        let known = |name: &str| pipeline.inputs[1..].iter().any(|input| input.name == name);
        if let Some((name, _)) = named.iter().find(|(name, _)| !known(name)) {
            let names = pipeline.inputs[1..].iter().map(|input| input.name.as_str());
            let mut error = Error::new(Code::UnknownInput, format!("the pipeline has no input `{name}`"));
            error.help = suggestion(name, names);
            return Err(error);
        }
        for input in &pipeline.inputs[1..] {
            let value = match (named.iter().find(|(name, _)| *name == input.name), &input.source) {
                (Some((_, frames)), _) => frames.clone(),
                (None, Source::File(path)) => io::read_value(Path::new(path))?,
                (None, _) => return Err(input.not_given()),
            };
            given.inputs.push(value);
        }
        Ok(given)
    }

    pub fn meta(&self) -> GivenMeta {
        let made = self.made.iter().map(|(origin, frames)| (*origin, FlowMeta::of_frames(frames)));
        GivenMeta { inputs: self.inputs.iter().map(FlowMeta::of_frames).collect(), made: made.collect() }
    }
}
