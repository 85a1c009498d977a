#[macro_use]
pub mod vectorization;
pub mod backward_references;
pub mod bit_cost;
pub mod block_split;
pub mod block_splitter;
pub mod brotli_bit_stream;
pub mod cluster;
pub mod combined_alloc;
pub mod command;
mod compat;
pub mod compress_fragment;
pub mod compress_fragment_two_pass;
pub mod constants;
pub mod dictionary_hash;
pub mod encode;
pub mod entropy_encode;
pub mod histogram;
pub mod input_pair;
pub mod interface;
pub mod literal_cost;
mod log_table_8;
pub mod metablock;
mod parameters;
pub mod pdf;
pub mod reader;
pub mod static_dict;
pub mod utf8_util;
pub mod util;
pub mod writer;

pub use alloc::{AllocatedStackMemory, Allocator, SliceWrapper, SliceWrapperMut, StackAllocator};
#[cfg(feature = "std")]
pub use alloc_stdlib::StandardAlloc;
pub use self::interface::{InputPair, InputReference, InputReferenceMut};

pub use self::backward_references::{
    hash_to_binary_tree, hq as backward_references_hq, BrotliEncoderParams, UnionHasher,
};
pub use self::combined_alloc::{BrotliAlloc, CombiningAllocator};
pub use self::hash_to_binary_tree::ZopfliNode;
pub use self::interface::StaticCommand;
pub use self::pdf::PDF;
pub use self::util::floatX;
pub use self::vectorization::{v256, v256i, Mem256f};

pub type s16 = compat::Compat16x16;
pub type v8 = compat::CompatF8;
pub type s8 = compat::Compat32x8;
