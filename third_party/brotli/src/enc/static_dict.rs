use core::cmp::{max, min};
pub const kNumDistanceCacheEntries: usize = 4;

use super::super::dictionary::{
    kBrotliDictionary, kBrotliDictionaryOffsetsByLength, kBrotliDictionarySizeBitsByLength,
};
#[allow(unused)]
static kUppercaseFirst: u8 = 10u8;

#[allow(unused)]
static kOmitLastNTransforms: [u8; 10] = [0, 12, 27, 23, 42, 63, 56, 48, 59, 64];

pub struct BrotliDictionary {
    pub size_bits_by_length: &'static [u8; 25],
    pub offsets_by_length: &'static [u32; 25],
    pub data: &'static [u8; 122784],
}

pub static kBrotliEncDictionary: BrotliDictionary = BrotliDictionary {
    size_bits_by_length: &kBrotliDictionarySizeBitsByLength,
    offsets_by_length: &kBrotliDictionaryOffsetsByLength,
    data: &kBrotliDictionary,
};

#[inline(always)]
pub fn BrotliGetDictionary() -> &'static BrotliDictionary {
    &kBrotliEncDictionary
}
#[inline(always)]
pub fn BROTLI_UNALIGNED_LOAD32(sl: &[u8]) -> u32 {
    let mut p = [0u8; 4];
    p[..].clone_from_slice(sl.split_at(4).0);
    (p[0] as u32) | ((p[1] as u32) << 8) | ((p[2] as u32) << 16) | ((p[3] as u32) << 24)
}
#[inline(always)]
pub fn BROTLI_UNALIGNED_LOAD64(sl: &[u8]) -> u64 {
    let mut p = [0u8; 8];
    p[..].clone_from_slice(sl.split_at(8).0);
    (p[0] as u64)
        | ((p[1] as u64) << 8)
        | ((p[2] as u64) << 16)
        | ((p[3] as u64) << 24)
        | ((p[4] as u64) << 32)
        | ((p[5] as u64) << 40)
        | ((p[6] as u64) << 48)
        | ((p[7] as u64) << 56)
}
#[inline(always)]
pub fn BROTLI_UNALIGNED_STORE64(outp: &mut [u8], v: u64) {
    let p = [
        (v & 0xff) as u8,
        ((v >> 8) & 0xff) as u8,
        ((v >> 16) & 0xff) as u8,
        ((v >> 24) & 0xff) as u8,
        ((v >> 32) & 0xff) as u8,
        ((v >> 40) & 0xff) as u8,
        ((v >> 48) & 0xff) as u8,
        ((v >> 56) & 0xff) as u8,
    ];
    outp.split_at_mut(8).0.clone_from_slice(&p[..]);
}

macro_rules! sub_match {
    ($s1 : expr, $s2 : expr, $limit : expr, $matched : expr, $split_pair1 : expr, $split_pair2 : expr, $s1_lo : expr, $s2_lo : expr, $s1_as_64 : expr, $s2_as_64 : expr, $vec_len: expr) => {
        $split_pair1 = $s1.split_at($vec_len);
        $s1_lo[..$vec_len].clone_from_slice($split_pair1.0);
        $s1 = $split_pair1.1;
        $split_pair2 = $s2.split_at($vec_len);
        $s2_lo[..$vec_len].clone_from_slice($split_pair2.0);
        $s2 = $split_pair2.1;
        $limit -= $vec_len;
        for index in 0..($vec_len >> 3) {
            $s1_as_64 = BROTLI_UNALIGNED_LOAD64(&$s1_lo[(index << 3)..((index + 1) << 3)]);
            $s2_as_64 = BROTLI_UNALIGNED_LOAD64(&$s2_lo[(index << 3)..((index + 1) << 3)]);
            if $s2_as_64 == $s1_as_64 {
                $matched = $matched.wrapping_add(8) as u32 as usize;
            } else {
                $matched = $matched
                    .wrapping_add((($s2_as_64 ^ $s1_as_64).trailing_zeros() >> 3) as usize)
                    as u32 as usize;
                return $matched;
            }
        }
    };
}

macro_rules! sub_match8 {
    ($s1 : expr, $s2 : expr, $limit : expr, $matched : expr, $s1_as_64 : expr, $s2_as_64 : expr) => {
        $limit -= 8;
        $s1_as_64 = BROTLI_UNALIGNED_LOAD64($s1);
        $s1 = $s1.split_at(8).1;
        $s2_as_64 = BROTLI_UNALIGNED_LOAD64($s2);
        $s2 = $s2.split_at(8).1;
        if $s2_as_64 == $s1_as_64 {
            $matched = $matched.wrapping_add(8) as u32 as usize;
        } else {
            $matched = $matched
                .wrapping_add((($s2_as_64 ^ $s1_as_64).trailing_zeros() >> 3) as usize)
                as u32 as usize;
            return $matched;
        }
    };
}

