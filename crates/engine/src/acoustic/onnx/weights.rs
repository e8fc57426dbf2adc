//! The weights of a graph: where they lie, and those that are held once the file is gone.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use tract_onnx::data_resolver::FopenDataResolver;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{NodeProto, TensorProto};
use tract_onnx::prelude::{TVec, Tensor, TractResult};
use tract_onnx::tensor::load_tensor;

use super::packed::Packed;
use super::reader::{Reader, Value, decode, not_onnx};
use crate::{Error, ErrorKind, Result};

/// Fields of a TensorProto.
const DIMS: u64 = 1;
const DATA_TYPE: u64 = 2;
const NAME: u64 = 8;
const RAW_DATA: u64 = 9;

/// Bytes of a weight that is not read before it is needed.
const LARGE: u64 = 16 << 10;

/// The longest name that is looked at.
const MAX_NAME: u64 = 4096;

/// Where a weight lies in the file, and what is known of it unread.
#[derive(Clone)]
pub(super) struct Place {
    span: Range<u64>,
    /// Of its numbers, where they are raw.
    raw: Option<Range<u64>>,
    data_type: i32,
    dims: Vec<i64>,
}

/// Weights by name.
pub(crate) struct Weights {
    reader: Option<Reader>,
    places: HashMap<String, Place>,
    held: HashMap<String, TensorProto>,
    /// Those that a node makes of others, by the name that they have then.
    packed: HashMap<String, Packed>,
    /// Those that are read in more than one place.
    shared: HashSet<String>,
}

impl Weights {
    pub(super) fn new(reader: Reader, places: HashMap<String, Place>) -> Self {
        Self { reader: Some(reader), places, held: HashMap::new(), packed: HashMap::new(), shared: HashSet::new() }
    }

    /// Takes in nodes that only make floats of weights, and leaves them out.
    pub(super) fn unpack(&mut self, nodes: &mut Vec<NodeProto>) {
        let mut seen = HashSet::new();
        self.shared = nodes.iter().flat_map(|node| &node.input).filter(|name| !seen.insert(*name)).cloned().collect();
        nodes.retain(|node| match Packed::new(node, |name| self.places.contains_key(name)) {
            Some((name, packed)) => self.packed.insert(name, packed).is_some(),
            None => true,
        });
    }

