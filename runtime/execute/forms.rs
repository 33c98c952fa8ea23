//! Pixels on the device in the forms that are read: packed as the host has them, or an element of 4 bytes each.

use super::recording::Recording;
use rotifer_registry::op::{Port, PortKind};
use rotifer_registry::{Buffer, Code, Dtype, Error, Kind, Volume, VolumeMeta};
use rotifer_shaders::memory::{CONVERT, PACK, UNPACK};

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct UnpackParams {
    len: u32,
    bits: u32,
    is_signed: u32,
    to_float: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackParams {
    len: u32,
    bits: u32,
    from_float: u32,
    padding: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ConvertParams {
    len: u32,
    way: u32,
    lowest: f32,
    highest: f32,
}

/// Ways of `memory/convert.wgsl`.
const QUANTIZE: u32 = 0;
const FROM_INTEGER: u32 = 1;
const TO_INTEGER: u32 = 2;

/// Whether a port takes f32; else u32.
pub fn takes_float(port: &Port) -> bool {
    !matches!(port.kind, PortKind::Mask | PortKind::Labels | PortKind::MaskOrLabels)
}

impl Recording {
    /// A volume as a buffer.
    pub(super) fn raw(&mut self, v: &Volume) -> Result<Buffer, Error> {
        if v.kind() == Kind::Image && matches!(v.dtype(), Dtype::U32 | Dtype::I32) {
            return Err(Error::new(Code::Internal, "uint32 and int32 intensities stay on the host"));
        }
        // The same pixels at several ports travel once.
        let same = self
            .uploads
            .iter()
            .find(|(_, u)| u.bytes().as_ptr() == v.bytes().as_ptr() && u.bytes().len() == v.bytes().len());
        if let Some((buffer, _)) = same {
            return Ok(*buffer);
        }
        let buffer = self.recorder.external(v.bytes().len().div_ceil(4));
        self.uploads.push((buffer, v.clone()));
        Ok(buffer)
    }

    /// Pixels as f32, or as u32.
    pub(super) fn elements(
        &mut self,
        buffer: Buffer,
        stored: Dtype,
        float: bool,
        meta: &VolumeMeta,
    ) -> Result<Buffer, Error> {
        if stored == (if float { Dtype::F32 } else { Dtype::U32 }) {
            return Ok(buffer);
        }
        if !float && meta.kind == Kind::Image {
            return Err(Error::new(Code::Internal, "intensities where a mask is needed"));
        }
        if let Some(made) = self.spread.get(&(buffer, stored, float)) {
            return Ok(*made);
        }
        let made = match stored {
            Dtype::F32 => self.as_integer(buffer)?,
            Dtype::U32 => self.as_float(buffer)?,
            Dtype::I32 => return Err(Error::new(Code::Internal, "int32 numbers stay on the host")),
            Dtype::U8 | Dtype::U16 | Dtype::I16 => {
                let output = self.recorder.buffer(meta.len());
                let params = UnpackParams {
                    len: meta.len() as u32,
                    bits: 8 * stored.size() as u32,
                    is_signed: (stored == Dtype::I16) as u32,
                    to_float: float as u32,
                };
                self.recorder.pass(&UNPACK).uniform(&params).bind(&[buffer, output]).over(meta.len())?;
                output
            }
        };
        self.spread.insert((buffer, stored, float), made);
        Ok(made)
    }

    pub(super) fn as_float(&mut self, buffer: Buffer) -> Result<Buffer, Error> {
        self.convert(buffer, FROM_INTEGER, [0.0; 2])
    }

    pub(super) fn as_integer(&mut self, buffer: Buffer) -> Result<Buffer, Error> {
        self.convert(buffer, TO_INTEGER, [0.0; 2])
    }

    pub(super) fn quantize(&mut self, buffer: Buffer, dtype: Dtype) -> Result<Buffer, Error> {
        let (lowest, highest) = dtype.range();
        self.convert(buffer, QUANTIZE, [lowest, highest])
    }

    fn convert(&mut self, buffer: Buffer, way: u32, [lowest, highest]: [f64; 2]) -> Result<Buffer, Error> {
        let output = self.recorder.buffer(buffer.len);
        let (lowest, highest) = (lowest as f32, highest as f32);
        let params = ConvertParams { len: buffer.len as u32, way, lowest, highest };
        self.recorder.pass(&CONVERT).uniform(&params).bind(&[buffer, output]).over(buffer.len)?;
        Ok(output)
    }

    pub(super) fn packed(
        &mut self,
        buffer: Buffer,
        stored: Dtype,
        meta: &VolumeMeta,
    ) -> Result<Buffer, Error> {
        if stored.size() < 4 || meta.dtype.size() == 4 {
            return Ok(buffer);
        }
        let per_word = 4 / meta.dtype.size();
        let words = meta.len().div_ceil(per_word);
        let output = self.recorder.buffer(words);
        let params = PackParams {
            len: meta.len() as u32,
            bits: 8 * meta.dtype.size() as u32,
            from_float: (stored == Dtype::F32) as u32,
            padding: 0,
        };
        self.recorder.pass(&PACK).uniform(&params).bind(&[buffer, output]).over(words)?;
        Ok(output)
    }
}