// factor of 10 slower (example takes 158s, not 30, and for the 30 second run it took 15 of them)
#[allow(unused)]
pub fn SlowerFindMatchLengthWithLimit(s1: &[u8], s2: &[u8], limit: usize) -> usize {
    for index in 0..limit {
        if s1[index] != s2[index] {
            return index;
        }
    }
    limit
}
// factor of 5 slower (example takes 90 seconds)
#[allow(unused)]
pub fn FindMatchLengthWithLimit(s1: &[u8], s2: &[u8], limit: usize) -> usize {
    for (index, pair) in s1[..limit].iter().zip(s2[..limit].iter()).enumerate() {
        if *pair.0 != *pair.1 {
            return index;
        }
    }
    limit
}
#[allow(unused)]
pub fn FindMatchLengthWithLimitMin4(s1: &[u8], s2: &[u8], limit: usize) -> usize {
    let (s1_start, s1_rest) = s1.split_at(5);
    let (s2_start, s2_rest) = s2.split_at(5);
    let v0 = BROTLI_UNALIGNED_LOAD32(s1_start);
    let v1 = BROTLI_UNALIGNED_LOAD32(s2_start);
    let beyond_ok = s1_start[4] != s2_start[4];
    if v0 != v1 {
        return 0;
    }
    if limit <= 4 || beyond_ok {
        return min(limit, 4);
    }
    ComplexFindMatchLengthWithLimit(s1_rest, s2_rest, limit - 5) + 5
}
#[inline]
pub fn ComplexFindMatchLengthWithLimit(mut s1: &[u8], mut s2: &[u8], mut limit: usize) -> usize {
    let mut matched: usize = 0usize;
    let mut s1_as_64: u64;
    let mut s2_as_64: u64;
    if limit >= 8 {
        sub_match8!(s1, s2, limit, matched, s1_as_64, s2_as_64);
        if limit >= 16 {
            let mut split_pair1: (&[u8], &[u8]);
            let mut split_pair2: (&[u8], &[u8]);
            {
                let mut s1_lo = [0u8; 16];
                let mut s1_hi = [0u8; 16];
                sub_match!(
                    s1,
                    s2,
                    limit,
                    matched,
                    split_pair1,
                    split_pair2,
                    s1_lo,
                    s1_hi,
                    s1_as_64,
                    s2_as_64,
                    16
                );
            }
            if limit >= 32 {
                let mut s1_lo_a = [0u8; 128];
                let mut s1_hi_a = [0u8; 128];
                sub_match!(
                    s1,
                    s2,
                    limit,
                    matched,
                    split_pair1,
                    split_pair2,
                    s1_lo_a,
                    s1_hi_a,
                    s1_as_64,
                    s2_as_64,
                    32
                );
                if limit >= 64 {
                    sub_match!(
                        s1,
                        s2,
                        limit,
                        matched,
                        split_pair1,
                        split_pair2,
                        s1_lo_a,
                        s1_hi_a,
                        s1_as_64,
                        s2_as_64,
                        64
                    );
                    while limit >= 128 {
                        sub_match!(
                            s1,
                            s2,
                            limit,
                            matched,
                            split_pair1,
                            split_pair2,
                            s1_lo_a,
                            s1_hi_a,
                            s1_as_64,
                            s2_as_64,
                            128
                        );
                    }
                }
            }
        }
        while limit >= 8 {
            sub_match8!(s1, s2, limit, matched, s1_as_64, s2_as_64);
        }
    }
    assert!(s1.len() >= (limit & 7usize));
    assert!(s2.len() >= (limit & 7usize));
    for index in 0..(limit & 7usize) {
        if s1[index] != s2[index] {
            return matched + index;
        }
    }
    matched + (limit & 7usize) // made it through the loop
}

#[allow(unused)]
pub fn slowFindMatchLengthWithLimit(s1: &[u8], s2: &[u8], limit: usize) -> usize {
    for (index, it) in s1[..limit].iter().zip(s2[..limit].iter()).enumerate() {
        if it.0 != it.1 {
            return index;
        }
    }
    limit
}

/// Finds no match: only quality 10 and above look for all matches in the static dictionary, and
/// without them need no index of it.
pub fn BrotliFindAllStaticDictionaryMatches(
    _dictionary: &BrotliDictionary,
    _data: &[u8],
    _min_length: usize,
    _max_length: usize,
    _matches: &mut [u32],
) -> i32 {
    0
}