    /// Whether there is a weight of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.bytes(name).is_some()
    }

    /// Bytes that a weight takes in the file; `None` where there is none of this name.
    pub(crate) fn bytes(&self, name: &str) -> Option<u64> {
        match self.packed.get(name) {
            Some(packed) => packed.inputs().map(|input| self.bytes_in_file(input)).sum(),
            None => self.bytes_in_file(name),
        }
    }

    /// Numbers of a weight; `None` where there is none of this name.
    pub(crate) fn numbers(&self, name: &str) -> Option<u64> {
        let numbers = |name: &str| Some(self.places.get(name)?.dims.iter().map(|&dim| dim.max(0) as u64).product());
        match self.packed.get(name) {
            Some(packed) => packed.inputs().filter_map(numbers).max(),
            None => numbers(name),
        }
    }

    fn bytes_in_file(&self, name: &str) -> Option<u64> {
        self.places.get(name).map(|place| place.span.end - place.span.start)
    }

    /// A weight, by name.
    ///
    /// # Errors
    /// [`ErrorKind::Voice`] where there is none, or it is not what it says.
    pub(crate) fn get(&mut self, name: &str) -> Result<TensorProto> {
        let Some(packed) = self.packed.get(name).cloned() else { return self.stored(name) };
        packed.floats(|input| self.stored(input)).map_err(|why| {
            Error::new(ErrorKind::Voice, format!("weight `{name}` cannot be made of what is stored")).with_source(why)
        })
    }

    /// The numbers of a [large](Self::large) weight.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn floats(&mut self, name: &str) -> Result<Vec<f32>> {
        if !self.packed.contains_key(name)
            && !self.held.contains_key(name)
            && let Some(raw) = self.places.get(name).and_then(Place::plain_floats)
            && let Some(reader) = &mut self.reader
        {
            return reader.floats(raw);
        }
        Ok(floats(&self.get(name)?))
    }

    /// A weight as it is stored.
    fn stored(&mut self, name: &str) -> Result<TensorProto> {
        if let Some(tensor) = self.held.get(name) {
            return Ok(tensor.clone());
        }
        let found = self.places.get(name).zip(self.reader.as_mut());
        let (place, reader) =
            found.ok_or_else(|| Error::new(ErrorKind::Voice, format!("tensor `{name}` is missing")))?;
        let tensor = read(reader, place.span.clone())?;
        if tensor.data_location.unwrap_or_default() != 0 {
            let message = format!("weight `{name}` lies in another file; a Piper voice is one file");
            return Err(Error::new(ErrorKind::Voice, message));
        }
        check_shape(name, &tensor)?;
        Ok(tensor)
    }

    /// The shape of a weight of floats that is large, and so is to be read when it is needed; `None` for others.
    pub(crate) fn large(&self, name: &str) -> Option<TVec<usize>> {
        let packed = self.packed.get(name);
        let stored = packed.map_or(name, Packed::numbers);
        let place = self.places.get(stored).filter(|_| !self.held.contains_key(stored))?;
        let is_large = place.span.end - place.span.start > LARGE && place.dims.len() > 1;
        let is_float = packed.is_some() || place.data_type == DataType::Float as i32;
        let shape = || place.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
        (is_large && is_float).then(shape)?
    }

    /// Reads weights now that will be asked for when the file is gone.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn hold(&mut self, names: &HashSet<String>) -> Result<()> {
        for name in self.in_file(names) {
            let tensor = self.stored(&name)?;
            self.held.insert(name, tensor);
        }
        Ok(())
    }

    /// Gives back the room of a weight that was read and will not be again, unless others read it too.
    pub(crate) fn forget(&mut self, name: &str) {
        let stored = self.packed.get(name).map_or(name, Packed::numbers).to_owned();
        if !self.shared.contains(name) && !self.shared.contains(&stored) && self.places.remove(&stored).is_some() {
            self.keep_spans();
        }
    }

    /// Lets the file go, but for some weights.
    pub(crate) fn keep_only<'a>(&mut self, names: impl IntoIterator<Item = &'a String>) {
        let kept = self.in_file(names);
        self.places.retain(|name, _| kept.contains(name) || self.held.contains_key(name));
        self.keep_spans();
    }

    fn keep_spans(&mut self) {
        let unread = self.places.iter().filter(|(name, _)| !self.held.contains_key(*name));
        let spans: Vec<Range<u64>> = unread.map(|(_, place)| place.span.clone()).collect();
        match &mut self.reader {
            _ if spans.is_empty() => self.reader = None,
            Some(reader) => reader.keep(&spans),
            None => {}
        }
    }

    /// The weights of the file that others, or themselves, are made of.
    fn in_file<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> HashSet<String> {
        let parts = |name: &String| match self.packed.get(name) {
            Some(packed) => packed.inputs().map(str::to_owned).collect(),
            None => vec![name.clone()],
        };
        names.into_iter().flat_map(parts).filter(|name| self.places.contains_key(name)).collect()
    }
}

/// A weight as tract has it.
pub(crate) fn tensor(weight: &TensorProto) -> TractResult<Tensor> {
    // Weights in other files were refused.
    load_tensor(&FopenDataResolver, weight, None)
}

/// The numbers of a weight of f32.
pub(crate) fn floats(weight: &TensorProto) -> Vec<f32> {
    if weight.raw_data.is_empty() {
        return weight.float_data.clone();
    }
    weight.raw_data.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
}

impl Place {
    /// The name and the place of the weight that fills `span`.
    pub(super) fn read(reader: &mut Reader, span: Range<u64>) -> Result<(String, Self)> {
        let (mut name, mut head, mut raw) = (None, Vec::new(), None);
        for field in reader.fields(span.clone())? {
            match (field.number, field.value) {
                (NAME, Value::Bytes(span)) if name.is_none() => {
                    let mut bytes = Vec::new();
                    reader.append(span.start..span.end.min(span.start + MAX_NAME), &mut bytes)?;
                    let utf8 = String::from_utf8(bytes);
                    name = Some(utf8.map_err(|e| not_onnx("a name is not UTF-8").with_source(e))?);
                }
                (DIMS | DATA_TYPE, _) => reader.append(field.whole, &mut head)?,
                (RAW_DATA, Value::Bytes(span)) => raw = Some(span),
                _ => {}
            }
        }
        // What is malformed is said when the weight is read.
        let TensorProto { data_type, dims, .. } = decode(&head).unwrap_or_default();
        Ok((name.unwrap_or_default(), Self { span, raw, data_type, dims }))
    }

    /// Where its numbers are, if they are f32 and as many as its shape says.
    fn plain_floats(&self) -> Option<Range<u64>> {
        let size = self.dims.iter().try_fold(4u64, |size, &dim| size.checked_mul(u64::try_from(dim).ok()?));
        let raw = self.raw.clone().filter(|_| self.data_type == DataType::Float as i32);
        raw.filter(|raw| size == Some(raw.end - raw.start))
    }
}

