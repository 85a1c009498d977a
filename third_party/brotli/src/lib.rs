#![no_std]
#![allow(warnings)]

#[cfg(feature = "std")]
extern crate std;
extern crate alloc_no_stdlib as alloc;
#[cfg(feature = "std")]
extern crate alloc_stdlib;
extern crate brotli_decompressor;

pub mod enc;

pub use alloc::{AllocatedStackMemory, Allocator, SliceWrapper, SliceWrapperMut, StackAllocator};
#[cfg(feature = "std")]
pub use brotli_decompressor::reader::Decompressor;
#[cfg(feature = "std")]
pub use brotli_decompressor::{IntoIoReader, IoReaderWrapper, IoWriterWrapper};
pub use brotli_decompressor::{dictionary, reader, transform, writer, CustomRead, CustomWrite};

pub use crate::enc::input_pair::{InputPair, InputReference, InputReferenceMut};
pub use crate::enc::interface::SliceOffset;
#[cfg(feature = "std")]
pub use crate::enc::reader::CompressorReader;
#[cfg(feature = "std")]
pub use crate::enc::writer::CompressorWriter;

pub const VERSION: u8 = 1;