/// The weight that fills `span`; its numbers are copied once.
fn read(reader: &mut Reader, span: Range<u64>) -> Result<TensorProto> {
    let (mut rest, mut raw_data) = (Vec::new(), Vec::new());
    for field in reader.fields(span)? {
        match field.value {
            Value::Bytes(raw) if field.number == RAW_DATA => {
                raw_data.clear();
                reader.append(raw, &mut raw_data)?;
            }
            _ => reader.append(field.whole, &mut rest)?,
        }
    }
    Ok(TensorProto { raw_data, ..decode(&rest)? })
}

/// Whether a weight has as many numbers as its shape says, before anybody makes room for them.
fn check_shape(name: &str, tensor: &TensorProto) -> Result<()> {
    let wrong = |what: String| Err(Error::new(ErrorKind::Voice, format!("weight `{name}` {what}")));
    let size = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float | DataType::Int32 | DataType::Uint32) => 4,
        Ok(DataType::Int64 | DataType::Uint64 | DataType::Double) => 8,
        Ok(DataType::Float16 | DataType::Int16 | DataType::Uint16) => 2,
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
        Ok(other) => return wrong(format!("is of the type {other:?}, which is not known here")),
        Err(_) => return wrong(format!("is of the type {}, which ONNX does not have", tensor.data_type)),
    };
    let numbers = if tensor.raw_data.is_empty() {
        let lists = [tensor.float_data.len(), tensor.int32_data.len(), tensor.int64_data.len()];
        lists.into_iter().chain([tensor.double_data.len(), tensor.uint64_data.len()]).max().unwrap_or_default()
    } else if tensor.raw_data.len().is_multiple_of(size) {
        tensor.raw_data.len() / size
    } else {
        return wrong(format!("has {} bytes, which are no whole numbers", tensor.raw_data.len()));
    };
    let expected = tensor.dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(usize::try_from(dim).ok()?));
    if expected == Some(numbers) {
        Ok(())
    } else {
        wrong(format!("of the shape {:?} holds {numbers} numbers", tensor.dims))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::small_graphs::{file, model};
    use super::*;

    #[test]
    fn weights_hold_what_they_say() {
        let raw = |data_type: i32, dims: &[i64], bytes: usize| TensorProto {
            name: "w".into(),
            data_type,
            dims: dims.to_vec(),
            raw_data: vec![0; bytes],
            ..Default::default()
        };
        let good = [
            raw(1, &[2, 3], 24),
            raw(1, &[], 4),
            raw(1, &[0, 5], 0),
            raw(3, &[5], 5),
            raw(10, &[5], 10),
            raw(7, &[1], 8),
            TensorProto { float_data: vec![0.0; 6], ..raw(1, &[6], 0) },
            TensorProto { int32_data: vec![0; 2], ..raw(3, &[2], 0) },
            TensorProto { int64_data: vec![0; 2], ..raw(7, &[2], 0) },
            TensorProto { double_data: vec![0.0], ..raw(11, &[1, 1], 0) },
        ];
        for weight in good {
            file(&model(&[], std::slice::from_ref(&weight)))
                .weights
                .get("w")
                .unwrap_or_else(|e| panic!("{weight:?}: {e}"));
        }
        let bad = [
            (raw(1, &[2, 3], 20), "of the shape [2, 3] holds 5 numbers"),
            (raw(1, &[2, 3], 25), "has 25 bytes"),
            (raw(1, &[], 0), "holds 0 numbers"),
            (raw(1, &[-1, -6], 24), "of the shape [-1, -6]"),
            (raw(1, &[1 << 32, 1 << 32], 4), "of the shape"),
            (raw(1, &[i64::MAX, i64::MAX, 0], 4), "of the shape"),
            (raw(7, &[6], 24), "holds 3 numbers"),
            (raw(8, &[1], 4), "String"),
            (raw(0, &[1], 4), "Undefined"),
            (raw(77, &[1], 4), "the type 77"),
            (TensorProto { data_location: Some(1), ..raw(1, &[1], 4) }, "in another file"),
            (TensorProto { float_data: vec![0.0; 5], ..raw(1, &[6], 0) }, "holds 5 numbers"),
        ];
        for (weight, said) in bad {
            let error = file(&model(&[], std::slice::from_ref(&weight))).weights.get("w").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Voice);
            let text = error.to_string();
            assert!(text.contains("`w`") && text.contains(said), "{weight:?}: {text}");
        }
    }
}
